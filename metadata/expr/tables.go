package expr

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// Tables is implemented by scopes that know decision tables, which DECIDE evaluates.
type Tables interface {
	// DecisionTable finds an output of a table; output is "" for the only one. ok is false when
	// there is none, and suggestion then tells what may be meant.
	DecisionTable(name, output string) (t *Table, suggestion *diag.Text, ok bool)
}

// Table is one output of a decision table, as a function.
type Table struct {
	Name    string // "table.output"
	Package string // that declares it
	Params  []Type // of the inputs, in order
	Result  Type
	Now     bool   // the result depends on the moment
	Digest  string // equal for tables that decide alike
	// Eval decides. in holds the inputs in order.
	Eval func(in []value.Value, env Env) value.Value
}

// Tiers is implemented by scopes that know tier tables.
type Tiers interface {
	// TierTable finds a tier table, as a function of a measure and of what decides on the tier. With
	// rate, it gives the rate of the tier reached in place of the amount.
	TierTable(name string, rate bool) (t *Table, suggestion *diag.Text, ok bool)
}

// decide checks DECIDE('table.output', input, …).
func (c *checker) decide(a *ast) *node {
	name, inputs := c.tableName(a)
	if name == nil {
		return c.fail("bad-call", a, "DECIDE needs the name of a table in quotes, and then its inputs", "DECIDE 需要带引号的决策表名称及其输入")
	}
	table, output, _ := strings.Cut(name.text, ".")
	var t *Table
	var near *diag.Text
	ok := false
	if known, has := c.opt.Scope.(Tables); has {
		t, near, ok = known.DecisionTable(table, output)
	}
	if !ok {
		p := problem("unknown-table", name.start, name.end, "there is no decision table %q with one such output", "没有决策表 %q 或其对应的输出", name.text)
		p.Suggestion = near
		return c.report(p)
	}
	return c.ask(a, t, inputs)
}

// tier checks TIER('table', measure[, by]) and TIER_RATE('table', by).
func (c *checker) tier(a *ast, rate bool) *node {
	name, args := c.tableName(a)
	if name == nil || len(args) == 0 || len(args) > 2 || rate && len(args) != 1 {
		return c.fail("bad-call", a, "%s needs the name of a tier table in quotes, and then numbers", "%s 需要带引号的阶梯表名称及数值", a.text)
	}
	var t *Table
	var near *diag.Text
	ok := false
	if known, has := c.opt.Scope.(Tiers); has {
		t, near, ok = known.TierTable(name.text, rate)
	}
	if !ok {
		p := problem("unknown-table", name.start, name.end, "there is no tier table %q", "没有阶梯表 %q", name.text)
		p.Suggestion = near
		return c.report(p)
	}
	return c.ask(a, t, []*ast{args[0], args[len(args)-1]})
}

// tableName takes the arguments of a call that names a table apart; the name is nil when it is missing.
func (c *checker) tableName(a *ast) (name *ast, rest []*ast) {
	if len(a.args) == 0 || a.args[0].kind != astText {
		return nil, nil
	}
	return a.args[0], a.args[1:]
}

// ask calls a table.
func (c *checker) ask(a *ast, t *Table, inputs []*ast) *node {
	if len(inputs) != len(t.Params) {
		return c.fail("bad-call", a, "%s takes %d inputs", "%s 需要 %d 个输入", t.Name, len(t.Params))
	}
	args := make([]*node, len(t.Params))
	for i, want := range t.Params {
		x := c.check(inputs[i])
		if x.bad() {
			return x
		}
		if _, x = c.align(&node{op: opInput, typ: want}, x); x.bad() {
			return x
		}
		if args[i] = c.want(x, want); args[i].bad() {
			return args[i]
		}
	}
	n := combine(&node{op: opCall, fn: tableFunction(strings.ToUpper(a.text), t), table: t, typ: t.Result, args: args, start: a.start, end: a.end, loc: c.loc})
	n.now, n.moment = n.now || t.Now, n.moment || t.Now
	return n
}

// tableFunction is a table as a function; what is null the table itself looks at.
func tableFunction(name string, t *Table) *function {
	return &function{name: name, takesNull: true, build: func(n *node) evaluator {
		args := buildAll(n.args)
		return func(in []value.Value, env Env) value.Value {
			vals := make([]value.Value, len(args))
			for i, a := range args {
				vals[i] = a(in, env)
			}
			return t.Eval(vals, env)
		}
	}}
}

// Tables are the decision and tier tables that the program asks, directly or through fields that are
// computed when they are read, in no order and with repetitions.
func (p *Program) Tables() []*Table {
	var out []*Table
	var walk func(n *node)
	walk = func(n *node) {
		if n.table != nil {
			out = append(out, n.table)
		}
		for _, a := range n.args {
			walk(a)
		}
	}
	walk(p.root)
	for _, in := range p.inputs {
		if in.Agg == nil {
			continue
		}
		for _, inner := range []*Program{in.Agg.Expr, in.Agg.Where} {
			if inner != nil {
				out = append(out, inner.Tables()...)
			}
		}
	}
	return out
}
