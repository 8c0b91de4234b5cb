package packages_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/standard"
)

const zone = "Asia/Shanghai"

// resolved loads and resolves all standard packages together; any finding fails the test.
func resolved(t *testing.T) (*catalog.Catalog, []*model.Package) {
	t.Helper()
	var all []*model.Package
	for _, p := range folders(t) {
		m, findings := load.Package(p.Files, p.Name, standard.Fields())
		report(t, findings)
		all = append(all, m)
	}
	if t.Failed() {
		t.FailNow()
	}
	cat, findings := resolve.Resolve(resolve.Input{Packages: all, Fields: standard.Fields(), Engines: standard.Engines().Signatures(), Zone: zone})
	report(t, findings)
	if t.Failed() {
		t.FailNow()
	}
	return cat, all
}

// TestChannelMeetsMarketing: what channel adds to campaigns, and what campaigns add to it, is there as soon as a
// package marketing with campaigns is, and not before.
func TestChannelMeetsMarketing(t *testing.T) {
	cat, all := resolved(t)
	if cat.Object("campaign") != nil || cat.Object("mdf_request").Field("campaign_id") != nil {
		t.Fatal("there are campaigns without marketing")
	}
	marketing, findings := load.Package(fstest.MapFS{
		"tenon.json": {Data: []byte(`{"name": "marketing", "version": "1.0.0", "requires": {"platform-base": "^0.1.0"}, "label": {"en": "Marketing", "zh-CN": "市场"}}`)},
		"objects/campaign/object.json": {Data: []byte(`{"name": "campaign", "label": {"en": "Campaign", "zh-CN": "活动"}, "nameField": "name", "fields": [
			{"name": "name", "type": "text", "label": {"en": "Name", "zh-CN": "名称"}}]}`)},
	}, "marketing", standard.Fields())
	report(t, findings)
	cat, findings = resolve.Resolve(resolve.Input{Packages: append(all, marketing), Fields: standard.Fields(), Engines: standard.Engines().Signatures(), Zone: zone})
	report(t, findings)
	if t.Failed() {
		t.FailNow()
	}
	if f := cat.Object("campaign").Field("dealer_ids"); f == nil || f.Package != "channel" {
		t.Errorf("dealers of a campaign: %+v", f)
	}
	if f := cat.Object("mdf_request").Field("campaign_id"); f == nil || f.Package != "channel" {
		t.Errorf("the campaign of a request: %+v", f)
	}
}

func report(t *testing.T, findings diag.List) {
	t.Helper()
	for _, f := range findings {
		t.Errorf("%s: %s %s: %s", f.Pos, f.Code, f.Address, f.Summary.En)
	}
}

func TestPackagesResolveWithoutFindings(t *testing.T) {
	cat, _ := resolved(t)
	for _, role := range []string{"user", "currency"} {
		if cat.Serving(role) == nil {
			t.Errorf("no object serves %q", role)
		}
	}
	for object, rule := range map[string]string{
		"opportunity": "decision_maker_before_s3", "dealer": "channel_depth", "touchpoint": "append_only", "account": "credit_code_format",
	} {
		found := false
		for _, r := range cat.Object(object).Rules {
			found = found || r.Name == rule
		}
		if !found {
			t.Errorf("%s has no rule %s", object, rule)
		}
	}
}

// TestExpressionsAreWrittenCanonically keeps the packages a good example: what the formatter
// would write is what the files say.
func TestExpressionsAreWrittenCanonically(t *testing.T) {
	cat, _ := resolved(t)
	same := func(what string, p *expr.Program) {
		if p != nil && p.Source() != p.String() {
			t.Errorf("%s: write %s instead of %s", what, p, p.Source())
		}
	}
	for _, o := range cat.Objects {
		for _, r := range o.Rules {
			same(o.Name+"."+r.Name, r.When)
		}
		for _, f := range o.Fields {
			if f.Formula != nil {
				same(o.Name+"."+f.Name, f.Formula.Program)
			}
			if f.Rollup != nil {
				same(o.Name+"."+f.Name, f.Rollup.Where)
			}
		}
	}
}

// TestIndexesAreFew holds that no index repeats the beginning of another: each costs every write.
func TestIndexesAreFew(t *testing.T) {
	cat, _ := resolved(t)
	for _, o := range cat.Objects {
		for _, x := range o.Indexes {
			for _, y := range o.Indexes {
				if x != y && len(x.Fields) < len(y.Fields) && slices.Equal(x.Fields, y.Fields[:len(x.Fields)]) && x.Where == nil && y.Where == nil {
					t.Errorf("%s: the index %s repeats the beginning of %s", o.Name, x.Name, y.Name)
				}
			}
		}
	}
}
