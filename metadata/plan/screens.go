package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// screen is an app, a layout or a view: what people see, and no data.
type screen struct {
	at   addr.Address
	kind diag.Text
	decl any
}

func screens(c *catalog.Catalog) map[string]screen {
	out := map[string]screen{}
	add := func(at addr.Address, en, zh string, decl any) {
		out[at.String()] = screen{at, diag.Text{En: en, Zh: zh}, decl}
	}
	for _, a := range c.Apps {
		add(a.Addr(), "app", "应用", a.Decl)
	}
	for _, o := range c.Objects {
		for _, l := range o.Layouts {
			add(l.Addr(), "layout", "布局", l.Decl)
		}
		for _, v := range o.Views {
			add(v.Addr(), "view", "视图", v.Decl)
		}
	}
	return out
}

// screens compares apps, layouts and views.
func (d *differ) screens() {
	was, now := screens(d.old), screens(d.new)
	for _, key := range sortedKeys(now) {
		s := now[key]
		switch old, there := was[key]; {
		case !there:
			d.add(Entry{Op: Add, Address: s.at, Class: Additive, Summary: diag.Textf("%[1]s %[3]s is new", "新增%[2]s %[3]s", s.kind.En, s.kind.Zh, key)})
		case !reflect.DeepEqual(old.decl, s.decl):
			d.add(Entry{Op: Change, Address: s.at, Class: Additive, Summary: diag.Textf("%[1]s %[3]s changes", "%[2]s %[3]s 变更", s.kind.En, s.kind.Zh, key)})
		}
	}
	for _, key := range sortedKeys(was) {
		if _, there := now[key]; !there {
			s := was[key]
			d.add(Entry{Op: Remove, Address: s.at, Class: Additive, Summary: diag.Textf("%[1]s %[3]s is removed", "删除%[2]s %[3]s", s.kind.En, s.kind.Zh, key)})
		}
	}
}
