package sqlite

import (
	"context"
	"errors"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

var _ driver.Measured = (*db)(nil)

// Used is the bytes of the pages that hold something. Pages that were freed stay in the file and are used again.
func (d *db) Used(ctx context.Context) (n int64, err error) {
	err = d.View(ctx, func(t driver.Tx) error {
		c := t.(*tx).c
		var of [3]int64
		for i, sql := range []string{"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"} {
			s, err := c.fixed(sql)
			if err != nil {
				return err
			}
			if _, err := s.Step(); err != nil {
				return errors.Join(failure(err), s.Reset())
			}
			of[i] = s.ColumnInt64(0)
			if err := s.Reset(); err != nil {
				return failure(err)
			}
		}
		n = (of[0] - of[1]) * of[2]
		return nil
	})
	return n, err
}
