package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// InputName is what expressions of an action call the caller's input by.
const InputName = "input"

// Action is a declared verb on the records of an object.
type Action struct {
	Name       string
	Package    string
	Object     *Object
	Label      model.Text
	Help       model.Text
	Permission string // "": whoever may change the record
	OnObject   bool   // no record is named

	// GraphQL names: "couponRedeem", and what its types begin with, "CouponRedeem".
	Mutation, TypeName string

	// Input holds the fields of the input. It is an object without a table.
	Input   *Object
	Checks  []*Check
	Steps   []*Step
	Results []*ActionResult // by name
	Decl    *model.Action   // as it was written, without places
}

// Addr is the action's address.
func (a *Action) Addr() addr.Address { return a.Object.Addr().Action(a.Name) }

// ActionError is a declared reason to refuse.
type ActionError struct {
	Code    string
	Message model.Text
}

// Check refuses while its condition is true.
type Check struct {
	When  *expr.Program
	Error *ActionError
}

// Step is one step: exactly one of Call, Write and Refuse is set.
type Step struct {
	Name   string        // "" when nothing refers to it
	When   *expr.Program // nil: always
	Call   *EngineCall
	Write  *StepWrite
	Refuse *Check
}

// EngineCall calls an engine.
type EngineCall struct {
	Engine *engine.Signature
	Args   map[string]*EngineArg
	Errors map[string]*ActionError // by refusal
}

// EngineArg is a checked argument; which parts are set follows from the parameter's form.
type EngineArg struct {
	Programs []*expr.Program // Expr, Exprs, ChildExpr
	Words    []string        // Word, Words
	Object   *Object         // Object; Field, Children: of the field
	Field    *Field          // Field; Children: the reference that leads to the parent
	Values   []*Assign       // Values
}

// StepWrite creates, changes or deletes a record.
type StepWrite struct {
	Object *Object
	Target *expr.Program // the record that is changed or deleted; nil: one is created
	Delete bool
	Set    []*Assign
}

// Assign gives a field the value of an expression.
type Assign struct {
	Field *Field
	Value *expr.Program
	// Object is set where the expression gives a record for a polymorphic reference.
	Object *Object
	// In is set where the field must be one of the records of a step, rather than have a value: see FlowStep.Match.
	In *FlowStep
}

// ActionResult is one value of an action's answer.
type ActionResult struct {
	Name, APIName string
	Value         *expr.Program
}

// Action finds an action by name, or gives nil.
func (o *Object) Action(name string) *Action {
	for _, a := range o.Actions {
		if a.Name == name {
			return a
		}
	}
	return nil
}
