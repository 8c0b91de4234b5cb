package access_test

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// clinic has patients with fields of every level, and three users: 1 a clerk, 2 a doctor, 3 nobody.
func clinic(t *testing.T) *tenant { w, _ := clinicOf(t); return w }

func clinicOf(t *testing.T) (*tenant, files) {
	f := organisation()
	f["objects/patient/object.json"] = `{"name": "patient", "label": {"en": "Patient", "zh-CN": "患者"}, "sharing": "private", "features": ["history", "search"], "nameField": "name", "fields": [
		{"name": "name", "type": "text", "search": true}, {"name": "mobile", "type": "phone", "search": true}, {"name": "email", "type": "email"}, {"name": "age", "type": "int"},
		{"name": "finding", "type": "text"}, {"name": "ward", "type": "text"}, {"name": "code", "type": "text", "secured": true},
		{"name": "dialled", "type": "formula", "returns": "text", "expr": "NORM_PHONE(mobile)", "stored": true, "search": true},
		{"name": "verdict", "type": "formula", "returns": "text", "expr": "CONCAT(dialled, finding)"},
		{"name": "adult", "type": "formula", "returns": "bool", "expr": "age >= 18"},
		{"name": "total_cost", "type": "rollup", "function": "sum", "from": "visit.patient_id", "field": "cost"},
		{"name": "dear_visits", "type": "rollup", "function": "count", "from": "visit.patient_id", "where": "cost > 5"}]}`
	f["objects/visit/object.json"] = `{"name": "visit", "label": {"en": "Visit", "zh-CN": "就诊"}, "sharing": "parent", "fields": [{"name": "patient_id", "type": "master", "to": "patient", "inverse": "visits"},
		{"name": "cost", "type": "int", "secured": true}]}`
	f["permissions/clerk.json"] = `{"name": "clerk", "label": {"en": "Clerk", "zh-CN": "挂号"}, "objects": {"patient": {"allow": ["read", "create", "update"],
		"fields": {"mobile": "reveal", "email": "masked", "age": "masked", "finding": "none", "ward": "read", "adult": "read"}}, "person": {"allow": ["read"]}}}`
	f["permissions/doctor.json"] = `{"name": "doctor", "label": {"en": "Doctor", "zh-CN": "诊疗"}, "objects": {"patient": {"allow": ["read", "create", "update", "delete"], "viewAll": true, "fields": {"code": "read"}}}}`
	f["roles/clerk.json"] = `{"name": "clerk", "label": "Clerk", "permissions": ["clerk"]}`
	f["roles/doctor.json"] = `{"name": "doctor", "label": "Doctor", "permissions": ["doctor"]}`
	w := newTenant(t, f)
	ops := []record.Op{}
	for i := int64(1); i <= 3; i++ {
		ops = append(ops, w.Make("person", i, map[string]any{"name": "U", "status": "active"}))
	}
	ops = append(ops, w.Make("holding", 11, map[string]any{"userId": "person_1", "role": "clerk"}), w.Make("holding", 12, map[string]any{"userId": "person_2", "role": "doctor"}),
		w.Make("patient", 100, map[string]any{"name": "Ann", "mobile": "13812341234", "email": "ann@example.com", "age": "42", "finding": "gout", "ward": "W", "code": "C", "ownerId": "person_1"}),
		w.Make("patient", 101, map[string]any{"name": "Bob", "mobile": "13899998888", "ownerId": "person_2"}))
	w.Put(t, ops...)
	return w, f
}

// TestFields shows each caller what is his of a record, in data, schema and every input.
func TestFields(t *testing.T) {
	w := clinic(t)
	for _, c := range []struct {
		user  int64
		query string
		want  string
	}{
		{1, `{ patients { totalCount nodes { name mobile email age ward } } }`, `{"totalCount":1,"nodes":[{"name":"Ann","mobile":"138****1234","email":"a***@example.com","age":null,"ward":"W"}]}`},
		{2, `{ patients { totalCount nodes { name mobile finding code } } }`, `{"totalCount":2,"nodes":[{"name":"Ann","mobile":"13812341234","finding":"gout","code":"C"},{"name":"Bob","mobile":"13899998888","finding":null,"code":null}]}`},
		{3, `{ patients { totalCount } }`, `"errors"`},
		{3, `{ __schema { types { name } } }`, `"name":"Query"`},
		{3, `{ node(id: "patient_100") { id } }`, `{"node":null}`},
		{1, `{ patients { nodes { finding } } }`, `"errors"`},
		{1, `{ patients { nodes { code } } }`, `"errors"`},
		// What is computed shows no more than what it is computed of, unless the set says so.
		{1, `{ patients { nodes { dialled adult } } }`, `{"nodes":[{"dialled":null,"adult":true}]}`},
		{1, `{ patients { nodes { verdict } } }`, `"errors"`},
		{1, `{ patients(filter: {dialled: {eq: "13812341234"}}) { totalCount } }`, `"errors"`},
		{1, `{ patients { nodes { totalCost } } }`, `"errors"`},
		{1, `{ patients { nodes { dearVisits } } }`, `"errors"`},
		{2, `{ patients { nodes { totalCost } } }`, `"errors"`},
		{2, `{ patients(first: 1) { nodes { dialled verdict } } }`, `"dialled":"13812341234"`},
		{1, `{ patients(filter: {mobile: {eq: "13812341234"}}) { totalCount } }`, `"errors"`},
		{1, `{ patients(filter: {age: {gt: 1}}) { totalCount } }`, `"errors"`},
		{1, `{ patients(orderBy: [{mobile: ASC}]) { totalCount } }`, `"errors"`},
		{1, `{ patientAggregate(groupBy: [{mobile: true}]) { count } }`, `"errors"`},
		{1, `{ patientAggregate { max { age } } }`, `"errors"`},
		{1, `{ patients(search: "1381234") { totalCount } }`, `"totalCount":0`},
		{1, `{ patients(search: "Ann") { totalCount } }`, `"totalCount":1`},
		{1, `{ patientAggregate(search: "1381234") { count } }`, `[{"count":0}]`},
		{1, `{ patientAggregate(search: "Ann") { count } }`, `[{"count":1}]`},
		{1, `{ patientAggregate(search: "Bob") { count } }`, `[{"count":0}]`},
		{1, `{ search(text: "1381234") { title } }`, `"search":[]`},
		{1, `{ search(text: "Bob") { title } }`, `"search":[]`},
		{1, `{ search(text: "Ann") { title object } }`, `[{"title":"Ann","object":"patient"}]`},
		{2, `{ search(text: "1381234") { title } }`, `[{"title":"Ann"}]`},
		{1, `mutation { updatePatient(id: "patient_100", patch: {ward: "X"}) { warnings { rule } } }`, `"errors"`},
		{1, `mutation { updatePatient(id: "patient_100", patch: {mobile: "1"}) { warnings { rule } } }`, `"errors"`},
		{1, `mutation { deletePatient(id: "patient_100") { warnings { rule } } }`, `"errors"`},
		{1, `mutation { updatePatient(id: "patient_101", patch: {name: "X"}) { warnings { rule } } }`, `"code":"NOT_FOUND"`},
		{1, `mutation { updatePatient(id: "patient_999", patch: {name: "X"}) { warnings { rule } } }`, `"code":"NOT_FOUND"`},
		{2, `mutation { updatePatient(id: "patient_100", patch: {name: "X"}) { warnings { rule } } }`, `"code":"FORBIDDEN"`},
		{2, `mutation { updatePatient(id: "patient_101", patch: {name: "Bo"}) { patient { name } } }`, `"name":"Bo"`},
		{1, `mutation { revealPatient(id: "patient_101", field: mobile, reason: "call") }`, `"code":"NOT_FOUND"`},
		{1, `mutation { revealPatient(id: "patient_100", field: email, reason: "call") }`, `"errors"`},
		{2, `mutation { revealPatient(id: "patient_100", field: mobile, reason: "call") }`, `"errors"`},
		{1, `mutation { revealPatient(id: "patient_100", field: mobile, reason: "") }`, `"code":"INVALID_INPUT"`},
		{1, `mutation { revealPatient(id: "patient_100", field: mobile, reason: "call back") }`, `{"data":{"revealPatient":"13812341234"}`},
	} {
		if got := w.Ask(t, c.user, c.query).Body; !strings.Contains(got, c.want) {
			t.Errorf("user %d: %s\n got %s\nwant %s", c.user, c.query, got, c.want)
		}
	}
	if got := w.Ask(t, 2, `mutation { updatePatient(id: "patient_101", patch: {finding: "f", mobile: "13800000000"}) { patient { id } } }`); got.Code() != "" {
		t.Fatal(got.Body)
	}
	w.Put(t, record.Op{Verb: record.Update, Object: w.Cat.Object("patient"), ID: 100, Input: map[string]any{"finding": "flu", "mobile": "13700001111", "name": "Anna"}})
	if got := w.Ask(t, 1, `{ patient(id: "patient_100") { history { changes } } }`).Body; !strings.Contains(got, `"changes":{"name":["Ann","Anna"]}`) {
		t.Errorf("history shows more than is the caller's: %s", got)
	}
	if n := reveals(w, t); n != 1 {
		t.Errorf("%d reveals are recorded, want 1", n)
	}
}

func reveals(w *tenant, t *testing.T) (n int64) {
	st, err := w.DB.Prepare(&driver.Query{Table: access.RevealTable, Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	err = w.DB.View(ctx, func(tx store.Tx) error {
		rows, err := tx.Query(ctx, st, nil)
		if err != nil {
			return err
		}
		if rows.Next() {
			n = rows.Value(0).Int()
		}
		return rows.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestChangesHoldAtOnce: what changes in the records that decide access holds from the next
// request on.
func TestChangesHoldAtOnce(t *testing.T) {
	w := clinic(t)
	count := func(user int64, want string) {
		t.Helper()
		if got := w.Ask(t, user, `{ patients { totalCount } }`).Body; !strings.Contains(got, want) {
			t.Errorf("user %d: got %s, want %s", user, got, want)
		}
	}
	count(3, `"errors"`)
	w.Put(t, w.Make("holding", 13, map[string]any{"userId": "person_3", "role": "clerk"}))
	count(3, `"totalCount":0`)
	w.Put(t, w.Make("share", 14, map[string]any{"recordId": "patient_101", "userId": "person_3", "accessLevel": "read"}))
	count(3, `"totalCount":1`)
	w.Put(t, record.Op{Verb: record.Delete, Object: w.Cat.Object("share"), ID: 14})
	count(3, `"totalCount":0`)
	count(2, `"totalCount":2`)
	w.Put(t, record.Op{Verb: record.Update, Object: w.Cat.Object("person"), ID: 2, Input: map[string]any{"status": "inactive"}})
	count(2, `"errors"`)
	w.Put(t, record.Op{Verb: record.Delete, Object: w.Cat.Object("holding"), ID: 13})
	count(3, `"errors"`)
}

// TestSharedPlans: users with the same roles share their plans, and none sees the other's records.
func TestSharedPlans(t *testing.T) {
	w := clinic(t)
	w.Put(t, w.Make("holding", 13, map[string]any{"userId": "person_3", "role": "clerk"}), w.Make("patient", 103, map[string]any{"name": "Cas", "ownerId": "person_3"}))
	keys := map[string]bool{}
	for user, want := range map[int64]string{1: "Ann", 3: "Cas"} {
		for range 3 {
			if got := w.Ask(t, user, `{ patients { totalCount nodes { name } } }`).Body; !strings.Contains(got, `{"totalCount":1,"nodes":[{"name":"`+want) {
				t.Errorf("user %d: %s", user, got)
			}
		}
		p, err := w.Access.Profile(t.Context(), principal(user))
		if err != nil {
			t.Fatal(err)
		}
		keys[p.Key()] = true
	}
	if len(keys) != 1 {
		t.Errorf("users of the same roles have %d keys", len(keys))
	}
}
