// Package record is the one door for writes: access → coerce → defaults → computed fields →
// validation → store → roll-ups of parents → history → outbox event, in one store transaction.
// Reads go through runtime/query.
package record

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Verb is a kind of write.
type Verb uint8

const (
	Create Verb = iota
	Update
	Upsert // by Key: update the record that has it, else create
	Delete // to the recycle bin
	Restore
	Purge // for good
	// Revert and Erase take writes back, as undoing an import does; validation rules do not apply,
	// for what was there before was valid then.
	Revert // set Values back
	Erase  // remove for good, at once, a record that nothing refers to
	// Lock and Unlock say who may write a record from then on.
	Lock
	Unlock
)

// Op is one write of one record. Input maps GraphQL field names to JSON-like values (see
// field.Field.Coerce); a key that is present with nil clears the field, an absent one leaves it.
// Relation names hold nested writes: on a lookup {"connect": {key}} or {"create": {…}}, on a
// reverse relation {"create": […], "connect": […], "update": [{"id", "patch"}], "delete": [ids]}.
type Op struct {
	Verb      Verb
	Object    *catalog.Object
	ID        int64          // all but Upsert; may be given for Create by loaders (0: a new one)
	Key       map[string]any // Upsert: the fields of one unique key, by GraphQL name
	Input     map[string]any
	IfVersion *int64                         // refuse unless the record has this version
	Existing  bool                           // Upsert: refuse to create
	Lock      *LockSpec                      // Lock, Unlock
	Values    map[*catalog.Field]value.Value // Revert: what to store, as read from the store
	Scripted  bool                           // a script of a package writes: it may set read-only fields of packages, too
}

// Options of a batch.
type Options struct {
	Atomic bool // one failing row fails all
	Loader bool // tenon load and seeds: ids and read-only system fields may be given, no history of creations
	// Check runs everything and keeps nothing.
	Check bool
	// Through: the platform itself writes, which no lock stops and no watcher hears of.
	Through bool
	// Before makes results tell which values updates replaced.
	Before bool
	// Once makes the write happen once, however often it is repeated; nil: every time. A check is
	// never remembered.
	Once *Once
	// After runs inside the transaction, once the writes are done, to read what was written. It
	// may run more than once.
	After func(tx store.Tx, results []Result) error
}

// Result is the outcome of one Op. Err is set for failed rows of a non-atomic batch.
type Result struct {
	ID       int64
	Version  int64
	Created  bool
	Warnings []Warning
	Err      *errs.Error
	Row      map[*catalog.Field]value.Value // the stored values after the write
	Before   map[*catalog.Field]value.Value // with Options.Before, what an update replaced; computed and system fields are left out
	Values   map[string]value.Value         // what an action answers besides, by name
	Merge    *Merged                        // of a merge
}

// Warning is a rule of severity "warning" that was true, or a duplicate rule that found something.
type Warning struct {
	Rule    string
	Field   string
	Message diag.Text
	Records []string // ids of the duplicates that the caller may see
}

// Steward finds records that are the same, and merges them.
type Steward interface {
	Duplicates(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, d Draft) ([]Found, error)
	Merge(ctx context.Context, cat *catalog.Catalog, p access.Profile, m Merge, opt Options) ([]Result, error)
	Unmerge(ctx context.Context, cat *catalog.Catalog, p access.Profile, id int64, opt Options) ([]Result, error)
	Merges(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, o *catalog.Object, id int64) ([]*Merged, error)
}

// Writer writes records of one tenant.
type Writer interface {
	// Write carries out ops in order. The caller is in the context (platform/ident). The error,
	// if any, is an *errs.Error; for an atomic batch its Index tells the row.
	Write(ctx context.Context, p access.Profile, ops []Op, opt Options) ([]Result, error)
}
