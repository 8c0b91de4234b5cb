package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/tenon-platform/tenon/platform/errs"
)

// refused is one bad request and how it has to be answered. Without a code it is a request that
// only looks bad, and has to be served.
type refused struct {
	name   string
	method string // POST unless given
	path   string // /graphql unless given
	body   string
	header map[string]string
	status int // 400 unless given
	code   errs.Code
	says   string // part of the English message; of the body when it is served
	field  string // extensions.field
}

// world is what the bad requests are aimed at.
type world struct {
	*server
	client, other, region, gone string // ids; gone is that of a deleted client
	purchase                    string
	cursor                      string // of clients, by name
	regionCursor                string
}

// newWorld serves the package in testdata/shop with a few records.
func newWorld(t *testing.T) *world {
	t.Helper()
	data := t.TempDir()
	w := &world{server: serve(t, data, "--bare")}
	must(t, "apply", "--data", data, "testdata/shop")
	var r struct {
		Region, Child, Ada, Bo, Cy struct{ Region, Client struct{ ID string } }
	}
	w.query(&r, `mutation { region: createRegion(input: {name: "North"}) { region { id } }
		ada: createClient(input: {code: "A", name: "Ada", grade: a, credit: "10.50", visits: 3, tags: ["x"]}) { client { id } }
		bo: createClient(input: {code: "B", name: "Bo"}) { client { id } }
		cy: createClient(input: {code: "C", name: "Cy"}) { client { id } } }`, nil)
	w.client, w.other, w.gone, w.region = r.Ada.Client.ID, r.Bo.Client.ID, r.Cy.Client.ID, r.Region.Region.ID
	var p struct {
		P struct{ Purchase struct{ ID string } }
	}
	w.query(&p, `mutation($c: ID!, $r: ID!, $g: ID!) { p: createPurchase(input: {clientId: $c, amount: "3"}) { purchase { id } }
		updateClient(id: $c, patch: {regionId: $r}) { client { id } } deleteClient(id: $g) { client { id } } }`, map[string]any{"c": w.client, "r": w.region, "g": w.gone})
	w.purchase = p.P.Purchase.ID
	var c struct {
		Clients, Regions struct{ Edges []struct{ Cursor string } }
	}
	w.query(&c, `{ clients(orderBy: [{name: ASC}]) { edges { cursor } } regions { edges { cursor } } }`, nil)
	w.cursor, w.regionCursor = c.Clients.Edges[0].Cursor, c.Regions.Edges[0].Cursor
	return w
}

// records is everything that is stored, to see that nothing was written.
func (w *world) records() string {
	_, body := w.graphql(`{ clients(first: 500) { totalCount nodes { id code name grade credit visits since tags extra regionId spent version updatedAt
			history(first: 100) { version } } }
		deleted: clients(filter: {deletedAt: {isNull: false}}) { nodes { id version } }
		purchases(first: 500) { nodes { id clientId amount version } } regions(first: 500) { nodes { id name parentId version } } }`, nil)
	return body
}

// TestBadInput sends what no client should send. Each is refused with its status, a code, and a
// sentence in the caller's language; nothing of the inside shows, nothing is written, and the
// server goes on serving.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	before := w.records()
	if !strings.Contains(before, `"Ada"`) || strings.Contains(before, `"errors"`) {
		t.Fatal(before)
	}
	var cases []refused
	for _, of := range []func(*world) []refused{badRequests, badOperations, badPages, badIDs, badValues, badWrites, badCallers, badDoors} {
		cases = append(cases, of(w)...)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			for _, lang := range []string{"en", "zh-CN"} {
				w.refuses(t, c, lang)
			}
			if after := w.records(); after != before {
				t.Fatalf("the records changed from\n%s\nto\n%s", before, after)
			}
		})
	}
	w.t = t
	if log := w.log.String(); strings.Contains(log, "internal error") || strings.Contains(log, "panic") {
		t.Errorf("the log has %s", log)
	}
}

// inside is what no answer may show: sources, stacks, statements, paths and words of libraries.
var inside = regexp.MustCompile(`(?i)\.go\b|goroutine|panic|runtime error|sqlite|select .* from|insert into|/tmp/|/home/|json: |strconv|unmarshal|fasthttp|fiber|unexpected end of`)

func (w *world) refuses(t *testing.T, c refused, lang string) {
	t.Helper()
	method, path := c.method, c.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/graphql"
	}
	header := map[string]string{"Accept-Language": lang}
	for k, v := range c.header {
		header[k] = v
	}
	status, got, body := w.call(method, path, c.body, header)
	want := c.status
	switch {
	case want == 0 && c.code == "":
		want = http.StatusOK
	case want == 0:
		want = http.StatusBadRequest
	}
	if status != want {
		t.Fatalf("answered %d, want %d: %.600s", status, want, body)
	}
	if c.code == "" {
		if !strings.Contains(body, c.says) || strings.Contains(body, `"errors"`) {
			t.Errorf("served with %.600s, want %s", body, c.says)
		}
		return
	}
	if !strings.Contains(got.Get("Content-Type"), "json") {
		t.Errorf("Content-Type %q", got.Get("Content-Type"))
	}
	if inside.MatchString(body) {
		t.Errorf("the answer shows %q: %s", inside.FindString(body), body)
	}
	if e := words(t, c, lang, body); e.Field != c.field {
		t.Errorf("the error is on the field %q, want %q: %s", e.Field, c.field, body)
	}
}

// said is the first error of an answer.
type said struct {
	Field string
	Path  []any
}

// words checks the code and the sentences of an answer.
func words(t *testing.T, c refused, lang, body string) said {
	t.Helper()
	var a struct {
		Errors []struct {
			Message    string
			Path       []any
			Extensions struct {
				Code  errs.Code
				Field string
				En    string `json:"message_en"`
				Zh    string `json:"message_zh"`
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Errors) == 0 {
		t.Fatalf("%v in %s", err, body)
	}
	e, x := a.Errors[0], a.Errors[0].Extensions
	if x.Code != c.code || !strings.Contains(x.En, c.says) {
		t.Errorf("answered %s %q, want %s %q", x.Code, x.En, c.code, c.says)
	}
	spoken := map[string]string{"en": x.En, "zh-CN": x.Zh}[lang]
	if e.Message != spoken || chineseLetters(x.En) > 0 || chineseLetters(x.Zh) == 0 {
		t.Errorf("in %s it says %q; in English %q, in Chinese %q", lang, e.Message, x.En, x.Zh)
	}
	return said{x.Field, e.Path}
}

func chineseLetters(s string) (n int) {
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// badRequests are no GraphQL requests.
func badRequests(w *world) []refused {
	const bad = errs.InvalidInput
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	return []refused{
		{name: "no body", code: bad, says: "no JSON at byte 1"},
		{name: "broken JSON", body: `{"query": "{__typename}"`, code: bad, says: "no JSON at byte"},
		{name: "text after JSON", body: `{"query": "{__typename}"} {}`, code: bad, says: "no JSON at byte"},
		{name: "not UTF-8", body: "\xff\xfe{}", code: bad, says: "UTF-8"},
		{name: "not UTF-8 inside an operation", body: "{\"query\": \"{clients(filter: {name: {eq: \\\"\xc3\x28\\\"}}) {totalCount}}\"}", code: bad, says: "UTF-8"},
		{name: "not UTF-8 inside a variable", body: "{\"query\": \"{__typename}\", \"variables\": {\"s\": \"\xed\xa0\x80\"}}", code: bad, says: "UTF-8"},
		{name: "half a surrogate pair", body: `{"query": "{__typename}", "variables": {"s": "\ud83d"}}`, code: bad, says: "surrogate"},
		{name: "half a surrogate pair in an operation", body: operation(`{ clients(filter: {name: {eq: "\ud83d"}}) { totalCount } }`, nil), code: bad, says: "escape"},
		{name: "an unknown key", body: `{"query": "{__typename}", "persisted": true}`, code: bad, says: `"persisted"`},
		{name: "a key in capitals", body: `{"Query": "{__typename}"}`, code: bad, says: `"Query"`},
		{name: "a key twice", body: `{"query": "{__typename}", "query": "{x}"}`, code: bad, says: "twice"},
		{name: "a batch", body: `[{"query": "{__typename}"}]`, code: bad, says: "batches"},
		{name: "no query", body: `{"variables": {}}`, code: bad, says: "no query"},
		{name: "a query that is no text", body: `{"query": {"a": 1}}`, code: bad, says: "must be text"},
		{name: "variables that are no object", body: `{"query": "{__typename}", "variables": [1]}`, code: bad, says: "variables"},
		{name: "extensions that are no object", body: `{"query": "{__typename}", "extensions": 1}`, code: bad, says: "extensions"},
		{name: "JSON nested 20,000 levels", body: `{"query": "{__typename}", "variables": ` + strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20001), code: bad, says: "no JSON at byte"},
		{name: "10 MB", body: operation("{ __typename "+strings.Repeat(" ", 10<<20)+"}", nil), status: 413, code: errs.LimitExceeded, says: "larger than"},
		{name: "a form", body: "query={__typename}", header: form, status: 415, code: bad, says: "application/json"},
		{name: "no content type", body: `{"query": "{__typename}"}`, header: map[string]string{"Content-Type": ""}, status: 415, code: bad, says: "application/json"},
		{name: "another charset", body: `{"query": "{__typename}"}`, header: map[string]string{"Content-Type": "application/json; charset=gbk"}, status: 415, code: bad, says: "application/json"},
		{name: "a content coding", body: "x", header: map[string]string{"Content-Encoding": "gzip"}, status: 415, code: bad, says: "coding"},
		{name: "an answer that is not ours", body: `{"query": "{__typename}"}`, header: map[string]string{"Accept": "text/html"}, status: 406, code: bad, says: "JSON"},
		{name: "mutation by GET", method: "GET", path: "/graphql?query=" + url.QueryEscape(`mutation { deleteClient(id: "`+w.client+`") { client { id } } }`), status: 405, code: bad, says: "GET"},
		{name: "a broken query string", method: "GET", path: "/graphql?query=%7B__typename%7D&x=%zz", code: bad, says: "query string"},
		{name: "PUT", method: "PUT", body: `{}`, status: 405, code: bad, says: "use GET or POST"},
		{name: "DELETE", method: "DELETE", status: 405, code: bad, says: "use GET or POST"},
		{name: "a variable that nobody declared is ignored", body: operation(`{ __typename }`, map[string]any{"x": 1}), says: `"Query"`},
	}
}

// badOperations do not parse, do not fit the schema, or ask for too much.
func badOperations(w *world) []refused {
	const bad, limit = errs.InvalidInput, errs.LimitExceeded
	deep := func(n int) string { return strings.Repeat(" parent {", n) + " id" + strings.Repeat("}", n) }
	aliases := func(n int, f string) string {
		var b strings.Builder
		b.WriteByte('{')
		for i := range n {
			fmt.Fprintf(&b, " a%d: %s", i, f)
		}
		return b.String() + "}"
	}
	cases := map[string]refused{
		"a syntax error":                {body: "{ clients( }", code: bad, says: "syntax error"},
		"an operation that breaks off":  {body: "{ clients { nodes { id", code: bad, says: "syntax error"},
		"an open string":                {body: `{ client(id: "x) { id } }`, code: bad, says: "Unterminated"},
		"a NUL byte":                    {body: "{ __typename \x00 }", code: bad, says: "invalid character"},
		"an SQL statement":              {body: "SELECT * FROM client; --", code: bad, says: "syntax error"},
		"1 MB":                          {body: "{ __typename" + strings.Repeat(" ", 1<<20) + "}", code: limit, says: "longer than"},
		"an unknown field":              {body: "{ clientz { id } }", code: bad, says: "Cannot query"},
		"a type name as a field":        {body: "{ Client { id } }", code: bad, says: "Cannot query"},
		"an unknown argument":           {body: "{ clients(where: 1) { totalCount } }", code: bad, says: "Unknown argument"},
		"an unknown operator":           {body: `{ clients(filter: {name: {like: "x"}}) { totalCount } }`, code: bad, says: "not defined by type"},
		"an unknown order":              {body: `{ clients(orderBy: [{name: UP}]) { totalCount } }`, code: bad, says: "enum"},
		"a variable that is not there":  {body: `{ client(id: $x) { id } }`, code: bad, says: "is not defined"},
		"a variable of another type":    {body: `query($x: Int) { client(id: $x) { id } }`, code: bad, says: "used in position"},
		"a variable of no type":         {body: `query($x: Nope) { client(id: $x) { id } }`, code: bad, says: "Unknown type"},
		"two operations without a name": {body: `query A { __typename } query B { __typename }`, code: bad, says: "no name is given"},
		"a subscription":                {body: `subscription { clientChanged { id } }`, code: bad, says: "WebSocket"},
		"fragments in a circle":         {body: `{ clients { nodes { ...A } } } fragment A on Client { ...B } fragment B on Client { ...A }`, code: bad, says: "within itself"},
		"100 levels":                    {body: `{ region(id: "` + w.region + `") {` + deep(100) + `} }`, code: limit, says: "max depth"},
		"2,000 levels":                  {body: `{ region(id: "` + w.region + `") {` + deep(2000) + `} }`, code: limit, says: "nesting"},
		"100 levels of introspection":   {body: `{ __schema { types {` + strings.Repeat(" ofType {", 100) + " name" + strings.Repeat("}", 102) + "}", code: limit, says: "depth"},
		"10,000 aliases":                {body: aliases(10000, "__typename"), code: limit, says: "longer than"},
		"3,000 aliases are served":      {body: aliases(3000, "__typename"), says: `"a2999":"Query"`},
		"one alias 4,000 times":         {body: "{" + strings.Repeat(" a:__typename", 4000) + "}", code: limit, says: "aborted"},
		"6,000 fields":                  {body: aliases(60, "clients { nodes { ...F } }") + " fragment F on Client " + aliases(100, "name"), code: limit, says: "more than"},
		"21,000 tokens":                 {body: "{" + strings.Repeat(" a", 21000) + "}", code: limit, says: "token limit"},
		"pages in pages in pages": {body: `{ regions(first: 500) { nodes { clients(first: 500) { nodes { purchases(first: 500) { nodes { id } } } } } } }`,
			code: errs.CostExceeded, says: "rows"},
	}
	var out []refused
	for name, c := range cases {
		c.name, c.body = name, operation(c.body, nil)
		out = append(out, c)
	}
	return append(out,
		refused{name: "an operation name that is not there", body: `{"query": "query A { __typename }", "operationName": "B"}`, code: bad, says: "no operation"},
		refused{name: "a variable that is missing", body: operation(`query($x: ID!) { client(id: $x) { id } }`, nil), code: bad, says: "$x"},
		refused{name: "a variable of the wrong kind", body: operation(`query($x: ID!) { client(id: $x) { id } }`, map[string]any{"x": map[string]any{}}), code: bad, says: "$x"},
		refused{name: "a list where one is wanted", body: operation(`query($x: ID!) { client(id: $x) { id } }`, map[string]any{"x": []any{w.client}}), code: bad, says: "$x"},
		refused{name: "a null where none may be", body: operation(`query($x: ID!) { client(id: $x) { id } }`, map[string]any{"x": nil}), code: bad, says: "null"},
		refused{name: "a number as text", body: operation(`query($x: Int) { clients(first: $x) { totalCount } }`, map[string]any{"x": "5"}), code: bad, says: "Int"},
		refused{name: "a number over 32 bits", body: operation(`query($x: Int) { clients(first: $x) { totalCount } }`, map[string]any{"x": json.Number("99999999999999999999")}), code: bad, says: "Int"},
		refused{name: "an unknown key of an input", body: operation(`query($f: ClientFilter) { clients(filter: $f) { totalCount } }`, map[string]any{"f": map[string]any{"nom": nil}}), code: bad, says: `"nom"`, field: "nom"},
		refused{name: "an unknown operator in a variable", body: operation(`query($f: ClientFilter) { clients(filter: $f) { totalCount } }`, map[string]any{"f": map[string]any{"name": map[string]any{"$where": "1"}}}), code: bad, says: `"$where"`, field: "name.$where"},
	)
}

// badPages are pages that there are not, and cursors that nobody was given.
func badPages(w *world) []refused {
	const bad = errs.InvalidInput
	page := func(args string) string { return `{ clients(` + args + `) { nodes { id } } }` }
	raw, err := base64.RawURLEncoding.DecodeString(w.cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	flipped := append([]byte(nil), raw...)
	flipped[2] ^= 1
	cases := map[string][2]string{
		"first is negative":                  {page("first: -1"), "first must be from 0 to 500"},
		"last is negative":                   {page("last: -1"), "last must be from 0 to 500"},
		"first is a thousand millions":       {page("first: 1000000000"), "first must be from 0 to 500"},
		"first is over 32 bits":              {page("first: 99999999999"), "32-bit"},
		"first is no whole number":           {page("first: 1.5"), "Int"},
		"first and last":                     {page("first: 1, last: 1"), "not both"},
		"after and before":                   {page(`after: "x", before: "x"`), "not both"},
		"a cursor of random bytes":           {page(`after: "q83vEjRWeJA9Zm9yZ2VkIGN1cnNvcg"`), "cursor"},
		"a cursor that is no base64":         {page(`after: "'; DROP TABLE client; --"`), "cursor"},
		"an empty cursor":                    {page(`after: ""`), "cursor"},
		"a cursor of another order":          {page(`after: "` + w.cursor + `"`), "cursor"},
		"a cursor of another field":          {page(`orderBy: [{code: ASC}], after: "` + w.cursor + `"`), "cursor"},
		"a cursor of the other direction":    {page(`orderBy: [{name: DESC}], after: "` + w.cursor + `"`), "cursor"},
		"a cursor of another object":         {page(`after: "` + w.regionCursor + `"`), "cursor"},
		"a cursor that was cut off":          {page(`orderBy: [{name: ASC}], after: "` + w.cursor[:len(w.cursor)-4] + `"`), "cursor"},
		"a cursor with a bit flipped":        {page(`orderBy: [{name: ASC}], after: "` + base64.RawURLEncoding.EncodeToString(flipped) + `"`), "cursor"},
		"a cursor with something behind it":  {page(`orderBy: [{name: ASC}], after: "` + w.cursor + `AAAA"`), "cursor"},
		"a cursor of 100,000 bytes":          {page(`after: "` + strings.Repeat("A", 60000) + `"`), "cursor"},
		"an order by a field twice at once":  {page(`orderBy: [{name: ASC, code: ASC}]`), "one"},
		"an order by nothing":                {page(`orderBy: [{}]`), "one"},
		"a page of a relation that is wrong": {`{ region(id: "` + w.region + `") { clients(first: -1) { nodes { id } } } }`, "first must be from 0 to 500"},
	}
	field := map[string]string{"an order by nothing": "orderBy", "an order by a field twice at once": "orderBy", "first is negative": "first", "last is negative": "last", "first is a thousand millions": "first", "a page of a relation that is wrong": "first"}
	var out []refused
	for name, c := range cases {
		out = append(out, refused{name: name, body: operation(c[0], nil), code: bad, says: c[1], field: field[name]})
	}
	return append(out,
		refused{name: "a good cursor is served", body: operation(page(`orderBy: [{name: ASC}], after: "`+w.cursor+`"`), nil), says: w.other},
		refused{name: "a page of nothing is served", body: operation(page("first: 0"), nil), says: `"nodes":[]`},
	)
}

// badIDs are ids of other objects, of no object, and no ids.
func badIDs(w *world) []refused {
	const bad = errs.InvalidInput
	none := strings.TrimRight(w.client, "0123456789") + "1"
	get := func(id string) string {
		return operation(`query($id: ID!) { client(id: $id) { id } }`, map[string]any{"id": id})
	}
	out := []refused{
		{name: "get by the id of a region", body: get(w.region), code: bad, says: "not the id of a client", field: "id"},
		{name: "get by a literal id of a region", body: operation(`{ client(id: "`+w.region+`") { id } }`, nil), code: bad, says: "not the id of a client", field: "id"},
		{name: "get by the id of no record", body: get(none), says: `"client":null`},
		{name: "get by the id of a deleted record", body: get(w.gone), says: `"client":null`},
		{name: "get by key with nothing", body: operation(`{ clientBy(key: {}) { id } }`, nil), code: bad, says: "unique key", field: "key"},
		{name: "get by key with a foreign id", body: operation(`{ clientBy(key: {id: "`+w.region+`"}) { id } }`, nil), code: bad, says: "not the id of a client", field: "id"},
		{name: "node of no object", body: operation(`{ node(id: "nope_1") { id } }`, nil), says: `"node":null`},
		{name: "node of garbage", body: operation(`{ node(id: "🙈\u0000 OR 1=1") { id } }`, nil), says: `"node":null`},
		{name: "nodes of garbage", body: operation(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": []any{"", "_", "client_", "_1", w.client, none}}), says: `{"nodes":[null,null,null,null,{"id":"` + w.client + `"},null]}`},
		{name: "100,000 nodes", body: operation(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": strings.Fields(strings.Repeat("client_1 ", 100000))}), code: errs.LimitExceeded, says: "500", field: "ids"},
		{name: "filter by a foreign id", body: operation(`{ clients(filter: {regionId: {eq: "`+w.client+`"}}) { totalCount } }`, nil), code: bad, says: "region", field: "regionId"},
		{name: "filter by a list of foreign ids", body: operation(`query($l: [ID!]!) { clients(filter: {id: {in: $l}}) { totalCount } }`, map[string]any{"l": []any{w.client, w.region}}), code: bad, says: "client", field: "id"},
	}
	for _, id := range []string{"", "client", "client_", "client_x", "client_0x10", "client_-1", "client_+1", "client_01", "client_1 ", " client_1", "client_99999999999999999999", "client_1.0", "CLIENT_1", "client_1\x00", "client_１", strings.Repeat("9", 10000)} {
		out = append(out, refused{name: fmt.Sprintf("get by %.30q", id), body: get(id), code: bad, says: "not the id of a client", field: "id"})
	}
	return out
}

// repeat is a list of n times v.
func repeat(v any, n int) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// badValues are values and filters that are out of every bound.
func badValues(w *world) []refused {
	const bad, limit = errs.InvalidInput, errs.LimitExceeded
	filter := func(f any) string {
		return operation(`query($f: ClientFilter) { clients(filter: $f) { totalCount } }`, map[string]any{"f": f})
	}
	on := func(field, op string, v any) string { return filter(map[string]any{field: map[string]any{op: v}}) }
	nested := func(n int, key string) any {
		var f any = map[string]any{"name": map[string]any{"eq": "x"}}
		for range n {
			f = map[string]any{key: f}
		}
		return f
	}
	every := func(n int, f any) any {
		for range n / 2 {
			f = map[string]any{"region": map[string]any{"clients": map[string]any{"every": f}}}
		}
		return f
	}
	wide := func(n int, key string) any {
		all := repeat(nil, n)
		for i := range all {
			all[i] = map[string]any{"name": map[string]any{"eq": fmt.Sprint(i)}}
		}
		return map[string]any{key: all}
	}
	lit := func(n int) string {
		return operation(`{ clients(filter: `+strings.Repeat("{not: ", n)+`{name: {eq: "x"}}`+strings.Repeat("}", n)+`) { totalCount } }`, nil)
	}
	return []refused{
		{name: "a filter of 20 levels is served", body: filter(nested(20, "not")), says: `"totalCount":0`},
		{name: "a filter of 100 levels", body: filter(nested(100, "not")), code: limit, says: "nested"},
		{name: "a filter of 100 levels over relations", body: filter(map[string]any{"region": nested(70, "parent")}), code: limit, says: "8 relations"},
		{name: "a literal filter of 100 levels", body: lit(100), code: limit, says: "nested"},
		{name: "a literal filter of 900 levels", body: lit(900), code: limit, says: "nested"},
		{name: "a filter of 5,000 levels", body: filter(nested(4900, "not")), code: limit, says: "nested"},
		{name: "a filter of 140 alternatives is served", body: filter(wide(140, "or")), says: `"totalCount":0`},
		{name: "a filter of 48 levels is served", body: filter(nested(47, "not")), says: `"totalCount"`},
		{name: "a filter that is wide and deep", body: filter(every(8, map[string]any{"or": repeat(nested(1, "not"), 90)})), status: 200, code: limit, says: "too complex"},
		{name: "the deepest filter is served", body: filter(every(8, nested(30, "not"))), says: `"totalCount":0`},
		{name: "a filter over 10 relations", body: filter(every(10, nested(0, ""))), code: limit, says: "8 relations"},
		{name: "a filter of 5,000 nothings", body: filter(map[string]any{"and": repeat(map[string]any{}, 5000)}), code: limit, says: "conditions"},
		{name: "an order by 3,000 keys", body: operation(`query($o: [ClientOrder!]) { clients(orderBy: $o) { totalCount nodes { id } } }`, map[string]any{"o": repeat(map[string]any{"name": "ASC"}, 3000)}), code: limit, says: "more than 32 keys", field: "orderBy"},
		{name: "groups by 3,000 keys", body: operation(`query($g: [ClientGroup!]) { clientAggregate(groupBy: $g) { count } }`, map[string]any{"g": repeat(map[string]any{"name": true}, 3000)}), code: limit, says: "more than 32 keys", field: "groupBy"},
		{name: "groups that have 3,000 conditions", body: operation(`query($h: ClientHaving) { clientAggregate(groupBy: [{name: true}], having: $h) { count } }`, map[string]any{"h": map[string]any{"or": repeat(map[string]any{"count": map[string]any{"gt": 1}}, 3000)}}), code: limit, says: "conditions"},
		{name: "groups that have text", body: operation(`{ clientAggregate(groupBy: [{name: true}], having: {count: {gt: "many"}}) { count } }`, nil), code: bad, says: "number", field: "count"},
		{name: "a filter of 5,000 alternatives", body: filter(wide(5000, "or")), code: limit, says: "conditions"},
		{name: "a filter of 5,000 conditions", body: filter(wide(5000, "and")), code: limit, says: "conditions"},
		{name: "a list of 200,000 values", body: on("name", "in", strings.Fields(strings.Repeat("x ", 200000))), code: errs.ValidationFail, says: "at most", field: "name"},
		{name: "regular expressions are text", body: on("name", "contains", `(a+)+$|.*[[\\%_`), says: `"totalCount":0`},
		{name: "wild cards are text", body: on("name", "contains", `%`), says: `"totalCount":0`},
		{name: "SQL is text", body: on("name", "eq", `' OR '1'='1`), says: `"totalCount":0`},
		{name: "a NUL byte", body: on("name", "eq", "a\x00b"), code: bad, says: "control character", field: "name"},
		{name: "a NUL byte again, from the kept plan", body: on("name", "eq", "\x00"), code: bad, says: "control character", field: "name"},
		{name: "text of 100,000 characters", body: on("name", "eq", strings.Repeat("x", 100000)), says: `"totalCount":0`},
		{name: "a number over all bounds", body: on("credit", "gt", "1"+strings.Repeat("0", 400)), code: bad, says: "number", field: "credit"},
		{name: "a number with an endless exponent", body: on("credit", "gt", json.Number("1e999999999")), code: bad, says: "number", field: "credit"},
		{name: "a number that is none", body: on("credit", "gt", "NaN"), code: bad, says: "number", field: "credit"},
		{name: "a whole number over 64 bits", body: on("visits", "eq", json.Number("9223372036854775808")), code: bad, says: "Int", field: "visits.eq"},
		{name: "a day that there is not", body: on("since", "eq", "2026-02-30"), code: bad, says: "date", field: "since"},
		{name: "a choice that there is not", body: on("grade", "eq", "z"), code: bad, says: "ClientGrade", field: "grade.eq"},
		{name: "a search for nothing", body: operation(`{ clients(search: " ") { totalCount } }`, nil), code: bad, says: "needs a word", field: "search"},
		{name: "a search for 10,000 characters", body: operation(`{ clients(search: "`+strings.Repeat("x ", 5000)+`") { totalCount } }`, nil), code: limit, says: "at most", field: "search"},
		{name: "a search for signs", body: operation(`{ clients(search: "\" OR * NEAR( ^ -") { totalCount } }`, nil), says: `"totalCount":0`},
		{name: "a null for an operator", body: on("name", "eq", nil), code: bad, says: "null", field: "name"},
	}
}

// badWrites are mutations that must leave no trace.
func badWrites(w *world) []refused {
	const bad, fail = errs.InvalidInput, errs.ValidationFail
	update := func(patch map[string]any) string {
		return operation(`mutation($id: ID!, $p: ClientPatch!) { updateClient(id: $id, patch: $p) { client { id } } }`, map[string]any{"id": w.client, "p": patch})
	}
	var deep any = "x"
	for range 60 {
		deep = []any{deep}
	}
	nests := make([]any, 11)
	for i := range nests {
		nests[i] = map[string]any{"code": fmt.Sprintf("n%d", i), "purchases": map[string]any{"create": repeat(map[string]any{"amount": "1"}, 1000)}}
	}
	many := make([]any, 1001)
	for i := range many {
		many[i] = map[string]any{"code": fmt.Sprintf("m%d", i)}
	}
	out := []refused{
		{name: "update a client by the id of a region", body: operation(`mutation { updateClient(id: "`+w.region+`", patch: {name: "x"}) { client { id } } }`, nil), code: bad, says: "not the id of a client", field: "id"},
		{name: "update a record that is not there", body: operation(`mutation { updateClient(id: "client_1", patch: {name: "x"}) { client { id } } }`, nil), code: errs.NotFound, says: "client"},
		{name: "update a deleted record", body: operation(`mutation { updateClient(id: "`+w.gone+`", patch: {name: "x"}) { client { id } } }`, nil), code: errs.NotFound, says: "client"},
		{name: "delete by the id of a region", body: operation(`mutation { deleteClient(id: "`+w.region+`") { client { id } } }`, nil), code: bad, says: "not the id of a client", field: "id"},
		{name: "delete what others refer to", body: operation(`mutation { deleteClient(id: "`+w.client+`") { client { id } } }`, nil), code: fail, says: "purchase"},
		{name: "an old version", body: operation(`mutation { updateClient(id: "`+w.client+`", patch: {name: "x"}, ifVersion: 77) { client { id } } }`, nil), code: errs.VersionConflict, says: "version"},
		{name: "a code that is taken", body: operation(`mutation { createClient(input: {code: "A"}) { client { id } } }`, nil), code: errs.Duplicate, says: "code", field: "code"},
		{name: "no code", body: operation(`mutation { createClient(input: {name: "x"}) { client { id } } }`, nil), status: 400, code: bad, says: "code"},
		{name: "against a rule", body: operation(`mutation { createClient(input: {code: "R", credit: "1001"}) { client { id } } }`, nil), code: fail, says: "More credit", field: "credit"},
		{name: "good and bad in one", body: operation(`mutation { createClients(inputs: [{code: "M1"}, {code: "A"}]) { client { id } } }`, nil), code: errs.Duplicate, says: "code", field: "code"},
		{name: "1,001 at once", body: operation(`mutation($l: [ClientCreate!]!) { createClients(inputs: $l) { client { id } } }`, map[string]any{"l": many}), status: 400, code: errs.LimitExceeded, says: "1000", field: "inputs"},
		{name: "1,001 nested records", body: operation(`mutation($l: [PurchaseCreate!]!) { createClient(input: {code: "N", purchases: {create: $l}}) { client { id } } }`, map[string]any{"l": repeat(map[string]any{"amount": "1"}, 1001)}), code: errs.LimitExceeded, says: "at most 1000"},
		{name: "11,000 nested records", body: operation(`mutation($l: [ClientCreate!]!) { createClients(inputs: $l) { client { id } } }`, map[string]any{"l": nests}), code: errs.LimitExceeded, says: "nested records"},
		{name: "upsert by no key", body: operation(`mutation { upsertClient(key: {}, input: {name: "x"}) { client { id } } }`, nil), code: bad, says: "unique key", field: "key"},
	}
	for _, c := range []struct {
		name, field string
		v           any
		code        errs.Code
		says        string
		early       bool // refused before anything is executed: it does not fit the schema
	}{
		{"a foreign id", "regionId", w.client, bad, "region", false},
		{"an id of no record", "regionId", "region_1", fail, "region", false},
		{"a null that is required", "code", nil, fail, "required", false},
		{"a field that is computed", "spent", "1", bad, `"spent"`, true},
		{"a field that the platform keeps", "version", 9, bad, `"version"`, true},
		{"an object as text", "name", map[string]any{"$ne": ""}, bad, "String", true},
		{"a list as text", "name", []any{"x"}, bad, "String", true},
		{"text of 81 characters", "name", strings.Repeat("名", 81), fail, "80", false},
		{"a NUL byte", "name", "a\x00", bad, "control character", false},
		{"a negative number", "visits", -1, fail, "0", false},
		{"a number over 32 bits", "visits", json.Number("99999999999"), bad, "Int", true},
		{"a number of 70 digits", "credit", strings.Repeat("9", 70), bad, "38 digits", false},
		{"a number of 30 digits", "credit", strings.Repeat("9", 30), fail, "before", false},
		{"infinity", "credit", "Infinity", bad, "number", false},
		{"a day that there is not", "since", "2026-13-01", bad, "date", false},
		{"a choice that there is not", "grade", "z", bad, "ClientGrade", true},
		{"10,000 tags", "tags", strings.Fields(strings.Repeat("x ", 10000)), fail, "at most", false},
		{"a tag of 100,000 characters", "tags", []any{strings.Repeat("x", 100000)}, fail, "64", false},
		{"JSON of 60 levels", "extra", deep, fail, "nested", false},
		{"JSON of 1 MB", "extra", strings.Repeat("x", 1<<20), fail, "bytes", false},
	} {
		r := refused{name: "write " + c.name, body: update(map[string]any{c.field: c.v}), code: c.code, says: c.says, field: c.field}
		if c.early {
			r.status = http.StatusBadRequest
		}
		out = append(out, r)
	}
	for i := range out { // what is executed is refused as an error of its field
		if out[i].status == 0 {
			out[i].status = http.StatusOK
		}
	}
	return out
}

// badCallers have no token, an old one, or none of ours.
func badCallers(w *world) []refused {
	lines := strings.Split(strings.TrimSpace(must(w.t, "key", "create", "--data", w.data, "--expires", "2001-01-31")), "\n")
	expired := lines[len(lines)-1]
	q := operation("{ __typename }", nil)
	var out []refused
	for name, token := range map[string]string{
		"no token": "", "an expired token": "Bearer " + expired, "a garbled token": "Bearer " + w.key[:len(w.key)-1] + "~", "a token that was cut off": "Bearer " + w.key[:10],
		"an empty token": "Bearer ", "another scheme": "Basic YWRtaW46YWRtaW4=", "a token of 3,000 characters": "Bearer " + strings.Repeat("x", 3000), "a token in small letters": "bearer x",
	} {
		h := map[string]string{"Authorization": token}
		out = append(out, refused{name: name, body: q, header: h, status: 401, code: errs.Unauthenticated},
			refused{name: name + ", administration", path: "/admin/graphql", body: q, header: h, status: 401, code: errs.Unauthenticated},
			refused{name: name + ", import", path: "/import/client?format=csv", body: "code\nX\n", header: h, status: 401, code: errs.Unauthenticated})
	}
	return append(out,
		refused{name: "a session of another site", body: q, header: map[string]string{"Authorization": "", "Cookie": "tenon_session=" + w.key, "Sec-Fetch-Site": "cross-site"}, status: 401, code: errs.Unauthenticated},
		refused{name: "a wrong password", path: "/login", body: `{"login": "admin", "password": "wrong"}`, status: 401, code: errs.Unauthenticated, says: "password"},
		refused{name: "a login of nobody", path: "/login", body: `{"login": "nobody", "password": "wrong"}`, status: 401, code: errs.Unauthenticated, says: "password"},
		refused{name: "a login without a password", path: "/login", body: `{}`, status: 401, code: errs.Unauthenticated, says: "password"},
		refused{name: "a login that is no JSON", path: "/login", body: `login=admin`, code: errs.InvalidInput, says: "login"},
		refused{name: "a login of the wrong kinds", path: "/login", body: `{"login": 1, "password": []}`, code: errs.InvalidInput, says: "login"},
		refused{name: "a login as a form", path: "/login", body: `{}`, header: map[string]string{"Content-Type": "text/plain"}, status: 415, code: errs.InvalidInput, says: "application/json"},
		refused{name: "a login by GET", method: "GET", path: "/login", status: 405, code: errs.InvalidInput, says: "POST"},
	)
}

// badDoors are requests to the other doors.
func badDoors(*world) []refused {
	const bad = errs.InvalidInput
	admin := func(name, query string, vars map[string]any, status int, code errs.Code, says string) refused {
		return refused{name: "administration: " + name, path: "/admin/graphql", body: operation(query, vars), status: status, code: code, says: says}
	}
	load := func(name, query, body string, status int, code errs.Code, says string) refused {
		return refused{name: "import: " + name, path: "/import/" + query, body: body, status: status, code: code, says: says}
	}
	return []refused{
		{name: "no such path", path: "/nope", status: 404, code: errs.NotFound, says: "nothing at"},
		{name: "a path outside", path: "/../../etc/passwd", status: 404, code: errs.NotFound, says: "nothing at"},
		{name: "the schema by POST", path: "/graphql/schema.graphql", status: 405, code: bad, says: "GET"},
		{name: "administration: broken JSON", path: "/admin/graphql", body: `{`, code: bad, says: "no JSON"},
		{name: "administration: PUT", method: "PUT", path: "/admin/graphql", status: 405, code: bad, says: "use GET or POST"},
		{name: "administration: a form", path: "/admin/graphql", body: `{}`, header: map[string]string{"Content-Type": "text/plain"}, status: 415, code: bad, says: "application/json"},
		{name: "administration: a mutation by GET", method: "GET", path: "/admin/graphql?query=" + url.QueryEscape(`mutation { createKey(login: "admin") }`), status: 405, code: bad, says: "GET"},
		admin("a syntax error", "{ version", nil, 400, bad, "syntax error"),
		admin("an unknown field", "{ vresion }", nil, 400, bad, "Cannot query"),
		admin("an operation of 100 KB", "{ version "+strings.Repeat(" ", 100<<10)+"}", nil, 400, errs.LimitExceeded, "longer than"),
		admin("2,000 levels", strings.Repeat("{ version", 2000), nil, 400, errs.LimitExceeded, "nesting"),
		admin("a list of 2,000 levels", "mutation { plan(packages: "+strings.Repeat("[", 2000)+") }", nil, 400, errs.LimitExceeded, "nesting"),
		admin("no variable", "query($o: String!) { drift(object: $o) }", nil, 400, bad, `"o"`),
		admin("a variable of the wrong kind", "query($o: String!) { drift(object: $o) }", map[string]any{"o": []any{}}, 400, bad, "o"),
		admin("drift of no object", `{ drift(object: "nope") }`, nil, 200, errs.NotFound, "nope"),
		admin("a plan of the wrong kind", `mutation { plan(packages: 3) }`, nil, 200, bad, "packages"),
		admin("a plan that removes what is not there", `mutation { plan(remove: ["nope"]) }`, nil, 200, errs.NotFound, "nope"),
		admin("an apply of no plan", `mutation { apply(plan: "x") { number } }`, nil, 200, bad, "plan"),
		admin("an apply of an invented plan", `mutation { apply(plan: {base: 1, entries: [], digest: "00"}) { number } }`, nil, 200, bad, "altered"),
		admin("a rollback to nowhere", `mutation { planRollback(revision: 99) }`, nil, 200, errs.NotFound, "99"),
		admin("a key for nobody", `mutation { createKey(login: "nobody") }`, nil, 200, errs.NotFound, "nobody"),
		admin("a key until never", `mutation { createKey(login: "admin", expires: "never") }`, nil, 400, bad, "RFC 3339"),
		load("no such object", "nope?format=csv", "code\nX\n", 404, errs.NotFound, "nope"),
		load("a path for an object", "..%2F..%2Fetc?format=csv", "code\nX\n", 404, errs.NotFound, "etc"),
		load("no body", "client?format=csv", "", 400, bad, "empty"),
		load("an unknown format", "client?format=xls", "code\nX\n", 400, bad, "xls"),
		load("broken CSV", "client?format=csv", "code\n\"X\n", 400, bad, "quote"),
		load("a row too long", "client?format=csv", "code\nX,Y\n", 400, bad, "line 2"),
		load("broken JSON", "client?format=jsonl", "{\"code\": \n", 400, bad, "line 1"),
		load("not UTF-8", "client?format=jsonl", "{\"code\": \"\xff\"}\n", 400, bad, "line 1"),
		load("an endless line", "client?format=jsonl", "{\"code\": \""+strings.Repeat("x", 2<<20)+"\"}\n", 413, errs.LimitExceeded, "line 1"),
		load("an unknown column is told by row", "client?format=csv", "code,nope\nX,1\n", 200, "", `"code":"INVALID_INPUT"`),
		load("upsert by no key", "client?format=csv&upsert=name", "code,name\nX,1\n", 200, "", `"failed":1`),
	}
}
