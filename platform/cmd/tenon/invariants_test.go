package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/invariant"
)

// consistent holds everything that is stored of processes against the invariants.
func (o *office) consistent() {
	o.t.Helper()
	if err := o.in.inconsistent(o.t); err != nil {
		o.t.Fatalf("what is stored is inconsistent:\n%v", err)
	}
}

// inconsistent says which invariants what is stored breaks.
func (in *instance) inconsistent(t testing.TB) error {
	t.Helper()
	h := in.hosting(t)
	tenant := in.publish.Tenant
	return invariant.Check(context.Background(), in.db, invariant.World{Now: in.clock.Now(), Flows: tenant.Catalog().Flows, Pools: in.pools(t),
		Definition: func(ctx context.Context, key string, version int) (*approval.Definition, error) {
			return in.definition(ctx, h, key, version)
		},
		Locks: func(ctx context.Context, record string) (names []string, err error) {
			err = in.db.View(ctx, func(tx store.Tx) error {
				prefix, id, _ := query.SplitID(record)
				o := tenant.Catalog().ByPrefix[prefix]
				r, there, err := in.publish.Records.Reading(ctx, tx, tenant.Catalog()).Find(o, id)
				if err != nil || !there {
					return err
				}
				names = []string{}
				f := o.Field(catalog.Locks)
				if f == nil || r.Get(f).IsNull() {
					return nil
				}
				var locks []struct{ Name string }
				if err := json.NewDecoder(strings.NewReader(r.Get(f).Text())).Decode(&locks); err != nil {
					return err
				}
				for _, l := range locks {
					names = append(names, l.Name)
				}
				return nil
			})
			return names, err
		}})
}

// pools are the desks of a life, whose seats are given chores in turn; nil where it has none.
func (in *instance) pools(t testing.TB) func(context.Context) (map[string][]invariant.Member, error) {
	if in.publish.Tenant.Catalog().Object("seat") == nil {
		return nil
	}
	return func(context.Context) (map[string][]invariant.Member, error) {
		var found struct {
			Chores struct{ Nodes []struct{ State string } }
			Seats  struct {
				Nodes []struct {
					Weight, Turn int64
					Desk         struct{ ID string }
					Person       struct{ Username string }
				}
			}
		}
		in.ask(t, signedIn(ident.Principal{Name: "root", Admin: true}), `{ chores(first: 500) { nodes { state } } seats(first: 500) { nodes { weight turn desk { id } person { username } } } }`, &found)
		given := map[string]int64{}
		for _, x := range found.Chores.Nodes {
			given[x.State]++
		}
		out := map[string][]invariant.Member{}
		for _, s := range found.Seats.Nodes {
			out[s.Desk.ID] = append(out[s.Desk.ID], invariant.Member{Name: s.Person.Username, Weight: s.Weight, Turn: s.Turn, Assigned: given[s.Person.Username]})
		}
		return out, nil
	}
}

// definition finds a version of an approval process.
func (in *instance) definition(ctx context.Context, h *host.Host, key string, version int) (def *approval.Definition, err error) {
	err = in.db.View(ctx, func(tx store.Tx) error {
		def, err = h.Definition(ctx, tx, key, version)
		return err
	})
	return def, err
}

// hosting is what approvals find around them.
func (in *instance) hosting(t testing.TB) *host.Host {
	t.Helper()
	h, err := host.New(host.Deps{Tenant: in.publish.Tenant, Records: in.publish.Records, Actions: in.publish.Actions, Resolve: standard.Resolving()})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestInconsistent: what is stored of an approval under way, of one that has ended, and of runs that wait
// is consistent; and whatever of it is taken away or made false is noticed.
func TestInconsistent(t *testing.T) {
	base := filepath.Join(shortDir(t), "base")
	files := maps.Clone(flowLife.flows)
	files["listens"] = `{"key": "listens", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [{"id": "hear", "type": "wait", "event": "never"}]}`
	t.Run("base", func(t *testing.T) {
		l := moveIn(t, base, files)
		over := l.sent("s1", "pool", l.made("d1"))
		l.act("fay", "a1", "claim", over, 1, "")
		l.act("fay", "a2", "approve", over, 1, "")
		l.sent("s2", "pool", l.made("d2"))
		l.sent("s3", "discount", l.made("d3"))
		l.lone("l1", "score: 1")
		l.settle()
		l.lone("l2", "score: 2") // its run is about to begin
		l.consistent()
	})
	is := func(column, v string) driver.Expr {
		return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: column}, R: driver.Const{Value: value.Text(v)}}
	}
	set := func(table string, where driver.Expr, column string, v value.Value) func(*living, context.Context, store.Tx) (int64, error) {
		return func(_ *living, ctx context.Context, tx store.Tx) (int64, error) {
			return tx.UpdateWhere(ctx, table, where, nil, []string{column}, []value.Value{v})
		}
	}
	gone := func(table string, where driver.Expr) func(*living, context.Context, store.Tx) (int64, error) {
		return func(_ *living, ctx context.Context, tx store.Tx) (int64, error) {
			return tx.DeleteWhere(ctx, table, where, nil)
		}
	}
	all := driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(0)}}
	for name, x := range map[string]struct {
		how  func(*living, context.Context, store.Tx) (int64, error)
		want string
	}{
		"a timer is lost":                  {gone("_wf_job", is("kind", "approval.command")), "I1: the timer"},
		"a lane is forgotten":              {gone("_wf_job", is("pool", "flow")), "waits for nothing"},
		"a lane hears nothing":             {gone("_wf_flow_ear", all), "is to be told of something"},
		"a job has died in silence":        {set("_wf_job", is("pool", "flow"), "status", value.Text("dead")), "I1: job"},
		"a task of what is over waits":     {set("_wf_task", all, "open", value.Bool(true)), "I2: task 1"},
		"a task is in no inbox":            {set("_wf_task", all, "open", value.Bool(false)), "I5: the rows of tasks"},
		"a line of an audit is lost":       {gone("_wf_audit", driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "seq"}, R: driver.Const{Value: value.Int(2)}}), "I5: entry 2"},
		"a line of an audit is another's":  {set("_wf_audit", is("verb", "task.decided"), "entry", value.JSON(`{"seq": 1, "verb": "x"}`)), "audit: entry 1"},
		"an instance is said to be over":   {set("_wf_inst", is("status", "running"), "over", value.Bool(true)), "I5: the row says"},
		"a record is open to all":          {func(l *living, ctx context.Context, tx store.Tx) (int64, error) { return l.unlock(ctx, tx) }, "I7"},
		"a run has no beginning":           {gone("_wf_job", is("kind", "flow.start")), "I10"},
		"jobs of an order go on at once":   {set("_wf_job", all, "order", value.Text("x")), "I12"},
		"who has a job does not come back": {func(l *living, ctx context.Context, tx store.Tx) (int64, error) { return l.hold(ctx, tx) }, "I13"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(shortDir(t), "data")
			if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
				t.Fatal(err)
			}
			l := moveIn(t, dir, files)
			l.consistent()
			err := l.in.db.Update(l.as("root"), func(tx store.Tx) error {
				n, err := x.how(l, l.as("root"), tx)
				if n == 0 {
					t.Error("nothing was changed")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.in.inconsistent(t); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("told is %v, want %s", err, x.want)
			}
		})
	}
}

// unlock takes the locks off all deals.
func (l *living) unlock(ctx context.Context, tx store.Tx) (int64, error) {
	o := l.in.publish.Tenant.Catalog().Object("deal")
	return tx.UpdateWhere(ctx, o.Table, driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(0)}}, nil, []string{o.Field(catalog.Locks).Column}, []value.Value{value.Null})
}

// hold gives all jobs to a process that took them an hour ago.
func (l *living) hold(ctx context.Context, tx store.Tx) (int64, error) {
	return tx.UpdateWhere(ctx, "_wf_job", driver.Cmp{Op: driver.Gt, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(0)}}, nil, []string{"owner", "at"},
		[]value.Value{value.Text("gone"), value.Instant(l.begin.Add(-time.Hour))})
}

// TestInconsistentTurns: whoever was given something out of turn, or stepped without being given anything, is noticed.
func TestInconsistentTurns(t *testing.T) {
	l := moveIn(t, filepath.Join(shortDir(t), "data"), turnsLife.flows)
	turnsLife.lead(l)
	l.consistent()
	for name, change := range map[string]func(seat, chore any, turn int) string{
		"a turn is lost": func(seat, _ any, turn int) string {
			return fmt.Sprintf(`updateSeat(id: %q, patch: {turn: %d}) { seat { id } }`, seat, turn+3)
		},
		"something is taken back without a turn": func(_, chore any, _ int) string {
			return fmt.Sprintf(`updateChore(id: %q, patch: {state: null}) { chore { id } }`, chore)
		},
	} {
		d := l.must("root", `{ seats(first: 1) { nodes { id turn } } chores(first: 1) { nodes { id state } } }`)
		turn, _ := dig(d, "seats", "nodes", 0, "turn").(float64)
		seat, chore := dig(d, "seats", "nodes", 0, "id"), dig(d, "chores", "nodes", 0, "id")
		l.must("root", `mutation { %s }`, change(seat, chore, int(turn)))
		if err := l.in.inconsistent(t); err == nil || !strings.Contains(err.Error(), "I14: ") {
			t.Errorf("%s: told is %v", name, err)
		}
		l.must("root", `mutation { updateSeat(id: %q, patch: {turn: %d}) { seat { id } } updateChore(id: %q, patch: {state: %q}) { chore { id } } }`, seat, int(turn), chore, dig(d, "chores", "nodes", 0, "state"))
		l.consistent()
	}
}
