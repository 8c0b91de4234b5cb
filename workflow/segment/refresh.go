package segment

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/engine"
)

const (
	jobKind = "segment.refresh"
	// page is how many records one job looks at.
	page = 200
)

// look is the payload of a job that looks at records behind one.
type look struct {
	Segment string `json:"segment"`
	Digest  string `json:"digest"` // of the condition: another one has jobs of its own
	After   int64  `json:"after"`
}

func (l look) job(at time.Time) (engine.Job, error) {
	raw, err := json.Marshal(l)
	return engine.Job{Pool: Pool, Kind: jobKind, Key: key(l.Segment, l.Digest), At: at, Payload: raw}, err
}

func key(name, digest string) string { return "segment/" + name + "/" + digest }

// Plan lets all records be looked at of segments whose conditions are new. One that was there before keeps
// the job that it waits with.
func Plan(db *store.DB) publish.Activated {
	return func(ctx context.Context, tx store.Tx, a publish.Activation) error {
		e, err := engine.New(db, nil, nil, engine.Options{Clock: clock.NewFixed(a.At), Owner: "publish"})
		if err != nil {
			return err
		}
		for _, x := range a.New.Segments {
			if x.When == nil {
				continue
			}
			j, err := look{Segment: x.Name, Digest: x.Digest()}.job(a.At)
			if err == nil {
				err = e.Enqueue(ctx, tx, j)
			}
			if err != nil {
				return fmt.Errorf("plan the segment %s: %w", x.Name, err)
			}
		}
		return nil
	}
}

// refresh looks at a page of records, and goes on with the next one: at once, or the next day from the first.
func (s *Service) refresh(_ context.Context, j engine.Job) (engine.Finish, error) {
	var l look
	if err := json.Unmarshal(j.Payload, &l); err != nil {
		return nil, engine.Permanent(err)
	}
	return func(ctx context.Context, tx store.Tx) error {
		cat := s.deps.Tenant.Catalog()
		x := cat.Segment(l.Segment)
		if x == nil || x.When == nil || x.Digest() != l.Digest {
			return nil // it was replaced
		}
		next := l
		err := s.deps.Records.Within(ctx, tx, cat, access.Everything, func(se *record.Session) error {
			behind := driver.Cmp{Op: driver.Gt, L: driver.Col{Name: catalog.ID}, R: driver.Const{Value: value.Ref(l.After)}}
			ids, err := se.IDs(x.Object, []driver.Expr{behind}, nil, page)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := follow(se, x, id); err != nil {
					return err
				}
				next.After = id
			}
			if len(ids) < page {
				next.After = 0
			}
			return nil
		})
		if err != nil {
			return err
		}
		at := s.engine.Now()
		if next.After == 0 {
			at = daily(x, at, cat.Zone)
		}
		again, err := next.job(at)
		if err != nil {
			return err
		}
		return s.engine.Enqueue(ctx, tx, again)
	}, nil
}

// daily is when all records of a segment are looked at after a moment.
func daily(x *catalog.Segment, after time.Time, name string) time.Time {
	zone, err := time.LoadLocation(name)
	if err != nil {
		zone = time.UTC
	}
	local := after.In(zone)
	at := clock.Local(local.Year(), local.Month(), local.Day(), x.Hour, x.Minute, zone)
	if !at.After(after) {
		at = clock.Local(local.Year(), local.Month(), local.Day()+1, x.Hour, x.Minute, zone)
	}
	return at
}
