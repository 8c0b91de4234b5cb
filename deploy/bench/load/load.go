// Package load puts load on an HTTP server: a number of connections, each of which sends its next
// request when the answer to the last has come. It sends requests that were made beforehand and
// looks at no more of an answer than it must, to leave the processors to the server.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a run.
type Options struct {
	Addr        string   // host:port
	Requests    [][]byte // whole HTTP/1.1 requests, sent in turn, from the first again after the last
	Offset      int      // in Requests, of the first one sent
	Connections int
	Duration    time.Duration
	// Once sends each request once, and ends with the last one, or after Duration.
	Once bool
	// Keep, if set, is given the answer, head and body, to each request; it must not keep the bytes.
	// It is called by many goroutines, never twice at once for the same request.
	Keep func(request int, answer []byte)
}

// Result of a run.
type Result struct {
	Requests int64  // that were answered
	Failures int64  // of them, with another status than 200 or with "errors"
	Failure  string // the first such answer
	Bytes    int64  // of all answers
	Elapsed  time.Duration
	P50, P99 time.Duration
}

// Rate is requests per second.
func (r *Result) Rate() float64 { return float64(r.Requests) / r.Elapsed.Seconds() }

// Run puts load on the server for the duration, or until ctx ends.
func Run(ctx context.Context, o Options) (*Result, error) {
	if len(o.Requests) == 0 || o.Connections < 1 {
		return nil, errors.New("load: no requests or no connections")
	}
	workers := make([]*worker, o.Connections)
	for i := range workers {
		conn, err := net.Dial("tcp", o.Addr)
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		defer conn.Close()
		workers[i] = newWorker(conn)
	}
	var next atomic.Int64
	next.Store(int64(o.Offset))
	start := time.Now()
	until := start.Add(o.Duration)
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(func() { w.run(ctx, &o, &next, until) })
	}
	wg.Wait()
	return gather(workers, time.Since(start))
}

func gather(workers []*worker, elapsed time.Duration) (*Result, error) {
	res := &Result{Elapsed: elapsed}
	var all histogram
	var errs []error
	for _, w := range workers {
		res.Requests += w.requests
		res.Failures += w.failures
		res.Bytes += w.bytes
		if res.Failure == "" {
			res.Failure = w.failure
		}
		all.merge(&w.latency)
		errs = append(errs, w.err)
	}
	res.P50, res.P99 = all.quantile(0.5), all.quantile(0.99)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return res, nil
}
