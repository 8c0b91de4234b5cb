// Package value holds the scalar values that fields, expressions and stores exchange:
// exact, comparable and small. It knows nothing of objects, columns or GraphQL.
package value

import (
	"bytes"
	"cmp"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// Kind says what a Value holds.
type Kind uint8

// The kinds, in no order of meaning.
const (
	KindNull     Kind = iota
	KindBool          // n: 0 or 1
	KindInt           // n
	KindFloat         // n: IEEE bits; coordinates only, never money
	KindDecimal       // n: unscaled digits with scale; or s: canonical text where 18 digits do not suffice
	KindText          // s: valid UTF-8
	KindBytes         // s
	KindDate          // n: days since 1970-01-01
	KindTime          // n: milliseconds since midnight
	KindDateTime      // n: microseconds since the Unix epoch, UTC
	KindRef           // n: id of a record
	KindList          // s: compact JSON array of strings or integers
	KindJSON          // s: compact JSON
)

// Value is one immutable scalar. It is comparable with ==, which means "same kind and same
// representation"; Equal compares by meaning. The zero Value is null.
//
// The text of a Value read from a store row is valid until the row's next Next; Clone keeps it.
type Value struct {
	k     Kind
	scale uint8
	n     int64
	s     string
}

// Null is the absent value.
var Null = Value{}

// Constructors: each gives a non-null value of its kind.

// Bool is true or false.
func Bool(b bool) Value {
	if b {
		return Value{k: KindBool, n: 1}
	}
	return Value{k: KindBool}
}
func Int(n int64) Value     { return Value{k: KindInt, n: n} }
func Text(s string) Value   { return Value{k: KindText, s: s} }
func Bytes(s string) Value  { return Value{k: KindBytes, s: s} }
func Ref(id int64) Value    { return Value{k: KindRef, n: id} }
func JSON(s string) Value   { return Value{k: KindJSON, s: s} }
func List(js string) Value  { return Value{k: KindList, s: js} }
func Date(days int64) Value { return Value{k: KindDate, n: days} }

// Time is a time of day in milliseconds since midnight.
func Time(ms int64) Value { return Value{k: KindTime, n: ms} }

// DateTime is an instant in microseconds since the Unix epoch.
func DateTime(us int64) Value { return Value{k: KindDateTime, n: us} }

// Instant is the DateTime of t, cut to microseconds.
func Instant(t time.Time) Value { return DateTime(t.UnixMicro()) }

func (v Value) Kind() Kind        { return v.k }
func (v Value) IsNull() bool      { return v.k == KindNull }
func (v Value) Bool() bool        { return v.n != 0 }
func (v Value) Int() int64        { return v.n } // of Int, Ref, Date, Time, DateTime and small Decimals (unscaled)
func (v Value) Text() string      { return v.s } // of Text, Bytes, List, JSON
func (v Value) Scale() uint8      { return v.scale }
func (v Value) AsTime() time.Time { return time.UnixMicro(v.n).UTC() }

// Clone copies the text of v so that it outlives the row it was read from.
func (v Value) Clone() Value {
	v.s = strings.Clone(v.s)
	return v
}

// Compare orders two values of comparable kinds: null first, numbers by value whatever their
// kind, text by bytes. Kinds that do not compare order by kind, so that sorting stays total.
func Compare(a, b Value) int {
	switch {
	case a.k == KindNull || b.k == KindNull:
		return cmp.Compare(b2i(a.k != KindNull), b2i(b.k != KindNull))
	case a.isNumber() && b.isNumber():
		return compareNumbers(a, b)
	case a.k != b.k:
		return cmp.Compare(a.k, b.k)
	case a.k == KindText || a.k == KindBytes || a.k == KindList || a.k == KindJSON:
		return bytes.Compare([]byte(a.s), []byte(b.s))
	default:
		return cmp.Compare(a.n, b.n)
	}
}

// Equal says whether a and b mean the same; null equals null here (SQL's null does not: that is
// the business of expressions).
func Equal(a, b Value) bool { return a == b || Compare(a, b) == 0 }

func (v Value) isNumber() bool {
	return v.k == KindInt || v.k == KindDecimal || v.k == KindFloat || v.k == KindBool
}

func compareNumbers(a, b Value) int {
	if a.small() && b.small() {
		if x, y, _, ok := align(a, b); ok {
			return cmp.Compare(x, y)
		}
	}
	var x, y apd.Decimal
	return a.Apd(&x).Cmp(b.Apd(&y))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
