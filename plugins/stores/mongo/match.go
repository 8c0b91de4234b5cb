package mongo

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxRegex is the longest regular expression that is sent; the server takes 32,764 bytes.
const maxRegex = 32000

// match is a regular expression without options: option i would fold more letters than ASCII's.
func (s *scope) match(e driver.Match, neg bool) (filterFunc, error) {
	p, ok := free(e.Pattern)
	if !ok || s.partial {
		return nil, errLocal
	}
	switch a := e.Arg.(type) {
	case driver.Lookup:
		return s.semiLookup(a, neg, func(inner driver.Expr) driver.Expr {
			return driver.Match{Mode: e.Mode, Arg: inner, Pattern: e.Pattern}
		})
	case driver.Col:
		field, t, err := s.table.column(a.Name)
		if err != nil {
			return nil, err
		}
		if t.rep != rText || !algebra.Comparable(p.Type, driver.Text) {
			return nil, unsupported("text of a value of type %d", t.t)
		}
		folded := s.table.folded[a.Name]
		if folded {
			field = shadow(a.Name)
		}
		return func(x *exec) (cond, error) {
			v, err := x.eval(p)
			if err != nil || v.IsNull() {
				return known(false), err
			}
			return s.matched(field, pattern(e.Mode, v.Text(), !folded), v.Text() == "", neg)
		}, nil
	}
	return nil, errLocal
}

func (s *scope) matched(field, regex string, everything, neg bool) (cond, error) {
	switch {
	case everything && neg:
		return known(false), nil
	case everything:
		return s.notNull(field), nil
	case len(regex) > maxRegex:
		return cond{}, errLocal
	}
	r := primitive.Regex{Pattern: regex}
	if neg {
		return s.noneOf(field, bson.A{r}), nil
	}
	return where(field, r), nil
}

// pattern is the regular expression of a Match. With fold, ASCII letters stand for both cases;
// else the text to search is folded, and the pattern here.
func pattern(mode, s string, fold bool) string {
	var b strings.Builder
	if mode == "prefix" || mode == "" {
		b.WriteByte('^')
	}
	for _, c := range []byte(algebra.Fold(s)) {
		switch {
		case fold && c >= 'a' && c <= 'z':
			fmt.Fprintf(&b, "[%c%c]", c, c-'a'+'A')
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		case strings.IndexByte(`\.+*?()|[]{}^$`, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	if mode == "suffix" || mode == "" {
		b.WriteString(`\z`)
	}
	return b.String()
}

// lowered says which column lower() is called on.
func lowered(f driver.Func) (string, bool) {
	if f.Name != "lower" || len(f.Args) != 1 {
		return "", false
	}
	c, ok := f.Args[0].(driver.Col)
	return c.Name, ok
}

// compareFolded is lower(column) against a free value: on the folded copy that indexes without
// case keep or, for equality alone, as a regular expression.
func (s *scope) compareFolded(col string, op driver.CmpOp, r algebra.Compiled) (filterFunc, error) {
	field, t, err := s.table.column(col)
	if err != nil {
		return nil, err
	}
	if t.rep != rText || s.partial {
		return nil, errLocal
	}
	if s.table.folded[col] {
		return s.compare(shadow(col), t, op, r)
	}
	if op != driver.Eq && op != driver.Ne {
		return nil, errLocal
	}
	return func(x *exec) (cond, error) {
		v, err := x.eval(r)
		switch {
		case err != nil || v.IsNull():
			return known(false), err
		case v.Kind() != value.KindText:
			return cond{}, errLocal
		case v.Text() == algebra.Fold(v.Text()):
			return s.matched(field, pattern("", v.Text(), true), false, op == driver.Ne)
		case op == driver.Ne:
			return s.notNull(field), nil
		}
		return known(false), nil
	}, nil
}
