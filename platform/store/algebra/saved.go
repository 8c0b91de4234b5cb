package algebra

import (
	"encoding/json"
	"fmt"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// SaveCondition gives the condition of an index as JSON. ErrUnsupported where it has more than
// columns, constants, comparisons and matches.
func SaveCondition(e driver.Expr) (json.RawMessage, error) {
	n, err := saveExpr(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(n)
}

// LoadCondition reads what SaveCondition gave.
func LoadCondition(saved json.RawMessage) (driver.Expr, error) {
	var n node
	if err := json.Unmarshal(saved, &n); err != nil {
		return nil, fmt.Errorf("store: the saved condition of an index: %w", err)
	}
	return n.expr()
}

// node is a condition of an index as it is saved: constants and columns, no subqueries.
type node struct {
	Op   string    `json:"op"`
	Name string    `json:"name,omitempty"`
	Lit  *savedLit `json:"value,omitempty"`
	Args []node    `json:"args,omitempty"`
}

type savedLit struct {
	Kind  value.Kind
	Scale uint8  `json:",omitempty"`
	N     int64  `json:",omitempty"`
	S     string `json:",omitempty"`
}

func saveExpr(e driver.Expr) (node, error) {
	switch e := e.(type) {
	case driver.Col:
		return node{Op: "col", Name: e.Name}, nil
	case driver.Const:
		v := e.Value
		if v.Kind() == value.KindFloat {
			return node{}, unsupported("a float in the condition of an index")
		}
		return node{Op: "const", Lit: &savedLit{v.Kind(), v.Scale(), v.Int(), v.Text()}}, nil
	case driver.And:
		return saveArgs("and", "", e.Args...)
	case driver.Or:
		return saveArgs("or", "", e.Args...)
	case driver.Not:
		return saveArgs("not", "", e.Arg)
	case driver.IsNull:
		return saveArgs("null", "", e.Arg)
	case driver.Cmp:
		return saveArgs("cmp", string(e.Op), e.L, e.R)
	case driver.In:
		return saveArgs("in", "", e.Arg, e.List)
	case driver.Match:
		return saveArgs("match", e.Mode, e.Arg, e.Pattern)
	}
	return node{}, unsupported("%T in the condition of an index", e)
}

func saveArgs(op, name string, args ...driver.Expr) (node, error) {
	n := node{Op: op, Name: name}
	for _, a := range args {
		s, err := saveExpr(a)
		if err != nil {
			return n, err
		}
		n.Args = append(n.Args, s)
	}
	return n, nil
}

func (n node) expr() (driver.Expr, error) {
	var args []driver.Expr
	for _, a := range n.Args {
		e, err := a.expr()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
	}
	want := map[string]int{"not": 1, "null": 1, "cmp": 2, "in": 2, "match": 2}
	if w, ok := want[n.Op]; ok && w != len(args) {
		return nil, unsupported("a saved %s of %d arguments", n.Op, len(args))
	}
	switch n.Op {
	case "col":
		return driver.Col{Name: n.Name}, nil
	case "const":
		if n.Lit == nil {
			return nil, unsupported("a saved literal without value")
		}
		v, err := n.Lit.value()
		return driver.Const{Value: v}, err
	case "and":
		return driver.And{Args: args}, nil
	case "or":
		return driver.Or{Args: args}, nil
	case "not":
		return driver.Not{Arg: args[0]}, nil
	case "null":
		return driver.IsNull{Arg: args[0]}, nil
	case "cmp":
		return driver.Cmp{Op: driver.CmpOp(n.Name), L: args[0], R: args[1]}, nil
	case "in":
		return driver.In{Arg: args[0], List: args[1]}, nil
	case "match":
		return driver.Match{Mode: n.Name, Arg: args[0], Pattern: args[1]}, nil
	}
	return nil, unsupported("a saved condition %q", n.Op)
}

func (l savedLit) value() (value.Value, error) {
	switch l.Kind {
	case value.KindNull:
		return value.Null, nil
	case value.KindDecimal:
		if l.S != "" {
			return value.ParseDecimal(l.S)
		}
		return value.Decimal(l.N, l.Scale), nil
	case value.KindText:
		return value.Text(l.S), nil
	case value.KindBytes:
		return value.Bytes(l.S), nil
	case value.KindList:
		return value.List(l.S), nil
	case value.KindJSON:
		return value.JSON(l.S), nil
	case value.KindBool:
		return value.Bool(l.N != 0), nil
	case value.KindInt:
		return value.Int(l.N), nil
	case value.KindDate:
		return value.Date(l.N), nil
	case value.KindTime:
		return value.Time(l.N), nil
	case value.KindDateTime:
		return value.DateTime(l.N), nil
	case value.KindRef:
		return value.Ref(l.N), nil
	}
	return value.Null, unsupported("a saved literal of kind %d", l.Kind)
}

// Uses tells whether a condition of an index reads a column.
func Uses(e driver.Expr, column string) bool {
	if e == nil {
		return false
	}
	n, err := saveExpr(e)
	return err == nil && n.uses(column)
}

func (n node) uses(column string) bool {
	if n.Op == "col" && n.Name == column {
		return true
	}
	for _, a := range n.Args {
		if a.uses(column) {
			return true
		}
	}
	return false
}
