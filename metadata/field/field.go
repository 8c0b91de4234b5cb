// Package field says what a field type must be: its settings, its column, its place in GraphQL,
// how it reads input and writes output. Each type is one folder under plugins/fields. No other
// package switches over kinds of fields: it asks the value.
//
// A type's life: Type.New at publish, then for every write Coerce (and Check), for every read
// AppendJSON. Values are computed by runtime/record for fields that implement Computed.
package field

import (
	"encoding/json"
	"io"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is one kind of field.
type Type interface {
	Kind() string // as "type" in object.json
	// Doc is one sentence for authors.
	Doc() diag.Text
	// Spec declares the settings beyond those that all fields share.
	Spec() *spec.Spec
	// New makes the field that a declaration describes. It reports what is wrong with the
	// settings through env and then may return nil.
	New(decl model.Field, env Env) Field
}

// Monetary is implemented by types of which fields may be amounts in the currency of the record.
type Monetary interface {
	Type
	Monetary(decl model.Field) bool
}

// Env is what New may know and say.
type Env interface {
	// Object is the name of the object that the field belongs to.
	Object() string
	// HasObject says whether the catalogue has an object of this name; Objects lists them.
	HasObject(name string) bool
	Objects() []string
	// IDPrefix is what the ids of an object's records begin with in the API; "" if there is no
	// such object. Serves is the platform role that it plays, such as "user", or "".
	IDPrefix(object string) string
	Serves(object string) string
	// Decl is the merged declaration of a field of any object, or nil: a roll-up takes its type
	// from the child's field.
	Decl(object, name string) *model.Field
	// Picklist gives a global picklist, or nil; Picklists lists their names.
	Picklist(name string) *model.Picklist
	Picklists() []string
	// Type gives another type of the registry by kind (a formula's result), or nil.
	Type(kind string) Type
	// Errorf reports a finding at a setting ("" for the whole field).
	Errorf(code, setting string, summary diag.Text, suggestion *diag.Text)
	// Warnf reports a warning at a setting.
	Warnf(code, setting string, summary diag.Text, suggestion *diag.Text)
}

// Field is one resolved field: immutable and safe for concurrent use.
type Field interface {
	// Column is how the value is stored. A zero Type means that it is not stored (virtual).
	Column() driver.Column // Name is left empty; the catalogue chooses it
	// Shape is the field's place in GraphQL.
	Shape() Shape
	// Coerce turns input into the value to store. in is JSON-like: nil, bool, string,
	// json.Number, []any, map[string]any; text from CSV arrives as string. nil gives null.
	// The error names no field; the caller adds it.
	Coerce(in any) (value.Value, *errs.Error)
	// AppendJSON appends the JSON of a value as the API shows it.
	AppendJSON(dst []byte, v value.Value) []byte
}

// Shape is a field in the GraphQL schema.
type Shape struct {
	Output string // type of the output field without "!", e.g. "Decimal"
	Input  string // type of the input field without "!"; "" when it takes no input
	// Defs are SDL definitions that Output, Input, Parts and Operators refer to and that are not
	// built in (Decimal, DateTime and JSON are, besides the scalars of GraphQL itself),
	// by name; equal names must have equal text.
	Defs map[string]string
	// Filter is the name of the filter input type ("DecimalFilter"); "" when not filterable.
	// Its definition is generated from Operators.
	Filter    string
	Operators []Operator
	Sortable  bool
	Groupable bool
	// Aggregates that apply besides count and count_distinct.
	Aggregates []driver.AggFunc
	// Parts are date parts to group by ("year", "month" …); only dates have them.
	Parts []Part
	// Extra output fields computed from the same value, such as a picklist's label.
	Extra []Extra
}

// Operator is one key of a filter input, such as "gte".
type Operator struct {
	Name string // GraphQL name
	Arg  string // GraphQL type of its argument, e.g. "Decimal!" or "[ID!]!"
	// Coerce turns the argument's input into values; each becomes a Param in the order given.
	// The number of values must depend only on the operator.
	Coerce func(in any, now Now) ([]value.Value, *errs.Error)
	// Build makes the condition. col is the field's column; args has one Expr per coerced value.
	Build func(col driver.Expr, args []driver.Expr) driver.Expr
}

// Now is what a relative operator may know of the moment.
type Now struct {
	Micros int64  // microseconds since the Unix epoch
	Zone   string // IANA name of the tenant's time zone
	UserID int64  // of the caller
}

// Part is a derived group key, e.g. month: date → first day of its month.
type Part struct {
	Name  string
	Build func(col driver.Expr, zone string) driver.Expr
	// Output is the GraphQL type of the key.
	Output string
}

// Extra is a further output field derived from the same column value.
type Extra struct {
	Suffix string // appended to the field's GraphQL name: "Label"
	Output string // GraphQL type
	Append func(dst []byte, v value.Value, locale string) []byte
}

// Reference is implemented by fields that point to records.
type Reference interface {
	Field
	Targets() []string // object names; several for polymorphic references, ["*"] for any
	Many() bool        // a list of ids
	Polymorphic() bool // stored as text "prefix_id", not as a Ref
	OnDelete() Deletion
	Inverse() string // metadata name of the reverse relation, "" for the rule
	Master() bool    // detail of a master: cascades and inherits access
}

// Deletion is what happens to a record when the record that it points to is deleted.
type Deletion string

const (
	Restrict Deletion = "restrict" // the deletion is refused
	SetNull  Deletion = "setNull"  // the reference is cleared
	Cascade  Deletion = "cascade"  // this record is deleted too
)

// Masker is implemented by fields that can show a part of a value to those who may not see it
// whole. Without it they are shown null.
type Masker interface {
	Field
	// AppendMasked appends the JSON of what is left of a value.
	AppendMasked(dst []byte, v value.Value) []byte
}

// Computed is implemented by fields whose value the platform computes: formula, rollup,
// autonumber. Exactly one of the results is non-nil.
type Computed interface {
	Field
	Computation() Computation
}

// Computation says how a computed field gets its value.
type Computation struct {
	Formula    *Formula
	Rollup     *Rollup
	AutoNumber *AutoNumber
	TreePath   *TreePath
}

// Formula is an expression over the record.
type Formula struct {
	Expr   string
	Stored *bool  // nil: stored when it depends on stored fields of the same record alone
	Freeze string // condition under which the value stays as it is; "": never
}

// Rollup aggregates child records: From is "order_line.order_id" or multi-hop
// "order_line.order_id.dealer_id".
type Rollup struct {
	From     string
	Function string // count, sum, min, max, avg, count_distinct
	Field    string // of the child; "" for count
	Where    string // expression over the child, "" for all
}

// AutoNumber is a running number.
type AutoNumber struct {
	Format string // tokens {YYYY} {YY} {MM} {DD} {YYYYMM} {YYYYMMDD} {000…}; the period resets with the finest date token
}

// TreePath is the materialised path of a self-lookup: "/root/…/id/", ids in decimal.
type TreePath struct {
	Parent string // the self-lookup field
}

// Checked is implemented by fields with checks that depend on the rest of the record, such as
// dependent picklists. get reads another field's value of the same record.
type Checked interface {
	Field
	Check(v value.Value, get func(field string) value.Value) *errs.Error
}

// Defaulter is implemented by fields that have a default of their own where metadata gives none.
type Defaulter interface {
	Field
	DefaultValue() json.RawMessage
}

// Generated is implemented by fields that make a value of their own for a new record which has none.
// Of keys of that field alone no record has it yet, or another is made.
type Generated interface {
	Field
	Generate(random io.Reader) (value.Value, error)
}
