package decide

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/value"
)

// Fault is something that is wrong with the rows of a version.
type Fault struct {
	Kind  FaultKind
	Row   int    // Shadowed, Never, Overlap: the row; of overlaps the later one
	By    int    // Shadowed, Overlap: a row that counts in its place, or hits beside it
	Input string // an example: "grade = 'A', amount = 100"
}

// FaultKind is what is wrong.
type FaultKind uint8

// The kinds.
const (
	Gap       FaultKind = iota // no row is for the input
	Overlap                    // two rows hit where one may
	Shadowed                   // the row never counts: others do wherever it hits
	Never                      // the row's own tests exclude each other
	Unchecked                  // there is too much to look at
)

// maxFaults bounds how many faults of a kind are told, maxVisits how much is looked at.
const (
	maxFaults = 20
	maxVisits = 200_000
)

// Check looks at the rows of a version. It tells only what is certain: a test that is more than a
// comparison of its input with constants may hold or not.
func (t *Table) Check(v *Version) []Fault {
	if len(v.Rows) == 0 {
		return nil
	}
	c := &checking{t: t, v: v, cols: t.columns(v), visits: maxVisits}
	c.never()
	if t.Hit == Unique {
		c.overlaps()
	}
	if t.Hit == First || t.Hit == Priority {
		c.shadowed()
	}
	if t.Hit.Single() && t.Otherwise == nil {
		c.gap()
	}
	if c.visits <= 0 {
		c.faults = append(c.faults, Fault{Kind: Unchecked})
	}
	return c.faults
}

// set is a set of rows.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s set) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }
func (s set) and(o set) set {
	out := make(set, len(s))
	for i := range s {
		out[i] = s[i] & o[i]
	}
	return out
}
func (s set) empty() bool { return !slices.ContainsFunc(s, func(w uint64) bool { return w != 0 }) }
func (s set) first() int {
	for i, w := range s {
		if w != 0 {
			return i<<6 + bits.TrailingZeros64(w)
		}
	}
	return -1
}
func (s set) key() string { return fmt.Sprint([]uint64(s)) }

// point is a value that stands for all values of an input which no row tells apart from it.
type point struct {
	val       value.Value
	may, must set // rows whose tests of the input may hold, and do hold
}

// columns gives the points of every input.
func (t *Table) columns(v *Version) [][]point {
	out := make([][]point, len(t.Inputs))
	for i := range t.Inputs {
		var at []value.Value
		whole := make([][]bool, len(v.Rows))
		for r := range v.Rows {
			cells := v.Rows[r].Cells
			whole[r] = make([]bool, len(cells))
			for k := range cells {
				if cells[k].Input == i && len(cells[k].args) == 1 && cells[k].args[0] == i {
					steps, ok := cells[k].Program.Steps()
					whole[r][k] = ok
					at = append(at, steps...)
				}
			}
		}
		seen := map[string]bool{}
		for _, x := range t.Inputs[i].samples(at) {
			p := t.point(v, i, x, whole)
			if key := p.may.key() + p.must.key(); !seen[key] {
				seen[key] = true
				out[i] = append(out[i], p)
			}
		}
	}
	return out
}

func (t *Table) point(v *Version, input int, x value.Value, whole [][]bool) point {
	p := point{x, newSet(len(v.Rows)), newSet(len(v.Rows))}
	in := make([]value.Value, len(t.Inputs))
	in[input] = x
	for r := range v.Rows {
		may, must := true, true
		for k := range v.Rows[r].Cells {
			switch c := &v.Rows[r].Cells[k]; {
			case c.Input != input:
			case !whole[r][k]:
				must = false
			default:
				hit := c.eval(in, expr.Env{})
				ok := hit.Kind() == value.KindBool && hit.Bool()
				may, must = may && ok, must && ok
			}
		}
		if may {
			p.may.add(r)
		}
		if must {
			p.must.add(r)
		}
	}
	return p
}

// samples are values of the input, one at least of each stretch between two steps.
func (in *Input) samples(at []value.Value) []value.Value {
	var out []value.Value
	add := func(v value.Value) {
		if v.IsNull() || in.Accepts != nil && !in.Accepts(v) || slices.ContainsFunc(out, func(h value.Value) bool { return value.Equal(h, v) }) {
			return
		}
		out = append(out, v)
	}
	switch {
	case len(in.Codes) > 0:
		for _, c := range in.Codes {
			add(value.Text(c))
		}
	case in.Type.Kind == value.KindBool:
		add(value.Bool(true))
		add(value.Bool(false))
	case in.Type.Kind == value.KindText:
		for _, v := range at {
			add(v)
		}
		other := "other"
		for slices.ContainsFunc(at, func(v value.Value) bool { return v.Text() == other }) {
			other += "_"
		}
		add(value.Text(other))
	case in.Type.Kind == value.KindList, in.Type.Kind == value.KindJSON:
		add(value.List("[]"))
	default:
		in.ordered(at, add)
	}
	if !in.Required {
		out = append(out, value.Null)
	}
	return out
}

// ordered gives each step, and its neighbours among the values that the input can have.
func (in *Input) ordered(at []value.Value, add func(value.Value)) {
	make := func(n int64) value.Value {
		switch in.Type.Kind {
		case value.KindDate:
			return value.Date(n)
		case value.KindTime:
			return value.Time(n)
		case value.KindDateTime:
			return value.DateTime(n)
		}
		return value.Int(n)
	}
	number := in.Type.Kind == value.KindInt || in.Type.Kind == value.KindDecimal
	unit := value.Int(1)
	if number {
		unit = value.Decimal(1, in.Type.Scale)
	}
	for _, v := range at {
		if v.IsNull() {
			continue
		}
		if !number {
			add(make(v.Int() - 1))
			add(v)
			add(make(v.Int() + 1))
			continue
		}
		below := value.Div(value.Floor(value.Mul(v, value.Int(pow10(in.Type.Scale)))), value.Int(pow10(in.Type.Scale)))
		add(value.Sub(below, unit))
		add(below)
		add(value.Add(below, unit))
	}
	if len(at) == 0 {
		add(make(0))
		add(make(1))
	}
}

func pow10(n uint8) int64 {
	out := int64(1)
	for range min(n, 18) {
		out *= 10
	}
	return out
}

// checking is one look at a version.
type checking struct {
	t      *Table
	v      *Version
	cols   [][]point
	visits int
	faults []Fault
	told   map[FaultKind]int
}

func (c *checking) tell(f Fault) {
	if c.told == nil {
		c.told = map[FaultKind]int{}
	}
	if c.told[f.Kind]++; c.told[f.Kind] <= maxFaults {
		c.faults = append(c.faults, f)
	}
}

// impossible says whether a row has an input of which no value passes its tests.
func (c *checking) impossible(row int) bool {
	return slices.ContainsFunc(c.cols, func(ps []point) bool {
		return !slices.ContainsFunc(ps, func(p point) bool { return p.may.has(row) })
	})
}

func (c *checking) never() {
	for r := range c.v.Rows {
		if c.impossible(r) {
			c.tell(Fault{Kind: Never, Row: r})
		}
	}
}

// overlaps finds pairs of rows: two overlap when each input has a value that both are for.
func (c *checking) overlaps() {
	n := len(c.v.Rows)
	for r := range n {
		both := newSet(n)
		for i := r + 1; i < n; i++ {
			both.add(i)
		}
		for _, ps := range c.cols {
			some := newSet(n)
			for _, p := range ps {
				if p.must.has(r) {
					for w := range some {
						some[w] |= p.must[w]
					}
				}
			}
			both = both.and(some)
		}
		if by := both.first(); by >= 0 {
			var at []value.Value
			for _, ps := range c.cols {
				k := slices.IndexFunc(ps, func(p point) bool { return p.must.has(r) && p.must.has(by) })
				at = append(at, ps[k].val)
			}
			c.tell(Fault{Kind: Overlap, Row: by, By: r, Input: c.example(at)})
		}
	}
}

// shadowed finds rows in whose place another always counts.
func (c *checking) shadowed() {
	n := len(c.v.Rows)
	for r := range n {
		before := newSet(n)
		for i := range n {
			if c.counts(i, r) {
				before.add(i)
			}
		}
		if before.empty() || c.impossible(r) {
			continue
		}
		s := &search{c: c, seen: map[string]bool{}, only: r}
		if !s.free(0, before, make([]value.Value, len(c.cols))) && c.visits > 0 {
			c.tell(Fault{Kind: Shadowed, Row: r, By: s.by, Input: c.example(s.at)})
		}
	}
}

// counts says whether row i counts before row r when both hit.
func (c *checking) counts(i, r int) bool {
	if p, q := c.v.Rows[i].Priority, c.v.Rows[r].Priority; c.t.Hit == Priority && p != q {
		return p > q
	}
	return i < r
}

func (c *checking) gap() {
	n := len(c.v.Rows)
	all := newSet(n)
	for r := range n {
		all.add(r)
	}
	s := &search{c: c, seen: map[string]bool{}, only: -1}
	at := make([]value.Value, len(c.cols))
	if s.free(0, all, at) && c.visits > 0 {
		c.tell(Fault{Kind: Gap, Input: c.example(s.at)})
	}
}

// search looks for an input for which none of a set of rows hits.
type search struct {
	c    *checking
	seen map[string]bool // input and set, which have been looked at without success
	only int             // inputs that this row may be for; -1: any
	at   []value.Value   // found; or an input for which by hits
	by   int
}

// free says whether there is such an input, with the inputs before column chosen as in at.
func (s *search) free(column int, left set, at []value.Value) bool {
	s.c.visits--
	if s.c.visits <= 0 {
		return false
	}
	if left.empty() {
		for ; column < len(s.c.cols); column++ {
			for _, p := range s.c.cols[column] {
				if s.only < 0 || p.may.has(s.only) {
					at[column] = p.val
					break
				}
			}
		}
		s.at = slices.Clone(at)
		return true
	}
	if column == len(s.c.cols) {
		if s.at == nil {
			s.at, s.by = slices.Clone(at), left.first()
		}
		return false
	}
	key := fmt.Sprint(column, left)
	if s.seen[key] {
		return false
	}
	for _, p := range s.c.cols[column] {
		hits := p.may
		if s.only >= 0 {
			if !p.may.has(s.only) {
				continue
			}
			hits = p.must
		}
		at[column] = p.val
		if s.free(column+1, left.and(hits), at) {
			return true
		}
	}
	s.seen[key] = true
	return false
}

func (c *checking) example(at []value.Value) string {
	out := make([]string, len(at))
	for i, v := range at {
		out[i] = c.t.Inputs[i].Name + " = " + Literal(v)
	}
	return strings.Join(out, ", ")
}

// Literal writes a value as expressions do.
func Literal(v value.Value) string {
	switch v.Kind() {
	case value.KindNull:
		return "null"
	case value.KindBool:
		if v.Bool() {
			return "true"
		}
		return "false"
	case value.KindDate:
		return "'" + time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly) + "'"
	case value.KindDateTime:
		return "'" + v.AsTime().Format(time.RFC3339) + "'"
	case value.KindInt, value.KindDecimal:
		return string(v.AppendDecimal(nil))
	case value.KindTime:
		return "'" + time.UnixMilli(v.Int()).UTC().Format(time.TimeOnly) + "'"
	}
	return "'" + strings.ReplaceAll(v.Text(), "'", "''") + "'"
}
