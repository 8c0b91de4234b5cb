package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/runtime/meta"
)

// memos are what everybody may read, about deals that not everybody may.
var memos = map[string]string{
	"objects/memo/object.json": `{"name": "memo", "label": {"en": "Memo", "zh-CN": "备忘"}, "sharing": "readWrite", "features": ["history", "search"], "nameField": "name", "fields": [
		{"name": "name", "type": "text", "search": true, "label": {"en": "Name", "zh-CN": "名称"}},
		{"name": "deal_id", "type": "lookup", "to": "deal", "inverse": "memos", "label": {"en": "Deal", "zh-CN": "交易"}},
		{"name": "deal_name", "type": "formula", "returns": "text", "expr": "deal_id.name", "label": {"en": "Its name", "zh-CN": "其名称"}},
		{"name": "told", "type": "formula", "returns": "text", "stored": true, "search": true, "expr": "IF(ISBLANK(deal_id), 'none', deal_id.name)", "label": {"en": "Told", "zh-CN": "所述"}},
		{"name": "loud", "type": "formula", "returns": "text", "expr": "CONCAT(told, '!')", "label": {"en": "Loud", "zh-CN": "强调"}}]}`,
	"objects/shelf/object.json": `{"name": "shelf", "label": {"en": "Shelf", "zh-CN": "架"}, "plural": "shelves", "sharing": "read", "fields": [
		{"name": "big", "type": "rollup", "function": "count", "from": "page.shelf_id", "where": "deal_name == 'Hers'", "label": {"en": "Big", "zh-CN": "大"}},
		{"name": "pages_count", "type": "rollup", "function": "count", "from": "page.shelf_id", "label": {"en": "Pages", "zh-CN": "页数"}}]}`,
	"objects/page/object.json": `{"name": "page", "label": {"en": "Page", "zh-CN": "页"}, "sharing": "read", "fields": [
		{"name": "shelf_id", "type": "lookup", "to": "shelf", "label": {"en": "Shelf", "zh-CN": "架"}},
		{"name": "deal_id", "type": "lookup", "to": "deal", "inverse": "pages", "label": {"en": "Deal", "zh-CN": "交易"}},
		{"name": "deal_name", "type": "formula", "returns": "text", "stored": true, "expr": "deal_id.name", "label": {"en": "Its name", "zh-CN": "其名称"}}]}`,
	"permissions/memo_use.json":  `{"name": "memo_use", "label": {"en": "Memos", "zh-CN": "备忘"}, "objects": {"memo": {"allow": ["read", "create", "update"]}, "shelf": {"allow": ["read"]}, "page": {"allow": ["read"]}}}`,
	"permissions/memo_told.json": `{"name": "memo_told", "label": {"en": "Told", "zh-CN": "所述"}, "objects": {"memo": {"allow": ["read"], "fields": {"told": "read"}}}}`,
	"roles/teller.json":          `{"name": "teller", "label": {"en": "Teller", "zh-CN": "知情者"}, "permissions": ["deal_use", "memo_use", "memo_told"]}`,
}

// TestFormulasOverLookups: what is computed over a lookup is told to whoever may read the record
// that it looks at, over HTTP, and in no way to anybody else, unless a permission set names it.
func TestFormulasOverLookups(t *testing.T) {
	w := newFileWorld(t, clock.System{})
	deal := func(who, name string) string {
		t.Helper()
		_, id, _ := strings.Cut(w.graphql(who, fmt.Sprintf(`mutation { createDeal(input: {name: %q}) { deal { id } } }`, name)), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	hers, other := deal("ann", "Hers"), deal("bob", "Secret")
	made := w.graphql("admin", fmt.Sprintf(`mutation { createMemos(inputs: [{name: "m1", dealId: %q}, {name: "m2", dealId: %q}, {name: "m3"}]) { memo { id } } s: createShelf(input: {}) { shelf { id } } }`, hers, other))
	_, second, _ := strings.Cut(made, `"id":"`)
	_, second, _ = strings.Cut(second, `"id":"`)
	second, _, _ = strings.Cut(second, `"`)
	_, shelf, _ := strings.Cut(made, `"shelf":{"id":"`)
	shelf, _, _ = strings.Cut(shelf, `"`)
	w.graphql("admin", fmt.Sprintf(`mutation { createPages(inputs: [{shelfId: %q, dealId: %q}, {shelfId: %[1]q, dealId: %[3]q}]) { page { id } } }`, shelf, hers, other))
	w.graphql("admin", fmt.Sprintf(`mutation { updateDeal(id: %q, patch: {name: "Secret two"}) { deal { id } } }`, other))

	const list = `{ memos(orderBy: [{name: ASC}]) { nodes { name dealName told loud deal { name } } } }`
	node := func(name, told string) string {
		if told == "" {
			return fmt.Sprintf(`{"name":%q,"dealName":null,"told":null,"loud":null,"deal":null}`, name)
		}
		return fmt.Sprintf(`{"name":%q,"dealName":%q,"told":%[2]q,"loud":"%[2]s!","deal":{"name":%[2]q}}`, name, told)
	}
	none := `{"name":"m3","dealName":null,"told":"none","loud":"none!","deal":null}`
	const refused = `"code":"INVALID_INPUT"`
	for _, c := range []struct{ who, query, want string }{
		{"ann", list, node("m1", "Hers") + "," + node("m2", "") + "," + none},
		{"bob", list, node("m1", "") + "," + node("m2", "Secret two") + "," + none},
		{"eve", list, node("m1", "Hers") + "," + node("m2", "Secret two") + "," + none},
		{"admin", list, node("m1", "Hers") + "," + node("m2", "Secret two") + "," + none},
		{"ann", fmt.Sprintf(`{ memo(id: %q) { told dealName } }`, second), `{"memo":{"told":null,"dealName":null}}`},
		{"ann", fmt.Sprintf(`mutation { updateMemo(id: %q, patch: {name: "m2"}) { memo { told } } }`, second), `"told":null`},
		{"ann", `{ memos(filter: {told: {startsWith: "Secret"}}) { totalCount } }`, refused},
		{"ann", `{ memos(filter: {dealName: {startsWith: "Secret"}}) { totalCount } }`, refused},
		{"ann", `{ memos(orderBy: [{told: ASC}]) { totalCount } }`, refused},
		{"ann", `{ memoAggregate(groupBy: [{told: true}]) { count } }`, refused},
		{"ann", `{ memoAggregate { max { told } } }`, refused},
		{"ann", `{ memos(search: "Secret") { totalCount } }`, `"totalCount":0`},
		{"eve", `{ memos(search: "Secret") { totalCount } }`, `"totalCount":1`},
		{"eve", `{ memos(filter: {told: {startsWith: "Secret"}}) { totalCount } }`, `"totalCount":1`},
		{"ann", `{ shelves { nodes { pagesCount } } }`, `"pagesCount":2`},
		{"ann", `{ shelves { nodes { big } } }`, refused}, // counts by what is not hers
		{"eve", `{ shelves { nodes { big } } }`, `"big":1`},
		// A permission set that names the field says that it may be told.
		{"tom", `{ memos(filter: {told: {startsWith: "Secret"}}) { nodes { told deal { name } } } }`, `[{"told":"Secret two","deal":null}]`},
		{"tom", `{ memos(filter: {name: {eq: "m2"}}) { nodes { dealName loud } } }`, `[{"dealName":null,"loud":"Secret two!"}]`}, // loud follows from told
	} {
		if got := w.graphql(c.who, c.query); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\n got %s\nwant %s", c.who, c.query, got, c.want)
		}
	}
	for who, want := range map[string]bool{"ann": false, "eve": true} {
		if got := w.graphql(who, fmt.Sprintf(`{ memo(id: %q) { history { changes } } }`, second)); strings.Contains(got, `"errors"`) || strings.Contains(got, "Secret") != want {
			t.Errorf("%s is told by history: %s", who, got)
		}
	}
	for who, want := range map[string]bool{"ann": true, "eve": false, "tom": false} { // tom's permission set names it
		_, _, out := w.call(who, http.MethodGet, "/api/meta/memo", "")
		var o meta.Object
		if err := json.Unmarshal([]byte(out), &o); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(o.Fields, func(f meta.Field) bool { return f.API == "told" })
		if i < 0 || o.Fields[i].Partial != want || o.Fields[i].Sortable == want || (o.Fields[i].Filter == "") != want {
			t.Errorf("%s is told of the field in part: %s", who, out)
		}
	}
	status, _, out := w.call("ann", http.MethodGet, "/export/memo?fields=name,told,dealName&header=name", "")
	if status != http.StatusOK || strings.Contains(out, "Secret") || !strings.Contains(out, "m1,Hers,Hers\n") || !strings.Contains(out, "m2,,\n") {
		t.Errorf("ann exports %d %s", status, out)
	}
}
