// Package designer embeds what people see in a browser: the workspace and the designer, GraphiQL, and
// a small page to start from in builds without Node. It imports nothing of the platform.
package designer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

// Welcome is the start page of builds without the workspace.
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
