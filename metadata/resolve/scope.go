package resolve

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// scope tells expressions what names mean in the catalogue under construction.
type scope struct{ r *resolver }

var (
	_ expr.Scope  = scope{}
	_ expr.Tables = scope{}
	_ expr.Tiers  = scope{}
)

func (s scope) field(object, name string) *catalog.Field {
	o := s.r.cat.ByName[object]
	if o == nil {
		return nil
	}
	if f := o.ByName[name]; f != nil && f.KeyOf == nil {
		return f
	}
	return o.ByName[name+"_id"]
}

// chooser is implemented by picklist fields.
type chooser interface{ Choices() []model.PicklistValue }

func (s scope) Symbol(object, name string) (expr.Symbol, bool) {
	f := s.field(object, name)
	if f == nil {
		return expr.Symbol{}, false
	}
	sym := expr.Symbol{Name: f.Name, Type: symbolType(f)}
	if c, ok := f.Type.(chooser); ok {
		for _, v := range c.Choices() {
			sym.Codes = append(sym.Codes, v.Code)
		}
	}
	s.r.formula(f)
	switch {
	case f.Formula != nil && !f.Formula.Stored:
		sym.Virtual = f.Formula.Program
	case f.Column != "":
		sym.Column = f.Col()
	}
	return sym, true
}

func (s scope) Names(object string) []string {
	o := s.r.cat.ByName[object]
	if o == nil {
		return nil
	}
	out := make([]string, 0, len(o.Fields))
	for _, f := range o.Fields {
		if f.KeyOf == nil {
			out = append(out, f.Name)
		}
	}
	return out
}

func (s scope) Children(object, name string) (expr.Child, bool) {
	o := s.r.cat.ByName[object]
	if o == nil {
		return expr.Child{}, false
	}
	child, via, _ := strings.Cut(strings.ReplaceAll(name, "@", "."), ".")
	c := s.r.cat.ByName[child]
	if c == nil {
		return expr.Child{}, false
	}
	var found *catalog.Field
	for _, f := range c.Fields {
		if f.Ref == nil || f.System || via != "" && f.Name != via && f.Name != via+"_id" || !leadsTo(f, o) {
			continue
		}
		if found != nil {
			return expr.Child{}, false // which one is not said
		}
		found = f
	}
	if found == nil {
		return expr.Child{}, false
	}
	link := driver.Link{Inner: found.Col(), Outer: driver.Col{Name: "id"}, InnerList: found.Ref.Many}
	if found.Ref.Polymorphic {
		link.Prefix = o.IDPrefix + "_"
	}
	live := driver.IsNull{Arg: c.ByName[catalog.DeletedAt].Col()}
	return expr.Child{Object: c.Name, Via: found.Name, Table: c.Table, Link: link, Live: live}, true
}

func leadsTo(f *catalog.Field, o *catalog.Object) bool {
	for _, t := range f.Ref.Targets {
		if t == o {
			return true
		}
	}
	return false
}

func (s scope) ChildNames(object string) []string {
	o := s.r.cat.ByName[object]
	if o == nil {
		return nil
	}
	var out []string
	for _, inv := range o.Inverses {
		out = append(out, inv.Child.Name+"."+inv.Via.Name)
	}
	return out
}

func (s scope) Table(object string) string {
	if o := s.r.cat.ByName[object]; o != nil {
		return o.Table
	}
	return ""
}

// DecisionTable finds an output of a decision table.
func (s scope) DecisionTable(name, output string) (*expr.Table, *diag.Text, bool) {
	d := s.r.cat.Decision(name)
	if d == nil {
		var names []string
		for _, x := range s.r.cat.Decisions {
			names = append(names, x.Name)
		}
		return nil, diag.DidYouMean(name, names), false
	}
	t := asFunction(d, output)
	return t, diag.DidYouMean(output, fieldNames(d.Outputs)), t != nil
}

// symbolType is the type of a field's values in expressions.
func symbolType(f *catalog.Field) expr.Type {
	t := expr.Type{Kind: columnKind(f.Store.Type), Scale: f.Store.Scale}
	switch {
	case f.Name == catalog.ID:
		t.Kind, t.Object = value.KindRef, f.Object.Name
	case f.Ref != nil && f.Ref.Many:
		t.Elem = value.KindRef
	case f.Ref != nil && !f.Ref.Polymorphic:
		t.Object = f.Ref.Target().Name
	case t.Kind == value.KindList:
		t.Elem = value.KindText
	}
	return t
}

func columnKind(t driver.Type) value.Kind {
	switch t {
	case driver.Bool:
		return value.KindBool
	case driver.Int:
		return value.KindInt
	case driver.Float:
		return value.KindFloat
	case driver.Decimal:
		return value.KindDecimal
	case driver.Text:
		return value.KindText
	case driver.Bytes:
		return value.KindBytes
	case driver.Date:
		return value.KindDate
	case driver.Time:
		return value.KindTime
	case driver.DateTime:
		return value.KindDateTime
	case driver.Ref:
		return value.KindRef
	case driver.List:
		return value.KindList
	case driver.JSON:
		return value.KindJSON
	}
	return value.KindNull
}
