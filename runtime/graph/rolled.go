package graph

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// rolledUp is the part of a roll-up that follows from the records that the caller sees, or the values
// of a formula over lookups that look at none but those. What is stored is of all records, and would
// tell of the others. One statement serves all rows of a level.
type rolledUp struct {
	f    *catalog.Field
	stmt driver.Stmt // nil: the condition depends on the time, and is translated when asked
	own  *access.Values
	// prefix says that the last hop is polymorphic: it holds "account_12".
	prefix bool
	src    query.Source // of a formula
	append func([]byte, value.Value) []byte
}

func (c *compiler) part(lv *level, w *writer, f *catalog.Field, t *ref, s *selected) *errs.Error {
	if f.Rollup == nil {
		return c.told(lv, w, f, t, s)
	}
	p := &rolledUp{f: f, append: f.Type.AppendJSON, prefix: f.Rollup.Path[len(f.Rollup.Path)-1].Ref.Polymorphic}
	if f.Rollup.Where == nil || !f.Rollup.Where.UsesNow() {
		var err error
		if p.stmt, err = p.prepare(c.db, c.s.profile, expr.Env{}); err != nil {
			return errs.From(err)
		}
	}
	c.hole(lv, w, &child{key: s.key, kind: rollChild, src: query.Source{Col: lv.cols.Add(query.ID)}, roll: p})
	return nil
}

// prepare makes the statement that groups the records that count by what they are rolled up to.
func (p *rolledUp) prepare(db preparer, profile access.Profile, env expr.Env) (driver.Stmt, error) {
	ru := p.f.Rollup
	p.own = access.NewValues(1)
	last := len(ru.Path) - 1
	key, err := query.Follow(profile, p.own.Bind, ru.Path[:last], ru.Path[last].Col())
	if err != nil {
		return nil, err
	}
	conds := []driver.Expr{driver.In{Arg: key, List: driver.Param{N: 0}}}
	for i := 1; i <= last; i++ { // records on the way must be alive
		alive := driver.Expr(driver.IsNull{Arg: ru.Path[i].Object.Field(catalog.DeletedAt).Col()})
		if alive, err = query.Follow(nil, nil, ru.Path[:i], alive); err != nil {
			return nil, err
		}
		conds = append(conds, alive)
	}
	if ru.Where != nil {
		where, err := ru.Where.Filter(env)
		if err != nil {
			return nil, fmt.Errorf("graph: the condition of %s.%s: %w", p.f.Object.Name, p.f.Name, err)
		}
		conds = append(conds, where)
	}
	agg := driver.Agg{Func: ru.Func}
	if ru.Field != nil {
		agg.Expr = ru.Field.Col()
	}
	a := query.Aggregation{Object: ru.Child, Group: []driver.Expr{key}, Aggs: []driver.Agg{agg}, Where: conds}
	return db.Prepare(a.Statement(profile, p.own.Bind))
}

// rolledUp reads the roll-up of records.
func (x *exec) rolledUp(lv *level, p *rolledUp, of *keySet) (map[int64]value.Value, error) {
	if lv.past != nil {
		return nil, nil // what it was then is not known
	}
	st := p.stmt
	if st == nil {
		now := *p
		var err error
		if st, err = now.prepare(x.svc.tenant.Store, x.profile, x.env); err != nil {
			return nil, err
		}
		p = &now
	}
	prefix := ""
	if p.prefix {
		prefix = p.f.Object.IDPrefix
	}
	rows, err := x.tx.Query(x.ctx, st, p.own.Append([]value.Value{of.list(prefix)}, x.profile))
	if err != nil {
		return nil, err
	}
	out := map[int64]value.Value{}
	if p.f.Rollup != nil {
		for _, id := range of.ids {
			out[id] = record.RolledUp(p.f, value.Null)
		}
	}
	for rows.Next() {
		x.rows++
		if p.f.Rollup == nil {
			out[rows.Value(0).Int()] = p.src.Value(rows, x.env).Clone()
			continue
		}
		out[parentKey(rows.Value(0), p.prefix)] = record.RolledUp(p.f, rows.Value(1))
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return out, err
}

// part writes the roll-up of one record.
func (x *exec) part(p *rolledUp, of map[int64]value.Value, id int64) {
	v, ok := of[id]
	if !ok || v.IsNull() {
		x.write("null")
		return
	}
	x.out = p.append(x.out, v)
}
