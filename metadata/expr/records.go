package expr

import (
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func recordFunctions() []*function {
	agg := func(name, syntax, en, zh string, f driver.AggFunc) *function {
		return &function{name: name, syntax: syntax, doc: diag.Text{En: en, Zh: zh}, form: func(c *checker, a *ast) *node { return c.aggregate(a, name, f) }}
	}
	return []*function{
		agg("COUNT", "COUNT(child[, condition])", "how many children there are", "子记录数量", driver.Count),
		agg("SUM", "SUM(child, field[, condition])", "the sum over the children", "子记录合计", driver.Sum),
		agg("AVG", "AVG(child, field[, condition])", "the average over the children", "子记录平均值", driver.Avg),
		{name: "EXISTS", syntax: "EXISTS(child[, condition])", doc: diag.Textf("whether there is such a child", "是否存在这样的子记录"),
			form: func(c *checker, a *ast) *node {
				n := c.aggregate(a, "EXISTS", driver.Count)
				if n.bad() {
					return n
				}
				return compare(driver.Gt, n, constant(value.Int(0), a.start, a.end))
			}},
		{name: "PRIOR", syntax: "PRIOR(field)", doc: diag.Textf("the field's value before the change", "字段修改前的值"),
			form: func(c *checker, a *ast) *node { return c.prior(a) }},
		{name: "ISCHANGED", syntax: "ISCHANGED(field)", doc: diag.Textf("whether the change gives the field another value; true for new records", "本次修改是否改变了该字段；新记录为真"),
			form: func(c *checker, a *ast) *node { return c.changed(a, 1) }},
		{name: "ISCHANGED_ANY", syntax: "ISCHANGED_ANY(field, …)", doc: diag.Textf("whether any of the fields changes", "任一字段是否改变"),
			form: func(c *checker, a *ast) *node { return c.changed(a, len(a.args)) }},
		{name: "ISNEW", syntax: "ISNEW()", doc: diag.Textf("whether the record is being created", "记录是否正在新建"), result: gives(value.KindBool), now: true, moment: true,
			build: func(*node) evaluator {
				return func(_ []value.Value, env Env) value.Value { return value.Bool(env.IsNew) }
			}},
		{name: "HAS_ROLE", syntax: "HAS_ROLE('role')", doc: diag.Textf("whether the caller has the role", "调用者是否拥有该角色"),
			form: func(c *checker, a *ast) *node { return c.named(a, RoleInput, Type{Kind: value.KindBool}) }},
		{name: "SETTING", syntax: "SETTING('name')", doc: diag.Textf("a package setting: package.name", "软件包设置：软件包.名称"),
			form: func(c *checker, a *ast) *node { return c.setting(a) }},
		{name: "DECIDE", syntax: "DECIDE('table.output', input, …)", doc: diag.Textf("what a decision table gives for the inputs, in the order that the table declares; the output may be left out where there is one", "决策表对给定输入的结果，输入按表中声明的顺序；仅有一个输出时可省略输出名"),
			form: func(c *checker, a *ast) *node { return c.decide(a) }},
		{name: "TIER", syntax: "TIER('table', measure[, by])", doc: diag.Textf("the amount that a tier table gives for a measure; by, where given, decides on the tier in its place", "阶梯表对计量值给出的金额；若给出 by，则以其定档"),
			form: func(c *checker, a *ast) *node { return c.tier(a, false) }},
		{name: "TIER_RATE", syntax: "TIER_RATE('table', by)", doc: diag.Textf("the rate of the tier that is reached", "所达档位的费率"),
			form: func(c *checker, a *ast) *node { return c.tier(a, true) }},
		{name: "IN_TREE", syntax: "IN_TREE(path, node_path)", doc: diag.Textf("whether a tree path lies at or below another", "树路径是否位于另一路径之下"), params: []param{{kinds: aText}, {kinds: aText}},
			result: gives(value.KindBool), build: strict(func(_ *node, a []value.Value) value.Value {
				x, y := a[0].Text(), a[1].Text()
				return value.Bool(len(x) >= len(y) && x[:len(y)] == y)
			})},
	}
}

func (c *checker) named(a *ast, k InputKind, t Type) *node {
	if len(a.args) != 1 || a.args[0].kind != astText {
		return c.fail("bad-call", a, "%s needs one name in quotes", "%s 需要一个带引号的名称", a.text)
	}
	return c.input(Input{Kind: k, Name: a.args[0].text, Type: t}, nil)
}

// SettingScope is a Scope that knows the settings of packages. Where it does not, all are texts.
type SettingScope interface {
	Scope
	// Setting is the type of a setting; KindNull, with the keys of those that there are, for others.
	Setting(key string) (Type, []string)
}

func (c *checker) setting(a *ast) *node {
	t := Type{Kind: value.KindText}
	s, ok := c.opt.Scope.(SettingScope)
	if ok && len(a.args) == 1 && a.args[0].kind == astText {
		var known []string
		if t, known = s.Setting(a.args[0].text); t.Kind == value.KindNull {
			p := problem("unknown-setting", a.args[0].start, a.args[0].end, "there is no setting %q", "没有设置 %q", a.args[0].text)
			p.Suggestion = diag.DidYouMean(a.args[0].text, known)
			return c.report(p)
		}
	}
	return c.named(a, SettingInput, t)
}

// aggregate is COUNT, SUM … over children; its condition is an expression over the child.
func (c *checker) aggregate(a *ast, name string, f driver.AggFunc) *node {
	counts := f == driver.Count
	least := 2
	if counts {
		least = 1
	}
	if len(a.args) < least || len(a.args) > least+1 || a.args[0].kind != astName {
		return c.fail("bad-call", a, "%s needs a child object, and then its other arguments", "%s 的第一个参数须为子对象", name)
	}
	child, ok := c.opt.Scope.Children(c.opt.Object, a.args[0].text)
	if !ok {
		p := problem("unknown-child", a.args[0].start, a.args[0].end, "%q is no child of %s, or which of its references is meant is open", "%q 不是 %s 的子对象，或引用字段不明确", a.args[0].text, c.opt.Object)
		p.Suggestion = diag.DidYouMean(a.args[0].text, c.opt.Scope.ChildNames(c.opt.Object))
		return c.report(p)
	}
	out := &Aggregate{Child: child, Func: f}
	t := Type{Kind: value.KindInt}
	rest := a.args[1:]
	if !counts {
		if out.Expr = c.inner(rest[0], child.Object, Type{}); out.Expr == nil {
			return &node{op: opBad}
		}
		t, rest = out.Expr.typ, rest[1:]
		if f == driver.Avg {
			t = Type{Kind: value.KindDecimal}
		}
	}
	if len(rest) > 0 {
		if out.Where = c.inner(rest[0], child.Object, Type{Kind: value.KindBool}); out.Where == nil {
			return &node{op: opBad}
		}
	}
	n := Input{Kind: AggInput, Type: t, Agg: out}
	c.reads = append(c.reads, n)
	return c.input(n, nil)
}

// inner compiles a part of the source in the child's scope.
func (c *checker) inner(a *ast, object string, want Type) *Program {
	opt := c.opt
	opt.Object, opt.Want, opt.Prior = object, want, false
	in := newChecker(opt)
	root := in.want(in.check(a), want)
	c.problems = append(c.problems, in.problems...)
	if len(in.problems) > 0 {
		return nil
	}
	p := &Program{canon: format(a), root: root, typ: root.typ, inputs: in.inputs, reads: in.reads, bound: in.bound, now: root.now, loc: in.loc, zone: in.zone}
	p.source, p.eval = p.canon, build(root)
	return p
}

func (c *checker) prior(a *ast) *node {
	if len(a.args) != 1 || a.args[0].kind != astName || len(a.args[0].names) != 1 {
		return c.fail("bad-call", a, "PRIOR needs one field of the record", "PRIOR 需要记录的一个字段")
	}
	if !c.opt.Prior {
		return c.fail("no-prior", a, "what was before is known only in rules", "只有规则中才能使用修改前的值")
	}
	n := c.check(a.args[0])
	if n.bad() {
		return n
	}
	if n.op != opInput {
		return c.fail("no-prior", a, "%s is computed when read; its earlier value is not kept", "%s 为读取时计算，没有修改前的值", a.args[0].text)
	}
	in := c.inputs[n.slot]
	in.Kind = PriorInput
	return c.input(in, nil)
}

func (c *checker) changed(a *ast, want int) *node {
	if len(a.args) != want || want == 0 {
		return c.fail("bad-call", a, "%s needs fields of the record", "%s 需要记录的字段", a.text)
	}
	var any []*node
	for _, x := range a.args {
		now := c.check(x)
		was := c.prior(&ast{kind: astCall, text: "PRIOR", start: a.start, end: a.end, args: []*ast{x}})
		if now.bad() || was.bad() {
			return &node{op: opBad}
		}
		any = append(any, combine(&node{op: opCall, fn: changedFunction(), typ: Type{Kind: value.KindBool}, args: []*node{now, was}, start: a.start, end: a.end}))
	}
	if len(any) == 1 {
		return any[0]
	}
	return logic(opOr, any...)
}

// changedFunction compares two values; null is equal to null here.
func changedFunction() *function {
	return &function{name: "ISCHANGED", takesNull: true, build: func(n *node) evaluator {
		now, was := build(n.args[0]), build(n.args[1])
		return func(in []value.Value, env Env) value.Value {
			return value.Bool(!value.Equal(now(in, env), was(in, env)))
		}
	}}
}

// extremeForm is MIN or MAX: over children when the first argument names some, else over numbers.
func extremeForm(scalar string, f driver.AggFunc) func(*checker, *ast) *node {
	return func(c *checker, a *ast) *node {
		if len(a.args) > 0 && a.args[0].kind == astName {
			if _, field := c.opt.Scope.Symbol(c.opt.Object, a.args[0].names[0].text); !field {
				return c.aggregate(a, a.text, f)
			}
		}
		args := make([]*node, len(a.args))
		for i, x := range a.args {
			args[i] = c.check(x)
		}
		return c.apply(scalar, a, args...)
	}
}
