// Package access decides what a caller may do: with objects, fields and actions by permission,
// with records by filters that the store applies. It never looks at rows itself. Permissions are
// declared in metadata; casbin holds them, and they are compiled to bitsets, so that a request
// asks neither metadata nor policies.
package access

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Op is something one can do with the records of an object.
type Op uint8

const (
	Read Op = iota
	Create
	Update
	Delete
	// Keep is no permission: its rows are those that a record must be among after a write.
	Keep
)

// Profile is what one caller may do under one catalogue: immutable, shared, cheap to ask.
type Profile interface {
	// Key identifies the profile in caches of plans: with equal keys the decisions are equal, and
	// so are the conditions, but for the values of attributes.
	Key() string
	// Catalog is the catalogue that the profile was made for; nil when it serves any.
	Catalog() *catalog.Catalog
	// Can says whether the caller may do op with any record of the object at all.
	Can(o *catalog.Object, op Op) bool
	// Rows is the condition that the object's records must meet for op; nil means all. Attributes
	// of the caller stand in it as bind gives them.
	Rows(o *catalog.Object, op Op, bind Bind) driver.Expr
	// Value is the caller's own value of an attribute.
	Value(a Attr) value.Value
	// CanRead and CanWrite say whether the caller sees, or may set, a field.
	CanRead(f *catalog.Field) bool
	CanWrite(f *catalog.Field) bool
	// Part says of a roll-up, or of a formula over lookups, that the caller may not read, because it
	// is computed of records that are not all the caller's, that what follows from those that are may
	// be shown: of a formula the values that Told is met for.
	Part(f *catalog.Field) bool
	// Masked says that the caller sees a part of a field's values alone, and CanReveal that they
	// are shown whole on request, which is recorded.
	Masked(f *catalog.Field) bool
	CanReveal(f *catalog.Field) bool
	// May says whether the caller may start an action of the object's records.
	May(o *catalog.Object, action string) bool
	// Has says whether the caller has a right that belongs to no object.
	Has(right string) bool
	// Roles are the names of the caller's roles.
	Roles() []string
}

// Bind gives the expression, usually a parameter, that an attribute's value is put in for.
type Bind func(Attr) driver.Expr

// Attr is an attribute of a caller that conditions refer to.
type Attr struct {
	Kind AttrKind
	N    int  // Owners: the catalog.Depth; Shared: Object.Place; Member: RecordTeam.Place; Bound: Bound.Place
	Edit bool // Shared and Member: with the right to change the record
}

// AttrKind is what an attribute tells.
type AttrKind uint8

const (
	User        AttrKind = iota // id of the user
	Owners                      // ids of the users whose records the caller reaches
	Shared                      // ids of the records shared with the caller by hand
	Member                      // ids of the records whose team the caller is in
	Territories                 // ids of the caller's territories and those below
	Queues                      // ids of the caller's queues
	Brands                      // ids of the caller's brands
	Bound                       // ids of what the caller's own record leads to, and of what is below it
)

// Everything is the profile of administrators and of the platform itself.
var Everything Profile = everything{}

type everything struct{}

func (everything) Key() string                                { return "*" }
func (everything) Catalog() *catalog.Catalog                  { return nil }
func (everything) Can(*catalog.Object, Op) bool               { return true }
func (everything) Rows(*catalog.Object, Op, Bind) driver.Expr { return nil }
func (everything) Value(Attr) value.Value                     { return value.Null }
func (everything) CanRead(*catalog.Field) bool                { return true }
func (everything) CanWrite(*catalog.Field) bool               { return true }
func (everything) Part(*catalog.Field) bool                   { return false }
func (everything) Masked(*catalog.Field) bool                 { return false }
func (everything) CanReveal(*catalog.Field) bool              { return false }
func (everything) May(*catalog.Object, string) bool           { return true }
func (everything) Has(string) bool                            { return true }
func (everything) Roles() []string                            { return nil }
