package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// http sends a request of any kind to Tenon and gives the answer's body, which the caller closes.
func (f *further) http(ctx context.Context, method, path, accept string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+f.n.addr+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+f.n.key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		defer res.Body.Close()
		b, _ := io.ReadAll(io.LimitReader(res.Body, 2000)) // the status says enough
		return nil, fmt.Errorf("%s %s: %s %s", method, path, res.Status, b)
	}
	return res, nil
}

// importState is what of an import is looked at.
type importState struct {
	ID, Status      string
	Created, Failed int64
}

func (f *further) importing(ctx context.Context, method, path string, body io.Reader) (st importState, err error) {
	res, err := f.http(ctx, method, path, "application/json", body)
	if err != nil {
		return st, err
	}
	defer res.Body.Close()
	return st, json.NewDecoder(res.Body).Decode(&struct{ Data *importState }{&st})
}

// imports fills the notes from a CSV file, through the import that people use: with its undo log.
func (f *further) imports(ctx context.Context) error {
	rows := max(1000, int(100_000*f.b.scale))
	var file bytes.Buffer
	file.WriteString("code,name,topic,score\n")
	for i := range rows {
		fmt.Fprintf(&file, "n%d,%s,%s,%d\n", i, noteName(i), topics[i%len(topics)], i%100)
	}
	st, err := f.importing(ctx, http.MethodPost, "/import?object=bench_note&name=notes.csv", &file)
	if err != nil {
		return err
	}
	begin := time.Now()
	for st, err = f.importing(ctx, http.MethodPost, "/import/"+st.ID+"/run", nil); err == nil && st.Status == "running"; {
		if err = pause(ctx, 10*time.Millisecond); err == nil {
			st, err = f.importing(ctx, http.MethodGet, "/import/"+st.ID, nil)
		}
	}
	took := time.Since(begin)
	if err != nil {
		return err
	}
	if st.Status != "done" || st.Created != int64(rows) {
		return fmt.Errorf("the import ended as %+v", st)
	}
	f.notes = int64(rows)
	f.rate("import of CSV, with undo log", float64(rows)/took.Seconds(), 0, 0, true)
	return nil
}

// exports reads all opportunities as CSV.
func (f *further) exports(ctx context.Context) error {
	begin := time.Now()
	res, err := f.http(ctx, http.MethodGet, "/export/bench_opportunity?fields=id,name,salesRep,stage,amount,probability,closeDate,nextStep", "text/csv", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := int64(-1) // the header is none
	s := bufio.NewScanner(res.Body)
	for s.Scan() {
		lines++
	}
	took := time.Since(begin)
	if err := s.Err(); err != nil {
		return fmt.Errorf("read the export: %w", err)
	}
	if lines != f.b.product.rows {
		return fmt.Errorf("the export has %d rows, there are %d", lines, f.b.product.rows)
	}
	f.rate("export as CSV", float64(lines)/took.Seconds(), 0, 0, false)
	return nil
}

const (
	subscribers = 100
	changes     = 40
)

// fanOut writes changes one after another, and measures until each of the subscribers is told of
// each, from the moment at which the write was sent.
func (f *further) fanOut(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	body, err := json.Marshal(map[string]string{"query": `subscription { told: benchNoteChanged(filter: {topic: {eq: "fan"}}) { note: benchNote { code } } }`})
	if err != nil {
		return err
	}
	told := make(chan time.Time, subscribers)
	failed := make(chan error, subscribers)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop() // before the wait: it ends the streams
	for range subscribers {
		res, err := f.http(ctx, http.MethodPost, "/graphql", "text/event-stream", bytes.NewReader(body))
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(res.Body)
		if !lines.Scan() { // the stream is there
			return fmt.Errorf("a subscription ends at once: %w", lines.Err())
		}
		wg.Go(func() {
			defer res.Body.Close()
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), "data: {") {
					select {
					case told <- time.Now():
					case <-ctx.Done():
					}
				}
			}
			failed <- fmt.Errorf("a subscription has ended: %w", lines.Err())
		})
	}
	var took []float64
	for i := range changes {
		begin := time.Now()
		if _, err := f.ask(`mutation ($c: String!) { createBenchNote(input: {code: $c, name: "fan out", topic: "fan"}) { benchNote { id } } }`, map[string]any{"c": fmt.Sprint("f", i)}); err != nil {
			return err
		}
		f.notes++
		for range subscribers {
			select {
			case at := <-told:
				took = append(took, milliseconds(at.Sub(begin)))
			case err := <-failed:
				return err
			}
		}
	}
	out := moreReport{Title: fmt.Sprintf("a change told to %d subscribers", subscribers), P50: median(took), P99: quantile(took, 0.99)}
	progress("%-40s p50 %7.2f ms  p99 %7.2f ms", out.Title, out.P50, out.P99)
	f.rows = append(f.rows, out)
	return nil
}

// quantile is the least value that a share of them does not exceed; of none it is 0.
func quantile(vals []float64, share float64) float64 {
	s := slices.Sorted(slices.Values(vals))
	if len(s) == 0 {
		return 0
	}
	return s[max(0, int(math.Ceil(share*float64(len(s))))-1)]
}
