// Package catalog holds the immutable, resolved metadata of one tenant at one revision: what the
// runtime works from. metadata/resolve builds it; nothing changes it afterwards, so that it is
// safe to share without locks. It knows how things are stored, but never reads or writes data.
package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Catalog is everything a tenant has declared.
type Catalog struct {
	Revision  int64
	Packages  []Package // in dependency order
	Objects   []*Object // by name
	Picklists map[string]*model.Picklist
	Storage   *Storage
	Zone      string // IANA name of the tenant's time zone
	ByName    map[string]*Object
	ByPrefix  map[string]*Object // by id prefix
	Settings  []*Setting         // in the order of packages, and of names

	Apps         []*App           // in the order people see them in
	Decisions    []*Decision      // by name
	Tiers        []*TierTable     // by name
	Scorings     []*Scoring       // by name
	SLAs         []*SLA           // by name
	Segments     []*Segment       // by name
	Captures     []*Capture       // by name
	Sets         []*PermissionSet // by name
	Roles        []*Role          // by name
	SharingRules []*SharingRule   // of all objects
	Restrictions []*Restriction   // of all objects
	Bounds       []*Bound         // references of the user's record by which users reach records
	Teams        []*RecordTeam    // of all objects
	Approvals    []*Approval      // by key
	Scripts      []*Script        // by name
	Flows        []*Flow          // by key
	Connections  []*Connection    // by name
	Webhooks     []*Webhook       // by name
	Hooks        []*Hook          // by name
	Messages     []*Message       // by name
	Slots        int              // fields of all objects; see Field.Slot
}

// Package is an installed package.
type Package struct {
	Name, Version string
	Label         model.Text
	Requires      map[string]string
}

// Storage is the persisted map from logical to physical names. Physical names never change, so a
// rename moves no data, and a retype is a new column beside the old one. Nor are they used
// again: what was dropped may still be there for a while.
type Storage struct {
	Objects map[string]TableNames `json:"objects"`
	Retired []string              `json:"retired,omitempty"` // tables that were dropped, sorted
}

// TableNames are the physical names of one object.
type TableNames struct {
	Table   string                `json:"table"`
	Prefix  string                `json:"prefix"` // of the ids of its records
	Fields  map[string]ColumnName `json:"fields"`
	Retired []string              `json:"retired,omitempty"` // columns that were dropped, sorted
}

// ColumnName is the physical name of one field, with the type that its values have there.
type ColumnName struct {
	Column string `json:"column"`
	Type   string `json:"type"` // storage type, scale and precision
}

// Object finds an object by metadata name, or gives nil.
func (c *Catalog) Object(name string) *Object { return c.ByName[name] }

// FileField finds the field that keeps files in a column of a table, or gives nil.
func (c *Catalog) FileField(table, column string) *Field {
	for _, o := range c.Objects {
		if o.Table != table {
			continue
		}
		for _, f := range o.Fields {
			if _, ok := f.Type.(field.File); ok && f.Column == column {
				return f
			}
		}
	}
	return nil
}

// Serving gives the object that plays a platform role such as "user", or nil.
func (c *Catalog) Serving(role string) *Object {
	for _, o := range c.Objects {
		if o.Serves == role {
			return o
		}
	}
	return nil
}

// Names of the fields that every object has.
const (
	ID         = "id"          // Ref
	Version    = "version"     // Int, from 1, +1 per write
	CreatedAt  = "created_at"  // DateTime
	CreatedBy  = "created_by"  // Ref to the object that serves "user"
	UpdatedAt  = "updated_at"  // DateTime
	UpdatedBy  = "updated_by"  // Ref
	Owner      = "owner_id"    // Ref
	DeletedAt  = "deleted_at"  // DateTime; not null means in the recycle bin
	ExternalID = "external_id" // Text, unique where not null: "package:key" of seed records
	RecordType = "record_type" // Text; only on objects with record types
	Currency   = "currency"    // Text; only on objects with money fields and none declared

	// Only on objects of which records can be locked. All but Locks tell of the first lock.
	Locked     = "locked"      // Bool
	LockedBy   = "locked_by"   // Ref; null where a process holds it
	LockedAt   = "locked_at"   // DateTime
	LockReason = "lock_reason" // Text
	Locks      = "locks"       // JSON
)

// LockFeature is the feature of objects of which records can be locked.
const LockFeature = "lock"

// IsLockField says whether a system field tells of locks.
func IsLockField(name string) bool {
	return name == Locked || name == LockedBy || name == LockedAt || name == LockReason || name == Locks
}

// Object is one resolved object.
type Object struct {
	Place       int    // in Catalog.Objects
	Name        string // snake_case
	Package     string
	IDPrefix    string
	Serves      string
	Label       model.Text
	PluralLabel model.Text
	Help        model.Text
	Sharing     string
	Features    map[string]bool
	RecordTypes []model.RecordType
	Table       string // physical table

	// GraphQL names, by the rules of api.go: "Dealer", "dealer", "dealers".
	TypeName, SingularName, PluralName string

	Fields    []*Field // system fields first, then as declared
	ByName    map[string]*Field
	ByAPIName map[string]*Field
	NameField *Field // may be nil
	Keys      []*Key
	Indexes   []*Index
	Rules     []*Rule
	Apart     []*NoOverlap
	// Duplicates are the rules that find records that are likely to be the same.
	Duplicates []*DuplicateRule
	// Stage tells how far a record has come, by the order of its choices; nil when nothing does.
	Stage *Field
	// Path is the picklist that people see as the record's stages; nil: none was declared.
	Path      *Field
	Layouts   []*Layout  // by name
	Views     []*View    // in the order people see them in
	Ledger    *Ledger    // nil: the records are no entries of accounts
	Inverses  []*Inverse // reverse relations
	InverseOf map[string]*Inverse

	// Formulas are this object's stored formulas in an order in which each comes after what it
	// depends on.
	Formulas []*Field
	// FeedsRollups are the rollup fields, of any object, whose value can change when a record of
	// this object is created, changed or deleted (as the child, or as a hop of the path).
	FeedsRollups []*Field
	// FeedsFormulas are stored formulas of other objects (or of other records of this one) that
	// read fields of this object over a path of lookups.
	FeedsFormulas []*FormulaFeed
	// Master is the field that makes this object a detail, or nil.
	Master *Field
	// Storage is the physical table, with system columns and all indexes.
	Storage driver.Table
	// Access is who reaches records beyond their owners; nil when nothing is declared.
	Access *Sharing
	// Decides says that who may do what depends on records of this object.
	Decides bool
	// DecidesBy are fields of the object of which a change alters who may do what.
	DecidesBy []*Field
	Actions   []*Action // by name
	// Guarded says that the platform alone writes the object's records.
	Guarded bool
	// FilesOf names the object whose records' files these records are, where the platform made the
	// object for its feature "files"; else "".
	FilesOf string
	// InputOf is set for the object that holds an action's input: it has no table.
	InputOf *Action
	// PartOf is set for the objects that hold the inputs and outputs of a decision table.
	PartOf *Decision
}

// Field finds a field by metadata name, or gives nil.
func (o *Object) Field(name string) *Field { return o.ByName[name] }

// Addr is the object's address.
func (o *Object) Addr() addr.Address {
	if o.InputOf != nil {
		return o.InputOf.Addr()
	}
	if o.PartOf != nil {
		return o.PartOf.Addr()
	}
	return addr.Object(o.Name)
}

// Index is the place of a field in Fields.
func (o *Object) Index(f *Field) int { return f.Place }

// Field is one resolved field.
type Field struct {
	Place   int // in Object.Fields
	Slot    int // among the fields of all objects
	Object  *Object
	Name    string // snake_case
	APIName string // GraphQL name of the value: "tierId", "creditLimit"
	RelName string // of references: GraphQL name of the record(s): "tier", "brands"; else ""
	Package string
	Kind    string
	Type    field.Field
	Decl    model.Field // as merged from the packages; the zero value for system fields
	Label   model.Text
	Help    model.Text
	System  bool

	Column string // physical column; "" when virtual
	Store  driver.Column

	Required, Unique, ReadOnly, History, Search, Translatable, PII, Secured bool

	Default *Default // nil: none
	Money   bool     // an amount; of which currency, InCurrency says

	// At most one of these is set.
	Formula    *Formula
	Rollup     *Rollup
	AutoNumber *AutoNumber
	TreePath   *TreePath
	// KeyOf is set for the keys of duplicate rules. Only the platform reads them: they have no name
	// in the API and are in no map of names.
	KeyOf *DuplicateRule
	// Ref is set for references to records.
	Ref *Reference
}

// Computed says whether the platform writes the field.
func (f *Field) Computed() bool {
	return f.Formula != nil || f.Rollup != nil || f.AutoNumber != nil || f.TreePath != nil
}

// Col is the field as an expression of the store; only for stored fields.
func (f *Field) Col() driver.Expr { return driver.Col{Name: f.Column} }

// Addr is the field's address; of a duplicate rule's key, that of the rule.
func (f *Field) Addr() addr.Address {
	if f.KeyOf != nil {
		return f.KeyOf.Addr()
	}
	return f.Object.Addr().Field(f.Name)
}

// InCurrency says whether values of the field are amounts in the currency of its record: amounts, and what formulas
// and roll-ups make of amounts. What a formula converts has another currency.
func (f *Field) InCurrency() bool {
	if r := f.Rollup; r != nil {
		return r.Field != nil && r.Func != driver.CountDistinct && r.Field.InCurrency() && f.Object.Field(Currency) != nil
	}
	return f.Money && (f.Formula == nil || !f.Formula.Program.UsesRates())
}

// Default is a literal or an expression.
type Default struct {
	Value value.Value
	Expr  *expr.Program // evaluated at creation when not nil
}

// Formula is a computed value.
type Formula struct {
	Program *expr.Program
	Stored  bool // else evaluated when read
	// Freeze is a condition over fields of the record: while it was and is true, the value stays.
	Freeze *expr.Program // nil: never
}

// Rollup aggregates descendants.
type Rollup struct {
	Func  driver.AggFunc
	Child *Object
	// Path leads from Child up to the object that has the rollup: Path[0] is a reference of
	// Child, the last one points to the rollup's object.
	Path  []*Field
	Field *Field        // of Child; nil for count
	Where *expr.Program // over Child; nil for all
}

// AutoNumber is a parsed format.
type AutoNumber struct{ Format string }

// TreePath is a materialised path over a self-lookup.
type TreePath struct{ Parent *Field }

// Reference is a resolved reference.
type Reference struct {
	Targets     []*Object // several for polymorphic ones
	Many        bool
	Polymorphic bool
	OnDelete    field.Deletion
	Master      bool
	Inverse     *Inverse // on the single target; nil for polymorphic references
}

// Target is the only target of a plain lookup.
func (r *Reference) Target() *Object { return r.Targets[0] }

// Inverse is a reverse relation: the children of a record over one of their references.
type Inverse struct {
	Name  string // GraphQL name: "regionAuthorizations"
	Child *Object
	Via   *Field // of Child
}

// FormulaFeed is a stored formula elsewhere that reads this object.
type FormulaFeed struct {
	Formula *Field
	// Path leads from the formula's object to this one: lookups in order.
	Path []*Field
	// Fields of this object that it reads.
	Fields []*Field
}

// Key is a unique combination.
type Key struct {
	Name            string
	APIName         string
	Fields          []*Field
	Where           *expr.Program
	CaseInsensitive bool
	Index           string // physical name
	Message         model.Text
}

// Index is a declared, non-unique index.
type Index struct {
	Name    string
	Fields  []*Field
	Desc    []bool
	Include []*Field
	Where   *expr.Program
	Index   string // physical name
}

// Rule is a validation rule.
type Rule struct {
	Name    string
	Package string
	When    *expr.Program
	Create  bool
	Update  bool
	Delete  bool
	Field   *Field // may be nil
	Warning bool
	Message model.Text
}
