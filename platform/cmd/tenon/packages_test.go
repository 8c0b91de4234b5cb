package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/runtime/publish"
)

// shelf is a folder of packages, and a data directory to install them in.
type shelf struct {
	t         *testing.T
	dir, data string
}

func newShelf(t *testing.T) *shelf {
	return &shelf{t, t.TempDir(), t.TempDir()}
}

func (s *shelf) path(name string) string { return filepath.Join(s.dir, name) }

func (s *shelf) write(file, text string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(file)), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.path(file), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// edit replaces text in a file, which must have it.
func (s *shelf) edit(file, old, new string) {
	s.t.Helper()
	b, err := os.ReadFile(s.path(file))
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		s.t.Fatalf("%s has no %q", file, old)
	}
	s.write(file, strings.Replace(string(b), old, new, 1))
}

// run calls a verb on the data directory, which must end with code.
func (s *shelf) run(code int, args ...string) string {
	s.t.Helper()
	out, errs, got := call(append([]string{args[0], "--data", s.data}, args[1:]...)...)
	if got != code {
		s.t.Fatalf("tenon %s: exit code %d\n%s%s", strings.Join(args, " "), got, out, errs)
	}
	return out + errs
}

// says calls a verb and looks for texts in what it prints.
func (s *shelf) says(code int, want []string, args ...string) {
	s.t.Helper()
	out := s.run(code, args...)
	for _, w := range want {
		if !strings.Contains(out, w) {
			s.t.Errorf("tenon %s: %q is not in\n%s", strings.Join(args, " "), w, out)
		}
	}
}

// rule is the condition of a rule of an object, as the API would run it.
func (s *shelf) files(pkg string) map[string]string {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), pkg)
	s.run(exitOK, "pull", "--package", pkg, "--out", dir)
	files, err := publish.ReadFiles(os.DirFS(dir))
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for p, b := range files {
		out[p] = string(b)
	}
	return out
}

// TestGuide does what the guide for partners says, block by block, in one shell.
func TestGuide(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("the guide uses bash")
	}
	var script strings.Builder
	inside := false
	for line := range strings.Lines(readFile(t, "../../../plugins/packages/GUIDE.md")) {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.HasPrefix(line, "```sh")
		case inside:
			script.WriteString(line)
		}
	}
	dir := t.TempDir()
	install(t, dir)
	cmd := exec.Command("bash", "-e", "-o", "pipefail", "-c", "export PATH=\"$PWD/bin:$PATH\"\n"+script.String())
	cmd.Dir = dir
	b, err := cmd.CombinedOutput()
	out := string(b)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"6 passed, 0 failed", "signed by", "+ object.vehicle", "is active: 6 changes", "Fleet care", "error[upgrade-conflict]", "rules.grounded_has_no_date.when",
		"+ object.vehicle.field.mileage", "- object.vehicle.field.mileage", "3 demo records were removed", "- object.vehicle [destructive]"} {
		if !strings.Contains(out, want) {
			t.Errorf("the guide printed no %q:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "error["); n != 1 {
		t.Errorf("the guide printed %d errors, the conflict is to be the one:\n%s", n, out)
	}
}

// TestPackageLifecycle goes with a package through its life: made, tested, packed, signed, installed,
// changed by the customer, upgraded over a conflict, rolled back, and uninstalled.
func TestPackageLifecycle(t *testing.T) {
	s := newShelf(t)
	s.says(exitOK, []string{"6 files"}, "package", "new", "--out", s.path("fleet"), "fleet")
	s.says(exitUsage, nil, "package", "new", "--out", s.path("x"), "No Name")
	s.says(exitFailed, nil, "package", "new", "--out", s.path("fleet"), "fleet")
	if out, _, code := call("test", s.path("fleet")); code != exitOK {
		t.Fatalf("the skeleton's own cases: %s", out)
	}

	key := strings.TrimSpace(s.run(exitOK, "package", "key", s.path("vendor.key")))
	archive := s.path("fleet-0.1.0.tenon")
	s.says(exitOK, []string{key}, "package", "build", "--key", s.path("vendor.key"), "--out", archive, s.path("fleet"))
	first, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	s.run(exitOK, "package", "build", "--key", s.path("vendor.key"), "--out", archive, s.path("fleet"))
	if again, err := os.ReadFile(archive); err != nil || string(again) != string(first) {
		t.Error("two builds of the same files differ")
	}
	s.write("broken.tenon", string(first[:len(first)-40])+strings.Repeat("x", 40))
	s.says(exitFailed, []string{"refused"}, "package", "install", s.path("broken.tenon"))
	other := strings.TrimSpace(s.run(exitOK, "package", "key", s.path("other.key")))
	s.says(exitFailed, []string{"not signed by a key that you trust"}, "package", "install", "--trust", other, archive)

	s.says(exitFailed, []string{"platform-base"}, "package", "install", archive) // which it requires
	s.run(exitOK, "package", "install", "--yes", "../../../plugins/packages/platform-base")
	s.says(exitOK, []string{"+ object.fleet", "--yes"}, "package", "install", "--trust", key, archive)
	s.says(exitOK, []string{"is active"}, "package", "install", "--trust", key, "--yes", "--demo", archive)
	s.says(exitFailed, []string{"installed already"}, "package", "install", archive)
	s.says(exitFailed, []string{"not older"}, "package", "upgrade", archive)
	s.says(exitOK, []string{"platform-base", "fleet"}, "package", "list")
	s.says(exitOK, []string{"Nothing would change"}, "plan", s.path("fleet"))

	// The customer changes a choice, a label and the rule; the next version changes the rule, too,
	// and adds a field.
	const file = "objects/fleet/object.json"
	s.write("tenant/tenon.json", tenantManifest)
	s.write("tenant/overlays/fleet/"+file, `{"set": {
		"fields.status.values.done.label.en": "Closed", "label.en": "Vehicle", "rules.amount_not_negative.when": "amount < 5"}}`)
	s.run(exitOK, "apply", s.path("tenant"))
	s.edit("fleet/tenon.json", `"0.1.0",`, `"0.2.0",`)
	s.edit("fleet/"+file, `"amount < 0"`, `"amount < 1"`)
	s.edit("fleet/"+file, `{"name": "due",`, `{"name": "plate", "type": "text", "label": {"en": "Plate", "zh-CN": "车牌"}}, {"name": "due",`)
	s.edit("fleet/"+file, `"en": "Open"`, `"en": "Running"`)

	const at = "fleet:" + file + "#rules.amount_not_negative.when"
	var plan publish.Proposal
	if err := json.Unmarshal([]byte(s.run(exitFailed, "package", "upgrade", "--json", s.path("fleet"))), &plan); err != nil {
		t.Fatal(err)
	}
	if len(plan.Conflicts) != 1 || plan.Conflicts[0].Address() != at || len(plan.Findings) != 1 || plan.Findings[0].Code != "upgrade-conflict" {
		t.Fatalf("conflicts %+v, findings %+v", plan.Conflicts, plan.Findings)
	}
	s.says(exitFailed, []string{"tenant/overlays/fleet/" + file, "local keeps yours", at}, "package", "upgrade", "--yes", s.path("fleet"))
	s.says(exitFailed, []string{"no conflict at"}, "package", "upgrade", "--settle", at+"=local,"+at+"2=vendor", s.path("fleet"))
	s.says(exitUsage, nil, "package", "upgrade", "--settle", at+"=mine", s.path("fleet"))
	s.says(exitOK, []string{"+ object.fleet.field.plate"}, "package", "upgrade", "--settle", at+"=local", "--yes", s.path("fleet"))
	if own := s.files("tenant")["overlays/fleet/"+file]; !strings.Contains(own, "amount < 5") || !strings.Contains(own, "Closed") {
		t.Errorf("the customer's changes are now %s", own)
	}

	// Back to the revision before, and up again with the vendor's rule.
	s.says(exitOK, []string{"- object.fleet.field.plate"}, "rollback", "--apply", "--allow-destructive", "3")
	s.says(exitOK, nil, "package", "upgrade", "--settle", at+"=vendor", "--yes", s.path("fleet"))
	if own := s.files("tenant")["overlays/fleet/"+file]; strings.Contains(own, "amount <") || !strings.Contains(own, "Closed") || !strings.Contains(own, "Vehicle") {
		t.Errorf("the customer's changes are now %s", own)
	}

	// Cases and demo data can be changed, too. Neither is a part of what serves, which starts without them;
	// what a package says of itself is not the customer's to change.
	s.write("tenant/overlays/fleet/"+file, s.files("tenant")["overlays/fleet/"+file])
	s.write("tenant/overlays/fleet/data/10-demo.json", `{"set": {"records.first.values.name": "Our first", "records.third": {"key": "third", "values": {"name": "Third"}}}}`)
	s.write("tenant/overlays/fleet/tests/fleet.json", `{"set": {"given.one.values.name": "Uno"}}`)
	s.run(exitOK, "apply", s.path("tenant"))
	s.says(exitOK, []string{"Nothing would change"}, "plan", s.path("fleet"))
	s.says(exitOK, []string{"Nothing would change"}, "plan", s.path("tenant"))
	s.write("tenant/overlays/fleet/tenon.json", `{"set": {"version": "9.0.0"}}`)
	s.says(exitFailed, []string{"error[not-extensible]", "tenant/overlays/fleet/tenon.json", "cannot be changed"}, "plan", s.path("tenant"))
	if err := os.Remove(s.path("tenant/overlays/fleet/tenon.json")); err != nil {
		t.Fatal(err)
	}

	// What another package needs is not uninstalled without it, and data is counted.
	s.write("wash/tenon.json", `{"name": "wash", "version": "1.0.0", "label": {"en": "Wash", "zh-CN": "洗车"}, "requires": {"fleet": "^0.2.0"}}`)
	s.write("wash/extend/fleet.json", `{"object": "fleet", "fields": [{"name": "washed", "type": "date"}]}`)
	s.run(exitOK, "package", "install", "--yes", s.path("wash"))
	s.says(exitFailed, []string{"needed by wash"}, "package", "uninstall", "fleet")
	s.says(exitFailed, []string{"is changed here"}, "package", "uninstall", "--with-dependants", "fleet") // the overlay
	s.says(exitOK, []string{"2 demo records"}, "package", "remove-demo", "fleet")
	s.says(exitOK, []string{"0 demo records"}, "package", "remove-demo", "fleet")
	s.says(exitFailed, []string{"no package nothing"}, "package", "remove-demo", "nothing")
}

// TestEarlierPlanFile: a plan file that holds its packages as earlier versions wrote them is refused, and not taken for one
// without packages.
func TestEarlierPlanFile(t *testing.T) {
	s := newShelf(t)
	s.write("fleet/tenon.json", `{"format": 1, "name": "fleet", "version": "1.0.0", "label": {"en": "Fleet", "zh-CN": "车队"}, "locales": ["en", "zh-CN"]}`)
	s.run(exitOK, "plan", "--out", s.path("plan.json"), s.path("fleet"))
	b, err := os.ReadFile(s.path("plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p map[string]any
	if err := json.Unmarshal(b, &p); err != nil || p["packed"] == nil {
		t.Fatalf("the plan has no packages (%v): %.300s", err, b)
	}
	delete(p, "packed")
	p["packages"] = map[string]any{"fleet": map[string]any{"tenon.json": "{}"}}
	if b, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	s.write("old.json", string(b))
	s.says(exitFailed, []string{"INVALID_INPUT", "earlier version"}, "apply", s.path("old.json"))
	s.says(exitOK, []string{"is active"}, "apply", s.path("plan.json"))
}
