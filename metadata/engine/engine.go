// Package engine says what an engine that record actions call must declare: its name, what it
// takes, what it gives and how it can refuse. metadata/resolve holds the steps of actions against
// it; runtime/action carries the engines out.
package engine

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// Signature declares one engine.
type Signature struct {
	Name     string // "counter.take"
	Doc      diag.Text
	Params   []Param
	Results  []Result
	Refusals []Refusal
	// Serves are the platform roles of objects without which the engine cannot work, such as
	// "counter".
	Serves []string
}

// Form is what the argument of a parameter is written as.
type Form uint8

const (
	// Expr is an expression over the record, the input and the results of earlier steps.
	Expr Form = iota
	// Exprs is one such expression, or a list of them.
	Exprs
	// Word is one of Param.Enum, or any name where that is empty.
	Word
	// Words is a list of texts, or one.
	Words
	// Ledger is the name of an object that is declared as a ledger, with Param.Keys.
	Ledger
	// Account is an expression for the record whose account in the ledger In is meant; the action's
	// own unless given.
	Account
	// EntryType is a code of the field that holds the types of entries of the ledger In.
	EntryType
	// Object is the name of an object.
	Object
	// Field is a field of an object, "coupon.code", or, with In, a field's name.
	Field
	// Children is a child object over one of its references, "order_line.order_id" or, where only
	// one reference leads to the parent, "order_line".
	Children
	// ChildExpr is an expression over the records that the parameter In names.
	ChildExpr
	// Values maps fields of the object that the parameter In names to expressions.
	Values
	// ChildValues maps fields of the object that the parameter In names to expressions over the
	// records that the parameter Over names.
	ChildValues
)

// Param is one argument that a call gives.
type Param struct {
	Name     string
	Doc      diag.Text
	Form     Form
	Kind     value.Kind // of Expr and ChildExpr: the kind of value; KindNull: any
	Required bool
	Enum     []string // of Word
	// In is the parameter that names the object which this one is about. Of Children it is the
	// parameter that gives the parent record; "" is the record of the action.
	In string
	// Any lets, of Children, references to several objects lead to the parent, too.
	Any bool
	// Over is, of ChildValues, the parameter that names the records which its expressions read.
	Over string
	// Keys are, of Ledger, optional keys of a ledger's declaration that the engine needs.
	Keys []string
}

// Result is one value that a call gives: later steps and the action's result name it.
type Result struct {
	Name string
	Doc  diag.Text
	Kind value.Kind
	// In is, for a record, the parameter that names its object; see Param.In.
	In string
}

// Refusal is a reason for which an engine refuses; it names the error unless a step maps it to one
// that the action declares.
type Refusal struct {
	Name    string
	Code    errs.Code
	Message diag.Text
}

// Param finds a parameter by name, or gives nil.
func (s *Signature) Param(name string) *Param {
	i := slices.IndexFunc(s.Params, func(p Param) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Params[i]
}

// Refusal finds a refusal by name, or gives nil.
func (s *Signature) Refusal(name string) *Refusal {
	i := slices.IndexFunc(s.Refusals, func(r Refusal) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Refusals[i]
}

// ParamNames lists the parameters.
func (s *Signature) ParamNames() []string {
	out := make([]string, len(s.Params))
	for i, p := range s.Params {
		out[i] = p.Name
	}
	return out
}

// RefusalNames lists the refusals.
func (s *Signature) RefusalNames() []string {
	out := make([]string, len(s.Refusals))
	for i, r := range s.Refusals {
		out[i] = r.Name
	}
	return out
}

// Registry is an immutable set of signatures by name. The zero Registry is empty.
type Registry struct {
	byName map[string]*Signature
	names  []string
}

// NewRegistry makes a registry; of two engines of one name the later wins.
func NewRegistry(all ...*Signature) Registry {
	r := Registry{byName: map[string]*Signature{}}
	for _, s := range all {
		if r.byName[s.Name] == nil {
			r.names = append(r.names, s.Name)
		}
		r.byName[s.Name] = s
	}
	slices.Sort(r.names)
	return r
}

// Get finds an engine by name, or gives nil.
func (r Registry) Get(name string) *Signature { return r.byName[name] }

// Names lists the engines in order. The caller may keep the list.
func (r Registry) Names() []string { return slices.Clone(r.names) }
