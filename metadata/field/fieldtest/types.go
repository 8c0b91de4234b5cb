package fieldtest

import (
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// types stand in for the plugins of these kinds, which the contract may not import.
var types = map[string]field.Type{
	"text":    result{"text", func(model.Field, field.Env) field.Field { return &fieldkit.TextField{MaxLength: 100} }},
	"int":     result{"int", func(d model.Field, env field.Env) field.Field { return fieldkit.NewDecimal(d, env, 0) }},
	"decimal": result{"decimal", func(d model.Field, env field.Env) field.Field { return fieldkit.NewDecimal(d, env, 4) }},
	"money":   result{"money", func(d model.Field, env field.Env) field.Field { return fieldkit.NewDecimal(d, env, 2) }},
	"master": result{"master", func(_ model.Field, env field.Env) field.Field {
		return fieldkit.NewReference("dealer", "", field.Cascade, true, env)
	}},
}

type result struct {
	kind string
	make func(model.Field, field.Env) field.Field
}

func (r result) Kind() string     { return r.kind }
func (r result) Doc() diag.Text   { return diag.Text{En: r.kind, Zh: r.kind} }
func (r result) Spec() *spec.Spec { return &spec.Spec{} }

func (r result) New(decl model.Field, env field.Env) field.Field { return r.make(decl, env) }
