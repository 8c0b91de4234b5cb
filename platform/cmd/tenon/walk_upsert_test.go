package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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

// keysOf are the keys by which an upsert of an object finds records, as keys of the type of their input.
func keysOf(o *catalog.Object, def *ast.Definition) (out [][]string) {
	for _, k := range o.Keys {
		var names []string
		for _, f := range k.Fields {
			if def.Fields.ForName(f.APIName) != nil {
				names = append(names, f.APIName)
			}
		}
		if len(names) == len(k.Fields) {
			out = append(out, names)
		}
	}
	return out
}

// keyed are records of an object that have a value in each field of a key, by their ids: the values as literals.
func (in *instance) keyed(t *testing.T, ctx context.Context, list string, def *ast.Definition, types map[string]*ast.Definition, names []string) map[string]map[string]string {
	t.Helper()
	var got map[string]struct{ Nodes []map[string]any }
	in.ask(t, ctx, fmt.Sprintf("{ %s(first: 500) { nodes { id %s } } }", list, strings.Join(names, " ")), &got)
	out := map[string]map[string]string{}
	for _, n := range got[list].Nodes {
		vals := map[string]string{}
		for _, name := range names {
			if n[name] == nil {
				continue
			}
			b, err := json.Marshal(n[name])
			if err != nil {
				t.Fatal(err)
			}
			vals[name] = string(b)
			if f := def.Fields.ForName(name); f != nil && types[f.Type.Name()].Kind == ast.Enum {
				vals[name] = strings.Trim(string(b), `"`)
			}
		}
		if len(vals) == len(names) {
			out[n["id"].(string)] = vals
		}
	}
	return out
}

func literal(vals map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(vals)) {
		fmt.Fprintf(&b, "%s: %s, ", name, vals[name])
	}
	return b.String()
}

// TestUpsertsTellNothingOfRecordsOfPackages upserts, by each key of each object of the standard packages, records of
// the demo data that the caller does not see. The answer is the one to a key that nobody has, or else what it says to
// whoever creates a record with that key, which cannot be hidden: it is taken. It never names the record. In short, or
// under the race detector, it asks about two records of each key.
func TestUpsertsTellNothingOfRecordsOfPackages(t *testing.T) {
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
	few := testing.Short() || raced()
	codes := map[string]int{}
	for _, name := range []string{"xu.jing", "du.pengfei", "nobody"} {
		who := ident.Principal{Name: name}
		if name != "nobody" {
			who = in.demoUser(t, name)
		}
		a := in.asker(t, name, who)
		for _, o := range in.publish.Tenant.Catalog().Objects {
			list, f := listOf(whole, o), whole["Mutation"].Fields.ForName("upsert"+o.TypeName)
			if list == "" || f == nil {
				continue
			}
			sees := in.ids(t, a.ctx, list)
			types, theirs := whole, false // who has no such mutation asks all the same
			if m := a.types["Mutation"]; m != nil && m.Fields.ForName(f.Name) != nil {
				types, theirs, f = a.types, true, m.Fields.ForName(f.Name)
			}
			u := upserter{types: types, object: o, key: whole[o.TypeName+"Key"], upsert: f, create: types["Mutation"].Fields.ForName("create" + o.TypeName)}
			for _, names := range keysOf(o, u.key) {
				asked := 0
				for id, key := range in.keyed(t, admin, list, u.key, whole, names) {
					if slices.Contains(sees, id) || few && asked == 2 {
						continue
					}
					asked++
					got := in.ask(t, a.ctx, u.upserts(key), nil)
					code := answered(t, got, nil)
					codes[code]++
					if strings.Contains(got, id) {
						t.Errorf("%s: %s\n names %s: %.600s", name, u.upserts(key), id, got)
					}
					if !theirs && code != "FORBIDDEN" && code != "NOT_FOUND" {
						t.Errorf("%s: %s\n is not refused: %.600s", name, u.upserts(key), got)
					}
					free := u.free(key)
					if clean(got, key) == clean(in.ask(t, a.ctx, u.upserts(free), nil), free) {
						continue
					}
					create, ok := u.creates(key)
					if !ok {
						t.Errorf("%s: %s\n tells of a record: %.600s", name, u.upserts(key), got)
					} else if taken := in.ask(t, a.ctx, create, nil); clean(got, key) != clean(taken, key) {
						t.Errorf("%s: %s\n says    %.600s\n of one that is to be created %.600s", name, u.upserts(key), got, taken)
					}
				}
			}
		}
	}
	t.Logf("%v", codes)
	if codes["FORBIDDEN"] < 100 || codes[""] > 0 || codes["DUPLICATE"] < 10 && !few {
		t.Errorf("the answers are %v", codes)
	}
}

// clean leaves out of an answer what differs between two keys and two writes.
func clean(body string, key map[string]string) string {
	for _, v := range key {
		body = strings.ReplaceAll(body, strings.Trim(v, `"`), "THE_VALUE")
	}
	return madeNow.ReplaceAllString(body, "_new")
}

// upserter makes operations on records of an object, with the same input in each.
type upserter struct {
	types          map[string]*ast.Definition
	object         *catalog.Object
	key            *ast.Definition // whole: the caller's lacks what may not be read
	upsert, create *ast.FieldDefinition
}

// input has what must be there of a record that is created, but for a key's fields.
func (u upserter) input(key map[string]string) string {
	def := u.types[u.object.TypeName+"Create"]
	if def == nil {
		def = u.types[u.object.TypeName+"Upsert"]
	}
	rest := *def
	rest.Fields = slices.DeleteFunc(slices.Clone(def.Fields), func(f *ast.FieldDefinition) bool { return key[f.Name] != "" })
	x := accesstest.Walker{Types: u.types, ID: u.object.IDPrefix + "_702"}
	return x.Input(&rest)
}

func (u upserter) upserts(key map[string]string) string {
	return fmt.Sprintf("mutation { r: %s(key: {%s}, input: %s, dryRun: true) { __typename } }", u.upsert.Name, literal(key), u.input(key))
}

// creates is the same as a creation; not ok where the caller may create none, or none with that key.
func (u upserter) creates(key map[string]string) (q string, ok bool) {
	def := u.types[u.object.TypeName+"Create"]
	if u.create == nil || def == nil {
		return "", false
	}
	for name := range key {
		if def.Fields.ForName(name) == nil {
			return "", false
		}
	}
	return fmt.Sprintf("mutation { r: %s(input: {%s%s, dryRun: true) { __typename } }", u.create.Name, literal(key), strings.TrimPrefix(u.input(key), "{")), true
}

// free is a key that nobody has, as much like the given one as can be.
func (u upserter) free(key map[string]string) map[string]string {
	out := maps.Clone(key)
	for name, v := range out {
		if u.key.Fields.ForName(name).Type.Name() == "ID" {
			at := strings.LastIndex(v, "_")
			out[name] = v[:at] + `_702"`
		} else if strings.HasPrefix(v, `"`) {
			out[name] = v[:1] + "zz" + v[min(3, len(v)-1):]
		}
	}
	return out
}
