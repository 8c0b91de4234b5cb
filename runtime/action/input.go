package action

import (
	"fmt"
	"maps"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// coerce reads what the caller gave; every bad value is reported.
func coerce(a *catalog.Action, in map[string]any) (record.Named, error) {
	out := record.Named{Values: map[string]value.Value{}, Objects: map[string]*catalog.Object{}}
	var first *errs.Error
	bad := func(e *errs.Error, field string) {
		c := *e
		if c.On(field); first == nil {
			first = &c
		} else {
			first.More = append(first.More, &c)
		}
	}
	for key := range in {
		if a.Input.ByAPIName[key] == nil {
			bad(errs.New(errs.InvalidInput, "the action %s takes no %s", "操作 %s 不接受 %s", a.Name, key).Near(key, apiNames(a.Input)), key)
		}
	}
	for _, f := range a.Input.Fields {
		v, e := given(f, in)
		switch {
		case e != nil:
			bad(e, f.APIName)
		case f.Required && v.IsNull() && !computedDefault(f, in):
			bad(errs.New(errs.ValidationFail, "%s is required", "%s 为必填项", f.APIName).With("label", f.Label), f.APIName)
		}
		out.Values[f.Name] = v
		if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic {
			out.Objects[f.Name] = f.Ref.Target()
		}
	}
	if first != nil {
		return out, first
	}
	return out, nil
}

// given is what the caller gave for a field, or its constant default.
func given(f *catalog.Field, in map[string]any) (value.Value, *errs.Error) {
	if raw, ok := in[f.APIName]; ok {
		v, e := f.Type.Coerce(raw)
		return v.Clone(), e
	}
	if f.Default == nil {
		return value.Null, nil
	}
	return f.Default.Value, nil
}

// computedDefault says whether a field that the caller left out gets the value of an expression.
func computedDefault(f *catalog.Field, in map[string]any) bool {
	_, ok := in[f.APIName]
	return !ok && f.Default != nil && f.Default.Expr != nil
}

// defaults computes them.
func (r *run) defaults(in map[string]any) error {
	n := r.named[catalog.InputName]
	n.Values = maps.Clone(n.Values)
	for _, f := range r.a.Input.Fields {
		if !computedDefault(f, in) {
			continue
		}
		v, err := r.se.Eval(f.Default.Expr, record.Record{}, nil)
		if err != nil {
			return fmt.Errorf("default of %s: %w", f.Name, err)
		}
		fitted, e := record.Coerced(f, v)
		if e != nil {
			return e.On(f.APIName)
		}
		n.Values[f.Name] = fitted
	}
	r.named[catalog.InputName] = n
	return nil
}

func apiNames(o *catalog.Object) (out []string) {
	for _, f := range o.Fields {
		out = append(out, f.APIName)
	}
	return out
}
