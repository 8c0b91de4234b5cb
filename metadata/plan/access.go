package plan

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// access compares who may do what: permission sets, roles, and the sharing of objects. What it
// means for people and records is counted by runtime/access.
func (d *differ) access() {
	n := len(d.entries)
	d.compared(setTexts(d.old), setTexts(d.new), addr.Set, "permission set", "权限集")
	d.compared(roleTexts(d.old), roleTexts(d.new), addr.Role, "role", "角色")
	for _, o := range d.new.Objects {
		was := d.old.Object(o.Name)
		if was == nil {
			was = &catalog.Object{}
		}
		rules, limits := sharingTexts(was.Access), sharingTexts(o.Access)
		d.compared(rules[0], limits[0], o.Addr().Sharing, "sharing rule", "共享规则")
		d.compared(rules[1], limits[1], o.Addr().Restriction, "restriction", "限制规则")
		if rules[2][""] != limits[2][""] {
			d.add(Entry{Op: Change, Address: o.Addr().Property("sharing"), Class: Additive,
				Summary: diag.Textf("sharing of %s by territory, queue, team or brand changes", "%s 按区域、队列、团队或品牌的共享设置变更", o.Name)})
		}
		if was.Name != "" && was.Sharing != o.Sharing {
			d.accessChanged = true
		}
	}
	d.accessChanged = d.accessChanged || len(d.entries) > n
}

// compared adds what came, changed and went among things by name.
func (d *differ) compared(old, new map[string]string, of func(string) addr.Address, en, zh string) {
	for _, name := range sortedKeys(new) {
		was, ok := old[name]
		switch {
		case !ok:
			d.add(Entry{Op: Add, Address: of(name), Class: Additive, Summary: diag.Textf("%[1]s %[3]s is new", "新增%[2]s %[3]s", en, zh, name)})
		case was != new[name]:
			d.add(Entry{Op: Change, Address: of(name), Class: Additive, Summary: diag.Textf("%[1]s %[3]s changes", "%[2]s %[3]s 变更", en, zh, name)})
		}
	}
	for _, name := range sortedKeys(old) {
		if _, ok := new[name]; !ok {
			d.add(Entry{Op: Remove, Address: of(name), Class: Additive, Summary: diag.Textf("%[1]s %[3]s is removed", "删除%[2]s %[3]s", en, zh, name)})
		}
	}
}

// setTexts spells each permission set, so that equal ones are equal texts.
func setTexts(c *catalog.Catalog) map[string]string {
	out := map[string]string{}
	for _, s := range c.Sets {
		var b strings.Builder
		fmt.Fprintln(&b, s.Label, s.System)
		for _, p := range s.Objects {
			fmt.Fprintln(&b, p.Object.Name, p.Read, p.Create, p.Update, p.Delete, p.ViewAll, p.EditAll, p.Depth, p.EditDepth, p.Actions)
			for _, f := range p.Object.Fields {
				if level := p.Fields[f.Place]; level != catalog.Editable || p.Named[f] {
					fmt.Fprintln(&b, f.Name, level, p.Named[f])
				}
			}
		}
		out[s.Name] = b.String()
	}
	return out
}

func roleTexts(c *catalog.Catalog) map[string]string {
	out := map[string]string{}
	for _, r := range c.Roles {
		var sets []string
		for _, s := range r.Sets {
			sets = append(sets, s.Name)
		}
		sort.Strings(sets)
		above := ""
		if r.Parent != nil {
			above = r.Parent.Name
		}
		out[r.Name] = fmt.Sprintln(r.Label, above, sets)
	}
	return out
}

// sharingTexts spells the rules, the restrictions, and under "" the rest of an object's sharing.
func sharingTexts(s *catalog.Sharing) (out [3]map[string]string) {
	for i := range out {
		out[i] = map[string]string{}
	}
	if s == nil {
		return out
	}
	for _, r := range s.Rules {
		where := ""
		if r.Where != nil {
			where = r.Where.String()
		}
		out[0][r.Name] = fmt.Sprintln(r.Label, where, audienceText(&r.To), r.Edit)
	}
	for _, r := range s.Restrictions {
		var except []string
		for _, a := range r.Except {
			except = append(except, audienceText(&a))
		}
		slices.Sort(except)
		out[1][r.Name] = fmt.Sprintln(r.Label, r.Where.String(), audienceText(r.From), except, r.Edit)
	}
	var b strings.Builder
	for _, by := range []*catalog.SharedBy{s.Territory, s.Queue} {
		if by != nil {
			fmt.Fprint(&b, by.Field.Name, by.Edit)
		}
		fmt.Fprint(&b, ";")
	}
	for _, t := range s.Teams {
		fmt.Fprint(&b, t.Object.Name, t.Record.Name, t.User.Name, t.Level != nil, ";")
	}
	for _, x := range s.Belonging {
		fmt.Fprint(&b, x.Bound.User.Name, x.Bound.Path != nil, x.Field.Name, x.Edit, ";")
	}
	for _, f := range s.Isolation {
		fmt.Fprint(&b, f.Name, ";")
	}
	if text := b.String(); text != ";;" {
		out[2][""] = text
	}
	return out
}

func audienceText(a *catalog.Audience) string {
	switch {
	case a == nil:
		return "everybody"
	case a.Role != nil:
		return fmt.Sprint("role ", a.Role.Name, a.Below)
	}
	return fmt.Sprint(a.Of, " ", a.Code, a.Below)
}
