package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
)

type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct{ Code string }
	}
}

func decode(t testing.TB, r gql.Response) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(r.Body, &a); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return a
}

// TestNullPropagation breaks a promise of the platform (a record always has a version) behind its
// back, and expects the null to climb as far as the schema says, with the path of the field.
func TestNullPropagation(t *testing.T) {
	w := newWorld(t, 6, nil)
	err := w.db.Update(context.Background(), func(tx store.Tx) error {
		o := w.cat.Object("account")
		_, err := tx.Update(context.Background(), o.Table, 2, []string{o.Field(catalog.Version).Column}, []value.Value{value.Null})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, query, data, paths string }{
		{"nullable field of the root", `{ account(id: "account_2") { v: version } region(id: "region_1") { code } }`,
			`{"account":null,"region":{"code":"R1"}}`, `[["account","v"]]`},
		{"list that may hold no null", `{ region(id: "region_1") { code } all: accounts(first: 3) { nodes { id version } } }`,
			`null`, `[["all","nodes",1,"version"]]`},
		{"edge", `{ accounts(first: 3) { edges { n: node { version } } } }`, `null`, `[["accounts","edges",1,"n","version"]]`},
		{"lookups of many rows", `{ deals(first: 2, filter: {accountId: {eq: "account_2"}}) { nodes { id account { version } } } }`,
			`{"deals":{"nodes":[{"account":null,"id":"deal_200"},{"account":null,"id":"deal_201"}]}}`,
			`[["deals","nodes",0,"account","version"],["deals","nodes",1,"account","version"]]`},
		{"children below a nullable record", `{ region(id: "region_3") { code accounts { nodes { version } } } account(id: "account_1") { version } }`,
			`{"account":{"version":1},"region":null}`, `[["region","accounts","nodes",0,"version"]]`},
		{"list that may hold null", `{ nodes(ids: ["account_1", "account_2"]) { id ... on Account { version } } }`,
			`{"nodes":[{"id":"account_1","version":1},null]}`, `[["nodes",1,"version"]]`},
		{"the rest of the row is not asked for it", `{ account(id: "account_2") { name } }`, `{"account":{"name":"Account 2"}}`, `[]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got struct {
				Data   any
				Errors []struct {
					Path       []any
					Extensions struct{ Code string }
				}
			}
			r := w.call(c.query, "")
			if err := json.Unmarshal(r.Body, &got); err != nil {
				t.Fatal(err)
			}
			paths := []any{}
			for _, e := range got.Errors {
				paths = append(paths, e.Path)
				if e.Extensions.Code != "INTERNAL" {
					t.Errorf("code %s", e.Extensions.Code)
				}
			}
			if s := marshal(t, got.Data); s != c.data {
				t.Errorf("data %s, want %s", s, c.data)
			}
			if s := marshal(t, paths); s != c.paths {
				t.Errorf("paths %s, want %s", s, c.paths)
			}
		})
	}
}

func marshal(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestQueriesPerOperation holds the executor to one store query per level and object.
func TestQueriesPerOperation(t *testing.T) {
	w := newWorld(t, 40, nil)
	for _, c := range []struct {
		query string
		want  int64
	}{
		{`{ __typename }`, 0},
		{`{ account(id: "account_1") { id name } }`, 1},
		{`{ accounts(first: 30) { nodes { id } pageInfo { hasNextPage endCursor } } }`, 1},
		{`{ accounts { totalCount } }`, 1},
		{`{ accounts { totalCount nodes { id } } }`, 1}, // all of them are on the page
		{`{ accounts(first: 1) { totalCount nodes { id } } }`, 2},
		{`{ accounts(first: 30) { nodes { region { name } } } }`, 2},
		{`{ accounts(first: 30) { nodes { region { parent { name } } deals(first: 5) { nodes { name } } contacts { nodes { name account { region { code } } } } } } }`, 7},
		{`{ accounts(first: 30) { nodes { deals(first: 5) { totalCount nodes { id } } } } }`, 3},
		{`{ accounts(first: 30, filter: {region: {code: {eq: "R1"}}, deals: {some: {stage: {eq: won}}}}, orderBy: [{region: {name: ASC}}]) { nodes { id } } }`, 1},
		{`{ dealAggregate(groupBy: [{account: {region: {code: true}}}]) { key { account { region { code } } } count } }`, 1},
		{`{ nodes(ids: ["account_1", "account_2", "deal_101", "deal_102", "region_1"]) { id } }`, 3},
		{`{ accounts(first: 20) { nodes { history { verb } } } }`, 2},
	} {
		for range 2 {
			before := w.db.Stats().Queries
			if a := decode(t, w.call(c.query, "")); len(a.Errors) > 0 {
				t.Fatal(c.query, a.Errors)
			}
			if got := w.db.Stats().Queries - before; got != c.want {
				t.Errorf("%s: %d store queries, want %d", c.query, got, c.want)
			}
		}
	}
}

// TestPages walks a list forwards and backwards by cursors: every record once, in order, with
// many equal order values and nulls among them.
func TestPages(t *testing.T) {
	w := newWorld(t, 23, nil)
	walk := func(order string, back bool) []string {
		var ids []string
		args, next, more := "first: 4, after: $c", "endCursor", "hasNextPage"
		if back {
			args, next, more = "last: 4, before: $c", "startCursor", "hasPreviousPage"
		}
		q := fmt.Sprintf(`query ($c: String) { accounts(%s, orderBy: %s) { nodes { id } pageInfo { %s %s } } }`, args, order, next, more)
		vars := "{}"
		for range 10 {
			a := decode(t, w.call(q, vars))
			if len(a.Errors) > 0 {
				t.Fatal(a.Errors)
			}
			conn := a.Data["accounts"].(map[string]any)
			var page []string
			for _, n := range conn["nodes"].([]any) {
				page = append(page, n.(map[string]any)["id"].(string))
			}
			if back {
				ids = append(page, ids...)
			} else {
				ids = append(ids, page...)
			}
			info := conn["pageInfo"].(map[string]any)
			if info[more] != true {
				return ids
			}
			vars = marshal(t, map[string]any{"c": info[next]})
		}
		t.Fatal("the pages do not end")
		return nil
	}
	for _, order := range []string{`[]`, `[{name: DESC}]`, `[{region: {code: ASC}}]`, `[{regionId: DESC}]`, `[{creditLimit: DESC}, {id: ASC}]`, `[{createdAt: DESC}]`} {
		a := decode(t, w.call(`{ accounts(first: 100, orderBy: `+order+`) { nodes { id } } }`, ""))
		var all []string
		for _, n := range a.Data["accounts"].(map[string]any)["nodes"].([]any) {
			all = append(all, n.(map[string]any)["id"].(string))
		}
		if len(all) != 23 {
			t.Fatalf("%s: %d records", order, len(all))
		}
		for _, back := range []bool{false, true} {
			if got := walk(order, back); !reflect.DeepEqual(got, all) {
				t.Errorf("order %s, backwards %v:\n got %v\nwant %v", order, back, got, all)
			}
		}
	}
	// A cursor of one order is refused by another.
	a := decode(t, w.call(`{ accounts(first: 1, orderBy: [{name: ASC}]) { pageInfo { endCursor } } }`, ""))
	c := a.Data["accounts"].(map[string]any)["pageInfo"].(map[string]any)["endCursor"].(string)
	if a = decode(t, w.call(`query ($c: String) { accounts(after: $c) { nodes { id } } }`, marshal(t, map[string]any{"c": c}))); len(a.Errors) != 1 || a.Errors[0].Extensions.Code != "INVALID_INPUT" {
		t.Errorf("a foreign cursor gives %+v", a)
	}
}

// TestIntrospection holds introspection to what graph-gophers answers for the same SDL.
func TestIntrospection(t *testing.T) {
	w := newWorld(t, 1, nil)
	sdl, err := w.svc.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	s, err := graphql.ParseSchema(sdl, nil, graphql.UseStringDescriptions())
	if err != nil {
		t.Fatal(err)
	}
	delete(s.AST().Types, "Float") // which it lists, though nothing refers to it
	raw, err := s.ToJSON()
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	query := string(readFile(t, "testdata", "introspection.graphql", false))
	got := decode(t, w.call(query, ""))
	if len(got.Errors) > 0 {
		t.Fatal(got.Errors)
	}
	if !reflect.DeepEqual(got.Data, want) {
		t.Errorf("introspection differs: %d bytes, want %d", len(marshal(t, got.Data)), len(marshal(t, want)))
	}
}

// TestSeveralOperations picks one operation of a document; the variables of the others do not matter.
func TestSeveralOperations(t *testing.T) {
	w := newWorld(t, 1, nil)
	doc := `query A { region(id: "region_1") { code } } query B($id: ID!) { region(id: $id) { name } }`
	if r := w.as(access.Everything, doc, "A", ""); !strings.Contains(string(r.Body), `"code":"R1"`) {
		t.Errorf("A: %s", r.Body)
	}
	if r := w.as(access.Everything, doc, "B", `{"id":"region_2"}`); !strings.Contains(string(r.Body), `"name":"Region 2"`) {
		t.Errorf("B: %s", r.Body)
	}
	for _, name := range []string{"", "C"} {
		if r := w.as(access.Everything, doc, name, ""); !r.RequestError || r.Status != 400 {
			t.Errorf("%q: %d %s", name, r.Status, r.Body)
		}
	}
}

// masked is a profile that sees some accounts, and of them not everything.
type masked struct{ access.Profile }

func (masked) Key() string { return "masked" }
func (masked) CanRead(f *catalog.Field) bool {
	return f.Name != "secret"
}
func (m masked) CanWrite(f *catalog.Field) bool { return m.CanRead(f) }
func (masked) Rows(o *catalog.Object, _ access.Op, _ access.Bind) driver.Expr {
	if o.Name != "region" {
		return nil
	}
	return driver.Cmp{Op: driver.Ne, L: o.Field("code").Col(), R: driver.Const{Value: value.Text("R2")}}
}
func (masked) Can(o *catalog.Object, op access.Op) bool {
	return o.Name != "contact" && (op == access.Read || o.Name == "account")
}

// TestAccess: what a caller may not see is as if it did not exist, on every way to it.
func TestAccess(t *testing.T) {
	w := newWorld(t, 6, nil)
	p := masked{access.Everything}
	for _, c := range []struct{ query, want string }{
		{`{ account(id: "account_1") { name region { code } } }`, `{"data":{"account":{"name":"Account 1","region":null}}`},
		{`{ region(id: "region_2") { code } }`, `{"data":{"region":null}`},
		{`{ regionBy(key: {code: "R2"}) { code } }`, `{"data":{"regionBy":null}`},
		{`{ node(id: "region_2") { id } }`, `{"data":{"node":null}`},
		{`{ node(id: "contact_10") { id } }`, `{"data":{"node":null}`},
		{`{ regions { totalCount nodes { code } } }`, `{"data":{"regions":{"totalCount":3,"nodes":[{"code":"R1"},{"code":"R3"},{"code":"R4"}]}}`},
		{`{ accounts(filter: {region: {code: {eq: "R2"}}}) { totalCount } }`, `{"data":{"accounts":{"totalCount":0}}`},
		{`{ accountAggregate(groupBy: [{region: {code: true}}]) { key { region { code } } count } }`,
			`{"data":{"accountAggregate":[{"key":{"region":{"code":null}},"count":2},{"key":{"region":{"code":"R1"}},"count":1},{"key":{"region":{"code":"R3"}},"count":2},{"key":{"region":{"code":"R4"}},"count":1}]}`},
		{`{ accounts { nodes { secret } } }`, `{"errors":[{"message":"Cannot query field \"secret\"`},
		{`{ accounts(filter: {secret: {eq: "s"}}) { totalCount } }`, `{"errors":[`},
		{`{ accounts(orderBy: [{secret: ASC}]) { totalCount } }`, `{"errors":[`},
		{`{ contacts { totalCount } }`, `{"errors":[`},
		{`{ accounts { nodes { contacts { totalCount } } } }`, `{"errors":[`},
		{`mutation { createDeal(input: {name: "x"}) { deal { id } } }`, `{"errors":[`},
	} {
		if r := w.as(p, c.query, "", ""); !strings.HasPrefix(string(r.Body), c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.query, r.Body, c.want)
		}
	}
	if r := w.call(`mutation { updateAccount(id: "account_1", patch: {secret: "new", name: "N"}) { account { id } } }`, ""); r.Errors > 0 {
		t.Fatal(string(r.Body))
	}
	if r := w.as(p, `{ account(id: "account_1") { history { changes } } }`, "", ""); !strings.Contains(string(r.Body), `{"changes":{"name":["Account 1","N"]}}`) {
		t.Errorf("history: %s", r.Body)
	}
	sdl, err := w.svc.SDL(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"secret", "Contact", "createDeal"} {
		if strings.Contains(sdl, word) {
			t.Errorf("the SDL shows %s", word)
		}
	}
}

// TestLimits: each limit answers with its code, before anything is read.
func TestLimits(t *testing.T) {
	w := newWorld(t, 2, func(l *graph.Limits) { l.Cost, l.Depth, l.Operation, l.Fields = 3000, 6, 3000, 100 })
	deep := strings.Repeat("region { parent { ", 50) + "id" + strings.Repeat(" } }", 50)
	for _, c := range []struct{ name, query, code string }{
		{"cost", `{ accounts(first: 500) { nodes { id deals(first: 500) { nodes { id name } } } } }`, "COST_EXCEEDED"},
		{"overflow", `{ accounts(first: 500) { nodes { deals(first: 500) { nodes { account { id } } } } } }`, "COST_EXCEEDED"},
		{"depth", `{ accounts { nodes { ` + deep + ` } } }`, "LIMIT_EXCEEDED"},
		{"length", `{ accounts { nodes { id ` + strings.Repeat("name ", 1000) + `} } }`, "LIMIT_EXCEEDED"},
		{"fields", `{ accounts { nodes { ` + strings.Repeat("id ", 200) + ` } } }`, "LIMIT_EXCEEDED"},
		{"ids", `{ nodes(ids: [` + strings.Repeat(`"a_1",`, 501) + `]) { id } }`, "LIMIT_EXCEEDED"},
		{"utf8", "{ accounts(filter: {name: {eq: \"\xff\"}}) { totalCount } }", "INVALID_INPUT"},
		{"no such fragment", `{ ...Nothing }`, "INVALID_INPUT"},
		{"circle", `{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`, "INVALID_INPUT"},
		{"subscription", `subscription { x }`, "INVALID_INPUT"},
	} {
		before := w.db.Stats().Queries
		r := w.call(c.query, "")
		a := decode(t, r)
		if !r.RequestError || len(a.Errors) == 0 || a.Errors[0].Extensions.Code != c.code || a.Data != nil {
			t.Errorf("%s: want %s, got %d %.300s", c.name, c.code, r.Status, r.Body)
		}
		if w.db.Stats().Queries != before {
			t.Errorf("%s: the store was asked", c.name)
		}
	}
}

// TestTimeout: an operation that is over its time answers TIMEOUT.
func TestTimeout(t *testing.T) {
	w := newWorld(t, 2, func(l *graph.Limits) { l.Time = 1 })
	if a := decode(t, w.call(`{ accounts { nodes { id } } }`, "")); len(a.Errors) != 1 || a.Errors[0].Extensions.Code != "TIMEOUT" {
		t.Errorf("got %+v", a)
	}
}
