package convert_test

import (
	"fmt"
	"testing"

	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
)

// TestCopy makes a meeting of each visit that is no draft, in their order; when one of them is
// refused, there is none.
func TestCopy(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "crm")
	lead := w.ID("Lead", `name: "Ann"`)
	w.ID("Visit", fmt.Sprintf(`note: "b", leadId: %q, draft: true`, lead))
	w.ID("Visit", fmt.Sprintf(`note: "c", leadId: %q`, lead))
	w.ID("Visit", fmt.Sprintf(`note: "a", leadId: %q`, lead))
	w.ID("Visit", `note: "of nobody"`)
	deal := w.ID("Deal", fmt.Sprintf(`name: "D", leadId: %q, accountId: %q`, lead, w.ID("Account", `name: "Acme"`)))
	w.Want(fmt.Sprintf(`mutation { dealPrepare(id: %q) { made } }`, deal), `"made":2`)
	w.Want(`{ meetings(orderBy: {id: ASC}) { nodes { title deal { name } about { ... on Visit { note } } } } }`,
		`[{"title":"Ann: c","deal":{"name":"D"},"about":{"note":"c"}},{"title":"Ann: a","deal":{"name":"D"},"about":{"note":"a"}}]`)
	w.ID("Visit", fmt.Sprintf(`note: "a title that is far too long", leadId: %q`, lead))
	w.Want(fmt.Sprintf(`mutation { dealPrepare(id: %q) { made } }`, deal), `"field":"title"`)
	w.Want(`{ meetings { totalCount } }`, `"totalCount":2`)
	alone := w.ID("Deal", fmt.Sprintf(`name: "E", accountId: %q`, w.ID("Account", `name: "B"`)))
	w.Want(fmt.Sprintf(`mutation { dealPrepare(id: %q) { made } }`, alone), `"code":"NOT_FOUND"`)
}
