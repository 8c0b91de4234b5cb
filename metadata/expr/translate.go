package expr

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Filter translates the program to the store's algebra, with results identical to Eval's. What a
// store cannot compute gives an error that wraps driver.ErrUnsupported and names the construct.
func (p *Program) Filter(env Env) (driver.Expr, error) { return p.FilterWith(env, nil) }

// FilterWith is Filter with inputs replaced: bind gets each input and the expression that it is
// bound to (nil: none), and gives the one to use (nil: cannot be pushed down).
func (p *Program) FilterWith(env Env, bind func(Input, driver.Expr) driver.Expr) (driver.Expr, error) {
	return (&translator{p: p, env: env, bind: bind}).node(p.root)
}

type translator struct {
	p    *Program
	env  Env
	bind func(Input, driver.Expr) driver.Expr
}

// UnpushableError says that a construct, such as PRIOR, stays in Go. It is a driver.ErrUnsupported.
type UnpushableError struct {
	Construct string
	Of        string // the field, role or child that it is used with
}

func (e *UnpushableError) Error() string {
	of := ""
	if e.Of != "" {
		of = " of " + e.Of
	}
	return "translate " + e.Construct + of + ": " + driver.ErrUnsupported.Error()
}
func (e *UnpushableError) Unwrap() error { return driver.ErrUnsupported }

func unsupported(construct string) error { return &UnpushableError{Construct: construct} }

func (t *translator) node(n *node) (driver.Expr, error) {
	if !n.inputs && !n.rates { // depends on the moment at most: computed here
		v := build(n)(nil, t.env)
		return driver.Const{Value: v}, nil
	}
	switch n.op {
	case opInput:
		return t.input(n)
	case opCmp:
		if e, ok, err := t.exists(n); ok {
			return e, err
		}
	case opCase:
		return t.cases(n)
	}
	args := make([]driver.Expr, len(n.args))
	for i, a := range n.args {
		e, err := t.node(a)
		if err != nil {
			return nil, err
		}
		args[i] = e
	}
	switch n.op {
	case opArith:
		return driver.Arith{Op: string(n.sym), L: args[0], R: args[1]}, nil
	case opNeg:
		return driver.Neg{Arg: args[0]}, nil
	case opCmp:
		return driver.Cmp{Op: n.cmp, L: args[0], R: args[1]}, nil
	case opAnd:
		return driver.And{Args: args}, nil
	case opOr:
		return driver.Or{Args: args}, nil
	case opNot:
		return driver.Not{Arg: args[0]}, nil
	case opIsNull:
		return driver.IsNull{Arg: args[0]}, nil
	case opBlank:
		return blankExpr(n.args[0].typ.Kind, args[0]), nil
	case opInText:
		b, err := json.Marshal(n.list)
		if err != nil {
			return nil, err
		}
		return driver.In{Arg: args[0], List: driver.Const{Value: value.List(string(b))}}, nil
	case opNumber:
		one, zero := driver.Const{Value: value.Int(1)}, driver.Const{Value: value.Int(0)}
		return driver.Case{Arms: []driver.Arm{{When: args[0], Then: one}}, Else: zero}, nil
	case opCall:
		switch {
		case !n.fn.takesNull && slices.Contains(args, driver.Expr(driver.Const{})):
			return driver.Const{Value: value.Null}, nil
		case n.fn.push == nil:
			return nil, unsupported(strings.TrimSuffix(n.fn.name, "_MATCH"))
		}
		return n.fn.push(t, n, args)
	}
	return nil, unsupported("this expression")
}

func blankExpr(k value.Kind, arg driver.Expr) driver.Expr {
	null := driver.IsNull{Arg: arg}
	empty := value.Text("")
	switch k {
	case value.KindText:
	case value.KindList:
		empty = value.List("[]")
	default:
		return null
	}
	return driver.Or{Args: []driver.Expr{null, driver.Cmp{Op: driver.Eq, L: arg, R: driver.Const{Value: empty}}}}
}

func (t *translator) input(n *node) (driver.Expr, error) {
	in, e := t.p.inputs[n.slot], t.p.bound[n.slot].expr
	if t.bind != nil {
		e = t.bind(in, e)
	}
	if e == nil {
		return nil, in.unpushable()
	}
	return e, nil
}

func (in Input) unpushable() error {
	switch in.Kind {
	case AggInput:
		return &UnpushableError{"an aggregate", in.Agg.Child.Object}
	case PriorInput:
		return &UnpushableError{"PRIOR", in.Field}
	case RoleInput:
		return &UnpushableError{"HAS_ROLE", in.Name}
	case SettingInput:
		return &UnpushableError{"SETTING", in.Name}
	}
	return &UnpushableError{"a value without a column", in.Field}
}

func (t *translator) cases(n *node) (driver.Expr, error) {
	var out driver.Case
	last := len(n.args) - 1
	for i := 0; i < last; i += 2 {
		when, err := t.node(n.args[i])
		if err != nil {
			return nil, err
		}
		then, err := t.node(n.args[i+1])
		if err != nil {
			return nil, err
		}
		out.Arms = append(out.Arms, driver.Arm{When: when, Then: then})
	}
	e, err := t.node(n.args[last])
	out.Else = e
	return out, err
}

// exists recognises EXISTS, which is a count that is greater than zero.
func (t *translator) exists(n *node) (driver.Expr, bool, error) {
	l, r := n.args[0], n.args[1]
	if n.cmp != driver.Gt || l.op != opInput || !r.literal() || r.val != value.Int(0) {
		return nil, false, nil
	}
	in := t.p.inputs[l.slot]
	if in.Kind != AggInput || in.Agg.Func != driver.Count || len(in.Path) > 0 {
		return nil, false, nil
	}
	out := driver.Exists{Table: in.Agg.Child.Table, Link: in.Agg.Child.Link, Where: in.Agg.Child.Live}
	if in.Agg.Where == nil {
		return out, true, nil
	}
	w, err := in.Agg.Where.Filter(t.env)
	if out.Where = w; in.Agg.Child.Live != nil {
		out.Where = driver.And{Args: []driver.Expr{in.Agg.Child.Live, w}}
	}
	return out, true, err
}
