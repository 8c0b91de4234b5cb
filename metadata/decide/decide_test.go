package decide_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/decide"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// scope has the inputs of the tables below: n, a whole number, m, an amount, and t, a text.
type scope struct{}

var inputs = []decide.Input{{Name: "n", Type: expr.Type{Kind: value.KindInt}}, {Name: "m", Type: expr.Type{Kind: value.KindDecimal, Scale: 1}},
	{Name: "t", Type: expr.Type{Kind: value.KindText}, Required: true}}

func (scope) Symbol(_, name string) (expr.Symbol, bool) {
	for _, in := range inputs {
		if in.Name == name {
			return expr.Symbol{Name: name, Type: in.Type}, true
		}
	}
	return expr.Symbol{}, false
}
func (scope) Names(string) []string                      { return nil }
func (scope) Children(string, string) (expr.Child, bool) { return expr.Child{}, false }
func (scope) ChildNames(string) []string                 { return nil }
func (scope) Table(string) string                        { return "" }

func compile(t testing.TB, src string) *expr.Program {
	t.Helper()
	p, problems := expr.Compile(src, expr.Options{Scope: scope{}, Zone: "UTC"})
	if len(problems) > 0 {
		t.Fatalf("%s: %+v", src, problems)
	}
	return p
}

// table makes a table of rows such as "n > 3; t = 'a' => n * 2".
func table(t testing.TB, hit decide.Hit, rows ...string) *decide.Table {
	t.Helper()
	out := &decide.Table{Name: "t", Hit: hit, Inputs: inputs, Zone: time.UTC, Outputs: []decide.Output{{Name: "out", Type: expr.Type{Kind: value.KindInt}}}}
	var v decide.Version
	for i, src := range rows {
		when, then, _ := strings.Cut(src, " => ")
		r := decide.Row{Name: fmt.Sprint("r", i), Priority: i % 3, Then: []decide.Give{decide.NewGive(compile(t, then), inputs)}}
		for _, cell := range strings.Split(when, "; ") {
			if cell == "" {
				continue
			}
			at := slices.IndexFunc(inputs, func(in decide.Input) bool {
				return strings.HasPrefix(cell, in.Name+" ") || strings.Contains(cell, "("+in.Name+" ")
			})
			r.Cells = append(r.Cells, decide.NewCell(at, cell, compile(t, cell), inputs))
		}
		v.Rows = append(v.Rows, r)
	}
	out.Versions = []decide.Version{v}
	return out
}

// TestPolicies: the table of each policy over the same rows, for an input that hits none, one and several.
func TestPolicies(t *testing.T) {
	rows := []string{"n > 10 => 1", "n > 20 => 2", "n > 30; t = 'x' => n", "n is null => null"}
	for _, c := range []struct {
		hit  decide.Hit
		n    value.Value
		want string
	}{
		{decide.First, value.Int(5), "null []"}, {decide.First, value.Int(15), "1 [0]"}, {decide.First, value.Int(40), "1 [0]"},
		{decide.Priority, value.Int(40), "40 [2]"}, {decide.Priority, value.Int(25), "2 [1]"}, {decide.Priority, value.Null, "null [3]"},
		{decide.Unique, value.Int(15), "1 [0]"}, {decide.Unique, value.Int(25), "null [0 1] several rows hit, where one may: r0 and r1"},
		{decide.Collect, value.Int(40), "'[1,2,40]' [0 1 2]"}, {decide.RuleOrder, value.Int(5), "'[]' []"},
		{decide.CollectSum, value.Int(40), "43 [0 1 2]"}, {decide.CollectSum, value.Int(5), "null []"},
		{decide.CollectMin, value.Int(40), "1 [0 1 2]"}, {decide.CollectMax, value.Int(40), "40 [0 1 2]"},
		{decide.CollectCount, value.Int(40), "3 [0 1 2]"}, {decide.CollectCount, value.Null, "0 [3]"},
	} {
		r, err := table(t, c.hit, rows...).Decide([]value.Value{c.n, value.Null, value.Text("x")}, expr.Env{})
		got := fmt.Sprintf("%s %v", decide.Literal(r.Values[0]), r.Hits)
		if err != nil {
			got += " " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.hit, decide.Literal(c.n), got, c.want)
		}
	}
}

// TestChecksAgreeWithTrying makes random tables of comparisons, and holds what Check says against
// trying every input of a grid that is finer than all constants of the rows.
func TestChecksAgreeWithTrying(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	grid := tryAll()
	found := map[decide.FaultKind]int{}
	for range 150 {
		var rows []string
		for range 1 + r.IntN(5) {
			cells := []string{}
			if r.IntN(3) > 0 {
				cells = append(cells, fmt.Sprintf("n %s %d", pick("<", "<=", ">", ">=", "=", "<>"), r.IntN(4)))
			}
			if r.IntN(5) == 0 {
				cells = append(cells, fmt.Sprintf("n %s %d", pick("<", ">"), r.IntN(4)))
			}
			if r.IntN(2) > 0 {
				cells = append(cells, pick("m < 0.5", "m >= 0.5", "m between 0.2 and 1", "m is null", "not (m > 0.7)", "m in (0.1, 1.5)", "m <= 0.25"))
			}
			if r.IntN(2) > 0 {
				cells = append(cells, pick("t = 'a'", "t in ('a', 'b')", "t <> 'b'", "t not in ('a')", "t = 'b' or t = 'c'"))
			}
			rows = append(rows, strings.Join(cells, "; ")+" => 1")
		}
		for _, hit := range []decide.Hit{decide.Unique, decide.First, decide.Priority} {
			tb := table(t, hit, rows...)
			want := tried(tb, grid)
			got := map[string]bool{}
			for _, f := range tb.Check(&tb.Versions[0]) {
				found[f.Kind]++
				got[fmt.Sprint(f.Kind, f.Row)] = true
			}
			// Of overlaps one is told for each row: that some are there is what must agree.
			if hit == decide.Unique {
				got, want = some(got), some(want)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s of %q: Check says %v, trying says %v", hit, rows, got, want)
			}
		}
	}
	for _, k := range []decide.FaultKind{decide.Gap, decide.Overlap, decide.Shadowed, decide.Never} {
		if found[k] < 10 {
			t.Errorf("only %d tables had a fault of kind %d", found[k], k)
		}
	}
}

// some takes the numbers of overlapping rows out.
func some(faults map[string]bool) map[string]bool {
	out := map[string]bool{}
	for k := range faults {
		if strings.HasPrefix(k, fmt.Sprint(decide.Overlap)) {
			k = "overlap"
		}
		out[k] = true
	}
	return out
}

func tryAll() (out [][]value.Value) {
	var ns, ms []value.Value
	for n := int64(-2); n <= 6; n++ {
		ns = append(ns, value.Int(n))
	}
	for m := int64(-2); m <= 20; m++ {
		ms = append(ms, value.Decimal(m, 1))
	}
	for _, n := range append(ns, value.Null) {
		for _, m := range append(ms, value.Null) {
			for _, t := range []string{"a", "b", "c", "d"} {
				out = append(out, []value.Value{n, m, value.Text(t)})
			}
		}
	}
	return out
}

// tried finds the faults by trying.
func tried(tb *decide.Table, grid [][]value.Value) map[string]bool {
	v := tb.Versions[0]
	hit, counts := map[int]bool{}, map[int]bool{}
	out := map[string]bool{}
	all := *tb
	all.Hit = decide.Collect
	for _, in := range grid {
		every, _ := all.Decide(in, expr.Env{})
		r, err := tb.Decide(in, expr.Env{})
		for _, i := range every.Hits {
			hit[i] = true
		}
		if err != nil {
			out[fmt.Sprint(decide.Overlap, r.Hits[1])] = true
		}
		for _, i := range r.Hits {
			counts[i] = true
		}
		if len(r.Hits) == 0 {
			out[fmt.Sprint(decide.Gap, 0)] = true
		}
	}
	for i := range v.Rows {
		switch {
		case !hit[i]:
			out[fmt.Sprint(decide.Never, i)] = true
		case !counts[i] && tb.Hit != decide.Unique:
			out[fmt.Sprint(decide.Shadowed, i)] = true
		}
	}
	return out
}

// TestExamplesAreTrue: the example of a gap hits nothing, and a large table is looked at in time.
func TestExamplesAreTrue(t *testing.T) {
	var rows []string
	for i := range 300 {
		rows = append(rows, fmt.Sprintf("n between %d and %d; t = 'a' => 1", 10*i, 10*i+9-i/299))
	}
	tb := table(t, decide.First, append(rows, "t <> 'a' => 2", "n < 0 => 3", "n > 3000 => 4", "n is null => 5")...)
	var gaps []string
	for _, f := range tb.Check(&tb.Versions[0]) {
		gaps = append(gaps, fmt.Sprint(f.Kind, " ", f.Input))
	}
	if want := "[0 n = 2999, m = 0, t = 'a']"; fmt.Sprint(gaps) != want {
		t.Errorf("got %v, want %s", gaps, want)
	}
}
