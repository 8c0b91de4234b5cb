package access_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/record"
)

// partners have people of their own, who are users: 1 of the partner 10, 2 of the partner 20 below
// it, 3 of the partner 30 beside them, and 4 of none.
func partnersOf(t *testing.T) (*tenant, files) {
	t.Helper()
	f := organisation()
	f["objects/partner/object.json"] = `{"name": "partner", "label": "Partner", "sharing": "private", "fields": [
		{"name": "name", "type": "text"}, {"name": "above_id", "type": "lookup", "to": "partner", "inverse": "below"}, {"name": "path", "type": "tree_path", "parent": "above_id"},
		{"name": "sold", "type": "rollup", "function": "sum", "field": "amount", "from": "deal.partner_id"}]}`
	f["objects/deal/object.json"] = `{"name": "deal", "label": "Deal", "sharing": "private", "fields": [{"name": "partner_id", "type": "lookup", "to": "partner"}, {"name": "amount", "type": "int"}]}`
	f["objects/line/object.json"] = `{"name": "line", "label": "Line", "sharing": "parent", "fields": [{"name": "deal_id", "type": "master", "to": "deal"}]}`
	f["objects/person/object.json"] = strings.Replace(f["objects/person/object.json"], `"fields": [`, `"fields": [{"name": "partner_id", "type": "lookup", "to": "partner"}, `, 1)
	f["sharing/partner.json"] = `{"object": "partner", "belonging": [{"user": "partner_id", "field": "id"}]}`
	f["sharing/deal.json"] = `{"object": "deal", "belonging": [{"user": "partner_id", "field": "partner_id", "access": "edit"}]}`
	f["permissions/portal.json"] = `{"name": "portal", "label": "P", "objects": {"partner": {"allow": ["read", "update"]}, "deal": {"allow": ["read", "create", "update"]}, "line": {"allow": ["read"]}}}`
	f["roles/portal.json"] = `{"name": "portal", "label": "P", "permissions": ["portal"]}`
	w := newTenant(t, f)
	var ops []record.Op
	for id, above := range map[int64]any{10: nil, 30: nil} {
		ops = append(ops, w.Make("partner", id, map[string]any{"name": fmt.Sprint("P", id), "aboveId": above}))
	}
	ops = append(ops, w.Make("partner", 20, map[string]any{"name": "P20", "aboveId": "partner_10"}))
	for user, of := range map[int64]any{1: "partner_10", 2: "partner_20", 3: "partner_30", 4: nil} {
		ops = append(ops, w.Make("person", user, map[string]any{"name": "U", "status": "active", "partnerId": of}), w.Make("holding", 10+user, map[string]any{"userId": key("person", user), "role": "portal"}))
	}
	for i, of := range []string{"partner_10", "partner_20", "partner_30"} {
		id := int64(100 + i)
		ops = append(ops, w.Make("deal", id, map[string]any{"partnerId": of, "amount": json.Number("1")}), w.Make("line", id, map[string]any{"dealId": key("deal", id)}))
	}
	w.Put(t, ops...)
	return w, f
}

// TestBelonging: users reach what belongs to what their own record leads to, and to all below it,
// in every way, and nothing else; changes of the tree and of their own record hold at once.
func TestBelonging(t *testing.T) {
	w, _ := partnersOf(t)
	const all = `{ partners(orderBy: {name: ASC}) { totalCount nodes { name sold } } deals { totalCount } lines { totalCount } }`
	see := func(user int64, want string) {
		t.Helper()
		if a := w.Ask(t, user, all); !strings.Contains(a.Body, want) {
			t.Errorf("user %d: got %s, want %s", user, a.Body, want)
		}
	}
	rest := func(deals int) string {
		return fmt.Sprintf(`"deals":{"totalCount":%d},"lines":{"totalCount":%[1]d}`, deals)
	}
	see(1, `{"partners":{"totalCount":2,"nodes":[{"name":"P10","sold":1},{"name":"P20","sold":1}]},`+rest(2))
	see(2, `{"partners":{"totalCount":1,"nodes":[{"name":"P20","sold":1}]},`+rest(1))
	see(3, `{"partners":{"totalCount":1,"nodes":[{"name":"P30","sold":1}]},`+rest(1))
	see(4, `{"partners":{"totalCount":0,"nodes":[]},`+rest(0))
	code := func(user int64, op string, want errs.Code) {
		t.Helper()
		if a := w.Ask(t, user, op); a.Code() != string(want) {
			t.Errorf("user %d: %s: got %s, want %q", user, op, a.Body, want)
		}
	}
	code(1, `mutation { updateDeal(id: "deal_101", patch: {amount: 2}) { deal { id } } }`, "")
	code(2, `mutation { updateDeal(id: "deal_100", patch: {amount: 2}) { deal { id } } }`, errs.NotFound)
	code(2, `mutation { updateDeal(id: "deal_101", patch: {partnerId: "partner_30"}) { deal { id } } }`, errs.ValidationFail)
	code(1, `mutation { updatePartner(id: "partner_20", patch: {name: "X"}) { partner { id } } }`, errs.Forbidden)

	w.Put(t, record.Op{Verb: record.Update, Object: w.Cat.Object("partner"), ID: 30, Input: map[string]any{"aboveId": "partner_20"}})
	see(2, rest(2))
	see(1, rest(3))
	w.Put(t, record.Op{Verb: record.Update, Object: w.Cat.Object("person"), ID: 1, Input: map[string]any{"partnerId": nil}})
	see(1, `{"partners":{"totalCount":0,"nodes":[]},`+rest(0))
}

// TestBelongingIsPlanned: who reaches what by belonging is a part of sharing that plans tell of.
func TestBelongingIsPlanned(t *testing.T) {
	w, f := partnersOf(t)
	delete(f, "sharing/deal.json")
	if d := plan.Diff(w.Cat, catalogue(t, f, w.Cat.Storage)); !d.Access {
		t.Error("the plan does not say that access changes")
	}
}
