package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
)

// settings compares what administrators choose for packages. Values that were set are kept while
// there is no such setting.
func (d *differ) settings() {
	was := map[string]*catalog.Setting{}
	for _, s := range d.old.Settings {
		was[s.Key] = s
	}
	for _, s := range d.new.Settings {
		old := was[s.Key]
		delete(was, s.Key)
		misfits := diag.Textf("values that were set do not fit; they must be changed first", "个已设置的值不符合新类型，须先修改")
		probe := &Probe{Kind: Misfits, Setting: s}
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: s.Addr(), Class: Additive, Blocking: true, Probe: probe, Impact: &misfits,
				Summary: diag.Textf("setting %s (%s) is new", "新增设置 %s（%s）", s.Key, words.FieldType(s.Kind))})
		case old.Kind != s.Kind:
			d.add(Entry{Op: Change, Address: s.Addr(), Class: Additive, Blocking: true, Probe: probe, Impact: &misfits,
				Summary: diag.Textf("setting %s changes from %s to %s", "设置 %s 的类型从%s变为%s", s.Key, words.FieldType(old.Kind), words.FieldType(s.Kind))})
		case !reflect.DeepEqual(old.Decl, s.Decl):
			d.add(Entry{Op: Change, Address: s.Addr(), Class: Additive, Summary: diag.Textf("setting %s changes", "设置 %s 变更", s.Key)})
		}
	}
	for _, key := range sortedKeys(was) {
		impact := diag.Textf("values that were set are of no use any more", "个已设置的值不再使用")
		d.add(Entry{Op: Remove, Address: was[key].Addr(), Class: Additive, Probe: &Probe{Kind: Set, Setting: was[key]}, Impact: &impact,
			Summary: diag.Textf("setting %s is removed", "删除设置 %s", key)})
	}
}
