package expr

import (
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// Rates knows what currencies are worth. A program that asks for them says so by UsesRates.
type Rates interface {
	// Base is the code of the base currency; null when there is none.
	Base() value.Value
	// Rate is what one unit of a currency is worth in the base currency on a day: by the latest rate
	// that is effective then. Null when there is none.
	Rate(code string, day value.Value) value.Value
	// Digits is how many digits after the point amounts in a currency have; null when it is not known.
	Digits(code string) value.Value
}

// UsesRates says whether the result depends on exchange rates or currencies.
func (p *Program) UsesRates() bool { return p.root.rates }

func moneyFunctions() []*function {
	// form gives a call without its target currency the base currency.
	form := func(inner, syntax string, most int) func(*checker, *ast) *node {
		return func(c *checker, a *ast) *node {
			if len(a.args) != most && len(a.args) != most-1 {
				return c.fail("bad-call", a, "%s is called as %s", "%s 的用法为 %s", a.text, syntax)
			}
			var args []*node
			for _, x := range a.args {
				args = append(args, c.check(x))
			}
			if len(args) < most {
				args = append(args[:most-2:most-2], c.apply("BASE_CURRENCY", a), args[most-2])
			}
			return c.apply(inner, a, args...)
		}
	}
	const convert, rate = "CONVERT(amount, from[, to], date)", "RATE(from[, to], date)"
	return []*function{
		{name: "CONVERT", syntax: convert, form: form("CONVERTED", convert, 4),
			doc: diag.Textf("the amount in another currency (the base currency unless given), by the rates of the day, with that currency's digits; null without a rate", "按当日汇率折算为另一币种（默认本位币）的金额，按其小数位四舍五入；无汇率则为空")},
		{name: "RATE", syntax: rate, form: form("CROSS_RATE", rate, 3),
			doc: diag.Textf("what one unit of a currency is worth in another (the base currency unless given) on the day; null without a rate", "当日 1 单位币种折合另一币种（默认本位币）的汇率；无汇率则为空")},
		{name: "BASE_CURRENCY", syntax: "BASE_CURRENCY()", doc: diag.Textf("code of the base currency", "本位币代码"), result: gives(value.KindText), rates: true,
			build: func(*node) evaluator {
				return func(_ []value.Value, env Env) value.Value {
					if env.Rates == nil {
						return value.Null
					}
					return env.Rates.Base()
				}
			}},
		{name: "CURRENCY_DIGITS", syntax: "CURRENCY_DIGITS(code)", doc: diag.Textf("how many digits after the point amounts in the currency have", "该币种金额的小数位数"),
			params: one1(aText), result: gives(value.KindInt), rates: true,
			build: withRates(func(r Rates, _ *node, a []value.Value) value.Value { return r.Digits(a[0].Text()) })},
		{name: "CONVERTED", syntax: convert, internal: true, doc: diag.Textf("CONVERT with all its arguments", "参数齐全的 CONVERT"),
			params: []param{{kinds: aNumber}, {kinds: aText}, {kinds: aText}, {kinds: aDay}}, result: gives(value.KindDecimal), rates: true,
			build: withRates(func(r Rates, n *node, a []value.Value) value.Value {
				digits := r.Digits(a[2].Text())
				if digits.IsNull() || r.Digits(a[1].Text()).IsNull() {
					return value.Null
				}
				amount := a[0]
				if a[1].Text() != a[2].Text() { // one division, at the end: a rate of its own would be rounded
					day := dateOf(localTime(a[3], n.loc))
					amount = value.Div(value.Mul(amount, r.Rate(a[1].Text(), day)), r.Rate(a[2].Text(), day))
				}
				if amount.IsNull() {
					return amount
				}
				return value.Round(amount, int(digits.Int()))
			})},
		{name: "CROSS_RATE", syntax: rate, internal: true, doc: diag.Textf("RATE with all its arguments", "参数齐全的 RATE"),
			params: []param{{kinds: aText}, {kinds: aText}, {kinds: aDay}}, result: gives(value.KindDecimal), rates: true,
			build: withRates(func(r Rates, n *node, a []value.Value) value.Value {
				if a[0].Text() == a[1].Text() {
					return value.Int(1).Rescale(0)
				}
				day := dateOf(localTime(a[2], n.loc))
				return value.Div(r.Rate(a[0].Text(), day), r.Rate(a[1].Text(), day))
			})},
	}
}

// withRates makes the evaluator of a function that is null without rates, and when an argument is.
func withRates(f func(r Rates, n *node, a []value.Value) value.Value) func(*node) evaluator {
	return func(n *node) evaluator {
		args := buildAll(n.args)
		return func(in []value.Value, env Env) value.Value {
			vs := make([]value.Value, len(args))
			for i, a := range args {
				if vs[i] = a(in, env); vs[i].IsNull() {
					return value.Null
				}
			}
			if env.Rates == nil {
				return value.Null
			}
			return f(env.Rates, n, vs)
		}
	}
}
