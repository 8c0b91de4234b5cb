// Package expr is the expression language of formulas, rules, conditions and filters: it parses,
// checks types against the catalogue, evaluates, and translates to the store's algebra with
// identical results. It is pure: it reads no data and no clock; inputs are handed to it.
package expr

import (
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the type of an expression. Object names the record type of a Ref; Elem the element of
// a List; Scale the digits after the point that a Decimal field stores.
type Type struct {
	Kind   value.Kind
	Object string
	Elem   value.Kind
	Scale  uint8
}

// Symbol is what a name means on an object.
type Symbol struct {
	Type Type
	// Name is the field's metadata name (lookups written "region" or "region_id" both give "region_id").
	Name string
	// Codes are the legal values of a picklist; comparing with another literal is a finding.
	Codes []string
	// Virtual is the program of a field that is not stored, for translation by inlining; else nil.
	Virtual *Program
	// Column gives the field in the store's algebra; nil when it has no column.
	Column driver.Expr
}

// Child is a reverse relation or a child object, for COUNT, EXISTS, SUM … over child records.
type Child struct {
	Object string
	Via    string // metadata name of the child's reference field
	Table  string
	Link   driver.Link
	Live   driver.Expr // over the child: which rows count, not those in the recycle bin; nil: all
}

// Scope tells what names mean. It is asked while compiling, never afterwards.
type Scope interface {
	// Symbol finds a field of an object.
	Symbol(object, name string) (Symbol, bool)
	// Names lists the field names of an object, for suggestions.
	Names(object string) []string
	// Children finds the child records of object: name is the child object, or "child@field"
	// or "child.field" where several references lead to object.
	Children(object, name string) (Child, bool)
	// ChildNames lists what Children would find.
	ChildNames(object string) []string
	// Table is the physical table of an object.
	Table(object string) string
}

// Options say what an expression may use.
type Options struct {
	Scope  Scope
	Object string         // the record that names belong to
	Want   Type           // expected result; Kind KindNull: any
	Prior  bool           // PRIOR, ISCHANGED, ISNEW are allowed (rules)
	Zone   string         // IANA name of the tenant's time zone, for dates of instants
	Loc    *time.Location // what Zone names, for callers that compile much; nil: it is loaded
	Self   string         // name of the field being defined, for messages
}

// Problem is a finding inside a source text. Start and End count bytes from 0.
type Problem struct {
	Code       string // "unknown-name", "type-mismatch", "syntax" …
	Start, End int
	Summary    diag.Text
	Suggestion *diag.Text
}

// InputKind says where an Input's value comes from.
type InputKind uint8

const (
	FieldInput   InputKind = iota // field Field of the record that Path leads to
	PriorInput                    // the same before the write
	AggInput                      // an aggregate over child records
	RoleInput                     // Bool: the caller has role Name
	SettingInput                  // package setting Name
)

// Input is one value that a program needs; Eval takes them in the order of Inputs.
type Input struct {
	Kind  InputKind
	Path  []string // metadata names of the lookups to follow from the record; empty: the record itself
	Field string
	Type  Type
	Agg   *Aggregate // of AggInput
	Name  string     // of RoleInput, SettingInput
}

// Aggregate is COUNT, EXISTS, SUM … over children, with its own condition.
type Aggregate struct {
	Child Child
	Func  driver.AggFunc // Count for EXISTS too
	Expr  *Program       // over the child; nil for counts
	Where *Program       // over the child; nil for all. Outer names are not visible inside.
}

// Env is the moment of evaluation.
type Env struct {
	NowMicros int64 // microseconds since the Unix epoch
	IsNew     bool  // the record is being created
	Rates     Rates // nil: none are known
}
