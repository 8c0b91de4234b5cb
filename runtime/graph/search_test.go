package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
)

// blind is the profile of somebody who does not see one field.
type blind struct {
	access.Profile
	field string
}

func (b blind) Key() string                    { return "blind to " + b.field }
func (b blind) CanRead(f *catalog.Field) bool  { return f.Name != b.field }
func (b blind) CanWrite(f *catalog.Field) bool { return f.Name != b.field }

// TestSearch finds records by words and parts of words, in one object and in all.
func TestSearch(t *testing.T) {
	w := newWorld(t, 1, nil)
	for _, in := range []string{`{name: "华东经销商大会"}`, `{name: "Dealer"}`, `{name: "The Dealers' club"}`, `{name: "dealership", secret: "Tungsten"}`, `{name: "Other"}`} {
		w.id(t, `mutation { createAccount(input: `+in+`) { account { id } } }`)
	}
	w.id(t, `mutation { createContact(input: {name: "Dealer's wife"}) { contact { id } } }`)
	for query, part := range map[string]string{
		`{ accounts(search: "dealer") { totalCount nodes { name } } }`:                                                             `{"totalCount":3,"nodes":[{"name":"Dealer"},{"name":"dealership"},{"name":"The Dealers' club"}]}`,
		`{ accounts(search: "经销") { nodes { name } } }`:                                                                            `[{"name":"华东经销商大会"}]`,
		`{ accounts(search: "tungst") { nodes { name } } }`:                                                                        `[{"name":"dealership"}]`,
		`{ accounts(search: "dealer", orderBy: [{name: DESC}], filter: {secret: {isNull: true}}) { nodes { name } } }`:             `[{"name":"The Dealers' club"},{"name":"Dealer"}]`,
		`{ accounts(search: "nothing like it") { totalCount nodes { name } } }`:                                                    `{"totalCount":0,"nodes":[]}`,
		`{ accountAggregate(search: "dealer") { count } }`:                                                                         `{"accountAggregate":[{"count":3}]}`,
		`{ accountAggregate(search: "dealer", filter: {secret: {isNull: true}}, groupBy: [{name: true}]) { key { name } count } }`: `[{"key":{"name":"Dealer"},"count":1},{"key":{"name":"The Dealers' club"},"count":1}]`,
		`{ accountAggregate(search: "经销") { count min { name } } }`:                                                                `"count":1`,
		`{ accountAggregate(search: "nothing like it") { count } }`:                                                                `[{"count":0}]`,
		`{ accountAggregate(search: null) { count } }`:                                                                             `"count":`,
		`{ accountAggregate(search: "?") { count } }`:                                                                              `"code":"INVALID_INPUT"`,
		`{ accounts(search: " - ") { totalCount } }`:                                                                               `"code":"INVALID_INPUT"`,
		`{ search(text: "dealer") { object title record { id ... on Contact { name } } } }`:                                        `{"object":"account","title":"Dealer","record":{"id":"account_`,
		`{ search(text: "wife") { object title record { __typename ... on Contact { name } } } }`:                                  `[{"object":"contact","title":"Dealer's wife","record":{"__typename":"Contact","name":"Dealer's wife"}}]`,
		`{ search(text: "dealer", objects: ["contact"]) { title } }`:                                                               `[{"title":"Dealer's wife"}]`,
		`{ search(text: "dealer", first: 1) { title } }`:                                                                           `"search":[{"title":"Dealer"}]`,
		`{ search(text: "dealer", objects: ["region"]) { title } }`:                                                                `"code":"INVALID_INPUT"`,
		`{ search(text: "") { title } }`:                                                                                           `"code":"INVALID_INPUT"`,
		fmt.Sprintf(`{ search(text: %q) { title } }`, strings.Repeat("x", 201)):                                                    `"code":"LIMIT_EXCEEDED"`,
	} {
		if got := w.body(query); !strings.Contains(got, part) {
			t.Errorf("%s\ngot %s\nwant %s", query, got, part)
		}
	}
	blindly := func(query string) string { return string(w.as(blind{access.Everything, "secret"}, query, "", "").Body) }
	want(t, blindly(`{ accounts(search: "tungst") { totalCount nodes { name } } search(text: "tungst") { title } }`), `{"accounts":{"totalCount":0,"nodes":[]},"search":[]}`)
	want(t, blindly(`{ accountAggregate(search: "tungst") { count } }`), `[{"count":0}]`)
	want(t, blindly(`{ accounts(search: "dealersh") { nodes { name } } }`), `dealership`)
}

// TestSearchPages reads a ranked list page by page, in both directions.
func TestSearchPages(t *testing.T) {
	w := newWorld(t, 1, nil)
	for i := range 7 {
		w.id(t, fmt.Sprintf(`mutation { createAccount(input: {name: "%s needle %d"}) { account { id } } }`, []string{"", "a"}[i%2], i))
	}
	var all, paged []string
	names := func(answer string) (out []string) {
		for _, part := range strings.Split(answer, `"name":"`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			out = append(out, name)
		}
		return out
	}
	all = names(w.body(`{ accounts(search: "needle") { nodes { name } } }`))
	after := ""
	for range 4 {
		got := w.body(fmt.Sprintf(`{ accounts(search: "needle", first: 2 %s) { nodes { name } pageInfo { endCursor } } }`, after))
		paged = append(paged, names(got)...)
		_, rest, _ := strings.Cut(got, `"endCursor":"`)
		cursor, _, _ := strings.Cut(rest, `"`)
		after = fmt.Sprintf(`after: %q`, cursor)
	}
	if fmt.Sprint(all) != fmt.Sprint(paged) || len(all) != 7 {
		t.Errorf("pages give %q, the whole list %q", paged, all)
	}
}
