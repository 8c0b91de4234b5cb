package exprtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random expressions of the language, as text, by type.
type generator struct{ r *rand.Rand }

func (g *generator) expression() string {
	switch g.r.IntN(8) {
	case 0:
		return g.number(4)
	case 1:
		return g.text(3)
	case 2:
		return g.date(3)
	}
	return g.condition(4)
}

func (g *generator) pick(words ...string) string { return words[g.r.IntN(len(words))] }

// one gives one of the alternatives; those behind the first plain ones go deeper.
func (g *generator) one(depth int, plain []func() string, deep ...func() string) string {
	if depth <= 0 || g.r.IntN(6) == 0 {
		return plain[g.r.IntN(len(plain))]()
	}
	return deep[g.r.IntN(len(deep))]()
}

func (g *generator) f(format string, parts ...func() string) string {
	args := make([]any, len(parts))
	for i, p := range parts {
		args[i] = p()
	}
	return fmt.Sprintf(format, args...)
}

func (g *generator) condition(d int) string {
	n, t, dt, at := g.sub(g.number, d), g.sub(g.text, d), g.sub(g.date, d), g.sub(g.moment, d)
	c, ref, op := g.sub(g.condition, d), g.sub(g.ref, d), func() string { return g.pick("==", "!=", "<", "<=", ">", ">=") }
	null := func() string { return g.pick("is null", "is not null", "== null", "!= null") }
	return g.one(d, []func() string{
		func() string {
			return g.pick("vip", "hot", "owner.active", "late", "owner.senior", "true", "false", "parent.vip")
		},
		func() string {
			return g.f("status %s", func() string { return g.pick("== 'open'", "in ('won', 'lost')", "!= 'won'") })
		},
	},
		func() string { return g.f("(%s) and (%s)", c, c) }, func() string { return g.f("(%s) or (%s)", c, c) },
		func() string { return g.f("not (%s)", c) }, func() string { return g.f("(%s) %s (%s)", c, op, c) },
		func() string { return g.f("(%s) %s (%s)", n, op, n) }, func() string { return g.f("(%s) %s (%s)", n, op, n) },
		func() string { return g.f("(%s) %s (%s)", t, op, t) }, func() string { return g.f("(%s) %s (%s)", dt, op, dt) },
		func() string { return g.f("(%s) %s (%s)", at, op, at) }, func() string { return g.f("(%s) %s (%s)", at, op, dt) },
		func() string { return g.f("(%s) %s (%s)", ref, func() string { return g.pick("==", "!=") }, ref) },
		func() string { return g.f("(%s) %s", n, null) }, func() string { return g.f("(%s) %s", t, null) }, func() string { return g.f("(%s) %s", c, null) },
		func() string { return g.f("(%s) between (%s) and (%s)", n, n, n) }, func() string { return g.f("(%s) not in (%s, %s)", n, n, n) },
		func() string { return g.f("(%s) in (%s, %s)", t, g.textLiteral, g.textLiteral) }, func() string { return g.f("(%s) in (%s, %s)", dt, dt, dt) },
		func() string { return g.f("ISBLANK(%s)", t) },
		func() string {
			return g.f("%s(%s, %s)", func() string { return g.pick("CONTAINS", "STARTS_WITH", "ENDS_WITH") }, t, t)
		},
		func() string { return g.f("(%s) in tags", t) }, func() string { return g.f("(%s) in peers", g.sub(g.thing, d)) },
		func() string {
			return g.f("(%s) in %s", dt, func() string { return g.pick("THIS_MONTH", "LAST_YEAR", "NEXT_QUARTER", "TODAY") })
		},
		func() string {
			return g.f("EXISTS(%s, %s)", func() string { return g.pick("line", "line.others", "line@about") }, g.lineCondition)
		},
		func() string { return g.f("IF(%s, %s, %s)", c, c, c) }, func() string { return g.f("COALESCE(%s, %s)", c, c) },
	)
}

func (g *generator) sub(f func(int) string, depth int) func() string {
	return func() string { return f(depth - 1) }
}

// lineCondition is a condition over a line, whose names are others.
func (g *generator) lineCondition() string {
	return g.pick("qty > 0", "qty + 1 >= price", "price * 2 < qty", "memo == 'a'", "not CONTAINS(memo, 'b')", "by.level > 0", "thing.vip", "thing.owner.senior", "qty between 0 and 2 and price > 0", "by is null or qty is null", "memo in ('a', 'ab')")
}

func (g *generator) number(d int) string {
	n, c, dt := g.sub(g.number, d), g.sub(g.condition, d), g.sub(g.date, d)
	return g.one(d, []func() string{
		func() string {
			return g.pick("n", "m", "amount", "rate", "wide", "owner.level", "parent.n", "parent.amount", "owner.quota", "owner.boss.level", "margin", "rank", "parent.margin")
		},
		func() string {
			return g.pick("0", "1", "2", "0.5", "1.005", "100", "3.14159", "1000000", "0.0001", "9223372036854775807", "12345678901234567890.123", "99999999999999999999999999999999999999", "null")
		},
	},
		func() string {
			return g.f("(%s) %s (%s)", n, func() string { return g.pick("+", "-", "*", "/", "%") }, n)
		},
		func() string { return g.f("(%s) %s (%s)", n, func() string { return g.pick("+", "-", "*") }, n) },
		func() string { return g.f("-(%s)", n) }, func() string { return g.f("ABS(%s)", n) }, func() string { return g.f("FLOOR(%s)", n) }, func() string { return g.f("CEIL(%s)", n) },
		func() string {
			return g.f("ROUND(%s, %s)", n, func() string { return g.pick("0", "1", "2", "5", "-1", "-3", "18", "19") })
		},
		func() string { return g.f("LEN(%s)", g.sub(g.text, d)) }, func() string { return g.f("%s(%s)", func() string { return g.pick("YEAR", "MONTH", "DAY") }, dt) },
		func() string { return g.f("DAYS(%s, %s)", dt, dt) }, func() string { return g.f("HOUR(%s)", g.sub(g.moment, d)) },
		func() string { return g.f("IF(%s, %s, %s)", c, n, n) }, func() string { return g.f("COALESCE(%s, %s)", n, n) },
		func() string { return g.f("CASE(%s, %s, %s, %s)", n, n, n, n) }, func() string { return g.f("CASE_RANGE(%s, %s, %s, %s)", n, n, n, n) },
		func() string { return g.f("(%s) + (%s)", c, n) },
	)
}

func (g *generator) textLiteral() string {
	return "'" + strings.ReplaceAll(texts(g.r).Text(), "'", "''") + "'"
}

func (g *generator) text(d int) string {
	t, c := g.sub(g.text, d), g.sub(g.condition, d)
	return g.one(d, []func() string{
		func() string {
			return g.pick("name", "note", "CONCAT(status)", "owner.name", "parent.name", "owner.boss.name", "label", "null")
		}, g.textLiteral,
	},
		func() string { return g.f("CONCAT(%s, %s)", t, t) }, func() string { return g.f("IF(%s, %s, %s)", c, t, t) },
		func() string { return g.f("COALESCE(%s, %s)", t, t) }, func() string { return g.f("CASE(%s, %s, %s, %s)", g.sub(g.number, d), g.sub(g.number, d), t, t) },
	)
}

func (g *generator) date(d int) string {
	dt, n, c := g.sub(g.date, d), g.sub(g.number, d), g.sub(g.condition, d)
	return g.one(d, []func() string{
		func() string {
			return g.pick("due", "start", "owner.joined", "parent.due", "TODAY()", "DATE('2026-03-31')", "DATE('2024-02-29')", "DATE(at)", "DATE(parent.till)")
		},
	},
		func() string {
			return g.f("(%s) + %s", dt, func() string { return g.pick("1", "30", "m", "n", "-m", "m * 2", "LEN(name)", "owner.level", "vip") })
		},
		func() string {
			return g.f("(%s) - %s", dt, func() string { return g.pick("1", "365", "m", "n", "MONTH(due)") })
		},
		func() string { return g.f("ADD_DAYS(%s, FLOOR(%s))", dt, n) }, func() string { return g.f("START_OF_MONTH(%s)", dt) },
		func() string { return g.f("IF(%s, %s, %s)", c, dt, dt) }, func() string { return g.f("COALESCE(%s, %s)", dt, dt) }, func() string { return g.f("DATE(%s)", g.sub(g.moment, d)) },
	)
}

func (g *generator) moment(d int) string {
	at := g.sub(g.moment, d)
	return g.one(d, []func() string{func() string { return g.pick("at", "till", "parent.at", "NOW()") }},
		func() string { return g.f("IF(%s, %s, %s)", g.sub(g.condition, d), at, at) }, func() string { return g.f("COALESCE(%s, %s)", at, at) })
}

func (g *generator) ref(d int) string {
	return g.pick("owner", "helper", "owner.boss", "parent.owner", "null", "IF(vip, owner, helper)")
}

func (g *generator) thing(d int) string {
	return g.pick("id", "parent", "parent.parent", "COALESCE(parent, id)")
}
