// Package files is the door for the contents of files: uploads that a write then gives to a field
// of a record, downloads by whoever may read that field of that record, thumbnails, and the sweep
// of what nothing refers to. Which record names which file is written by runtime/record.
package files

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Deps are what a Service works with.
type Deps struct {
	Tenant *live.Tenant
	Blobs  blob.Store
	Spool  string // directory in which uploads arrive
	Clock  clock.Clock
	Log    *slog.Logger
	// Profile finds what a caller may do under the catalogue that serves.
	Profile func(ctx context.Context, p ident.Principal) (access.Profile, error)
	Limits  Limits
	// Room refuses bytes that the tenant has no room for; nil: there always is.
	Room func(more int64) error
}

// Limits bound files.
type Limits struct {
	Size    int64 // bytes of a file
	Waiting int64 // uploads of one caller that no record has used yet
	Bytes   int64 // of these uploads
	AtOnce  int   // uploads of one caller under way
}

// DefaultLimits are the limits where nobody sets others.
func DefaultLimits() Limits { return Limits{Size: 100 << 20, Waiting: 1000, Bytes: 2 << 30, AtOnce: 8} }

// KeepUpload is how long an upload waits for a record to use it.
const KeepUpload = 24 * time.Hour

// Service keeps the files of one tenant.
type Service struct {
	Deps
	q     statements
	held  holds
	reads looks

	mu    sync.Mutex
	under map[string]int // uploads under way, by caller

	queue  chan struct{} // requests that wait for thumbnails to be made
	making sync.Mutex
}

// statements are those that do not depend on the caller.
type statements struct {
	file, uses, waiting, expired, files   driver.Stmt
	thumb, thumbs, copies, fields, usesBy driver.Stmt
	bytes                                 driver.Stmt
}

// New makes a service.
func New(d Deps) (*Service, error) {
	s := &Service{Deps: d, held: holds{by: map[blob.Hash]*hold{}}, under: map[string]int{}, queue: make(chan struct{}, maxWaiting)}
	file, limit := cols("id", "token", "name", "size", "type", "hash", "by", "expires"), param(1)
	one := driver.Const{Value: value.Int(1)}
	for _, p := range []struct {
		st *driver.Stmt
		q  driver.Query
	}{
		{&s.q.file, driver.Query{Table: record.FileTable, Select: file, Where: is("token", 0)}},
		{&s.q.uses, driver.Query{Table: record.FileUseTable, Select: cols("object", "record", "field"), Where: is("file", 0), Limit: limit}},
		{&s.q.waiting, driver.Query{Table: record.FileTable, Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Sum, Expr: col("size")}},
			Where: driver.And{Args: []driver.Expr{is("by", 0), is("used", 1)}}}},
		{&s.q.bytes, driver.Query{Table: record.FileTable, Aggs: []driver.Agg{{Func: driver.Sum, Expr: col("size")}}}},
		{&s.q.expired, driver.Query{Table: record.FileTable, Select: file, Where: driver.Cmp{Op: driver.Le, L: col("expires"), R: param(0)},
			Order: []driver.Order{{Expr: col("expires")}, {Expr: col("id")}}, Limit: limit}},
		{&s.q.files, driver.Query{Table: record.FileTable, Select: cols("id"), Where: others("hash"), Limit: one}},
		{&s.q.copies, driver.Query{Table: thumbTable, Select: cols("id"), Where: others("hash"), Limit: one}},
		{&s.q.thumbs, driver.Query{Table: thumbTable, Select: cols("id", "hash"), Where: is("source", 0)}},
		{&s.q.thumb, driver.Query{Table: thumbTable, Select: cols("id", "hash", "size", "type"), Where: driver.And{Args: []driver.Expr{is("source", 0), is("edge", 1)}}}},
		{&s.q.fields, driver.Query{Table: record.FileUseTable, Group: cols("object", "field"), Aggs: []driver.Agg{{Func: driver.Count}}}},
		{&s.q.usesBy, driver.Query{Table: record.FileUseTable, Select: cols("id", "file"), Where: driver.And{Args: []driver.Expr{is("object", 0), is("field", 1)}}, Limit: param(2)}},
	} {
		var err error
		if *p.st, err = d.Tenant.Store.Prepare(&p.q); err != nil {
			return nil, fmt.Errorf("read files: %w", err)
		}
	}
	return s, nil
}

func col(n string) driver.Expr { return driver.Col{Name: n} }

func param(n int) driver.Expr { return driver.Param{N: n} }

func is(name string, n int) driver.Expr { return driver.Cmp{Op: driver.Eq, L: col(name), R: param(n)} }

// others is true of rows but one that have a value.
func others(name string) driver.Expr {
	return driver.And{Args: []driver.Expr{is(name, 0), driver.Not{Arg: is("id", 1)}}}
}

func cols(names ...string) []driver.Expr {
	out := make([]driver.Expr, len(names))
	for i, n := range names {
		out[i] = col(n)
	}
	return out
}

// file is a row of record.FileTable.
type file struct {
	field.FileInfo
	row     int64
	by      string
	expires value.Value
}

func scan(r driver.Rows) *file {
	text := func(i int) string { return strings.Clone(r.Value(i).Text()) }
	return &file{row: r.Value(0).Int(), by: text(6), expires: r.Value(7),
		FileInfo: field.FileInfo{ID: text(1), Name: text(2), Size: r.Value(3).Int(), Type: text(4), Hash: text(5)}}
}

// each runs fn on every row of a statement.
func each(ctx context.Context, tx store.Tx, st driver.Stmt, fn func(driver.Rows), args ...value.Value) error {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// caller finds who asks and what they may do.
func (s *Service) caller(ctx context.Context) (ident.Caller, access.Profile, *catalog.Catalog, error) {
	c, _ := ident.From(ctx)
	p, err := s.Profile(ctx, c.Principal)
	if err != nil {
		return c, nil, nil, err
	}
	cat := p.Catalog()
	if cat == nil {
		cat = s.Tenant.Catalog()
	}
	return c, p, cat, nil
}

func noFile() *errs.Error {
	return errs.New(errs.NotFound, "there is no such file", "没有这个文件")
}

// holds keep apart, by content, what brings a blob and what takes it away: between the look whether
// anything refers to a blob and its end, nobody else may come to rely on it. One process has the
// data directory, so this is enough.
type holds struct {
	mu sync.Mutex
	by map[blob.Hash]*hold
}

type hold struct {
	sync.Mutex
	waiting int
}

// take waits for a content; the function that it gives lets go of it.
func (h *holds) take(of blob.Hash) func() {
	h.mu.Lock()
	one := h.by[of]
	if one == nil {
		one = &hold{}
		h.by[of] = one
	}
	one.waiting++
	h.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		h.mu.Lock()
		if one.waiting--; one.waiting == 0 {
			delete(h.by, of)
		}
		h.mu.Unlock()
	}
}

// begin counts an upload of a caller, until the function that it gives is called.
func (s *Service) begin(who string) (end func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under[who] >= s.Limits.AtOnce {
		return nil, errs.New(errs.LimitExceeded, "at most %d uploads at a time", "最多同时进行 %d 个上传", s.Limits.AtOnce).With("limit", s.Limits.AtOnce)
	}
	s.under[who]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.under[who]--; s.under[who] == 0 {
			delete(s.under, who)
		}
	}, nil
}
