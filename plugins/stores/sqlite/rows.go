package sqlite

import (
	"fmt"
	"strings"
	"unsafe"

	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/platform/store/algebra"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// rows is a cursor over the segments of one variant.
type rows struct {
	t    *tx
	s    *stmt
	key  variantKey
	v    *variant
	args []value.Value
	cur  *cached
	part int
	left int64 // rows still wanted; -1: all
	seen int64
	keys []int64 // of a batch, those still to come
	buf  []byte  // texts of the current row
	err  error
}

// start binds and begins the current segment.
func (r *rows) start() error {
	g := &r.v.segments[r.part]
	st, err := r.t.c.read(g)
	if err != nil {
		return err
	}
	r.cur = st
	if err := bindSlots(st, g.slots, r.args, r.left); err != nil {
		return joinIf(err, r.release())
	}
	r.nextKey()
	return nil
}

// nextKey gives the statement of a batch its next key; false when there is none.
func (r *rows) nextKey() bool {
	if len(r.keys) == 0 {
		return false
	}
	for i, s := range r.v.segments[0].slots {
		if s.param == keySlot {
			r.cur.BindInt64(i+1, r.keys[0])
		}
	}
	r.keys = r.keys[1:]
	return true
}

func bindSlots(st *cached, slots []slot, args []value.Value, limit int64) error {
	for i, s := range slots {
		if s.param == keySlot {
			continue // bound key by key
		}
		if s.limit {
			st.BindInt64(i+1, limit)
			continue
		}
		if s.param < 0 || s.param >= len(args) {
			return fmt.Errorf("sqlite: argument %d of %d", s.param, len(args))
		}
		var d datum
		var err error
		if s.list {
			d, err = encodeList(args[s.param], s.typ)
		} else {
			d, err = encode(args[s.param], s.typ, s.op)
		}
		if err != nil {
			return fmt.Errorf("argument %d: %w", s.param, err)
		}
		st.bind(i+1, d)
	}
	return nil
}

func (r *rows) release() error {
	if r.cur == nil {
		return nil
	}
	st := r.cur
	r.cur = nil
	return st.release()
}

// Next goes to the next row.
func (r *rows) Next() bool {
	r.buf = r.buf[:0]
	for r.cur != nil && r.err == nil {
		more, err := r.cur.Step()
		switch {
		case err != nil && r.overflowed(err):
			if r.err = r.again(); r.err != nil {
				return false
			}
			continue
		case err != nil:
			r.err = failure(err)
			_ = r.release() // it reports the same error again
			return false
		case more:
			r.seen++
			if r.left > 0 && r.s.q.Per == nil {
				r.left--
			}
			return true
		}
		if len(r.keys) > 0 {
			if r.err = failure(r.cur.Reset()); r.err == nil {
				r.nextKey()
			}
			continue
		}
		if r.err = r.release(); r.err != nil {
			return false
		}
		if r.part++; r.part < len(r.v.segments) && r.left != 0 {
			r.err = r.start()
		}
	}
	return false
}

func (r *rows) overflowed(err error) bool {
	return !r.key.exact && strings.Contains(err.Error(), "integer overflow")
}

// again repeats an aggregation whose sum left 64 bits with wider sums, up to where it was; the
// snapshot is the same, so the rows are.
func (r *rows) again() error {
	_ = r.release() // it reports the overflow again
	r.key.exact = true
	v, err := r.s.variant(r.key)
	if err != nil {
		return err
	}
	r.v = v
	if r.left >= 0 {
		r.left += r.seen
	}
	if err := r.start(); err != nil {
		return err
	}
	for range r.seen {
		if more, err := r.cur.Step(); err != nil || !more {
			return failure(err)
		}
	}
	if r.left >= 0 {
		r.left -= r.seen
	}
	return nil
}

// Value reads column i.
func (r *rows) Value(i int) value.Value {
	if r.cur == nil || i < 0 || i >= len(r.v.types) {
		return value.Null
	}
	st, t := r.cur, r.v.types[i]
	if st.ColumnType(i) == sqlite.TypeNull {
		return value.Null
	}
	switch t.rep {
	case rInt:
		return intValue(st.ColumnInt64(i), t)
	case rReal:
		return value.Float(st.ColumnFloat(i))
	case rNum:
		v, err := algebra.ParseNumber(r.text(i))
		if err != nil {
			r.err = err
			return value.Null
		}
		return numValue(v, t)
	}
	switch s := r.text(i); t.t {
	case driver.Bytes:
		return value.Bytes(s)
	case driver.List:
		return value.List(s)
	case driver.JSON:
		return value.JSON(s)
	default:
		return value.Text(s)
	}
}

func intValue(n int64, t typ) value.Value {
	switch t.t {
	case driver.Bool:
		return value.Bool(n != 0)
	case driver.Decimal:
		return value.Decimal(n, t.scale)
	case driver.Date:
		return value.Date(n)
	case driver.Time:
		return value.Time(n)
	case driver.DateTime:
		return value.DateTime(n)
	case driver.Ref:
		return value.Ref(n)
	}
	return value.Int(n)
}

func numValue(v value.Value, t typ) value.Value {
	if t.t == driver.Int {
		return value.Floor(v)
	}
	if t.scale > 0 {
		if x := v.Rescale(t.scale); !x.IsNull() {
			return x
		}
	}
	return v
}

// text copies the text of column i into the buffer of the row. A full buffer is left to the
// values that point into it.
func (r *rows) text(i int) string {
	n := r.cur.ColumnLen(i)
	if n == 0 {
		return ""
	}
	start := len(r.buf)
	if start+n > cap(r.buf) {
		r.buf, start = make([]byte, 0, max(256, 2*cap(r.buf), n)), 0
	}
	r.buf = r.buf[:start+n]
	r.cur.ColumnBytes(i, r.buf[start:])
	return unsafe.String(&r.buf[start], n)
}

// Err is the error that ended the rows.
func (r *rows) Err() error { return r.err }

// Close ends the use of the statement.
func (r *rows) Close() error {
	if r.cur == nil {
		return nil
	}
	return r.release()
}
