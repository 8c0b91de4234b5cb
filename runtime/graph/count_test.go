package graph_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestTotalCount: it counts what the connection has, whatever part of it a page shows: less than
// the page holds, just as much, or more; of searches, filters, the recycle bin and children, too.
func TestTotalCount(t *testing.T) {
	w := tenanttest.OpenBundle(t, publish.Bundle{"p": {
		"tenon.json":               []byte(`{"name": "p", "version": "1.0.0", "label": "P"}`),
		"objects/note/object.json": []byte(`{"name": "note", "label": "Note", "features": ["search"], "fields": [{"name": "name", "type": "text", "search": true}, {"name": "parent_id", "type": "lookup", "to": "note", "inverse": "parts"}]}`)}})
	top := w.ID("Note", `name: "top"`)
	for i := range 4 {
		w.ID("Note", fmt.Sprintf(`name: "part %d", parentId: %q`, i, top))
	}
	w.Want(fmt.Sprintf(`mutation { deleteNote(id: %q) { note { id } } }`, w.ID("Note", `name: "part gone"`)), `"data"`)
	for _, c := range []struct{ query, want string }{
		{`{ notes { totalCount nodes { name } } }`, `"totalCount":5`},
		{`{ notes { totalCount } }`, `"totalCount":5`},
		{`{ notes(first: 3) { totalCount nodes { name } pageInfo { hasNextPage } } }`, `"totalCount":5`},
		{`{ notes(first: 5) { totalCount nodes { name } pageInfo { hasNextPage } } }`, `"totalCount":5`},
		{`{ notes(first: 6) { nodes { name } totalCount pageInfo { hasNextPage } } }`, `"totalCount":5,"pageInfo":{"hasNextPage":false}`},
		{`{ notes(last: 2) { totalCount nodes { name } } }`, `"totalCount":5`},
		{`{ notes(last: 9) { totalCount nodes { name } } }`, `"totalCount":5`},
		{`{ notes(search: "part") { totalCount nodes { name } } }`, `"totalCount":4`},
		{`{ notes(search: "part", first: 2) { totalCount nodes { name } } }`, `"totalCount":4`},
		{`{ notes(search: "nothing") { totalCount edges { cursor } } }`, `"totalCount":0,"edges":[]`},
		{`{ notes(filter: {name: {eq: "part 1"}}) { totalCount nodes { name } } }`, `"totalCount":1`},
		{`{ notes(filter: {parentId: {isNull: true}}) { totalCount nodes { name parts(first: 2) { totalCount nodes { name } } } } }`, `{"totalCount":1,"nodes":[{"name":"top","parts":{"totalCount":4`},
	} {
		w.Want(c.query, c.want)
	}
	got := w.Call(`{ notes(first: 4) { pageInfo { endCursor } } }`)
	cursor := got[len(`{"data":{"notes":{"pageInfo":{"endCursor":"`) : len(got)-len(`"}}}}`)]
	w.Want(fmt.Sprintf(`{ notes(after: %q) { totalCount nodes { name } } }`, cursor), `"totalCount":5,"nodes":[{`)
}
