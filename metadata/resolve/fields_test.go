package resolve_test

import (
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// fields are the standard types, with computed ones as small as they can be: these tests are
// about the catalogue, not about what a type makes of its settings.
func fields() field.Registry { return standard.Fields().With(formulaType{}, rollupType{}) }

// engines is one engine that takes an argument of every form.
func engines() engine.Registry {
	return engine.NewRegistry(&engine.Signature{Name: "test.all",
		Params: []engine.Param{{Name: "amount", Kind: value.KindDecimal, Required: true}, {Name: "key", Form: engine.Exprs}, {Name: "window", Form: engine.Word, Enum: []string{"day", "month"}},
			{Name: "parent", Kind: value.KindRef}, {Name: "over", Form: engine.Children, In: "parent"}, {Name: "weight", Form: engine.ChildExpr, Kind: value.KindDecimal, In: "over"},
			{Name: "into", Form: engine.Field, In: "over"}, {Name: "field", Form: engine.Field}, {Name: "object", Form: engine.Object}, {Name: "set", Form: engine.Values, In: "object"}},
		Results:  []engine.Result{{Name: "left", Kind: value.KindDecimal}, {Name: "first", Kind: value.KindRef, In: "over"}},
		Refusals: []engine.Refusal{{Name: "limit"}}}, &engine.Signature{Name: "test.serves", Serves: []string{"counter"}},
		&engine.Signature{Name: "test.copy", Params: []engine.Param{{Name: "over", Form: engine.Children}, {Name: "to", Kind: value.KindRef}, {Name: "into", Form: engine.Children, In: "to"}, {Name: "set", Form: engine.ChildValues, In: "into", Over: "over"}}},
		&engine.Signature{Name: "test.post", Params: onAccount()}, &engine.Signature{Name: "test.hold", Params: onAccount("status")})
}

func onAccount(needs ...string) []engine.Param {
	return []engine.Param{{Name: "ledger", Form: engine.Ledger, Keys: needs, Required: true}, {Name: "account", Form: engine.Account, Kind: value.KindRef, In: "ledger"},
		{Name: "type", Form: engine.EntryType, In: "ledger"}, {Name: "set", Form: engine.Values, In: "ledger"}}
}

type formulaType struct{}

type formulaSettings struct {
	Expr   string `json:"expr" required:"true"`
	Stored *bool  `json:"stored"`
}

func (formulaType) Kind() string     { return "formula" }
func (formulaType) Doc() diag.Text   { return diag.Text{} }
func (formulaType) Spec() *spec.Spec { return spec.Of[formulaSettings]() }
func (formulaType) New(decl model.Field, env field.Env) field.Field {
	var s formulaSettings
	if err := spec.Decode(decl.Settings, &s); err != nil {
		env.Errorf("bad-setting", "", diag.Textf("%v", "%v", err), nil)
		return nil
	}
	return computed{field.Computation{Formula: &field.Formula{Expr: s.Expr, Stored: s.Stored}}}
}

type rollupType struct{}

type rollupSettings struct {
	From     string `json:"from" required:"true"`
	Function string `json:"function" required:"true"`
	Field    string `json:"field"`
	Where    string `json:"where"`
}

func (rollupType) Kind() string     { return "rollup" }
func (rollupType) Doc() diag.Text   { return diag.Text{} }
func (rollupType) Spec() *spec.Spec { return spec.Of[rollupSettings]() }
func (rollupType) New(decl model.Field, env field.Env) field.Field {
	var s rollupSettings
	if err := spec.Decode(decl.Settings, &s); err != nil {
		env.Errorf("bad-setting", "", diag.Textf("%v", "%v", err), nil)
		return nil
	}
	return computed{field.Computation{Rollup: &field.Rollup{From: s.From, Function: s.Function, Field: s.Field, Where: s.Where}}}
}

// computed is a whole number that the platform writes.
type computed struct{ c field.Computation }

var _ field.Computed = computed{}

func (f computed) Computation() field.Computation { return f.c }
func (computed) Column() driver.Column            { return driver.Column{Type: driver.Int} }
func (computed) Shape() field.Shape {
	return field.Shape{Output: "Int", Aggregates: fieldkit.Numeric()}
}
func (computed) Coerce(any) (value.Value, *errs.Error)       { return value.Null, nil }
func (computed) AppendJSON(dst []byte, v value.Value) []byte { return append(dst, "null"...) }
