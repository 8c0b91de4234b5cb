package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// The package of the further operations. It is installed when those of the comparison have been
// measured, so that it changes nothing for them.
//
//go:embed more
var morePackage embed.FS

// further is the measurement of what Tenon does beyond the operations of the comparison.
type further struct {
	b     *comparison
	n     *tenon
	notes int64 // that there must be
	rows  []moreReport
}

// moreReport is one further operation.
type moreReport struct {
	Title     string  `json:"title"`
	Unit      string  `json:"unit"` // of Tenon and Reference
	Tenon     float64 `json:"tenon"`
	Against   string  `json:"against,omitempty"` // what of the reference it is compared with; "" for nothing
	Reference float64 `json:"reference,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"`
	P50       float64 `json:"p50Milliseconds"`
	P99       float64 `json:"p99Milliseconds"`
}

// topics are what the notes are about: each word is in the names of one note of as many.
var topics = strings.Fields("amber birch cedar dahlia ebony fjord garnet heather indigo juniper kelp laurel maple nectar opal poplar quartz rowan saffron thistle")

func noteName(i int) string { return fmt.Sprintf("note %d on %s", i, topics[i%len(topics)]) }

func (f *further) measure(ctx context.Context) error {
	files, err := fs.Sub(morePackage, "more")
	if err != nil {
		return err
	}
	if err := f.n.install(ctx, files); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{f.imports, f.search, f.keyed, f.actions, f.bulk, f.exports, f.fanOut, f.count} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// compared measures requests of Tenon beside calls of the reference in rounds, as the comparison does.
// Either may be left out.
func (f *further) compared(ctx context.Context, title, against string, connections int, requests func(round int) ([][]byte, error), op data.Op) error {
	var tenon, reference []sample
	for round := range f.b.rounds {
		rs, err := requests(round)
		if err != nil {
			return err
		}
		s, sent, err := f.b.product.drive(ctx, rs, 0, connections, f.b.seconds)
		if err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
		if sent > int64(len(rs)) && op == data.Create {
			return fmt.Errorf("%s: %d requests were made, %d sent: a key would come again", title, len(rs), sent)
		}
		if op == data.Create {
			f.b.product.rows += sent
		}
		tenon = append(tenon, *s)
		progress("%-40s round %d  %8.0f req/s  p50 %7.2f ms  p99 %7.2f ms", title, round+1, s.Rate, s.P50, s.P99)
		if against == "" {
			continue
		}
		r, err := f.b.handFast.put(ctx, f.b.set.Calls(op, distinct), round*977, connections, f.b.seconds)
		if err != nil {
			return err
		}
		reference = append(reference, *r)
	}
	m := middle(tenon)
	out := moreReport{Title: title, Unit: "req/s", Tenon: m.Rate, P50: m.P50, P99: m.P99, Against: against}
	if against != "" {
		var ratios []float64
		for i := range tenon {
			ratios = append(ratios, tenon[i].Rate/reference[i].Rate)
		}
		out.Reference, out.Ratio = middle(reference).Rate, median(ratios)
	}
	f.rows = append(f.rows, out)
	return nil
}

// search lists by a word that one note of twenty has, and counts by topic the notes that it finds,
// and those that have it in their names.
func (f *further) search(ctx context.Context) error {
	const list = `query ($s: String!) { notes: benchNotes(search: $s, first: 50) { totalCount nodes { id name topic score } } }`
	const found = `query ($s: String!) { notes: benchNoteAggregate(search: $s, groupBy: [{topic: true}]) { key { topic } count } }`
	const group = `query ($f: BenchNoteFilter) { notes: benchNoteAggregate(filter: $f, groupBy: [{topic: true}]) { key { topic } count } }`
	got, err := f.ask(list, map[string]any{"s": topics[3]})
	if err != nil {
		return err
	}
	want := (f.notes - 3 + int64(len(topics)) - 1) / int64(len(topics))
	if n := fmt.Sprint(member(member(got, "notes"), "totalCount")); n != fmt.Sprint(want) {
		return fmt.Errorf("the search finds %s notes, %d are there", n, want)
	}
	made := func(document string, vars func(topic string) map[string]any) func(int) ([][]byte, error) {
		return func(int) (out [][]byte, err error) {
			for _, t := range topics {
				r, err := f.n.graphQL(document, vars(t))
				if err != nil {
					return nil, err
				}
				out = append(out, r)
			}
			return out, nil
		}
	}
	if err := f.compared(ctx, "search: first 50 of 5 % of the notes", "", f.b.connections, made(list, func(t string) map[string]any { return map[string]any{"s": t} }), ""); err != nil {
		return err
	}
	if err := f.compared(ctx, "aggregate of 5 % of the notes, by search", "", f.b.connections, made(found, func(t string) map[string]any { return map[string]any{"s": t} }), ""); err != nil {
		return err
	}
	return f.compared(ctx, "aggregate of the notes with a word in their names", "", f.b.connections, made(group, func(t string) map[string]any {
		return map[string]any{"f": map[string]any{"name": map[string]any{"contains": t}}}
	}), "")
}

// keyed creates opportunities as q5 does, each with a key of its own.
func (f *further) keyed(ctx context.Context) error {
	document := strings.NewReplacer("($input:", "($key: String!, $input:", "(input: $input)", "(input: $input, idempotencyKey: $key)").Replace(documents[data.Create])
	calls := f.b.set.Calls(data.Create, distinct)
	return f.compared(ctx, "create with an idempotency key", "q5", f.b.connections, func(round int) (out [][]byte, err error) {
		for i := range int(f.b.seconds*20_000) + 1000 {
			vars := f.n.variables(calls[i%len(calls)])
			vars["key"] = fmt.Sprintf("%d-%d", round, i)
			r, err := f.n.graphQL(document, vars)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		return out, nil
	}, data.Create)
}

// actions change one number of a note through a declared action.
func (f *further) actions(ctx context.Context) error {
	ids, err := f.some(500)
	if err != nil {
		return err
	}
	const document = `mutation ($id: ID!, $score: Int!) { rate: benchNoteRate(id: $id, input: {score: $score}) { rated note: benchNote { id score } } }`
	got, err := f.ask(document, map[string]any{"id": ids[0], "score": 7})
	if err != nil {
		return err
	}
	if fmt.Sprint(member(member(got, "rate"), "rated")) != "7" {
		return fmt.Errorf("the action answers %v", got)
	}
	return f.compared(ctx, "action that updates its record", "q6", f.b.connections, func(round int) (out [][]byte, err error) {
		for i := range distinct {
			r, err := f.n.graphQL(document, map[string]any{"id": ids[i%len(ids)], "score": round*distinct + i})
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		return out, nil
	}, data.Update)
}

// some are ids of notes.
func (f *further) some(n int) (ids []string, err error) {
	got, err := f.ask(`query ($n: Int) { notes: benchNotes(first: $n) { nodes { id } } }`, map[string]any{"n": min(int64(n), f.notes)})
	if err != nil {
		return nil, err
	}
	nodes, _ := member(member(got, "notes"), "nodes").([]any)
	for _, x := range nodes {
		ids = append(ids, fmt.Sprint(member(x, "id")))
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("there are no notes: %v", got)
	}
	return ids, nil
}

// bulk creates notes, a thousand in one mutation.
func (f *further) bulk(ctx context.Context) error {
	const rows = 1000
	document := `mutation ($inputs: [BenchNoteCreate!]!) { made: createBenchNotes(inputs: $inputs) { benchNote { id } } }`
	times := max(3, int(f.b.seconds*4))
	var took []float64
	for i := range times {
		inputs := make([]map[string]any, rows)
		for j := range inputs {
			inputs[j] = map[string]any{"code": fmt.Sprintf("b%d-%d", i, j), "name": fmt.Sprintf("bulk %d", j), "topic": "bulk", "score": j}
		}
		req, err := f.n.graphQL(document, map[string]any{"inputs": inputs})
		if err != nil {
			return err
		}
		begin := time.Now()
		got, err := send(f.n.addr, req)
		if err != nil {
			return fmt.Errorf("bulk: %w", err)
		}
		took = append(took, milliseconds(time.Since(begin)))
		if made, _ := member(got, "made").([]any); len(made) != rows {
			return fmt.Errorf("a bulk of %d gives %d results", rows, len(made))
		}
		f.notes += rows
	}
	f.rate("bulk create, 1,000 a mutation", rows*1000/median(took), median(took), quantile(took, 0.99), true)
	return nil
}

// rate notes rows a second, beside the reference's bulk load where that is the like of it.
func (f *further) rate(title string, tenon, p50, p99 float64, loads bool) {
	out := moreReport{Title: title, Unit: "rows/s", Tenon: tenon, P50: p50, P99: p99}
	if loads {
		out.Against, out.Reference = "bulk load", f.b.report.Reference.LoadRate
		out.Ratio = tenon / out.Reference
	}
	progress("%-40s %8.0f rows/s", title, tenon)
	f.rows = append(f.rows, out)
}

// count holds the number of notes against those that were written.
func (f *further) count(context.Context) error {
	got, err := f.ask(`{ notes: benchNotes(first: 1) { totalCount } }`, nil)
	if err != nil {
		return err
	}
	if n := fmt.Sprint(member(member(got, "notes"), "totalCount")); n != fmt.Sprint(f.notes) {
		return fmt.Errorf("there are %s notes, %d were written", n, f.notes)
	}
	return f.b.product.checkRows()
}

func (f *further) ask(document string, vars map[string]any) (any, error) {
	req, err := f.n.graphQL(document, vars)
	if err != nil {
		return nil, err
	}
	return send(f.n.addr, req)
}

// moreTable shows the further operations.
func (r *report) moreTable() *table {
	t := &table{text: 1, head: []string{"further operations", "Tenon", "", "reference", "against", "ratio", "p50 ms", "p99"}}
	for _, m := range r.More {
		reference, ratio := "–", "–"
		if m.Against != "" {
			reference, ratio = thousands(int(m.Reference)), fmt.Sprintf("%.2f", m.Ratio)
		}
		tenon := thousands(int(m.Tenon))
		if m.Unit == "" {
			tenon = "–"
		}
		p50, p99 := "–", "–"
		if m.P50 > 0 {
			p50, p99 = fmt.Sprintf("%.2f", m.P50), fmt.Sprintf("%.2f", m.P99)
		}
		t.add(m.Title, tenon, m.Unit, reference, m.Against, ratio, p50, p99)
	}
	return t
}
