// Package diagtest holds words for people against the constants that they stand for.
package diagtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"unicode"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Words holds every constant of a type in a file of Go against its words: each has some in both languages,
// and a sentence with it is in one language. refuse makes the sentence that people read.
func Words(t *testing.T, file, typ string, words func(string) diag.Text, refuse func(string) diag.Text) {
	t.Helper()
	src, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(src, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
			return true
		}
		for i, v := range spec.Values {
			lit, ok := v.(*ast.BasicLit)
			if !ok {
				continue
			}
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			n++
			if w := words(code); w.En == "" || w.Zh == "" || latin(w.Zh) {
				t.Errorf("%s is called %q and %q", spec.Names[i].Name, w.En, w.Zh)
			}
			if said := refuse(code); said.En == "" || latin(said.Zh) {
				t.Errorf("%s: people read %q and %q", spec.Names[i].Name, said.En, said.Zh)
			}
		}
		return true
	})
	if n < 2 {
		t.Errorf("%s has %d constants of %s", file, n, typ)
	}
}

// latin says whether a Chinese text has a word in Latin letters.
func latin(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Latin, r) {
			return true
		}
	}
	return false
}
