package connect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Keys reads the keys of a secret: "whsec_" and base64, or any text; several, between blanks, while one
// takes over from another.
func Keys(secret string) (out [][]byte) {
	for _, s := range strings.Fields(secret) {
		if b64, ok := strings.CutPrefix(s, "whsec_"); ok {
			if key, err := base64.StdEncoding.DecodeString(b64); err == nil && len(key) > 0 {
				out = append(out, key)
				continue
			}
		}
		out = append(out, []byte(s))
	}
	return out
}

// Sign is the value of the signature's header: "v1,<base64>" of an HMAC-SHA-256 for each key, over
// "<id>.<seconds>.<body>".
func Sign(secret, id string, at time.Time, body []byte) string {
	var all []string
	for _, key := range Keys(secret) {
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(sum(key, id, strconv.FormatInt(at.Unix(), 10), body)))
	}
	return strings.Join(all, " ")
}

func sum(key []byte, id, at string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + at + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify says whether one of the signatures of a header is good. at is as the header has it.
func Verify(secret, id, at, header string, body []byte) bool {
	for _, s := range strings.Fields(header) {
		b64, ok := strings.CutPrefix(s, "v1,")
		if !ok {
			continue
		}
		given, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			continue
		}
		for _, key := range Keys(secret) {
			if hmac.Equal(given, sum(key, id, at, body)) {
				return true
			}
		}
	}
	return false
}
