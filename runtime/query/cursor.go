package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Cursors makes and checks the cursors of one tenant. A cursor is opaque to callers: the values of
// the order's expressions in one row, with a code that only the tenant's key can make, bound to
// the object and the order, so that a forged or foreign cursor is refused and never misread.
type Cursors struct{ macs sync.Pool }

const macSize = 12

// NewCursors makes cursors under a tenant's secret key.
func NewCursors(key []byte) *Cursors {
	own := append([]byte(nil), key...)
	return &Cursors{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, own) }}}
}

// Signature identifies the object and order that a cursor belongs to.
func Signature(table string, order []driver.Order) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s", table)
	for _, o := range order {
		fmt.Fprintf(h, "\x00%T%+v %t", o.Expr, o.Expr, o.Desc)
	}
	return h.Sum(nil)
}

// Append appends the cursor of a row with these order values.
func (c *Cursors) Append(dst []byte, sig []byte, vals []value.Value) []byte {
	var few [128]byte
	raw := few[:0]
	for _, v := range vals {
		raw = appendValue(raw, v)
	}
	raw = c.sum(raw, sig, raw)
	return base64.RawURLEncoding.AppendEncode(dst, raw)
}

// Parse gives the order values in a cursor of this signature; the error is INVALID_INPUT.
func (c *Cursors) Parse(cursor string, sig []byte, n int) ([]value.Value, *errs.Error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	// The decoder passes over line breaks, so that one cursor could be written in many ways.
	if err != nil || len(raw) < macSize || len(cursor) > 8192 || strings.ContainsAny(cursor, "\r\n") {
		return nil, badCursor()
	}
	body, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(mac, c.sum(nil, sig, body)) {
		return nil, badCursor()
	}
	out := make([]value.Value, 0, n)
	for len(body) > 0 {
		v, rest, ok := readValue(body)
		if !ok {
			return nil, badCursor()
		}
		out, body = append(out, v), rest
	}
	if len(out) != n {
		return nil, badCursor()
	}
	return out, nil
}

func badCursor() *errs.Error {
	return errs.New(errs.InvalidInput, "the cursor does not belong to this list and order", "游标不属于此列表及排序")
}

func (c *Cursors) sum(dst, sig, body []byte) []byte {
	h, ok := c.macs.Get().(hash.Hash)
	if !ok {
		return dst
	}
	defer c.macs.Put(h)
	h.Reset()
	var out [sha256.Size]byte
	// A hash never fails to write.
	_, _ = h.Write(sig)
	_, _ = h.Write(body)
	return append(dst, h.Sum(out[:0])[:macSize]...)
}

func appendValue(dst []byte, v value.Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case value.KindNull:
		return dst
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON:
		return appendText(dst, v.Text())
	case value.KindDecimal:
		return appendText(dst, string(v.AppendDecimal(nil)))
	case value.KindFloat: // its bits: not every float is a decimal that can be read
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float64()))
	case value.KindBool:
		if v.Bool() {
			return append(dst, 1)
		}
		return append(dst, 0)
	default:
		return binary.AppendVarint(dst, v.Int())
	}
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func readValue(b []byte) (value.Value, []byte, bool) {
	kind, b := value.Kind(b[0]), b[1:]
	switch kind {
	case value.KindNull:
		return value.Null, b, true
	case value.KindBool:
		if len(b) == 0 {
			return value.Null, nil, false
		}
		return value.Bool(b[0] == 1), b[1:], true
	case value.KindFloat:
		if len(b) < 8 {
			return value.Null, nil, false
		}
		x := math.Float64frombits(binary.BigEndian.Uint64(b))
		return value.Float(x), b[8:], !math.IsNaN(x)
	case value.KindText, value.KindBytes, value.KindList, value.KindJSON, value.KindDecimal:
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return value.Null, nil, false
		}
		v, ok := textValue(kind, string(b[k:k+int(n)]))
		return v, b[k+int(n):], ok
	}
	n, k := binary.Varint(b)
	if k <= 0 {
		return value.Null, nil, false
	}
	v, ok := intValue(kind, n)
	return v, b[k:], ok
}

func textValue(kind value.Kind, s string) (value.Value, bool) {
	switch kind {
	case value.KindText:
		return value.Text(s), true
	case value.KindBytes:
		return value.Bytes(s), true
	case value.KindList:
		return value.List(s), true
	case value.KindJSON:
		return value.JSON(s), true
	}
	v, err := value.ParseDecimal(s)
	return v, err == nil
}

func intValue(kind value.Kind, n int64) (value.Value, bool) {
	switch kind {
	case value.KindInt:
		return value.Int(n), true
	case value.KindDate:
		return value.Date(n), true
	case value.KindTime:
		return value.Time(n), true
	case value.KindDateTime:
		return value.DateTime(n), true
	case value.KindRef:
		return value.Ref(n), true
	}
	return value.Null, false
}
