package resolve

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// storage gives objects and fields their physical names: the ones they had, those of what they
// were renamed from, or new ones. A field whose values change their storage type gets a new
// column, so that the old one serves until the new one is filled.
func (r *resolver) storage() {
	old := r.in.Storage
	if old == nil {
		old = &catalog.Storage{}
	}
	next := &catalog.Storage{Objects: map[string]catalog.TableNames{}}
	taken := map[string]bool{}
	for _, t := range old.Objects {
		taken[t.Table] = true
	}
	for _, o := range r.cat.Objects {
		def := &r.decls[o.Name].def
		was, ok := old.Objects[o.Name]
		if !ok && def.RenamedFrom != "" && r.cat.ByName[def.RenamedFrom] == nil {
			was, ok = old.Objects[def.RenamedFrom]
		}
		if !ok {
			was = catalog.TableNames{Table: fresh(o.Name, taken)}
		}
		o.Table = was.Table
		next.Objects[o.Name] = catalog.TableNames{Table: was.Table, Fields: r.columns(o, was.Fields)}
	}
	r.cat.Storage = next
}

func (r *resolver) columns(o *catalog.Object, old map[string]catalog.ColumnName) map[string]catalog.ColumnName {
	next := map[string]catalog.ColumnName{}
	taken := map[string]bool{"id": true}
	for _, c := range old {
		taken[c.Column] = true
	}
	for _, f := range o.Fields {
		if f.Name == catalog.ID || f.Store.Type == 0 {
			continue
		}
		was, ok := old[f.Name]
		if from := f.Decl.RenamedFrom; !ok && from != "" && o.ByName[from] == nil {
			was, ok = old[from]
		}
		if typ := storageType(f.Store); !ok || was.Type != typ {
			was = catalog.ColumnName{Column: fresh(f.Name, taken), Type: typ}
		}
		f.Column, f.Store.Name = was.Column, was.Column
		next[f.Name] = was
	}
	return next
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
