package packages_test

import (
	"fmt"
	"io/fs"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// started loads and resolves packages as a start does.
func started(dirs map[string]fs.FS, watch func(*model.Package)) (*catalog.Catalog, diag.List) {
	all, findings := load.Packages(dirs, standard.Fields())
	for _, p := range all {
		watch(p)
	}
	if findings.HasErrors() {
		return nil, findings
	}
	cat, more := resolve.Resolve(resolve.Input{Packages: all, Fields: standard.Fields(), Engines: standard.Engines().Signatures(), Zone: zone, Proven: true})
	for _, p := range all {
		p.Forget()
	}
	return cat, append(findings, more...)
}

// TestSameOnAllProcessors reads the standard packages, and copies of them that are broken in many places, on one
// processor and on several: the catalogue and the findings are the same to the byte.
func TestSameOnAllProcessors(t *testing.T) {
	in := func(folder, old, new string) func(string, string) string {
		return func(path, content string) string {
			if !strings.Contains("/"+path, folder) {
				return content
			}
			return strings.ReplaceAll(content, old, new)
		}
	}
	for name, edit := range map[string]func(path, content string) string{
		"as they are":              in("nowhere", "", ""),
		"keys":                     in("/", `"label"`, `"lable"`),
		"types of fields":          in("/object.json", `"type": "t`, `"type": "xt`),
		"types of inputs":          in("/actions/", `"type": "`, `"type": "x`),
		"expressions of objects":   in("/object.json", "ISBLANK(", "ISBLAMK("),
		"expressions of actions":   in("/actions/", "record.", "recond."),
		"expressions of approvals": in("/approvals/", "record.", "recond."),
		"expressions of flows":     in("/flows/", "(", "(("),
		"cells of tables":          in("/tables/", "= ", "=* "),
		"columns of views":         in("/views/", `"name"`, `"mane"`),
	} {
		t.Run(name, func(t *testing.T) {
			dirs := edited(t, edit)
			want := ""
			for i, processors := range []int{1, 4, 2} {
				was := runtime.GOMAXPROCS(processors)
				cat, findings := started(dirs, func(*model.Package) {})
				runtime.GOMAXPROCS(was)
				got := printed(cat) + printed(findings)
				if i == 0 {
					want = got
					t.Logf("%d findings, %d bytes", len(findings), len(got))
				} else if got != want {
					t.Fatalf("on %d processors: %s", processors, firstDifference(got, want))
				}
			}
		})
	}
}

// edited are the standard packages, with each file changed.
func edited(t *testing.T, edit func(path, content string) string) map[string]fs.FS {
	dirs := map[string]fs.FS{}
	for _, p := range folders(t) {
		files := fstest.MapFS{}
		if err := fs.WalkDir(p.Files, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			content, err := fs.ReadFile(p.Files, path)
			files[path] = &fstest.MapFile{Data: []byte(edit(path, string(content)))}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		dirs[p.Name] = files
	}
	return dirs
}

func firstDifference(got, want string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("…%q, not …%q", got[max(i-200, 0):min(i+100, len(got))], want[max(i-200, 0):min(i+100, len(want))])
		}
	}
	return "one is longer than the other"
}

// printed is everything that can be reached from a value; what was met before stands as its number.
func printed(x any) string {
	p := &printer{met: map[any]int{}}
	p.value(reflect.ValueOf(x))
	return p.String()
}

type printer struct {
	strings.Builder
	met map[any]int
}

// again says whether something was met before, and remembers it.
func (p *printer) again(what any) bool {
	n, met := p.met[what]
	if !met {
		n = len(p.met)
		p.met[what] = n
	}
	fmt.Fprintf(p, "#%d", n)
	return met
}

func (p *printer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Invalid:
		p.WriteString("nil")
	case reflect.Pointer:
		if !v.IsNil() && !p.again([2]any{v.Pointer(), v.Type()}) {
			p.value(v.Elem())
		}
	case reflect.Interface:
		p.value(v.Elem())
	case reflect.Struct:
		fmt.Fprintf(p, "\n%s{", v.Type())
		for i := range v.NumField() {
			p.value(v.Field(i))
			p.WriteByte(' ')
		}
		p.WriteByte('}')
	case reflect.Slice, reflect.Array:
		p.WriteByte('[')
		for i := range v.Len() {
			p.value(v.Index(i))
			p.WriteByte(' ')
		}
		p.WriteByte(']')
	case reflect.Map:
		p.mapped(v)
	case reflect.Func: // nobody can look into one
		fmt.Fprint(p, !v.IsNil())
	default:
		fmt.Fprint(p, v)
	}
}

// mapped prints a map in the order of its keys. Those that are pointers have no order that would stay: how many
// there are is all that counts.
func (p *printer) mapped(v reflect.Value) {
	fmt.Fprintf(p, "map %d{", v.Len())
	defer p.WriteByte('}')
	keys := v.MapKeys()
	if len(keys) == 0 || keys[0].Kind() == reflect.Pointer || keys[0].Kind() == reflect.Interface {
		return
	}
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for _, k := range keys {
		fmt.Fprint(p, k, ":")
		p.value(v.MapIndex(k))
		p.WriteByte(' ')
	}
}

// TestCatalogueKeepsNoPackages: what was read is let go of when the catalogue stands, since a server serves for
// long, and the files of packages take more memory than what is made of them.
func TestCatalogueKeepsNoPackages(t *testing.T) {
	var packages, gone atomic.Int64
	cat, findings := started(edited(t, func(_, content string) string { return content }), func(p *model.Package) {
		packages.Add(1)
		runtime.AddCleanup(p, func(int) { gone.Add(1) }, 0)
	})
	report(t, findings)
	for end := time.Now().Add(10 * time.Second); gone.Load() < packages.Load(); runtime.GC() {
		if time.Now().After(end) {
			t.Fatalf("%d of %d packages are kept", packages.Load()-gone.Load(), packages.Load())
		}
		time.Sleep(time.Millisecond)
	}
	runtime.KeepAlive(cat)
}
