package resolve

import (
	"sort"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// actionScope tells expressions of an action what names mean: the fields of its record, the input,
// and what earlier steps gave.
type actionScope struct {
	scope
	a     *catalog.Action
	steps map[string]map[string]expr.Type // what a named call gives, by step
	made  map[string]string               // the object of a record that a named step writes, by step
}

var _ expr.Scope = (*actionScope)(nil)

func newActionScope(r *resolver, a *catalog.Action) *actionScope {
	return &actionScope{scope: scope{r}, a: a, steps: map[string]map[string]expr.Type{}, made: map[string]string{}}
}

// noRecord stands for the record of an action that has none.
const noRecord = ""

// object is the object that bare names of the action's expressions belong to.
func (s *actionScope) object() string {
	if s.a.OnObject {
		return noRecord
	}
	return s.a.Object.Name
}

// Objects of the names that only expressions of actions know. No object is called so.
func (s *actionScope) inputObject() string           { return s.a.Input.Name }
func (s *actionScope) stepObject(step string) string { return s.a.Input.Name + "." + step }
func (s *actionScope) record(object string) expr.Type {
	return expr.Type{Kind: value.KindRef, Object: object}
}

// Symbol finds a field, the input, or a step.
func (s *actionScope) Symbol(object, name string) (expr.Symbol, bool) {
	switch object {
	case s.object():
		if name == catalog.InputName {
			return expr.Symbol{Name: name, Type: s.record(s.inputObject())}, true
		}
		if _, ok := s.steps[name]; ok {
			return expr.Symbol{Name: name, Type: s.record(s.stepObject(name))}, true
		}
		if made, ok := s.made[name]; ok {
			return expr.Symbol{Name: name, Type: s.record(made)}, true
		}
	case s.inputObject():
		f := s.a.Input.ByName[name]
		if f == nil {
			f = s.a.Input.ByName[name+"_id"]
		}
		if f == nil {
			return expr.Symbol{}, false
		}
		sym := expr.Symbol{Name: f.Name, Type: symbolType(f)}
		if c, ok := f.Type.(chooser); ok {
			for _, v := range c.Choices() {
				sym.Codes = append(sym.Codes, v.Code)
			}
		}
		return sym, true
	}
	for step, results := range s.steps {
		if s.stepObject(step) == object {
			t, ok := results[name]
			return expr.Symbol{Name: name, Type: t}, ok
		}
	}
	return s.scope.Symbol(object, name)
}

// named is the object that a name leads to which only this action's expressions know: "" for others.
func (s *actionScope) named(name string) string {
	switch {
	case name == catalog.InputName:
		return s.inputObject()
	case s.steps[name] != nil:
		return s.stepObject(name)
	}
	return s.made[name]
}

// Names lists what Symbol would find.
func (s *actionScope) Names(object string) []string {
	if object == s.inputObject() {
		return fieldNames(s.a.Input)
	}
	for step, results := range s.steps {
		if s.stepObject(step) == object {
			return sorted(results)
		}
	}
	out := s.scope.Names(object)
	if object == s.object() {
		out = append(append(out, catalog.InputName), append(sorted(s.steps), sorted(s.made)...)...)
		sort.Strings(out)
	}
	return out
}

func fieldNames(o *catalog.Object) (out []string) {
	for _, f := range o.Fields {
		out = append(out, f.Name)
	}
	return out
}
