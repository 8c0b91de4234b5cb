// Package designer embeds what people see in a browser. Today that is one page: sign in, run a
// query, read the answer. It imports nothing of the platform.
package designer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

// Welcome is the start page.
//
//go:embed welcome.html
var Welcome []byte

// ScriptHash is the SHA-256 of the page's one script, in base64, for the content security policy:
// no other script runs.
func ScriptHash() string {
	_, rest, _ := bytes.Cut(Welcome, []byte("<script>"))
	script, _, _ := bytes.Cut(rest, []byte("</script>"))
	sum := sha256.Sum256(script)
	return base64.StdEncoding.EncodeToString(sum[:])
}
