package sqlite

import (
	"slices"
	"testing"

	"github.com/tenon-platform/tenon/platform/value"
)

// FuzzWholes: what is read as a plain list of numbers is what a decoder of JSON finds in it.
func FuzzWholes(f *testing.F) {
	for _, s := range []string{"[]", "[1]", "[1,2,-3]", "[ 1]", "[1,]", "[01]", "[-0]", "[+1]", "[1.0]", "[9223372036854775808]", `["1"]`, "[1", "1]", "", "[,]", "[-]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		got, plain := wholes(list)
		if !plain {
			return
		}
		ds, err := elements(value.List(list), tRef)
		if err != nil {
			t.Fatalf("%q: %v", list, err)
		}
		want := []int64{}
		for _, d := range ds {
			want = append(want, d.n)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", list, got, want)
		}
	})
}

// TestOnce: of equal keys the first one is left, in few and in many.
func TestOnce(t *testing.T) {
	for _, n := range []int64{0, 1, 20, 33, 100} {
		var keys, want []int64
		for i := range n {
			keys = append(keys, i, i/2, 0)
			want = append(want, i)
		}
		if got := once(keys); !slices.Equal(got, want) {
			t.Errorf("%d: %v", n, got)
		}
	}
}
