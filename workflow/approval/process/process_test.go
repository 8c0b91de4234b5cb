package process_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/calendar"
	"github.com/tenon-platform/tenon/workflow/engine"
)

var ctx = context.Background()

const records = "rec"

type scope struct{}

func (scope) Symbol(_, name string) (expr.Symbol, bool) {
	return expr.Symbol{Name: name, Type: expr.Type{Kind: value.KindInt}}, name == "amount"
}
func (scope) Names(string) []string                      { return []string{"amount"} }
func (scope) Children(string, string) (expr.Child, bool) { return expr.Child{}, false }
func (scope) ChildNames(string) []string                 { return nil }
func (scope) Table(o string) string                      { return o }

// host is a platform with one record, whose row lies in the same store as the engine's.
type host struct {
	defs map[string]*approval.Definition
	row  driver.Stmt

	mu     sync.Mutex
	calls  []string // keys of external calls, as the other side saw them
	refuse bool     // final actions are refused
	down   int      // external calls that fail
}

func newHost(t testing.TB, defs ...string) *host {
	h := &host{defs: map[string]*approval.Definition{}}
	for _, raw := range defs {
		d, found := approval.Parse([]byte(raw), 1, approval.Env{Scope: scope{}, Zone: "UTC"})
		if d == nil {
			t.Fatal(found.Err())
		}
		h.defs[d.Key] = d
	}
	return h
}

// org is the world of one command.
type org struct {
	*host
	amount int64
}

func (o org) Definition(key string, version int) *approval.Definition {
	if version > 1 {
		return nil
	}
	return o.defs[key]
}
func (o org) Calendar(string) *calendar.Calendar          { return nil }
func (o org) Person(u string) string                      { return u }
func (o org) Active(u string) bool                        { return u != "" }
func (o org) Members(_, id, _ string) []string            { return []string{id + "1", id + "2"} }
func (o org) Manager(u string) string                     { return map[string]string{"ann": "bob", "bob": "cat"}[u] }
func (o org) Department(string) string                    { return "" }
func (o org) Head(string) string                          { return "" }
func (o org) Parent(string) string                        { return "" }
func (o org) Standing(string, string, time.Time) string   { return "" }
func (o org) Running(string, string, string) string       { return "" }
func (o org) Script(string) ([]string, error)             { return nil, errors.New("no scripts") }
func (o org) Input(expr.Input) (value.Value, error)       { return value.Int(o.amount), nil }
func (o org) Coerce(_ string, v any) (value.Value, error) { return value.Int(int64(v.(float64))), nil }
func (o org) Form() approval.Form                         { return approval.Form{Values: map[string]any{"amount": o.amount}} }

func (h *host) World(_ context.Context, tx store.Tx, _, record string) (approval.Org, error) {
	o := org{host: h}
	rows, err := tx.Query(ctx, h.row, []value.Value{value.Text(record)})
	if err != nil {
		return nil, err
	}
	if rows.Next() {
		o.amount = rows.Value(1).Int()
	}
	return o, errors.Join(rows.Err(), rows.Close())
}

func (h *host) Carry(_ context.Context, tx store.Tx, st *approval.State, effects []approval.Effect) error {
	for _, e := range effects {
		if err := h.carry(tx, st, e); err != nil {
			return err
		}
	}
	return nil
}

func (h *host) carry(tx store.Tx, st *approval.State, e approval.Effect) error {
	h.mu.Lock()
	refuse := h.refuse
	h.mu.Unlock()
	set := func(col string, v value.Value) error {
		_, err := tx.UpdateWhere(ctx, records, driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "name"}, R: driver.Param{N: 0}}, []value.Value{value.Text(st.Record)}, []string{col}, []value.Value{v})
		return err
	}
	switch e.Kind {
	case approval.SetStatus:
		return set("status", value.Text(string(e.Status)))
	case approval.SetLock:
		return set("lock", value.Text(e.Lock))
	case approval.WriteRecord:
		return set("amount", value.Int(int64(e.Data["amount"].(float64))))
	case approval.RunActions:
		if refuse && e.Phase == "onApprove" {
			return errs.New(errs.ValidationFail, "the order number is taken", "订单号已被占用")
		}
		return set("stage", value.Text(e.Phase))
	}
	return nil
}

func (h *host) Act(_ context.Context, _ process.Action, key string) (map[string]any, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down > 0 {
		h.down--
		return nil, errors.New("connection refused")
	}
	h.calls = append(h.calls, key)
	return map[string]any{"score": 7}, nil
}

const main = `{"kind":"approval","key":"p","schema":1,"object":"opp","entry":{"when":"amount > 0","unique":"one_active_per_record"},"lock":{"mode":"all"},"vars":{"score":"int"},
 "admins":[{"type":"users","ids":["pam"]}],"onSubmit":[{"update":"id","set":{"stage":"1"}}],"onApprove":[{"update":"id","set":{"stage":"2"}}],
 "flow":[{"id":"n1","kind":"approve","participants":[{"type":"manager"}],"editable":["amount"],"timeouts":[{"after":"PT8H","do":"remind"}]},
         {"id":"n2","kind":"approve","participants":[{"type":"queue","role":"fin"}],"timeouts":[{"after":"PT8H","do":"approve"}]},
         {"id":"b","kind":"parallel","branches":[{"id":"x","flow":[{"id":"a","kind":"action","do":[{"call":"credit"}]}]},{"id":"y","flow":[{"id":"s","kind":"subapproval","process":"sub"}]}]},
         {"id":"n3","kind":"approve","when":"vars.score == 7","participants":[{"type":"users","ids":["dan","eve"]}]}]}`

const sub = `{"kind":"approval","key":"sub","schema":1,"object":"opp","flow":[{"id":"m","kind":"approve","participants":[{"type":"users","ids":["sam"]}]}]}`

// flaky is a store that dies at the n-th commit: before it, or after it and before anybody hears
// of it. From then on nothing works.
type flaky struct {
	driver.DB
	mu     sync.Mutex
	n      int
	dieAt  int
	before bool
	gone   bool
}

func (f *flaky) Update(c context.Context, fn func(driver.Tx) error) error {
	f.mu.Lock()
	if f.gone {
		f.mu.Unlock()
		return driver.ErrClosed
	}
	f.n++
	last := f.n == f.dieAt
	f.gone = last
	f.mu.Unlock()
	if last && f.before {
		return driver.ErrClosed
	}
	err := f.DB.Update(c, fn)
	if last {
		return driver.ErrClosed
	}
	return err
}

func (f *flaky) View(c context.Context, fn func(driver.Tx) error) error {
	f.mu.Lock()
	gone := f.gone
	f.mu.Unlock()
	if gone {
		return driver.ErrClosed
	}
	return f.DB.View(c, fn)
}

type flakyEngine struct {
	driver.Engine
	db *flaky
}

func (e flakyEngine) Open(context.Context, string) (driver.DB, error) { return e.db, nil }

// lab is a store, a clock, and services on them that come and go.
type lab struct {
	t     testing.TB
	raw   driver.DB
	clock *clock.Fixed
	host  *host
	born  int
}

func newLab(t testing.TB, h *host) *lab {
	_, durable := t.(*testing.B)
	e := sqlite.New(t.TempDir(), &sqlite.Options{Normal: !durable})
	raw, err := e.Open(ctx, "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	for _, x := range append(append(engine.SystemTables(), process.SystemTables()...), driver.Table{Name: records, Columns: []driver.Column{
		{Name: "name", Type: driver.Text}, {Name: "amount", Type: driver.Int}, {Name: "status", Type: driver.Text}, {Name: "lock", Type: driver.Text}, {Name: "stage", Type: driver.Text}}}) {
		if err := raw.Change(ctx, driver.CreateTable{Table: x}); err != nil {
			t.Fatal(err)
		}
	}
	err = raw.Update(ctx, func(tx driver.Tx) error {
		return tx.Insert(ctx, records, []string{"id", "name", "amount"}, []value.Value{value.Ref(1), value.Text("r1"), value.Int(10)}, []value.Value{value.Ref(2), value.Text("r2"), value.Int(10)})
	})
	if err != nil {
		t.Fatal(err)
	}
	return &lab{t: t, raw: raw, clock: clock.NewFixed(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), host: h}
}

// start makes a service that dies at a commit (0: never).
func (l *lab) start(dieAt int, before bool) (*process.Service, *flaky) {
	l.t.Helper()
	l.born++
	f := &flaky{DB: l.raw, dieAt: dieAt, before: before}
	db, err := store.Open(ctx, flakyEngine{nil, f}, "t")
	if err != nil {
		l.t.Fatal(err)
	}
	l.host.row, err = db.Prepare(&driver.Query{Table: records, Select: []driver.Expr{driver.Col{Name: "id"}, driver.Col{Name: "amount"}, driver.Col{Name: "status"}, driver.Col{Name: "lock"}, driver.Col{Name: "stage"}},
		Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "name"}, R: driver.Param{N: 0}}})
	if err != nil {
		l.t.Fatal(err)
	}
	s, err := process.Open(db, l.host, engine.Options{Clock: l.clock, Owner: fmt.Sprintf("w%d", l.born), Jitter: func() float64 { return 0 }})
	if err != nil {
		l.t.Fatal(err)
	}
	return s, f
}

func user(id string) approval.Actor { return approval.Actor{Type: "user", ID: id} }

type step struct {
	to    string
	c     approval.Command
	hours int // instead of a command: so many hours after the start
}

// reference is a life with everything in it that leaves something behind in the store.
var reference = []step{
	{to: "i1", c: approval.Command{Kind: "submit", Process: "p", Record: "r1", Actor: user("ann")}},
	{hours: 9},
	{to: "i1", c: approval.Command{Kind: "approve", Task: 1, Actor: user("bob"), Data: map[string]any{"amount": 5}}},
	{to: "i1", c: approval.Command{Kind: "claim", Task: 2, Actor: user("fin1")}},
	{hours: 20},
	{to: "i1.5", c: approval.Command{Kind: "approve", Task: 1, Actor: user("sam")}},
	{to: "i1", c: approval.Command{Kind: "approve", Task: 3, Actor: user("dan")}},
	{to: "i1", c: approval.Command{Kind: "approve", Task: 4, Actor: user("eve")}},
}

// live runs the reference life. Whenever the service dies, another takes over after the lease and
// the client repeats what it got no answer to. It reports how many commits it took.
func (l *lab) live(dieAt int, before bool) int {
	l.t.Helper()
	s, f := l.start(dieAt, before)
	start := l.clock.Now()
	for i := 0; i < len(reference); {
		x := reference[i]
		var err error
		if x.hours > 0 {
			if at := start.Add(time.Duration(x.hours) * time.Hour); at.After(l.clock.Now()) {
				l.clock.Set(at)
			}
		} else {
			_, err = s.Do(ctx, x.to, x.c, fmt.Sprintf("k%d", i))
		}
		if err == nil {
			_, err = s.Drain(ctx)
		}
		if errors.Is(err, driver.ErrClosed) {
			l.clock.Advance(engine.Lease + time.Second)
			s, _ = l.start(0, false)
			continue
		}
		if err != nil {
			l.t.Fatalf("step %d: %v", i, err)
		}
		i++
	}
	l.check(s)
	return f.n
}

// check holds the final state to the invariants.
func (l *lab) check(s *process.Service) {
	l.t.Helper()
	for name, def := range map[string]string{"i1": "p", "i1.5": "sub"} {
		st, err := s.State(ctx, name)
		if err != nil {
			l.t.Fatal(err)
		}
		if err := approval.Check(st, l.host.defs[def]); err != nil {
			l.t.Fatal(err)
		}
		if st.Status != approval.Approved {
			l.t.Fatalf("%s is %s", name, st.Status)
		}
		if err := approval.CheckAudit(st, l.audit(s, name)); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *lab) audit(s *process.Service, name string) []approval.Entry {
	l.t.Helper()
	rows, err := s.Audit(ctx, name, 0, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	out := make([]approval.Entry, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal(r.Entry, &out[i]); err != nil {
			l.t.Fatal(err)
		}
	}
	return out
}

// dump is all that is left in the store, without times, hashes and who did it when.
func (l *lab) dump() string {
	l.t.Helper()
	var b strings.Builder
	db, err := store.Open(ctx, flakyEngine{nil, &flaky{DB: l.raw}}, "t")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, x := range []struct {
		table string
		cols  []string
	}{{"_wf_inst", []string{"name", "process", "record", "status", "rev", "state"}}, {"_wf_task", []string{"inst", "task", "node", "assignee", "status"}}, {"_wf_audit", []string{"inst", "seq", "entry"}},
		{"_wf_event", []string{"inst", "name", "data"}}, {"_wf_job", []string{"kind", "key", "status"}}, {"_wf_incident", []string{"code"}}, {"_wf_cmd", []string{"actor", "key"}},
		{"_wf_snapshot", []string{"inst", "round", "form"}}, {records, []string{"name", "amount", "status", "lock", "stage"}}} {
		q := &driver.Query{Table: x.table, Order: []driver.Order{{Expr: driver.Col{Name: "id"}}}}
		for _, c := range x.cols {
			q.Select = append(q.Select, driver.Col{Name: c})
		}
		st, err := db.Prepare(q)
		if err != nil {
			l.t.Fatal(err)
		}
		var lines []string
		err = db.View(ctx, func(tx store.Tx) error {
			rows, err := tx.Query(ctx, st, nil)
			if err != nil {
				return err
			}
			for rows.Next() {
				line := x.table
				for i := range x.cols {
					line += " " + shown(rows.Value(i))
				}
				lines = append(lines, line)
			}
			return errors.Join(rows.Err(), rows.Close())
		})
		if err != nil {
			l.t.Fatal(err)
		}
		slices.Sort(lines) // the order in which two branches go on is free
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	calls := slices.Clone(l.host.calls)
	slices.Sort(calls)
	fmt.Fprintln(&b, "external effects", slices.Compact(calls))
	return b.String()
}

func shown(v value.Value) string {
	switch v.Kind() {
	case value.KindJSON:
		var x any
		if json.Unmarshal([]byte(v.Text()), &x) != nil {
			return v.Text()
		}
		out, _ := json.Marshal(scrub(x))
		return string(out)
	case value.KindText:
		return v.Text()
	}
	return fmt.Sprint(v.Int())
}

// scrub takes out of JSON what differs between two runs of the same life.
func scrub(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for k, v := range x {
			switch k {
			case "hash", "prevHash", "at", "entered", "created", "since", "wall", "business", "until":
				delete(x, k)
			default:
				x[k] = scrub(v)
			}
		}
	case []any:
		for i := range x {
			x[i] = scrub(x[i])
		}
	}
	return x
}

// TestCrashAtEveryCommit: wherever the process dies, what is there in the end is the same.
func TestCrashAtEveryCommit(t *testing.T) {
	clean := newLab(t, newHost(t, main, sub))
	n := clean.live(0, false)
	want := clean.dump()
	if n < 15 || len(clean.host.calls) != 1 {
		t.Fatalf("the life takes %d commits and %d calls:\n%s", n, len(clean.host.calls), want)
	}
	for k := 1; k <= n; k++ {
		for _, before := range []bool{true, false} {
			l := newLab(t, newHost(t, main, sub))
			l.live(k, before)
			if got := l.dump(); got != want {
				t.Fatalf("death at commit %d of %d (before: %v) ends elsewhere:\n%s", k, n, before, difference(want, got))
			}
		}
	}
}

func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	for _, x := range w {
		if !slices.Contains(g, x) {
			out = append(out, "- "+x)
		}
	}
	for _, x := range g {
		if !slices.Contains(w, x) {
			out = append(out, "+ "+x)
		}
	}
	return strings.Join(out, "\n")
}

func code(err error) errs.Code { return errs.CodeOf(err) }

func TestCommands(t *testing.T) {
	l := newLab(t, newHost(t, main, sub))
	s, _ := l.start(0, false)
	do := func(to, key string, c approval.Command) (process.Answer, error) { return s.Do(ctx, to, c, key) }
	submit := approval.Command{Kind: "submit", Process: "p", Record: "r1", Actor: user("ann")}
	first, err := do("i1", "k1", submit)
	if err != nil || first.Status != approval.Running {
		t.Fatalf("got %+v, %v", first, err)
	}
	again, err := do("i1", "k1", submit)
	if err != nil || !again.Replayed || again.Rev != first.Rev {
		t.Errorf("a repeated submission: got %+v, %v", again, err)
	}
	if _, err := do("i2", "k1", submit); code(err) != errs.KeyReused {
		t.Errorf("the key for something else: got %v", err)
	}
	_, err = do("i2", "k2", submit)
	if code(err) != errs.ActiveInstanceExists || errs.From(err).Details["instance"] != "i1" {
		t.Errorf("a second instance: got %v", err)
	}
	if _, err := do("i1", "", submit); code(err) != errs.Duplicate {
		t.Errorf("the same name again: got %v", err)
	}
	if _, err := do("i9", "", approval.Command{Kind: "approve", Actor: user("bob")}); code(err) != errs.NotFound {
		t.Errorf("an unknown instance: got %v", err)
	}
	// A refusal is remembered too, with its details.
	approve := approval.Command{Kind: "approve", Task: 1, Actor: user("eve")}
	if _, err := do("i1", "k3", approve); code(err) != errs.NotAssignee {
		t.Errorf("got %v", err)
	}
	if r, err := do("i1", "k3", approve); code(err) != errs.NotAssignee || errs.From(err).Message.Zh == "" {
		t.Errorf("got %+v, %v", r, err)
	}
	box, err := s.Inbox(ctx, "bob", nil, 10)
	if err != nil || len(box) != 1 || box[0].Instance != "i1" || box[0].Number != 1 || box[0].Due.IsZero() {
		t.Errorf("bob's inbox: %+v, %v", box, err)
	}
	if next, err := s.Inbox(ctx, "bob", &box[0], 10); err != nil || len(next) != 0 {
		t.Errorf("bob's second page: %+v, %v", next, err)
	}
}

// TestFinalActionsRefused: the decision did not happen, and the audit says why.
func TestFinalActionsRefused(t *testing.T) {
	short := `{"kind":"approval","key":"p","schema":1,"object":"opp","admins":[{"type":"users","ids":["pam"]}],"onApprove":[{"update":"id","set":{"stage":"2"}}],
	 "flow":[{"id":"n1","kind":"approve","participants":[{"type":"manager"}],"timeouts":[{"after":"PT8H","do":"approve"}]}]}`
	l := newLab(t, newHost(t, short))
	l.host.refuse = true
	s, _ := l.start(0, false)
	if _, err := s.Do(ctx, "i1", approval.Command{Kind: "submit", Process: "p", Record: "r1", Actor: user("ann")}, "k1"); err != nil {
		t.Fatal(err)
	}
	approve := approval.Command{Kind: "approve", Task: 1, Actor: user("bob")}
	if _, err := s.Do(ctx, "i1", approve, "k2"); code(err) != errs.FinalActionFailed || !strings.Contains(errs.From(err).Message.Zh, "订单号") {
		t.Fatalf("got %v", err)
	}
	st, err := s.State(ctx, "i1")
	if err != nil || st.Tasks[0].Status != approval.Pending || st.Status != approval.Running {
		t.Fatalf("got %+v, %v", st, err)
	}
	l.clock.Advance(9 * time.Hour)
	if _, err := s.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	st, err = s.State(ctx, "i1")
	if err != nil || st.Status != approval.Error || st.Incidents[0].Code != "final_action_failed" {
		t.Fatalf("after the timer: %+v, %v", st, err)
	}
	var verbs []string
	for _, e := range l.audit(s, "i1") {
		verbs = append(verbs, e.Verb)
	}
	if n := strings.Count(strings.Join(verbs, " "), "actions.failed"); n != 2 || slices.Contains(verbs, "task.decided") {
		t.Errorf("the audit: %v", verbs)
	}
	l.host.refuse = false
	if _, err := s.Do(ctx, "i1", approval.Command{Kind: "retryIncident", Incident: 1, Reason: "freed", Actor: user("pam")}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(ctx, "i1", approve, "k2"); err != nil { // the refusal was not an answer to keep
		t.Fatal(err)
	}
}

// TestActionsFail: an external action is retried, and its last failure is the node's incident; a
// child that cannot start is one too.
func TestActionsFail(t *testing.T) {
	l := newLab(t, newHost(t, main)) // "sub" is not published
	s, _ := l.start(0, false)
	l.host.down = 7
	for i, x := range reference[:4] {
		if x.hours == 0 {
			if _, err := s.Do(ctx, x.to, x.c, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Do(ctx, "i1", approval.Command{Kind: "approve", Task: 2, Actor: user("fin1")}, ""); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := s.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		l.clock.Advance(20 * time.Minute)
	}
	st, err := s.State(ctx, "i1")
	if err != nil || st.Status != approval.Error || len(st.Incidents) != 2 {
		t.Fatalf("got %+v, %v", st, err)
	}
	codes := []string{st.Incidents[0].Code, st.Incidents[1].Code}
	if !slices.Contains(codes, "action_failed") || !slices.Contains(codes, "child_failed") || l.host.down != 2 {
		t.Fatalf("got %v with %d calls left to fail", codes, l.host.down)
	}
	l.host.defs["sub"] = newHost(t, sub).defs["sub"]
	for i := range 2 {
		if _, err := s.Do(ctx, "i1", approval.Command{Kind: "retryIncident", Incident: i + 1, Reason: "repaired", Actor: user("pam")}, ""); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		if _, err := s.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		l.clock.Advance(20 * time.Minute)
	}
	if st, err = s.State(ctx, "i1"); err != nil || st.Status != approval.Running || len(l.host.calls) != 1 {
		t.Fatalf("got %s, %v, %d calls", st.Status, err, len(l.host.calls))
	}
	if child, err := s.State(ctx, "i1.5"); err != nil || child.Status != approval.Running {
		t.Fatalf("the child: %+v, %v", child, err)
	}
	// Withdrawing ends the child.
	if _, err := s.Do(ctx, "i1", approval.Command{Kind: "withdraw", Actor: user("ann")}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	if child, err := s.State(ctx, "i1.5"); err != nil || child.Status != approval.Terminated {
		t.Fatalf("the child: %+v, %v", child, err)
	}
}

// TestManyAtOnce: last signers together; each is answered, the node is decided once.
func TestManyAtOnce(t *testing.T) {
	ids := make([]string, 20)
	for i := range ids {
		ids[i] = fmt.Sprintf("%q", fmt.Sprintf("s%d", i))
	}
	l := newLab(t, newHost(t, `{"kind":"approval","key":"p","schema":1,"object":"opp","flow":[{"id":"n1","kind":"approve","participants":[{"type":"users","ids":[`+strings.Join(ids, ",")+`]}]}]}`))
	s, _ := l.start(0, false)
	if _, err := s.Do(ctx, "i1", approval.Command{Kind: "submit", Process: "p", Record: "r1", Actor: user("ann")}, ""); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	failures := make(chan error, len(ids))
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(len(ids)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := s.Do(ctx, "i1", approval.Command{Kind: "approve", Task: i + 1, Actor: user(fmt.Sprintf("s%d", i))}, ""); err != nil {
				failures <- err
			}
		}()
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	decided := 0
	log := l.audit(s, "i1")
	for _, e := range log {
		if e.Verb == "node.decided" {
			decided++
		}
	}
	st, err := s.State(ctx, "i1")
	if err != nil || st.Status != approval.Approved || decided != 1 {
		t.Errorf("got %s, %v, decided %d times", st.Status, err, decided)
	}
	if err := approval.CheckAudit(st, log); err != nil {
		t.Error(err)
	}
}

// BenchmarkDecisions: each operation is one submission and one approval, durably, by 32 clients.
func BenchmarkDecisions(b *testing.B) {
	l := newLab(b, newHost(b, `{"kind":"approval","key":"p","schema":1,"object":"opp","flow":[{"id":"n1","kind":"approve","participants":[{"type":"manager"}],"timeouts":[{"after":"PT8H","do":"remind"}]}]}`))
	s, _ := l.start(0, false)
	work := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range work {
				name := fmt.Sprintf("i%d", i)
				if _, err := s.Do(ctx, name, approval.Command{Kind: "submit", Process: "p", Record: "r1", Actor: user("ann")}, ""); err != nil {
					b.Error(err)
				}
				from := time.Now()
				if _, err := s.Do(ctx, name, approval.Command{Kind: "approve", Task: 1, Actor: user("bob")}, "k"+name); err != nil {
					b.Error(err)
				}
				mu.Lock()
				took = append(took, time.Since(from))
				mu.Unlock()
			}
		}()
	}
	b.ResetTimer()
	for i := range b.N {
		work <- i
	}
	close(work)
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(2*b.N)/b.Elapsed().Seconds(), "commands/s")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
}
