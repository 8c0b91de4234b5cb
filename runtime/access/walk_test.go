package access_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/access/accesstest"
	"github.com/tenon-platform/tenon/runtime/record"
)

// shopOf has a private object with all that the API makes of one, and four users: 1 owns everything,
// 2 has no role, 3 may read what is theirs, 4 may do everything with what is theirs.
func shopOf(t *testing.T) *tenant {
	f := organisation()
	f["objects/deal/object.json"] = `{"name": "deal", "label": "Deal", "sharing": "private", "features": ["history", "search", "files", "lock"], "nameField": "name", "fields": [
		{"name": "name", "type": "text", "search": true}, {"name": "code", "type": "text", "unique": true}, {"name": "phone", "type": "phone"}, {"name": "amount", "type": "int"},
		{"name": "stage", "type": "picklist", "values": [{"code": "open", "label": "Open"}, {"code": "won", "label": "Won"}]}, {"name": "unit_id", "type": "lookup", "to": "unit"},
		{"name": "line_count", "type": "rollup", "function": "count", "from": "line.deal_id"}]}`
	f["objects/deal/actions/win.json"] = `{"name": "win", "label": "Win", "permission": "win", "steps": [{"update": "id", "set": {"stage": "'won'"}}]}`
	f["objects/line/object.json"] = `{"name": "line", "label": "Line", "sharing": "parent", "fields": [{"name": "deal_id", "type": "master", "to": "deal"}, {"name": "about", "type": "ref", "to": ["deal"]}]}`
	f["duplicates/deal.json"] = `{"object": "deal", "rules": [{"name": "same", "keys": ["name"], "match": [{"field": "name"}], "action": "warn", "message": "There is one like this."}]}`
	level := `"fields": {"phone": "reveal"}`
	f["permissions/reader.json"] = `{"name": "reader", "label": "R", "objects": {"deal": {"allow": ["read"], ` + level + `}, "line": {"allow": ["read"]}}}`
	f["permissions/writer.json"] = `{"name": "writer", "label": "W", "objects": {"deal": {"allow": ["read", "create", "update", "delete"], "actions": ["win"], ` + level + `},
		"line": {"allow": ["read", "create", "update", "delete"]}, "share": {"allow": ["read", "create", "update", "delete"]}}}`
	f["roles/reader.json"] = `{"name": "reader", "label": "R", "permissions": ["reader"]}`
	f["roles/writer.json"] = `{"name": "writer", "label": "W", "permissions": ["writer"]}`
	w := newTenant(t, f)
	var ops []record.Op
	for i := int64(1); i <= 4; i++ {
		ops = append(ops, w.Make("person", i, map[string]any{"name": "U", "status": "active"}))
	}
	ops = append(ops, w.Make("holding", 13, map[string]any{"userId": "person_3", "role": "reader"}), w.Make("holding", 14, map[string]any{"userId": "person_4", "role": "writer"}))
	for i := int64(101); i <= 103; i++ {
		ops = append(ops, w.Make("deal", i, map[string]any{"name": fmt.Sprint("Deal ", i), "code": key("deal", i), "phone": "13812341234", "amount": json.Number("7"), "stage": "open", "ownerId": "person_1"}),
			w.Make("line", i, map[string]any{"dealId": key("deal", i), "aboutId": key("deal", i)}))
	}
	w.Put(t, append(ops, w.Make("deal", 104, map[string]any{"name": "Deal 104", "code": "deal_104", "ownerId": "person_4"}), w.Make("deal", 105, map[string]any{"name": "Deal 105", "code": "deal_105", "ownerId": "person_1"}),
		record.Op{Verb: record.Delete, Object: w.Cat.Object("deal"), ID: 105})...)
	return w
}

// made are ids of records that a dry run made.
var made = regexp.MustCompile(`_\d{8,}`)

// typesOf are the types of the API as the holder of a profile sees it.
func typesOf(t *testing.T, w *tenant, p access.Profile) map[string]*ast.Definition {
	t.Helper()
	sdl, err := w.Graph.SDL(p)
	if err != nil {
		t.Fatal(err)
	}
	return accesstest.Types(t, sdl)
}

// TestNothingTellsOfRecords asks everything that the API has about records that are not the
// caller's, live and deleted, and about ones that there are not: the answers are the same to the byte.
func TestNothingTellsOfRecords(t *testing.T) {
	w := shopOf(t)
	whole := typesOf(t, w, access.Everything)
	own := map[int64]map[string]*ast.Definition{}
	for user := int64(2); user <= 4; user++ {
		p, err := w.Access.Profile(t.Context(), principal(user))
		if err != nil {
			t.Fatal(err)
		}
		own[user] = typesOf(t, w, p)
	}
	answered, written := 0, 0
	for kind, root := range map[string]string{"query": "Query", "mutation": "Mutation"} {
		for _, f := range whole[root].Fields {
			for user, types := range own {
				f := f
				if r := types[root]; r != nil && r.Fields.ForName(f.Name) != nil {
					f = r.Fields.ForName(f.Name)
				} else {
					types = whole // it is not the caller's, who asks all the same
				}
				for _, object := range []string{"deal", "line"} {
					ask := func(n int64) (*answerOf, string) {
						x := accesstest.Walker{Types: types, ID: key(object, n), About: []string{"dealId", "aboutId"}}
						q := x.Operation(kind, f)
						a := w.Ask(t, user, q)
						return &answerOf{a.Code(), made.ReplaceAllString(strings.ReplaceAll(a.Body, x.ID, "THE_ID"), "_new")}, q
					}
					theirs, q := ask(102)
					none, _ := ask(702)
					if kind == "mutation" && !strings.Contains(q, key(object, 102)) {
						continue // makes a record, and is about no other
					}
					answered++
					if theirs.body != none.body && !upserts(f.Name, user) {
						t.Errorf("user %d: %s\n there %s\n not   %s", user, q, theirs.body, none.body)
					}
					if object == "deal" {
						if gone, _ := ask(105); gone.body != none.body && !upserts(f.Name, user) {
							t.Errorf("user %d: %s\n deleted %s\n not     %s", user, q, gone.body, none.body)
						}
					}
					refused := theirs.code == "FORBIDDEN" || theirs.code == "NOT_FOUND"
					switch {
					case user == 2 && f.Name != "node" && f.Name != "nodes" && !refused:
						t.Errorf("a user without roles: %s\n%s", q, theirs.body)
					case user == 3 && kind == "mutation" && !strings.Contains(theirs.body, "is not the id of") && !refused:
						t.Errorf("a reader: %s\n%s", q, theirs.body)
					case kind == "mutation" && user == 4 && refused:
						written++
					}
				}
			}
		}
	}
	t.Logf("%d questions, %d refusals of writes", answered, written)
	if answered < 200 || written < 20 {
		t.Errorf("only %d questions were asked, and %d writes refused", answered, written)
	}
}

type answerOf struct{ code, body string }

// upserts says whether an operation makes a record where there is none: a key that is taken cannot
// be given again, so that it is taken is told.
func upserts(name string, user int64) bool { return user == 4 && strings.HasPrefix(name, "upsert") }

// TestTakenKeys: of a key that is taken by a record which is not the caller's, nothing more is told
// than that.
func TestTakenKeys(t *testing.T) {
	w := shopOf(t)
	for _, q := range []string{`createDeal(input: {name: "N", code: "deal_102"}) { deal { id } }`, `updateDeal(id: "deal_104", patch: {code: "deal_102"}) { deal { id } }`,
		`upsertDeal(key: {code: "deal_102"}, input: {name: "N"}) { deal { id name } }`} {
		a := w.Ask(t, 4, "mutation { "+q+" }")
		if a.Code() != "DUPLICATE" && a.Code() != "NOT_FOUND" || strings.Contains(a.Body, "Deal 102") || strings.Contains(a.Body, "person_1") || strings.Contains(a.Body, `"records":["deal_102`) {
			t.Errorf("%s: %s", q, a.Body)
		}
	}
	if a := w.Ask(t, 4, `mutation { createDeal(input: {name: "Deal 102"}, dryRun: true) { warnings { rule records } } }`); strings.Contains(a.Body, "deal_102") || strings.Contains(a.Body, `"same"`) {
		t.Errorf("a duplicate of somebody else's is told: %s", a.Body)
	}
	if a := w.Ask(t, 4, `{ lin(id: "x") { id } deal(id: "deal_104") { nam } }`); strings.Contains(a.Body, "deal_102") {
		t.Error(a.Body)
	}
}
