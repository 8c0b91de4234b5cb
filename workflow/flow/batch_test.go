package flow

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// TestBatches: whatever was written, each record is in one batch, once and in the order of the writes; no batch has
// more records, or more of what was before, than a run is about, and none could have taken the first of the next.
func TestBatches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		size, n := 1+r.IntN(200), r.IntN(600)
		var all []Written
		var want []string
		for i := range n {
			w := Written{Record: fmt.Sprintf("lead_%d", i), Verb: "update", Prior: map[string]Value{"a": {Kind: "text", Text: strings.Repeat("x", r.IntN(20_000))}}}
			all, want = append(all, w), append(want, w.Record)
			if r.IntN(10) == 0 {
				all = append(all, w)
			}
		}
		bytes := func(ws ...Written) (n int) {
			for _, w := range ws {
				n += len(w.Record) + Size(w.Prior)
			}
			return n
		}
		var got []string
		parts := Batches(all, size)
		for i, some := range parts {
			if len(some) == 0 || len(some) > size || bytes(some...) > MaxPayload && len(some) > 1 {
				t.Fatalf("a batch of %d of %d, %d bytes", len(some), size, bytes(some...))
			}
			if i > 0 && len(parts[i-1]) < size && bytes(parts[i-1]...)+bytes(some[0]) <= MaxPayload {
				t.Fatalf("a batch of %d of %d has room for the next", len(parts[i-1]), size)
			}
			for _, w := range some {
				got = append(got, w.Record)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

// TestWrittenTwice: a record that one write changes several times is known as it was before the first of them.
func TestWrittenTwice(t *testing.T) {
	v := func(s string) Value { return Value{Kind: "text", Text: s} }
	for _, x := range []struct {
		name string
		all  []Written
		want Written
	}{
		{"changed twice", []Written{{"a_1", "update", map[string]Value{"x": v("1")}, []string{"x"}}, {"a_1", "update", map[string]Value{"x": v("2"), "y": v("3")}, []string{"x", "y"}}},
			Written{"a_1", "update", map[string]Value{"x": v("1"), "y": v("3")}, []string{"x", "y"}}},
		{"made and changed", []Written{{"a_1", "create", nil, nil}, {"a_1", "update", map[string]Value{"x": v("1")}, []string{"x"}}}, Written{"a_1", "create", nil, nil}},
		{"changed and deleted", []Written{{"a_1", "update", map[string]Value{"x": v("1")}, []string{"x"}}, {"a_1", "delete", map[string]Value{}, nil}}, Written{"a_1", "delete", map[string]Value{"x": v("1")}, []string{"x"}}},
	} {
		if got := Batches(x.all, 10); len(got) != 1 || len(got[0]) != 1 || !reflect.DeepEqual(got[0][0], x.want) {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}
