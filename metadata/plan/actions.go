package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// actions compares the declared verbs of an object. They hold no data.
func (d *differ) actions(o, n *catalog.Object) {
	was := map[string]*catalog.Action{}
	for _, a := range o.Actions {
		was[a.Name] = a
	}
	for _, a := range n.Actions {
		old := was[a.Name]
		delete(was, a.Name)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: a.Addr(), Class: Additive, Summary: diag.Textf("action %s is new", "新增操作 %s", a.Name)})
		case !reflect.DeepEqual(old.Decl, a.Decl):
			d.add(Entry{Op: Change, Address: a.Addr(), Class: Additive, Summary: diag.Textf("action %s changes", "操作 %s 变更", a.Name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: was[name].Addr(), Class: Additive, Summary: diag.Textf("action %s is removed", "删除操作 %s", name)})
	}
}
