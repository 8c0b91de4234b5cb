package fieldkit

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// TextField is a field stored as text. Types fill it and are done.
type TextField struct {
	MinLength, MaxLength int // in characters
	Multiline            bool
	Trim                 bool
	NoInput              bool
	// Read checks and normalises text that is within the lengths; nil: it stays as it is.
	Read func(s string) (string, *errs.Error)
	// Mask leaves a part of a text for those who may not see it whole; nil: Veil.
	Mask func(s string) string
}

var _ field.Masker = (*TextField)(nil)

func (f *TextField) Column() driver.Column { return driver.Column{Type: driver.Text} }

func (f *TextField) Shape() field.Shape {
	s := field.Shape{Output: "String", Input: "String", Filter: "StringFilter", Operators: StringOperators(),
		Sortable: true, Groupable: true, Aggregates: []driver.AggFunc{driver.Min, driver.Max}}
	if f.NoInput {
		s.Input = ""
	}
	return s
}

// StringOperators are the operators of StringFilter. The list is one for all, with no room behind it.
func StringOperators() []field.Operator { return stringOperators() }

var stringOperators = sync.OnceValue(func() []field.Operator {
	read := func(in any) (value.Value, *errs.Error) {
		s, err := String(in, true)
		return value.Text(s), err
	}
	return slices.Clip(append(append(Equality("String", read), Ordering("String", read)...), Matching()...))
})

// Coerce stores empty text as null, so that "no value" has one spelling.
func (f *TextField) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil {
		return value.Null, nil
	}
	s, err := String(in, f.Multiline)
	if err != nil {
		return value.Null, err
	}
	if f.Trim {
		s = strings.TrimSpace(s)
	}
	if s == "" {
		return value.Null, nil
	}
	if n := utf8.RuneCountInString(s); n > f.MaxLength {
		return value.Null, Refused("has %d characters, at most %d are allowed", "有 %d 个字符，最多允许 %d 个", n, f.MaxLength)
	} else if n < f.MinLength {
		return value.Null, Refused("has %d characters, at least %d are needed", "有 %d 个字符，至少需要 %d 个", n, f.MinLength)
	}
	if f.Read != nil {
		if s, err = f.Read(s); err != nil {
			return value.Null, err
		}
	}
	if s == "" {
		return value.Null, nil
	}
	return value.Text(s), nil
}

// AppendMasked shows what the mask leaves.
func (f *TextField) AppendMasked(dst []byte, v value.Value) []byte {
	mask := f.Mask
	if mask == nil {
		mask = Veil
	}
	return AppendString(dst, mask(v.Text()))
}

// Veil leaves the first character of a text, whatever its length: "张***".
func Veil(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n] + "***"
}

func (f *TextField) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return AppendString(dst, v.Text())
}
