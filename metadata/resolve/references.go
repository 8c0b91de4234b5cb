package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// references finds the targets of references, gives both sides their names, and reports clashes.
func (r *resolver) references() {
	refs := map[[2]string]int{} // child, parent → number of plain references
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			if r.reference(o, f); f.Ref != nil && f.Ref.Inverse == nil && !f.Ref.Polymorphic && !f.System {
				refs[[2]string{o.Name, f.Ref.Target().Name}]++
			}
		}
	}
	for _, o := range r.cat.Objects {
		for _, f := range o.Fields {
			o.ByAPIName[f.APIName] = f
			if f.Ref != nil && !f.Ref.Polymorphic && !f.System {
				r.inverse(o, f, refs[[2]string{o.Name, f.Ref.Target().Name}] == 1)
			}
		}
	}
	if !r.in.Proven {
		r.apiNames()
	}
	r.masters()
}

func (r *resolver) reference(o *catalog.Object, f *catalog.Field) {
	ref, ok := f.Type.(field.Reference)
	if !ok || f.Name == catalog.ID {
		return
	}
	out := &catalog.Reference{Many: ref.Many(), Polymorphic: ref.Polymorphic(), OnDelete: ref.OnDelete(), Master: ref.Master()}
	for _, t := range ref.Targets() {
		if t == "*" {
			out.Targets = r.cat.Objects
			break
		}
		if target := r.cat.ByName[t]; target != nil {
			out.Targets = append(out.Targets, target)
		}
	}
	at := func(key string) diag.Pos { return r.decls.get(o.Name).field(f.Name).at(key) }
	if len(out.Targets) == 0 {
		r.errorf("unknown-object", f.Addr(), at("to"), diag.Textf("the reference leads to no object", "引用没有指向任何对象"))
		return
	}
	f.Ref = out
	f.APIName, f.RelName = referenceNames(f.Name, out.Many)
	if out.Master {
		if o.Master != nil {
			r.errorf("two-masters", f.Addr(), at("type"), diag.Textf("%s already has the master %s", "%s 已有主对象字段 %s", o.Name, o.Master.Name))
			return
		}
		o.Master, f.Required = f, true // a detail without its master would have no access and no end
	}
}

// inverse names the children of a record: the child's plural when it refers once or is a detail,
// else with the reference's name behind it.
func (r *resolver) inverse(child *catalog.Object, f *catalog.Field, only bool) {
	parent := f.Ref.Target()
	name := child.PluralName
	if s := f.Type.(field.Reference).Inverse(); s != "" {
		if name = camel(s); !model.NameForm.Match(s) || len(s) > model.MaxName {
			r.errorf("bad-name", f.Addr(), r.decls.get(child.Name).field(f.Name).at("inverse"),
				diag.Textf("%q is no name of a reverse relation: lower-case words joined by _, at most 48 characters", "%q 不是有效的反向关系名称：须为小写单词以 _ 连接，最多 48 个字符", s))
			return
		}
	} else if !only && !f.Ref.Master {
		name += "By" + strings.ToUpper(f.RelName[:1]) + f.RelName[1:]
	}
	inv := &catalog.Inverse{Name: name, Child: child, Via: f}
	f.Ref.Inverse = inv
	if was := parent.InverseOf[name]; was != nil {
		r.errorf("name-clash", f.Addr(), r.decls.get(child.Name).field(f.Name).at("name"),
			diag.Textf("the reverse relation %s of %s is taken by %s.%s; set \"inverse\"", "%[2]s 的反向关系 %[1]s 已被 %[3]s.%[4]s 占用，请设置 inverse", name, parent.Name, was.Child.Name, was.Via.Name))
		return
	}
	parent.InverseOf[name] = inv
	parent.Inverses = append(parent.Inverses, inv)
}

// masters reports details that are, over their masters, details of themselves.
func (r *resolver) masters() {
	for _, o := range r.cat.Objects {
		trail := []string{o.Name}
		for m := o.Master; m != nil; m = m.Ref.Target().Master {
			trail = append(trail, m.Ref.Target().Name)
			if m.Ref.Target() == o {
				r.errorf("cyclic-masters", o.Addr(), r.decls.get(o.Name).field(o.Master.Name).at("to"), diag.Textf("masters form a cycle: %s", "主从关系成环：%s", strings.Join(trail, " → ")))
				break
			}
			if len(trail) > len(r.cat.Objects) {
				break
			}
		}
	}
}
