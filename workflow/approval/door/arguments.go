package door

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
)

// text is a text argument; "" when it was not given.
func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}

// number is a whole number, or 0.
func number(v any) int {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return 0
		}
		return int(n)
	case float64:
		return int(v)
	case int:
		return v
	}
	return 0
}

// users reads a list of ids of users.
func (d *Door) users(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		out = append(out, d.userIn(fmt.Sprint(x)))
	}
	return out
}

// people reads who was picked for which node: {"node": [ids]}.
func (d *Door) people(v any) map[string][]string {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	out := map[string][]string{}
	for node, list := range m {
		out[node] = d.users(list)
	}
	return out
}

// maxKey bounds an idempotency key, in characters.
const maxKey = 200

func checkKey(key string) error {
	if n := utf8.RuneCountInString(key); n > maxKey || strings.ContainsFunc(key, unicode.IsControl) {
		return errs.New(errs.InvalidInput, "an idempotency key has 1 to %d characters and no control characters", "幂等键须为 1 到 %d 个字符，且不含控制字符", maxKey).On("idempotencyKey")
	}
	return nil
}

// digest makes a short name of some texts, the same for the same ones.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:20]
}
