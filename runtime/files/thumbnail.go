package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// thumbTable holds which thumbnails there are of which contents. They are blobs like any other; one
// that is missing is made anew.
const thumbTable = "_thumbnail"

// SystemTables are the tables that this package keeps in every tenant's store, besides those of
// runtime/record.
func SystemTables() []driver.Table {
	return []driver.Table{{Name: thumbTable, Columns: []driver.Column{
		{Name: "source", Type: driver.Text}, // hash of the picture
		{Name: "edge", Type: driver.Int},
		{Name: "hash", Type: driver.Text},
		{Name: "size", Type: driver.Int},
		{Name: "type", Type: driver.Text},
	}, Indexes: []driver.Index{
		{Name: "_thumbnail_of", Unique: true, Columns: []driver.IndexColumn{{Column: "source"}, {Column: "edge"}}},
		{Name: "_thumbnail_hash", Columns: []driver.IndexColumn{{Column: "hash"}}},
	}}}
}

// edges are the sizes of thumbnails, in pixels of the longer side.
var edges = []int{64, 256, 1024}

// maxWaiting is how many requests wait for thumbnails to be made. They are made one at a time: each
// may need a lot of memory.
const maxWaiting = 32

// Thumbnail gives a small picture of a file that the caller may read.
func (s *Service) Thumbnail(ctx context.Context, f *field.FileInfo, edge int) (*field.FileInfo, error) {
	if !slices.Contains(edges, edge) {
		return nil, errs.New(errs.InvalidInput, "thumbnails have 64, 256 or 1024 pixels", "缩略图边长为 64、256 或 1024 像素").On("size")
	}
	if t, err := s.thumbnail(ctx, f, edge); err != nil || t != nil {
		return t, err
	}
	select {
	case s.queue <- struct{}{}:
		defer func() { <-s.queue }()
	default:
		return nil, errs.New(errs.Unavailable, "too many thumbnails are being made, try again", "正在生成的缩略图过多，请稍后再试")
	}
	s.making.Lock()
	defer s.making.Unlock()
	if t, err := s.thumbnail(ctx, f, edge); err != nil || t != nil { // somebody else has made it meanwhile
		return t, err
	}
	return s.make(ctx, f, edge)
}

// thumbnail finds one that there is; nil when there is none.
func (s *Service) thumbnail(ctx context.Context, f *field.FileInfo, edge int) (t *field.FileInfo, err error) {
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, s.q.thumb, func(r driver.Rows) {
			t = &field.FileInfo{ID: f.ID, Hash: strings.Clone(r.Value(1).Text()), Size: r.Value(2).Int(), Type: strings.Clone(r.Value(3).Text())}
		}, value.Text(f.Hash), value.Int(int64(edge)))
	})
	if err != nil || t == nil {
		return nil, err
	}
	t.Name = strings.TrimSuffix(f.Name, path.Ext(f.Name)) + map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}[t.Type]
	h, err := blob.Parse(t.Hash)
	if err != nil {
		return nil, err
	}
	r, err := s.Blobs.Get(ctx, h, 0, 1)
	if errors.Is(err, blob.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("thumbnail of file %s: %w", f.ID, err)
	}
	return t, r.Close()
}

// make makes a thumbnail and keeps it.
func (s *Service) make(ctx context.Context, f *field.FileInfo, edge int) (*field.FileInfo, error) {
	if _, ok := pictures[f.Type]; ok && f.Size > maxPicture {
		return nil, errs.New(errs.LimitExceeded, "a picture of more than %d bytes has no thumbnail", "超过 %d 字节的图片没有缩略图", maxPicture).With("status", 422)
	}
	small, mediaType, err := s.shrink(ctx, f, edge)
	if err != nil {
		return nil, err
	}
	h := blob.Hash(sha256.Sum256(small))
	defer s.held.take(h)()
	if err := s.keep(ctx, f, edge, field.FileInfo{Hash: h.String(), Size: int64(len(small)), Type: mediaType}); err != nil {
		return nil, err
	}
	if err := s.Blobs.Put(ctx, h, int64(len(small)), bytes.NewReader(small)); err != nil {
		return nil, err
	}
	return s.thumbnail(ctx, f, edge)
}

func (s *Service) shrink(ctx context.Context, f *field.FileInfo, edge int) (small []byte, mediaType string, err error) {
	if _, ok := pictures[f.Type]; !ok {
		return shrink(f.Type, nil, edge) // it says why not
	}
	h, err := blob.Parse(f.Hash)
	if err != nil {
		return nil, "", err
	}
	r, err := s.Blobs.Get(ctx, h, 0, f.Size)
	if err != nil {
		return nil, "", fmt.Errorf("file %s: %w", f.ID, err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, "", fmt.Errorf("file %s: %w", f.ID, err)
	}
	return shrink(f.Type, b, edge)
}

// keep notes a thumbnail, as long as there is a file that it is of.
func (s *Service) keep(ctx context.Context, f *field.FileInfo, edge int, t field.FileInfo) error {
	return s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		var of *file
		if err := each(ctx, tx, s.q.file, func(r driver.Rows) { of = scan(r) }, value.Text(f.ID)); err != nil {
			return err
		}
		if of == nil || !of.expires.IsNull() && !of.expires.AsTime().After(s.Clock.Now()) {
			return noFile()
		}
		var old int64
		if err := each(ctx, tx, s.q.thumb, func(r driver.Rows) { old = r.Value(0).Int() }, value.Text(f.Hash), value.Int(int64(edge))); err != nil {
			return err
		}
		if old != 0 {
			if _, err := tx.Delete(ctx, thumbTable, old); err != nil {
				return err
			}
		}
		id, err := tx.NextSequence(ctx, thumbTable, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, thumbTable, []string{"id", "source", "edge", "hash", "size", "type"},
			[]value.Value{value.Ref(id), value.Text(f.Hash), value.Int(int64(edge)), value.Text(t.Hash), value.Int(t.Size), value.Text(t.Type)})
	})
}

// dropThumbnails removes those of a content. A thumbnail whose blob has gone is made anew, so it does
// no harm when this is cut off.
func (s *Service) dropThumbnails(ctx context.Context, source string) error {
	type one struct {
		row  int64
		hash string
	}
	var all []one
	err := s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		all = nil
		return each(ctx, tx, s.q.thumbs, func(r driver.Rows) { all = append(all, one{r.Value(0).Int(), strings.Clone(r.Value(1).Text())}) }, value.Text(source))
	})
	for _, t := range all {
		if err == nil {
			err = s.collect(ctx, t.hash, 0, t.row, thumbTable, t.row)
		}
	}
	return err
}
