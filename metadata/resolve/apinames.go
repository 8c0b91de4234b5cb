package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/parallel"
)

// apiNames reports GraphQL names that two things would share: types and root fields of objects,
// members of one type, and definitions of field types that differ under one name.
func (r *resolver) apiNames() {
	n := 0 // fields
	for _, o := range r.cat.Objects {
		n += len(o.Fields)
	}
	types, roots := make(map[string]string, n), make(map[string]string, 8*len(r.cat.Objects))
	for _, n := range catalog.CommonAPITypes() {
		types[n] = ""
	}
	for _, n := range catalog.CommonAPIRoots() {
		roots[n] = ""
	}
	defs := make(map[string]string, n/2)
	for some := range slices.Chunk(r.cat.Objects, shapedAtOnce) {
		for i, shapes := range parallel.Map(some, shapesOf) {
			r.fieldTypes(some[i], shapes, types, defs)
		}
	}
	for _, o := range r.cat.Objects {
		if clash := r.take(types, o, o.APITypes()); !clash {
			r.take(roots, o, o.APIRoots())
		}
	}
}

// shapedAtOnce is of how many objects shapes are made at a time; they are large, and needed no longer than it takes to
// look at them.
const shapedAtOnce = 64

// shapesOf are the shapes of the fields of an object.
func shapesOf(o *catalog.Object) []field.Shape {
	out := make([]field.Shape, len(o.Fields))
	for i, f := range o.Fields {
		if f.KeyOf == nil { // the API does not know the others
			out[i] = f.Type.Shape()
		}
	}
	return out
}

// take gives names to an object, and reports the first that is taken.
func (r *resolver) take(taken map[string]string, o *catalog.Object, names []string) (clash bool) {
	for _, n := range names {
		who, is := taken[n]
		if is && !clash {
			clash = true
			r.errorf("name-clash", o.Addr(), r.decls.get(o.Name).def.Pos.At("name"), r.takenBy(n, o.Name, who))
		}
		if !is {
			taken[n] = o.Name
		}
	}
	return clash
}

func (r *resolver) takenBy(name, what, who string) diag.Text {
	if who == "" {
		return diag.Textf("the API name %[1]s of %[2]s is one that the API itself has", "%[2]s 的 API 名称 %[1]s 为 API 自身所用", name, what)
	}
	return diag.Textf("the API name %[1]s of %[2]s is taken by %[3]s", "%[2]s 的 API 名称 %[1]s 已被 %[3]s 占用", name, what, who)
}

// fieldTypes takes the names of the types that an object's field types define and filter by, and
// reports names that two members of the object's GraphQL type would share.
func (r *resolver) fieldTypes(o *catalog.Object, shapes []field.Shape, types, defs map[string]string) {
	d := r.decls.get(o.Name)
	members := make(map[string]string, 2*len(o.Fields))
	for _, n := range []string{"history", "access", "approvals"} {
		members[n] = ""
	}
	member := func(name, who string, at func() diag.Pos) {
		if was, ok := members[name]; ok {
			r.errorf("name-clash", o.Addr(), at(), r.takenBy(name, who, was))
		}
		members[name] = who
	}
	for i, f := range o.Fields {
		if f.KeyOf != nil {
			continue
		}
		at := func() diag.Pos { return d.field(f.Name).at("name") }
		member(f.APIName, f.Name, at)
		if f.RelName != "" {
			member(f.RelName, f.Name, at)
		}
		if f.System && f.Name != catalog.RecordType && len(defs) > 0 && o != r.cat.Objects[0] {
			continue // the same for every object
		}
		sh := shapes[i]
		for _, x := range sh.Extra {
			member(f.APIName+x.Suffix, f.Name, at)
		}
		for _, n := range sorted(sh.Defs) {
			if text, ok := defs[n]; ok && text != sh.Defs[n] {
				r.errorf("name-clash", f.Addr(), at(),
					diag.Textf("the API type %s of %s.%s is defined otherwise by another field", "%[2]s.%[3]s 的 API 类型 %[1]s 已由其他字段另行定义", n, o.Name, f.Name))
			}
			defs[n], types[n] = sh.Defs[n], ""
		}
		if sh.Filter != "" {
			types[sh.Filter] = ""
		}
	}
	for _, inv := range o.Inverses {
		member(inv.Name, inv.Child.Name+"."+inv.Via.Name, func() diag.Pos { return d.def.Pos.At("name") })
	}
}

// isWord says whether a name means something else in expressions, or is a key of every filter.
func isWord(name string) bool {
	switch name {
	case "and", "or", "not", "in", "is", "between", "null", "true", "false":
		return true
	}
	return false
}

func (r *resolver) word(name string, of addr.Address, at diag.Pos) {
	r.errorf("reserved-name", of, at, diag.Textf("%s is a word of expressions and filters; choose another name", "%s 是表达式与筛选中的保留字，请换用其他名称", strings.ToUpper(name)))
}
