package plan

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// decisions compares the decision tables. Stored formulas that ask a table which changes are
// computed anew, and have entries of their own.
func (d *differ) decisions() {
	was := map[string]*catalog.Decision{}
	for _, x := range d.old.Decisions {
		was[x.Name] = x
	}
	for _, x := range d.new.Decisions {
		old := was[x.Name]
		delete(was, x.Name)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: x.Addr(), Class: Additive, Summary: diag.Textf("the decision table %s is new", "新增决策表 %s", x.Name)})
		case old.Digest != x.Digest:
			d.add(Entry{Op: Change, Address: x.Addr(), Class: Additive, Summary: diag.Textf("the decision table %s decides otherwise", "决策表 %s 的规则变更", x.Name)})
		case !sameJSON(old.Decl, x.Decl):
			d.add(Entry{Op: Change, Address: x.Addr(), Class: Additive, Summary: diag.Textf("the decision table %s changes; it decides as before", "决策表 %s 变更，决策结果不变", x.Name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: was[name].Addr(), Class: Additive, Summary: diag.Textf("the decision table %s is removed", "删除决策表 %s", name)})
	}
}
