package approval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// Expressions are those of metadata/expr, about the record: its fields by name, or behind
// "record."; "vars.x" are the process variables, "outcome.<block>.<branch>" how the branches of a
// finished split ended ("approved" or "rejected"), "submitter" who submitted.

// The objects that stand for what is no record.
const (
	varsObject    = "$vars"
	outcomeObject = "$outcome"
)

var varKinds = map[string]value.Kind{"text": value.KindText, "bool": value.KindBool, "int": value.KindInt, "decimal": value.KindDecimal, "date": value.KindDate}

// names is the scope of a definition's expressions.
type names struct {
	expr.Scope
	object string
	vars   map[string]string
	splits map[string]*Node
}

func (n names) Symbol(object, name string) (expr.Symbol, bool) {
	symbol := func(t expr.Type, codes ...string) (expr.Symbol, bool) {
		return expr.Symbol{Name: name, Type: t, Codes: codes}, true
	}
	switch block, isOutcome := strings.CutPrefix(object, outcomeObject+"."); {
	case object == varsObject:
		k, ok := varKinds[n.vars[name]]
		return expr.Symbol{Name: name, Type: expr.Type{Kind: k, Scale: 2}}, ok
	case object == outcomeObject:
		_, ok := n.splits[name]
		return expr.Symbol{Name: name, Type: expr.Type{Kind: value.KindRef, Object: outcomeObject + "." + name}}, ok
	case isOutcome:
		b := n.splits[block]
		if b == nil || branchOf(b, name) == nil {
			return expr.Symbol{}, false
		}
		return symbol(expr.Type{Kind: value.KindText}, string(Approved), string(Rejected))
	case object == n.object && name == "record":
		return symbol(expr.Type{Kind: value.KindRef, Object: n.object})
	case object == n.object && name == "vars":
		return symbol(expr.Type{Kind: value.KindRef, Object: varsObject})
	case object == n.object && name == "outcome":
		return symbol(expr.Type{Kind: value.KindRef, Object: outcomeObject})
	case object == n.object && name == "submitter":
		return symbol(expr.Type{Kind: value.KindText})
	}
	return n.Scope.Symbol(object, name)
}

func (n names) Names(object string) []string {
	switch {
	case object == varsObject:
		out := make([]string, 0, len(n.vars))
		for v := range n.vars {
			out = append(out, v)
		}
		slices.Sort(out)
		return out
	case strings.HasPrefix(object, outcomeObject):
		return nil
	case object == n.object:
		return append(slices.Clone(n.Scope.Names(object)), "record", "vars", "outcome", "submitter")
	}
	return n.Scope.Names(object)
}

func (n names) Table(object string) string {
	if strings.HasPrefix(object, "$") {
		return ""
	}
	return n.Scope.Table(object)
}

// DecisionTable finds an output of a decision table, where the catalogue's scope knows tables.
func (n names) DecisionTable(name, output string) (*expr.Table, *diag.Text, bool) {
	if known, ok := n.Scope.(expr.Tables); ok {
		return known.DecisionTable(name, output)
	}
	return nil, nil, false
}

type program = *expr.Program

// errUnknown is the answer to a condition that cannot be decided.
var errUnknown = errs.New(errs.InvalidState, "the condition is neither true nor false: it compares with an empty value", "条件既非真也非假：比较中含有空值")

// eval computes an expression of the definition.
func (m *machine) eval(src string) (value.Value, error) {
	p := m.def.programs[src]
	if p == nil {
		return value.Null, errs.New(errs.InvalidState, "the expression %q is not part of the definition", "定义中没有表达式 %q", src)
	}
	in := make([]value.Value, len(p.Inputs()))
	for i, want := range p.Inputs() {
		v, err := m.input(want)
		if err != nil {
			return value.Null, err
		}
		in[i] = v
	}
	return p.Eval(in, expr.Env{NowMicros: m.now.UnixMicro()}).Clone(), nil
}

func (m *machine) input(in expr.Input) (value.Value, error) {
	if in.Kind == expr.FieldInput && len(in.Path) > 0 {
		switch in.Path[0] {
		case "vars":
			return value.Value(m.st.Vars[in.Field]), nil
		case "outcome":
			s, ok := m.st.Outcomes[in.Path[1]+"."+in.Field]
			if !ok {
				return value.Null, nil
			}
			return value.Text(string(s)), nil
		case "record":
			in.Path = in.Path[1:]
		}
	}
	if in.Kind == expr.FieldInput && len(in.Path) == 0 {
		if in.Field == "submitter" {
			return value.Text(m.st.Submitter), nil
		}
		if v, edited := m.edits[in.Field]; edited {
			return v, nil
		}
	}
	return m.org.Input(in)
}

// holds decides a condition; "" is true. A condition that is neither true nor false is an error.
func (m *machine) holds(src string) (bool, error) {
	if src == "" {
		return true, nil
	}
	v, err := m.eval(src)
	switch {
	case err != nil:
		return false, err
	case v.Kind() != value.KindBool:
		return false, errUnknown
	}
	return v.Bool(), nil
}

// people reads user or department ids out of an expression's result.
func ids(v value.Value) ([]string, error) {
	switch v.Kind() {
	case value.KindNull:
		return nil, nil
	case value.KindText:
		if v.Text() == "" {
			return nil, nil
		}
		return []string{v.Text()}, nil
	case value.KindRef, value.KindInt:
		return []string{strconv.FormatInt(v.Int(), 10)}, nil
	case value.KindList:
		var raw []any
		d := json.NewDecoder(strings.NewReader(v.Text()))
		d.UseNumber()
		if err := d.Decode(&raw); err != nil {
			return nil, errs.New(errs.InvalidState, "a list of ids cannot be read", "无法读取编号列表").Because(err)
		}
		out := make([]string, len(raw))
		for i, x := range raw {
			out[i] = fmt.Sprint(x)
		}
		return out, nil
	}
	return nil, errs.New(errs.InvalidState, "%s names nobody", "%s不代表任何人", expr.Type{Kind: v.Kind()}.Name())
}

// Var is the value of a process variable; its JSON says its kind.
type Var value.Value

type storedVar struct {
	Kind string `json:"k"`
	Text string `json:"v,omitempty"`
}

// MarshalJSON writes {"k": kind, "v": text}.
func (x Var) MarshalJSON() ([]byte, error) {
	v := value.Value(x)
	s := storedVar{}
	switch v.Kind() {
	case value.KindNull:
	case value.KindBool:
		s = storedVar{"bool", strconv.FormatBool(v.Bool())}
	case value.KindInt:
		s = storedVar{"int", strconv.FormatInt(v.Int(), 10)}
	case value.KindDecimal:
		s = storedVar{"decimal", string(v.AppendDecimal(nil))}
	case value.KindDate:
		s = storedVar{"date", strconv.FormatInt(v.Int(), 10)}
	case value.KindText:
		s = storedVar{"text", v.Text()}
	default:
		return nil, fmt.Errorf("a variable cannot hold a value of kind %d", v.Kind())
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (x *Var) UnmarshalJSON(b []byte) error {
	var s storedVar
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := parseVar(s.Kind, s.Text)
	*x = Var(v)
	return err
}

func parseVar(kind, text string) (value.Value, error) {
	switch kind {
	case "":
		return value.Null, nil
	case "text":
		return value.Text(text), nil
	case "bool":
		b, err := strconv.ParseBool(text)
		return value.Bool(b), err
	case "int":
		n, err := strconv.ParseInt(text, 10, 64)
		return value.Int(n), err
	case "date":
		n, err := strconv.ParseInt(text, 10, 64)
		return value.Date(n), err
	case "decimal":
		return value.ParseDecimal(text)
	}
	return value.Null, fmt.Errorf("there are no variables of kind %q", kind)
}

// setVar gives a variable a value that an action reported as JSON.
func (m *machine) setVar(name string, raw any) error {
	kind := m.def.Vars[name]
	if kind == "" {
		return errs.New(errs.InvalidState, "there is no variable %q", "没有变量 %q", name)
	}
	if raw == nil {
		m.putVar(name, value.Null)
		return nil
	}
	v, err := parseVar(kind, fmt.Sprint(raw))
	if err != nil {
		return err
	}
	m.putVar(name, v)
	return nil
}

func (m *machine) putVar(name string, v value.Value) {
	if m.st.Vars == nil {
		m.st.Vars = map[string]Var{}
	}
	m.st.Vars[name] = Var(v)
}
