package resolve

import (
	"fmt"
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// known tells which objects have a table already: going back to an older revision, those whose
// table of then still serves, whatever it serves as; then those of the same name; then those
// that were renamed. No table is given twice.
func (r *resolver) known() map[string]catalog.TableNames {
	old := r.in.Storage
	if old == nil {
		return nil
	}
	byTable, out := map[string]catalog.TableNames{}, map[string]catalog.TableNames{}
	for _, t := range old.Objects {
		byTable[t.Table] = t
	}
	take := func(name, table string) {
		if t, ok := byTable[table]; ok && out[name].Table == "" {
			out[name] = t
			delete(byTable, table)
		}
	}
	if r.in.Past != nil {
		for _, name := range r.names {
			take(name, r.in.Past.Objects[name].Table)
		}
	}
	for _, name := range r.names {
		take(name, old.Objects[name].Table)
	}
	for _, name := range r.names {
		d := r.decls.get(name)
		if from := d.def.RenamedFrom; from != "" && r.decls.get(from) == nil {
			take(name, old.Objects[from].Table)
		} else if _, is := old.Objects[from]; is && out[name].Table == "" {
			r.stillThere(addr.Object(name), d.def.Pos.At("renamedFrom"), name, from)
		}
	}
	return out
}

// stillThere warns that what something says it was renamed from goes on under its own name.
func (r *resolver) stillThere(of addr.Address, pos diag.Pos, name, from string) {
	t := diag.Textf("remove or rename %s in an earlier publish", "请先在一次发布中删除或更名 %s", from)
	r.findings.Add(diag.Finding{Severity: diag.Warning, Code: "still-there", Address: of.String(), Pos: pos, Suggestion: &t,
		Summary: diag.Textf("%[2]s is still there, so %[1]s is new and takes nothing over", "%[2]s 仍然存在，因此 %[1]s 为新建，不会继承其数据", name, from)})
}

// storage gives objects and fields their physical names: the ones they had, or new ones. A field
// whose values change their storage type gets a new column, so that the old one serves until
// the new one is filled.
func (r *resolver) storage() {
	next := &catalog.Storage{Objects: map[string]catalog.TableNames{}}
	taken := map[string]bool{}
	if old := r.in.Storage; old != nil {
		for _, t := range old.Objects {
			taken[t.Table] = true
		}
		for _, t := range old.Retired {
			taken[t] = true
		}
	}
	for _, o := range r.cat.Objects {
		had, ok := r.had[o.Name]
		if !ok {
			had.Table = fresh(o.Name, taken)
		}
		o.Table = had.Table
		next.Objects[o.Name] = catalog.TableNames{Table: had.Table, Prefix: o.IDPrefix, Fields: r.columns(o, had)}
	}
	r.cat.Storage = next
}

func (r *resolver) columns(o *catalog.Object, had catalog.TableNames) map[string]catalog.ColumnName {
	next := make(map[string]catalog.ColumnName, len(o.Fields))
	taken := make(map[string]bool, len(o.Fields)+len(had.Fields))
	taken[catalog.ID] = true
	for _, c := range had.Retired {
		taken[c] = true
	}
	for _, c := range had.Fields {
		taken[c.Column] = true
	}
	known := r.knownColumns(o, had)
	for _, f := range o.Fields {
		if f.Name == catalog.ID || f.Store.Type == 0 {
			continue
		}
		was, ok := known[f.Name]
		if typ := storageType(f.Store); !ok || was.Type != typ {
			was = catalog.ColumnName{Column: fresh(f.Name, taken), Type: typ}
		}
		f.Column, f.Store.Name = was.Column, was.Column
		next[f.Name] = was
	}
	return next
}

// knownColumns tells which fields have a column already, in the same order as known.
func (r *resolver) knownColumns(o *catalog.Object, had catalog.TableNames) map[string]catalog.ColumnName {
	byColumn, out := make(map[string]catalog.ColumnName, len(had.Fields)), make(map[string]catalog.ColumnName, len(had.Fields))
	for _, c := range had.Fields {
		byColumn[c.Column] = c
	}
	take := func(f *catalog.Field, column string) {
		if c, ok := byColumn[column]; ok && out[f.Name].Column == "" {
			out[f.Name] = c
			delete(byColumn, column)
		}
	}
	if r.in.Past != nil && r.in.Past.Objects[o.Name].Table == had.Table {
		for _, f := range o.Fields {
			take(f, r.in.Past.Objects[o.Name].Fields[f.Name].Column)
		}
	}
	for _, f := range o.Fields {
		take(f, had.Fields[f.Name].Column)
	}
	for _, f := range o.Fields {
		if from := f.Decl.RenamedFrom; from != "" && o.ByName[from] == nil {
			take(f, had.Fields[from].Column)
		} else if _, is := had.Fields[from]; is && out[f.Name].Column == "" {
			r.stillThere(f.Addr(), r.decls.get(o.Name).field(f.Name).at("renamedFrom"), f.Name, from)
		}
	}
	return out
}

// retire notes the names of tables and columns that are no longer used.
func (r *resolver) retire() {
	old, next := r.in.Storage, r.cat.Storage
	if old == nil {
		return
	}
	used := map[string]bool{}
	for name, t := range next.Objects {
		used[t.Table] = true
		columns := map[string]bool{}
		for _, c := range t.Fields {
			columns[c.Column] = true
		}
		had := r.had[name]
		var all []string
		for _, c := range had.Fields {
			all = append(all, c.Column)
		}
		t.Retired = retired(had.Retired, all, columns)
		next.Objects[name] = t
	}
	var all []string
	for _, t := range old.Objects {
		all = append(all, t.Table)
	}
	next.Retired = retired(old.Retired, all, used)
}

func retired(already, had []string, used map[string]bool) []string {
	out := slices.Clone(already)
	for _, n := range had {
		if !used[n] {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func storageType(c driver.Column) string {
	return fmt.Sprintf("%d.%d.%d", c.Type, c.Scale, c.Precision)
}

// fresh is name, or name with the first free number behind it.
func fresh(name string, taken map[string]bool) string {
	out := name
	for i := 2; taken[out]; i++ {
		out = fmt.Sprintf("%s__%d", name, i)
	}
	taken[out] = true
	return out
}
