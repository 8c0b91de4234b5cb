package script_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/workflow/script"
)

const tenLines = `function main(x) {
	let total = dec(0);
	for (const line of x.lines) {
		total = total.add(dec(line.price).mul(line.quantity));
	}
	if (total.gt(100)) {
		total = total.mul('0.95').round(2);
	}
	return {total, count: x.lines.length};
}`

const order = `{"name": "o", "lines": [{"price": "10.50", "quantity": 3}, {"price": "99.90", "quantity": 1}, {"price": "5", "quantity": 7}]}`

func BenchmarkWarm(b *testing.B) {
	p := open(b, script.Options{Slots: 2, Share: 2})
	for b.Loop() {
		if _, err := p.Run(context.Background(), job(tenLines, order)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRested gives the worker time to make its next machine between the runs: what a run costs
// whoever waits for it.
func BenchmarkRested(b *testing.B) {
	p := open(b, script.Options{Slots: 2, Share: 2})
	var all []time.Duration
	for b.Loop() {
		watch := clock.Start()
		if _, err := p.Run(context.Background(), job(tenLines, order)); err != nil {
			b.Fatal(err)
		}
		all = append(all, watch.Elapsed())
		time.Sleep(10 * time.Millisecond)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
}

// BenchmarkCold starts a worker for each run.
func BenchmarkCold(b *testing.B) {
	n := 0
	for b.Loop() {
		p := open(b, script.Options{})
		j := job(tenLines, order)
		j.Tenant = fmt.Sprint(n)
		n++
		if _, err := p.Run(context.Background(), j); err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}

func BenchmarkFourTenants(b *testing.B) {
	p := open(b, script.Options{Slots: 4, Share: 1})
	var n atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(pb *testing.PB) {
		j := job(tenLines, order)
		j.Tenant = fmt.Sprint(n.Add(1) % 4)
		for pb.Next() {
			if _, err := p.Run(context.Background(), j); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}
