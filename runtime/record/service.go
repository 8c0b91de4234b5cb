package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/setting"
)

// MaxOps is how many operations one call may hold.
const MaxOps = 1000

// ErrCatalogMoved says that a publish made another catalogue active since the operations were
// planned: plan them again.
var ErrCatalogMoved = errors.New("record: the catalogue moved on, plan again")

var errCheckOnly = errors.New("record: checked, nothing is kept")

// Deps are what a Service works with.
type Deps struct {
	Tenant *live.Tenant
	Clock  clock.Clock
	Audit  *audit.Log // takes down who is given which role, and users' status; may be nil
	Random io.Reader  // of generated codes; nil: that of the system
	// Room refuses what makes the store larger when there is no room for it; nil: there always is.
	Room func() error
}

// Service writes the records of one tenant.
type Service struct {
	deps Deps
	ids  *ids
	// watch hears of changes; it may be nil.
	watch      Watcher
	autos      []Automation
	poster     Poster
	notifier   Notifier // may be nil
	companions []Companion

	mu    sync.Mutex
	plans map[*catalog.Catalog]*plans
}

var (
	_ Writer  = (*Service)(nil)
	_ Steward = (*Service)(nil)
)

// New makes the service.
func New(d Deps) (*Service, error) {
	if d.Random == nil {
		d.Random = rand.Reader
	}
	g, err := newIDs(d.Clock)
	if err != nil {
		return nil, err
	}
	return &Service{deps: d, ids: g, plans: map[*catalog.Catalog]*plans{}}, nil
}

// NewID is an id for a record that is to be created with it.
func (s *Service) NewID() int64 { return s.ids.next() }

func (s *Service) room() error {
	if s.deps.Room == nil {
		return nil
	}
	return s.deps.Room()
}

// Write carries out ops in order; see Writer.
func (s *Service) Write(ctx context.Context, p access.Profile, ops []Op, opt Options) ([]Result, error) {
	if len(ops) > MaxOps {
		return nil, errs.New(errs.LimitExceeded, "at most %d records in one call", "一次最多 %d 条记录", MaxOps).With("limit", MaxOps)
	}
	cat := s.deps.Tenant.Catalog()
	if made := p.Catalog(); made != nil && made != cat {
		return nil, ErrCatalogMoved
	}
	for _, op := range ops {
		if cat.Object(op.Object.Name) != op.Object {
			return nil, ErrCatalogMoved
		}
	}
	if opt.Check {
		opt.Once = nil
	}
	if opt.Once != nil {
		if err := opt.Once.check(); err != nil {
			return nil, err
		}
	}
	if opt.Atomic || len(ops) == 1 {
		return s.atomic(ctx, cat, p, ops, opt)
	}
	return s.singly(ctx, cat, p, ops, opt)
}

// singly gives each row its own transaction, so that a bad one takes no other with it.
func (s *Service) singly(ctx context.Context, cat *catalog.Catalog, p access.Profile, ops []Op, opt Options) ([]Result, error) {
	if opt.Once != nil {
		err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error { return s.recall(ctx, tx, s.plansOf(cat), opt.Once) })
		if err != nil {
			return nil, err
		}
	}
	out := make([]Result, len(ops))
	one := opt
	one.After = nil
	for i := range ops {
		if opt.Once != nil {
			one.Once = opt.Once.ofRow(i)
		}
		res, err := s.atomic(ctx, cat, p, ops[i:i+1], one)
		var before *Replayed
		if errors.As(err, &before) {
			if out[i], err = restoreResult(before.Answer); err != nil {
				return nil, err
			}
			continue
		}
		if errors.Is(err, ErrCatalogMoved) {
			return nil, err
		}
		if err != nil {
			e := errs.From(err)
			n := i
			e.Index = &n
			out[i].Err = e
			continue
		}
		out[i] = res[0]
	}
	return out, s.finish(ctx, out, opt)
}

// finish reads what a batch of single rows has written, and remembers the whole answer.
func (s *Service) finish(ctx context.Context, out []Result, opt Options) error {
	after := func(tx store.Tx) error {
		if opt.After == nil {
			return nil
		}
		return opt.After(tx, out)
	}
	if opt.Once == nil {
		return s.deps.Tenant.Store.View(ctx, after)
	}
	return s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if err := after(tx); err != nil {
			return err
		}
		return s.remember(ctx, tx, opt.Once, out)
	})
}

func (s *Service) atomic(ctx context.Context, cat *catalog.Catalog, p access.Profile, ops []Op, opt Options) ([]Result, error) {
	return s.transact(ctx, cat, p, opt, func(b *batch) ([]Result, error) {
		out := make([]Result, len(ops))
		for i := range ops {
			res, err := b.do(&ops[i], 0)
			if err != nil {
				return nil, b.explain(err, i, len(ops) > 1)
			}
			out[i] = *res
		}
		return out, nil
	})
}

// transact does the work of one transaction, what follows from it, and what Options ask for.
func (s *Service) transact(ctx context.Context, cat *catalog.Catalog, p access.Profile, opt Options, work func(*batch) ([]Result, error)) ([]Result, error) {
	var out []Result
	err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if s.deps.Tenant.Catalog() != cat {
			return ErrCatalogMoved
		}
		if opt.Once != nil {
			if err := s.recall(ctx, tx, s.plansOf(cat), opt.Once); err != nil {
				return err
			}
		}
		b := s.batch(ctx, tx, cat, p, opt)
		var err error
		if out, err = work(b); err != nil {
			return err
		}
		if err := b.settle(); err != nil {
			return err
		}
		if err := b.accompany(); err != nil {
			return err
		}
		if err := b.publish(out); err != nil {
			return err
		}
		if err := b.tell(); err != nil {
			return err
		}
		if err := b.follow(); err != nil {
			return err
		}
		if opt.After != nil {
			if err := opt.After(tx, out); err != nil {
				return err
			}
		}
		if opt.Once != nil {
			if err := s.remember(ctx, tx, opt.Once, out); err != nil {
				return err
			}
		}
		if opt.Check {
			return errCheckOnly
		}
		return nil
	})
	if errors.Is(err, errCheckOnly) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// batch is the work of one transaction.
type batch struct {
	s       *Service
	ctx     context.Context
	tx      store.Tx
	cat     *catalog.Catalog
	plans   *plans
	access  access.Profile
	opt     Options
	caller  ident.Caller
	now     value.Value
	cache   map[rowKey]*row // rows read or written in this transaction
	queue   []change        // what computed fields elsewhere may depend on
	log     []change        // for history and outbox
	nested  int             // nested writes so far
	named   map[string]Named
	rates   *rates          // of currencies; nil: not asked for yet
	chosen  *setting.Values // of settings; nil: not asked for yet
	through string          // name of the locks that are passed; "": none
	// prepared is the time that automations took which go before writes.
	prepared time.Duration
}

type rowKey struct {
	object *catalog.Object
	id     int64
}

// row is the stored values of a record, in the order of its object's fields.
type row struct {
	object *catalog.Object
	vals   []value.Value
}

func (r *row) get(f *catalog.Field) value.Value {
	if r == nil {
		return value.Null
	}
	return r.vals[r.object.Index(f)]
}

func (r *row) set(f *catalog.Field, v value.Value) { r.vals[r.object.Index(f)] = v }

func (r *row) id() int64 { return r.get(r.object.Field(catalog.ID)).Int() }

func (r *row) alive() bool { return r != nil && r.get(r.object.Field(catalog.DeletedAt)).IsNull() }

func (r *row) clone() *row {
	return &row{r.object, append([]value.Value(nil), r.vals...)}
}

// change is one record before and after; old is nil for a new one, new for one that is gone.
type change struct {
	object   *catalog.Object
	id       int64
	verb     string
	old, new *row
}

func (s *Service) batch(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, opt Options) *batch {
	caller, _ := ident.From(ctx)
	if p.Catalog() != nil {
		caller.Principal.Roles = p.Roles() // rules ask for them
	}
	return &batch{s: s, ctx: ctx, tx: tx, cat: cat, plans: s.plansOf(cat), access: p, opt: opt, caller: caller,
		now: value.Instant(s.deps.Clock.Now()), cache: map[rowKey]*row{}}
}

// explain turns store errors into coded ones and names the row of a batch.
func (b *batch) explain(err error, i int, many bool) error {
	var dup *driver.DuplicateError
	if errors.As(err, &dup) {
		err = b.duplicate(dup)
	}
	var e *errs.Error
	if !errors.As(err, &e) {
		return err
	}
	if many && e.Index == nil {
		e.Index = &i
	}
	return e
}

func (b *batch) duplicate(dup *driver.DuplicateError) error {
	for _, o := range b.cat.Objects {
		if o.Table != dup.Table {
			continue
		}
		for _, k := range o.Keys {
			if k.Index != dup.Index {
				continue
			}
			e := errs.New(errs.Duplicate, "there is already a record of %s with this %s", "%s 中已存在相同 %s 的记录", o.Name, k.Name).On(k.Fields[0].APIName).Because(dup)
			names := make([]string, len(k.Fields))
			for i, f := range k.Fields {
				names[i] = f.APIName
			}
			if len(k.Message) > 0 {
				e.Message.En, e.Message.Zh = k.Message.In("en"), k.Message.In("zh-CN")
			}
			return e.With("fields", names)
		}
	}
	return errs.New(errs.Duplicate, "the id or external id is taken", "编号或外部编号已被占用").Because(dup)
}

// maxNested bounds the nested writes of one batch.
const maxNested = 10_000

func (b *batch) do(op *Op, depth int) (*Result, error) {
	if depth > 5 {
		return nil, errs.New(errs.LimitExceeded, "writes are nested deeper than 5 levels", "嵌套写入超过 5 层")
	}
	if depth > 0 {
		if b.nested++; b.nested > maxNested {
			return nil, errs.New(errs.LimitExceeded, "at most %d nested records in one call", "一次最多写入 %d 条嵌套记录", maxNested).With("limit", maxNested)
		}
	}
	if op.Verb == Create || op.Verb == Update || op.Verb == Upsert {
		if err := b.s.room(); err != nil {
			return nil, err
		}
	}
	switch op.Verb {
	case Create:
		return b.create(op, depth)
	case Update:
		return b.update(op, depth)
	case Upsert:
		return b.upsert(op, depth)
	case Delete:
		return b.delete(op)
	case Restore:
		return b.restore(op)
	case Purge:
		return b.purge(op)
	case Revert:
		return b.revert(op)
	case Erase:
		return b.unmake(op)
	case Lock:
		return b.lockIt(op)
	case Unlock:
		return b.unlockIt(op)
	}
	return nil, fmt.Errorf("unknown verb %d", op.Verb)
}

func (b *batch) can(o *catalog.Object, op access.Op) error {
	if !b.access.Can(o, op) || op != access.Read && (o.Ledger != nil || o.Guarded && !b.opt.Loader) {
		return errs.New(errs.Forbidden, "you may not do this with %s", "您无权对 %s 执行此操作", o.Name)
	}
	return nil
}

func notFound(o *catalog.Object, id int64) *errs.Error {
	return errs.New(errs.NotFound, "there is no %s with this id", "没有此编号的 %s", o.Name).With("id", fmt.Sprintf("%s_%d", o.IDPrefix, id))
}
