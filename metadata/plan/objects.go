package plan

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/parallel"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// objects pairs old and new objects by their physical table, so that a declared rename pairs too.
func (d *differ) objects() {
	byTable := make(map[string]*catalog.Object, len(d.old.Objects))
	for _, o := range d.old.Objects {
		byTable[o.Table] = o
	}
	type pair struct{ old, new *catalog.Object }
	pairs := make([]pair, len(d.new.Objects))
	for i, n := range d.new.Objects {
		pairs[i] = pair{byTable[n.Table], n}
		delete(byTable, n.Table)
	}
	for _, found := range parallel.Map(pairs, func(p pair) *differ {
		one := &differ{old: d.old, new: d.new}
		if p.old == nil {
			one.newObject(p.new)
		} else {
			one.object(p.old, p.new)
		}
		return one
	}) {
		d.join(found)
	}
	for _, o := range d.old.Objects {
		if byTable[o.Table] != nil {
			impact := diag.Textf("records are deleted for good", "条记录将被永久删除")
			d.add(Entry{Op: Remove, Address: o.Addr(), Class: Destructive, Impact: &impact,
				Probe:   &Probe{Kind: Rows, Object: o},
				Summary: diag.Textf("object %s is removed with all its records", "删除对象 %s 及其全部记录", o.Name)})
			d.steps.After = append(d.steps.After, driver.DropTable{Name: o.Table})
		}
	}
}

func (d *differ) newObject(n *catalog.Object) {
	d.add(Entry{Op: Add, Address: n.Addr(), Class: Additive,
		Summary: diag.Textf("object %s is new, with %d fields", "新增对象 %s，含 %d 个字段", n.Name, declared(n))})
	d.steps.Before = append(d.steps.Before, driver.CreateTable{Table: n.Storage})
}

func declared(o *catalog.Object) (n int) {
	for _, f := range o.Fields {
		if !f.System {
			n++
		}
	}
	return n
}

func (d *differ) object(o, n *catalog.Object) {
	of := n.Addr()
	if o.Name != n.Name {
		d.add(Entry{Op: Change, Address: of, Class: Additive,
			Summary: diag.Textf("object %s is renamed to %s", "对象 %s 更名为 %s", o.Name, n.Name)})
	}
	d.text(n.Addr, "label", o.Label, n.Label)
	d.text(n.Addr, "help", o.Help, n.Help)
	if !maps.Equal(o.Features, n.Features) || o.Sharing != n.Sharing {
		d.add(Entry{Op: Change, Address: of.Property("features"), Class: Additive,
			Summary: diag.Textf("features or sharing of %s change", "%s 的特性或共享设置变更", n.Name)})
	}
	d.fields(o, n)
	d.rules(o, n)
	d.keys(o, n)
	d.overlaps(o, n)
	d.duplicates(o, n)
	d.ledger(o, n)
	d.actions(o, n)
	d.physical(o, n)
}

func (d *differ) text(of func() addr.Address, property string, o, n model.Text) {
	if !maps.Equal(o, n) {
		d.add(Entry{Op: Change, Address: of().Property(property), Class: Additive,
			Summary: diag.Textf("%q becomes %q", "%q 变为 %q", both(o), both(n))})
	}
}

func both(t model.Text) diag.Text { return diag.Text{En: t.In("en"), Zh: t.In("zh-CN")} }

func (d *differ) rules(o, n *catalog.Object) {
	was := map[string]*catalog.Rule{}
	for _, r := range o.Rules {
		was[r.Name] = r
	}
	for _, r := range n.Rules {
		old := was[r.Name]
		delete(was, r.Name)
		of := n.Addr().Rule(r.Name)
		probe := &Probe{Kind: Violates, Object: o, NewObj: n, Rule: r.When}
		impact := diag.Textf("records break the rule as they are; they stay, but their next change must mend them",
			"条现有记录违反该规则；它们会保留，但下次修改时必须改正")
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: of, Class: Additive, Probe: probe, Impact: &impact,
				Summary: diag.Textf("rule %s is new: %s", "新增规则 %s：%s", r.Name, r.When.String())})
		case old.When.String() != r.When.String():
			d.add(Entry{Op: Change, Address: of, Class: Additive, Probe: probe, Impact: &impact,
				Summary: diag.Textf("rule %s changes to: %s", "规则 %s 改为：%s", r.Name, r.When.String())})
		case old.Warning != r.Warning || old.Create != r.Create || old.Update != r.Update || old.Delete != r.Delete ||
			!reflect.DeepEqual(old.Message, r.Message):
			d.add(Entry{Op: Change, Address: of, Class: Additive,
				Summary: diag.Textf("rule %s: message, severity or moment changes", "规则 %s 的提示、级别或时机变更", r.Name)})
		}
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: n.Addr().Rule(name), Class: Additive,
			Summary: diag.Textf("rule %s is removed", "删除规则 %s", name)})
	}
}

func (d *differ) keys(o, n *catalog.Object) {
	was := map[string]bool{}
	for _, k := range o.Keys {
		was[k.Index] = true
	}
	for _, k := range n.Keys {
		if was[k.Index] {
			delete(was, k.Index)
			continue
		}
		impact := diag.Textf("records share their key with another; they must be mended first", "条记录的键值重复，须先处理")
		d.add(Entry{Op: Add, Address: n.Addr().Key(k.Name), Class: Additive, Blocking: true,
			Probe: &Probe{Kind: Duplicates, Object: o, NewObj: n, Key: k}, Impact: &impact,
			Summary: diag.Textf("key %s must be unique", "键 %s 必须唯一", k.Name)})
	}
	for _, k := range o.Keys {
		if was[k.Index] {
			d.add(Entry{Op: Remove, Address: n.Addr().Key(k.Name), Class: Additive,
				Summary: diag.Textf("key %s need no longer be unique", "键 %s 不再要求唯一", k.Name)})
		}
	}
	d.indexes(o, n)
}

func (d *differ) indexes(o, n *catalog.Object) {
	was := map[string]bool{}
	for _, x := range o.Indexes {
		was[x.Index] = true
	}
	for _, x := range n.Indexes {
		if !was[x.Index] {
			d.add(Entry{Op: Add, Address: n.Addr().Index(x.Name), Class: Additive,
				Summary: diag.Textf("index %s is built", "建立索引 %s", x.Name)})
		}
		delete(was, x.Index)
	}
	for _, x := range o.Indexes {
		if was[x.Index] {
			d.add(Entry{Op: Remove, Address: n.Addr().Index(x.Name), Class: Additive,
				Summary: diag.Textf("index %s is dropped", "删除索引 %s", x.Name)})
		}
	}
}

// physical lists the columns and indexes to add before the swap and to drop after it.
func (d *differ) physical(o, n *catalog.Object) {
	oldCols, newCols := columns(o.Storage), columns(n.Storage)
	for _, c := range n.Storage.Columns {
		if _, ok := oldCols[c.Name]; !ok {
			d.steps.Before = append(d.steps.Before, driver.AddColumn{Table: n.Table, Column: c})
		}
	}
	oldIdx, newIdx := indexes(o.Storage), indexes(n.Storage)
	for _, x := range n.Storage.Indexes {
		if _, ok := oldIdx[x.Name]; !ok {
			d.steps.Before = append(d.steps.Before, driver.CreateIndex{Table: n.Table, Index: x})
		}
	}
	if !slices.Equal(o.Storage.Search, n.Storage.Search) {
		d.add(Entry{Op: Change, Address: n.Addr(), Class: Additive,
			Summary: diag.Textf("search looks into other fields of %s", "%s 的搜索字段变更", n.Name)})
		d.steps.Before = append(d.steps.Before, driver.SetSearch{Table: n.Table, Columns: n.Storage.Search})
	}
	for _, x := range o.Storage.Indexes {
		if _, ok := newIdx[x.Name]; !ok {
			d.steps.After = append(d.steps.After, driver.DropIndex{Table: o.Table, Index: x.Name})
		}
	}
	for _, c := range o.Storage.Columns {
		if _, ok := newCols[c.Name]; !ok {
			d.steps.After = append(d.steps.After, driver.DropColumn{Table: o.Table, Column: c.Name})
		}
	}
}

func columns(t driver.Table) map[string]driver.Column {
	m := make(map[string]driver.Column, len(t.Columns))
	for _, c := range t.Columns {
		m[c.Name] = c
	}
	return m
}

func indexes(t driver.Table) map[string]driver.Index {
	m := make(map[string]driver.Index, len(t.Indexes))
	for _, x := range t.Indexes {
		m[x.Name] = x
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func sameJSON(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}
