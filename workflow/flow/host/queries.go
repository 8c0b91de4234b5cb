package host

import (
	"encoding/json"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// query looks for records. Whoever acts for somebody finds what they may see, by what they may read.
func (w *world) query(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	if !w.own {
		if err := w.mayAsk(s); err != nil {
			return flow.Out{}, err
		}
	}
	where, err := w.which(s, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	var order []driver.Order
	if s.Sort != nil {
		order = append(order, driver.Order{Expr: s.Sort.Col(), Desc: s.Desc})
	}
	ids, err := w.se.IDs(s.Object, where, order, s.Decl.Limit)
	return flow.Out{Records: ids, Count: len(ids)}, err
}

// mayAsk refuses a query by what somebody may not read.
func (w *world) mayAsk(s *catalog.FlowStep) error {
	fields := []*catalog.Field{}
	for _, m := range s.Match {
		fields = append(fields, m.Field)
	}
	if s.Sort != nil {
		fields = append(fields, s.Sort)
	}
	for _, g := range s.Figures {
		if g.Of != nil {
			fields = append(fields, g.Of)
		}
	}
	if s.Where != nil {
		for _, in := range s.Where.Reads() {
			if f := s.Object.Field(in.Field); f != nil && len(in.Path) == 0 && in.Kind == expr.FieldInput {
				fields = append(fields, f)
			} else { // what lies behind a reference, or of children, is not asked on behalf of others
				return errs.New(errs.Forbidden, "the condition of this query asks for more than fields of %s", "该查询条件超出了 %s 的字段", s.Object.Name)
			}
		}
	}
	if !w.profile.Can(s.Object, access.Read) || slices.ContainsFunc(fields, func(f *catalog.Field) bool { return !w.profile.CanRead(f) || w.profile.Masked(f) }) {
		return errs.New(errs.Forbidden, "who the flow acts for may not look for %s so", "自动化所代表的用户无权如此查询 %s", s.Object.Name)
	}
	return nil
}

// which is what records of a query or an aggregate meet.
func (w *world) which(s *catalog.FlowStep, st *flow.State, bind map[string]int64) ([]driver.Expr, error) {
	var where []driver.Expr
	for _, m := range s.Match {
		if m.In != nil {
			list, err := json.Marshal(st.Outs[m.In.Decl.ID].Records)
			if err != nil {
				return nil, err
			}
			where = append(where, driver.In{Arg: m.Field.Col(), List: driver.Const{Value: value.List(string(list))}})
			continue
		}
		v, err := w.Eval(m.Value, st, bind)
		if err != nil {
			return nil, err
		}
		if v.IsNull() {
			where = append(where, driver.IsNull{Arg: m.Field.Col()})
			continue
		}
		where = append(where, driver.Cmp{Op: driver.Eq, L: m.Field.Col(), R: driver.Const{Value: v}})
	}
	if s.Where != nil {
		c, err := w.se.Filter(s.Where)
		if err != nil {
			return nil, err
		}
		where = append(where, c)
	}
	return where, nil
}

// aggregate computes values over records: for who acts for somebody, over those that they may see.
func (w *world) aggregate(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	if !w.own {
		if err := w.mayAsk(s); err != nil {
			return flow.Out{}, err
		}
	}
	where, err := w.which(s, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	aggs := []driver.Agg{{Func: driver.Count}}
	for _, g := range s.Figures {
		a := driver.Agg{Func: g.Do}
		if g.Of != nil {
			a.Expr = g.Of.Col()
		}
		aggs = append(aggs, a)
	}
	got, err := w.se.Figures(s.Object, where, aggs)
	if err != nil {
		return flow.Out{}, err
	}
	out := flow.Out{Count: int(got[0].Int()), Values: map[string]flow.Value{"count": flow.ValueOf(got[0])}}
	for i, g := range s.Figures {
		out.Values[g.Name] = flow.ValueOf(got[i+1])
	}
	return out, nil
}

// upsert changes the record that has a key, or makes it.
func (w *world) upsert(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	vals, err := w.values(s.Set, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	parts := map[*catalog.Field]value.Value{}
	for _, f := range s.Key {
		parts[f] = vals[f]
		if vals[f].IsNull() {
			return flow.Out{}, errs.New(errs.InvalidInput, "%s is part of the key, and has no value", "%s 属于键，但没有值", f.Name)
		}
	}
	key := input(parts)
	if !w.own {
		set := input(vals)
		for name := range key {
			delete(set, name)
		}
		res, err := w.se.Write(record.Op{Verb: record.Upsert, Object: s.Object, Key: key, Input: set})
		return flow.Out{Record: res.ID, Count: 1}, err
	}
	rec, there, err := w.se.ByKey(s.Object, key)
	switch {
	case err != nil:
		return flow.Out{}, err
	case there:
		rec, err = w.se.Update(rec, vals)
	default:
		rec, err = w.se.Create(s.Object, vals)
	}
	if err != nil {
		return flow.Out{}, err
	}
	return flow.Out{Record: rec.ID(), Count: 1}, nil
}
