package fieldkit

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// ReferenceField is a single reference to one object: lookup and master.
type ReferenceField struct {
	to, prefix, inverse string
	user, master        bool
	onDelete            field.Deletion
}

var _ field.Reference = (*ReferenceField)(nil)

// NewReference makes a reference to the object to, or reports that there is none and gives nil.
func NewReference(to, inverse string, onDelete field.Deletion, master bool, env field.Env) field.Field {
	if !env.HasObject(to) {
		env.Errorf("unknown-object", "to", diag.Textf("there is no object %q", "没有对象 %q", to), diag.DidYouMean(to, env.Objects()))
		return nil
	}
	return &ReferenceField{to: to, prefix: env.IDPrefix(to), inverse: inverse, user: env.Serves(to) == "user", master: master, onDelete: onDelete}
}

func (f *ReferenceField) Targets() []string        { return []string{f.to} }
func (f *ReferenceField) Many() bool               { return false }
func (f *ReferenceField) Polymorphic() bool        { return false }
func (f *ReferenceField) OnDelete() field.Deletion { return f.onDelete }
func (f *ReferenceField) Inverse() string          { return f.inverse }
func (f *ReferenceField) Master() bool             { return f.master }
func (f *ReferenceField) Column() driver.Column    { return driver.Column{Type: driver.Ref} }

func (f *ReferenceField) read(in any) (value.Value, *errs.Error) {
	n, err := ID(in, f.prefix, f.to)
	return value.Ref(n), err
}

func (f *ReferenceField) Shape() field.Shape {
	s := field.Shape{Output: "ID", Input: "ID", Filter: "IDFilter", Operators: Equality("ID", f.read), Sortable: true, Groupable: true}
	if f.user {
		s.Filter = "UserIDFilter"
		s.Operators = append(s.Operators, field.Operator{Name: "me", Arg: "Boolean!", Coerce: func(in any, now field.Now) ([]value.Value, *errs.Error) {
			return []value.Value{value.Ref(now.UserID)}, OnlyTrue(in)
		}, Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
			return driver.Cmp{Op: driver.Eq, L: col, R: args[0]}
		}})
	}
	return s
}

func (f *ReferenceField) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	n, err := ID(in, f.prefix, f.to)
	if err != nil {
		return value.Null, err
	}
	return value.Ref(n), nil
}

func (f *ReferenceField) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return AppendID(dst, f.prefix, v.Int())
}
