package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// coded are the names under which the code holds words that stand for something: a type of fields, of steps or of
// nodes, a kind of values, a policy, a function. En is what a text says in English.
var coded = []string{"Kind", "kind", "Type", "Hit", "Do", "Func", "Function", "act", "right", "En"}

// notCoded are places where such a name means something else: a media type.
var notCoded = []string{"plugins/fields/file/file.go"}

// TestMessagesNameKindsInWords: no message in Chinese takes a kind as it is written in the files of packages. What
// somebody has written, and stands in quotes since it is not known, is shown as it was written; so is what has to be
// written, after its words.
func TestMessagesNameKindsInWords(t *testing.T) {
	root := filepath.Join("..", "..")
	messages := 0
	for _, dir := range []string{"platform", "metadata", "runtime", "workflow", "plugins"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			at, _ := filepath.Rel(root, path)
			files := token.NewFileSet()
			src, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(src, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				verbs, args := message(call)
				if verbs != nil {
					messages++
				}
				if slices.Contains(notCoded, filepath.ToSlash(at)) {
					return true
				}
				for i, verb := range verbs {
					if name := lastName(args, i); (verb != 'q' || name == "En") && slices.Contains(coded, name) && !worded(args, name) {
						t.Errorf("%s:%d: the Chinese text shows %s as it is written; give it words", at, files.Position(call.Pos()).Line, name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if messages < 500 {
		t.Errorf("only %d messages with arguments were found", messages)
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[.\d]*([a-zA-Z])`)

// message gives the arguments of a call that writes a Chinese text, and the verb that each is written with there.
func message(call *ast.CallExpr) (verbs map[int]byte, args []ast.Expr) {
	for i, a := range call.Args {
		lit, ok := a.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil || !strings.Contains(text, "%") || !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			continue
		}
		verbs, at := map[int]byte{}, 0
		for _, m := range verb.FindAllStringSubmatch(strings.ReplaceAll(text, "%%", ""), -1) {
			if n, err := strconv.Atoi(m[1]); err == nil {
				at = n - 1
			}
			verbs[at] = m[2][0]
			at++
		}
		return verbs, call.Args[i+1:]
	}
	return nil, nil
}

// worded says whether the words of a code stand among the arguments, so that the code may follow them.
func worded(args []ast.Expr, name string) bool {
	return slices.ContainsFunc(args, func(a ast.Expr) bool {
		call, ok := a.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return false
		}
		of, ok := call.Fun.(*ast.SelectorExpr)
		return ok && lastName([]ast.Expr{of.X}, 0) == "words" && lastName(call.Args, len(call.Args)-1) == name
	})
}

// lastName is what the argument is called where it comes from: Kind of f.Kind, string(f.Kind) and f.Kind().
func lastName(args []ast.Expr, i int) string {
	if i >= len(args) {
		return ""
	}
	for x := args[i]; ; {
		switch e := x.(type) {
		case *ast.Ident:
			return e.Name
		case *ast.SelectorExpr:
			return e.Sel.Name
		case *ast.CallExpr:
			if f, ok := e.Fun.(*ast.Ident); ok && f.Name == "string" && len(e.Args) == 1 {
				x = e.Args[0]
				continue
			}
			if len(e.Args) == 0 {
				x = e.Fun
				continue
			}
			if lit, ok := e.Args[0].(*ast.BasicLit); ok && lit.Value == `"en"` { // o.In("en")
				return "En"
			}
			return ""
		default:
			return ""
		}
	}
}
