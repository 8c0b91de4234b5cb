package plan

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// table is what a plan compares of a table.
type table struct {
	addr   addr.Address
	digest string
	decl   any
}

// decisions compares the decision and tier tables, the scoring models, SLA policies and captures. Stored formulas that ask a table which changes
// are computed anew, and have entries of their own.
func (d *differ) decisions() {
	decisions := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.Decisions {
			out[x.Name] = table{x.Addr(), x.Digest, x.Decl}
		}
		return out
	}
	tiers := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.Tiers {
			out[x.Name] = table{x.Addr(), x.Digest, x.Decl}
		}
		return out
	}
	scorings := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.Scorings {
			out[x.Name] = table{addr: x.Addr(), decl: x.Decl}
		}
		return out
	}
	slas := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.SLAs {
			out[x.Name] = table{addr: x.Addr(), decl: x.Decl}
		}
		return out
	}
	captures := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.Captures {
			out[x.Name] = table{addr: x.Addr(), decl: x.Decl}
		}
		return out
	}
	segments := func(c *catalog.Catalog) map[string]table {
		out := map[string]table{}
		for _, x := range c.Segments {
			out[x.Name] = table{addr: x.Addr(), decl: x.Decl}
		}
		return out
	}
	d.ruleTables(segments(d.old), segments(d.new), "segment", "细分群体")
	d.ruleTables(captures(d.old), captures(d.new), "public capture", "公开采集")
	d.ruleTables(slas(d.old), slas(d.new), "SLA policy", "SLA 策略")
	d.ruleTables(scorings(d.old), scorings(d.new), "scoring model", "评分模型")
	d.ruleTables(decisions(d.old), decisions(d.new), "decision table", "决策表")
	d.ruleTables(tiers(d.old), tiers(d.new), "tier table", "阶梯表")
}

func (d *differ) ruleTables(was, is map[string]table, en, zh string) {
	for _, name := range sortedKeys(is) {
		x := is[name]
		old, had := was[name]
		delete(was, name)
		switch {
		case !had:
			d.add(Entry{Op: Add, Address: x.addr, Class: Additive, Summary: diag.Textf("the %[1]s %[3]s is new", "新增%[2]s %[3]s", en, zh, name)})
		case old.digest != x.digest:
			d.add(Entry{Op: Change, Address: x.addr, Class: Additive, Summary: diag.Textf("the %[1]s %[3]s decides otherwise", "%[2]s %[3]s 的规则变更", en, zh, name)})
		case !sameJSON(old.decl, x.decl):
			d.add(Entry{Op: Change, Address: x.addr, Class: Additive, Summary: diag.Textf("the %[1]s %[3]s changes", "%[2]s %[3]s 变更", en, zh, name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: was[name].addr, Class: Additive, Summary: diag.Textf("the %[1]s %[3]s is removed", "删除%[2]s %[3]s", en, zh, name)})
	}
}
