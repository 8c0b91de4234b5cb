package expr

import (
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxInlined bounds the program that inlining virtual fields may build, in nodes.
const maxInlined = 5000

// checker gives every node of the syntax tree its type, and reduces it to few operations. It
// goes on after a problem, so that all are reported.
type checker struct {
	opt      Options
	loc      *time.Location
	zone     string
	problems []Problem
	inputs   []Input
	reads    []Input
	bound    []binding
	inlined  int
}

// binding is how an input is reached in the store; nil when it cannot be.
type binding struct{ expr driver.Expr }

func newChecker(opt Options) *checker {
	if opt.Loc == nil {
		opt.Loc = Location(opt.Zone)
	}
	return &checker{opt: opt, loc: opt.Loc, zone: opt.Loc.String()}
}

// Location is a time zone by its IANA name; UTC when there is none of this name.
func Location(zone string) *time.Location {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

func (c *checker) report(p *Problem) *node {
	c.problems = append(c.problems, *p)
	return &node{op: opBad, start: p.Start, end: p.End}
}

func (c *checker) fail(code string, a *ast, en, zh string, args ...any) *node {
	return c.report(problem(code, a.start, a.end, en, zh, args...))
}

func (c *checker) check(a *ast) *node {
	n := c.checkKind(a)
	n.start, n.end = a.start, a.end
	return n
}

func (c *checker) checkKind(a *ast) *node {
	switch a.kind {
	case astNull:
		return constant(value.Null, a.start, a.end)
	case astBool, astNumber:
		return constant(a.val, a.start, a.end)
	case astText:
		return constant(value.Text(a.text), a.start, a.end)
	case astName:
		return c.name(a)
	case astCall:
		return c.call(a)
	case astBinary:
		return c.binary(a)
	case astNot:
		return logic(opNot, c.condition(a.args[0]))
	case astNeg:
		x := c.number(a.args[0])
		if x.literal() {
			v := value.Neg(x.val)
			return constant(v, a.start, a.end)
		}
		return combine(&node{op: opNeg, typ: x.typ, args: []*node{x}})
	case astCond:
		return c.cases(a, []*node{c.condition(a.args[0]), c.check(a.args[1])}, c.check(a.args[2]))
	case astIn:
		return c.in(a)
	case astBetween:
		x := c.check(a.args[0])
		n := logic(opAnd, c.compare(a, driver.Ge, x, c.check(a.args[1])), c.compare(a, driver.Le, x, c.check(a.args[2])))
		return negate(n, a.negated)
	case astIsNull:
		x := c.check(a.args[0])
		return negate(logic(opIsNull, x), a.negated)
	}
	return c.fail("syntax", a, "this is not allowed here", "此处不允许")
}

func negate(n *node, yes bool) *node {
	if yes {
		return logic(opNot, n)
	}
	return n
}

// name resolves a path of lookups that ends in a field.
func (c *checker) name(a *ast) *node {
	object := c.opt.Object
	var path []string
	wrap := func(e driver.Expr) driver.Expr { return e }
	for i, t := range a.names {
		sym, ok := c.opt.Scope.Symbol(object, t.text)
		if !ok {
			p := problem("unknown-name", t.start, t.end, "%[2]s has no field %[1]q", "%[2]s 没有字段 %[1]q", t.text, object)
			p.Suggestion = diag.DidYouMean(t.text, c.opt.Scope.Names(object))
			return c.report(p)
		}
		if i == len(a.names)-1 {
			return c.symbol(sym, path, wrap)
		}
		if sym.Type.Kind != value.KindRef || sym.Type.Object == "" {
			return c.report(problem("not-a-reference", t.start, t.end, "%q does not lead to one other record", "%q 不指向单一的其他记录", t.text))
		}
		path, object = append(path, sym.Name), sym.Type.Object
		outer, ref, table := wrap, sym.Column, c.opt.Scope.Table(object)
		wrap = func(e driver.Expr) driver.Expr {
			if e == nil || ref == nil {
				return nil
			}
			return outer(driver.Lookup{Ref: ref, Table: table, Expr: e})
		}
	}
	return c.fail("syntax", a, "a name is missing", "缺少名称")
}

// symbol is a field as a node; one that is not stored is replaced by what it is computed from.
func (c *checker) symbol(sym Symbol, path []string, wrap func(driver.Expr) driver.Expr) *node {
	c.reads = append(c.reads, Input{Kind: FieldInput, Path: path, Field: sym.Name, Type: sym.Type})
	if sym.Virtual != nil {
		return c.inline(sym.Virtual, path, wrap)
	}
	n := c.input(Input{Kind: FieldInput, Path: path, Field: sym.Name, Type: sym.Type}, wrap(sym.Column))
	n.codes = sym.Codes
	return n
}

func (c *checker) input(in Input, bound driver.Expr) *node {
	slot := slices.IndexFunc(c.inputs, func(x Input) bool {
		return x.Kind == in.Kind && x.Field == in.Field && x.Name == in.Name && slices.Equal(x.Path, in.Path) && x.Agg == nil && in.Agg == nil
	})
	if slot < 0 {
		slot = len(c.inputs)
		c.inputs, c.bound = append(c.inputs, in), append(c.bound, binding{bound})
	}
	return &node{op: opInput, typ: in.Type, slot: slot, inputs: true}
}

func (c *checker) inline(p *Program, path []string, wrap func(driver.Expr) driver.Expr) *node {
	slots := make([]int, len(p.inputs))
	for i, in := range p.inputs {
		in.Path = append(slices.Clone(path), in.Path...)
		slots[i] = c.input(in, wrap(p.bound[i].expr)).slot
	}
	return c.copy(p.root, slots)
}

func (c *checker) copy(n *node, slots []int) *node {
	if c.inlined++; c.inlined > maxInlined {
		return c.report(problem("too-large", 0, 0, "with the formulas that it reads the expression is too large", "连同所引用的公式，表达式过大"))
	}
	m := *n
	if n.op == opInput {
		m.slot = slots[n.slot]
	}
	m.args = make([]*node, len(n.args))
	for i, a := range n.args {
		m.args[i] = c.copy(a, slots)
	}
	return &m
}

// condition checks an argument that must be true or false.
func (c *checker) condition(a *ast) *node {
	n := c.check(a)
	if !n.bad() && n.typ.Kind != value.KindBool && n.typ.Kind != value.KindNull {
		return c.mismatch(n, Type{Kind: value.KindBool})
	}
	return n
}

// number checks an argument that must be a number; a condition counts as 0 or 1.
func (c *checker) number(a *ast) *node { return c.asNumber(c.check(a)) }

func (c *checker) asNumber(n *node) *node {
	switch {
	case n.bad(), n.typ.Kind == value.KindNull, isNumber(n.typ.Kind):
		return n
	case n.typ.Kind == value.KindBool:
		return combine(&node{op: opNumber, typ: Type{Kind: value.KindInt}, args: []*node{n}, start: n.start, end: n.end})
	}
	return c.mismatch(n, Type{Kind: value.KindDecimal})
}

func (c *checker) mismatch(n *node, want Type) *node {
	wantEn, wantZh := kindName(want.Kind)
	gotEn, gotZh := kindName(n.typ.Kind)
	p := &Problem{Code: "type-mismatch", Start: n.start, End: n.end, Summary: diag.Text{
		En: "this is " + gotEn + "; it should be " + wantEn, Zh: "此处为" + gotZh + "，应为" + wantZh}}
	return c.report(p)
}

// want holds the whole expression to the type that is expected of it.
func (c *checker) want(n *node, want Type) *node {
	if n.bad() || want.Kind == value.KindNull || n.typ.Kind == value.KindNull || n.typ.Kind == want.Kind {
		return n
	}
	switch {
	case isNumber(want.Kind) && (isNumber(n.typ.Kind) || n.typ.Kind == value.KindBool):
		return c.asNumber(n)
	case want.Kind == value.KindDate && n.typ.Kind == value.KindDateTime:
		return c.toDate(n)
	}
	return c.mismatch(n, want)
}

// Name is what people call values of the type.
func (t Type) Name() diag.Text {
	en, zh := kindName(t.Kind)
	return diag.Text{En: en, Zh: zh}
}

func kindName(k value.Kind) (en, zh string) {
	switch k {
	case value.KindBool:
		return "a condition", "条件"
	case value.KindInt, value.KindDecimal, value.KindFloat:
		return "a number", "数字"
	case value.KindText:
		return "text", "文本"
	case value.KindDate:
		return "a date", "日期"
	case value.KindDateTime:
		return "a moment", "日期时间"
	case value.KindTime:
		return "a time of day", "时间"
	case value.KindRef:
		return "a record", "记录"
	case value.KindList:
		return "a list", "列表"
	}
	return "a value", "值"
}

func (c *checker) binary(a *ast) *node {
	switch a.text {
	case "and", "or":
		o := opAnd
		if a.text == "or" {
			o = opOr
		}
		return logic(o, c.condition(a.args[0]), c.condition(a.args[1]))
	case "+", "-", "*", "/", "%":
		return c.arithmetic(a)
	}
	cmp := driver.CmpOp(a.text)
	switch a.text {
	case "==":
		cmp = driver.Eq
	case "!=":
		cmp = driver.Ne
	}
	return c.compare(a, cmp, c.check(a.args[0]), c.check(a.args[1]))
}

func (c *checker) arithmetic(a *ast) *node {
	l, r := c.check(a.args[0]), c.check(a.args[1])
	if l.bad() || r.bad() {
		return &node{op: opBad}
	}
	if a.text == "+" && (l.typ.Kind == value.KindText || r.typ.Kind == value.KindText) {
		p := problem("type-mismatch", a.start, a.end, "text cannot be added", "文本不能相加")
		p.Suggestion = suggest("join texts with CONCAT(a, b)", "请用 CONCAT(a, b) 连接文本")
		return c.report(p)
	}
	if l.typ.Kind == value.KindDate && a.text != "*" && a.text != "/" && a.text != "%" {
		if r.typ.Kind == value.KindDate && a.text == "-" {
			return c.apply("DAYS", a, l, r)
		}
		n := c.asNumber(r)
		if a.text == "-" && !n.bad() {
			n = combine(&node{op: opNeg, typ: n.typ, args: []*node{n}})
		}
		return c.apply("ADD_DAYS", a, l, n)
	}
	l, r = c.asNumber(l), c.asNumber(r)
	t := Type{Kind: value.KindDecimal, Scale: max(l.typ.Scale, r.typ.Scale)}
	if l.typ.Kind == value.KindInt && r.typ.Kind == value.KindInt && a.text != "/" {
		t = Type{Kind: value.KindInt}
	}
	return combine(&node{op: opArith, sym: a.text[0], typ: t, args: []*node{l, r}})
}

// compare makes a comparison of two values of one family.
func (c *checker) compare(a *ast, cmp driver.CmpOp, l, r *node) *node {
	if l.bad() || r.bad() {
		return &node{op: opBad}
	}
	if null := r.literal() && r.val.IsNull(); null || l.literal() && l.val.IsNull() {
		x := l
		if !null {
			x = r
		}
		if cmp == driver.Eq || cmp == driver.Ne {
			return negate(logic(opIsNull, x), cmp == driver.Ne)
		}
	}
	l, r = c.align(l, r)
	r, l = c.align(r, l)
	if l.bad() || r.bad() {
		return &node{op: opBad}
	}
	if _, ok := unify(l.typ, r.typ); !ok {
		return c.mismatch(r, l.typ)
	}
	if c.wrongCode(l, r) || c.wrongCode(r, l) {
		return &node{op: opBad}
	}
	return compare(cmp, l, r)
}

// align turns r into what l can be compared with: a condition into a number, a literal text into
// the date or moment that it spells, a moment into its date.
func (c *checker) align(l, r *node) (*node, *node) {
	switch {
	case l.bad() || r.bad():
	case isNumber(l.typ.Kind) && r.typ.Kind == value.KindBool:
		return l, c.asNumber(r)
	case l.typ.Kind == value.KindDate && r.typ.Kind == value.KindDateTime:
		return l, c.toDate(r)
	case l.typ.Kind == value.KindDate && r.literal() && r.typ.Kind == value.KindText:
		if t, err := time.Parse(time.DateOnly, r.val.Text()); err == nil {
			return l, constant(dateOf(t), r.start, r.end)
		}
	case l.typ.Kind == value.KindDateTime && r.literal() && r.typ.Kind == value.KindText:
		if t, err := time.Parse(time.RFC3339, r.val.Text()); err == nil {
			return l, constant(value.Instant(t), r.start, r.end)
		}
		if t, err := time.Parse(time.DateOnly, r.val.Text()); err == nil {
			return c.toDate(l), constant(dateOf(t), r.start, r.end)
		}
	}
	return l, r
}

func (c *checker) wrongCode(l, r *node) bool {
	if len(l.codes) == 0 || !r.literal() || r.val.Kind() != value.KindText || slices.Contains(l.codes, r.val.Text()) {
		return false
	}
	p := problem("unknown-code", r.start, r.end, "%q is no choice of this field", "%q 不是该字段的选项", r.val.Text())
	p.Suggestion = diag.DidYouMean(r.val.Text(), l.codes)
	c.report(p)
	return true
}

func (c *checker) cases(a *ast, arms []*node, last *node) *node {
	t := last.typ
	for i := 1; i < len(arms); i += 2 {
		if arms[i].bad() || last.bad() {
			return &node{op: opBad}
		}
		u, ok := unify(t, arms[i].typ)
		if !ok {
			return c.mismatch(arms[i], t)
		}
		t = u
	}
	return combine(&node{op: opCase, typ: t, args: append(arms, last)})
}

func (c *checker) in(a *ast) *node {
	x := c.check(a.args[0])
	right := a.args[1]
	switch right.kind {
	case astPeriod:
		from := c.apply("PERIOD_START", right, constant(value.Text(strings.ToUpper(right.text)), right.start, right.end))
		to := c.apply("PERIOD_END", right, constant(value.Text(strings.ToUpper(right.text)), right.start, right.end))
		return negate(logic(opAnd, c.compare(a, driver.Ge, x, from), c.compare(a, driver.Le, x, to)), a.negated)
	case astList:
		return negate(c.inList(a, x, right.args), a.negated)
	}
	list := c.check(right)
	if !list.bad() && list.typ.Kind != value.KindList {
		return c.mismatch(list, Type{Kind: value.KindList})
	}
	return negate(c.apply("CONTAINS", a, list, x), a.negated)
}

func (c *checker) inList(a *ast, x *node, items []*ast) *node {
	var any []*node
	var texts []string
	for _, it := range items {
		v := c.check(it)
		if x.typ.Kind == value.KindList && !x.bad() {
			any = append(any, c.apply("CONTAINS", a, x, v))
			continue
		}
		n := c.compare(a, driver.Eq, x, v)
		if any = append(any, n); v.literal() && v.val.Kind() == value.KindText {
			texts = append(texts, v.val.Text())
		}
	}
	if x.typ.Kind == value.KindText && len(texts) == len(items) && !slices.ContainsFunc(any, (*node).bad) {
		return combine(&node{op: opInText, typ: Type{Kind: value.KindBool}, args: []*node{x}, list: texts})
	}
	if len(any) == 1 {
		return any[0]
	}
	return logic(opOr, any...)
}

// call checks a function call.
func (c *checker) call(a *ast) *node {
	f := findFunction(a.text)
	if f == nil || f.internal {
		p := problem("unknown-function", a.start, a.end, "there is no function %s", "没有函数 %s", a.text)
		p.Suggestion = diag.DidYouMean(strings.ToUpper(a.text), FunctionNames())
		return c.report(p)
	}
	if f.form != nil {
		return f.form(c, a)
	}
	args := make([]*node, len(a.args))
	for i, x := range a.args {
		args[i] = c.check(x)
	}
	return c.applyFunction(f, a, args)
}

func (c *checker) apply(name string, a *ast, args ...*node) *node {
	return c.applyFunction(findFunction(name), a, args)
}

func (c *checker) applyFunction(f *function, a *ast, args []*node) *node {
	least, most := 0, len(f.params)
	for _, p := range f.params {
		if !p.optional {
			least++
		}
		if p.repeats {
			most = 64
		}
	}
	if len(args) < least || len(args) > most {
		return c.fail("bad-call", a, "%s is called as %s", "%s 的用法为 %s", f.name, f.syntax)
	}
	for i, x := range args {
		if x.bad() {
			return x
		}
		p := f.params[min(i, len(f.params)-1)]
		if p.kinds.has(x.typ.Kind) || x.typ.Kind == value.KindNull {
			continue
		}
		if p.kinds.has(value.KindDecimal) && x.typ.Kind == value.KindBool {
			args[i] = c.asNumber(x)
			continue
		}
		if p.kinds.has(value.KindDate) && x.literal() && x.typ.Kind == value.KindText {
			if _, d := c.align(&node{op: opConst, typ: Type{Kind: value.KindDate}}, x); d.typ.Kind == value.KindDate {
				args[i] = d
				continue
			}
		}
		return c.mismatch(x, Type{Kind: firstKind(p.kinds)})
	}
	if f.accepts != nil && !f.accepts(c, args) {
		return &node{op: opBad}
	}
	n := combine(&node{op: opCall, fn: f, args: args, loc: c.loc, typ: f.result(args)})
	n.now, n.moment, n.rates = n.now || f.now, n.moment || f.moment, n.rates || f.rates
	return n
}

func firstKind(s kinds) value.Kind {
	for _, k := range []value.Kind{value.KindDecimal, value.KindText, value.KindDate, value.KindBool, value.KindList, value.KindRef} {
		if s.has(k) {
			return k
		}
	}
	return value.KindNull
}

func (c *checker) toDate(n *node) *node {
	return combine(&node{op: opCall, fn: findFunction("DATE"), args: []*node{n}, loc: c.loc, typ: Type{Kind: value.KindDate}, start: n.start, end: n.end})
}
