package files

import (
	"context"
	"fmt"
	"sync"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/query"
)

// maxLooks is how many statements are kept.
const maxLooks = 1000

// looks are the statements that read a field under the access of its reader: callers whose profiles
// have the same key share them.
type looks struct {
	mu  sync.Mutex
	cat *catalog.Catalog // that they are of: one that is no longer served is not held on to
	by  map[lookKey]*look
}

type lookKey struct {
	profile string
	field   *catalog.Field
	op      access.Op
}

type look struct {
	st  driver.Stmt
	own *access.Values
}

func (l *looks) of(t *live.Tenant, p access.Profile, f *catalog.Field, op access.Op) (*look, error) {
	key := lookKey{p.Key(), f, op}
	l.mu.Lock()
	defer l.mu.Unlock()
	if cat := t.Catalog(); l.cat != cat || len(l.by) >= maxLooks {
		l.cat, l.by = cat, map[lookKey]*look{}
	}
	if have := l.by[key]; have != nil {
		return have, nil
	}
	own := access.NewValues(1)
	st, err := t.Store.Prepare(&driver.Query{Table: f.Object.Table, Select: []driver.Expr{f.Col()},
		Where: query.Visible(f.Object, p, own.Bind, false, is(catalog.ID, 0), p.Rows(f.Object, op, own.Bind))})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Object.Name, err)
	}
	l.by[key] = &look{st, own}
	return l.by[key], nil
}

// read reads a field of a live record that the caller may do op with; ok is false when there is none.
func (s *Service) read(ctx context.Context, p access.Profile, f *catalog.Field, id int64, op access.Op) (v value.Value, ok bool, err error) {
	if !p.Can(f.Object, op) || !p.CanRead(f) {
		return v, false, nil
	}
	l, err := s.reads.of(s.Tenant, p, f, op)
	if err != nil {
		return v, false, err
	}
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, l.st, func(r driver.Rows) { v, ok = r.Value(0).Clone(), true }, l.own.Append([]value.Value{value.Ref(id)}, p)...)
	})
	return v, ok, err
}
