package designer

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"
)

// assets are what designer/graphiql/build.mjs made, compressed with gzip.
//
//go:embed assets/*.gz
var assets embed.FS

//go:embed graphiql.html
var graphiql string

// Asset gives a file of the page /graphiql, compressed with gzip, and its media type; false when
// there is none of that name.
func Asset(name string) (packed []byte, mediaType string, ok bool) {
	b, err := assets.ReadFile("assets/" + name + ".gz")
	if err != nil {
		return nil, "", false
	}
	mediaType = map[string]string{"js": "text/javascript", "css": "text/css", "txt": "text/plain"}[name[strings.LastIndexByte(name, '.')+1:]]
	return b, mediaType + "; charset=utf-8", true
}

// GraphiQL gives the page, and the policy under which it works: its own script and style sheet, and
// style sheets that carry the nonce, which is to be new for every answer. GraphiQL's editor makes
// such sheets; attributes with styles and scripts within the page are never needed.
func GraphiQL(nonce string) (page []byte, policy string) {
	sum := sha256.New()
	for _, name := range []string{"graphiql.js", "graphiql.css"} {
		b, _, _ := Asset(name)
		sum.Write(b)
	}
	version := hex.EncodeToString(sum.Sum(nil)[:8])
	policy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
		"'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return []byte(strings.NewReplacer("{nonce}", nonce, "{version}", version).Replace(graphiql)), policy
}
