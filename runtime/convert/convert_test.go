package convert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
)

func convert(lead, more string) string {
	return fmt.Sprintf(`mutation { leadConvert(id: %q%s) { account contact deal moved madeAccount lead { status convertedAccount { name } convertedContact { name account { name } } history { verb } } } }`, lead, more)
}

// TestConvert makes an account, a contact and a deal of a lead in one transaction, leads its visits
// to the contact, keeps what happened, and locks the lead.
func TestConvert(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "crm")
	lead := w.ID("Lead", `name: "Ann", company: "Acme Ltd", email: "ann@acme.example"`)
	w.ID("Visit", fmt.Sprintf(`note: "a", leadId: %q`, lead))
	w.ID("Visit", fmt.Sprintf(`note: "b", leadId: %q, draft: true`, lead))
	w.ID("Note", fmt.Sprintf(`text: "n", aboutId: %q`, lead))
	got := w.Call(convert(lead, `, input: {dealName: "Acme-1"}, idempotencyKey: "k"`))
	w.Want(`{ notes { nodes { about { __typename ... on Contact { name } } } } }`, `{"about":{"__typename":"Contact","name":"Ann"}}`)
	for _, part := range []string{`"moved":1,"madeAccount":true`, `"lead":{"status":"converted","convertedAccount":{"name":"Acme Ltd"},"convertedContact":{"name":"Ann","account":{"name":"Acme Ltd"}},"history":[{"verb":"update"},{"verb":"create"}]}`} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	w.Want(`{ visits(orderBy: {note: ASC}) { nodes { lead { name } contact { name } } } deals { nodes { name account { name } lead { status } } } accounts { nodes { history { verb } } } }`,
		`{"visits":{"nodes":[{"lead":{"name":"Ann"},"contact":{"name":"Ann"}},{"lead":{"name":"Ann"},"contact":null}]},"deals":{"nodes":[{"name":"Acme-1","account":{"name":"Acme Ltd"},"lead":{"status":"converted"}}]},"accounts":{"nodes":[{"history":[{"verb":"create"}]}]}}`)
	if again := w.Call(convert(lead, `, input: {dealName: "Acme-1"}, idempotencyKey: "k"`)); again != got {
		t.Errorf("the same request again: %s, first %s", again, got)
	}
	w.Want(convert(lead, ""), `"rule":"CONVERTED"`)
	w.Want(fmt.Sprintf(`mutation { updateLead(id: %q, patch: {name: "Bob"}) { lead { name } } }`, lead), `"rule":"converted_locked"`)
	w.Want(`{ accounts { totalCount } contacts { totalCount } deals { totalCount } }`, `{"accounts":{"totalCount":1},"contacts":{"totalCount":1},"deals":{"totalCount":1}}`)
}

// TestMatch: what is there already is taken, unless the condition leaves it out; of several, the oldest.
func TestMatch(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "crm")
	w.ID("Account", `name: "ACME Co., Ltd.", closed: true`)
	first := w.ID("Account", `name: "Acme"`)
	w.ID("Account", `name: "Acme Inc"`)
	person := w.ID("Contact", `name: "Known", email: "ann@acme.example"`)
	lead := w.ID("Lead", `name: "Ann", company: "acme limited", email: "ann@acme.example"`)
	w.Want(convert(lead, ""), `"account":"`+first+`","contact":"`+person+`","deal":null,"moved":0,"madeAccount":false`)
}

// TestAllOrNothing: when a step fails, none has happened.
func TestAllOrNothing(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "crm")
	lead := w.ID("Lead", `name: "Ann", email: "ann@acme.example"`)
	w.Want(convert(lead, `, input: {dealName: "x"}`), `"errors"`) // an account needs a name
	w.Want(`{ accounts { totalCount } contacts { totalCount } leads(filter: {status: {eq: open}}) { totalCount } }`, `{"accounts":{"totalCount":0},"contacts":{"totalCount":0},"leads":{"totalCount":1}}`)
}

// narrow sees the accounts that are not called Acme.
type narrow struct{ access.Profile }

func (narrow) Key() string { return "narrow" }
func (narrow) Rows(o *catalog.Object, _ access.Op, _ access.Bind) driver.Expr {
	if o.Name != "account" {
		return nil
	}
	return driver.Cmp{Op: driver.Ne, L: o.Field("name").Col(), R: driver.Const{Value: value.Text("Acme")}}
}

// TestMatchHidesWhatOneMayNotSee: an account that the caller may not see is not matched, so that
// its id is not told; a new one is made.
func TestMatchHidesWhatOneMayNotSee(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "crm")
	hidden := w.ID("Account", `name: "Acme"`)
	lead := w.ID("Lead", `name: "Ann", company: "Acme Ltd", email: "ann@acme.example"`)
	got := w.As(narrow{access.Everything}, ident.Principal{UserID: 7, Name: "u"}, convert(lead, ""))
	if strings.Contains(got, hidden) || !strings.Contains(got, `"madeAccount":true`) {
		t.Errorf("got %s", got)
	}
}
