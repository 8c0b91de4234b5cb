package files

import (
	"context"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Bytes is what the files of the tenant have together. Equal contents count each time.
func (s *Service) Bytes(ctx context.Context) (n int64, err error) {
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, s.q.bytes, func(r driver.Rows) {
			if v := r.Value(0); !v.IsNull() {
				n = v.Int()
			}
		})
	})
	return n, err
}

// DropContents removes the contents of all files and thumbnails of a tenant that is being removed;
// the rows stay, so that it can be done again.
func (s *Service) DropContents(ctx context.Context) error {
	for _, table := range []string{record.FileTable, thumbTable} {
		st, err := s.Tenant.Store.Prepare(&driver.Query{Table: table, Select: cols("id", "hash"), Order: []driver.Order{{Expr: col("id")}}, After: []driver.Expr{param(0)}, Limit: param(1)})
		if err != nil {
			return fmt.Errorf("remove the contents of files: %w", err)
		}
		for after := int64(0); ; {
			var hashes []string
			err := s.Tenant.Store.View(ctx, func(tx store.Tx) error {
				hashes = nil
				return each(ctx, tx, st, func(r driver.Rows) {
					after, hashes = r.Value(0).Int(), append(hashes, strings.Clone(r.Value(1).Text()))
				}, value.Ref(after), value.Int(sweepBatch))
			})
			for _, hash := range hashes {
				var h blob.Hash
				if err == nil {
					h, err = blob.Parse(hash)
				}
				if err == nil {
					err = s.Blobs.Delete(ctx, h)
				}
			}
			if err != nil {
				return fmt.Errorf("remove the contents of files: %w", err)
			}
			if len(hashes) < sweepBatch {
				break
			}
		}
	}
	return nil
}
