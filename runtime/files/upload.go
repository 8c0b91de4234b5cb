package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Upload is what a client says of a file before its content.
type Upload struct {
	Object, Field string // names of metadata
	Record        string // id as the API shows it; "" for a record that is yet to be made
	Name          string
	Type          string // media type; "" when the client does not know
}

// Upload keeps a file until a write gives it to a record, at most for KeepUpload. The row comes
// before the blob, and the id reaches the client after both: so whatever is cut off leaves a row
// that nobody knows, which the sweep takes with its blob, and never a reference to nothing.
func (s *Service) Upload(ctx context.Context, u Upload, r io.Reader) (_ field.FileInfo, err error) {
	c, p, cat, err := s.caller(ctx)
	if err != nil {
		return field.FileInfo{}, err
	}
	f, err := s.target(ctx, p, cat, u)
	if err != nil {
		return field.FileInfo{}, err
	}
	if r == nil {
		return field.FileInfo{}, errs.New(errs.InvalidInput, "the file is empty", "文件为空")
	}
	t := f.Type.(field.File)
	limit := s.Limits.Size
	if n := t.MaxSize(); n > 0 {
		limit = min(limit, n)
	}
	end, err := s.begin(record.Uploader(c.Principal))
	if err != nil {
		return field.FileInfo{}, err
	}
	defer end()
	if s.Room != nil {
		if err := s.Room(0); err != nil {
			return field.FileInfo{}, err
		}
	}
	if err := s.room(ctx, c.Principal, 0); err != nil {
		return field.FileInfo{}, err
	}
	in, err := blob.Take(ctx, s.Spool, r, limit)
	if err != nil {
		return field.FileInfo{}, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if in.Size == 0 {
		return field.FileInfo{}, errs.New(errs.InvalidInput, "the file is empty", "文件为空")
	}
	if s.Room != nil {
		if err := s.Room(in.Size); err != nil {
			return field.FileInfo{}, err
		}
	}
	info := field.FileInfo{Name: cleanName(u.Name), Size: in.Size, Hash: in.Hash.String()}
	if info.Type, err = mediaType(in.Reader(), u.Type); err != nil {
		return field.FileInfo{}, err
	}
	if e := t.Accepts(info); e != nil {
		return field.FileInfo{}, e.On(f.APIName)
	}
	if info.ID, err = newToken(); err != nil {
		return field.FileInfo{}, err
	}
	defer s.held.take(in.Hash)()
	if err := s.insert(ctx, c.Principal, info); err != nil {
		return field.FileInfo{}, err
	}
	return info, s.Blobs.Put(ctx, in.Hash, in.Size, in.Reader())
}

// target finds the field that a file is for. The caller must be allowed to write it.
func (s *Service) target(ctx context.Context, p access.Profile, cat *catalog.Catalog, u Upload) (*catalog.Field, error) {
	o := cat.Object(u.Object)
	if o == nil || !p.Can(o, access.Read) {
		return nil, errs.New(errs.NotFound, "there is no object %s", "没有对象 %s", u.Object).On("object")
	}
	f := o.Field(u.Field)
	if f == nil || !p.CanRead(f) {
		return nil, errs.New(errs.NotFound, "%s has no field %s", "%s 没有字段 %s", u.Object, u.Field).On("field")
	}
	if _, ok := f.Type.(field.File); !ok {
		return nil, errs.New(errs.InvalidInput, "%s holds no files", "%s 不是文件字段", u.Field).On("field")
	}
	forbidden := errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", f.APIName).On("field")
	if !p.CanWrite(f) || f.ReadOnly || o.Guarded {
		return nil, forbidden
	}
	if u.Record == "" {
		if !p.Can(o, access.Create) && !p.Can(o, access.Update) {
			return nil, forbidden
		}
		return f, nil
	}
	id, e := query.ParseID(o, u.Record)
	if e != nil {
		return nil, e.On("id")
	}
	if _, ok, err := s.read(ctx, p, f, id, access.Read); err != nil || !ok {
		return nil, errors.Join(err, unless(err, errs.New(errs.NotFound, "there is no %s with this id", "没有此编号的 %s", o.Name).On("id")))
	}
	if _, ok, err := s.read(ctx, p, f, id, access.Update); err != nil || !ok {
		return nil, errors.Join(err, unless(err, errs.New(errs.Forbidden, "you may see this %s, but not do this with it", "您可以查看该 %s，但无权执行此操作", o.Name).On("id")))
	}
	return f, nil
}

// unless is e where there is no other error.
func unless(err error, e *errs.Error) error {
	if err != nil {
		return nil
	}
	return e
}

// room refuses a caller who has too many uploads that no record uses.
func (s *Service) room(ctx context.Context, p ident.Principal, more int64) error {
	return s.Tenant.Store.View(ctx, func(tx store.Tx) error { return s.roomIn(ctx, tx, p, more) })
}

func (s *Service) roomIn(ctx context.Context, tx store.Tx, p ident.Principal, more int64) error {
	var n, size int64
	err := each(ctx, tx, s.q.waiting, func(r driver.Rows) { n, size = r.Value(0).Int(), r.Value(1).Int() }, value.Text(record.Uploader(p)), value.Bool(false))
	if err == nil && (n >= s.Limits.Waiting || size+more > s.Limits.Bytes) {
		err = errs.New(errs.LimitExceeded, "too many of your uploads wait to be used: at most %d files and %d bytes", "您有过多尚未使用的上传：最多 %d 个文件、%d 字节",
			s.Limits.Waiting, s.Limits.Bytes).With("limit", s.Limits.Waiting)
	}
	return err
}

var fileColumns = []string{"id", "token", "name", "size", "type", "hash", "by", "used", "expires"}

func (s *Service) insert(ctx context.Context, p ident.Principal, i field.FileInfo) error {
	return s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if err := s.roomIn(ctx, tx, p, i.Size); err != nil {
			return err
		}
		id, err := tx.NextSequence(ctx, record.FileTable, 1)
		if err != nil {
			return err
		}
		return tx.Insert(ctx, record.FileTable, fileColumns, []value.Value{value.Ref(id), value.Text(i.ID), value.Text(i.Name), value.Int(i.Size),
			value.Text(i.Type), value.Text(i.Hash), value.Text(record.Uploader(p)), value.Bool(false), value.Instant(s.Clock.Now().Add(KeepUpload))})
	})
}

// newToken is what the API calls a file by: nobody guesses it.
func newToken() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name a file: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
