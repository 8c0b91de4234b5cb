package graph

import (
	"context"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// watchBatch is how many changes one step of a subscription looks at; what it holds in memory is
// bounded by that, however far it has fallen behind.
const watchBatch = 100

// watchField is a compiled subscription to the changes of one object.
type watchField struct {
	obj    *catalog.Object
	name   string // of the response type
	after  func(vars map[string]any) any
	lv     *level // reads the records that changed, those that the caller may see and that meet the filter
	every  bool   // no filter: records that are gone for good are told of, too
	shows  []watchColumn
	hidden map[string]bool // fields that the caller may not read
}

type watchColumn struct {
	key, name string
	tmpl      int // of the record; -1 for the others
}

// subscription adds the changes of an object.
func (b *builder) subscription(o *catalog.Object) {
	t := b.typ(objectKind, o.TypeName+"Change", "One change of a record, told once, in the order of commits.")
	t.field("cursor", "String!", "Where to go on after this change.", nil)
	t.field("id", "ID!", "", nil)
	t.field("verb", "String!", "create, update, delete, restore, purge or compute", nil)
	t.field("version", "Int", "The record's version after the change; null when it is gone.", nil)
	t.field("at", "DateTime!", "", nil)
	t.field("by", "ID", "The user who made it; null for the platform itself.", nil)
	t.field("changes", "JSON!", "Field → [before, after].", nil)
	t.field(o.SingularName, o.TypeName, "The record as it is now; null when it is gone.", watched{})
	b.typ(objectKind, "Subscription", "").field(o.SingularName+"Changed", o.TypeName+"Change!",
		"Changes of records that now meet the filter and that you may see at that moment.", rootWatch{o},
		arg("filter", o.TypeName+"Filter"), arg("after", "String"))
}

func (c *compiler) watch(o *catalog.Object, s *selected, m *member) (*watchField, *errs.Error) {
	w := &watchField{obj: o, name: o.TypeName + "Change", hidden: map[string]bool{}}
	for _, f := range o.Fields {
		if !c.s.profile.CanRead(f) {
			w.hidden[f.APIName] = true
		}
	}
	filter, _ := c.argument(s.first().Arguments, m.arg("filter"))
	w.every = filter.isNull() && c.s.profile.Rows(o, access.Read, (&args{}).attr) == nil
	if in, ok := c.argument(s.first().Arguments, m.arg("after")); ok && !in.isNull() {
		w.after = in.getter()
	}
	fields, err := c.collect(w.name, s.sets())
	if err != nil {
		return nil, err
	}
	var views [][]ast.SelectionSet // of the record, by response key
	for _, f := range fields {
		col := watchColumn{key: f.key, name: f.first().Name, tmpl: -1}
		if m := c.s.types[w.name].byName[col.name]; m != nil && m.role == (watched{}) {
			col.tmpl = len(views)
			views = append(views, f.sets())
		}
		w.shows = append(w.shows, col)
	}
	if len(views) == 0 {
		views = append(views, nil) // whether it is to be told at all
	}
	w.lv, err = c.viewsByIDs(o, views, true, filter)
	return w, err
}

// Subscription tells the changes of one object, one after another. It is for one goroutine.
type Subscription struct {
	svc     *Service
	req     gql.Request
	profile func(context.Context) (access.Profile, error)
	pos     int64
	queue   [][]byte
}

// Subscribe begins a subscription. profile is asked again for every batch of changes, so that a
// caller who loses access is told no more; its error ends the subscription. A request that cannot
// be served gives a Response with errors instead.
func (s *Service) Subscribe(ctx context.Context, profile func(context.Context) (access.Profile, error), req gql.Request) (*Subscription, *gql.Response) {
	sub := &Subscription{svc: s, req: req, profile: profile}
	caller, _ := ident.From(ctx)
	refuse := func(err error) *gql.Response {
		e := s.visible(err)
		r := gql.Refusal(gql.RefusalStatus(e), gql.FromCoded(e, caller.Locale, nil)...)
		return &r
	}
	x, bad, err := sub.prepare(ctx)
	if bad != nil {
		return nil, bad
	}
	if err != nil {
		return nil, refuse(err)
	}
	if err := s.budgets.take(caller.Principal, x.cost, s.clock.Now()); err != nil {
		return nil, refuse(err)
	}
	if err := s.tenant.Store.View(ctx, func(tx store.Tx) error { return sub.start(ctx, tx, x.plan.roots[0].watch, x.vars) }); err != nil {
		return nil, refuse(err)
	}
	return sub, nil
}

// prepare plans the subscription under the caller's present access and the present catalogue.
func (sub *Subscription) prepare(ctx context.Context) (*exec, *gql.Response, error) {
	p, err := sub.profile(ctx)
	if err != nil {
		return nil, nil, err
	}
	caller, _ := ident.From(ctx)
	x, bad, err := sub.svc.prepare(ctx, p, caller, sub.req)
	if err == nil && bad == nil && x.doc.op.Operation != ast.Subscription {
		err = errs.New(errs.InvalidInput, "this is no subscription", "该操作不是订阅")
	}
	return x, bad, err
}

func (sub *Subscription) start(ctx context.Context, tx store.Tx, w *watchField, vars map[string]any) (err error) {
	if w.after == nil {
		sub.pos, err = sub.svc.feed.Last(ctx, tx)
		return err
	}
	text, _ := w.after(vars).(string)
	vals, bad := sub.svc.cursors.Parse(text, w.signature(), 1)
	if bad != nil {
		return bad.On("after")
	}
	sub.pos = vals[0].Int()
	return sub.svc.feed.Resumable(ctx, tx, sub.pos)
}

func (w *watchField) signature() []byte { return []byte("changes of " + w.obj.Name) }

// Next waits for the next change and gives its answer, which is a whole response. The error is
// the context's, or an *errs.Error after which the subscription is over.
func (sub *Subscription) Next(ctx context.Context) ([]byte, error) {
	for len(sub.queue) == 0 {
		more := sub.svc.feed.More()
		n, err := sub.step(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, sub.svc.visible(err)
		}
		if n > 0 {
			continue
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	b := sub.queue[0]
	sub.queue = sub.queue[1:]
	return b, nil
}

// step looks at the next changes and queues the answers; it reports how many it looked at.
func (sub *Subscription) step(ctx context.Context) (int, error) {
	x, bad, err := sub.prepare(ctx)
	if bad != nil {
		return 0, errs.New(errs.VersionConflict, "the metadata changed so that this subscription is no longer valid", "元数据已变更，该订阅不再有效")
	}
	if err != nil {
		return 0, err
	}
	var seen int
	err = sub.svc.tenant.Store.View(ctx, func(tx store.Tx) error {
		x.tx = tx
		sub.queue = nil
		all, err := sub.svc.feed.Read(ctx, tx, sub.pos, watchBatch)
		if err != nil || len(all) == 0 {
			return err
		}
		seen = len(all)
		if err := sub.tell(x, all); err != nil {
			return err
		}
		sub.pos = all[len(all)-1].Seq
		return nil
	})
	return seen, err
}

// tell queues the answers for those of the changes that concern the subscription.
func (sub *Subscription) tell(x *exec, all []event.Change) error {
	w := x.plan.roots[0].watch
	var set keySet
	var own []event.Change
	for _, c := range all {
		if c.Object == w.obj.Table {
			own = append(own, c)
			set.add(c.Record)
		}
	}
	if len(own) == 0 {
		return nil
	}
	read, err := x.level(w.lv, set.list(""))
	if err != nil {
		return err
	}
	for _, c := range own {
		row, ok := read.byID[c.Record]
		if !ok && !(w.every && c.Verb == "purge") {
			continue
		}
		x.out, x.errs, x.path, x.rows = nil, nil, x.path[:0], 1
		x.write(dataKey + "{")
		x.out = append(append(append(x.out, '"'), x.plan.roots[0].key...), `":`...)
		x.push(x.plan.roots[0].key)
		x.change(w, &c, read, row, ok)
		x.pop()
		x.write(`}`)
		x.slow = nil // nothing else may be asked of the store here
		sub.queue = append(sub.queue, x.finish().Body)
	}
	return nil
}

// change writes one change.
func (x *exec) change(w *watchField, c *event.Change, read *run, row int32, found bool) {
	x.write("{")
	for i, col := range w.shows {
		if i > 0 {
			x.write(",")
		}
		x.out = append(append(append(x.out, '"'), col.key...), '"', ':')
		x.push(col.key)
		mark := len(x.out)
		switch {
		case col.tmpl >= 0 && (!found || !x.record(read, row, col.tmpl)):
			x.undo(mark, "null")
		case col.tmpl < 0:
			x.out = x.changeValue(x.out, w, c, col.name)
		}
		x.pop()
	}
	x.write("}")
}

func (x *exec) changeValue(b []byte, w *watchField, c *event.Change, name string) []byte {
	switch name {
	case "cursor":
		return append(x.svc.cursors.Append(append(b, '"'), w.signature(), []value.Value{value.Int(c.Seq)}), '"')
	case "id":
		return appendRef(b, `"`+w.obj.IDPrefix+"_", c.Record)
	case "verb":
		return appendText(b, c.Verb)
	case "version":
		if c.Version == 0 {
			return append(b, "null"...)
		}
		return strconv.AppendInt(b, c.Version, 10)
	case "at":
		return append(c.At.AppendFormat(append(b, '"'), instantFormat), '"')
	case "by":
		return x.userID(b, c.By)
	case "changes":
		return (&historyLevel{hidden: w.hidden}).changes(b, c.Fields)
	}
	return appendText(b, w.name)
}
