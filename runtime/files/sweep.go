package files

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/blob"
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
	if err := s.forget(ctx); err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
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

// remove removes an expired file. Once it is marked no write gives it to a record. The row goes last:
// a sweep that is cut off is repeated.
func (s *Service) remove(ctx context.Context, f *file) error {
	marked, shared := false, false
	err := s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		var now *file
		if err := each(ctx, tx, s.q.file, func(r driver.Rows) { now = scan(r) }, value.Text(f.ID)); err != nil {
			return err
		}
		if marked = now != nil && !now.expires.IsNull() && !now.expires.AsTime().After(s.Clock.Now()); !marked {
			return nil // a record has come to use it
		}
		shared = false
		if err := each(ctx, tx, s.q.files, func(driver.Rows) { shared = true }, value.Text(f.Hash), value.Ref(f.row)); err != nil {
			return err
		}
		_, err := tx.Update(ctx, record.FileTable, f.row, []string{"expires"}, []value.Value{value.Instant(time.Unix(0, 0))})
		return err
	})
	if err != nil || !marked {
		return err
	}
	if !shared {
		if err := s.dropThumbnails(ctx, f.Hash); err != nil {
			return err
		}
	}
	return s.collect(ctx, f.Hash, f.row, 0, record.FileTable, f.row)
}

// collect removes a content unless a file or a thumbnail other than those of the given rows has it,
// and then a row. Nobody brings the same content meanwhile.
func (s *Service) collect(ctx context.Context, hash string, file, thumb int64, table string, row int64) error {
	h, err := blob.Parse(hash)
	if err != nil {
		return err
	}
	defer s.held.take(h)()
	needed := false
	note := func(driver.Rows) { needed = true }
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		needed = false
		if err := each(ctx, tx, s.q.files, note, value.Text(hash), value.Ref(file)); err != nil {
			return err
		}
		return each(ctx, tx, s.q.copies, note, value.Text(hash), value.Ref(thumb))
	})
	if err == nil && !needed {
		err = s.Blobs.Delete(ctx, h)
	}
	if err != nil {
		return err
	}
	return s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		_, err := tx.Delete(ctx, table, row)
		return err
	})
}

// forget takes away the uses by fields that a publish has dropped, with their columns, for good.
func (s *Service) forget(ctx context.Context) error {
	gone, err := s.gone(ctx)
	for _, at := range gone {
		for more := true; more && err == nil; {
			more, err = s.forgetSome(ctx, at)
		}
	}
	return err
}

// gone are the fields that use files and have no column any more, each by its table and its column.
func (s *Service) gone(ctx context.Context) (fields [][2]string, err error) {
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		fields = nil
		return each(ctx, tx, s.q.fields, func(r driver.Rows) {
			fields = append(fields, [2]string{strings.Clone(r.Value(0).Text()), strings.Clone(r.Value(1).Text())})
		})
	})
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	users := map[string]bool{}
	for _, at := range fields {
		users[at[0]] = true
	}
	tables, err := s.Tenant.Store.Schema(ctx, slices.Collect(maps.Keys(users))...) // read last: a field that is new by now is in none of the fields above
	for _, t := range tables {
		for _, c := range t.Columns {
			fields = slices.DeleteFunc(fields, func(at [2]string) bool { return at == [2]string{t.Name, c.Name} })
		}
	}
	return fields, err
}

// forgetSome takes away at most sweepBatch uses by a field; more says that there may be others.
func (s *Service) forgetSome(ctx context.Context, at [2]string) (more bool, err error) {
	err = s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		var rows, of []int64
		err := each(ctx, tx, s.q.usesBy, func(r driver.Rows) { rows, of = append(rows, r.Value(0).Int()), append(of, r.Value(1).Int()) },
			value.Text(at[0]), value.Text(at[1]), value.Int(sweepBatch))
		if err != nil {
			return err
		}
		more = len(rows) == sweepBatch
		if _, err := tx.Delete(ctx, record.FileUseTable, rows...); err != nil {
			return err
		}
		for _, id := range of {
			used := false
			if err := each(ctx, tx, s.q.uses, func(driver.Rows) { used = true }, value.Ref(id), value.Int(1)); err != nil {
				return err
			}
			if used {
				continue
			}
			if _, err := tx.Update(ctx, record.FileTable, id, []string{"expires"}, []value.Value{value.Instant(s.Clock.Now())}); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}
