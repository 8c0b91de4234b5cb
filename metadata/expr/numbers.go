package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func numberFunctions() []*function {
	same := func(a []*node) Type { return a[0].typ }
	dec := gives(value.KindDecimal)
	numbers := []param{{kinds: aNumber}, {kinds: aNumber, optional: true, repeats: true}}
	fn := func(name, syntax, en, zh string, p []param, result func([]*node) Type, push string, f func(*node, []value.Value) value.Value) *function {
		out := &function{name: name, syntax: syntax, doc: diag.Text{En: en, Zh: zh}, params: p, result: result, build: strict(f)}
		if push != "" {
			out.push = pushFunc(push)
		}
		return out
	}
	round := fn("ROUND", "ROUND(number[, digits])", "rounded half away from zero", "四舍五入", []param{{kinds: aNumber}, {kinds: aNumber, optional: true}}, dec, "",
		func(_ *node, a []value.Value) value.Value {
			digits, ok := roundDigits(a[1:])
			if !ok {
				return value.Null
			}
			return value.Round(a[0], int(digits))
		})
	round.push = func(t *translator, n *node, a []driver.Expr) (driver.Expr, error) {
		var given []value.Value
		if len(n.args) > 1 {
			if n.args[1].inputs {
				return nil, unsupported("ROUND to a number of digits that is not constant")
			}
			given = append(given, build(n.args[1])(nil, t.env))
		}
		digits, ok := roundDigits(given)
		if !ok {
			return driver.Const{Value: value.Null}, nil
		}
		return driver.Func{Name: "round", Args: []driver.Expr{a[0], driver.Const{Value: value.Int(digits)}}}, nil
	}
	return []*function{
		fn("ABS", "ABS(number)", "without its sign", "绝对值", one1(aNumber), same, "abs", func(_ *node, a []value.Value) value.Value { return value.Abs(a[0]) }),
		round,
		fn("FLOOR", "FLOOR(number)", "the greatest whole number that is not above", "向下取整", one1(aNumber), gives(value.KindInt), "floor", func(_ *node, a []value.Value) value.Value { return integer(value.Floor(a[0])) }),
		fn("CEIL", "CEIL(number)", "the least whole number that is not below", "向上取整", one1(aNumber), gives(value.KindInt), "ceil", func(_ *node, a []value.Value) value.Value { return integer(value.Ceil(a[0])) }),
		{name: "MIN", syntax: "MIN(number, …) | MIN(child, field[, condition])", doc: diag.Textf("the least number, or the least value of the children", "最小值，或子记录中的最小值"), form: extremeForm("LEAST", driver.Min)},
		{name: "MAX", syntax: "MAX(number, …) | MAX(child, field[, condition])", doc: diag.Textf("the greatest number, or the greatest value of the children", "最大值，或子记录中的最大值"), form: extremeForm("GREATEST", driver.Max)},
		fn("LEAST", "LEAST(number, …)", "the least of the numbers", "最小的数", numbers, dec, "", func(_ *node, a []value.Value) value.Value { return extreme(a, -1) }),
		fn("GREATEST", "GREATEST(number, …)", "the greatest of the numbers", "最大的数", numbers, dec, "", func(_ *node, a []value.Value) value.Value { return extreme(a, 1) }),
		fn("POW", "POW(base, exponent)", "the base to the power of the exponent", "幂", []param{{kinds: aNumber}, {kinds: aNumber}}, dec, "",
			func(_ *node, a []value.Value) value.Value { return wide2(a, (*apd.Context).Pow) }),
		fn("LN", "LN(number)", "the natural logarithm", "自然对数", one1(aNumber), dec, "", func(_ *node, a []value.Value) value.Value { return wide1(a, (*apd.Context).Ln) }),
		fn("SQRT", "SQRT(number)", "the square root", "平方根", one1(aNumber), dec, "", func(_ *node, a []value.Value) value.Value { return wide1(a, (*apd.Context).Sqrt) }),
		fn("ERFC", "ERFC(number)", "the complementary error function, to 12 digits", "互补误差函数，12 位精度", one1(aNumber), dec, "",
			func(_ *node, a []value.Value) value.Value {
				var d apd.Decimal
				if _, err := d.SetFloat64(math.Erfc(a[0].Float64())); err != nil {
					return value.Null
				}
				return value.Round(value.FromApd(&d), 12)
			}),
	}
}

// roundDigits is the second argument of ROUND, 0 when there is none; false outside −18 to 18.
func roundDigits(given []value.Value) (int64, bool) {
	if len(given) == 0 {
		return 0, true
	}
	digits, ok := cut(given[0])
	return digits, ok && digits >= -18 && digits <= 18
}

// cut is a number without its digits after the point; false when an int64 cannot hold it.
func cut(v value.Value) (int64, bool) {
	if value.Compare(v, value.Int(0)) < 0 {
		v = value.Ceil(v)
	} else {
		v = value.Floor(v)
	}
	return v.Int(), v.Kind() == value.KindInt
}

func integer(v value.Value) value.Value {
	if v.Kind() == value.KindDecimal && v.Text() == "" && v.Scale() == 0 {
		return value.Int(v.Int())
	}
	return v
}

func extreme(a []value.Value, sign int) value.Value {
	best := a[0]
	for _, v := range a[1:] {
		if value.Compare(v, best)*sign > 0 {
			best = v
		}
	}
	return best
}

// maxExponent keeps powers and logarithms of huge numbers from running away.
const maxExponent = 64

func tame(d *apd.Decimal) bool {
	return d.NumDigits()+int64(d.Exponent) < maxExponent && d.NumDigits() < maxExponent
}

func wide1(a []value.Value, op func(c *apd.Context, d, x *apd.Decimal) (apd.Condition, error)) value.Value {
	var x, d apd.Decimal
	if a[0].Apd(&x); !tame(&x) {
		return value.Null
	}
	if _, err := op(value.Context(), &d, &x); err != nil {
		return value.Null
	}
	return value.Fit(&d)
}

func wide2(a []value.Value, op func(c *apd.Context, d, x, y *apd.Decimal) (apd.Condition, error)) value.Value {
	var x, y, d apd.Decimal
	a[0].Apd(&x)
	if a[1].Apd(&y); !tame(&x) || math.Abs(a[1].Float64()) > 1000 {
		return value.Null
	}
	if _, err := op(value.Context(), &d, &x, &y); err != nil {
		return value.Null
	}
	return value.Fit(&d)
}
