package action

import (
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engine is what a step of an action can call. Run works inside the action's transaction and must
// have no effect outside of it, since it may run more than once. What it will not do it answers
// with Refuse; any other error is the platform's or a coded one of the records that it wrote.
type Engine interface {
	Signature() *engine.Signature
	Run(c *Call) (map[string]value.Value, error)
}

// Family ends the name of an engine that stands for all whose names begin as its does: "script.*".
// The signatures of those are the catalogue's.
const Family = ".*"

// Engines is an immutable set of engines.
type Engines struct{ byName map[string]Engine }

// NewEngines makes a set; of two engines of one name the later wins.
func NewEngines(all ...Engine) Engines {
	e := Engines{byName: map[string]Engine{}}
	for _, x := range all {
		e.byName[x.Signature().Name] = x
	}
	return e
}

// Signatures are what the engines declare.
func (e Engines) Signatures() engine.Registry {
	var all []*engine.Signature
	for name, x := range e.byName {
		if !strings.HasSuffix(name, Family) {
			all = append(all, x.Signature())
		}
	}
	return engine.NewRegistry(all...)
}

// find gives the engine of a name, or the family that it belongs to; nil when there is none.
func (e Engines) find(name string) Engine {
	if x := e.byName[name]; x != nil {
		return x
	}
	first, _, _ := strings.Cut(name, ".")
	return e.byName[first+Family]
}

// Refused is an engine's refusal for one of the reasons that its signature declares.
type Refused struct {
	Name    string
	Details map[string]any // nothing the caller may not see
}

func (r *Refused) Error() string { return "refused: " + r.Name }

// Refuse is the error of a refusal. details are keys and values in turn.
func Refuse(name string, details ...any) error {
	r := &Refused{Name: name, Details: map[string]any{}}
	for i := 0; i+1 < len(details); i += 2 {
		r.Details[fmt.Sprint(details[i])] = details[i+1]
	}
	return r
}

// refusal is a refusal as the caller sees it: by the error that the action declares for it, or in
// the engine's own words.
func refusal(call *catalog.EngineCall, no *Refused) error {
	sig := call.Engine.Refusal(no.Name)
	if sig == nil {
		return fmt.Errorf("engine %s refused with %q, which it does not declare", call.Engine.Name, no.Name)
	}
	e := &errs.Error{Code: sig.Code, Rule: no.Name, Message: sig.Message}
	if d := call.Errors[no.Name]; d != nil {
		e.Rule, e.Message = d.Code, diag.Text{En: d.Message.In("en"), Zh: d.Message.In("zh-CN")}
	}
	for k, v := range no.Details {
		e.With(k, v)
	}
	return e
}

// Call is one call of an engine, with its arguments.
type Call struct {
	*record.Session
	// Record is the action's; the zero Record for actions on an object.
	Record record.Record
	step   *catalog.EngineCall
	named  map[string]record.Named
	given  map[string]value.Value // in place of expressions; nil: there are none
}

// Engine is what the called engine declares.
func (c *Call) Engine() *engine.Signature { return c.step.Engine }

// Given says whether an argument was written.
func (c *Call) Given(name string) bool {
	_, ok := c.given[name]
	return ok || c.step.Args[name] != nil
}

// Of is the object of a record that an argument gives; nil for other arguments.
func (c *Call) Of(name string) *catalog.Object {
	if v, ok := c.given[name]; ok {
		if v.Kind() == value.KindRef {
			return c.Record.Object()
		}
		return nil
	}
	if a := c.step.Args[name]; a != nil && len(a.Programs) > 0 {
		return c.Catalog().Object(a.Programs[0].Type().Object)
	}
	return nil
}

// Value computes an expression; null when it is not given.
func (c *Call) Value(name string) (value.Value, error) {
	if v, ok := c.given[name]; ok {
		return v, nil
	}
	a := c.step.Args[name]
	if a == nil || len(a.Programs) == 0 {
		return value.Null, nil
	}
	return c.Eval(a.Programs[0], c.Record, c.named)
}

// ValueOr is Value with a value for null.
func (c *Call) ValueOr(name string, other value.Value) (value.Value, error) {
	v, err := c.Value(name)
	if v.IsNull() {
		v = other
	}
	return v, err
}

// Keys computes the expressions of a list as texts that tell records and values apart.
func (c *Call) Keys(name string) ([]string, error) {
	a := c.step.Args[name]
	if a == nil {
		return nil, nil
	}
	out := make([]string, len(a.Programs))
	for i, p := range a.Programs {
		v, err := c.Eval(p, c.Record, c.named)
		if err != nil {
			return nil, err
		}
		out[i] = c.key(p, v)
	}
	return out, nil
}

func (c *Call) key(p *expr.Program, v value.Value) string {
	switch o := c.Catalog().Object(p.Type().Object); {
	case v.IsNull():
		return ""
	case v.Kind() == value.KindRef && o != nil:
		return fmt.Sprintf("%s_%d", o.IDPrefix, v.Int())
	case v.Kind() == value.KindDecimal || v.Kind() == value.KindInt:
		return string(v.AppendDecimal(nil))
	case v.Kind() == value.KindText || v.Kind() == value.KindList || v.Kind() == value.KindJSON:
		return v.Text()
	}
	return fmt.Sprint(v.Int())
}

// Word is a word argument, "" when it is not given.
func (c *Call) Word(name string) string {
	if a := c.step.Args[name]; a != nil && len(a.Words) > 0 {
		return a.Words[0]
	}
	return ""
}

// Words are the words of a list.
func (c *Call) Words(name string) []string {
	if a := c.step.Args[name]; a != nil {
		return a.Words
	}
	return nil
}

// Arg is an argument as it was resolved; nil when it is not given.
func (c *Call) Arg(name string) *catalog.EngineArg { return c.step.Args[name] }

// Field is a field argument, nil when it is not given.
func (c *Call) Field(name string) *catalog.Field {
	if a := c.step.Args[name]; a != nil {
		return a.Field
	}
	return nil
}

// Set computes the values by field of an argument.
func (c *Call) Set(name string) (map[*catalog.Field]value.Value, error) {
	a := c.step.Args[name]
	if a == nil {
		return map[*catalog.Field]value.Value{}, nil
	}
	return assign(c.Session, a.Values, c.Record, c.named)
}

// SetOver computes the values by field of an argument over a record that the engine has read.
func (c *Call) SetOver(name string, of record.Record) (map[*catalog.Field]value.Value, error) {
	return assign(c.Session, c.step.Args[name].Values, of, nil)
}

// Parent is the record that a parameter gives, or the action's own.
func (c *Call) Parent(name string) (*catalog.Object, int64, error) {
	a := c.step.Args[name]
	if a == nil {
		if c.Record.Object() == nil {
			return nil, 0, errs.New(errs.InvalidInput, "the step names no record", "该步骤未指明记录")
		}
		return c.Record.Object(), c.Record.ID(), nil
	}
	v, err := c.Value(name)
	if err != nil {
		return nil, 0, err
	}
	o := c.Catalog().Object(a.Programs[0].Type().Object)
	if v.IsNull() || o == nil {
		return nil, 0, errs.New(errs.NotFound, "the action found no record for %s", "操作未找到 %s 对应的记录", name)
	}
	return o, v.Int(), nil
}

// objectOf is the object that a parameter names, or the action's own.
func (c *Call) objectOf(param string) *catalog.Object {
	if a := c.step.Args[param]; a != nil {
		if a.Object != nil {
			return a.Object
		}
		if len(a.Programs) > 0 {
			return c.Catalog().Object(a.Programs[0].Type().Object)
		}
		return nil
	}
	if param == "" {
		return c.Record.Object()
	}
	return nil
}
