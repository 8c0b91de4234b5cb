// Package decide evaluates decision tables, and finds rows that contradict each other, rows that
// never count and inputs that no row is for. It is pure: tables come compiled, and inputs are
// handed to it. What files of tables look like is metadata/model's, how they are compiled
// metadata/resolve's.
package decide

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// Hit says which of the rows that hit count.
type Hit string

// The policies.
const (
	Unique       Hit = "unique"   // at most one row hits
	First        Hit = "first"    // the first
	Priority     Hit = "priority" // that with the highest priority, of equal ones the first
	RuleOrder    Hit = "rule_order"
	Collect      Hit = "collect"
	CollectSum   Hit = "collect_sum"
	CollectMin   Hit = "collect_min"
	CollectMax   Hit = "collect_max"
	CollectCount Hit = "collect_count"
)

// Single says whether one row at most counts.
func (h Hit) Single() bool { return h == Unique || h == First || h == Priority }

// Table is a compiled table: immutable and safe for concurrent use.
type Table struct {
	Name      string
	Hit       Hit
	Inputs    []Input
	Outputs   []Output
	Versions  []Version // by day, the first one first
	Otherwise []Give    // by output; nil: nothing
	Zone      *time.Location
}

// Input is one value that a table is asked with.
type Input struct {
	Name string
	Type expr.Type
	// Codes are the values that there are, of picklists; nil: any.
	Codes []string
	// Required inputs are never null.
	Required bool
	// Accepts says whether a value may be given at all; nil: any.
	Accepts func(value.Value) bool
}

// Output is one value that a table gives. Fit brings what a row computes into the output's form.
type Output struct {
	Name string
	Type expr.Type // of one row's value
	Fit  func(value.Value) (value.Value, bool)
}

// Version are the rows from a day on.
type Version struct {
	Since value.Value // a date; null: since ever
	Rows  []Row
}

// Row is one row.
type Row struct {
	Name     string
	Priority int
	Cells    []Cell
	Then     []Give // by output
}

// Give is what a row gives for an output. The zero Give gives null.
type Give struct {
	Program *expr.Program
	args    []int
}

// NewGive makes what a row gives, over the inputs of a table.
func NewGive(p *expr.Program, inputs []Input) Give { return Give{p, places(p, inputs)} }

// Cell is one test of a row.
type Cell struct {
	Input   int
	Source  string // as it was written
	Program *expr.Program
	args    []int // inputs of the program, by its own order
}

// NewCell makes a cell over the inputs of a table.
func NewCell(input int, source string, p *expr.Program, inputs []Input) Cell {
	return Cell{Input: input, Source: source, Program: p, args: places(p, inputs)}
}

// places finds the inputs that a program reads.
func places(p *expr.Program, inputs []Input) []int {
	out := make([]int, len(p.Inputs()))
	for i, in := range p.Inputs() {
		out[i] = slices.IndexFunc(inputs, func(x Input) bool { return x.Name == in.Field })
	}
	return out
}

// ErrNotUnique says that several rows of a table hit where one may.
var ErrNotUnique = errors.New("several rows hit, where one may")

// Result is what a table decided.
type Result struct {
	Version   *Version // nil: none holds yet
	Hits      []int    // rows of the version that count, in order
	Otherwise bool     // no row hit, and the table says what is given then
	Values    []value.Value
}

// Names are the names of the rows that count.
func (r *Result) Names() []string {
	out := make([]string, len(r.Hits))
	for i, n := range r.Hits {
		out[i] = r.Version.Rows[n].Name
	}
	return out
}

// Looked is one row that was looked at, and what its tests gave: true, false or null, by cell.
type Looked struct {
	Row   int
	Tests []value.Value
	Hit   bool
}

// At is the version that holds at a moment, or nil.
func (t *Table) At(micros int64) *Version {
	y, m, d := time.UnixMicro(micros).In(t.Zone).Date()
	today := value.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	var out *Version
	for i := range t.Versions {
		if v := &t.Versions[i]; v.Since.IsNull() || value.Compare(v.Since, today) <= 0 {
			out = v
		}
	}
	return out
}

// Decide evaluates the table. in holds the inputs in order.
func (t *Table) Decide(in []value.Value, env expr.Env) (Result, error) {
	return t.decide(in, env, nil)
}

// Explain evaluates the table and tells of every row that it looked at.
func (t *Table) Explain(in []value.Value, env expr.Env) (Result, []Looked, error) {
	looked := []Looked{}
	r, err := t.decide(in, env, &looked)
	return r, looked, err
}

func (t *Table) decide(in []value.Value, env expr.Env, looked *[]Looked) (Result, error) {
	out := Result{Version: t.At(env.NowMicros), Values: make([]value.Value, len(t.Outputs))}
	if out.Version == nil {
		return out, nil
	}
	rows := out.Version.Rows
	for i := range rows {
		if !rows[i].holds(in, env, i, looked) {
			continue
		}
		out.Hits = append(out.Hits, i)
		if t.Hit == First {
			break
		}
	}
	switch {
	case t.Hit == Unique && len(out.Hits) > 1:
		return out, fmt.Errorf("%w: %s and %s", ErrNotUnique, rows[out.Hits[0]].Name, rows[out.Hits[1]].Name)
	case t.Hit == Priority && len(out.Hits) > 1:
		best := out.Hits[0]
		for _, i := range out.Hits {
			if rows[i].Priority > rows[best].Priority {
				best = i
			}
		}
		out.Hits = []int{best}
	case len(out.Hits) == 0 && t.Otherwise != nil:
		out.Otherwise = true
		for i := range t.Otherwise {
			out.Values[i] = t.give(&t.Otherwise[i], i, in, env)
		}
		return out, nil
	}
	for i := range t.Outputs {
		var vals []value.Value
		for _, n := range out.Hits {
			vals = append(vals, t.give(&rows[n].Then[i], i, in, env))
		}
		out.Values[i] = t.gather(vals, t.Outputs[i].Type.Kind)
	}
	return out, nil
}

// holds says whether all tests of a row are true; those behind one that is not are left alone.
func (r *Row) holds(in []value.Value, env expr.Env, n int, looked *[]Looked) bool {
	var tests []value.Value
	hit := true
	for i := range r.Cells {
		v := r.Cells[i].eval(in, env)
		if looked != nil {
			tests = append(tests, v)
		}
		if v.Kind() != value.KindBool || !v.Bool() {
			hit = false
			break
		}
	}
	if looked != nil {
		*looked = append(*looked, Looked{n, tests, hit})
	}
	return hit
}

func (c *Cell) eval(in []value.Value, env expr.Env) value.Value {
	return eval(c.Program, c.args, in, env)
}

func eval(p *expr.Program, args []int, in []value.Value, env expr.Env) value.Value {
	var buf [8]value.Value
	vals := buf[:0]
	for _, i := range args {
		vals = append(vals, in[i])
	}
	return p.Eval(vals, env)
}

// give computes one output of a row; null when it does not fit.
func (t *Table) give(g *Give, output int, in []value.Value, env expr.Env) value.Value {
	if g.Program == nil {
		return value.Null
	}
	v := eval(g.Program, g.args, in, env)
	if f := t.Outputs[output].Fit; f != nil && !v.IsNull() {
		fitted, ok := f(v)
		if !ok {
			return value.Null
		}
		v = fitted
	}
	return v.Clone()
}

// UsesNow says whether what the table decides depends on the moment, its versions apart.
func (t *Table) UsesNow() bool {
	now := func(all []Give) bool {
		return slices.ContainsFunc(all, func(g Give) bool { return g.Program != nil && g.Program.UsesNow() })
	}
	for i := range t.Versions {
		for _, r := range t.Versions[i].Rows {
			if now(r.Then) || slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Program.UsesNow() }) {
				return true
			}
		}
	}
	return now(t.Otherwise)
}
