package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// goals are the least ratios of Tenon's requests per second to the reference's, and the bounds of
// start and memory.
var goals = map[data.Op]float64{data.Get: 0.40, data.List: 0.60, data.Nested: 0.60, data.Group: 0.90, data.Create: 0.40,
	data.Update: 0.30, data.Mix: 0.50}

const (
	coldStartGoal = 150 // milliseconds
	idleGoal      = 80  // MB resident
	loadedGoal    = 300
)

// report is what a comparison found.
type report struct {
	Machine     string       `json:"machine"`
	Size        data.Size    `json:"rows"`
	Rounds      int          `json:"rounds"`
	Seconds     float64      `json:"secondsPerMeasurement"`
	Connections int          `json:"connections"`
	Ops         []opReport   `json:"operations"`
	More        []moreReport `json:"further,omitempty"`
	Tenon       serverReport `json:"tenon"`
	Reference   serverReport `json:"reference"`
}

// opReport is one operation. Ratios and the figures of a server are medians over the rounds.
type opReport struct {
	Op        data.Op   `json:"operation"`
	Title     string    `json:"title"`
	Goal      float64   `json:"goal"`
	Ratio     float64   `json:"ratio"`    // of requests per second
	CPURatio  float64   `json:"cpuRatio"` // reference's CPU per request to Tenon's; 0: not known
	Tenon     sample    `json:"tenon"`
	Reference sample    `json:"reference"`
	Rounds    []float64 `json:"ratios"`
}

// serverReport is about a server as a whole.
type serverReport struct {
	ColdStart float64 `json:"coldStartMilliseconds"`
	Idle      int64   `json:"idleResidentBytes"`
	IdleHeap  int64   `json:"idleAnonymousBytes"`
	Loaded    int64   `json:"loadedResidentBytes"` // the most after any measurement
	LoadRate  float64 `json:"loadedRowsPerSecond"`
}

func newReport(b *comparison) *report {
	return &report{Machine: fmt.Sprintf("%d processors, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		Size: b.set.Size, Rounds: b.rounds, Seconds: b.seconds, Connections: b.connections}
}

func (r *report) server(t *target) *serverReport {
	if t.name == "Tenon" {
		return &r.Tenon
	}
	return &r.Reference
}

func (r *report) loaded(targets ...*target) {
	all := float64(r.Size.Rows())
	for _, t := range targets {
		r.server(t).LoadRate = all / t.loading.Seconds()
	}
}

func (r *report) started(t *target, took float64, resident, anonymous int64) {
	s := r.server(t)
	s.ColdStart, s.Idle, s.IdleHeap = took, resident, anonymous
}

func (r *report) measured(op data.Op, tenon, reference []sample) {
	o := opReport{Op: op, Title: op.Title(), Goal: goals[op], Tenon: middle(tenon), Reference: middle(reference)}
	var cpu []float64
	for i := range tenon {
		o.Rounds = append(o.Rounds, tenon[i].Rate/reference[i].Rate)
		if tenon[i].CPU > 0 {
			cpu = append(cpu, reference[i].CPU/tenon[i].CPU)
		}
		r.Tenon.Loaded, r.Reference.Loaded = max(r.Tenon.Loaded, tenon[i].Resident), max(r.Reference.Loaded, reference[i].Resident)
	}
	o.Ratio, o.CPURatio = median(o.Rounds), median(cpu)
	r.Ops = append(r.Ops, o)
}

// middle has the median of each figure.
func middle(samples []sample) sample {
	of := func(get func(sample) float64) float64 {
		all := make([]float64, len(samples))
		for i, s := range samples {
			all[i] = get(s)
		}
		return median(all)
	}
	return sample{Rate: of(func(s sample) float64 { return s.Rate }), CPU: of(func(s sample) float64 { return s.CPU }),
		P50: of(func(s sample) float64 { return s.P50 }), P99: of(func(s sample) float64 { return s.P99 }),
		Bytes: of(func(s sample) float64 { return s.Bytes }), Resident: int64(of(func(s sample) float64 { return float64(s.Resident) }))}
}

// median of no values is 0.
func median(vals []float64) float64 {
	s := slices.Sorted(slices.Values(vals))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// markdown renders the report as tables that are also readable as they are.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Tenon and a hand-written fiber + SQL server of the same answers, both on SQLite with full durability.\n")
	fmt.Fprintf(&b, "%s; %s accounts, %s contacts, %s opportunities; %d connections; %d rounds of %v.\n\n", r.Machine, thousands(r.Size.Accounts),
		thousands(r.Size.Contacts), thousands(r.Size.Opportunities), r.Connections, r.Rounds, time.Duration(r.Seconds*float64(time.Second)))
	b.WriteString(r.opTable().render())
	b.WriteString("\nRatios are medians over the rounds, each taken within one round. \"by CPU\" compares processor time per request of the\n" +
		"servers' processes: it is steadier on a busy machine. The reference of q5 and q6 has single-column indexes, the others'\n" +
		"has indexes made for these statements.\n\n")
	b.WriteString(r.serverTable().render())
	if len(r.More) > 0 {
		b.WriteString("\n" + r.moreTable().render())
		b.WriteString("\nA write is held against the reference's one of the same kind, rows against its bulk load, which checks nothing and keeps\nno history; what it does not have is held against nothing.\n")
	}
	return b.String()
}

func (r *report) opTable() *table {
	t := &table{text: 2, head: []string{"op", "", "Tenon req/s", "reference req/s", "ratio", "goal", "by CPU", "Tenon CPU ms", "ref. CPU ms",
		"Tenon p50 ms", "p99", "ref. p50 ms", "p99"}}
	ops := slices.SortedFunc(slices.Values(r.Ops), func(a, b opReport) int { return cmp.Compare(a.Op, b.Op) })
	for _, o := range ops {
		t.add(string(o.Op), o.Title, thousands(int(o.Tenon.Rate)), thousands(int(o.Reference.Rate)), fmt.Sprintf("%.2f", o.Ratio),
			verdict(o.Ratio >= o.Goal, fmt.Sprintf("≥ %.2f", o.Goal)), fmt.Sprintf("%.2f", o.CPURatio), fmt.Sprintf("%.3f", o.Tenon.CPU),
			fmt.Sprintf("%.3f", o.Reference.CPU), fmt.Sprintf("%.2f", o.Tenon.P50), fmt.Sprintf("%.2f", o.Tenon.P99),
			fmt.Sprintf("%.2f", o.Reference.P50), fmt.Sprintf("%.2f", o.Reference.P99))
	}
	return t
}

func (r *report) serverTable() *table {
	t := &table{head: []string{"", "Tenon", "reference", "goal"}}
	mb := func(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
	t.add("cold start to the first right answer", fmt.Sprintf("%.0f ms", r.Tenon.ColdStart), fmt.Sprintf("%.0f ms", r.Reference.ColdStart),
		verdict(r.Tenon.ColdStart <= coldStartGoal, fmt.Sprintf("≤ %d ms", coldStartGoal)))
	t.add("resident memory, idle", mb(r.Tenon.Idle), mb(r.Reference.Idle), verdict(r.Tenon.Idle>>20 <= idleGoal, fmt.Sprintf("≤ %d MB", idleGoal)))
	t.add("  of it not pages of files", mb(r.Tenon.IdleHeap), mb(r.Reference.IdleHeap), "")
	if len(r.Ops) > 0 {
		t.add("resident memory, loaded", mb(r.Tenon.Loaded), mb(r.Reference.Loaded),
			verdict(r.Tenon.Loaded>>20 <= loadedGoal, fmt.Sprintf("≤ %d MB", loadedGoal)))
	}
	t.add("bulk load (the reference checks nothing)", thousands(int(r.Tenon.LoadRate))+" rows/s", thousands(int(r.Reference.LoadRate))+" rows/s", "")
	return t
}

// verdict marks a goal that is missed.
func verdict(met bool, goal string) string {
	if met {
		return goal + " met"
	}
	return goal + " MISSED"
}
