package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/workflow/engine"
)

var ctx = context.Background()

// counter is a kind of process: "add" counts, and may leave a job behind; "no" is refused.
type counter struct{}

type counted struct {
	N int `json:"n"`
}

type command struct {
	Do  string      `json:"do"`
	Job *engine.Job `json:"job,omitempty"`
}

func (counter) Decide(_ context.Context, _ store.Tx, in engine.Input) (engine.Step, error) {
	var c command
	if err := json.Unmarshal(in.Command, &c); err != nil {
		return engine.Step{}, err
	}
	var st counted
	if in.State != nil {
		if err := json.Unmarshal(in.State, &st); err != nil {
			return engine.Step{}, err
		}
	}
	if c.Do == "no" {
		return engine.Step{}, errs.New(errs.InvalidState, "no", "不行").With("n", st.N)
	}
	if c.Do == "idle" {
		return engine.Step{Idle: true, Answer: json.RawMessage(`"idle"`)}, nil
	}
	st.N++
	raw, err := json.Marshal(st)
	s := engine.Step{State: raw, Answer: raw, About: engine.About{Process: "count", Status: "running"},
		Audit: []engine.AuditEntry{{Seq: int64(st.N), Verb: "counted", At: in.Now, Entry: raw}}, Events: []engine.Event{{Name: "counted", Data: raw}}}
	if c.Job != nil {
		s.Jobs = []engine.Job{*c.Job}
	}
	if c.Do == "carry" {
		s.Carry = func(context.Context, store.Tx) error { return errs.New(errs.ValidationFail, "full", "已满") }
	}
	return s, err
}

func (counter) Failed(engine.Input, error) json.RawMessage { return json.RawMessage(`{"do":"add"}`) }

type bench struct {
	t     testing.TB
	db    *store.DB
	clock *clock.Fixed
}

func newBench(t testing.TB) *bench {
	_, durable := t.(*testing.B)
	db, err := store.Open(ctx, sqlite.New(t.TempDir(), &sqlite.Options{Normal: !durable}), "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, x := range engine.SystemTables() {
		if err := db.Change(ctx, driver.CreateTable{Table: x}); err != nil {
			t.Fatal(err)
		}
	}
	return &bench{t, db, clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
}

func (b *bench) engine(owner string, hs map[string]engine.Handler, opts ...func(*engine.Options)) *engine.Engine {
	b.t.Helper()
	o := engine.Options{Clock: b.clock, Owner: owner, Jitter: func() float64 { return 0 }}
	for _, f := range opts {
		f(&o)
	}
	e, err := engine.New(b.db, map[string]engine.Kind{"counter": counter{}}, hs, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

func (b *bench) put(e *engine.Engine, js ...engine.Job) {
	b.t.Helper()
	err := b.db.Update(ctx, func(tx store.Tx) error {
		for _, j := range js {
			if err := e.Enqueue(ctx, tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) drain(e *engine.Engine) int {
	b.t.Helper()
	n, err := e.Drain(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) count(e *engine.Engine, name string) int {
	b.t.Helper()
	i, err := e.Instance(ctx, name)
	if err != nil {
		b.t.Fatal(err)
	}
	var st counted
	if err := json.Unmarshal(i.State, &st); err != nil {
		b.t.Fatal(err)
	}
	return st.N
}

func request(name, key, command string) engine.Request {
	return engine.Request{Kind: "counter", Instance: name, Command: json.RawMessage(command), Actor: "ann", Key: key}
}

func TestExecute(t *testing.T) {
	b := newBench(t)
	e := b.engine("w1", nil)
	for _, c := range []struct {
		name, key, command, answer string
		code                       errs.Code
		replayed                   bool
		count                      int
	}{
		{"first", "k1", `{"do":"add"}`, `{"n":1}`, "", false, 1},
		{"repeated", "k1", `{"do":"add"}`, `{"n":1}`, "", true, 1},
		{"another command under the key", "k1", `{"do":"no"}`, "", errs.KeyReused, false, 1},
		{"refused", "k2", `{"do":"no"}`, "", errs.InvalidState, false, 1},
		{"refused again", "k2", `{"do":"no"}`, "", errs.InvalidState, true, 1},
		{"without a key", "", `{"do":"add"}`, `{"n":2}`, "", false, 2},
		{"nothing to do", "k3", `{"do":"idle"}`, `"idle"`, "", false, 2},
		{"undone, and noted", "k4", `{"do":"carry"}`, "", errs.FinalActionFailed, false, 3},
		{"the undone key is free", "k4", `{"do":"add"}`, `{"n":4}`, "", false, 4},
	} {
		r, err := e.Execute(ctx, request("c1", c.key, c.command))
		if errs.CodeOf(err) != c.code || string(r.Answer) != c.answer || r.Replayed != c.replayed {
			t.Errorf("%s: got %s, replayed %v, %v", c.name, r.Answer, r.Replayed, err)
		}
		if got := b.count(e, "c1"); got != c.count {
			t.Errorf("%s: counted %d, want %d", c.name, got, c.count)
		}
	}
	b.clock.Advance(engine.KeepAnswers + time.Second)
	if r, err := e.Execute(ctx, request("c1", "k1", `{"do":"add"}`)); err != nil || r.Replayed {
		t.Errorf("an answer that is too old: %+v, %v", r, err)
	}
	log, err := e.Audit(ctx, "c1", 1, 2)
	if err != nil || len(log) != 2 || log[0].Seq != 2 {
		t.Errorf("a page of the audit: %+v, %v", log, err)
	}
	out, err := e.Events(ctx, 2, 10)
	if err != nil || len(out) != 3 || out[0].Seq != 3 || out[0].Instance != "c1" {
		t.Errorf("events after the second: %+v, %v", out, err)
	}
	if _, err := e.Execute(ctx, engine.Request{Kind: "mystery", Instance: "x", Command: json.RawMessage(`{}`)}); err == nil {
		t.Error("an unknown kind was executed")
	}
}

func TestTimersAndKeys(t *testing.T) {
	b := newBench(t)
	var ran []string
	e := b.engine("w1", map[string]engine.Handler{"x": engine.HandlerFunc(func(_ context.Context, j engine.Job) (engine.Finish, error) {
		ran = append(ran, string(j.Payload)+j.Instance)
		return nil, nil
	})})
	job := func(payload, key string, after time.Duration, prio int) engine.Job {
		return engine.Job{Pool: engine.PoolEngine, Kind: "x", Key: key, At: b.clock.Now().Add(after), Priority: prio, Payload: json.RawMessage(payload)}
	}
	b.put(e, job("1", "a", time.Hour, 0), job("2", "a", 0, 0), job("3", "", 2*time.Minute, 0), job("4", "", time.Minute, 5), job("5", "", time.Minute, 1))
	if n := b.drain(e); n != 0 {
		t.Errorf("%d jobs ran before their time", n)
	}
	b.clock.Advance(3 * time.Minute)
	b.drain(e)
	later := job("6", "a", 0, 0)
	raw, err := json.Marshal(command{Do: "add", Job: &later}) // a step replaces the job of a key
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Execute(ctx, request("c1", "", string(raw))); err != nil {
		t.Fatal(err)
	}
	b.drain(e)
	b.clock.Advance(2 * time.Hour)
	b.drain(e)
	if got := strings.Join(ran, " "); got != "3 5 4 6c1" {
		t.Errorf("ran %s", got)
	}
}

func TestRetriesAndDeadLetters(t *testing.T) {
	b := newBench(t)
	fails, runs := 99, 0
	e := b.engine("w1", map[string]engine.Handler{
		"x": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
			if runs++; runs <= fails {
				if runs == 2 {
					panic("a bug")
				}
				return nil, errors.New("connection refused")
			}
			return nil, nil
		}),
		"hopeless": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
			return nil, engine.Permanent(errors.New("no such address"))
		})})
	b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "x", At: b.clock.Now(), Max: 4})
	for i, pause := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
		b.drain(e)
		b.clock.Advance(pause - time.Second)
		b.drain(e)
		if runs != i+1 {
			t.Fatalf("after %d pauses: %d runs", i, runs)
		}
		b.clock.Advance(time.Second)
	}
	b.drain(e)
	b.clock.Advance(time.Hour)
	b.drain(e)
	deadJobs, err := e.Dead(ctx, 10)
	if err != nil || runs != 4 || len(deadJobs) != 1 || deadJobs[0].Error != "connection refused" {
		t.Fatalf("%d runs, dead %+v, %v", runs, deadJobs, err)
	}
	if is, err := e.Incidents(ctx, 10); err != nil || len(is) != 1 || is[0].Code != "job_dead" || is[0].Job != deadJobs[0].ID {
		t.Fatalf("incidents %+v, %v", is, err)
	}
	fails = 0
	if err := e.Revive(ctx, deadJobs[0].ID); err != nil {
		t.Fatal(err)
	}
	b.drain(e)
	if is, err := e.Incidents(ctx, 10); err != nil || len(is) != 0 || runs != 5 {
		t.Errorf("revived: %d runs, incidents %+v, %v", runs, is, err)
	}
	if err := e.Revive(ctx, deadJobs[0].ID); errs.CodeOf(err) != errs.NotFound {
		t.Errorf("revived twice: %v", err)
	}
	b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "hopeless", At: b.clock.Now()}, engine.Job{Pool: engine.PoolIO, Kind: "unheard of", At: b.clock.Now()})
	b.drain(e)
	if deadJobs, err = e.Dead(ctx, 10); err != nil || len(deadJobs) != 2 || deadJobs[0].Attempt != 1 {
		t.Errorf("hopeless ones: %+v, %v", deadJobs, err)
	}
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 6: 320 * time.Second, 7: 10 * time.Minute, 60: 10 * time.Minute} {
		if got := engine.Backoff(attempt, 0); got != want {
			t.Errorf("attempt %d: %s, want %s", attempt, got, want)
		}
		if got := engine.Backoff(attempt, 0.999); got < want*8/10 || got > want {
			t.Errorf("attempt %d with jitter: %s", attempt, got)
		}
	}
}

// TestStaleWorker: a worker that was away longer than its lease finishes nothing, whatever it did.
func TestStaleWorker(t *testing.T) {
	b := newBench(t)
	add := func(e **engine.Engine, hook func()) map[string]engine.Handler {
		return map[string]engine.Handler{"x": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
			if hook != nil {
				hook()
			}
			return (*e).Command("counter", "c1", []byte(`{"do":"add"}`), nil), nil
		})}
	}
	var slow, quick *engine.Engine
	quick = b.engine("quick", add(&quick, nil))
	slow = b.engine("slow", add(&slow, func() {
		b.clock.Advance(engine.Lease + time.Second)
		b.drain(quick)
	}))
	b.put(slow, engine.Job{Pool: engine.PoolEngine, Kind: "x", At: b.clock.Now()})
	b.drain(slow)
	if n := b.count(quick, "c1"); n != 1 {
		t.Errorf("the command was given %d times", n)
	}
	if n := b.drain(quick); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

// TestPoison: a job that no worker comes back from is dead in the end.
func TestPoison(t *testing.T) {
	b := newBench(t)
	e := b.engine("w1", map[string]engine.Handler{"x": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) { return nil, nil })},
		func(o *engine.Options) {
			o.Point = func(point string, j engine.Job) error {
				if point == "ran" {
					return errors.New("killed")
				}
				return nil
			}
		})
	b.put(e, engine.Job{Pool: engine.PoolIO, Kind: "x", At: b.clock.Now(), Max: 3})
	for range 6 {
		_, _ = e.Drain(ctx)
		b.clock.Advance(engine.Lease + time.Second)
	}
	if d, err := e.Dead(ctx, 10); err != nil || len(d) != 1 || d[0].Attempt != 4 {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestTwoProcesses: jobs of one store run once each although two processes compete, jobs of one
// order one after the other, and a slow pool delays no other.
func TestTwoProcesses(t *testing.T) {
	b := newBench(t)
	const n = 300
	var mu sync.Mutex
	inHand, runs := map[int64]bool{}, map[int64]int{}
	orders, busy := map[string][]int64{}, map[string]bool{}
	done := make(chan struct{})
	stuck := make(chan struct{})
	handler := engine.HandlerFunc(func(_ context.Context, j engine.Job) (engine.Finish, error) {
		mu.Lock()
		if inHand[j.ID] || j.Order != "" && busy[j.Order] {
			t.Errorf("job %d (order %s) runs twice at once", j.ID, j.Order)
		}
		inHand[j.ID], busy[j.Order] = true, true
		runs[j.ID]++
		orders[j.Order] = append(orders[j.Order], j.ID)
		all := len(runs) == n
		mu.Unlock()
		time.Sleep(200 * time.Microsecond)
		mu.Lock()
		inHand[j.ID], busy[j.Order] = false, false
		mu.Unlock()
		if all {
			close(done)
		}
		return nil, nil
	})
	handlers := map[string]engine.Handler{"x": handler, "slow": engine.HandlerFunc(func(context.Context, engine.Job) (engine.Finish, error) {
		<-stuck
		return nil, nil
	})}
	run, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var first *engine.Engine
	for i := range 2 {
		e := b.engine(fmt.Sprintf("w%d", i), handlers, func(o *engine.Options) { o.Log = func(err error) { t.Error(err) } })
		if first == nil {
			first = e
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			e.Run(run, engine.Workers{engine.PoolEngine: 4, engine.PoolIO: 1})
		}()
	}
	b.put(first, engine.Job{Pool: engine.PoolIO, Kind: "slow", At: b.clock.Now()}, engine.Job{Pool: engine.PoolIO, Kind: "slow", At: b.clock.Now()})
	var js []engine.Job
	for i := range n {
		j := engine.Job{Pool: engine.PoolEngine, Kind: "x", At: b.clock.Now()}
		if i%3 == 0 {
			j.Order = fmt.Sprintf("record %d", i%4)
		}
		js = append(js, j)
	}
	b.put(first, js...)
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Error("the jobs do not end")
	}
	close(stuck)
	stop()
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	for id, k := range runs {
		if k != 1 {
			t.Errorf("job %d ran %d times", id, k)
		}
	}
	for o, ids := range orders {
		if o != "" && !slices.IsSorted(ids) {
			t.Errorf("%s ran in the order %v", o, ids)
		}
	}
	if left := b.drain(first); left != 0 || len(runs) != n {
		t.Errorf("%d ran, %d were left", len(runs), left)
	}
}

// TestTables: every index that a query needs is used; nothing scans a table of the queue.
func TestTables(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		table, col string
		arg        value.Value
	}{{"_wf_job", "key", value.Text("x")}, {"_wf_job", "order", value.Text("x")}, {"_wf_inst", "name", value.Text("x")}, {"_wf_inst", "unique", value.Text("x")}, {"_wf_incident", "job", value.Ref(1)}} {
		s, err := b.db.Prepare(&driver.Query{Table: c.table, Select: []driver.Expr{driver.Col{Name: "id"}}, Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: c.col}, R: driver.Const{Value: c.arg}}})
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.Explain(ctx)
		if err != nil || a.Index == "" {
			t.Errorf("%s.%s: %+v, %v", c.table, c.col, a, err)
		}
	}
}

// BenchmarkTimers: each operation is a due timer that gives a command to an instance of its own.
func BenchmarkTimers(b *testing.B) {
	x := newBench(b)
	var e *engine.Engine
	done := make(chan struct{}, b.N)
	e = x.engine("w1", map[string]engine.Handler{"x": engine.HandlerFunc(func(_ context.Context, j engine.Job) (engine.Finish, error) {
		then := e.Command("counter", "c"+string(j.Payload), []byte(`{"do":"add"}`), nil)
		return func(ctx context.Context, tx store.Tx) error { return then(ctx, tx) }, nil
	})}, func(o *engine.Options) {
		o.Point = func(point string, _ engine.Job) error {
			if point == "finished" {
				done <- struct{}{}
			}
			return nil
		}
	})
	for i := 0; i < b.N; {
		var js []engine.Job
		for ; i < b.N && len(js) < 1000; i++ {
			js = append(js, engine.Job{Pool: engine.PoolEngine, Kind: "x", At: x.clock.Now(), Payload: json.RawMessage(fmt.Sprint(i))})
		}
		x.put(e, js...)
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	b.ResetTimer()
	go e.Run(run, engine.DefaultWorkers())
	for range b.N {
		<-done
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "timers/s")
}
