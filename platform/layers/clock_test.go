package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOneClock holds that time is told by platform/clock alone: what everybody is handed can be set
// by tests and replays, what somebody reads for themselves cannot. Deadlines of connections are of
// the machine, and so is what deploy measures.
func TestOneClock(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../..", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (strings.HasPrefix(e.Name(), ".") && e.Name() != ".." || e.Name() == "node_modules" || e.Name() == "testdata") {
			return fs.SkipDir
		}
		rel := strings.TrimPrefix(filepath.ToSlash(p), "../../")
		if filepath.Ext(p) != ".go" || strings.HasSuffix(p, "_test.go") || strings.HasPrefix(rel, "platform/clock/") || strings.HasPrefix(rel, "deploy/") {
			return nil
		}
		files++
		for _, place := range readsOfTime(t, p, nil) {
			t.Errorf("%s: take the time from the clock.Clock that the program is handed, and durations from a clock.Stopwatch", place)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 150 {
		t.Errorf("only %d files found", files)
	}
}

func TestReadsOfTime(t *testing.T) {
	src := `package p
import (
	"net"
	now "time"
)
type clock struct{}
func (clock) Now() now.Time { return now.Time{} }
func f(c net.Conn, k clock) {
	_ = k.Now()
	_ = now.Now()
	_ = now.Since(now.Time{})
	_ = now.Until(now.Time{})
	_ = c.SetReadDeadline(now.Now().Add(now.Second))
	g := now.Now
	_ = g
}`
	want := []string{"p.go:10:6", "p.go:11:6", "p.go:12:6", "p.go:14:7"}
	if got := readsOfTime(t, "p.go", src); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// readsOfTime are the places of a file that ask the machine for the time.
func readsOfTime(t *testing.T, file string, src any) (places []string) {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	name := importName(f, "time")
	if name == "" {
		return nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"SetDeadline", "SetReadDeadline", "SetWriteDeadline"}, s.Sel.Name) {
				return false
			}
		}
		if s, ok := n.(*ast.SelectorExpr); ok {
			x, ok := s.X.(*ast.Ident)
			if ok && x.Name == name && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
				places = append(places, set.Position(s.Pos()).String())
			}
		}
		return true
	})
	return places
}

// importName is what a file calls a package that it imports; "" when it does not.
func importName(f *ast.File, path string) string {
	for _, i := range f.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err != nil || p != path {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return path
	}
	return ""
}
