package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// overlaps compares the constraints that hold records apart in time.
func (d *differ) overlaps(o, n *catalog.Object) {
	was := map[string]*catalog.NoOverlap{}
	for _, x := range o.Apart {
		was[x.Name] = x
	}
	for _, x := range n.Apart {
		old := was[x.Name]
		delete(was, x.Name)
		of := n.Addr().Overlap(x.Name)
		probe := &Probe{Kind: Overlaps, Object: o, NewObj: n, Apart: x}
		impact := diag.Textf("records overlap with another as they are; they stay, but their next change must mend them",
			"条现有记录与其他记录重叠；它们会保留，但下次修改时必须改正")
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: of, Class: Additive, Probe: probe, Impact: &impact,
				Summary: diag.Textf("records must not overlap by %s", "记录须满足不重叠约束 %s", x.Name)})
		case !reflect.DeepEqual(old.Decl, x.Decl):
			d.add(Entry{Op: Change, Address: of, Class: Additive, Probe: probe, Impact: &impact,
				Summary: diag.Textf("the constraint %s changes", "不重叠约束 %s 变更", x.Name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: n.Addr().Overlap(name), Class: Additive,
			Summary: diag.Textf("records may overlap by %s", "取消不重叠约束 %s", name)})
	}
}
