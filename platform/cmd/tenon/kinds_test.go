package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/standard/kindtest"
)

// kindWorld serves the object of all kinds.
type kindWorld struct {
	*server
	id      string
	filters map[string][]string // operators by API name of the field
}

func newKindWorld(t *testing.T) *kindWorld {
	t.Helper()
	data := t.TempDir()
	w := &kindWorld{server: serve(t, data, "--bare"), filters: map[string][]string{}}
	must(t, "apply", "--data", data, write(t, kindtest.Package()))
	if status, _, body := w.call(http.MethodPost, "/import/target?format=csv", "id,name\n1,x\n2,y\n", nil); status != 200 || !strings.Contains(body, `"rows":2`) {
		t.Fatalf("%d %s", status, body)
	}
	var filter struct {
		Type struct {
			InputFields []struct {
				Name string
				Type struct {
					InputFields []struct{ Name string }
				}
			}
		}
	}
	w.query(&filter, `{ type: __type(name: "ThingFilter") { inputFields { name type { inputFields { name } } } } }`, nil)
	for _, f := range filter.Type.InputFields {
		for _, op := range f.Type.InputFields {
			w.filters[f.Name] = append(w.filters[f.Name], op.Name)
		}
	}
	return w
}

// apiName is how the value of a kind's field is called in GraphQL.
func apiName(kind string) string {
	name := "f" + strings.ToUpper(kind[:1]) + kind[1:]
	switch kind {
	case "lookup", "ref":
		return name + "Id"
	case "multilookup":
		return name + "Ids"
	}
	return name
}

// TestEveryKindOverHTTP takes a value of every kind through create, get, filter, update and null,
// and has each bad value refused with a code, its field, and words in both languages.
func TestEveryKindOverHTTP(t *testing.T) {
	w := newKindWorld(t)
	for kind, c := range kindtest.Cases() {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			w.roundTrip(t, kind, c)
			w.badValues(t, kind, c)
			w.clear(t, kind, c)
		})
	}
	w.t = t
}

func (w *kindWorld) roundTrip(t *testing.T, kind string, c kindtest.Case) {
	t.Helper()
	name := apiName(kind)
	var created struct {
		Create struct {
			Thing struct{ ID, V json.RawMessage }
		}
	}
	w.query(&created, fmt.Sprintf(`mutation($in: ThingCreate!) { create: createThing(input: $in) { thing { id v: %s %s } } }`, name, c.Selection),
		map[string]any{"in": map[string]any{name: json.RawMessage(c.In)}})
	same(t, "created with "+c.In, created.Create.Thing.V, c.Out)
	w.id = strings.Trim(string(created.Create.Thing.ID), `"`)
	same(t, "read", w.read(kind, c), c.Out)
	w.filter(t, kind, c.Out, true)
	var updated struct {
		Update struct{ Thing struct{ V json.RawMessage } }
	}
	w.query(&updated, fmt.Sprintf(`mutation($id: ID!, $p: ThingPatch!) { update: updateThing(id: $id, patch: $p) { thing { v: %s %s } } }`, name, c.Selection),
		map[string]any{"id": w.id, "p": map[string]any{name: json.RawMessage(c.Other)}})
	same(t, "updated with "+c.Other, updated.Update.Thing.V, c.OtherOut)
	same(t, "read again", w.read(kind, c), c.OtherOut)
	w.filter(t, kind, c.Out, false)
	w.filter(t, kind, c.OtherOut, true)
}

func (w *kindWorld) read(kind string, c kindtest.Case) json.RawMessage {
	w.t.Helper()
	var got struct{ Thing struct{ V json.RawMessage } }
	w.query(&got, fmt.Sprintf(`query($id: ID!) { thing(id: $id) { v: %s %s } }`, apiName(kind), c.Selection), map[string]any{"id": w.id})
	return got.Thing.V
}

// filter looks the record up by eq, where the kind has it, and says whether it has to be found.
func (w *kindWorld) filter(t *testing.T, kind, eq string, found bool) {
	t.Helper()
	if slices.Contains(w.filters[apiName(kind)], "eq") {
		w.finds(t, kind, "eq", json.RawMessage(eq), found)
	}
}

func (w *kindWorld) finds(t *testing.T, kind, op string, arg any, found bool) {
	t.Helper()
	var got struct {
		Things struct{ Nodes []struct{ ID string } }
	}
	w.query(&got, `query($f: ThingFilter) { things(filter: $f, first: 500) { nodes { id } } }`, map[string]any{"f": map[string]any{apiName(kind): map[string]any{op: arg}}})
	hit := false
	for _, n := range got.Things.Nodes {
		hit = hit || n.ID == w.id
	}
	if hit != found {
		t.Errorf("filter %s %s: found %v, want %v", op, arg, hit, found)
	}
}

func (w *kindWorld) badValues(t *testing.T, kind string, c kindtest.Case) {
	t.Helper()
	name := apiName(kind)
	for _, bad := range c.Bad {
		body := operation(`mutation($id: ID!, $p: ThingPatch!) { updateThing(id: $id, patch: $p) { thing { id } } }`,
			map[string]any{"id": w.id, "p": map[string]any{name: json.RawMessage(bad.In)}})
		for _, lang := range []string{"en", "zh-CN"} {
			status, _, answer := w.call(http.MethodPost, "/graphql", body, map[string]string{"Accept-Language": lang})
			want := refused{code: bad.Code}
			if status == http.StatusBadRequest { // it does not fit the schema
				want.code = errs.InvalidInput
			}
			if status != http.StatusOK && status != http.StatusBadRequest {
				t.Errorf("%.80s: status %d", bad.In, status)
			}
			e := words(t, want, lang, answer)
			if e.Field != name && !strings.HasPrefix(e.Field, name+".") {
				t.Errorf("%.80s: the error is on %q, want %s: %s", bad.In, e.Field, name, answer)
			}
			if status == http.StatusOK && fmt.Sprint(e.Path) != "[updateThing]" {
				t.Errorf("%.80s: the path is %v", bad.In, e.Path)
			}
		}
		same(t, "after the refused "+bad.In, w.read(kind, c), c.OtherOut)
	}
}

func (w *kindWorld) clear(t *testing.T, kind string, c kindtest.Case) {
	t.Helper()
	null := "isNull"
	if slices.Contains(w.filters[apiName(kind)], "isEmpty") { // of lists
		null = "isEmpty"
	}
	w.finds(t, kind, null, true, false)
	var got any
	w.query(&got, `mutation($id: ID!, $p: ThingPatch!) { updateThing(id: $id, patch: $p) { thing { id } } }`, map[string]any{"id": w.id, "p": map[string]any{apiName(kind): nil}})
	same(t, "cleared", w.read(kind, c), "null")
	w.finds(t, kind, null, true, true)
	w.filter(t, kind, c.OtherOut, false)
}

// same compares JSON by value; numbers are compared as they are written.
func same(t *testing.T, when string, got json.RawMessage, want string) {
	t.Helper()
	if !reflect.DeepEqual(parsed(t, string(got)), parsed(t, want)) {
		t.Errorf("%.100s it is %s, want %s", when, got, want)
	}
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

const computedKinds = `{"name": "unit", "label": {"en": "Unit", "zh-CN": "单位"}, "fields": [
	{"name": "no", "type": "autonumber", "format": "U-{000}"},
	{"name": "parent_id", "type": "lookup", "to": "unit", "inverse": "children"},
	{"name": "path", "type": "tree_path", "parent": "parent_id"},
	{"name": "price", "type": "money"},
	{"name": "gross", "type": "formula", "returns": "money", "expr": "price * 1.19"},
	{"name": "sum", "type": "rollup", "from": "line.unit_id", "function": "sum", "field": "amount"}]}`

// TestComputedKindsOverHTTP reads the kinds that take no input, filters by them, and has a value
// for each of them refused; a master has to be there and takes its details along.
func TestComputedKindsOverHTTP(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json":               `{"name": "computed", "version": "1.0.0", "label": {"en": "Computed", "zh-CN": "计算"}}`,
		"objects/unit/object.json": computedKinds,
		"objects/line/object.json": `{"name": "line", "label": {"en": "Line", "zh-CN": "行"}, "fields": [{"name": "unit_id", "type": "master", "to": "unit"}, {"name": "amount", "type": "money"}]}`,
	}))
	var made struct {
		A, B struct{ Unit struct{ ID, No string } }
	}
	s.query(&made, `mutation { a: createUnit(input: {price: "100"}) { unit { id no } } b: createUnit(input: {price: "2.5"}) { unit { id no } } }`, nil)
	a, b := made.A.Unit.ID, made.B.Unit.ID
	var done any
	s.query(&done, `mutation($a: ID!, $b: ID!) { updateUnit(id: $b, patch: {parentId: $a}) { unit { id } }
		one: createLine(input: {unitId: $b, amount: "1.25"}) { line { id } } two: createLine(input: {unitId: $b, amount: "2"}) { line { id } } }`, map[string]any{"a": a, "b": b})
	number := func(id string) string { return id[strings.LastIndexByte(id, '_')+1:] }
	var got struct {
		Unit  json.RawMessage
		Units struct{ Nodes []struct{ ID string } }
	}
	s.query(&got, `query($b: ID!) { unit(id: $b) { no path gross sum } units(filter: {gross: {eq: "2.98"}, sum: {eq: "3.25"}, no: {eq: "U-002"}, path: {within: $b}}) { nodes { id } } }`, map[string]any{"b": b})
	same(t, "the computed values", got.Unit, fmt.Sprintf(`{"no": "U-002", "path": "/%s/%s/", "gross": "2.98", "sum": "3.25"}`, number(a), number(b)))
	if len(got.Units.Nodes) != 1 || got.Units.Nodes[0].ID != b {
		t.Errorf("found %v", got.Units.Nodes)
	}
	for field, v := range map[string]any{"no": "U-9", "path": "/1/", "gross": "1", "sum": "1"} {
		for _, lang := range []string{"en", "zh-CN"} {
			status, _, body := s.call(http.MethodPost, "/graphql", operation(`mutation($id: ID!, $p: UnitPatch!) { updateUnit(id: $id, patch: $p) { unit { id } } }`,
				map[string]any{"id": b, "p": map[string]any{field: v}}), map[string]string{"Accept-Language": lang})
			if e := words(t, refused{code: errs.InvalidInput}, lang, body); status != 400 || e.Field != field {
				t.Errorf("%s takes a value: %d %s", field, status, body)
			}
		}
	}
	for in, code := range map[string]errs.Code{`{}`: errs.InvalidInput, `{unitId: "unit_1"}`: errs.ValidationFail, `{unitId: "line_1"}`: errs.InvalidInput} {
		_, body := s.graphql(`mutation { createLine(input: `+in+`) { line { id } } }`, nil)
		words(t, refused{code: code}, "en", body)
	}
	s.query(&done, `mutation($b: ID!) { deleteUnit(id: $b) { unit { id } } }`, map[string]any{"b": b})
	var left struct{ Lines struct{ TotalCount int } }
	if s.query(&left, `{ lines { totalCount } }`, nil); left.Lines.TotalCount != 0 {
		t.Errorf("%d details outlive their master", left.Lines.TotalCount)
	}
}
