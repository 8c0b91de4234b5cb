// Package treepath is the field type "tree_path": the materialised path over a lookup of an object to itself.
package treepath

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "tree_path" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "The path of a record in its tree.", Zh: "记录在树中的路径。"}
}

type settings struct {
	Parent string `json:"parent" required:"true" doc:"the lookup of the object to itself" zh:"指向自身的查找字段"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return &path{&fieldkit.TextField{MaxLength: 4000}, s.Parent, env.Object(), env.IDPrefix(env.Object())}
}

// path is text such as "/1/4/9/": the ids from the root down to the record itself.
type path struct {
	*fieldkit.TextField
	parent, object, prefix string
}

var _ field.Computed = (*path)(nil)

func (f *path) Computation() field.Computation {
	return field.Computation{TreePath: &field.TreePath{Parent: f.parent}}
}

func (f *path) Shape() field.Shape {
	s := f.TextField.Shape()
	s.Input, s.Filter = "", "TreePathFilter"
	s.Operators = []field.Operator{{Name: "within", Arg: "ID!", Coerce: func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		id, err := fieldkit.ID(in, f.prefix, f.object)
		if err != nil {
			return nil, err
		}
		return []value.Value{value.Text("/" + decimal(id) + "/")}, nil
	}, Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
		return driver.Match{Mode: "contains", Arg: col, Pattern: args[0]}
	}}}
	return s
}

func decimal(id int64) string { return string(value.Int(id).AppendDecimal(nil)) }
