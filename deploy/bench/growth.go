package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// growthSizes are the rows of the object whose growth is measured.
const growthSizes = "10000,100000,1000000"

// growthReport is how the cost of reads grows with the rows of an object.
type growthReport struct {
	Rows      []int         `json:"rows"`
	Reads     []growthReads `json:"reads"`
	LoadRate  []float64     `json:"loadedRowsPerSecond"`
	Resident  []int64       `json:"residentBytes"`  // after the reads
	Anonymous []int64       `json:"anonymousBytes"` // of them, those that are not pages of files
	Bytes     []int64       `json:"bytesOnDisk"`
}

// growthReads are the figures of one kind of read, by size. The reference shows how much of the growth is
// that of SQLite and of the processor's caches.
type growthReads struct {
	Title     string `json:"title"`
	Tenon     grown  `json:"tenon"`
	Reference grown  `json:"reference"`
}

// grown is what one server's reads cost: medians over the rounds.
type grown struct {
	Samples []sample `json:"samples"` // by size
	Growth  float64  `json:"growth"`  // how much dearer the largest size is than the smallest, within a round
}

// newGrown gathers the samples of each size.
func newGrown(sizes [][]sample) grown {
	g := grown{Samples: make([]sample, len(sizes))}
	var ratios []float64
	first, last := sizes[0], sizes[len(sizes)-1]
	for round := range first {
		ratios = append(ratios, last[round].CPU/first[round].CPU)
	}
	for i, s := range sizes {
		g.Samples[i] = middle(s)
	}
	g.Growth = median(ratios)
	return g
}

func runGrowth(ctx context.Context, args []string, out io.Writer) (err error) {
	fs, c := flags("bench growth")
	sizes := fs.String("rows", growthSizes, "numbers of opportunities; accounts are a tenth, contacts three tenths of them")
	e := &effort{common: c}
	fs.IntVar(&e.connections, "connections", 4, "connections, each with one request under way")
	fs.IntVar(&e.rounds, "rounds", 3, "rounds; the median counts")
	if err := parse(fs, args); err != nil {
		return err
	}
	if c.quick {
		*sizes, c.seconds, e.rounds = "1000,4000", min(c.seconds, 1), 1
	}
	r := &growthReport{}
	var all []*growing
	defer func() {
		for _, g := range all {
			err = errors.Join(err, g.w.close())
		}
	}()
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1000 {
			return fmt.Errorf("%q is no number of rows, from 1000", s)
		}
		g, err := newGrowing(ctx, n, c)
		if err != nil {
			return err
		}
		all = append(all, g)
	}
	if err := r.measure(ctx, e, all); err != nil {
		return err
	}
	fmt.Fprint(out, r.markdown())
	return c.save(r)
}

// growthOps are the reads whose cost should not grow.
var growthOps = []data.Op{data.Get, data.Page, data.List, data.Nested}

// pages is how many different cursors pages start from.
const pages = 200

// leastShare is the least share of a stage's rows that must pass the filter of a page: of a smaller one there are no 50
// rows where there are ten thousand, and the answer, and the search for it, would be shorter than where there are more.
const leastShare = 0.05

// growthCalls are calls of an operation that are the same work at all sizes.
func growthCalls(set *data.Set, op data.Op) []data.Call {
	calls := set.Calls(op, distinct)
	if op == data.Page {
		return calls[:pages]
	}
	return slices.DeleteFunc(calls, func(c data.Call) bool { return op == data.List && c.Share < leastShare })
}

// growing is Tenon and the reference with so many rows, on directories of their own.
type growing struct {
	w     *workshop
	set   *data.Set
	p     *tenon
	tenon *target
	hand  *target
}

// newGrowing installs, fills and starts both with n opportunities.
func newGrowing(ctx context.Context, n int, c *common) (g *growing, err error) {
	w, err := newWorkshop(ctx, c.keep)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	g = &growing{w: w, set: data.Generate(data.Size{Accounts: n / 10, Contacts: n * 3 / 10, Opportunities: n})}
	progress("install and fill Tenon with %s opportunities", thousands(n))
	if g.p, g.tenon, err = newTenon(ctx, w, g.set); err != nil {
		return nil, err
	}
	bin, err := w.build(ctx, "./deploy/bench/reference")
	if err != nil {
		return nil, err
	}
	if g.hand, err = handTarget(ctx, w, bin, "composite", g.set); err != nil {
		return nil, err
	}
	for _, t := range []*target{g.tenon, g.hand} {
		t.name = fmt.Sprintf("%s, %s", t.name, thousands(n))
		if _, err := t.up(ctx, g.set); err != nil {
			return nil, err
		}
	}
	return g, g.p.findCursors(growthCalls(g.set, data.Page))
}

// measure puts all servers of all sizes to work within each round.
func (r *growthReport) measure(ctx context.Context, e *effort, all []*growing) error {
	for _, op := range growthOps {
		var works []work
		for _, g := range all {
			servers := []*target{g.tenon, g.hand}
			if err := check(g.set, servers, op); err != nil {
				return err
			}
			works = append(works, worksOf(growthCalls(g.set, op), servers...)...)
		}
		samples, err := e.inTurn(ctx, op, works)
		if err != nil {
			return err
		}
		var product, reference [][]sample
		for i, w := range works {
			if slices.ContainsFunc(all, func(g *growing) bool { return g.tenon == w.server }) {
				product = append(product, samples[i])
			} else {
				reference = append(reference, samples[i])
			}
		}
		r.Reads = append(r.Reads, growthReads{Title: op.Title(), Tenon: newGrown(product), Reference: newGrown(reference)})
	}
	for _, g := range all {
		if err := r.whole(g); err != nil {
			return err
		}
	}
	return nil
}

// whole notes the figures of a server as a whole.
func (r *growthReport) whole(g *growing) error {
	resident, anonymous := g.tenon.proc.memory()
	bytes, err := g.p.bytesOnDisk()
	if err != nil {
		return fmt.Errorf("measure the data directory: %w", err)
	}
	r.Rows = append(r.Rows, g.set.Size.Opportunities)
	r.LoadRate = append(r.LoadRate, float64(g.set.Size.Rows())/g.tenon.loading.Seconds())
	r.Resident, r.Anonymous, r.Bytes = append(r.Resident, resident), append(r.Anonymous, anonymous), append(r.Bytes, bytes)
	return nil
}

// markdown shows the cost of each read at each size, and how much dearer the largest is than the
// smallest.
func (r *growthReport) markdown() string {
	t := &table{head: []string{"processor ms per request, p50 ms, bytes of the answer"}}
	for _, n := range r.Rows {
		t.head = append(t.head, thousands(n)+" rows")
	}
	t.head = append(t.head, "largest ÷ smallest", "the same of the reference")
	costs := func(title string, g grown, more ...string) {
		cells := []string{title}
		for _, s := range g.Samples {
			cells = append(cells, fmt.Sprintf("%.3f, %.2f, %.0f", s.CPU, s.P50, s.Bytes))
		}
		t.add(append(cells, more...)...)
	}
	for _, x := range r.Reads {
		costs(x.Title, x.Tenon, fmt.Sprintf("%.2f", x.Tenon.Growth), fmt.Sprintf("%.2f", x.Reference.Growth))
		costs("  of the reference", x.Reference, "", "")
	}
	row := func(title string, value func(i int) string) {
		cells := []string{title}
		for i := range r.Rows {
			cells = append(cells, value(i))
		}
		t.add(append(cells, "", "")...)
	}
	row("bulk load, rows/s", func(i int) string { return thousands(int(r.LoadRate[i])) })
	row("resident after the reads, MB", func(i int) string { return thousands(int(r.Resident[i] >> 20)) })
	row("  of it not pages of files, MB", func(i int) string { return thousands(int(r.Anonymous[i] >> 20)) })
	row("on disk, MB", func(i int) string { return thousands(int(r.Bytes[i] >> 20)) })
	return t.render()
}
