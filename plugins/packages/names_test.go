package packages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// words are names of objects that are words of the platform, too, with where they are: approvals and automations have tasks,
// ledgers and logins accounts, and two roles that objects serve are called as the objects that do.
var words = map[string][]string{
	"task":      {"workflow/approval/", "workflow/engine/", "workflow/flow/", "metadata/resolve/flow", "runtime/packtest/approval.go", "plugins/connectors/"},
	"account":   {"metadata/resolve/ledgers.go", "runtime/account/", "runtime/ledger/", "platform/cmd/tenon/mounts.go", "platform/cmd/tenon/graphql.go"},
	"brand":     {"metadata/catalog/access.go", "metadata/catalog/roles.go", "metadata/resolve/settings.go", "metadata/resolve/sharing.go", "platform/cmd/tenon/cmd_setting.go", "runtime/setting/", "runtime/admin/"},
	"merge_log": {"metadata/catalog/roles.go", "metadata/resolve/served.go", "runtime/record/merges.go"},
	"lead":      {"plugins/packages/packages.go"}, // lists the packages, of which one is called leads
}

// named are the names under which an object is known: in metadata, and in the API one and many of it.
func named(o *catalog.Object) []string {
	return []string{o.Name, o.SingularName, o.TypeName, o.PluralName}
}

var inText = regexp.MustCompile(`[A-Za-z_]+`)

// TestNoCodeNamesAnObject: no Go file but tests and suites of tests, and the load test with objects of its
// own, has the name of an object of a package, neither as a text, or as a part of a path in one, nor, of names of
// several words, anywhere in a text or in an identifier.
func TestNoCodeNamesAnObject(t *testing.T) {
	cat, _ := resolved(t)
	of, phrases, joined := map[string]string{}, map[string]string{}, map[string]string{}
	for _, o := range cat.Objects {
		for _, n := range named(o) {
			of[n] = o.Name
			if strings.Contains(o.Name, "_") {
				phrases[strings.ToLower(n)] = o.Name
				joined[strings.ReplaceAll(strings.ToLower(n), "_", "")] = o.Name
			}
		}
	}
	files := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && p != "." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" || e.Name() == "testdata" || strings.HasSuffix(e.Name(), "test") || p == "deploy/bench"):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		files++
		for at, name := range objectsIn(t, filepath.Join("../..", p), of, phrases, joined) {
			if !slices.ContainsFunc(words[name], func(where string) bool { return strings.HasPrefix(p, where) }) {
				t.Errorf("%s:%s names the object %s", p, at, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("only %d files were looked at", files)
	}
}

// objectsIn finds the objects that a file names, by line.
func objectsIn(t *testing.T, file string, of, phrases, joined map[string]string) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(tree, func(n ast.Node) bool {
		var names []string
		switch x := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if x.Kind != token.STRING {
				return false
			}
			text, err := strconv.Unquote(x.Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, of[text])
			if !strings.Contains(text, " ") {
				for _, part := range strings.Split(text, ".") {
					names = append(names, of[part])
				}
			}
			for _, w := range inText.FindAllString(text, -1) {
				names = append(names, phrases[strings.ToLower(w)])
			}
		case *ast.Ident:
			lower := strings.ToLower(x.Name)
			for phrase, name := range joined {
				if strings.Contains(lower, phrase) {
					names = append(names, name)
				}
			}
		}
		for _, name := range names {
			if name != "" {
				found[strconv.Itoa(set.Position(n.Pos()).Line)] = name
			}
		}
		return true
	})
	return found
}
