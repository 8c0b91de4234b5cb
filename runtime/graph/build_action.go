package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// actions adds the record actions of an object that the caller may ask for.
func (b *builder) actions(o *catalog.Object) {
	for _, a := range o.Actions {
		if !action.Allowed(b.profile, a) {
			continue
		}
		var args []*member
		if !a.OnObject {
			args = append(args, arg("id", "ID!"))
		}
		if need, any := b.actionInput(a); any {
			t := a.TypeName + "Input"
			if need {
				t += "!"
			}
			args = append(args, arg("input", t))
		}
		if !a.OnObject {
			args = append(args, arg("ifVersion", "Int"))
		}
		b.actionResult(a)
		b.writable().field(a.Mutation, a.TypeName+"Result!", describeLabel(a.Label, a.Help), rootAction{a}, append(args, control()...)...)
	}
}

// actionInput makes the input's type; need says whether a key of it must be given.
func (b *builder) actionInput(a *catalog.Action) (need, any bool) {
	if len(a.Input.Fields) == 0 {
		return false, false
	}
	b.fieldDefs(a.Input)
	t := b.typ(inputKind, a.TypeName+"Input", "")
	for _, f := range a.Input.Fields {
		in := b.shape(f).Input
		if f.Ref != nil && !f.Ref.Many {
			in = "ID"
		}
		if f.Required && f.Default == nil && !hasDefault(f) {
			need, in = true, in+"!"
		}
		t.field(f.APIName, in, describeLabel(f.Label, f.Help), nil)
	}
	return need, true
}

func (b *builder) actionResult(a *catalog.Action) {
	r := b.typ(objectKind, a.TypeName+"Result", "")
	if !a.OnObject {
		r.field(a.Object.SingularName, a.Object.TypeName, "The record after the action.", resultRole("record"))
	}
	r.field("warnings", "[Warning!]!", "", resultRole("warnings"))
	for _, x := range a.Results {
		out := outputOf(x.Value.Type())
		if out == "Date" && b.types[out] == nil {
			b.external(out, "scalar Date")
		}
		r.field(x.APIName, out, "", valueRole{x})
	}
}

// outputOf is the GraphQL type of an expression's values.
func outputOf(t expr.Type) string {
	switch t.Kind {
	case value.KindBool:
		return "Boolean"
	case value.KindInt:
		return "Int"
	case value.KindDecimal, value.KindFloat:
		return "Decimal"
	case value.KindDate:
		return "Date"
	case value.KindDateTime:
		return "DateTime"
	case value.KindRef:
		return "ID"
	case value.KindList, value.KindJSON:
		return "JSON"
	}
	return "String"
}

// appendResult writes the value of an action's result. A number of an Int result that does not fit
// into 32 bits is null, as GraphQL has no such Int.
func appendResult(dst []byte, cat *catalog.Catalog, x *catalog.ActionResult, v value.Value) []byte {
	null := func() []byte { return append(dst, "null"...) }
	switch t := x.Value.Type(); {
	case v.IsNull():
		return null()
	case t.Kind == value.KindBool && v.Bool():
		return append(dst, "true"...)
	case t.Kind == value.KindBool:
		return append(dst, "false"...)
	case t.Kind == value.KindInt:
		if n := v.Rescale(0); n.Int() == int64(int32(n.Int())) {
			return n.AppendDecimal(dst)
		}
		return null()
	case t.Kind == value.KindDecimal || t.Kind == value.KindFloat:
		return append(v.AppendDecimal(append(dst, '"')), '"')
	case t.Kind == value.KindDate:
		return fieldkit.AppendDate(dst, v.Int())
	case t.Kind == value.KindDateTime:
		return fieldkit.AppendDateTime(dst, v)
	case t.Kind == value.KindRef:
		if o := cat.Object(t.Object); o != nil {
			return fieldkit.AppendID(dst, o.IDPrefix, v.Int())
		}
		return null()
	case v.Kind() == value.KindList || v.Kind() == value.KindJSON:
		return append(dst, v.Text()...)
	}
	return appendText(dst, v.Text())
}
