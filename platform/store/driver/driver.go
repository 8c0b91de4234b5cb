// Package driver is what a store engine implements: tables with typed columns, keys and indexes,
// a small query algebra, transactions and schema changes. It knows nothing of objects,
// permissions or workflows. Programs use platform/store, the portable concrete type over this.
//
// An engine proves itself with platform/store/storetest. What it cannot do it declares in
// Capabilities; there is no partial answer: an engine evaluates an expression exactly as the
// algebra says, or refuses it with ErrUnsupported when the statement is prepared.
package driver

import (
	"context"
	"errors"

	"github.com/tenon-platform/tenon/platform/value"
)

// Errors that engines return, bare or wrapped with %w.
var (
	ErrUnsupported = errors.New("store: not supported by this engine")
	ErrClosed      = errors.New("store: closed")
	ErrBusy        = errors.New("store: too busy, try again") // retries were exhausted
	ErrNoTable     = errors.New("store: no such table or column")
	ErrTooComplex  = errors.New("store: the statement is too complex for this engine")
	// ErrReadOnly: a write in View.
	ErrReadOnly = errors.New("store: write in a read transaction")
)

// DuplicateError is a write that broke a unique index.
type DuplicateError struct {
	Table, Index string
}

func (e *DuplicateError) Error() string { return "store: duplicate in " + e.Table + "." + e.Index }

// Engine opens databases of one kind, for instance all tenants' SQLite files.
type Engine interface {
	Name() string // "sqlite"
	Capabilities() Capabilities
	// Open opens, or creates, the database of one tenant.
	Open(ctx context.Context, tenant string) (DB, error)
	// Drop removes the database of one tenant for good.
	Drop(ctx context.Context, tenant string) error
}

// Capabilities names what an engine lacks; the zero value lacks nothing.
type Capabilities struct {
	Missing []string // names of storetest cases' requirements, e.g. "transactions", "filter-arithmetic"
}

// DB is one tenant's database. It is safe for concurrent use.
type DB interface {
	// Prepare compiles a query for any number of later executions. ErrUnsupported, ErrNoTable.
	Prepare(q *Query) (Stmt, error)
	// View runs fn on one consistent snapshot. Readers never wait for writers.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in one atomic, durable, serialised write transaction. fn may run more than
	// once (retries, group commit) and must have no effect outside tx. When Update returns nil,
	// the writes are durable.
	Update(ctx context.Context, fn func(Tx) error) error
	// Change carries out schema changes in order, online. It is idempotent: repeating a change that
	// is already done succeeds. An engine that can makes the whole call one transaction, so that
	// five hundred new tables cost one commit.
	Change(ctx context.Context, cs ...Change) error
	// Schema tells the tables as they physically are: those of these names that there are, or all if none is named.
	Schema(ctx context.Context, only ...string) ([]Table, error)
	// Size is the bytes on disk.
	Size(ctx context.Context) (int64, error)
	Close() error
}

// Exclusive is a DB of an engine whose databases one process has open at a time.
type Exclusive interface {
	// Exclusive says whether nobody else writes to the database while it is open here.
	Exclusive() bool
}

// Measured is a DB that keeps room on disk for what is to come, and can tell it from what it holds.
type Measured interface {
	// Used is the bytes of tables and indexes: it becomes less when rows are removed.
	Used(ctx context.Context) (int64, error)
}

// Stmt is a prepared query; it belongs to its DB and is safe for concurrent use.
type Stmt interface {
	// Explain describes how the engine would run it: the index used, or a full scan.
	Explain(ctx context.Context) (Access, error)
}

// Access is how an engine reaches the rows of a statement's main table.
type Access struct {
	Index string // "" for a full scan
	Sorts bool   // rows are sorted after they are read
	Text  string // the engine's own words
}

// Tx is a transaction; it must not be used after fn returns, nor by two goroutines.
type Tx interface {
	// Query runs a prepared query. args fill the Params. The caller closes the rows.
	Query(ctx context.Context, s Stmt, args []value.Value) (Rows, error)
	// Insert adds rows; every row has a value for each of cols, which include "id".
	// DuplicateError.
	Insert(ctx context.Context, table string, cols []string, rows ...[]value.Value) error
	// Update sets cols of the row with this id. It reports whether there was such a row.
	// DuplicateError.
	Update(ctx context.Context, table string, id int64, cols []string, vals []value.Value) (bool, error)
	// UpdateWhere sets cols to constants in all rows that match; it reports how many.
	UpdateWhere(ctx context.Context, table string, where Expr, args []value.Value, cols []string, vals []value.Value) (int64, error)
	// Delete removes the rows with these ids; it reports how many there were.
	Delete(ctx context.Context, table string, ids ...int64) (int64, error)
	// DeleteWhere removes the rows that match; it reports how many.
	DeleteWhere(ctx context.Context, table string, where Expr, args []value.Value) (int64, error)
	// NextSequence adds by to the named counter and returns its new value; counters start at 0.
	// Counters are transactional.
	NextSequence(ctx context.Context, name string, by int64) (int64, error)
}

// Rows is a cursor over a result.
type Rows interface {
	Next() bool
	// Value reads column i of the current row in the type its expression has. Its text is valid
	// until the next Next or Close.
	Value(i int) value.Value
	Err() error
	Close() error
}

// Type is the storage type of a column.
type Type uint8

const (
	Bool Type = iota + 1
	Int
	Float
	Decimal // Column.Scale digits after the point, Column.Precision digits in all
	Text
	Bytes
	Date
	Time
	DateTime
	Ref  // id of a row
	List // JSON array of strings, or of ids
	JSON
)

// Column is one typed column. Every column may be null except "id".
type Column struct {
	Name      string
	Type      Type
	Scale     uint8 // of Decimal
	Precision uint8 // of Decimal; 0 means 18. Up to 38.
}

// Table is a table. Its primary key is the column "id" of type Ref, which Columns does not list.
type Table struct {
	Name    string
	Columns []Column
	Indexes []Index
	Search  []string // text columns that Search looks into
}

// Index speeds up filters and orders, and, if Unique, forbids equal rows. Null is equal to
// nothing: rows with a null among the columns of a unique index never collide.
type Index struct {
	Name    string
	Columns []IndexColumn
	Include []string // columns held besides, to filter by without reading the row; an engine may leave them out
	Unique  bool
	Where   Expr // partial: only rows for which it is true; constants only, no Params. nil: all rows
	// Elements: over the elements of its one column, a List, so that Has finds rows by it. Such an
	// index is neither unique nor partial and includes nothing.
	Elements bool
}

// IndexColumn is one column of an index.
type IndexColumn struct {
	Column string
	Desc   bool
	Fold   bool // compare ASCII letters without case
}

// Change is a schema change: one of the types below.
type Change interface{ isChange() }

type (
	CreateTable struct{ Table Table }
	DropTable   struct{ Name string }
	AddColumn   struct {
		Table  string
		Column Column
	}
	// DropColumn removes a column and its data, and the indexes over it.
	DropColumn  struct{ Table, Column string }
	CreateIndex struct {
		Table string
		Index Index
	}
	DropIndex struct{ Table, Index string }
	// SetSearch makes exactly these text columns searchable.
	SetSearch struct {
		Table   string
		Columns []string
	}
)

func (CreateTable) isChange() {}
func (DropTable) isChange()   {}
func (AddColumn) isChange()   {}
func (DropColumn) isChange()  {}
func (CreateIndex) isChange() {}
func (DropIndex) isChange()   {}
func (SetSearch) isChange()   {}
