package record_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// town is a tenant with a person twice, and what refers to each: a, of an hour ago, and b, changed
// since.
func town(t *testing.T) (w *tenanttest.Tenant, a, b, firm string) {
	w = tenanttest.Open(t, "testdata", "same")
	firm = w.ID("Firm", `name: "Firm"`)
	a = w.ID("Person", fmt.Sprintf(`name: "Ann", phone: "13800138000", note: "short", score: 5, tags: ["x", "y"], hush: false, code: "A", firmId: %q`, firm))
	w.Clock.Set(tenanttest.Start.Add(time.Hour))
	b = w.ID("Person", fmt.Sprintf(`name: "Ann B", email: "ann@example.com", note: "much longer", score: 9, tags: ["y", "z"], hush: true, joined: "2026-01-02", externalId: "crm:7", code: "B", firmId: %q`, firm))
	w.ID("Visit", fmt.Sprintf(`title: "v1", cost: "10", hostId: %q, guestIds: [%q, %q], aboutId: %q`, a, a, b, b))
	w.ID("Visit", fmt.Sprintf(`title: "v2", cost: "2.5", hostId: %q, guestIds: [%q], aboutId: %q`, b, b, firm))
	w.Call(fmt.Sprintf(`mutation { deleteVisit(id: %q) { visit { title } } }`, w.ID("Visit", fmt.Sprintf(`title: "v3", hostId: %q`, b))))
	w.ID("Badge", fmt.Sprintf(`personId: %q, kind: "card", number: "1"`, a))
	w.ID("Badge", fmt.Sprintf(`personId: %q, kind: "card", number: "2"`, b))
	w.ID("Badge", fmt.Sprintf(`personId: %q, kind: "key", number: "3"`, b))
	w.Clock.Set(tenanttest.Start.Add(2 * time.Hour))
	return w, a, b, firm
}

func merge(master, others, more string) string {
	return fmt.Sprintf(`mutation { mergePeople(input: {master: %q, others: [%s]%s}) { person { name phone email note score tags hush joined code version externalId visits spent label } merge { id object master others moved fields undoUntil undoneAt by } warnings { rule } } }`, master, others, more)
}

func quoted(ids ...string) string { return `"` + strings.Join(ids, `", "`) + `"` }

// TestMerge: the master gets the values that the policies choose, everything that referred to the
// other refers to it, what collides is merged in turn, and roll-ups and formulas follow.
func TestMerge(t *testing.T) {
	w, a, b, firm := town(t)
	got := w.Call(merge(a, quoted(b), fmt.Sprintf(`, otherwise: NON_EMPTY, fields: {note: {policy: LONGEST}, score: {policy: MIN}, tags: {policy: UNION}, hush: {policy: MOST_RESTRICTIVE}, name: {from: %q}, code: {policy: MOST_RECENT}}`, b)))
	for _, part := range []string{
		`"person":{"name":"Ann B","phone":"13800138000","email":"ann@example.com","note":"much longer","score":5,"tags":["x","y","z"],"hush":true,"joined":"2026-01-02","code":"B","version":2,"externalId":"crm:7","visits":2,"spent":"12.50","label":"Ann B visited"}`,
		`"merge":{"id":"merge_1","object":"person","master":"` + a + `","others":["` + b + `"],"moved":6,`, `"undoUntil":"2026-04-01T03:00:00Z","undoneAt":null,"by":null}`, `"warnings":[]`,
		`"name":"` + b + `"`, `"tags":"union"`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("got %s, want %s", got, part)
		}
	}
	w.Want(`{ visits(orderBy: [{title: ASC}]) { nodes { title hostId guestIds aboutId hostName history(first: 1) { verb } } } }`, fmt.Sprintf(
		`{"nodes":[{"title":"v1","hostId":%q,"guestIds":[%q],"aboutId":%q,"hostName":"Ann B","history":[{"verb":"update"}]},{"title":"v2","hostId":%q,"guestIds":[%q],"aboutId":%q,"hostName":"Ann B","history":[{"verb":"update"}]}]}`, a, a, a, a, a, firm))
	w.Want(`{ badges(orderBy: [{number: ASC}]) { nodes { kind number personId } } }`, fmt.Sprintf(`{"nodes":[{"kind":"card","number":"1","personId":%q},{"kind":"key","number":"3","personId":%q}]}`, a, a))
	w.Want(fmt.Sprintf(`{ person(id: %q) { name } firm(id: %q) { headCount } people { totalCount } }`, b, firm), `{"person":null,"firm":{"headCount":1},"people":{"totalCount":1}}`)
	w.Want(fmt.Sprintf(`{ mergesOfPerson(id: %q) { id others } }`, a), fmt.Sprintf(`{"mergesOfPerson":[{"id":"merge_1","others":[%q]}]}`, b))
	w.Want(fmt.Sprintf(`{ person(id: %q) { history(first: 1) { verb changes } } }`, a), `"name":["Ann","Ann B"]`)
}

// TestPolicies: each policy over three records, of which one has no value.
func TestPolicies(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	var ids []string
	for i, x := range []string{`name: "m"`, `name: "bb", note: "old", score: 7, hush: false, joined: "2026-02-01"`, `name: "ccc", note: "the newest", score: 3, hush: true, joined: "2026-01-01"`, `name: "d", note: "new", score: 9, joined: "2026-03-01"`} {
		w.Clock.Set(tenanttest.Start.Add(time.Duration(i) * time.Hour))
		ids = append(ids, w.ID("Person", x))
	}
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {code: "late"}) { person { id } } }`, ids[1])) // the second was changed last
	for _, c := range []struct{ fields, want string }{
		{`note: {policy: MASTER}`, `"note":null`}, {`note: {policy: NON_EMPTY}`, `"note":"old"`}, {`note: {policy: MOST_RECENT}`, `"note":"old"`},
		{`score: {policy: EARLIEST}`, `"score":7`}, {`note: {policy: LONGEST}`, `"note":"the newest"`}, {`score: {policy: MIN}`, `"score":3`}, {`score: {policy: MAX}`, `"score":9`},
		{`joined: {policy: MIN}`, `"joined":"2026-01-01"`}, {`hush: {policy: MOST_RESTRICTIVE}`, `"hush":true`}, {`name: {policy: LONGEST}`, `"name":"ccc"`},
		{fmt.Sprintf(`note: {from: %q}`, ids[3]), `"note":"new"`}, {fmt.Sprintf(`note: {from: %q}`, ids[0]), `"note":null`},
		{`note: {policy: UNION}`, `"code":"INVALID_INPUT","field":"note"`}, {`hush: {policy: MIN}`, `"code":"INVALID_INPUT","field":"hush"`}, {`score: {policy: MOST_RESTRICTIVE}`, `"code":"INVALID_INPUT","field":"score"`},
		{`note: {}`, `"code":"INVALID_INPUT","field":"note"`}, {`note: {policy: MIN, from: "person_1"}`, `"code":"INVALID_INPUT","field":"note"`}, {`note: {from: "person_1"}`, `"code":"INVALID_INPUT","field":"note"`},
		{`note: {from: "firm_1"}`, `"code":"INVALID_INPUT"`},
	} {
		q := strings.Replace(merge(ids[0], quoted(ids[1:]...), `, fields: {`+c.fields+`}`), "mergePeople(", "mergePeople(dryRun: true, ", 1)
		w.Want(q, c.want)
	}
	w.Want(`{ people { totalCount } }`, `"totalCount":4`)
}

// TestMergeIsRefused: bad requests, rules that the merged record breaks, loops and stale versions
// leave nothing behind.
func TestMergeIsRefused(t *testing.T) {
	w, a, b, _ := town(t)
	before := dump(t, w, true)
	for _, c := range []struct{ query, want string }{
		{merge(a, "", ""), `"code":"LIMIT_EXCEEDED"`}, {merge(a, quoted(a), ""), `"code":"INVALID_INPUT"`}, {merge(a, quoted(b, b), ""), `"code":"INVALID_INPUT"`},
		{merge(a, quoted("person_1"), ""), `"code":"NOT_FOUND"`}, {merge("person_1", quoted(a), ""), `"code":"NOT_FOUND"`}, {merge(a, quoted("firm_1"), ""), `"code":"INVALID_INPUT"`},
		{merge(a, quoted(b), `, ifVersion: 4`), `"code":"VERSION_CONFLICT"`}, {merge(a, quoted(b), `, collisions: REFUSE`), `"code":"DUPLICATE","details":{"object":"badge"}`},
		{`mutation { undoMerge(id: "merge_1") { merge { id } } }`, `"code":"NOT_FOUND"`}, {`mutation { undoMerge(id: "x") { merge { id } } }`, `"code":"INVALID_INPUT"`},
		{merge(a, quoted(strings.Split(strings.Repeat("person_9 ", 21), " ")[:21]...), ""), `"code":"LIMIT_EXCEEDED"`},
	} {
		w.Want(c.query, c.want)
	}
	if after := dump(t, w, true); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	one := w.ID("Firm", `name: "one"`)
	two := w.ID("Firm", fmt.Sprintf(`name: "two", parentId: %q`, one))
	three := w.ID("Firm", fmt.Sprintf(`name: "three", parentId: %q`, two))
	w.Want(fmt.Sprintf(`mutation { mergeFirms(input: {master: %q, others: [%q]}) { firm { name } } }`, three, one), `"code":"VALIDATION_FAILED","field":"parentId"`) // three is below two, which would be below three
	four := w.ID("Firm", fmt.Sprintf(`name: "four", parentId: %q`, one))
	w.Want(fmt.Sprintf(`mutation { mergeFirms(dryRun: true, input: {master: %q, others: [%q, %q], fields: {parentId: {from: %q}}}) { firm { name parentId } } }`, three, four, one, four), `"firm":{"name":"three","parentId":null}`) // four's parent is taken in as well
	w.Want(fmt.Sprintf(`mutation { mergeFirms(dryRun: true, input: {master: %q, others: [%q, %q], fields: {parentId: {from: %q}}}) { firm { name parentId } } }`, two, four, one, four), `"firm":{"name":"two","parentId":null}`)
	w.Want(fmt.Sprintf(`mutation { mergeFirms(input: {master: %q, others: [%q]}) { firm { name parentId branches { nodes { name } } } } }`, two, one), `"firm":{"name":"two","parentId":null,"branches":{"nodes":[{"name":"three"},{"name":"four"}]}}`)
}

// TestCollisionsOfLatest: of two records that would share a key the one changed last stays.
func TestCollisionsOfLatest(t *testing.T) {
	w, a, b, _ := town(t)
	w.Clock.Set(tenanttest.Start.Add(3 * time.Hour))
	w.Call(`mutation { updateBadges(inputs: [{id: "` + badge(w, "2") + `", patch: {number: "22"}}]) { badge { id } } }`)
	before := dump(t, w, false)
	w.Want(merge(a, quoted(b), `, collisions: KEEP_LATEST`), `"moved":`)
	w.Want(`{ badges(orderBy: [{number: ASC}]) { nodes { number personId } } }`, fmt.Sprintf(`{"nodes":[{"number":"22","personId":%q},{"number":"3","personId":%q}]}`, a, a))
	w.Want(`mutation { undoMerge(id: "merge_1") { merge { undoneAt } } }`, `"undoneAt":"2026-03-02T04:00:00Z"`)
	if after := dump(t, w, false); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// TestFurthestOn: of two records that would share a key the one that is further on stays, unless it
// is asked for otherwise; and a merge that names no master keeps the one furthest on, then the
// oldest.
func TestFurthestOn(t *testing.T) {
	w, a, b, _ := town(t)
	w.Call(`mutation { updateBadges(inputs: [{id: "` + badge(w, "2") + `", patch: {state: given}}]) { badge { id } } }`)
	for _, c := range []struct{ more, want string }{{"", `{"number":"2"},{"number":"3"}`}, {", collisions: KEEP_ADVANCED", `{"number":"2"},{"number":"3"}`}, {", collisions: KEEP_MASTER", `{"number":"1"},{"number":"3"}`}} {
		q := strings.Replace(merge(a, quoted(b), c.more), "person { name", "person { badges(orderBy: [{number: ASC}]) { nodes { number } } name", 1)
		w.Want(strings.Replace(q, "mergePeople(", "mergePeople(dryRun: true, ", 1), c.want)
	}
	master := func(kind string, ids ...string) string {
		got := w.Call(`mutation { merge` + kind + `(dryRun: true, input: {others: [` + quoted(ids...) + `]}) { merge { master } } }`)
		_, id, _ := strings.Cut(got, `"master":"`)
		id, _, _ = strings.Cut(id, `"`)
		if id == "" {
			t.Error(got)
		}
		return id
	}
	if got := master("People", b, a); got != a {
		t.Errorf("the oldest is %s, got %s", a, got)
	}
	one, two := badge(w, "1"), badge(w, "2")
	if got := master("Badges", one, two); got != two {
		t.Errorf("the one furthest on is %s, got %s", two, got)
	}
	w.Want(`mutation { mergePeople(input: {others: []}) { merge { master } } }`, `"code":"INVALID_INPUT"`)
	w.Want(`mutation { mergePeople(input: {others: [`+quoted(a)+`]}) { merge { master } } }`, `"code":"LIMIT_EXCEEDED"`)
}

func badge(w *tenanttest.Tenant, number string) string {
	got := w.Call(`{ badges(filter: {number: {eq: "` + number + `"}}) { nodes { id } } }`)
	_, id, _ := strings.Cut(got, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

// TestUndoMerge: a merge that is taken back leaves the store as it was, but for versions, stamps,
// history and logs.
func TestUndoMerge(t *testing.T) {
	w, a, b, _ := town(t)
	before := dump(t, w, false)
	w.Want(merge(a, quoted(b), `, otherwise: MOST_RECENT, fields: {tags: {policy: UNION}}`), `"merge_1"`)
	if dump(t, w, false) == before {
		t.Fatal("nothing was merged")
	}
	undo := `mutation { undoMerge(id: "merge_1"%s) { merge { id master others undoneAt } } }`
	w.Want(fmt.Sprintf(undo, `, dryRun: true`), `"undoneAt":"2026-03-02T03:00:00Z"`)
	w.Want(fmt.Sprintf(undo, `, idempotencyKey: "k"`), fmt.Sprintf(`"merge":{"id":"merge_1","master":%q,"others":[%q],"undoneAt":"2026-03-02T03:00:00Z"}`, a, b))
	if after := dump(t, w, false); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	w.Want(fmt.Sprintf(undo, `, idempotencyKey: "k"`), `"undoneAt":"2026-03-02T03:00:00Z"`)
	w.Want(fmt.Sprintf(undo, ``), `"code":"VALIDATION_FAILED"`)
	w.Want(fmt.Sprintf(`{ mergesOfPerson(id: %q) { id undoneAt } }`, a), `"undoneAt":"2026-03-02T03:00:00Z"`)
	w.Want(fmt.Sprintf(`{ person(id: %q) { visits history { verb } } }`, b), `{"visits":1,"history":[{"verb":"restore"},{"verb":"update"},{"verb":"delete"},{"verb":"create"}]}`)
	drift, err := w.Publish.Records.Reconcile(t.Context(), w.Publish.Tenant.Catalog().Object("person"), false)
	if err != nil || len(drift) > 0 {
		t.Error(drift, err)
	}
}

// TestUndoIsRefused: what was changed after a merge is not overwritten, and a merge cannot be taken
// back for ever.
func TestUndoIsRefused(t *testing.T) {
	undo := `mutation { undoMerge(id: "merge_1") { merge { id } } }`
	w, a, b, _ := town(t)
	w.Call(merge(a, quoted(b), `, otherwise: MOST_RECENT`))
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {status: "other"}) { person { id } } }`, a))
	w.Clock.Set(tenanttest.Start.Add(31 * 24 * time.Hour))
	w.Want(undo, `"code":"VALIDATION_FAILED"`)
	w.Clock.Set(tenanttest.Start.Add(24 * time.Hour))
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {note: "since"}) { person { id } } }`, a))
	w.Want(undo, `"code":"VERSION_CONFLICT"`)
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {note: "much longer"}) { person { id } } }`, a))
	w.Want(undo, `"merge_1"`) // it is as the merge left it, and what the merge did not touch stays
	w.Want(fmt.Sprintf(`{ person(id: %q) { note status } }`, a), `{"note":"short","status":"other"}`)
}

// TestMergePermissions: the master must be the caller's to change, the others to delete; fields
// that the caller may not read or write are not changed, and not told of.
func TestMergePermissions(t *testing.T) {
	all := access.Everything
	for _, c := range []struct {
		who        limited
		more, want string
	}{
		{limited{Profile: all, cannot: "person 3"}, "", `"code":"FORBIDDEN"`}, // delete
		{limited{Profile: all, cannot: "person 2"}, "", `"code":"FORBIDDEN"`}, // update
		{limited{Profile: all, hides: "note"}, `, otherwise: MOST_RECENT`, `"note"`},
		{limited{Profile: all, hides: "secret"}, `, fields: {visits: {policy: MAX}}`, `"code":"INVALID_INPUT"`},
	} {
		w, a, b, _ := town(t)
		q := merge(a, quoted(b), c.more)
		if c.who.hides == "note" {
			q = strings.Replace(q, " note ", " ", 1)
		}
		got := as(w, c.who, q)
		if c.who.hides == "note" {
			if strings.Contains(got, "note") || !strings.Contains(got, `"score":9`) {
				t.Error(got)
			}
			w.Want(fmt.Sprintf(`{ person(id: %q) { note } }`, a), `"note":"short"`)
			w.Want(fmt.Sprintf(`{ mergesOfPerson(id: %q) { fields } }`, a), `"score":"`+b+`"`)
		} else if !strings.Contains(got, c.want) {
			t.Errorf("%+v: got %s, want %s", c.who, got, c.want)
		}
	}
	w, a, b, _ := town(t)
	got := as(w, limited{Profile: all, fixes: "score"}, merge(a, quoted(b), `, otherwise: MOST_RECENT`))
	if !strings.Contains(got, `"score":5`) || !strings.Contains(got, `"note":"much longer"`) {
		t.Error(got)
	}
	if got := as(w, limited{Profile: all, hides: "note"}, `mutation { undoMerge(id: "merge_1") { merge { id } } }`); !strings.Contains(got, `"code":"FORBIDDEN"`) {
		t.Error("who may not write a field takes back what changed it:", got)
	}
	w, a, b, _ = town(t)
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {status: "theirs"}) { person { id } } }`, b))
	for _, q := range []string{merge(a, quoted(b), ""), merge(b, quoted(a), "")} {
		if got := as(w, limited{Profile: all}, q); !strings.Contains(got, `"code":"NOT_FOUND"`) {
			t.Error(got)
		}
	}
	w.Call(merge(a, quoted(b), `, otherwise: NON_EMPTY, fields: {status: {policy: MASTER}}`))
	who := limited{Profile: all}
	if got := as(w, who, fmt.Sprintf(`{ mergesOfPerson(id: %q) { master others fields } }`, a)); !strings.Contains(got, `"others":[],"fields":{}`) {
		t.Error("what the caller may not see is told of:", got)
	}
	if got := as(w, who, fmt.Sprintf(`{ mergesOfPerson(id: %q) { master } }`, b)); !strings.Contains(got, `"code":"NOT_FOUND"`) {
		t.Error(got)
	}
	if got := as(w, who, `mutation { undoMerge(id: "merge_1") { merge { id } } }`); !strings.Contains(got, `"code":"NOT_FOUND"`) {
		t.Error(got)
	}
	w.Want(`{ people { totalCount } }`, `"totalCount":1`)
}

// TestExternalIDs: records are found under the external ids of those that they took in, over
// several merges, until the merge is taken back.
func TestExternalIDs(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	var ids []string
	for i := range 3 {
		ids = append(ids, w.ID("Person", fmt.Sprintf(`name: "p%d", externalId: "erp:%d"`, i, i)))
	}
	o := w.Publish.Tenant.Catalog().Object("person")
	under := func(key string) string { // as imports find records
		op := record.Op{Verb: record.Upsert, Object: o, Key: map[string]any{"externalId": key}, Input: map[string]any{"note": "n"}, Existing: true}
		res, err := w.Publish.Records.Write(t.Context(), access.Everything, []record.Op{op}, record.Options{Atomic: true, Check: true})
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("person_%d", res[0].ID)
	}
	w.Call(merge(ids[1], quoted(ids[0]), ""))
	w.Call(merge(ids[2], quoted(ids[1]), ""))
	for i := range 3 {
		if got := under(fmt.Sprintf("erp:%d", i)); got != ids[2] {
			t.Errorf("erp:%d leads to %s, want %s", i, got, ids[2])
		}
	}
	w.Want(`mutation { undoMerge(id: "merge_2") { merge { id } } }`, `"merge_2"`)
	for i, want := range []string{ids[1], ids[1], ids[2]} {
		if got := under(fmt.Sprintf("erp:%d", i)); got != want {
			t.Errorf("erp:%d leads to %s, want %s", i, got, want)
		}
	}
	w.Call(fmt.Sprintf(`mutation { deletePerson(id: %q) { person { id } } }`, ids[2]))
	if got := under("erp:2"); !strings.Contains(got, "there is no person") {
		t.Errorf("a record in the recycle bin that no other took in is found: %s", got)
	}
}

// TestMergedAtOnce: of many merges of the same records at once, one happens.
func TestMergedAtOnce(t *testing.T) {
	w, a, b, _ := town(t)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			master, other := a, b
			if i%2 == 1 {
				master, other = b, a
			}
			w.Call(merge(master, quoted(other), ""))
		})
	}
	wg.Wait()
	w.Want(`{ people { totalCount } visits(filter: {host: {name: {isNull: false}}}) { totalCount } }`, `{"people":{"totalCount":1},"visits":{"totalCount":2}}`)
}

// TestMergeClosesCases: what stewards were to look at is settled by a merge, and open again when it
// is taken back.
func TestMergeClosesCases(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	one, two := w.ID("Firm", `name: "杭州海康威视数字技术有限公司"`), w.ID("Firm", `name: "海康威视数字技术"`)
	w.Want(`{ pairs { nodes { status } } }`, `"status":"open"`)
	w.Want(fmt.Sprintf(`mutation { mergeFirms(input: {master: %q, others: [%q]}) { firm { name } } }`, one, two), `"name"`)
	w.Want(`{ pairs { nodes { status } } }`, `"status":"merged"`)
	w.Want(`mutation { undoMerge(id: "merge_1") { merge { id } } }`, `"merge_1"`)
	w.Want(`{ pairs { nodes { status } } }`, `"status":"open"`)
}

// TestDuplicatesOf: duplicates of a record, and of values that are none yet, with how alike they
// are, among those that the caller may see.
func TestDuplicatesOf(t *testing.T) {
	w, a, b, _ := town(t)
	c := w.ID("Person", `name: "Ann C", phone: "+86 138 0013 8000", email: "x@example.com"`)
	list := `{ duplicatesOfPerson(%s) { record { id name } again: record { phone } rule score } }`
	w.Want(fmt.Sprintf(list, `id: "`+a+`"`), fmt.Sprintf(`{"duplicatesOfPerson":[{"record":{"id":%q,"name":"Ann C"},"again":{"phone":"+86 138 0013 8000"},"rule":"phone","score":"1.0000"}]}`, c))
	w.Want(fmt.Sprintf(list, `input: {email: "ANN@example.com", name: "Ann"}`), `"rule":"mail_and_name","score":"0.9767"`)
	w.Want(fmt.Sprintf(list, `input: {code: "A"}`), `"rule":"code"`)
	w.Want(fmt.Sprintf(list, `id: "`+b+`", input: {phone: "13800138000", email: null}`), `"rule":"phone"`)
	w.Want(fmt.Sprintf(list, `input: {name: "Ann"}`), `"duplicatesOfPerson":[]`)
	w.Want(fmt.Sprintf(list, `id: "person_1"`), `"code":"NOT_FOUND"`)
	w.Want(`{ duplicatesOfPerson { rule } }`, `"code":"INVALID_INPUT"`)
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {status: "theirs"}) { person { id } } }`, a))
	for _, x := range []struct {
		who         limited
		query, want string
	}{
		{limited{Profile: access.Everything}, fmt.Sprintf(list, `input: {phone: "13800138000"}`), `"duplicatesOfPerson":[{"record":{"id":"` + c + `"`},
		{limited{Profile: access.Everything}, fmt.Sprintf(list, `id: "`+a+`"`), `"code":"NOT_FOUND"`},
		{limited{Profile: access.Everything}, fmt.Sprintf(list, `input: {code: "A"}`), `"duplicatesOfPerson":[]`},
		{limited{Profile: access.Everything, hides: "email"}, `{ duplicatesOfPerson(input: {email: "x@example.com"}) { rule } }`, `"code":"INVALID_INPUT"`},
		{limited{Profile: access.Everything, hides: "email"}, fmt.Sprintf(`{ duplicatesOfPerson(id: %q) { rule } }`, c), `{"duplicatesOfPerson":[]}`},
	} {
		if got := as(w, x.who, x.query); !strings.Contains(got, x.want) {
			t.Errorf("%s: got %s, want %s", x.query, got, x.want)
		}
	}
}

var stamps = regexp.MustCompile(`^(version|updated_at|updated_by)$`)

// dump is all that the tables of the tenant's objects hold; without stamps unless they are asked for.
func dump(t *testing.T, w *tenanttest.Tenant, stamped bool) string {
	t.Helper()
	var b strings.Builder
	for _, o := range w.Publish.Tenant.Catalog().Objects {
		q := &driver.Query{Table: o.Table, Order: []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}}
		var names []string
		for _, f := range o.Fields {
			if f.Column != "" && (stamped || !stamps.MatchString(f.Name)) {
				names = append(names, f.Name)
				q.Select = append(q.Select, f.Col())
			}
		}
		st, err := w.DB.Prepare(q)
		if err != nil {
			t.Fatal(err)
		}
		err = w.DB.View(t.Context(), func(tx store.Tx) error {
			rows, err := tx.Query(t.Context(), st, nil)
			if err != nil {
				return err
			}
			for rows.Next() {
				fmt.Fprintf(&b, "%s", o.Name)
				for i, n := range names {
					v := rows.Value(i)
					fmt.Fprintf(&b, " %s=%d/%d/%q/%d", n, v.Kind(), v.Int(), v.Text(), v.Scale())
				}
				b.WriteByte('\n')
			}
			if err := rows.Err(); err != nil {
				return err
			}
			return rows.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestReferencesComeFromIndexes: what refers to a merged record is found without a look at all
// records, over references to one record, to one of several objects, and to many.
func TestReferencesComeFromIndexes(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	tenanttest.Needs(t, "explain")
	cat := w.Publish.Tenant.Catalog()
	kinds := map[string]int{}
	for _, o := range cat.Objects {
		for _, f := range o.Fields {
			if !record.Moves(f, cat.Object("person")) {
				continue
			}
			st, err := w.DB.Prepare(record.ReferringQuery(f))
			if err != nil {
				t.Fatal(err)
			}
			a, err := st.Explain(t.Context())
			if err != nil || a.Index == "" {
				t.Errorf("%s.%s: %+v, %v", o.Name, f.Name, a, err)
			}
			if f.Ref.Many && !strings.Contains(a.Text, "USING PRIMARY KEY (value=?)") {
				t.Errorf("%s.%s: %s", o.Name, f.Name, a.Text)
			}
			kinds[fmt.Sprint(f.Ref.Many, f.Ref.Polymorphic)]++
		}
	}
	if len(kinds) != 3 {
		t.Errorf("references are of the kinds %v", kinds)
	}
}

// TestTablesOfBefore: a table that lacks the index of references to many gets it when it is opened.
func TestTablesOfBefore(t *testing.T) {
	w, a, b, _ := town(t)
	o := w.Publish.Tenant.Catalog().Object("visit")
	i := slices.IndexFunc(o.Storage.Indexes, func(x driver.Index) bool { return x.Elements })
	if err := w.DB.Change(t.Context(), driver.DropIndex{Table: o.Table, Index: o.Storage.Indexes[i].Name}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := publish.Open(t.Context(), "main", w.DB, publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(nil), Clock: w.Clock, Zone: tenanttest.Zone, Log: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, table := range schemaOf(t, w) {
			for _, x := range table.Indexes {
				if x.Elements {
					found++
				}
			}
		}
		if found != 1 {
			t.Errorf("%d indexes over elements", found)
		}
	}
	w.Want(merge(a, quoted(b), ""), `"moved":6`)
	w.Want(`{ visits(orderBy: [{title: ASC}]) { nodes { guestIds } } }`, fmt.Sprintf(`{"nodes":[{"guestIds":[%q]},{"guestIds":[%q]}]}`, a, a))
}
