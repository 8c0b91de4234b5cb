// Package segment keeps which records belong together: a field of each tells, and follows the condition of its
// segment, in the transactions that write the record or what it is computed from, and once a day for what
// only time changes. What somebody may see of a segment is what that person may see of its records.
package segment

import (
	"context"
	"fmt"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Pool is where the jobs are that look at all records of a segment.
const Pool = "segment"

// Deps are what the segments of a tenant work with.
type Deps struct {
	Tenant  *live.Tenant
	Records *record.Service
	Clock   clock.Clock
	Owner   string // of jobs: another one after each start
	Log     func(error)
}

// Service keeps the segments of one tenant. It is safe for concurrent use.
type Service struct {
	deps   Deps
	engine *engine.Engine

	mu  sync.Mutex
	cat *catalog.Catalog
	of  map[*catalog.Object][]*catalog.Segment
}

var _ record.Companion = (*Service)(nil)

// Open makes the segments of a tenant ready. Their jobs run with Run or Drain.
func Open(d Deps) (*Service, error) {
	s := &Service{deps: d}
	var err error
	s.engine, err = engine.New(d.Tenant.Store, nil, map[string]engine.Handler{jobKind: engine.HandlerFunc(s.refresh)},
		engine.Options{Clock: d.Clock, Owner: d.Owner, Pools: []string{Pool}, Log: d.Log})
	if err != nil {
		return nil, fmt.Errorf("segments: %w", err)
	}
	d.Records.Accompanied(s)
	return s, nil
}

// background is the platform acting for itself.
func (s *Service) background(ctx context.Context) context.Context {
	return ident.With(ctx, ident.System(s.deps.Tenant.Name))
}

// Run looks at records until ctx ends, and then waits for what is in hand.
func (s *Service) Run(ctx context.Context) {
	s.engine.Run(s.background(ctx), engine.Workers{Pool: 1})
}

// Drain looks at all records that are due; it reports how many jobs there were.
func (s *Service) Drain(ctx context.Context) (int, error) { return s.engine.Drain(s.background(ctx)) }

// segments are those of an object that follow a condition.
func (s *Service) segments(cat *catalog.Catalog, o *catalog.Object) []*catalog.Segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cat != cat {
		s.cat, s.of = cat, map[*catalog.Object][]*catalog.Segment{}
		for _, x := range cat.Segments {
			if x.When != nil {
				s.of[x.Object] = append(s.of[x.Object], x)
			}
		}
	}
	return s.of[o]
}

// Accompany brings the fields of records up to what was written; see record.Companion.
func (s *Service) Accompany(se *record.Session, es []record.Event) error {
	for _, e := range es {
		if e.Verb == "delete" {
			continue
		}
		for _, x := range s.segments(se.Catalog(), e.Object()) {
			if err := follow(se, x, e.New.ID()); err != nil {
				return fmt.Errorf("segment %s: %w", x.Name, err)
			}
		}
	}
	return nil
}

// follow brings one record up to a segment's condition. One that can be decided neither way does not belong.
func follow(se *record.Session, x *catalog.Segment, id int64) error {
	rec, there, err := se.Find(x.Object, id)
	if err != nil || !there {
		return err
	}
	v, err := se.Eval(x.When, rec, nil)
	if err != nil {
		return err
	}
	belongs, was := v.Kind() == value.KindBool && v.Bool(), rec.Get(x.Field)
	if !was.IsNull() && was.Bool() == belongs || was.IsNull() && !belongs {
		return nil
	}
	_, err = se.Update(rec, map[*catalog.Field]value.Value{x.Field: value.Bool(belongs)})
	return err
}
