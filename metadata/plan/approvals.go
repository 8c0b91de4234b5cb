package plan

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// approvals compares the approval processes. Those that run keep the version that they started with.
func (d *differ) approvals() {
	was := map[string]*catalog.Approval{}
	for _, a := range d.old.Approvals {
		if a.Task {
			continue
		}
		was[a.Key] = a
	}
	for _, a := range d.new.Approvals {
		if a.Task { // its flow is shown
			continue
		}
		old := was[a.Key]
		delete(was, a.Key)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: a.Addr(), Class: Additive, Summary: diag.Textf("approval process %s is new", "新增审批流程 %s", a.Key)})
		case old.Hash() != a.Hash():
			impact := diag.Textf("running approvals stay with the version that they started with", "个进行中的审批沿用发起时的版本")
			d.add(Entry{Op: Change, Address: a.Addr(), Class: Additive, Probe: &Probe{Kind: Running, Flow: a.Key}, Impact: &impact,
				Summary: diag.Textf("approval process %s gets a new version", "审批流程 %s 发布新版本", a.Key)})
		}
	}
	for _, key := range sortedKeys(was) {
		impact := diag.Textf("running approvals go on; none can be started any more", "个进行中的审批继续流转，不能再发起新的审批")
		d.add(Entry{Op: Remove, Address: addr.Approval(key), Class: Additive, Probe: &Probe{Kind: Running, Flow: key}, Impact: &impact,
			Summary: diag.Textf("approval process %s is removed", "删除审批流程 %s", key)})
	}
}
