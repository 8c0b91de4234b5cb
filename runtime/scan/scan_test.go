package scan_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/scan"
)

const rules = `{"object": "guest", "rules": [
	{"name": "phone", "keys": ["NORM_PHONE(phone)"], "match": [{"field": "phone", "normalise": "phone"}], "action": "warn", "where": "COALESCE(name, '') != 'test'"},
	{"name": "card", "keys": ["card"], "match": [{"field": "card"}], "action": "block"}]}`

// inn is a tenant of guests, without rules as long as none are published.
func inn(t *testing.T) (*tenanttest.Tenant, publish.Bundle) {
	t.Helper()
	set := func(name, objects string) string {
		return `{"name": "` + name + `", "label": "` + name + `", "objects": {` + objects + `}}`
	}
	b := publish.Bundle{"platform-base": tenanttest.Files(t, os.DirFS("../../plugins/packages/platform-base")), "inn": {
		"tenon.json": []byte(`{"name": "inn", "version": "1.0.0", "label": "Inn", "requires": {"platform-base": "^0.1.0"}}`),
		"objects/guest/object.json": []byte(`{"name": "guest", "label": "Guest", "sharing": "private", "fields": [{"name": "name", "type": "text"}, {"name": "phone", "type": "text"},
			{"name": "card", "type": "text", "secured": true}]}`),
		"objects/pair/object.json": []byte(`{"name": "pair", "label": "Pair", "serves": "duplicate_case", "fields": [
			{"name": "object_name", "type": "text"}, {"name": "record_a", "type": "text"}, {"name": "record_b", "type": "text"}, {"name": "rule_code", "type": "text"}, {"name": "score", "type": "decimal", "scale": 4},
			{"name": "status", "type": "picklist", "default": "open", "values": [{"code": "open", "label": "Open"}, {"code": "merged", "label": "Merged"}, {"code": "not_dup", "label": "Not the same"}]}],
			"keys": [{"fields": ["object_name", "record_a", "record_b"]}]}`),
		"permissions/steward.json": []byte(set("steward", `"guest": {"allow": ["read", "create"]}, "pair": {"allow": ["read", "update"]}`)),
		"permissions/reader.json":  []byte(set("reader", `"guest": {"allow": ["read", "create"]}, "pair": {"allow": ["read"]}`)),
		"permissions/decider.json": []byte(set("decider", `"pair": {"allow": ["read", "update"]}`)),
		"roles/steward.json":       []byte(`{"name": "steward", "label": "Steward", "permissions": ["steward"]}`),
		"roles/reader.json":        []byte(`{"name": "reader", "label": "Reader", "permissions": ["reader"]}`),
		"roles/decider.json":       []byte(`{"name": "decider", "label": "Decider", "permissions": ["decider"]}`)}}
	return tenanttest.OpenBundle(t, b), b
}

func ruled(t *testing.T, w *tenanttest.Tenant, b publish.Bundle) {
	t.Helper()
	b["inn"]["duplicates/guest.json"] = []byte(rules)
	if err := w.Apply(b); err != nil {
		t.Fatal(err)
	}
}

// guests makes n guests; phone gives the phone of each.
func guests(t *testing.T, w *tenanttest.Tenant, n int, phone func(i int) string) []string {
	t.Helper()
	var in []string
	for i := range n {
		in = append(in, fmt.Sprintf(`{name: "g%d", phone: %q}`, i, phone(i)))
	}
	ids := idsIn(w.Call(`mutation { createGuests(inputs: [` + strings.Join(in, ", ") + `]) { guest { id } } }`))
	if len(ids) != n {
		t.Fatalf("%d guests are there", len(ids))
	}
	return ids
}

var idForm = regexp.MustCompile(`"id":"([^"]+)"`)

func idsIn(answer string) (out []string) {
	for _, m := range idForm.FindAllStringSubmatch(answer, -1) {
		out = append(out, m[1])
	}
	return out
}

// begun begins a scan and gives its id.
func begun(t *testing.T, w *tenanttest.Tenant) string {
	t.Helper()
	id := idsIn(w.Want(`mutation { scanDuplicates(object: "guest") { id status } }`, `"status":"RUNNING"`))
	if len(id) != 1 {
		t.Fatal("no scan")
	}
	return id[0]
}

// steps takes the steps that there are to take; it gives how many.
func steps(t *testing.T, s *scan.Service) (n int) {
	t.Helper()
	for {
		more, err := s.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return n
		}
		n++
	}
}

// cases are the pairs of the queue.
func cases(w *tenanttest.Tenant) []string {
	var out []string
	for _, m := range regexp.MustCompile(`"recordA":"([^"]+)","recordB":"([^"]+)"`).FindAllStringSubmatch(w.Call(`{ pairs(first: 500) { nodes { recordA recordB } } }`), -1) {
		out = append(out, m[1]+" "+m[2])
	}
	slices.Sort(out)
	return out
}

func wantCases(t *testing.T, w *tenanttest.Tenant, want []string) {
	t.Helper()
	slices.Sort(want)
	if got := cases(w); !slices.Equal(got, want) {
		t.Errorf("%d cases, want %d: %v, want %v", len(got), len(want), got, want)
	}
}

// crowd is 230 guests: 25 with one phone, and three times two with another. Each of the 25 is said
// to be the same as the first 20 before it, at most.
func crowd(t *testing.T, w *tenanttest.Tenant) (ids, pairs []string) {
	t.Helper()
	ids = guests(t, w, 230, func(i int) string {
		switch {
		case i%9 == 0 && i < 225:
			return "+86 138 0013 8000"
		case i == 1 || i == 100:
			return "13900000001"
		case i == 2 || i == 229:
			return "13900000002"
		case i == 228 || i == 227:
			return "0086 139-0000-0003"
		}
		return fmt.Sprintf("1370000%04d", i)
	})
	for i := 0; i < 225; i += 9 {
		for j := 0; j < i && j < 20*9; j += 9 {
			pairs = append(pairs, ids[j]+" "+ids[i])
		}
	}
	return ids, append(pairs, ids[1]+" "+ids[100], ids[2]+" "+ids[229], ids[227]+" "+ids[228])
}

// TestScan: records that were there before the rules are compared with each other, and every pair
// that a rule takes for the same is in the queue once, whatever becomes of it.
func TestScan(t *testing.T) {
	w, b := inn(t)
	_, pairs := crowd(t, w)
	w.Want(`mutation { scanDuplicates(object: "guest") { id } }`, `"code":"INVALID_INPUT"`)
	ruled(t, w, b)
	wantCases(t, w, nil)
	id := begun(t, w)
	if again := begun(t, w); again != id {
		t.Errorf("another scan %s beside %s", again, id)
	}
	w.Want(`{ duplicateScan(id: "`+id+`") { object status total records cases error { code } finishedAt } }`,
		`{"object":"guest","status":"RUNNING","total":230,"records":0,"cases":0,"error":null,"finishedAt":null}`)
	if n := steps(t, w.Scans); n != 3 {
		t.Errorf("%d steps", n)
	}
	wantCases(t, w, pairs)
	w.Want(`{ duplicateScans(object: "guest") { status total records cases at finishedAt } }`,
		fmt.Sprintf(`[{"status":"DONE","total":230,"records":230,"cases":%d,"at":"2026-03-02T01:00:00Z","finishedAt":"2026-03-02T01:00:00Z"}]`, len(pairs)))
	w.Want(`{ pairs(first: 1) { nodes { objectName ruleCode score status } } }`, `{"objectName":"guest","ruleCode":"phone","score":"1.0000","status":"open"}`)

	w.Call(`mutation { updatePairs(inputs: [{id: "` + idsIn(w.Call(`{ pairs(first: 1) { nodes { id } } }`))[0] + `", patch: {status: not_dup}}]) { pair { id } } }`)
	begun(t, w)
	steps(t, w.Scans)
	wantCases(t, w, pairs)
	w.Want(`{ duplicateScans(first: 1) { status records cases } }`, `[{"status":"DONE","records":230,"cases":0}]`)
	w.Want(`{ pairs(filter: {status: {eq: not_dup}}) { totalCount } }`, `"totalCount":1`)
	w.Want(`{ duplicateScans(object: "pair") { id } duplicateScan(id: "scan_99") { id } }`, `{"duplicateScans":[],"duplicateScan":null}`)
	for _, q := range []string{`{ duplicateScan(id: "x") { id } }`, `{ duplicateScans(first: 0) { id } }`, `{ duplicateScans(first: 101) { id } }`, `{ duplicateScans(before: "scan_") { id } }`} {
		w.Want(q, `"code":"INVALID_INPUT"`)
	}
	w.Want(`mutation { scanDuplicates(object: "nothing") { id } }`, `"code":"NOT_FOUND"`)
	w.Want(`mutation { cancelDuplicateScan(id: "scan_99") { id } }`, `"code":"NOT_FOUND"`)

	w.Clock.Set(tenanttest.Start.Add(scan.Keep + time.Hour))
	begun(t, w)
	if err := w.Scans.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Want(`{ duplicateScans { status } }`, `[{"status":"RUNNING"}]`)
}

// TestScanGoesOn: after a stop at any page, and after a page that was not finished, the next
// service goes on where the store says.
func TestScanGoesOn(t *testing.T) {
	w, b := inn(t)
	_, pairs := crowd(t, w)
	ruled(t, w, b)
	begun(t, w)
	for records := 100; ; records += 100 {
		broken, stop := context.WithCancel(t.Context())
		stop()
		if _, err := w.NewScans().Step(broken); !errors.Is(err, context.Canceled) {
			t.Errorf("a page that is broken off: %v", err)
		}
		s := w.NewScans()
		if n, err := s.Working(t.Context()); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if more, err := s.Step(t.Context()); !more || err != nil {
			t.Fatal(more, err)
		}
		if records > 230 {
			break
		}
		w.Want(`{ duplicateScans { status records } }`, fmt.Sprintf(`[{"status":"RUNNING","records":%d}]`, records))
	}
	w.Want(`{ duplicateScans { status records cases } }`, fmt.Sprintf(`[{"status":"DONE","records":230,"cases":%d}]`, len(pairs)))
	wantCases(t, w, pairs)
}

// TestCanceledScan: it keeps what it has found, and does nothing more.
func TestCanceledScan(t *testing.T) {
	w, b := inn(t)
	ids, _ := crowd(t, w)
	ruled(t, w, b)
	id := begun(t, w)
	if _, err := w.Scans.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	was := cases(w)
	for range 2 {
		w.Want(`mutation { cancelDuplicateScan(id: "`+id+`") { status records finishedAt } }`, `{"status":"CANCELED","records":100,"finishedAt":"2026-03-02T01:00:00Z"}`)
	}
	if n := steps(t, w.Scans); n != 0 {
		t.Errorf("%d steps of a canceled scan", n)
	}
	if len(was) == 0 || slices.ContainsFunc(was, func(p string) bool { return strings.HasSuffix(p, ids[100]) }) {
		t.Errorf("the first page finds %v", was)
	}
	wantCases(t, w, was)
	if begun(t, w) == id {
		t.Error("a canceled scan goes on")
	}
}

// TestScanWorks: Start goes on by itself, with scans that are begun later, too.
func TestScanWorks(t *testing.T) {
	w, b := inn(t)
	pair := guests(t, w, 2, func(int) string { return "13800138000" })
	ruled(t, w, b)
	w.Scans.Start()
	defer w.Scans.Close()
	begun(t, w)
	for deadline := time.Now().Add(time.Minute); !strings.Contains(w.Call(`{ duplicateScans { status } }`), "DONE"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not end")
		}
	}
	wantCases(t, w, []string{pair[0] + " " + pair[1]})
}

// TestScanUnderRights: whoever may not read an object, or decide cases, scans nothing; a scan
// compares what its caller may see, and ends when the caller may no longer.
func TestScanUnderRights(t *testing.T) {
	w, b := inn(t)
	steward, other, reader, decider := w.User("steward", "steward"), w.User("other", "steward"), w.User("reader", "reader"), w.User("decider", "decider")
	guests(t, w, 1, func(int) string { return "13800138000" })
	made := func(who ident.Principal, name string) string {
		return idsIn(w.WantAs(who, `mutation { createGuest(input: {name: "`+name+`", phone: "13800138000"}) { guest { id } } }`, `"id"`))[0]
	}
	a, hidden, c := made(steward, "a"), made(other, "b"), made(steward, "c")
	made(steward, "test") // outside of the rule
	for _, id := range []string{a, hidden, c} {
		w.Call(`mutation { updateGuest(id: "` + id + `", patch: {card: "one"}) { guest { id } } }`)
	}
	ruled(t, w, b)
	begin := `mutation { scanDuplicates(object: "guest") { id status total } }`
	w.WantAs(reader, begin, `"code":"FORBIDDEN"`)
	w.WantAs(decider, begin, `"code":"NOT_FOUND"`)
	id := idsIn(w.WantAs(steward, begin, `"total":3`))[0]
	for _, who := range []ident.Principal{other, reader, decider} {
		w.WantAs(who, `{ duplicateScan(id: "`+id+`") { id } duplicateScans { id } }`, `{"duplicateScan":null,"duplicateScans":[]}`)
		w.WantAs(who, `mutation { cancelDuplicateScan(id: "`+id+`") { id } }`, `"code":"NOT_FOUND"`)
	}
	steps(t, w.Scans)
	wantCases(t, w, []string{a + " " + c})
	w.Want(`{ pairs { nodes { ruleCode createdById } } }`, fmt.Sprintf(`"ruleCode":"phone","createdById":"sys_user_%d"`, steward.UserID)) // the card is not theirs to read
	w.Want(`{ duplicateScans { id status records } }`, `[{"id":"`+id+`","status":"DONE","records":3}]`)

	w.WantAs(steward, begin, `"status":"RUNNING"`)
	w.Call(`mutation { deleteSysRoleAssignments(inputs: [{id: "` + idsIn(w.Call(fmt.Sprintf(`{ sysRoleAssignments(filter: {userId: {eq: "sys_user_%d"}}) { nodes { id } } }`, steward.UserID)))[0] + `"}]) { sysRoleAssignment { id } } }`)
	steps(t, w.Scans)
	w.WantAs(steward, `{ duplicateScans(first: 1) { status records error { code message id } } }`, `[{"status":"FAILED","records":0,"error":{"code":"NOT_FOUND","message":"there is no object guest","id":null}}]`)
}
