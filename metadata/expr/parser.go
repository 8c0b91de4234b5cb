package expr

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/value"
)

// Limits on one expression. With them its cost is known when it is loaded.
const (
	MaxSource = 8 << 10 // bytes
	MaxDepth  = 64      // nesting
	MaxNodes  = 500     // names, literals, operators and calls
)

// parser is a recursive-descent parser; it stops at the first error.
type parser struct {
	toks  []token
	at    int
	depth int
	nodes int
	err   *Problem
}

// parse reads a whole expression.
func parse(src string) (*ast, *Problem) {
	if len(src) > MaxSource {
		return nil, problem("too-long", 0, len(src), "the expression has %d bytes; at most %d are allowed", "表达式有 %d 字节，最多允许 %d 字节", len(src), MaxSource)
	}
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks}
	if p.peek().kind == tokEnd {
		return nil, problem("syntax", 0, len(src), "the expression is empty", "表达式为空")
	}
	a := p.cond()
	if p.err == nil && p.peek().kind != tokEnd {
		p.unexpected("an operator or the end", "运算符或结尾")
	}
	if p.err != nil {
		return nil, p.err
	}
	return a, nil
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) next() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

// take consumes the token if it is text.
func (p *parser) take(text string) bool {
	if p.err == nil && p.peek().is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if p.err == nil && !p.take(text) {
		p.unexpected("\""+text+"\"", "“"+text+"”")
	}
}

// fail records the first error and moves to the end, so that all callers return.
func (p *parser) fail(err *Problem) *ast {
	if p.err == nil {
		p.err = err
		p.at = len(p.toks) - 1
	}
	return &ast{kind: astNull, start: err.Start, end: err.End}
}

func (p *parser) unexpected(wantEn, wantZh string) *ast {
	if p.err != nil {
		return p.fail(p.err)
	}
	t := p.peek()
	if t.kind == tokEnd {
		return p.fail(problem("syntax", t.start, t.end, "the expression ends too early; expected %[1]s", "表达式提前结束，此处应为%[2]s", wantEn, wantZh))
	}
	return p.fail(problem("syntax", t.start, t.end, "unexpected %[1]q; expected %[2]s", "意外的 %[1]q，此处应为%[3]s", shown(t), wantEn, wantZh))
}

func shown(t token) string {
	if t.kind == tokText {
		return "'" + t.text + "'"
	}
	return t.text
}

// node counts and closes a node that ends at the last token taken.
func (p *parser) node(a *ast) *ast {
	if p.nodes++; p.nodes > MaxNodes {
		return p.fail(problem("too-large", a.start, a.end, "the expression has more than %d parts", "表达式超过 %d 个组成部分", MaxNodes))
	}
	if a.end == 0 && p.at > 0 {
		a.end = p.toks[p.at-1].end
	}
	return a
}

// enter guards the recursion.
func (p *parser) enter() bool {
	if p.depth++; p.depth > MaxDepth {
		t := p.peek()
		p.fail(problem("too-deep", t.start, t.end, "the expression is nested more than %d levels deep", "表达式嵌套超过 %d 层", MaxDepth))
	}
	return p.err == nil
}

func (p *parser) leave() { p.depth-- }

// cond := or [ "?" cond ":" cond ]
func (p *parser) cond() *ast {
	defer p.leave()
	if !p.enter() {
		return p.fail(p.err)
	}
	a := p.or()
	if !p.take("?") {
		return a
	}
	then := p.cond()
	p.expect(":")
	return p.node(&ast{kind: astCond, start: a.start, args: []*ast{a, then, p.cond()}})
}

func (p *parser) or() *ast {
	a := p.and()
	for p.take("or") || p.take("||") {
		a = p.node(&ast{kind: astBinary, text: "or", start: a.start, args: []*ast{a, p.and()}})
	}
	return a
}

func (p *parser) and() *ast {
	a := p.not()
	for p.take("and") || p.take("&&") {
		a = p.node(&ast{kind: astBinary, text: "and", start: a.start, args: []*ast{a, p.not()}})
	}
	return a
}

// notCall says whether the next tokens are "NOT(" without a blank: a call, which binds tightly.
func (p *parser) notCall() bool {
	t := p.peek()
	if p.at+1 >= len(p.toks) {
		return false
	}
	n := p.toks[p.at+1]
	return t.is("not") && n.is("(") && n.start == t.end
}

// not := "not" not | compare
func (p *parser) not() *ast {
	if t := p.peek(); p.err == nil && t.is("not") && !p.notCall() {
		defer p.leave()
		if !p.enter() {
			return p.fail(p.err)
		}
		p.next()
		return p.node(&ast{kind: astNot, start: t.start, args: []*ast{p.not()}})
	}
	return p.compare()
}

func comparison(t token) string {
	if t.kind != tokOp {
		return ""
	}
	switch t.text {
	case "=", "==":
		return "=="
	case "<>", "!=":
		return "!="
	case "<", "<=", ">", ">=":
		return t.text
	}
	return ""
}

// compare := add [ comparison add | [not] in … | [not] between add and add | is [not] null ]
func (p *parser) compare() *ast {
	a := p.add()
	if op := comparison(p.peek()); op != "" && p.err == nil {
		p.next()
		a = p.node(&ast{kind: astBinary, text: op, start: a.start, args: []*ast{a, p.add()}})
		if t := p.peek(); comparison(t) != "" && p.err == nil {
			err := problem("syntax", t.start, t.end, "comparisons cannot be chained", "比较运算不能连写")
			err.Suggestion = suggest("write two comparisons joined with \"and\"", "请写成两个比较并用 and 连接")
			return p.fail(err)
		}
		return a
	}
	if p.take("is") {
		neg := p.take("not")
		p.expect("null")
		return p.node(&ast{kind: astIsNull, start: a.start, args: []*ast{a}, negated: neg})
	}
	neg := p.take("not")
	switch {
	case p.take("in"):
		return p.node(&ast{kind: astIn, start: a.start, args: []*ast{a, p.inRight()}, negated: neg})
	case p.take("between"):
		from := p.add()
		p.expect("and")
		return p.node(&ast{kind: astBetween, start: a.start, args: []*ast{a, from, p.add()}, negated: neg})
	case neg:
		return p.unexpected("\"in\" or \"between\"", "in 或 between")
	}
	return a
}

// inRight is a list in parentheses or brackets, a period such as THIS_YEAR, or a list field.
func (p *parser) inRight() *ast {
	t := p.peek()
	if t.kind == tokName && isPeriod(t.text) && !p.toks[p.at+1].is(".") {
		p.next()
		return p.node(&ast{kind: astPeriod, start: t.start, text: t.text})
	}
	closing := ""
	switch {
	case p.take("("):
		closing = ")"
	case p.take("["):
		closing = "]"
	default:
		return p.add()
	}
	return p.node(&ast{kind: astList, start: t.start, args: p.list(closing)})
}

func (p *parser) list(closing string) []*ast {
	var args []*ast
	for p.err == nil {
		args = append(args, p.cond())
		if p.take(closing) {
			break
		}
		if !p.take(",") {
			p.unexpected("\",\" or \""+closing+"\"", "“,”或“"+closing+"”")
		}
	}
	return args
}

func (p *parser) add() *ast {
	a := p.mul()
	for p.err == nil && (p.peek().is("+") || p.peek().is("-")) {
		op := p.next().text
		a = p.node(&ast{kind: astBinary, text: op, start: a.start, args: []*ast{a, p.mul()}})
	}
	return a
}

func (p *parser) mul() *ast {
	a := p.unary()
	for p.err == nil && (p.peek().is("*") || p.peek().is("/") || p.peek().is("%")) {
		op := p.next().text
		a = p.node(&ast{kind: astBinary, text: op, start: a.start, args: []*ast{a, p.unary()}})
	}
	return a
}

func (p *parser) unary() *ast {
	t := p.peek()
	kind := astNeg
	switch {
	case p.err != nil:
		return p.fail(p.err)
	case t.is("-"):
	case t.is("!"):
		kind = astNot
	default:
		return p.primary()
	}
	defer p.leave()
	if !p.enter() {
		return p.fail(p.err)
	}
	p.next()
	return p.node(&ast{kind: kind, start: t.start, args: []*ast{p.unary()}})
}

func (p *parser) primary() *ast {
	t := p.peek()
	switch t.kind {
	case tokNumber:
		p.next()
		return p.number(t)
	case tokText:
		p.next()
		return p.node(&ast{kind: astText, start: t.start, text: t.text})
	case tokName:
		return p.name()
	}
	if p.take("(") {
		a := p.cond()
		p.expect(")")
		return a
	}
	return p.unexpected("a value", "一个值")
}

func (p *parser) number(t token) *ast {
	v, err := value.ParseDecimal(t.text)
	if err != nil {
		return p.fail(problem("bad-number", t.start, t.end, "%q is not a number of at most 38 digits", "%q 不是 38 位以内的数字", t.text))
	}
	if v.Scale() == 0 && v.Text() == "" {
		v = value.Int(v.Int())
	}
	return p.node(&ast{kind: astNumber, start: t.start, text: string(v.AppendDecimal(nil)), val: v})
}

func reserved(word string) bool {
	switch strings.ToLower(word) {
	case "and", "or", "not", "in", "between", "is", "null", "true", "false":
		return true
	}
	return false
}

// name := literal word | function "(" … ")" | path
func (p *parser) name() *ast {
	t := p.next()
	switch {
	case t.is("null"):
		return p.node(&ast{kind: astNull, start: t.start})
	case t.is("true"), t.is("false"):
		return p.node(&ast{kind: astBool, start: t.start, text: strings.ToLower(t.text), val: value.Bool(t.is("true"))})
	case p.peek().is("("):
		return p.call(t)
	case reserved(t.text):
		p.at--
		return p.unexpected("a value", "一个值")
	}
	return p.path(t)
}

// path := name { "." name } with one optional "@" for a child's reference field.
func (p *parser) path(t token) *ast {
	names, text := []token{t}, t.text
	for p.err == nil && (p.peek().is(".") || p.peek().is("@")) {
		sep := p.next().text
		n := p.next()
		if n.kind != tokName {
			p.at--
			return p.unexpected("a field name", "字段名")
		}
		names = append(names, n)
		text += sep + n.text
	}
	return p.node(&ast{kind: astName, start: t.start, text: text, names: names})
}

func (p *parser) call(t token) *ast {
	p.expect("(")
	var args []*ast
	if !p.take(")") {
		args = p.list(")")
	}
	if p.err != nil {
		return p.fail(p.err)
	}
	switch upper := strings.ToUpper(t.text); {
	case (upper == "AND" || upper == "OR") && len(args) > 0:
		a := args[0]
		for _, b := range args[1:] {
			a = p.node(&ast{kind: astBinary, text: strings.ToLower(upper), start: t.start, args: []*ast{a, b}})
		}
		return a
	case upper == "NOT" && len(args) == 1:
		return p.node(&ast{kind: astNot, start: t.start, args: args})
	case upper == "DEC" && len(args) == 1 && args[0].kind == astText:
		a := p.number(token{tokNumber, args[0].text, args[0].start, args[0].end})
		a.start, a.end = t.start, p.toks[p.at-1].end
		return a
	case reserved(t.text):
		return p.fail(problem("bad-call", t.start, t.end, "%s needs other arguments", "%s 的参数不正确", upper))
	}
	return p.node(&ast{kind: astCall, start: t.start, text: t.text, args: args})
}
