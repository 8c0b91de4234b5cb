package mongo

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// link is a Lookup or an Exists. Its values are read for a batch of rows at a time, with one query
// over the keys of the batch: that costs fewer searches on the server than a $lookup, which makes
// one per row, and the inner condition may be anything that a condition may be.
type link struct {
	on    expr  // the key in the outer row
	sub   *plan // gives the key, then what the slots are filled with
	field string
	typ   typ
	// A Lookup:
	ref   driver.Expr
	slots []int // of its values, one per expression
	// An Exists:
	exists *driver.Link
	slot   int
}

// Link gives the slot of a Lookup or Exists.
func (s *scope) Link(e driver.Expr) (int, driver.Type, error) {
	switch e := e.(type) {
	case driver.Lookup:
		return s.lookup(e)
	case driver.Exists:
		return s.exists(e)
	}
	return 0, 0, unsupported("link %T", e)
}

// outer compiles the outer key of a link, keeping what the expression around it uses.
func (s *scope) outer(e driver.Expr) (expr, error) {
	kept := s.used
	s.used = nil
	c, err := s.expr(e)
	s.used = kept
	return c, err
}

func (s *scope) lookup(e driver.Lookup) (int, driver.Type, error) {
	l := s.lookupOf(e)
	if l == nil {
		sub, err := s.schema.plan(&driver.Query{Table: e.Table, Select: []driver.Expr{driver.Col{Name: "id"}}})
		if err != nil {
			return 0, 0, err
		}
		on, err := s.outer(e.Ref)
		if err != nil {
			return 0, 0, err
		}
		if !algebra.Comparable(on.Type, driver.Ref) {
			return 0, 0, unsupported("a lookup by a value of type %d", on.Type)
		}
		l = &link{on: on, sub: sub, field: "_id", typ: tRef, ref: e.Ref}
		s.links = append(s.links, l)
	}
	inner, err := l.sub.scope.expr(e.Expr)
	if err != nil {
		return 0, 0, err
	}
	l.sub.sel = append(l.sub.sel, inner)
	n := s.add(l)
	l.slots = append(l.slots, n)
	return n, inner.Type, nil
}

// lookupOf finds a lookup of the same row, which then gives one value more.
func (s *scope) lookupOf(e driver.Lookup) *link {
	for _, l := range s.links {
		if l.exists == nil && l.sub.scope.table.def.Name == e.Table && reflect.DeepEqual(l.ref, e.Ref) {
			return l
		}
	}
	return nil
}

func (s *scope) add(l *link) int {
	s.slots = append(s.slots, slot{link: l})
	s.used = append(s.used, len(s.slots)-1)
	return len(s.slots) - 1
}

func (s *scope) exists(e driver.Exists) (int, driver.Type, error) {
	l, err := s.existsLink(e)
	if err != nil {
		return 0, 0, err
	}
	if l.on, err = s.outer(e.Link.Outer); err != nil {
		return 0, 0, err
	}
	if err := l.check(); err != nil {
		return 0, 0, err
	}
	s.links = append(s.links, l)
	l.slot = s.add(l)
	return l.slot, driver.Bool, nil
}

// existsLink compiles the inner side of an Exists.
func (s *scope) existsLink(e driver.Exists) (*link, error) {
	col, ok := e.Link.Inner.(driver.Col)
	if !ok {
		return nil, unsupported("a link by something else than a column")
	}
	if e.Link.InnerList && e.Link.OuterList || e.Link.Prefix != "" && (e.Link.InnerList || e.Link.OuterList) {
		return nil, unsupported("a link between two lists")
	}
	sub, err := s.schema.plan(&driver.Query{Table: e.Table, Where: e.Where, Select: []driver.Expr{col}})
	if err != nil {
		return nil, err
	}
	field, t, err := sub.scope.table.column(col.Name)
	return &link{sub: sub, field: field, typ: t, exists: &e.Link}, err
}

// check says whether the two sides of an Exists can be equal.
func (l *link) check() error {
	o, want := l.on.Type, l.typ.t
	switch {
	case l.exists.InnerList != (want == driver.List), l.exists.OuterList != (o == driver.List):
		return unsupported("a link between types %d and %d", want, o)
	case l.exists.Prefix != "" && (want != driver.Text || o != driver.Ref && o != driver.Int):
		return unsupported("a prefixed link between types %d and %d", want, o)
	case l.exists.InnerList || l.exists.OuterList || l.exists.Prefix != "":
		return nil
	case !algebra.Comparable(o, want) || l.typ.rep == rJSON || l.typ.rep == rBytes:
		return unsupported("a link between types %d and %d", want, o)
	}
	return nil
}

// keys are the inner values that a row with this outer value is linked with.
func (l *link) keys(outer value.Value) ([]value.Value, error) {
	switch {
	case outer.IsNull():
		return nil, nil
	case l.exists == nil, l.exists.InnerList:
		return []value.Value{outer}, nil
	case l.exists.OuterList:
		return algebra.Elements(outer, 0)
	case l.exists.Prefix != "":
		return []value.Value{value.Text(l.exists.Prefix + strconv.FormatInt(outer.Int(), 10))}, nil
	}
	return []value.Value{outer}, nil
}

// outerOf is the reverse of keys: the outer values that a stored inner value links with.
func (l *link) outerOf(inner value.Value) ([]value.Value, error) {
	switch {
	case inner.IsNull():
		return nil, nil
	case l.exists.InnerList:
		return algebra.Elements(inner, 0)
	case l.exists.Prefix != "":
		digits, ok := strings.CutPrefix(inner.Text(), l.exists.Prefix)
		n, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || strconv.FormatInt(n, 10) != digits {
			return nil, nil //nolint:nilerr // it is not of the form that links
		}
		return []value.Value{value.Ref(n)}, nil
	}
	return []value.Value{inner}, nil
}

// linkKey is one text per equal key.
func linkKey(v value.Value) string {
	switch v.Kind() {
	case value.KindText:
		return v.Text()
	case value.KindDecimal, value.KindFloat:
		return string(algebra.AppendNumber(nil, v))
	}
	return string(algebra.AppendNumber(nil, value.Int(v.Int())))
}

// elementTyp is the type of a list's elements in a filter.
func elementTyp(v value.Value) typ {
	if v.Kind() == value.KindText {
		return typ{t: driver.Text, rep: rText}
	}
	return tRef
}
