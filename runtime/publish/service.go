// Package publish changes what a tenant runs: load → resolve → plan → count → apply → swap, with
// history and rollback. The designer, the CLI and the package manager call the same functions.
// It keeps the metadata in the tenant's own store, so that a revision and the data it describes
// can never part.
package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/live"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/runtime/setting"
)

// Options of a Service.
type Options struct {
	Fields field.Registry
	// Engines are those that record actions may call.
	Engines action.Engines
	// Checks are what is asked of a catalogue beside metadata itself, before it is published.
	Checks []resolve.Check
	Clock  clock.Clock
	Zone   string // of a tenant that is opened for the first time
	Log    *slog.Logger
	Audit  *audit.Log // takes publishes down, and what they write that decides access; may be nil
	// Tables are further system tables that every tenant's store has.
	Tables    []driver.Table
	Activated []Activated
	// Running counts the instances of a process that are not over; nil: none are counted.
	Running func(ctx context.Context, process string) (int64, error)
	// Room refuses records that there is no room for; nil: there always is.
	Room func() error
	// Prove runs the cases of processes before they are published; nil: none are run.
	Prove Prove
	// Passing says that the tenant is thrown away soon, and others like it follow: they take the memory that it leaves
	// behind, so none is given back to the system.
	Passing bool
}

// Activated is called in the transaction that makes a catalogue the active one.
type Activated func(ctx context.Context, tx store.Tx, a Activation) error

// Activation is a catalogue that takes the place of another.
type Activation struct {
	Old, New *catalog.Catalog
	At       time.Time
	Runs     map[string]string // as a Proposal has them
}

// Service publishes the metadata of one tenant.
type Service struct {
	Tenant   *live.Tenant
	Records  *record.Service
	Actions  *action.Service
	Settings *setting.Service
	opt      Options
	mu       sync.Mutex // one publish at a time
	prog     progress
	active   string // the packed bundle of the active revision; see bundle
	proved   *proving
	last     *resolved // while a publish is under way
}

// Open opens a tenant's store and activates its last revision. An apply that was cut off is
// carried on by Resume.
func Open(ctx context.Context, name string, db *store.DB, opt Options) (*Service, error) {
	if err := createTables(ctx, db, slices.Concat(SystemTables(), record.SystemTables(), opt.Tables)); err != nil {
		return nil, fmt.Errorf("create the system tables: %w", err)
	}
	s := &Service{opt: opt}
	defer func() { s.last = nil }()
	st, err := readState(ctx, db)
	if err != nil {
		return nil, err
	}
	rev := &Revision{bundle: Bundle{}} // nothing is published yet
	if st.revision > 0 {
		if rev, err = readServed(ctx, db, st.revision); err != nil {
			return nil, err
		}
	}
	s.active = rev.pack()
	cat, findings := s.served(rev)
	if err := findings.Err(); err != nil {
		return nil, fmt.Errorf("resolve revision %d: %w", st.revision, err)
	}
	var attachments []driver.Table // a revision of before there were such objects has no tables for them
	for _, o := range cat.Objects {
		if o.FilesOf != "" {
			attachments = append(attachments, o.Storage)
		}
	}
	if err := createTables(ctx, db, attachments); err != nil {
		return nil, fmt.Errorf("create the tables of attachments: %w", err)
	}
	if err := indexElements(ctx, db, cat); err != nil {
		return nil, fmt.Errorf("index references to many: %w", err)
	}
	s.Tenant = live.NewTenant(name, db, cat)
	if s.Records, err = record.New(record.Deps{Tenant: s.Tenant, Clock: opt.Clock, Audit: opt.Audit, Room: opt.Room}); err != nil {
		return nil, err
	}
	s.Settings = setting.New(s.Tenant, opt.Clock)
	s.Actions = action.New(s.Records, s.Tenant.Catalog, opt.Engines)
	return s, nil
}

// createTables makes the tables that are not there yet, and the indexes that those of before lack, all
// or none.
func createTables(ctx context.Context, db *store.DB, ts []driver.Table) error {
	if len(ts) == 0 {
		return nil
	}
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.Name
	}
	have, err := parts(ctx, db, names)
	if err != nil {
		return err
	}
	changes := make([]driver.Change, len(ts))
	for i, t := range ts {
		changes[i] = driver.CreateTable{Table: t}
		for _, x := range t.Indexes {
			if have[t.Name] && !have[t.Name+"."+x.Name] {
				changes = append(changes, driver.CreateIndex{Table: t.Name, Index: x})
			}
		}
	}
	return db.Change(ctx, changes...)
}

// parts are the tables of these names that there are, and their indexes as "table.index".
func parts(ctx context.Context, db *store.DB, tables []string) (map[string]bool, error) {
	there, err := db.Schema(ctx, tables...)
	have := map[string]bool{}
	for _, t := range there {
		have[t.Name] = true
		for _, x := range t.Indexes {
			have[t.Name+"."+x.Name] = true
		}
	}
	return have, err
}

// indexElements makes the indexes over elements that tables of before there were such indexes lack.
func indexElements(ctx context.Context, db *store.DB, cat *catalog.Catalog) error {
	var names []string
	var wanted []driver.CreateIndex
	for _, o := range cat.Objects {
		for _, x := range o.Storage.Indexes {
			if x.Elements {
				names, wanted = append(names, o.Table), append(wanted, driver.CreateIndex{Table: o.Table, Index: x})
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	have, err := parts(ctx, db, names)
	if err != nil {
		return err
	}
	var changes []driver.Change
	for _, c := range wanted {
		if have[c.Table] && !have[c.Table+"."+c.Index.Name] {
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return db.Change(ctx, changes...)
}

// Bundle is the metadata of the active revision.
func (s *Service) Bundle() Bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bundle()
}

// bundle is the metadata of the active revision. It is taken apart each time: it is ten times as large as
// what is kept of it, and asked for when somebody plans.
func (s *Service) bundle() Bundle {
	b, err := unpack(s.active)
	if err != nil {
		panic(fmt.Sprintf("publish: what was packed does not unpack: %v", err))
	}
	return b
}

type state struct {
	exists   bool
	revision int64
	job      *job
}

func readState(ctx context.Context, db *store.DB) (st state, err error) {
	q, err := db.Prepare(&driver.Query{Table: stateTable,
		Select: []driver.Expr{driver.Col{Name: "revision"}, driver.Col{Name: "job"}}})
	if err != nil {
		return st, fmt.Errorf("read state: %w", err)
	}
	err = db.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, q, nil, func(r driver.Rows) error {
			st.exists, st.revision = true, r.Value(0).Int()
			if v := r.Value(1); !v.IsNull() {
				st.job = &job{}
				return json.Unmarshal([]byte(v.Text()), st.job)
			}
			return nil
		})
	})
	if err != nil {
		return st, fmt.Errorf("read state: %w", err)
	}
	return st, nil
}

// each runs fn on every row of a query.
func each(ctx context.Context, tx store.Tx, q driver.Stmt, args []value.Value, fn func(driver.Rows) error) error {
	rows, err := tx.Query(ctx, q, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := fn(rows); err != nil {
			return closing(rows, err)
		}
	}
	return closing(rows, rows.Err())
}

func closing(rows driver.Rows, err error) error {
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}
