package files

import (
	"context"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// sweepBatch is how many files the sweep looks at together.
const sweepBatch = 500

// Sweep removes the files that have expired, and the contents that no other file has. It tells how
// many files it removed.
func (s *Service) Sweep(ctx context.Context) (n int, err error) {
	for {
		var old []*file
		err := s.Tenant.Store.View(ctx, func(tx store.Tx) error {
			old = nil
			return each(ctx, tx, s.q.expired, func(r driver.Rows) { old = append(old, scan(r)) }, value.Instant(s.Clock.Now()), value.Int(sweepBatch))
		})
		if err != nil {
			return n, fmt.Errorf("sweep files: %w", err)
		}
		for _, f := range old {
			if err := s.remove(ctx, f); err != nil {
				return n, fmt.Errorf("sweep files: %w", err)
			}
		}
		n += len(old)
		if len(old) < sweepBatch {
			return n, nil
		}
	}
}

// remove removes an expired file. Once it is marked no write gives it to a record, and nobody uploads
// the same content meanwhile: so what is seen after that stays so. The row goes last: a sweep that is
// cut off is repeated.
func (s *Service) remove(ctx context.Context, f *file) error {
	h, err := f.blob()
	if err != nil {
		return err
	}
	defer s.held.take(h)()
	marked, shared := false, false
	err = s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		var now *file
		if err := each(ctx, tx, s.q.file, func(r driver.Rows) { now = scan(r) }, value.Text(f.ID)); err != nil {
			return err
		}
		if marked = now != nil && !now.expires.IsNull() && !now.expires.AsTime().After(s.Clock.Now()); !marked {
			return nil // a record has come to use it
		}
		shared = false
		if err := each(ctx, tx, s.q.sharing, func(driver.Rows) { shared = true }, value.Text(f.Hash), value.Ref(f.row)); err != nil {
			return err
		}
		_, err := tx.Update(ctx, record.FileTable, f.row, []string{"expires"}, []value.Value{value.Instant(time.Unix(0, 0))})
		return err
	})
	if err != nil || !marked {
		return err
	}
	if !shared {
		if err := s.Blobs.Delete(ctx, h); err != nil {
			return err
		}
	}
	return s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		_, err := tx.Delete(ctx, record.FileTable, f.row)
		return err
	})
}
