package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// ledger compares what makes the records of an object entries of accounts.
func (d *differ) ledger(o, n *catalog.Object) {
	of := n.Addr().Property("ledger")
	switch {
	case o.Ledger == nil && n.Ledger == nil:
	case o.Ledger == nil:
		impact := diag.Textf("records become entries as they are, and can no longer be changed or deleted", "条现有记录将原样成为流水，此后不可修改或删除")
		d.add(Entry{Op: Add, Address: of, Class: Additive, Probe: &Probe{Kind: Rows, Object: o}, Impact: &impact,
			Summary: diag.Textf("%s becomes a ledger: its records are only posted by actions", "%s 成为账本：记录仅由操作记账", n.Name)})
	case n.Ledger == nil:
		impact := diag.Textf("entries become plain records, which can be changed and deleted", "条流水成为普通记录，可修改和删除")
		d.add(Entry{Op: Remove, Address: of, Class: Additive, Probe: &Probe{Kind: Rows, Object: o}, Impact: &impact,
			Summary: diag.Textf("%s is no ledger any more", "%s 不再是账本", n.Name)})
	case !reflect.DeepEqual(o.Ledger.Decl, n.Ledger.Decl):
		d.add(Entry{Op: Change, Address: of, Class: Additive, Summary: diag.Textf("the ledger %s is declared otherwise", "账本 %s 的声明变更", n.Name)})
	}
}
