package plan

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
)

// duplicates compares the rules that find duplicates. Records that are there are not compared with
// each other by a publish: a rule looks at what is written from then on.
func (d *differ) duplicates(o, n *catalog.Object) {
	was := map[string]*catalog.DuplicateRule{}
	for _, x := range o.Duplicates {
		was[x.Name] = x
	}
	for _, x := range n.Duplicates {
		old := was[x.Name]
		delete(was, x.Name)
		switch {
		case old == nil:
			d.add(Entry{Op: Add, Address: x.Addr(), Class: Additive,
				Summary: diag.Textf("duplicates are found by the rule %s: %s", "新增判重规则 %s：%s", x.Name, words.Value("Duplicate", "action", x.Action))})
		case !reflect.DeepEqual(old.Decl, x.Decl):
			d.add(Entry{Op: Change, Address: x.Addr(), Class: Additive,
				Summary: diag.Textf("the duplicate rule %s changes", "判重规则 %s 变更", x.Name)})
		}
	}
	if a, z := stageOf(o), stageOf(n); a != z {
		d.add(Entry{Op: Change, Address: n.Addr().Property("stage"), Class: Additive,
			Summary: diag.Textf("how far records have come is told by %q, so far by %q", "记录进展由 %q 判定（原为 %q）", z, a)})
	}
	for _, name := range sortedKeys(was) {
		d.add(Entry{Op: Remove, Address: n.Addr().Duplicate(name), Class: Additive,
			Summary: diag.Textf("duplicates are no longer found by the rule %s", "删除判重规则 %s", name)})
	}
}

// stageOf is the name of the field that tells how far a record has come, "" for none.
func stageOf(o *catalog.Object) string {
	if o.Stage == nil {
		return ""
	}
	return o.Stage.Name
}
