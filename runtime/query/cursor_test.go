package query

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var sample = []value.Value{value.Null, value.Bool(true), value.Int(-5), value.Decimal(1230, 2), value.Text("名 \x00"), value.Date(20500),
	value.Time(1), value.DateTime(1772442000000000), value.Ref(1 << 60), value.List(`["a"]`), value.JSON(`{"a":1}`), value.Float(1.5)}

func TestCursor(t *testing.T) {
	c := NewCursors([]byte("key"))
	order := []driver.Order{{Expr: driver.Col{Name: "a"}}, {Expr: ID}}
	sig := Signature("t", order)
	text := string(c.Append(nil, sig, sample))
	got, err := c.Parse(text, sig, len(sample))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sample {
		if got[i].Kind() != sample[i].Kind() || !value.Equal(got[i], sample[i]) {
			t.Errorf("value %d: got %+v, want %+v", i, got[i], sample[i])
		}
	}
	refused := func(name, text string, c *Cursors, sig []byte, n int) {
		if _, err := c.Parse(text, sig, n); err == nil || err.Code != errs.InvalidInput {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for i := range text {
		for _, r := range []byte{'A', 'B', '='} {
			if forged := []byte(text); forged[i] != r {
				forged[i] = r
				refused("forged", string(forged), c, sig, len(sample))
			}
		}
		refused("cut", text[:i], c, sig, len(sample))
	}
	refused("another tenant's", text, NewCursors([]byte("other")), sig, len(sample))
	refused("another table's", text, c, Signature("u", order), len(sample))
	refused("another direction's", text, c, Signature("t", Reversed(order)), len(sample))
	refused("too few values", text, c, sig, len(sample)+1)
	refused("empty", "", c, sig, 0)
}

func TestIDs(t *testing.T) {
	for _, s := range []string{"", "_", "_1", "a_", "a_-1", "a_01", "a_+1", "a_9223372036854775808", "a_1 ", "a"} {
		if p, id, ok := SplitID(s); ok {
			t.Errorf("%q is read as %s %d", s, p, id)
		}
	}
	if p, id, ok := SplitID("price_list_9223372036854775807"); !ok || p != "price_list" || id != 1<<63-1 {
		t.Error(p, id, ok)
	}
}

// FuzzCursor: whatever a caller sends is refused or was made here, and never panics; and what the
// bytes behind the seal say is read without panic even if the key leaked.
func FuzzCursor(f *testing.F) {
	c := NewCursors([]byte("key"))
	sig := Signature("t", []driver.Order{{Expr: ID}})
	f.Add(string(c.Append(nil, sig, sample)), []byte{1, 2})
	f.Add("", binary.BigEndian.AppendUint64([]byte{byte(value.KindFloat)}, math.Float64bits(1e60)))
	f.Add("AAAA", []byte{byte(value.KindText), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, text string, body []byte) {
		if vals, err := c.Parse(text, sig, len(sample)); err == nil {
			if again := c.Append(nil, sig, vals); !bytes.Equal(again, []byte(text)) {
				t.Errorf("%q was not made here", text)
			}
		}
		for rest := body; len(rest) > 0; {
			v, next, ok := readValue(rest)
			if !ok {
				break
			}
			if len(next) >= len(rest) {
				t.Fatal("no progress")
			}
			if back, _, ok := readValue(appendValue(nil, v)); !ok || value.Compare(back, v) != 0 {
				t.Errorf("%+v comes back as %+v", v, back)
			}
			rest = next
		}
	})
}
