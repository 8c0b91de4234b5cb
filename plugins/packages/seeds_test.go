package packages_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/model"
)

// TestSeedsReferToRecordsBeforeThem follows every {"ref": key}: data is loaded in the order of
// packages, files and records, and a record can only refer to one that is there already. Seeds
// that stay when demo data is left out must not refer to demo records.
func TestSeedsReferToRecordsBeforeThem(t *testing.T) {
	loaded := map[string]bool{} // "package:key" → demo
	refs := 0
	for _, p := range folders(t) {
		for _, name := range jsonFiles(t, p) {
			if !strings.HasPrefix(name, "data/") {
				continue
			}
			var d model.Data
			read(t, p, name, &d)
			for _, rec := range d.Records {
				for field, raw := range rec.Values {
					for _, ref := range references(t, raw) {
						refs++
						if !strings.Contains(ref, ":") {
							ref = p.Name + ":" + ref
						}
						demo, ok := loaded[ref]
						if !ok {
							t.Errorf("%s/%s: %s.%s refers to %s, which is not there yet", p.Name, name, rec.Key, field, ref)
						} else if demo && !d.Demo {
							t.Errorf("%s/%s: %s.%s is no demo data but refers to the demo record %s", p.Name, name, rec.Key, field, ref)
						}
					}
				}
				key := p.Name + ":" + rec.Key
				if _, ok := loaded[key]; ok {
					t.Errorf("%s/%s: the key %s is taken", p.Name, name, rec.Key)
				}
				loaded[key] = d.Demo
			}
		}
	}
	if refs < 1000 {
		t.Errorf("only %d references found: the walk misses some", refs)
	}
}

// references lists the external keys that a seed value refers to.
func references(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if key, ok := v["ref"].(string); ok && len(v) == 1 {
				out = append(out, key)
				return
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return out
}

// TestDemoDataIsAsLargeAsPromised counts what the demo tenant shows.
func TestDemoDataIsAsLargeAsPromised(t *testing.T) {
	count := map[string]int{}
	stages := map[string]int{}
	for _, p := range folders(t) {
		for _, name := range jsonFiles(t, p) {
			if !strings.HasPrefix(name, "data/") {
				continue
			}
			var d model.Data
			read(t, p, name, &d)
			count[d.Object] += len(d.Records)
			if d.Object == "opportunity" {
				for _, rec := range d.Records {
					stages[string(rec.Values["stage"])]++
				}
			}
		}
	}
	for object, least := range map[string]int{
		"sys_org_unit": 10, "sys_user": 30, "sys_currency": 5, "sys_business_calendar": 3,
		"sys_territory": 42, "account": 64, "contact": 90, "touchpoint": 1200, "suppression_entry": 12,
		"product": 60, "price_book": 3, "opportunity": 80, "quote": 60, "sales_order": 45, "contract": 30, "payment": 70, "dealer_tier": 4, "dealer": 24, "region_authorization": 40,
		"rebate_policy": 6, "rebate_tier": 13, "dealer_target": 20, "deal_registration": 18, "sell_through": 40, "mdf_request": 10, "lead": 300, "lead_feedback": 25, "lead_pool_log": 8,
	} {
		if count[object] < least {
			t.Errorf("%d records of %s, at least %d are promised", count[object], object, least)
		}
	}
	if len(stages) != 7 {
		t.Errorf("opportunities are in the stages %v; every stage should have some", stages)
	}
}
