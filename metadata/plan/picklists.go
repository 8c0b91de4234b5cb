package plan

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/platform/diag"
)

// picklists reports global picklists that come, go or are relabelled; changes to their values
// show at the fields that use them, where they can be counted.
func (d *differ) picklists() {
	for _, name := range sortedKeys(d.new.Picklists) {
		p, was := d.new.Picklists[name], d.old.Picklists[name]
		if was == nil {
			d.add(Entry{Op: Add, Address: addr.Picklist(name), Class: Additive,
				Summary: diag.Textf("picklist %s is new, with %d values", "新增选项列表 %s，含 %d 个值", name, len(p.Values))})
			continue
		}
		d.text(func() addr.Address { return addr.Picklist(name) }, "label", was.Label, p.Label)
	}
	for _, name := range sortedKeys(d.old.Picklists) {
		if d.new.Picklists[name] == nil {
			d.add(Entry{Op: Remove, Address: addr.Picklist(name), Class: Additive,
				Summary: diag.Textf("picklist %s is removed", "删除选项列表 %s", name)})
		}
	}
}
