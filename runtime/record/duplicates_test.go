package record_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// limited sees the people without a status alone, and may not read some fields, nor write others.
type limited struct {
	access.Profile
	hides, fixes, cannot string
}

func (l limited) Key() string { return "limited" + l.hides + "/" + l.fixes + "/" + l.cannot }

func (l limited) Rows(o *catalog.Object, op access.Op, bind access.Bind) driver.Expr {
	if o.Name != "person" {
		return nil
	}
	return driver.IsNull{Arg: o.Field("status").Col()}
}

func (l limited) CanRead(f *catalog.Field) bool  { return f.Name != l.hides }
func (l limited) CanWrite(f *catalog.Field) bool { return f.Name != l.hides && f.Name != l.fixes }
func (l limited) Can(o *catalog.Object, op access.Op) bool {
	return l.cannot != fmt.Sprintf("%s %d", o.Name, op)
}

func as(w *tenanttest.Tenant, p access.Profile, query string) string {
	return w.As(p, ident.Principal{UserID: 7, Name: "u"}, query)
}

func person(input string) string {
	return `mutation { createPerson(input: {` + input + `}) { person { name } warnings { rule field message records } } }`
}

// TestDuplicatesAreBlocked: a record with the key of another is refused at every way in, unless it
// is the same record.
func TestDuplicatesAreBlocked(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	ann := w.ID("Person", `name: "Ann", code: "A1"`)
	bob := w.ID("Person", `name: "Bob", code: "B1"`)
	refused := `"extensions":{"code":"DUPLICATE","details":{"records":["` + ann + `"]},"field":"code","message_en":"The code is taken.","message_zh":"编码已存在。","rule":"code"}`
	w.Want(person(`name: "X", code: "A1"`), refused)
	w.Want(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {code: "A1"}) { person { name } } }`, bob), refused)
	w.Want(`mutation { createFirm(input: {name: "F", people: {create: [{name: "X", code: "A1"}]}}) { firm { name } } }`, `"code":"DUPLICATE"`)
	got := w.Call(`mutation { createPeople(atomic: false, inputs: [{name: "X", code: "X1"}, {name: "Y", code: "A1"}, {name: "Z", code: "X1"}]) { person { name } errors { code rule details } } }`)
	if !strings.Contains(got, `{"createPeople":[{"person":{"name":"X"},"errors":null},{"person":null,"errors":[{"code":"DUPLICATE","rule":"code","details":{"records":["`+ann+`"]}}]},{"person":null,"errors":[{"code":"DUPLICATE"`) {
		t.Error(got)
	}
	w.Want(`mutation { createPeople(inputs: [{name: "V", code: "V1"}, {name: "W", code: "V1"}]) { person { name } } }`, `"code":"DUPLICATE"`) // within one batch
	w.Want(`{ people(filter: {code: {eq: "V1"}}) { totalCount } }`, `"totalCount":0`)
	w.Want(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {note: "n", code: "A1"}) { person { note } } }`, ann), `"note":"n"`)
	w.Want(fmt.Sprintf(`mutation { deletePerson(id: %q) { person { name } } }`, ann), `"name":"Ann"`)
	w.Want(person(`name: "X", code: "A1"`), `"name":"X"`) // what is in the recycle bin does not count
	w.Want(person(`name: "No code"`), `"name":"No code"`)
	w.Want(person(`name: "No code"`), `"name":"No code"`) // nothing is like nothing
}

// TestBlockedConcurrently: of many who bring the same record at once, one gets in.
func TestBlockedConcurrently(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() { w.Call(person(fmt.Sprintf(`name: "P%d", code: "one"`, i))) })
	}
	wg.Wait()
	w.Want(`{ people { totalCount } }`, `"totalCount":1`)
}

// TestDuplicatesWarn: who writes a record is told of those that are likely to be the same, by the
// normal form of a value, by several fields with weights, and only where the rule's condition holds.
func TestDuplicatesWarn(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	ann := w.ID("Person", `name: "Martha", phone: "+86 138-0013-8000 转 12", email: "Ann@Example.com"`)
	none := `"warnings":[]`
	phone := `"warnings":[{"rule":"phone","field":"phone","message":"Somebody has this phone.","records":["` + ann + `"]}]`
	mail := `{"rule":"mail_and_name","field":"email","message":"there is a record of person already that is likely to be the same","records":["` + ann + `"]}`
	w.Want(person(`name: "A", phone: "0086 138 0013 8000"`), phone)
	w.Want(person(`name: "B", phone: "13900139000"`), none)
	w.Want(person(`name: "C", phone: "13800138000", status: "test"`), none)
	w.Want(person(`name: "Marhta", email: "ann@example.com "`), `"warnings":[`+mail+`]`) // (3·1 + 0.9611) / 4
	w.Want(person(`name: "Zed", email: "ann@example.com"`), none)                        // (3·1 + 0) / 4
	w.Want(person(`name: "Martha", email: "ann@example.org"`), none)                     // the e-mail must be the same
	w.Want(`{ people(filter: {phone: {isNull: false}}) { totalCount } }`, `"totalCount":4`)
	got := w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {note: "x"}) { warnings { rule } } }`, ann))
	if !strings.Contains(got, none) {
		t.Error("a change of something else looks for duplicates:", got)
	}
	w.Want(`mutation { createPerson(dryRun: true, input: {name: "D", phone: "13800138000"}) { warnings { rule records } } }`, `"rule":"phone"`)
}

// TestManyDuplicates: of many records that are the same, so many are told of.
func TestManyDuplicates(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	for i := range 25 {
		w.ID("Person", fmt.Sprintf(`name: "P%d", phone: "13800138000"`, i))
	}
	if n := strings.Count(w.Call(person(`name: "X", phone: "13800138000"`)), `"person_`); n != 20 {
		t.Errorf("%d records are told of", n)
	}
}

// TestHiddenDuplicates: records that a caller may not see are not told of, nor which record it is
// to those who may not read what is compared.
func TestHiddenDuplicates(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	w.ID("Person", `name: "Hidden", phone: "13800138000", code: "H", status: "theirs"`)
	mine := w.ID("Person", `name: "Mine", phone: "13900139000", code: "M"`)
	who := limited{Profile: access.Everything}
	for _, c := range []struct {
		who         limited
		input, want string
	}{
		{who, `name: "A", phone: "13800138000"`, `"warnings":[]`},
		{who, `name: "B", code: "H"`, `"details":{"records":[]}`},
		{who, `name: "C", code: "M"`, `"details":{"records":["` + mine + `"]}`},
		{who, `name: "D", phone: "13900139000"`, `"records":["` + mine + `"]`},
		{limited{Profile: access.Everything, hides: "status"}, `name: "E", phone: "13900139000"`, `"rule":"phone","field":"phone","message":"Somebody has this phone.","records":[]`},
	} {
		got := as(w, c.who, person(c.input))
		if !strings.Contains(got, c.want) || strings.Contains(got, "Hidden") {
			t.Errorf("%s: got %s, want %s", c.input, got, c.want)
		}
	}
}

// TestDuplicatesAreQueued: a case is kept for each pair, once, with how alike they are: rule N12's
// worked examples.
func TestDuplicatesAreQueued(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	var ids []string
	for _, name := range []string{"深圳市大疆创新科技有限公司", "大疆创新科技深圳公司", "杭州海康威视数字技术股份有限公司", "海康威视数字技术", "别的公司"} {
		ids = append(ids, w.ID("Firm", `name: "`+name+`"`))
	}
	want := fmt.Sprintf(`{"data":{"pairs":{"nodes":[{"objectName":"firm","recordA":%q,"recordB":%q,"ruleCode":"name","score":"0.8000","status":"open"},{"objectName":"firm","recordA":%q,"recordB":%q,"ruleCode":"name","score":"0.8750","status":"open"}]}}}`, ids[0], ids[1], ids[2], ids[3])
	list := `{ pairs(orderBy: [{score: ASC}]) { nodes { objectName recordA recordB ruleCode score status } } }`
	if got := w.Call(list); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.Call(`mutation { updatePairs(inputs: [` + pairsPatch(w) + `]) { pair { id } } }`)
	for _, name := range []string{"大疆创新科技深圳", "大疆创新科技深圳公司"} {
		w.Call(fmt.Sprintf(`mutation { updateFirm(id: %q, patch: {name: %q}) { firm { id } } }`, ids[1], name))
	}
	if got, want := w.Call(list), strings.ReplaceAll(want, `"open"`, `"not_dup"`); got != want {
		t.Errorf("what stewards decided is not remembered: got %s, want %s", got, want)
	}
}

// TestNotTheSame: what stewards said is not the same is neither warned of nor refused nor listed.
func TestNotTheSame(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	a, b := w.ID("Person", `name: "Ann", phone: "13800138000", code: "A"`), w.ID("Person", `name: "Bob"`)
	same := fmt.Sprintf(`mutation { updatePerson(id: %q, dryRun: true, patch: {phone: "13800138000"}) { warnings { rule } } }`, b)
	taken := fmt.Sprintf(`mutation { updatePerson(id: %q, dryRun: true, patch: {code: "A"}) { warnings { rule } } }`, b)
	w.Want(same, `"rule":"phone"`)
	w.Want(taken, `"code":"DUPLICATE"`)
	w.ID("Pair", fmt.Sprintf(`objectName: "person", recordA: %q, recordB: %q, ruleCode: "phone", status: not_dup`, min(a, b), max(a, b)))
	w.Want(same, `"warnings":[]`)
	w.Want(taken, `"warnings":[]`)
	w.Want(person(`name: "C", phone: "13800138000"`), `"rule":"phone"`)
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {phone: "13800138000"}) { warnings { rule } } }`, b))
	got := w.Call(fmt.Sprintf(`{ duplicatesOfPerson(id: %q) { record { name } } }`, a))
	if !strings.Contains(got, `"C"`) || strings.Contains(got, `"Bob"`) {
		t.Error(got)
	}
}

// TestRestoredDuplicates: a record cannot come back from the recycle bin beside one that took its
// place.
func TestRestoredDuplicates(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	a := w.ID("Person", `name: "Ann", code: "A"`)
	w.Call(fmt.Sprintf(`mutation { deletePerson(id: %q) { person { id } } }`, a))
	b := w.ID("Person", `name: "Bob", code: "A"`)
	restore := fmt.Sprintf(`mutation { restorePerson(id: %q) { person { name } } }`, a)
	w.Want(restore, `"code":"DUPLICATE"`)
	w.Call(fmt.Sprintf(`mutation { updatePerson(id: %q, patch: {code: "B"}) { person { id } } }`, b))
	w.Want(restore, `"name":"Ann"`)
}

// pairsPatch says of every case that the two are not the same.
func pairsPatch(w *tenanttest.Tenant) string {
	var out []string
	for _, part := range strings.Split(w.Call(`{ pairs { nodes { id } } }`), `"id":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		out = append(out, fmt.Sprintf(`{id: %q, patch: {status: not_dup}}`, id))
	}
	return strings.Join(out, ", ")
}

// TestKeysAreNobodysToSee: the stored keys of the rules are in no part of the API, no history and
// no event.
func TestKeysAreNobodysToSee(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	id := w.ID("Person", `name: "Ann", phone: "+86 13800138000"`)
	sdl, err := w.Graph.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	history := w.Call(fmt.Sprintf(`{ person(id: %q) { history { changes } } }`, id))
	for where, text := range map[string]string{"the schema": sdl, "the history": history} {
		if strings.Contains(strings.ToLower(text), "match_") || strings.Contains(text, "match") && where == "the history" {
			t.Errorf("%s has a key: %s", where, text)
		}
	}
}

// TestKeysAreReconciled: a stored key that is not what it should be is found and mended.
func TestKeysAreReconciled(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	w.ID("Person", `name: "Ann", phone: "13800138000"`)
	o := w.Publish.Tenant.Catalog().Object("person")
	col := o.Duplicates[1].Keys[0].Field.Column
	err := w.DB.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.UpdateWhere(t.Context(), o.Table, nil, nil, []string{col}, []value.Value{value.Text("wrong")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	drift, err := w.Publish.Records.Reconcile(t.Context(), o, true)
	if err != nil || len(drift) != 1 || drift[0].Right != `"13800138000"` {
		t.Error(drift, err)
	}
	w.Want(person(`name: "Bob", phone: "13800138000"`), `"rule":"phone"`)
}

// TestCandidatesComeFromIndexes: what is compared with a record is found by the index of a key,
// in its order, on a store of 100,000 records.
func TestCandidatesComeFromIndexes(t *testing.T) {
	w := tenanttest.Open(t, "testdata", "same")
	tenanttest.Needs(t, "explain")
	n := 100_000
	if testing.Short() {
		n = 2_000
	}
	o := w.Publish.Tenant.Catalog().Object("person")
	fill(t, w, o, n)
	keys := 0
	for _, x := range o.Duplicates {
		for _, k := range x.Keys {
			keys++
			st, err := w.DB.Prepare(record.CandidateQuery(k))
			if err != nil {
				t.Fatal(err)
			}
			a, err := st.Explain(t.Context())
			if err != nil || a.Index != k.Index || a.Sorts {
				t.Errorf("%s: %+v, %v; want the index %s", x.Name, a, err, k.Index)
			}
		}
	}
	if keys != 3 {
		t.Errorf("%d keys are looked at", keys)
	}
	w.Want(person(`name: "New", phone: "138 0000 0500", email: "p7@example.com", code: "new"`), `{"rule":"phone","field":"phone","message":"Somebody has this phone.","records":["person_501"]}`)
	w.Want(person(`name: "New", code: "C77"`), `"details":{"records":["person_78"]}`)
}

// fill writes people straight into the store: 1 is p0, with the phone 13800000000 and the code C0.
func fill(t *testing.T, w *tenanttest.Tenant, o *catalog.Object, n int) {
	t.Helper()
	cols := []string{"id", o.Field(catalog.Version).Column, o.Field("name").Column, o.Field("phone").Column, o.Field("code").Column}
	for _, x := range o.Duplicates[1:] {
		cols = append(cols, x.Keys[0].Field.Column)
	}
	for from := 0; from < n; from += 10_000 {
		err := w.DB.Update(t.Context(), func(tx store.Tx) error {
			var rows [][]value.Value
			for i := from; i < min(n, from+10_000); i++ {
				phone, mail := fmt.Sprintf("138%08d", i), fmt.Sprintf("p%d@example.com", i)
				rows = append(rows, []value.Value{value.Ref(int64(i + 1)), value.Int(1), value.Text(fmt.Sprintf("p%d", i)), value.Text(phone), value.Text(fmt.Sprintf("C%d", i)), value.Text(phone), value.Text(mail)})
			}
			return tx.Insert(t.Context(), o.Table, cols, rows...)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPublishedRule: a publish keeps the keys of a new rule with the records that are there, keeps
// them again when the rule computes them otherwise, and drops them with the rule.
func TestPublishedRule(t *testing.T) {
	bundle := func(rules string) publish.Bundle {
		b := publish.Bundle{"p": {"tenon.json": []byte(`{"name": "p", "version": "1.0.0", "label": "P"}`),
			"objects/part/object.json": []byte(`{"name": "part", "label": "Part", "fields": [{"name": "name", "type": "text"}, {"name": "size", "type": "int"}]}`)}}
		if rules != "" {
			b["p"]["duplicates/part.json"] = []byte(`{"object": "part", "rules": [` + rules + `]}`)
		}
		return b
	}
	rule := func(key string) string {
		return `{"name": "same", "keys": ["` + key + `"], "match": [{"field": "name", "method": "prefix", "length": 2}, {"field": "size"}], "action": "block"}`
	}
	w := tenanttest.OpenBundle(t, bundle(""))
	w.ID("Part", `name: "bolt", size: 3`)
	create := `mutation { createPart(dryRun: true, input: {name: "bonnet", size: 3}) { part { name } } }`
	for _, c := range []struct{ rules, entries, want string }{
		{rule("LEFT(name, 3)"), "+ object.part.duplicate.same, + object.part.duplicate.same 1", `"name":"bonnet"`}, // bol, bon
		{rule("LEFT(name, 1)"), "~ object.part.duplicate.same, ~ object.part.duplicate.same 1", `"code":"DUPLICATE"`},
		{"", "- object.part.duplicate.same", `"name":"bonnet"`},
	} {
		p, err := w.Publish.Propose(t.Context(), bundle(c.rules), nil)
		if err != nil || p.Findings.HasErrors() {
			t.Fatal(err, p.Findings)
		}
		var got []string
		for _, e := range p.Entries {
			s := string(e.Op) + " " + e.Address.String()
			if e.Count != nil {
				s += fmt.Sprintf(" %d", *e.Count)
			}
			got = append(got, s)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != c.entries {
			t.Errorf("got %v, want %s", got, c.entries)
		}
		if err := w.Apply(bundle(c.rules)); err != nil {
			t.Fatal(err)
		}
		w.Want(create, c.want)
	}
	for _, table := range schemaOf(t, w) {
		for _, col := range table.Columns {
			if strings.HasPrefix(col.Name, "match") {
				t.Errorf("%s still has %s", table.Name, col.Name)
			}
		}
	}
}

func schemaOf(t *testing.T, w *tenanttest.Tenant) []driver.Table {
	t.Helper()
	tables, err := w.DB.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// TestActionsAreHeldToDuplicateRules: so are records that an action's steps write, and a change of
// the stage alone is a plan of its own.
func TestActionsAreHeldToDuplicateRules(t *testing.T) {
	bundle := func(stage string) publish.Bundle {
		return publish.Bundle{"p": {"tenon.json": []byte(`{"name": "p", "version": "1.0.0", "label": "P"}`),
			"objects/part/object.json": []byte(`{"name": "part", "label": "Part", "fields": [{"name": "name", "type": "text"},
				{"name": "state", "type": "picklist", "values": [{"code": "new", "label": "New"}, {"code": "old", "label": "Old"}]}]}`),
			"objects/part/actions/copy.json": []byte(`{"name": "copy", "label": "Copy", "input": [{"name": "as", "type": "text"}], "steps": [{"create": "part", "set": {"name": "input.as"}}]}`),
			"duplicates/part.json":           []byte(`{"object": "part"` + stage + `, "rules": [{"name": "same", "keys": ["name"], "match": [{"field": "name"}], "action": "block"}]}`)}}
	}
	w := tenanttest.OpenBundle(t, bundle(""))
	id := w.ID("Part", `name: "bolt"`)
	w.Want(fmt.Sprintf(`mutation { partCopy(id: %q, input: {as: "bolt"}) { part { name } } }`, id), `"code":"DUPLICATE"`)
	w.Want(fmt.Sprintf(`mutation { partCopy(id: %q, input: {as: "nut"}) { part { name } } }`, id), `"name":"bolt"`)
	w.Want(`{ parts { totalCount } }`, `"totalCount":2`)
	p, err := w.Publish.Propose(t.Context(), bundle(`, "stage": "state"`), nil)
	if err != nil || p.Findings.HasErrors() || len(p.Entries) != 1 || p.Entries[0].Address.String() != "object.part.stage" {
		t.Error(err, p.Findings, p.Entries)
	}
}
