package expr

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// family is a group of functions in the reference.
type family struct {
	title     diag.Text
	functions []*function
}

// families lists all functions, in the order of the reference.
func families() []family {
	return []family{
		{diag.Textf("Choices and blanks", "条件与空值"), logicFunctions()},
		{diag.Textf("Numbers", "数字"), numberFunctions()},
		{diag.Textf("Text", "文本"), textFunctions()},
		{diag.Textf("Dates", "日期"), dateFunctions()},
		{diag.Textf("Currencies", "币种"), moneyFunctions()},
		{diag.Textf("Records", "记录"), recordFunctions()},
		{diag.Textf("Normalising", "标准化"), normFunctions()},
	}
}

// strict makes the evaluator of a function that is null when an argument is.
func strict(f func(n *node, a []value.Value) value.Value) func(*node) evaluator {
	return func(n *node) evaluator {
		args := buildAll(n.args)
		return func(in []value.Value, env Env) value.Value {
			var buf [4]value.Value
			vs := buf[:0]
			for _, a := range args {
				v := a(in, env)
				if v.IsNull() {
					return value.Null
				}
				vs = append(vs, v)
			}
			return f(n, vs)
		}
	}
}

func pushFunc(name string) func(*translator, *node, []driver.Expr) (driver.Expr, error) {
	return func(_ *translator, _ *node, args []driver.Expr) (driver.Expr, error) {
		return driver.Func{Name: name, Args: args}, nil
	}
}

func one1(k kinds) []param { return []param{{kinds: k}} }

func logicFunctions() []*function {
	return []*function{
		{name: "IF", syntax: "IF(condition, then[, else])", doc: diag.Textf("then if the condition is true, otherwise else", "条件为真时取 then，否则取 else"),
			form: func(c *checker, a *ast) *node {
				if len(a.args) < 2 || len(a.args) > 3 {
					return c.fail("bad-call", a, "IF is called as IF(condition, then[, else])", "IF 的用法为 IF(条件, 真值[, 假值])")
				}
				last := constant(value.Null, a.end, a.end)
				if len(a.args) == 3 {
					last = c.check(a.args[2])
				}
				return c.cases(a, []*node{c.condition(a.args[0]), c.check(a.args[1])}, last)
			}},
		{name: "CASE", syntax: "CASE(value, key, result, …[, default])", doc: diag.Textf("the result behind the first key that equals the value", "第一个与值相等的键所对应的结果"),
			form: func(c *checker, a *ast) *node {
				if len(a.args) < 3 {
					return c.fail("bad-call", a, "CASE is called as CASE(value, key, result, …[, default])", "CASE 的用法为 CASE(值, 键, 结果, …[, 默认])")
				}
				x, rest := c.check(a.args[0]), a.args[1:]
				var arms []*node
				for len(rest) >= 2 {
					arms = append(arms, c.compare(a, driver.Eq, x, c.check(rest[0])), c.check(rest[1]))
					rest = rest[2:]
				}
				last := constant(value.Null, a.end, a.end)
				if len(rest) == 1 {
					last = c.check(rest[0])
				}
				return c.cases(a, arms, last)
			}},
		{name: "CASE_RANGE", syntax: "CASE_RANGE(value, limit, result, …, default)", doc: diag.Textf("the result behind the first limit that is not below the value", "第一个不小于该值的上限所对应的结果"),
			form: func(c *checker, a *ast) *node {
				if len(a.args) < 4 || len(a.args)%2 != 0 {
					return c.fail("bad-call", a, "CASE_RANGE is called as CASE_RANGE(value, limit, result, …, default)", "CASE_RANGE 的用法为 CASE_RANGE(值, 上限, 结果, …, 默认)")
				}
				x, rest := c.check(a.args[0]), a.args[1:]
				var arms []*node
				for len(rest) >= 2 {
					arms = append(arms, c.compare(a, driver.Le, x, c.check(rest[0])), c.check(rest[1]))
					rest = rest[2:]
				}
				return c.cases(a, arms, c.check(rest[0]))
			}},
		{name: "COALESCE", syntax: "COALESCE(value, …)", doc: diag.Textf("the first value that is not null", "第一个非空值"),
			form: func(c *checker, a *ast) *node {
				if len(a.args) == 0 {
					return c.fail("bad-call", a, "COALESCE needs values", "COALESCE 需要参数")
				}
				last := c.check(a.args[len(a.args)-1])
				for i := len(a.args) - 2; i >= 0; i-- {
					x := c.check(a.args[i])
					if x.bad() || last.bad() {
						return &node{op: opBad}
					}
					last = c.cases(a, []*node{negate(logic(opIsNull, x), true), x}, last)
				}
				return last
			}},
		{name: "ISBLANK", syntax: "ISBLANK(value)", doc: diag.Textf("true for null, empty text and empty lists", "空值、空文本或空列表时为真"),
			form: func(c *checker, a *ast) *node {
				if len(a.args) != 1 {
					return c.fail("bad-call", a, "ISBLANK is called as ISBLANK(value)", "ISBLANK 的用法为 ISBLANK(值)")
				}
				return logic(opBlank, c.check(a.args[0]))
			}},
	}
}

func textFunctions() []*function {
	match := func(name, mode, en, zh string, f func(s, sub string) bool) *function {
		fn := &function{name: name, syntax: name + "(text, part)", doc: diag.Text{En: en, Zh: zh}, params: []param{{kinds: aText}, {kinds: aText}}, result: gives(value.KindBool),
			build: strict(func(_ *node, a []value.Value) value.Value {
				return value.Bool(f(foldASCII(a[0].Text()), foldASCII(a[1].Text())))
			})}
		fn.push = func(_ *translator, _ *node, a []driver.Expr) (driver.Expr, error) {
			return driver.Match{Mode: mode, Arg: a[0], Pattern: a[1]}, nil
		}
		return fn
	}
	contains := match("CONTAINS", "contains", "whether the text has the part in it, or the list the element", "文本是否包含该部分，或列表是否包含该元素", strings.Contains)
	contains.params[0].kinds, contains.params[1].kinds = kindSet(value.KindText, value.KindList), kindSet(value.KindText, value.KindRef)
	contains.accepts = listTakes
	inText, pushText := contains.build, contains.push
	contains.build = func(n *node) evaluator {
		if n.args[0].typ.Kind == value.KindList {
			return strict(func(_ *node, a []value.Value) value.Value { return value.Bool(listHas(a[0], a[1])) })(n)
		}
		return inText(n)
	}
	contains.push = func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
		if n.args[0].typ.Kind == value.KindList {
			return driver.Has{Arg: a[0], Elem: a[1]}, nil
		}
		return pushText(t, n, a)
	}
	texts := []param{{kinds: aText}, {kinds: aText, optional: true, repeats: true}}
	simple := func(name, en, zh string, f func(string) string) *function {
		return &function{name: name, syntax: name + "(text)", doc: diag.Text{En: en, Zh: zh}, params: one1(aText), result: gives(value.KindText),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Text(f(a[0].Text())) })}
	}
	return []*function{
		contains,
		match("STARTS_WITH", "prefix", "whether the text begins with the part", "文本是否以该部分开头", strings.HasPrefix),
		match("ENDS_WITH", "suffix", "whether the text ends with the part", "文本是否以该部分结尾", strings.HasSuffix),
		{name: "CONCAT", takesNull: true, syntax: "CONCAT(text, …)", doc: diag.Textf("the texts joined", "连接文本"), params: texts, result: gives(value.KindText), push: pushFunc("concat"),
			build: func(n *node) evaluator { // null joins as nothing
				args := buildAll(n.args)
				return func(in []value.Value, env Env) value.Value {
					var b strings.Builder
					for _, a := range args {
						b.WriteString(a(in, env).Text())
					}
					return value.Text(b.String())
				}
			}},
		simple("LOWER", "in lower case", "转为小写", strings.ToLower),
		simple("UPPER", "in upper case", "转为大写", strings.ToUpper),
		simple("TRIM", "without blanks at both ends", "去除首尾空白", strings.TrimSpace),
		{name: "LEN", syntax: "LEN(text)", doc: diag.Textf("the number of characters", "字符数"), params: one1(aText), result: gives(value.KindInt), push: pushFunc("length"),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Int(int64(len([]rune(a[0].Text())))) })},
		{name: "LEFT", syntax: "LEFT(text, n)", doc: diag.Textf("the first n characters", "前 n 个字符"), params: []param{{kinds: aText}, {kinds: kindSet(value.KindInt)}}, result: gives(value.KindText),
			build: strict(func(_ *node, a []value.Value) value.Value { return value.Text(left(a[0].Text(), a[1].Int())) })},
		{name: "REGEX", syntax: "REGEX(text, 'pattern')", doc: diag.Textf("whether the pattern (RE2) occurs in the text", "文本中是否出现该模式（RE2）"), form: regexForm},
		{name: "REGEX_MATCH", internal: true, syntax: "REGEX(text, 'pattern')", doc: diag.Textf("REGEX with its pattern compiled", "已编译模式的 REGEX"), params: []param{{kinds: aText}, {kinds: aText}}, result: gives(value.KindBool), build: buildRegex},
		{name: "URL_WITH_QUERY", syntax: "URL_WITH_QUERY(url, name, value, …)", doc: diag.Textf("the address with query parameters added", "附加查询参数后的网址"), params: texts, result: gives(value.KindText), build: strict(urlWithQuery)},
	}
}

// listTakes says whether the first argument, where it is a list, can have the second in it.
func listTakes(c *checker, args []*node) bool {
	list, elem := args[0], args[1]
	if list.typ.Kind != value.KindList || elem.typ.Kind == value.KindNull {
		return true
	}
	if list.typ.Elem != value.KindNull && elem.typ.Kind != list.typ.Elem {
		c.mismatch(elem, Type{Kind: list.typ.Elem})
		return false
	}
	return !c.wrongCode(list, elem)
}

func dateFunctions() []*function {
	intOf := func(name, en, zh, push string, f func(time.Time) int) *function {
		fn := &function{name: name, syntax: name + "(date)", doc: diag.Text{En: en, Zh: zh}, params: one1(aDay), result: gives(value.KindInt),
			build: strict(func(n *node, a []value.Value) value.Value { return value.Int(int64(f(localTime(a[0], n.loc)))) })}
		fn.push = func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
			d, err := pushDate(t, n, a[0])
			return driver.Func{Name: push, Args: []driver.Expr{d}}, err
		}
		return fn
	}
	add := func(name, en, zh, push string, f func(time.Time, int) time.Time) *function {
		fn := &function{name: name, syntax: name + "(date, n)", doc: diag.Text{En: en, Zh: zh}, params: []param{{kinds: aDay}, {kinds: aNumber}},
			result: func(a []*node) Type { return a[0].typ }, build: strict(func(n *node, a []value.Value) value.Value { return shift(a[0], a[1], n.loc, f) })}
		if push != "" {
			fn.push = func(_ *translator, n *node, a []driver.Expr) (driver.Expr, error) {
				if n.args[0].typ.Kind != value.KindDate {
					return nil, unsupported(name + " to a moment") // a local day is not always 24 hours long
				}
				return driver.Func{Name: push, Args: a}, nil
			}
		}
		return fn
	}
	start := func(name, en, zh, push string, f func(time.Time) time.Time) *function {
		fn := &function{name: name, syntax: name + "(date)", doc: diag.Text{En: en, Zh: zh}, params: one1(aDay), result: gives(value.KindDate),
			build: strict(func(n *node, a []value.Value) value.Value { return dateOf(f(localTime(a[0], n.loc))) })}
		if push != "" {
			fn.push = func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
				d, err := pushDate(t, n, a[0])
				return driver.Func{Name: push, Args: []driver.Expr{d}}, err
			}
		}
		return fn
	}
	period := func(name string, pick func(from, to time.Time) time.Time) *function {
		return &function{name: name, internal: true, syntax: name + "(period)", doc: diag.Textf("first or last day of a period", "期间的首日或末日"), params: one1(aText), result: gives(value.KindDate), now: true,
			build: func(n *node) evaluator {
				word := n.args[0].val.Text()
				return func(_ []value.Value, env Env) value.Value {
					from, to := periodOf(word, time.UnixMicro(env.NowMicros).In(n.loc))
					return dateOf(pick(from, to))
				}
			}}
	}
	return []*function{
		{name: "NOW", syntax: "NOW()", doc: diag.Textf("this moment", "当前时刻"), result: gives(value.KindDateTime), now: true, moment: true,
			build: func(*node) evaluator {
				return func(_ []value.Value, env Env) value.Value { return value.DateTime(env.NowMicros) }
			}},
		{name: "TODAY", syntax: "TODAY()", doc: diag.Textf("today in the tenant's time zone", "租户时区的今天"), result: gives(value.KindDate), now: true,
			build: func(n *node) evaluator {
				return func(_ []value.Value, env Env) value.Value { return dateOf(time.UnixMicro(env.NowMicros).In(n.loc)) }
			}},
		{name: "DATE", syntax: "DATE(moment | 'YYYY-MM-DD')", doc: diag.Textf("the local date of a moment, or the date that a text spells", "时刻的本地日期，或文本所写的日期"),
			params: one1(aDay | aText), result: gives(value.KindDate), build: strict(toDate),
			push: func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
				if n.args[0].typ.Kind == value.KindText {
					return nil, unsupported("DATE of a text field")
				}
				return pushDate(t, n, a[0])
			}},
		{name: "DAYS", syntax: "DAYS(a, b)", doc: diag.Textf("days from b to a", "从 b 到 a 的天数"), params: []param{{kinds: aDay}, {kinds: aDay}}, result: gives(value.KindInt),
			build: strict(func(n *node, a []value.Value) value.Value {
				return value.Int(dateOf(localTime(a[0], n.loc)).Int() - dateOf(localTime(a[1], n.loc)).Int())
			}),
			push: func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
				if n.args[0].typ.Kind != value.KindDate || n.args[1].typ.Kind != value.KindDate {
					return nil, unsupported("DAYS of moments")
				}
				return driver.Func{Name: "days_between", Args: []driver.Expr{a[1], a[0]}}, nil
			}},
		add("ADD_DAYS", "so many days later", "若干天之后", "add_days", func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) }),
		add("ADD_MONTHS", "so many months later; the last day where the month is shorter", "若干月之后，月末自动对齐", "", addMonths),
		add("ADD_YEARS", "so many years later", "若干年之后", "", func(t time.Time, n int) time.Time { return addMonths(t, 12*n) }),
		intOf("YEAR", "the year", "年份", "year", time.Time.Year),
		intOf("MONTH", "the month, 1 to 12", "月份", "month", func(t time.Time) int { return int(t.Month()) }),
		intOf("DAY", "the day of the month", "日", "day", time.Time.Day),
		{name: "HOUR", syntax: "HOUR(moment)", doc: diag.Textf("the local hour, 0 to 23", "本地小时"), params: one1(kindSet(value.KindDateTime)), result: gives(value.KindInt),
			build: strict(func(n *node, a []value.Value) value.Value { return value.Int(int64(localTime(a[0], n.loc).Hour())) }),
			push: func(t *translator, _ *node, a []driver.Expr) (driver.Expr, error) {
				return driver.Func{Name: "hour", Args: []driver.Expr{a[0], driver.Const{Value: value.Text(t.p.zone)}}}, nil
			}},
		start("START_OF_MONTH", "the first day of the month", "当月首日", "month_start", func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }),
		start("START_OF_YEAR", "the first day of the year", "当年首日", "", func(t time.Time) time.Time { return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) }),
		{name: "END_OF_DAY", syntax: "END_OF_DAY(date)", doc: diag.Textf("the first moment of the next local day", "次日零点（本地）"), params: one1(aDay), result: gives(value.KindDateTime),
			build: strict(func(n *node, a []value.Value) value.Value {
				t := localTime(a[0], n.loc)
				return value.Instant(time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, n.loc))
			})},
		{name: "DAYS_TO_ANNIVERSARY", syntax: "DAYS_TO_ANNIVERSARY(date)", doc: diag.Textf("days until the date's next anniversary", "距下一个周年日的天数"), params: one1(aDay), result: gives(value.KindInt), now: true, build: buildAnniversary},
		period("PERIOD_START", func(from, _ time.Time) time.Time { return from }),
		period("PERIOD_END", func(_, to time.Time) time.Time { return to }),
	}
}
