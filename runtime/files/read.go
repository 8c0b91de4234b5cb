package files

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// maxUses bounds how many records that use one file are looked at for the caller's sake.
const maxUses = 100

// use is a field of a record that names a file.
type use struct {
	table, column string
	record        int64
}

// Find gives a file that the caller may read: through a record that is theirs to see, with the
// field shown whole, or as their own upload that waits to be used. Else NOT_FOUND.
func (s *Service) Find(ctx context.Context, token string) (*field.FileInfo, error) {
	c, p, cat, err := s.caller(ctx)
	if err != nil {
		return nil, err
	}
	var f *file
	var uses []use
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		f, uses = nil, nil
		if err := each(ctx, tx, s.q.file, func(r driver.Rows) { f = scan(r) }, value.Text(token)); err != nil || f == nil {
			return err
		}
		return each(ctx, tx, s.q.uses, func(r driver.Rows) {
			uses = append(uses, use{r.Value(0).Clone().Text(), r.Value(2).Clone().Text(), r.Value(1).Int()})
		}, value.Ref(f.row), value.Int(maxUses))
	})
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, noFile()
	}
	if len(uses) == 0 && s.waits(f, c.Principal) {
		return &f.FileInfo, nil
	}
	for _, u := range uses {
		ok, err := s.readable(ctx, p, cat, u, token)
		if err != nil {
			return nil, err
		}
		if ok {
			return &f.FileInfo, nil
		}
	}
	return nil, noFile()
}

// waits says whether a file is the caller's own upload.
func (s *Service) waits(f *file, p ident.Principal) bool {
	return !f.expires.IsNull() && f.expires.AsTime().After(s.Clock.Now()) && f.by == record.Uploader(p)
}

// readable says whether the caller may read a field of a record, and finds the file there.
func (s *Service) readable(ctx context.Context, p access.Profile, cat *catalog.Catalog, u use, token string) (bool, error) {
	f := cat.FileField(u.table, u.column)
	if f == nil {
		return false, nil
	}
	v, ok, err := s.read(ctx, p, f, u.record, access.Read)
	return ok && field.FileOf(v).ID == token, err
}
