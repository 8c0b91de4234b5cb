// Package query is the one door for reads: it turns a read of one object, in terms of the
// catalogue, into a statement of the store. It adds what no reader may forget: the caller's row
// filter and the recycle bin. It computes virtual formulas, and makes and checks cursors. How
// reads are put together to answer an operation is the business of runtime/graph and others.
package query

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Read is one read of the records of one object.
type Read struct {
	Object  *catalog.Object
	Columns *Columns      // what each row gives
	Where   []driver.Expr // all must be true
	Order   []driver.Order
	// After resumes a page: one expression per Order, including the id that Statement appends.
	After []driver.Expr
	Limit driver.Expr
	Per   *driver.Per
	// Deleted includes records in the recycle bin.
	Deleted bool
	// Unordered reads rows in any order: by id, or a set of ids.
	Unordered bool
}

// Statement gives the store's query for a read by the holder of a profile, whose attributes bind
// places. The order always ends with the id, so that pages are total.
func (r *Read) Statement(p access.Profile, bind access.Bind) *driver.Query {
	q := &driver.Query{
		Table:  r.Object.Table,
		Select: r.Columns.exprs,
		Where:  Visible(r.Object, p, bind, r.Deleted, r.Where...),
		After:  r.After,
		Limit:  r.Limit,
		Per:    r.Per,
	}
	if !r.Unordered {
		q.Order = WithID(r.Order)
	}
	return q
}

// Aggregation is one aggregation over the records of one object.
type Aggregation struct {
	Object  *catalog.Object
	Group   []driver.Expr
	Aggs    []driver.Agg
	Where   []driver.Expr
	Having  driver.Expr
	Order   []driver.Order // over Output
	Limit   driver.Expr
	Deleted bool
}

// Statement gives the store's query for an aggregation by the holder of a profile.
func (a *Aggregation) Statement(p access.Profile, bind access.Bind) *driver.Query {
	return &driver.Query{Table: a.Object.Table, Group: a.Group, Aggs: a.Aggs, Having: a.Having,
		Where: Visible(a.Object, p, bind, a.Deleted, a.Where...), Order: a.Order, Limit: a.Limit}
}

// Visible is the condition that a record of o meets when the holder of the profile may see it and
// it meets the conditions; nil when every record does. It holds inside Exists, too.
func Visible(o *catalog.Object, p access.Profile, bind access.Bind, deleted bool, conds ...driver.Expr) driver.Expr {
	var all []driver.Expr
	for _, c := range conds {
		if c == nil {
			continue
		}
		if and, ok := c.(driver.And); ok {
			all = append(all, and.Args...)
			continue
		}
		all = append(all, c)
	}
	if f := o.Field(catalog.DeletedAt); f != nil && !deleted {
		all = append(all, driver.IsNull{Arg: f.Col()})
	}
	if rows := p.Rows(o, access.Read, bind); rows != nil {
		all = append(all, rows)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return driver.And{Args: all}
}

// WithID appends the id to an order that lacks it, in the direction of the last criterion, so
// that an index on the criteria serves the whole order in either direction.
func WithID(order []driver.Order) []driver.Order {
	desc := false
	for _, o := range order {
		if o.Expr == ID {
			return order
		}
		desc = o.Desc
	}
	return append(order[:len(order):len(order)], driver.Order{Expr: ID, Desc: desc})
}

// Reversed is the opposite order, for reading a page backwards.
func Reversed(order []driver.Order) []driver.Order {
	out := make([]driver.Order, len(order))
	for i, o := range order {
		out[i] = driver.Order{Expr: o.Expr, Desc: !o.Desc}
	}
	return out
}

// ID is the primary key.
var ID driver.Expr = driver.Col{Name: catalog.ID}

// LinkOf says how the children over inv belong to a record of parent.
func LinkOf(parent *catalog.Object, inv *catalog.Inverse) driver.Link {
	l := driver.Link{Inner: inv.Via.Col(), Outer: ID}
	switch {
	case inv.Via.Ref.Polymorphic:
		l.Prefix = parent.IDPrefix + "_"
	case inv.Via.Ref.Many:
		l.InnerList = true
	}
	return l
}

// Follow is expr on the record that a path of lookups leads to; over no lookups it is expr itself.
// The holder of the profile sees null where a record on the way is not theirs to see; a nil
// profile sees all, as formulas do.
func Follow(p access.Profile, bind access.Bind, path []*catalog.Field, expr driver.Expr) (driver.Expr, error) {
	for i := len(path) - 1; i >= 0; i-- {
		f := path[i]
		if f.Ref == nil || f.Ref.Many || f.Ref.Polymorphic || f.Column == "" {
			return nil, fmt.Errorf("query: %s.%s does not lead to one record", f.Object.Name, f.Name)
		}
		target := f.Ref.Target()
		if p != nil {
			if rows := p.Rows(target, access.Read, bind); rows != nil {
				expr = driver.Case{Arms: []driver.Arm{{When: rows, Then: expr}}}
			}
		}
		expr = driver.Lookup{Ref: f.Col(), Table: target.Table, Expr: expr}
	}
	return expr, nil
}
