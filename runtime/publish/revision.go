package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/parallel"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Statuses of a revision.
const (
	Applying = "applying"
	Active   = "active" // it is, or once was, what the tenant ran
	Failed   = "failed"
)

// Revision is one entry of a tenant's metadata history.
type Revision struct {
	Number  int64        `json:"revision"`
	At      time.Time    `json:"at"`
	Author  string       `json:"author"`
	Message string       `json:"message"`
	Status  string       `json:"status"`
	Active  bool         `json:"active"` // the one that serves now
	Entries []plan.Entry `json:"entries,omitempty"`

	bundle  Bundle
	packed  string // the bundle as it is kept; see pack
	storage *catalog.Storage
}

// pack is the bundle as it is kept.
func (r *Revision) pack() string {
	if r.packed == "" {
		r.packed = r.bundle.pack()
	}
	return r.packed
}

// revisionCols are the columns of a revision. Those behind the first listed hold its metadata, and
// are large.
var revisionCols = []string{"id", "at", "author", "message", "status", "entries", "bundle", "storage"}

const listed = 6

func revisionQuery(cols []string, where driver.Expr) *driver.Query {
	q := &driver.Query{Table: revisionTable, Where: where, Order: []driver.Order{{Expr: driver.Col{Name: "id"}, Desc: true}}}
	for _, c := range cols {
		q.Select = append(q.Select, driver.Col{Name: c})
	}
	return q
}

// scanListed reads what lists show of a revision.
func scanListed(r driver.Rows) (*Revision, error) {
	v := &Revision{Number: r.Value(0).Int(), At: r.Value(1).AsTime(), Author: r.Value(2).Clone().Text(),
		Message: r.Value(3).Clone().Text(), Status: r.Value(4).Clone().Text()}
	if err := json.Unmarshal([]byte(r.Value(5).Text()), &v.Entries); err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return v, nil
}

// scanRevision reads all of a revision.
func scanRevision(r driver.Rows) (*Revision, error) {
	v, err := scanListed(r)
	if err != nil {
		return nil, err
	}
	return v, v.scanMetadata(r, listed, unpack)
}

// servedCols are the columns of a revision that a start reads: not who published it, and what that changed.
var servedCols = append([]string{"id"}, revisionCols[listed:]...)

// scanServed reads what serves of a revision, whose bundle has no other files.
func scanServed(r driver.Rows) (*Revision, error) {
	v := &Revision{Number: r.Value(0).Int()}
	return v, v.scanMetadata(r, 1, unpackServing)
}

// scanMetadata reads the metadata of a revision, which begins at a column, or of it what unpack takes apart.
func (r *Revision) scanMetadata(row driver.Rows, at int, unpack func(string) (Bundle, error)) error {
	r.packed, r.storage = row.Value(at).Clone().Text(), &catalog.Storage{}
	names := []byte(row.Value(at + 1).Text())
	var torn, unread error
	parallel.Each(2, func(i int) {
		if i == 0 {
			r.bundle, torn = unpack(r.packed)
		} else if unread = json.Unmarshal(names, r.storage); unread != nil {
			unread = fmt.Errorf("read storage map: %w", unread)
		}
	})
	return errors.Join(torn, unread)
}

func readRevisions(ctx context.Context, db *store.DB, q *driver.Query, scan func(driver.Rows) (*Revision, error)) (out []*Revision, err error) {
	st, err := db.Prepare(q)
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	err = db.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, nil, func(r driver.Rows) error {
			v, err := scan(r)
			out = append(out, v)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return out, nil
}

func readRevision(ctx context.Context, db *store.DB, n int64) (*Revision, error) {
	return readOne(ctx, db, n, revisionCols, scanRevision)
}

// readServed reads of a revision what a start needs.
func readServed(ctx context.Context, db *store.DB, n int64) (*Revision, error) {
	return readOne(ctx, db, n, servedCols, scanServed)
}

func readOne(ctx context.Context, db *store.DB, n int64, cols []string, scan func(driver.Rows) (*Revision, error)) (*Revision, error) {
	rs, err := readRevisions(ctx, db, revisionQuery(cols,
		driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(n)}}), scan)
	if err != nil {
		return nil, err
	}
	if len(rs) == 0 {
		return nil, errs.New(errs.NotFound, "there is no revision %d", "没有版本 %d", n)
	}
	return rs[0], nil
}

// History lists the revisions, newest first.
func (s *Service) History(ctx context.Context) ([]*Revision, error) {
	rs, err := readRevisions(ctx, s.Tenant.Store, revisionQuery(revisionCols[:listed], nil), scanListed)
	active := s.Tenant.Catalog().Revision
	for _, r := range rs {
		r.Active = r.Number == active
	}
	return rs, err
}

// Pull gives the files of one package of the active revision; nil when it is not installed.
func (s *Service) Pull(name string) map[string][]byte { return s.Bundle()[name] }

// insertRevision stores a revision under a number that is greater than all before.
func insertRevision(ctx context.Context, tx store.Tx, r *Revision) error {
	storage, err := json.Marshal(r.storage)
	if err != nil {
		return fmt.Errorf("write storage map: %w", err)
	}
	entries, err := json.Marshal(r.Entries)
	if err != nil {
		return fmt.Errorf("write changes: %w", err)
	}
	return tx.Insert(ctx, revisionTable, revisionCols, []value.Value{value.Ref(r.Number), value.Instant(r.At),
		value.Text(r.Author), value.Text(r.Message), value.Text(r.Status), value.JSON(string(entries)), value.Bytes(r.pack()),
		value.JSON(string(storage))})
}
