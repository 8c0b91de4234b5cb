package publish_test

import (
	"maps"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/packages"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// TestStartJudgesNothingAnew: what was published serves after a start, whatever the checks would say by now;
// the next publish asks them.
func TestStartJudgesNothingAnew(t *testing.T) {
	files := map[string][]byte{"tenon.json": []byte(`{"name": "tenant", "version": "1.0.0", "label": {"en": "Ours", "zh-CN": "自有"}}`),
		"objects/note/object.json": []byte(`{"name": "note", "label": {"en": "Note", "zh-CN": "便签"}, "fields": [{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}}]}`)}
	w := tenanttest.OpenBundle(t, publish.Bundle{"tenant": files})
	asked := 0
	refuse := func(*catalog.Catalog, func(*catalog.Approval, string) diag.Pos) (found diag.List) {
		asked++
		found.Errorf("too-busy", "x", diag.Pos{}, diag.Textf("too busy", "过忙"))
		return found
	}
	s, err := publish.Open(t.Context(), "main", w.DB, publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(nil), Clock: w.Clock, Zone: tenanttest.Zone, Checks: []resolve.Check{refuse}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Tenant.Catalog().Object("note") == nil {
		t.Error("what was published does not serve")
	}
	was := asked
	files["objects/note/object.json"] = []byte(`{"name": "note", "label": {"en": "Notes", "zh-CN": "便签"}, "fields": [{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}}]}`)
	p, err := s.Propose(t.Context(), publish.Bundle{"tenant": files}, nil)
	if err != nil || !p.Findings.HasErrors() || asked == was {
		t.Errorf("a publish that a check refuses: asked %d times, %v, %v", asked, err, p.Findings)
	}
}

// TestStartKnowsWhatIsFrozen: after a start, processes are the same versions as when they were published, although
// a start reads less of a package, and asks for their definitions later.
func TestStartKnowsWhatIsFrozen(t *testing.T) {
	std, err := packages.Standard()
	if err != nil {
		t.Fatal(err)
	}
	b := publish.Bundle{}
	for _, p := range std {
		b[p.Name] = tenanttest.Files(t, p.Files)
	}
	w := tenanttest.OpenBundle(t, b)
	frozen := func(cat *catalog.Catalog) map[string]string {
		out := map[string]string{}
		for _, a := range cat.Approvals {
			out["approval "+a.Key] = a.Hash() + string(a.Source())
		}
		for _, f := range cat.Flows {
			out["flow "+f.Key] = f.Hash() + string(f.Source())
		}
		return out
	}
	want := frozen(w.Publish.Tenant.Catalog())
	s, err := publish.Open(t.Context(), "main", w.DB, publish.Options{Fields: standard.Fields(), Engines: standard.EnginesWith(nil), Clock: w.Clock, Zone: tenanttest.Zone})
	if err != nil {
		t.Fatal(err)
	}
	got := frozen(s.Tenant.Catalog())
	if len(want) < 20 || !maps.Equal(got, want) {
		t.Errorf("of %d definitions, %d are other ones, or none", len(want), len(want)-len(got))
		for key, is := range want {
			if got[key] != is {
				t.Errorf("%s: %.200s, was %.200s", key, got[key], is)
			}
		}
	}
}
