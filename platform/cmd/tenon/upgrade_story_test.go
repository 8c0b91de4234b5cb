package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// standardNames are the standard packages, in order of installation.
func standardNames(t *testing.T) (names []string) {
	t.Helper()
	std, err := packages.Standard()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range std {
		names = append(names, p.Name)
	}
	return names
}

// TestInstallStandardPackages: a new tenant has all of them, with their demo data, soon enough, without
// a word of warning, and there is nothing left to do.
func TestInstallStandardPackages(t *testing.T) {
	const most = 20 * time.Second
	names := standardNames(t)
	if len(names) != 7 {
		t.Fatalf("the standard packages are %v", names)
	}
	for _, demo := range [][]string{nil, {"--demo"}} {
		s := newShelf(t)
		began := time.Now()
		out := s.run(exitOK, slices.Concat([]string{"package", "install", "--yes", "--json"}, demo, names)...)
		took := time.Since(began)
		t.Logf("installing all %v took %v", demo, took)
		if took > most && !raced() {
			t.Errorf("installing all %v took %v, at most %v is promised", demo, took, most)
		}
		if strings.Contains(out, `"severity"`) {
			t.Errorf("installing all %v finds %s", demo, out)
		}
		var p publish.Proposal
		if err := json.Unmarshal([]byte(s.run(exitOK, append([]string{"plan", "--json"}, names...)...)), &p); err != nil {
			t.Fatal(err)
		}
		if len(p.Entries) > 0 || len(p.Findings) > 0 {
			t.Errorf("%d changes are left, and findings %+v", len(p.Entries), p.Findings)
		}
		for _, name := range names {
			s.says(exitOK, []string{"Nothing would change."}, "plan", name)
		}
	}
}

// upgradeStory is a tenant with the standard packages whose customer changed what one of them brings.
type upgradeStory struct {
	*dealerStory
	*shelf
	dealer string
}

func newUpgradeStory(t *testing.T) *upgradeStory {
	s := &upgradeStory{dealerStory: &dealerStory{saleStory: saleStory{leadStory: &leadStory{t: t, clock: clock.NewFixed(beijing(t, "2026-01-05 10:00:00")), admin: signedIn(ident.Principal{Name: "admin", Admin: true})}}}, shelf: newShelf(t)}
	s.in = opened(t, clock.NewSettable(s.clock))
	s.shelf.data = s.in.dir
	s.run(exitOK, append([]string{"package", "install", "--yes"}, standardNames(t)...)...)
	account := s.id("admin", `mutation { createAccount(input: {name: "杭州海纳机电有限公司", recordType: dealer}) { account { id } } }`)
	s.dealer = s.id("admin", `mutation { createDealer(input: {accountId: %q, status: active, creditLimit: 1000, deposit: 50}) { dealer { id } } }`, account)
	return s
}

// state is all that a caller can tell of the metadata: the files, the printed schema of the API, and what screens are told of dealers.
func (s *upgradeStory) state() map[string]string {
	s.shelf.t.Helper()
	out := map[string]string{}
	for _, pkg := range []string{"channel", "tenant"} {
		for p, text := range s.files(pkg) {
			out[pkg+"/"+p] = text
		}
	}
	out["schema"] = s.in.ask(s.shelf.t, s.admin, `{ __schema { types { name description fields { name type { name kind ofType { name } } } inputFields { name } enumValues { name description } } } }`, nil)
	out["meta"] = s.told()
	return out
}

// told is what screens are told of dealers.
func (s *upgradeStory) told() string {
	s.shelf.t.Helper()
	var of json.RawMessage
	if res := s.in.described(s.shelf.t, s.admin, "dealer", &of); res.Status != http.StatusOK {
		s.shelf.t.Fatalf("%d %s", res.Status, res.Body)
	}
	return string(of)
}

// records are the dealers, with every field that both versions have.
func (s *upgradeStory) records() string {
	s.shelf.t.Helper()
	return s.ask("admin", `{ dealers { nodes { id dealerNo name status creditLimit creditUsed creditAvailable deposit tier { code } updatedAt } } }`)
}

// customised: the customer calls a status something else and has one more, shows other figures at the head of a dealer, and is stricter with ends.
func (s *upgradeStory) customised() {
	s.write("tenant/tenon.json", tenantManifest)
	s.write("tenant/overlays/channel/objects/dealer/object.json", `{"set": {
		"fields.status.values.suspended.label.en": "On hold", "fields.status.values.dormant": {"code": "dormant", "label": {"en": "Dormant", "zh-CN": "休眠"}},
		"rules.terminated_owes_nothing.when": "status == 'terminated' and (credit_used > 0 or deposit > 0)"}}`)
	s.write("tenant/overlays/channel/objects/dealer/layouts/standard.json", `{"set": {"highlights": ["tier_id", "deposit"]}}`)
	s.run(exitOK, "apply", s.path("tenant"))
	s.keeps()
	s.holds(`"rule":"terminated_owes_nothing"`, "admin", `mutation { updateDealer(id: %q, patch: {status: terminated}) { dealer { id } } }`, s.dealer)
}

// keeps holds that what the customer changed of the picklist and the layout is there.
func (s *upgradeStory) keeps() {
	s.shelf.t.Helper()
	s.ask("admin", `mutation { a: updateDealer(id: %q, patch: {status: dormant}) { dealer { status } } b: updateDealer(id: %[1]q, patch: {status: active}) { dealer { status } } }`, s.dealer)
	for _, part := range []string{`"highlights":["tierId","deposit"]`, `"On hold"`, `"休眠"`} {
		if told := s.told(); !strings.Contains(told, part) {
			s.shelf.t.Errorf("%s is not what screens are told of a dealer: %s", part, told)
		}
	}
}

// next writes version 1.1 of the package: the same rule is changed, and a field is new.
func (s *upgradeStory) next() {
	std, err := packages.Standard()
	if err != nil {
		s.shelf.t.Fatal(err)
	}
	i := slices.IndexFunc(std, func(p packages.Package) bool { return p.Name == "channel" })
	if err := os.CopyFS(s.path("channel"), std[i].Files); err != nil {
		s.shelf.t.Fatal(err)
	}
	s.edit("channel/tenon.json", `"version": "0.1.0"`, `"version": "1.1.0"`)
	s.edit("channel/objects/dealer/object.json", `"status == 'terminated' and credit_used > 0"`, `"status == 'terminated' and (credit_used > 0 or rebate_balance < 0)"`)
	s.edit("channel/objects/dealer/object.json", `{"name": "contract_end",`, `{"name": "employees", "type": "int", "min": 0, "label": {"en": "Employees", "zh-CN": "员工数"}},
    {"name": "contract_end",`)
}

const dealerRule = "channel:objects/dealer/object.json#rules.terminated_owes_nothing.when"

// upgraded over the one conflict, which the customer settles.
func (s *upgradeStory) upgraded() {
	var p publish.Proposal
	if err := json.Unmarshal([]byte(s.run(exitFailed, "package", "upgrade", "--json", s.path("channel"))), &p); err != nil {
		s.shelf.t.Fatal(err)
	}
	if len(p.Conflicts) != 1 || p.Conflicts[0].Address() != dealerRule || len(p.Findings) != 1 || p.Findings[0].Code != "upgrade-conflict" {
		s.shelf.t.Fatalf("conflicts %+v, findings %+v", p.Conflicts, p.Findings)
	}
	if c := p.Conflicts[0]; !strings.Contains(string(c.Local), "deposit") || !strings.Contains(string(c.Vendor), "rebate_balance") || !strings.HasSuffix(string(c.Base), `and credit_used \u003e 0"`) {
		s.shelf.t.Errorf("the conflict tells %s, %s and %s", c.Base, c.Vendor, c.Local)
	}
	s.says(exitFailed, []string{"error[upgrade-conflict]"}, "package", "upgrade", "--yes", s.path("channel"))
	s.says(exitOK, []string{"+ object.dealer.field.employees"}, "package", "upgrade", "--settle", dealerRule+"=local", "--yes", s.path("channel"))
	s.says(exitOK, []string{"1.1.0"}, "package", "list")
	s.keeps()
	s.holds(`"rule":"terminated_owes_nothing"`, "admin", `mutation { updateDealer(id: %q, patch: {status: terminated}) { dealer { id } } }`, s.dealer)
	s.holds(`{"dealer":{"employees":12}}`, "admin", `mutation { updateDealer(id: %q, patch: {employees: 12}) { dealer { employees } } }`, s.dealer)
}

// TestUpgradeStory: a customer changed a picklist, a layout and a rule of a package. Its next version
// changes the same rule and adds a field: there is one conflict, the other two changes stay, and going
// back leaves the catalogue as it was and the data whole.
func TestUpgradeStory(t *testing.T) {
	s := newUpgradeStory(t)
	s.customised()
	before := s.state()
	s.next()
	s.upgraded()
	records := s.records()

	s.says(exitFailed, []string{"- object.dealer.field.employees", "loses data"}, "rollback", "--apply", "2") // the number that was entered
	s.says(exitOK, []string{"- object.dealer.field.employees"}, "rollback", "--apply", "--allow-destructive", "2")
	after := s.state()
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s was\n%s\nand is\n%s", name, before[name], after[name])
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files were, %d are", len(before), len(after))
	}
	if now := s.records(); now != records {
		t.Errorf("the records were\n%s\nand are\n%s", records, now)
	}
	s.keeps()
	s.says(exitOK, []string{"Nothing would change."}, "plan", "channel")
	s.says(exitOK, []string{"Nothing would change."}, "plan", filepath.Join(s.dir, "tenant"))

	// Up again, with the vendor's rule: a dealer with a deposit may end now.
	s.says(exitOK, nil, "package", "upgrade", "--settle", dealerRule+"=vendor", "--yes", s.path("channel"))
	s.keeps()
	s.holds(`{"dealer":{"employees":null}}`, "admin", `{ dealer(id: %q) { employees } }`, s.dealer)
	s.ask("admin", `mutation { updateDealer(id: %q, patch: {status: terminated}) { dealer { id } } }`, s.dealer)
}
