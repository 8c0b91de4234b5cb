package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// draftTable has one row: what is being changed of the tenant's own package.
const draftTable = "_draft"

const draftID = 1

// maxDraft bounds the files of a draft, in bytes.
const maxDraft = 8 << 20

func draftTableOf() driver.Table {
	return driver.Table{Name: draftTable, Columns: []driver.Column{
		{Name: "version", Type: driver.Int},
		{Name: "base", Type: driver.Int},
		{Name: "files", Type: driver.JSON},
		{Name: "at", Type: driver.DateTime},
		{Name: "author", Type: driver.Text},
	}}
}

// Draft is what people are changing of the tenant's own package before they publish it. Administrators
// of a tenant share one.
type Draft struct {
	Version int64              // grows with each save; 0: there never was one
	Base    int64              // the revision that it began at
	Files   map[string]*string // what differs from the package's files, by path; nil: the file is taken away
	At      time.Time
	Author  string
}

// Draft reads the draft.
func (s *Service) Draft(ctx context.Context) (d Draft, err error) {
	err = s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		d, err = s.readDraft(ctx, tx)
		return err
	})
	return d, err
}

func (s *Service) readDraft(ctx context.Context, tx store.Tx) (Draft, error) {
	d := Draft{Files: map[string]*string{}}
	var cols []driver.Expr
	for _, c := range []string{"version", "base", "files", "at", "author"} {
		cols = append(cols, driver.Col{Name: c})
	}
	q, err := s.Tenant.Store.Prepare(&driver.Query{Table: draftTable, Select: cols})
	if err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	err = each(ctx, tx, q, nil, func(r driver.Rows) error {
		d.Version, d.Base, d.At, d.Author = r.Value(0).Int(), r.Value(1).Int(), r.Value(3).AsTime(), r.Value(4).Clone().Text()
		return json.Unmarshal([]byte(r.Value(2).Text()), &d.Files)
	})
	if err != nil {
		return d, fmt.Errorf("read the draft: %w", err)
	}
	return d, nil
}

// SaveDraft keeps a draft in place of the one of a version, and gives it with its new version. No files
// make it empty. Whoever saves what another has saved since is refused: VERSION_CONFLICT.
func (s *Service) SaveDraft(ctx context.Context, files map[string]*string, version int64, author string) (Draft, error) {
	if files == nil {
		files = map[string]*string{}
	}
	size := 0
	for path, text := range files {
		if size += len(path); text != nil {
			size += len(*text)
		}
	}
	if size > maxDraft {
		return Draft{}, errs.New(errs.InvalidInput, "the draft is larger than %d MB", "草稿超过 %d MB", maxDraft>>20)
	}
	b, err := json.Marshal(files)
	if err != nil {
		return Draft{}, fmt.Errorf("write the draft: %w", err)
	}
	var d Draft
	err = s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		was, err := s.readDraft(ctx, tx)
		if err != nil {
			return err
		}
		if was.Version != version {
			return errs.New(errs.VersionConflict, "%s has changed the draft meanwhile; load it again", "%s 已修改草稿，请重新加载", was.Author).With("version", was.Version)
		}
		d = Draft{Version: version + 1, Base: was.Base, Files: files, At: s.opt.Clock.Now(), Author: author}
		if len(was.Files) == 0 {
			d.Base = s.Tenant.Catalog().Revision
		}
		cols := []string{"version", "base", "files", "at", "author"}
		vals := []value.Value{value.Int(d.Version), value.Int(d.Base), value.JSON(string(b)), value.Instant(d.At), value.Text(author)}
		found, err := tx.Update(ctx, draftTable, draftID, cols, vals)
		if err != nil || found {
			return err
		}
		return tx.Insert(ctx, draftTable, append([]string{"id"}, cols...), append([]value.Value{value.Ref(draftID)}, vals...))
	})
	return d, err
}

// Check says what is wrong with the metadata that packages lead to, as a plan would, without counting.
func (s *Service) Check(ctx context.Context, packages Bundle, remove []string) (diag.List, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, findings, err := s.outcome(ctx, &Proposal{Packages: packages, Remove: remove})
	return findings, err
}
