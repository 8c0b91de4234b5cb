package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/access/accesstest"
)

// madeNow are ids of records that a dry run made, and of errors that are in the log.
var madeNow = regexp.MustCompile(`_\d{8,}|"id":"[0-9a-f]{12,}"`)

// asker is somebody who asks, with the schema as shown to them.
type asker struct {
	name  string
	ctx   context.Context
	types map[string]*ast.Definition
	sees  map[string]bool // ids of records
}

func (in *instance) asker(t *testing.T, name string, p ident.Principal) *asker {
	t.Helper()
	a := &asker{name: name, ctx: signedIn(p), sees: map[string]bool{}}
	may, err := in.profile(a.ctx)
	if err != nil {
		t.Fatal(err)
	}
	sdl, err := in.graph.SDL(may)
	if err != nil {
		t.Fatal(err)
	}
	a.types = accesstest.Types(t, sdl)
	return a
}

// listOf is the root field that lists an object's records.
func listOf(types map[string]*ast.Definition, o *catalog.Object) string {
	for _, f := range types["Query"].Fields {
		if f.Type.Name() == o.TypeName+"Connection" {
			return f.Name
		}
	}
	return ""
}

// ids are those of some records of an object that somebody sees.
func (in *instance) ids(t *testing.T, ctx context.Context, list string) (out []string) {
	t.Helper()
	var got map[string]struct{ Nodes []struct{ ID string } }
	body := in.ask(t, ctx, fmt.Sprintf("{ %s(first: 500) { nodes { id } } }", list), nil)
	var a struct{ Data json.RawMessage }
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Data) > 0 && json.Unmarshal(a.Data, &got) == nil {
		for _, n := range got[list].Nodes {
			out = append(out, n.ID)
		}
	}
	return out
}

// about is the object that a root field is about; nil where it is none's.
func about(cat *catalog.Catalog, f *ast.FieldDefinition) (of *catalog.Object) {
	for _, o := range cat.Objects {
		if strings.HasPrefix(f.Type.Name(), o.TypeName) && (of == nil || len(o.TypeName) > len(of.TypeName)) {
			of = o
		}
	}
	return of
}

// rootsOf are the root fields that anybody has: who sees everything has no need to be shown what is masked.
func rootsOf(root string, whole map[string]*ast.Definition, askers []*asker) ast.FieldList {
	out := slices.Clone(whole[root].Fields)
	for _, a := range askers {
		if r := a.types[root]; r != nil {
			for _, f := range r.Fields {
				if out.ForName(f.Name) == nil {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// someones is a schema that has a root field: the whole one, if it has.
func someones(root, name string, whole map[string]*ast.Definition, askers []*asker) map[string]*ast.Definition {
	for _, a := range askers {
		if r := a.types[root]; whole[root].Fields.ForName(name) == nil && r != nil && r.Fields.ForName(name) != nil {
			return a.types
		}
	}
	return whole
}

func objectNamed(cat *catalog.Catalog, typeName string) *catalog.Object {
	for _, o := range cat.Objects {
		if o.TypeName == typeName {
			return o
		}
	}
	return nil
}

// TestNothingTellsOfRecordsOfPackages asks every query and mutation that the standard packages generate about
// records of the demo data that the caller does not see, and about ones that there are not: the answers are
// the same to the byte, and somebody without roles is refused. Upserts name records by their keys:
// TestUpsertsTellNothingOfRecordsOfPackages asks them once more. In short, or under the race detector, it asks every tenth.
func TestNothingTellsOfRecordsOfPackages(t *testing.T) {
	in := opened(t, clock.System{})
	admin := signedIn(ident.Principal{Name: "admin", Admin: true})
	if err := in.installStandard(admin, nil, true); err != nil {
		t.Fatal(err)
	}
	sdl, err := in.graph.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	whole := accesstest.Types(t, sdl)
	nobody := in.asker(t, "nobody", ident.Principal{Name: "nobody"})
	askers := []*asker{nobody}
	for _, name := range []string{"xu.jing", "du.pengfei"} {
		askers = append(askers, in.asker(t, name, in.demoUser(t, name)))
	}
	cat := in.publish.Tenant.Catalog()
	all := map[*catalog.Object][]string{}
	for _, o := range cat.Objects {
		list := listOf(whole, o)
		if list == "" {
			continue
		}
		all[o] = in.ids(t, admin, list)
		for _, a := range askers[1:] {
			for _, id := range in.ids(t, a.ctx, list) {
				a.sees[id] = true
			}
		}
	}
	few := testing.Short() || raced()
	fields, refused, compared := 0, 0, map[string]int{}
	for _, root := range []string{"Query", "Mutation"} {
		for _, f := range rootsOf(root, whole, askers) {
			o := about(cat, f)
			if o == nil && strings.HasPrefix(f.Name, "reveal") {
				o = objectNamed(cat, strings.TrimPrefix(f.Name, "reveal"))
			}
			if o == nil {
				continue // no record's: what a caller sees of these is tested where they are
			}
			if fields++; few && fields%10 != 0 {
				continue // some of each kind
			}
			none := o.IDPrefix + "_702"
			for _, a := range askers {
				f, types := f, a.types
				if r := types[root]; r != nil && r.Fields.ForName(f.Name) != nil {
					f = r.Fields.ForName(f.Name)
				} else {
					types = someones(root, f.Name, whole, askers) // it is not the caller's, who asks all the same
				}
				ask := func(id string) (code, body, q string) {
					x := accesstest.Walker{Types: types, ID: id}
					q = x.Operation(strings.ToLower(root), f)
					body = in.ask(t, a.ctx, q, nil)
					return answered(t, body, nil), madeNow.ReplaceAllString(strings.ReplaceAll(body, id, "THE_ID"), "_new"), q
				}
				code, want, q := ask(none)
				if a == nobody {
					if refused++; code != "FORBIDDEN" && code != "NOT_FOUND" {
						t.Errorf("somebody without roles: %s\n%.300s", q, want)
					}
				}
				at := slices.IndexFunc(all[o], func(id string) bool { return !a.sees[id] })
				if at < 0 || !strings.Contains(q, none) {
					continue
				}
				compared[a.name]++
				if _, got, _ := ask(all[o][at]); got != want {
					t.Errorf("%s: %s\n there %.600s\n not   %.600s", a.name, q, got, want)
				}
			}
		}
	}
	t.Logf("%d fields, %d refusals, compared %v", fields, refused, compared)
	if few {
		return
	}
	if fields < 1000 || refused < 1000 || compared["nobody"] < 300 || compared["xu.jing"] < 100 {
		t.Error("that is not every field")
	}
}
