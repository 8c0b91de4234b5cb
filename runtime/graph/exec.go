package graph

import (
	"context"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/query"
)

// exec carries out one plan for one request.
type exec struct {
	svc     *Service
	doc     *document
	ctx     context.Context
	tx      store.Tx
	plan    *plan
	profile access.Profile
	vars    map[string]any
	now     field.Now
	env     expr.Env
	bound   []bound
	rows    int // read so far
	cost    int // estimated
	out     []byte
	path    []step1
	errs    []*gql.Error
	vals    []value.Value
	slow    []slowRead
	locale  string
}

// step1 is one element of a response path: a key, or an index when key is "".
type step1 struct {
	key string
	at  int
}

// bound are the arguments of a level for this request, but for keys.
type bound struct {
	args  []value.Value
	count []value.Value
	limit int // rows of a page
	skip  int // rows that it passes over first
}

// level reads one level for the given keys of the parents and then its children's levels.
func (x *exec) level(lv *level, keys value.Value) (*run, error) {
	b, err := x.boundOf(lv)
	if err != nil {
		return nil, err
	}
	r := &run{lv: lv}
	if lv.page == nil || lv.page.rows {
		args := b.args
		if lv.keysAt >= 0 {
			args = append([]value.Value(nil), args...)
			args[lv.keysAt] = keys
		}
		began := clock.Start()
		rows, err := x.tx.Query(x.ctx, lv.stmt, args)
		if err != nil {
			return nil, err
		}
		if lv.past != nil {
			if rows, err = x.pastRows(lv.past, rows); err != nil {
				return nil, err
			}
		}
		for n := 0; n < b.skip && rows.Next(); n++ {
		}
		r, err = x.read(lv, rows, b.limit)
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return nil, err
		}
		x.timed(began, lv.read)
	}
	if lv.page != nil && lv.page.count != nil {
		if r.whole(b.limit) {
			r.counts = map[int64]int64{0: int64(r.rows)}
		} else if err := x.count(r, b, keys); err != nil {
			return nil, err
		}
	}
	return r, x.kids(r)
}

// whole says whether a run holds all rows of its connection, so that they need not be counted: the
// first page was asked for, of one list, and is not full.
func (r *run) whole(limit int) bool {
	p := r.lv.page
	return p.rows && p.after == nil && p.before == nil && p.skip == nil && !p.count.per && r.lv.past == nil && r.rows < limit
}

// count reads totalCount, for all parents at once.
func (x *exec) count(r *run, b *bound, keys value.Value) error {
	n := r.lv.page.count
	args := append([]value.Value(nil), b.count...)
	if n.keysAt >= 0 {
		args[n.keysAt] = keys
	}
	rows, err := x.tx.Query(x.ctx, n.stmt, args)
	if err != nil {
		return err
	}
	r.counts = map[int64]int64{}
	for rows.Next() {
		if n.per {
			r.counts[parentKey(rows.Value(0), r.lv.prefix)] = rows.Value(1).Int()
		} else {
			r.counts[0] = rows.Value(0).Int()
		}
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

// kids reads the levels below a run, each once for all rows.
func (x *exec) kids(r *run) error {
	n := len(r.lv.children)
	if n == 0 || r.rows == 0 {
		return nil
	}
	r.kids = make([]kid, n)
	for i, ch := range r.lv.children {
		if err := x.kid(r, i, ch); err != nil {
			return err
		}
	}
	return nil
}

func (x *exec) kid(r *run, i int, ch *child) error {
	n := len(r.lv.children)
	var set keySet
	switch ch.kind {
	case anyChild:
		return x.anyKid(r, i, ch)
	case manyChild:
		for row := range r.rows {
			if at := r.keys[row*n+i]; at != noKey {
				for _, id := range r.ints[at+1 : at+1+r.ints[at]] {
					set.add(id)
				}
			}
		}
	default:
		for row := range r.rows {
			if id := r.keys[row*n+i]; id != noKey {
				set.add(id)
			}
		}
	}
	if len(set.ids) == 0 {
		return nil
	}
	if ch.kind == logChild {
		log, err := x.history(ch.log, set.list(""))
		r.kids[i].log = log
		return err
	}
	if ch.kind == rollChild {
		of, err := x.rolledUp(r.lv, ch.roll, &set)
		r.kids[i].of = of
		return err
	}
	prefix := ""
	if ch.kind == listChild && ch.lv.prefix {
		prefix = r.lv.obj.IDPrefix
	}
	one, err := x.level(ch.lv, set.list(prefix))
	r.kids[i].one = one
	return err
}

// anyKid reads the records that polymorphic lookups lead to, one level per object.
func (x *exec) anyKid(r *run, i int, ch *child) error {
	n := len(r.lv.children)
	r.kids[i].any = make([]*run, len(r.objs))
	for num, o := range r.objs {
		var set keySet
		for row := range r.rows {
			if at := r.keys[row*n+i]; at != noKey && r.ints[at] == int64(num) {
				set.add(r.ints[at+1])
			}
		}
		if len(set.ids) == 0 {
			continue
		}
		lv, cerr := ch.any.of(o)
		if cerr != nil {
			return cerr
		}
		if lv == nil {
			continue
		}
		sub, err := x.level(lv, set.list(""))
		if err != nil {
			return err
		}
		r.kids[i].any[num] = sub
	}
	return nil
}

// keySet gathers distinct keys in order.
type keySet struct {
	ids  []int64
	seen map[int64]struct{}
}

func (s *keySet) add(id int64) {
	if s.seen == nil {
		s.seen = map[int64]struct{}{}
	}
	if _, ok := s.seen[id]; !ok {
		s.seen[id] = struct{}{}
		s.ids = append(s.ids, id)
	}
}

// list is the keys as a value of the store: ids, or texts with a prefix.
func (s *keySet) list(prefix string) value.Value {
	b := make([]byte, 0, 12*len(s.ids)+2)
	b = append(b, '[')
	for i, id := range s.ids {
		if i > 0 {
			b = append(b, ',')
		}
		if prefix != "" {
			b = append(append(append(b, '"'), prefix...), '_')
			b = append(strconv.AppendInt(b, id, 10), '"')
			continue
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return value.List(string(append(b, ']')))
}

// bind computes the arguments of all levels of the plan, so that nothing runs when one is wrong,
// and estimates the cost.
func (x *exec) bind() *errs.Error {
	x.bound = make([]bound, x.plan.levels)
	for _, f := range x.plan.roots {
		if err := x.bindRoot(f); err != nil {
			return err
		}
	}
	if x.cost > x.svc.lim.Cost {
		return errs.New(errs.CostExceeded, "the operation could read %d values; at most %d are allowed: ask for fewer rows or fields",
			"该操作估计读取 %d 个值，上限为 %d：请减少行数或字段", x.cost, x.svc.lim.Cost).With("estimated", x.cost).With("limit", x.svc.lim.Cost)
	}
	return nil
}

func (x *exec) bindRoot(f *rootField) *errs.Error {
	switch f.kind {
	case recordRoot, connRoot:
		return x.bindLevel(f.lv, 1)
	case anyRoot:
		x.spend(1)
	case anysRoot:
		ids, _ := f.ids(x.vars).([]any)
		if len(ids) > x.svc.lim.MaxPage {
			return errs.New(errs.LimitExceeded, "at most %d ids are allowed", "最多允许 %d 个编号", x.svc.lim.MaxPage).On("ids")
		}
		x.spend(len(ids))
	case aggRoot:
		return x.bindAggregation(f.agg)
	case writeRoot:
		return x.bindWrite(f.write)
	case revealRoot:
		x.spend(1)
		return f.reveal.args.fill(make([]value.Value, f.reveal.args.n), x)
	case mergesRoot:
		x.spend(duplicateRows * len(f.merges.fields))
	case duplicatesRoot:
		return x.bindDuplicates(f.dups)
	case decideRoot, tierRoot:
		x.spend(1)
	case fixedRoot:
		x.spend(fixedCost)
	case searchRoot:
		return x.bindSearch(f.search)
	case watchRoot:
		if f.watch.lv != nil {
			return x.bindLevel(f.watch.lv, watchBatch)
		}
	}
	return nil
}

// bindLevel binds a level that is read for a number of parents.
func (x *exec) bindLevel(lv *level, parents int) *errs.Error {
	b, err := x.bindOne(lv)
	if err != nil {
		return err
	}
	if lv.index < len(x.bound) {
		x.bound[lv.index] = b
	}
	n := parents
	if lv.page != nil {
		n = min(n*b.limit, 1<<32)
	}
	x.spend(n*(lv.cols.Len()+1) + b.skip/10)
	for _, ch := range lv.children {
		if ch.lv == nil {
			x.spend(n)
			continue
		}
		if err := x.bindLevel(ch.lv, n); err != nil {
			return err
		}
	}
	return nil
}

// fixedCost is what a field of a fixed part is taken to cost: about as much as a page of records.
const fixedCost = 100

// spend adds to the estimate; once over the limit it stays there.
func (x *exec) spend(n int) {
	if n < 0 || x.cost > 1<<40 {
		n = 0
	}
	x.cost += min(n, 1<<40)
}

func (x *exec) boundOf(lv *level) (*bound, error) {
	if lv.index < len(x.bound) && x.bound[lv.index].args != nil {
		return &x.bound[lv.index], nil
	}
	b, err := x.bindOne(lv)
	if err != nil {
		return nil, err
	}
	return &b, nil
}

func (x *exec) bindOne(lv *level) (bound, *errs.Error) {
	b := bound{args: make([]value.Value, lv.args.n)}
	if err := lv.args.fill(b.args, x); err != nil {
		return b, err
	}
	p := lv.page
	if p == nil {
		return b, nil
	}
	size, err := p.size(x.vars, &x.svc.lim)
	if err != nil {
		return b, err
	}
	b.limit = size
	if b.skip, err = p.skipped(x.vars, &x.svc.lim); err != nil {
		return b, err
	}
	if lv.limitAt >= 0 {
		ask := size + b.skip
		if p.more {
			ask++
		}
		b.args[lv.limitAt] = value.Int(int64(ask))
	}
	if at := p.resume(); at != nil && lv.afterAt >= 0 {
		text, _ := at(x.vars).(string)
		vals, err := x.svc.cursors.Parse(text, p.sig, len(p.order))
		if err != nil {
			return b, err
		}
		copy(b.args[lv.afterAt:], vals)
	}
	if p.count != nil {
		b.count = make([]value.Value, p.count.args.n)
		return b, p.count.args.fill(b.count, x)
	}
	return b, nil
}

func (p *page) resume() func(map[string]any) any {
	if p.backward {
		return p.before
	}
	return p.after
}

// anyRecord reads the records of any objects by their ids, one statement per object.
func (x *exec) anyRecords(a *anyLevels, ids []any) (map[string]*run, error) {
	sets := map[string]*keySet{}
	for _, raw := range ids {
		text, _ := idText(raw)
		prefix, id, ok := query.SplitID(text)
		if !ok || a.c.s.cat.ByPrefix[prefix] == nil {
			continue
		}
		if sets[prefix] == nil {
			sets[prefix] = &keySet{}
		}
		sets[prefix].add(id)
	}
	out := map[string]*run{}
	for prefix, set := range sets {
		lv, cerr := a.of(a.c.s.cat.ByPrefix[prefix])
		if cerr != nil {
			return nil, cerr
		}
		if lv == nil {
			continue
		}
		r, err := x.level(lv, set.list(""))
		if err != nil {
			return nil, err
		}
		out[prefix] = r
	}
	return out, nil
}
