package graph

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
)

// inputs makes the input types of an object that reads need: its filter, order and key.
func (b *builder) inputs(o *catalog.Object) {
	b.filter(o)
	ord := b.typ(inputKind, o.TypeName+"Order", "One criterion: exactly one key.")
	ord.structural = true
	ord.field("id", "OrderDirection", "", fieldOrder{o.Field(catalog.ID)})
	key := b.typ(inputKind, o.TypeName+"Key", "Exactly the fields of one unique key.")
	key.structural = true
	key.field("id", "ID", "", nil)
	for _, f := range o.Fields {
		if f.Name == catalog.ID || f.KeyOf != nil || !b.profile.CanRead(f) {
			continue
		}
		sh := b.shape(f)
		if sh.Sortable && f.Column != "" {
			ord.field(f.APIName, "OrderDirection", "", fieldOrder{f})
		}
		if b.single(f) {
			ord.field(f.RelName, f.Ref.Target().TypeName+"Order", "", oneOrder{f})
		}
	}
	for _, k := range o.Keys {
		if b.readable(k.Fields) {
			for _, f := range k.Fields {
				key.field(f.APIName, keyInput(b.shape(f), f), "", fieldCond{f})
			}
		}
	}
}

func keyInput(sh *field.Shape, f *catalog.Field) string {
	switch {
	case f.Ref != nil && !f.Ref.Many:
		return "ID"
	case sh.Input != "":
		return sh.Input
	}
	return sh.Output
}

func (b *builder) readable(fs []*catalog.Field) bool {
	for _, f := range fs {
		if f.KeyOf != nil || !b.profile.CanRead(f) {
			return false
		}
	}
	return len(fs) > 0
}

// single says whether a field leads to one record of one object of this schema.
func (b *builder) single(f *catalog.Field) bool {
	return f.Ref != nil && f.RelName != "" && !f.Ref.Many && !f.Ref.Polymorphic && b.has[f.Ref.Target()]
}

func (b *builder) filter(o *catalog.Object) {
	name := o.TypeName + "Filter"
	t := b.typ(inputKind, name, "All keys must hold.")
	t.structural = true
	t.field("and", "["+name+"!]", "", logicCond("and"))
	t.field("or", "["+name+"!]", "", logicCond("or"))
	t.field("not", name, "", logicCond("not"))
	t.field("id", b.operators("IDFilter", idOperators(o)), "", fieldCond{o.Field(catalog.ID)})
	for _, f := range o.Fields {
		if f.Name == catalog.ID || f.KeyOf != nil || f.Column == "" || !b.profile.CanRead(f) {
			continue
		}
		if ops := operatorsOf(b.shape(f), f); len(ops) > 0 {
			t.field(f.APIName, b.operators(b.filterName(f), ops), "", fieldCond{f})
		}
		switch {
		case b.single(f):
			t.field(f.RelName, f.Ref.Target().TypeName+"Filter", "", oneCond{f})
		case f.Ref != nil && f.RelName != "" && f.Ref.Many && !f.Ref.Polymorphic && b.has[f.Ref.Target()]:
			t.field(f.RelName, b.quantified(f.Ref.Target()), "", manyCond{f})
		}
	}
	for _, inv := range o.Inverses {
		if b.has[inv.Child] && b.profile.CanRead(inv.Via) {
			t.field(inv.Name, b.quantified(inv.Child), "", childCond{inv})
		}
	}
}

// quantified is the filter over many related records.
func (b *builder) quantified(o *catalog.Object) string {
	t := b.typ(inputKind, o.TypeName+"ListFilter", "")
	t.structural = true
	for _, q := range []string{"some", "none", "every"} {
		t.field(q, o.TypeName+"Filter", "", nil)
	}
	return t.name
}

// filterName is the type of a field's operators. References share one for all objects.
func (b *builder) filterName(f *catalog.Field) string {
	if n := b.shape(f).Filter; n != "" {
		return n
	}
	return "IDFilter"
}

// operatorsOf gives a field's operators. The ids in a reference's operators are read here, where
// the prefixes of objects are known.
func operatorsOf(sh *field.Shape, f *catalog.Field) []field.Operator {
	if f.Ref == nil || f.Ref.Polymorphic || f.Ref.Many {
		if sh.Filter == "" {
			return nil
		}
		return sh.Operators
	}
	ops := idOperators(f.Ref.Target())
	known := map[string]bool{}
	for _, op := range ops {
		known[op.Name] = true
	}
	if sh.Filter == "" {
		return ops
	}
	for _, op := range sh.Operators {
		if !known[op.Name] {
			ops = append(ops, op)
		}
	}
	return ops
}

// operators makes the input type of a set of operators. A key that is there must not be null,
// unless the operator takes null; that is checked when its argument is read.
func (b *builder) operators(name string, ops []field.Operator) string {
	t := b.typ(inputKind, name, "")
	t.structural = true
	for i := range ops {
		t.field(ops[i].Name, strings.TrimSuffix(ops[i].Arg, "!"), "", nil)
	}
	return name
}
