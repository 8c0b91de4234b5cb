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
// that of SQLite and of the processor's caches; it knows no cursors, and has no figures for pages behind one.
type growthReads struct {
	Title     string   `json:"title"`
	Samples   []sample `json:"samples"`
	Reference []sample `json:"reference,omitempty"`
}

// growth is how much dearer the last of some sizes is than the first.
func growth(s []sample) string {
	if len(s) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", s[len(s)-1].CPU/s[0].CPU)
}

func runGrowth(ctx context.Context, args []string, out io.Writer) error {
	fs, c := flags("bench growth")
	sizes := fs.String("rows", growthSizes, "numbers of opportunities; accounts are a tenth, contacts three tenths of them")
	connections := fs.Int("connections", 4, "connections, each with one request under way")
	if err := parse(fs, args); err != nil {
		return err
	}
	if c.quick {
		*sizes, c.seconds = "1000,4000", min(c.seconds, 1)
	}
	r := &growthReport{}
	for _, s := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1000 {
			return fmt.Errorf("%q is no number of rows, from 1000", s)
		}
		if err := r.size(ctx, n, *connections, c); err != nil {
			return err
		}
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

// size measures with n opportunities, on a data directory of its own.
func (r *growthReport) size(ctx context.Context, n, connections int, c *common) (err error) {
	w, err := newWorkshop(ctx, c.keep)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	set := data.Generate(data.Size{Accounts: n / 10, Contacts: n * 3 / 10, Opportunities: n})
	progress("install and fill Tenon with %s opportunities", thousands(n))
	p, t, err := newTenon(ctx, w, set)
	if err != nil {
		return err
	}
	if _, err := t.up(ctx, set); err != nil {
		return err
	}
	bin, err := w.build(ctx, "./deploy/bench/reference")
	if err != nil {
		return err
	}
	hand, err := handTarget(ctx, w, bin, "composite", set)
	if err != nil {
		return err
	}
	if _, err := hand.up(ctx, set); err != nil {
		return err
	}
	if err := p.findCursors(growthCalls(set, data.Page)); err != nil {
		return err
	}
	for i, op := range growthOps {
		if len(r.Reads) <= i {
			r.Reads = append(r.Reads, growthReads{Title: op.Title()})
		}
		read := &r.Reads[i]
		calls, targets := growthCalls(set, op), []*target{t, hand}
		if op == data.Page {
			targets = targets[:1]
		}
		if err := check(set, targets, op); err != nil {
			return err
		}
		for _, x := range targets {
			if _, err := x.put(ctx, calls, 0, connections, c.seconds/4); err != nil {
				return fmt.Errorf("%s: %w", op.Title(), err)
			}
			s, err := x.put(ctx, calls, 0, connections, c.seconds)
			if err != nil {
				return fmt.Errorf("%s: %w", op.Title(), err)
			}
			progress("%-28s %-10s %7.0f req/s  %7.3f ms CPU  p50 %6.2f ms", op.Title(), x.name, s.Rate, s.CPU, s.P50)
			if x == t {
				read.Samples = append(read.Samples, *s)
			} else {
				read.Reference = append(read.Reference, *s)
			}
		}
	}
	return r.whole(t, p, set)
}

// whole notes the figures of the server as a whole.
func (r *growthReport) whole(t *target, p *tenon, set *data.Set) error {
	resident, anonymous := t.proc.memory()
	bytes, err := p.bytesOnDisk()
	if err != nil {
		return fmt.Errorf("measure the data directory: %w", err)
	}
	rows := set.Size.Rows()
	r.Rows = append(r.Rows, set.Size.Opportunities)
	r.LoadRate = append(r.LoadRate, float64(rows)/t.loading.Seconds())
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
	for _, x := range r.Reads {
		cells := []string{x.Title}
		for _, s := range x.Samples {
			cells = append(cells, fmt.Sprintf("%.3f, %.2f, %.0f", s.CPU, s.P50, s.Bytes))
		}
		t.add(append(cells, growth(x.Samples), growth(x.Reference))...)
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
