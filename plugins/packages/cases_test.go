package packages_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
)

// caught are rules that the platform is ahead of, by the field at which it refuses: a reference to
// the record itself is a loop, which no lookup may make.
var caught = map[string]string{
	"account.parent_not_self": "parent_id", "sys_org_unit.org_no_cycle": "parent_id", "sys_territory.territory_no_cycle": "parent_id",
}

// TestEveryRuleHasCases: for each rule of a package, its own test cases show a write that the rule
// refuses, or warns of, and one of the fields it looks at that passes. tenon test runs them.
func TestEveryRuleHasCases(t *testing.T) {
	cat, all := resolved(t)
	rules := 0
	for _, p := range all {
		writes := lastWrites(cat, p, all)
		for _, o := range cat.Objects {
			for _, r := range o.Rules {
				if r.Package != p.Manifest.Name {
					continue
				}
				rules++
				name := o.Name + "." + r.Name
				if !slices.ContainsFunc(writes, func(w write) bool { return w.object == o && w.breaks(r, caught[name]) }) {
					t.Errorf("%s: no case breaks the rule %s", p.Manifest.Name, name)
				}
				if !slices.ContainsFunc(writes, func(w write) bool { return w.object == o && w.passes(r) }) {
					t.Errorf("%s: no case writes what the rule %s looks at, and passes", p.Manifest.Name, name)
				}
			}
		}
	}
	if rules < 30 {
		t.Errorf("only %d rules found", rules)
	}
}

// write is the last step of a case, when it writes a record.
type write struct {
	object *catalog.Object
	fields []string
	then   model.Expectation
}

func lastWrites(cat *catalog.Catalog, p *model.Package, all []*model.Package) (out []write) {
	seeds := map[string]string{}
	for _, q := range all {
		for _, d := range q.Data {
			for _, rec := range d.Records {
				seeds[q.Manifest.Name+":"+rec.Key] = d.Object
			}
		}
	}
	for _, file := range p.Tests {
		for _, c := range file.Cases {
			keys := map[string]string{}
			for _, g := range slices.Concat(file.Given, c.Given) {
				keys[g.Key] = g.Object
			}
			for _, s := range c.When {
				if s.Key != "" {
					keys[s.Key] = s.Create
				}
			}
			last := c.When[len(c.When)-1]
			object := last.Create
			if key := last.Update; key != "" {
				object = keys[key]
				if !strings.Contains(key, ":") {
					key = p.Manifest.Name + ":" + key
				}
				if object == "" {
					object = seeds[key]
				}
			}
			if object == "" {
				continue
			}
			out = append(out, write{cat.Object(object), sorted(last.Values), c.Then})
		}
	}
	return out
}

func sorted(m map[string]json.RawMessage) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// breaks says whether the write is expected to break the rule, or to be refused at a field before
// the rule is looked at.
func (w write) breaks(r *catalog.Rule, before string) bool {
	if r.Warning {
		return slices.Contains(w.then.Warnings, r.Name)
	}
	e := w.then.Error
	return e != nil && (e.Rule == r.Name || before != "" && e.Field == before)
}

// passes says whether the write is expected to succeed although it concerns the rule.
func (w write) passes(r *catalog.Rule) bool {
	if w.then.Error != nil || slices.Contains(w.then.Warnings, r.Name) {
		return false
	}
	return slices.ContainsFunc(w.fields, func(name string) bool {
		for _, in := range r.When.Inputs() {
			at := in.Field
			if len(in.Path) > 0 {
				at = in.Path[0]
			}
			if at == name || dependsOn(w.object.Field(at), name) {
				return true
			}
		}
		return false
	})
}

// dependsOn says whether a formula of the record reads a field of it.
func dependsOn(f *catalog.Field, name string) bool {
	if f == nil || f.Formula == nil {
		return false
	}
	for _, in := range f.Formula.Program.Inputs() {
		if in.Field == name && len(in.Path) == 0 || len(in.Path) > 0 && in.Path[0] == name {
			return true
		}
	}
	return false
}
