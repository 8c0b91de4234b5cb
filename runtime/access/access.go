// Package access decides what a caller may do: with objects, fields and actions by permission,
// with records by filters that the store applies. It never looks at rows itself.
package access

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Op is something one can do with the records of an object.
type Op uint8

const (
	Read Op = iota
	Create
	Update
	Delete
)

// Profile is what one caller may do under one catalogue: immutable, shared, cheap to ask.
type Profile interface {
	// Key identifies the profile in caches of plans: equal keys, equal decisions.
	Key() string
	// Can says whether the caller may do op with any record of the object at all.
	Can(o *catalog.Object, op Op) bool
	// Rows is the condition that the object's records must meet for op; nil means all.
	Rows(o *catalog.Object, op Op) driver.Expr
	// CanRead and CanWrite say whether the caller sees, or may set, a field.
	CanRead(f *catalog.Field) bool
	CanWrite(f *catalog.Field) bool
}

// Everything is the profile of administrators and of the platform itself.
var Everything Profile = everything{}

type everything struct{}

func (everything) Key() string                          { return "*" }
func (everything) Can(*catalog.Object, Op) bool         { return true }
func (everything) Rows(*catalog.Object, Op) driver.Expr { return nil }
func (everything) CanRead(*catalog.Field) bool          { return true }
func (everything) CanWrite(f *catalog.Field) bool       { return true }

func (everything) May(*catalog.Object, string) bool { return true }

// May says whether the holder of a profile has a permission for an action of the object's records.
func May(p Profile, o *catalog.Object, permission string) bool {
	a, ok := p.(interface {
		May(o *catalog.Object, action string) bool
	})
	return ok && a.May(o, permission)
}
