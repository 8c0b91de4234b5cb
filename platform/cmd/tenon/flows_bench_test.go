package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/publish"
	flowdoor "github.com/tenon-platform/tenon/workflow/flow/door"
)

// BenchmarkFlowSteps runs flows of five steps that write records, each with its state in a transaction
// that is on disk before the next begins, by the workers that serve uses.
func BenchmarkFlowSteps(b *testing.B) {
	dir, err := os.MkdirTemp("", "tn")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	in, err := openInstance(context.Background(), &common{data: dir, store: "sqlite"}, clock.System{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	defer in.close(context.Background())
	var steps []string
	for i := range 5 {
		steps = append(steps, fmt.Sprintf(`{"id": "s%d", "type": "update", "set": {"score": "score + 1"}}`, i))
	}
	ctx := signedIn(ident.Principal{Name: "root", Admin: true})
	files, err := publish.ReadFiles(os.DirFS("testdata/office"))
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range leads(map[string]string{"many": fmt.Sprintf(`{"key": "many", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [%s]}`, strings.Join(steps, ","))}) {
		files[name] = []byte(text)
	}
	p, err := in.publish.Propose(ctx, publish.Bundle{"office": files}, nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := in.publish.Apply(ctx, p, publish.ApplyOptions{Author: "test"}); err != nil {
		b.Fatal(err)
	}
	const leadsAtOnce = 200
	for b.Loop() {
		var inputs []string
		for range leadsAtOnce {
			inputs = append(inputs, `{name: "L", score: 0}`)
		}
		in.ask(b, ctx, `mutation { createLeads(inputs: [`+strings.Join(inputs, ",")+`]) { lead { id } } }`, nil)
		run, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		began := time.Now()
		go func() {
			in.autos.Run(run, flowdoor.Steps)
			close(done)
		}()
		for {
			var n struct {
				LeadAggregate []struct{ Count int }
			}
			in.ask(b, ctx, `{ leadAggregate(filter: {score: {lt: 5}}) { count } }`, &n)
			if len(n.LeadAggregate) == 0 || n.LeadAggregate[0].Count == 0 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		b.ReportMetric(leadsAtOnce*5/time.Since(began).Seconds(), "steps/s")
		stop()
		<-done
	}
}
