package data

import "fmt"

// Op is an operation of the benchmark.
type Op string

// The operations. Mix is of the others: see Set.Calls.
const (
	Get    Op = "q1" // one opportunity by id
	List   Op = "q2" // the first 50 opportunities of a stage above an amount, latest close date first
	Nested Op = "q3" // the first 20 accounts of a region, each with 5 contacts and its 5 latest opportunities
	Group  Op = "q4" // number and total amount of the opportunities of each stage
	Create Op = "q5" // one new opportunity
	Update Op = "q6" // amount and next step of one opportunity
	Mix    Op = "q7"

	Page Op = "page" // 50 opportunities of a stage that follow a given one, latest close date first; not part of Ops
)

// Ops are all operations, in the order in which they are measured: what changes little comes first,
// so that the servers have the same data as long as it matters.
var Ops = []Op{Get, List, Nested, Group, Mix, Update, Create}

// Title says what an operation does.
func (o Op) Title() string {
	return map[Op]string{Get: "get by id", List: "filtered, sorted page of 50", Nested: "20 × (5 + 5) nested", Group: "group by",
		Create: "create", Update: "update", Mix: "mix", Page: "page of 50 behind a cursor"}[o]
}

// shares are how many of 100 calls of the mix are of an operation.
var shares = []struct {
	op    Op
	share int
}{{Get, 60}, {List, 20}, {Nested, 10}, {Create, 5}, {Update, 5}}

// passing are the shares of a stage's rows that the amounts of successive List calls let pass.
var passing = []float64{0.5, 0.2, 0.05, 0.01}

// Page sizes of the operations.
const (
	ListRows       = 50
	NestedRows     = 20
	NestedChildren = 5
)

// Call is one request. Which fields matter depends on Op.
type Call struct {
	Op     Op
	ID     int64       // Get, Update: of an opportunity; Page: of the one before the page
	Stage  string      // List, Page
	Closed string      // Page: the close date of the one before the page
	Above  int64       // List: the amount is greater
	Share  float64     // List: of the stage's rows that such an amount lets pass
	Region string      // Nested
	New    Opportunity // Create: all fields; Update: Amount and NextStep
}

// Calls gives n calls of an operation, always the same ones.
func (s *Set) Calls(op Op, n int) []Call {
	r := newRandom(100 + uint64(op[1]))
	out := make([]Call, n)
	for i := range out {
		out[i] = s.call(r, s.pick(r, op), i)
	}
	return out
}

// pick is the operation of the next call: op itself, or one of the mix.
func (s *Set) pick(r random, op Op) Op {
	if op != Mix {
		return op
	}
	n := r.IntN(100)
	for _, x := range shares {
		if n < x.share {
			return x.op
		}
		n -= x.share
	}
	return Get
}

func (s *Set) call(r random, op Op, i int) Call {
	c := Call{Op: op}
	switch op {
	case Get:
		c.ID = r.id(s.Size.Opportunities)
	case List:
		c.Stage = r.of(Stages)
		c.Share = passing[i%len(passing)]
		c.Above = s.threshold(c.Stage, c.Share)
	case Page:
		c.ID = r.id(s.Size.Opportunities)
		c.Stage, c.Closed = s.Opportunities[c.ID-1].Stage, s.Opportunities[c.ID-1].CloseDate
	case Nested:
		c.Region = Region(r.IntN(regions))
	case Create, Update:
		c.ID, c.New = r.id(s.Size.Opportunities), r.opportunity(s.Size)
		c.New.Name = fmt.Sprintf("benchmark %06d", i)
	}
	return c
}

// threshold is the amount above which a share of a stage's rows lies.
func (s *Set) threshold(stage string, share float64) int64 {
	a := s.amounts[stage]
	if len(a) == 0 {
		return 0
	}
	return a[int(float64(len(a)-1)*(1-share))]
}
