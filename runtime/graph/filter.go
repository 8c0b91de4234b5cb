package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// where is a condition being compiled for one statement.
type where struct {
	c    *compiler
	args *args
	// deleted is set when the filter asks about the recycle bin, which then is not left out.
	deleted bool
	depth   int // of filters within filters
	hops    int // relations followed to here
}

// inside is a condition on related records within w.
func (w *where) inside() (*where, *errs.Error) {
	if w.hops == w.c.lim.Hops {
		return nil, errs.New(errs.LimitExceeded, "the filter follows more than %d relations in a row", "过滤条件连续跨越超过 %d 个关联", w.c.lim.Hops).With("limit", w.c.lim.Hops)
	}
	return &where{c: w.c, args: w.args, depth: w.depth, hops: w.hops + 1}, nil
}

// enter counts a level and a term of the filter; leave ends the level.
func (w *where) enter() *errs.Error {
	if w.depth++; w.depth > w.c.lim.Filter {
		return errs.New(errs.LimitExceeded, "the filter is nested deeper than %d levels", "过滤条件嵌套超过 %d 层", w.c.lim.Filter).With("limit", w.c.lim.Filter)
	}
	return w.term()
}

func (w *where) leave() { w.depth-- }

func (w *where) term() *errs.Error {
	if w.args.terms++; w.args.terms > w.c.lim.Terms {
		return errs.New(errs.LimitExceeded, "the filter has more than %d conditions", "过滤条件超过 %d 项", w.c.lim.Terms).With("limit", w.c.lim.Terms)
	}
	return nil
}

// filter translates a filter on o. Absent and null filters are no condition: nil.
func (w *where) filter(o *catalog.Object, in input) (driver.Expr, *errs.Error) {
	if err := w.enter(); err != nil {
		return nil, err
	}
	defer w.leave()
	t := w.c.s.types[o.TypeName+"Filter"]
	var all []driver.Expr
	for _, k := range w.c.keys(in) {
		if k.isNull() {
			continue
		}
		m := t.byName[k.name]
		if m == nil {
			return nil, unknownKey(t, k.name)
		}
		e, err := w.key(o, m, k)
		if err != nil {
			return nil, err
		}
		if e != nil {
			all = append(all, e)
		}
	}
	return conjunction(all), nil
}

func (w *where) key(o *catalog.Object, m *member, k input) (driver.Expr, *errs.Error) {
	switch r := m.role.(type) {
	case logicCond:
		return w.logic(string(r), k, func(in input) (driver.Expr, *errs.Error) { return w.filter(o, in) })
	case fieldCond:
		if r.f.Name == catalog.DeletedAt {
			w.deleted = true
		}
		return w.operators(r.f, k)
	case oneCond:
		target := r.f.Ref.Target()
		return w.related(target, driver.Link{Inner: query.ID, Outer: r.f.Col()}, k)
	case manyCond:
		return w.quantified(r.f.Ref.Target(), driver.Link{Inner: query.ID, Outer: r.f.Col(), OuterList: true}, k)
	case childCond:
		return w.quantified(r.inv.Child, query.LinkOf(o, r.inv), k)
	}
	return nil, unknownKey(w.c.s.types[o.TypeName+"Filter"], k.name)
}

// logic translates and, or, not.
func (w *where) logic(op string, k input, one func(input) (driver.Expr, *errs.Error)) (driver.Expr, *errs.Error) {
	if op == "not" {
		e, err := one(k)
		if err != nil || e == nil {
			return nil, err
		}
		return driver.Not{Arg: e}, nil
	}
	var all []driver.Expr
	for _, it := range w.c.items(k) {
		e, err := one(it)
		if err != nil {
			return nil, err
		}
		if e == nil { // an empty filter is true
			e = driver.And{}
		}
		all = append(all, e)
	}
	if op == "or" {
		return driver.Or{Args: all}, nil
	}
	return conjunction(all), nil
}

func (w *where) operators(f *catalog.Field, in input) (driver.Expr, *errs.Error) {
	var all []driver.Expr
	for _, k := range w.c.keys(in) {
		op := w.operator(f, k.name)
		if op == nil {
			return nil, errs.New(errs.InvalidInput, "%s has no operator %q", "%s 没有运算符 %q", f.APIName, k.name).On(f.APIName)
		}
		if k.isNull() && op.Arg != "" && op.Arg[len(op.Arg)-1] == '!' {
			return nil, errs.New(errs.InvalidInput, "%s.%s takes no null; use isNull", "%s.%s 不接受 null，请使用 isNull", f.APIName, k.name).On(f.APIName)
		}
		if err := w.term(); err != nil {
			return nil, err
		}
		params, err := w.args.bind(w.c, k, f.APIName, op.Coerce)
		if err != nil {
			return nil, err
		}
		all = append(all, op.Build(f.Col(), params))
	}
	return conjunction(all), nil
}

func (w *where) operator(f *catalog.Field, name string) *field.Operator {
	ops := w.c.operatorsOf(f)
	for i := range ops {
		if ops[i].Name == name {
			return &ops[i]
		}
	}
	return nil
}

// related is true when the related record is visible and meets the filter.
func (w *where) related(o *catalog.Object, link driver.Link, in input) (driver.Expr, *errs.Error) {
	inner, err := w.inside()
	if err != nil {
		return nil, err
	}
	e, err := inner.filter(o, in)
	if err != nil {
		return nil, err
	}
	return driver.Exists{Table: o.Table, Link: link, Where: query.Visible(o, w.c.s.profile, w.args.attr, inner.deleted, e)}, nil
}

func (w *where) quantified(o *catalog.Object, link driver.Link, in input) (driver.Expr, *errs.Error) {
	var all []driver.Expr
	for _, k := range w.c.keys(in) {
		if k.isNull() {
			continue
		}
		inner, err := w.inside()
		if err != nil {
			return nil, err
		}
		e, err := inner.filter(o, k)
		if err != nil {
			return nil, err
		}
		visible := func(cond driver.Expr) driver.Expr {
			return driver.Exists{Table: o.Table, Link: link, Where: query.Visible(o, w.c.s.profile, w.args.attr, inner.deleted, cond)}
		}
		switch k.name {
		case "some":
			all = append(all, visible(e))
		case "none":
			all = append(all, driver.Not{Arg: visible(e)})
		case "every":
			if e != nil {
				all = append(all, driver.Not{Arg: visible(untrue(e))})
			}
		default:
			return nil, unknownKey(w.c.s.types[o.TypeName+"ListFilter"], k.name)
		}
	}
	return conjunction(all), nil
}

// untrue is true when e is false or null.
func untrue(e driver.Expr) driver.Expr {
	yes, no := driver.Const{Value: value.Bool(true)}, driver.Const{Value: value.Bool(false)}
	return driver.Cmp{Op: driver.Eq, L: driver.Case{Arms: []driver.Arm{{When: e, Then: no}}, Else: yes}, R: yes}
}

func conjunction(all []driver.Expr) driver.Expr {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return driver.And{Args: all}
}

func unknownKey(t *typ, name string) *errs.Error {
	return errs.New(errs.InvalidInput, "%s has no key %q", "%s 没有键 %q", t.name, name).On(name)
}
