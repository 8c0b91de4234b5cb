package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// scripts compares the scripts. They hold no data.
func (d *differ) scripts() {
	was := map[string]*catalog.Script{}
	for _, s := range d.old.Scripts {
		was[s.Name] = s
	}
	for _, s := range d.new.Scripts {
		old := was[s.Name]
		delete(was, s.Name)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: s.Addr(), Class: Additive, Summary: diag.Textf("script %s is new", "新增脚本 %s", s.Name)})
		case old.Source != s.Source || !reflect.DeepEqual(old.Decl, s.Decl):
			d.add(Entry{Op: Change, Address: s.Addr(), Class: Additive, Summary: diag.Textf("script %s changes", "脚本 %s 变更", s.Name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: was[name].Addr(), Class: Additive, Summary: diag.Textf("script %s is removed", "删除脚本 %s", name)})
	}
}
