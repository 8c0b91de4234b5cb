package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// counted is a world in which each step that touches records is counted, and fails as a plan says.
type counted struct {
	done  map[string]int // by step and bound records
	fails map[string]int // how often a step still fails
	code  errs.Code
}

func (w *counted) Eval(*expr.Program, *State, map[string]int64) (value.Value, error) {
	return value.Bool(true), nil
}

func (w *counted) Acts() bool { return true }

func (w *counted) Admits(*State) error { return nil }

// Compose names the call by its step and bound records, so that played can count it.
func (w *counted) Compose(s *catalog.FlowStep, _ *State, bind map[string]int64) (Outgoing, error) {
	return Outgoing{Body: fmt.Sprintf("%s%v", s.Decl.ID, bind)}, nil
}

func (w *counted) Input(*State) map[string]Value { return nil }

func (w *counted) Until(s *catalog.FlowStep, from time.Time) time.Time { return s.For.After(from) }

func (w *counted) Do(s *catalog.FlowStep, _ *State, bind map[string]int64) (Out, error) {
	if w.fails[s.Decl.ID] > 0 {
		w.fails[s.Decl.ID]--
		return Out{}, errs.New(w.code, "it fails", "失败")
	}
	w.done[fmt.Sprintf("%s%v", s.Decl.ID, bind)]++
	if s.Decl.Type == "query" {
		return Out{Records: []int64{1, 2, 3}, Count: 3}, nil
	}
	return Out{Record: 1, Count: 1}, nil
}

// grown is a flow of random shape, and how often each of its steps is to be done.
type grown struct {
	f    *catalog.Flow
	n    int
	want map[string]int
	// between may change the flow and the state between two commands; nil: nothing does.
	between func(st *State, now time.Time) (*State, []Effect)
}

func grow(r *rand.Rand) *grown {
	g := &grown{f: &catalog.Flow{Key: "g", Set: model.FlowSettings{MaxSteps: 10_000}, Timeout: clock.Period{Days: 30}, Lists: map[string][]*catalog.FlowStep{}, Steps: map[string]*catalog.FlowStep{}}, want: map[string]int{}}
	g.list(r, "", 0, []map[string]int64{{}})
	return g
}

func (g *grown) step(kind string) *catalog.FlowStep {
	g.n++
	s := &catalog.FlowStep{Decl: &model.FlowStep{ID: fmt.Sprintf("s%d", g.n), Type: kind}, Retry: catalog.Retry{Max: 3, Initial: time.Second, Cap: time.Minute, Factor: 2}}
	g.f.Steps[s.Decl.ID] = s
	return s
}

// list grows a sequence; binds are the records that its steps are done with, one after the other.
func (g *grown) list(r *rand.Rand, name string, depth int, binds []map[string]int64) {
	var out []*catalog.FlowStep
	for range 1 + r.IntN(3) {
		kinds := []string{"update", "create", "wait", "set", "http"}
		if depth < 3 {
			kinds = append(kinds, "parallel", "condition", "loop")
		}
		switch kind := kinds[r.IntN(len(kinds))]; kind {
		case "loop":
			q := g.step("query")
			out = append(out, q)
			g.touch(q, binds)
			s := g.step("loop")
			s.Decl.In = q.Decl.ID
			rounds := []map[string]int64{{s.Decl.ID: 1}, {s.Decl.ID: 2}, {s.Decl.ID: 3}}
			switch r.IntN(3) {
			case 0:
				s.Decl.Parallel = 2 + r.IntN(3)
			case 1:
				s.Decl.Batch = 2
				rounds = []map[string]int64{{"#" + s.Decl.ID: 0}, {"#" + s.Decl.ID: 2}}
			}
			out = append(out, s)
			var inner []map[string]int64
			for _, b := range binds {
				for _, round := range rounds {
					x := maps.Clone(round)
					for k, v := range b {
						x[k] = v
					}
					inner = append(inner, x)
				}
			}
			g.list(r, s.Decl.ID+".do", depth+1, inner)
		case "parallel", "condition":
			s := g.step(kind)
			out = append(out, s)
			for i := range 1 + r.IntN(3) {
				b := &model.FlowBranch{ID: fmt.Sprintf("b%d", i)}
				s.Decl.Branches = append(s.Decl.Branches, b)
				s.Branches = append(s.Branches, &expr.Program{})
				taken := binds
				if kind == "condition" && i > 0 { // all conditions are true, so the first branch is taken
					taken = []map[string]int64{}
				}
				g.list(r, s.Decl.ID+"."+b.ID, depth+1, taken)
			}
		case "wait":
			s := g.step(kind)
			s.For = clock.Period{Time: time.Duration(1+r.IntN(100)) * time.Second}
			out = append(out, s)
		case "http":
			s := g.step(kind)
			out = append(out, s)
			g.touch(s, binds)
		default:
			s := g.step(kind)
			out = append(out, s)
			if touching(s) {
				g.touch(s, binds)
			}
		}
	}
	g.f.Lists[name] = out
}

func (g *grown) touch(s *catalog.FlowStep, binds []map[string]int64) {
	for _, b := range binds {
		g.want[fmt.Sprintf("%s%v", s.Decl.ID, b)]++
	}
}

// player drives a run, with commands repeated and in any order, as jobs are.
type player struct {
	t     *testing.T
	g     *grown
	r     *rand.Rand
	w     *counted
	now   time.Time
	st    *State
	todo  []Effect
	old   []Effect
	keys  map[string]string // of calls
	world World             // nil: w itself
	more  bool              // calls may be made once more, by somebody's order
}

func (p *player) within() World {
	if p.world != nil {
		return p.world
	}
	return p.w
}

// tell gives a command; a refusal is the caller's.
func (p *player) tell(c Command) error {
	p.t.Helper()
	if p.g.between != nil && p.st != nil {
		st, effects := p.g.between(p.st, p.now)
		p.st = st
		for _, e := range effects {
			if e.Kind == "run" {
				p.todo = append(p.todo, e)
			}
		}
	}
	before, _ := json.Marshal(p.st)
	next, _, effects, err := Apply(p.g.f, p.st, c, "run_1", p.now, p.within())
	if after, _ := json.Marshal(p.st); string(after) != string(before) {
		p.t.Fatalf("%s changed the state that it was given", c.Kind)
	}
	if failed, ok := err.(*StepError); ok {
		e := errs.From(failed.Cause)
		next, _, effects, err = Apply(p.g.f, p.st, Command{Kind: "failed", Lane: failed.Lane, Turn: failed.Turn, Code: string(e.Code)}, "run_1", p.now, p.within())
	}
	if err != nil {
		return err
	}
	raw, err := json.Marshal(next)
	if err != nil {
		p.t.Fatal(err)
	}
	p.st = &State{}
	if err := json.Unmarshal(raw, p.st); err != nil {
		p.t.Fatal(err)
	}
	if err := Check(p.st); err != nil {
		p.t.Fatalf("after %s: %v", c.Kind, err)
	}
	for _, e := range effects {
		if e.Kind == "run" || e.Kind == "call" {
			p.todo = append(p.todo, e)
		}
	}
	return nil
}

func (p *player) must(c Command) {
	p.t.Helper()
	if err := p.tell(c); err != nil {
		p.t.Fatal(err)
	}
}

// play lets the run go on until it is over.
func (p *player) play() {
	p.t.Helper()
	for n := 0; !p.st.Status.Over() && n < 20_000; n++ {
		if len(p.todo) == 0 {
			p.t.Fatalf("the run is %s and nothing is to come: %+v", p.st.Status, p.st)
		}
		i := p.r.IntN(len(p.todo))
		e := p.todo[i]
		p.todo = slices.Delete(p.todo, i, i+1)
		if e.At.After(p.now) {
			p.now = e.At
		}
		if l := p.st.Lane(e.Lane); e.Kind == "call" && (l == nil || l.Turn != e.Turn || l.Calls == "") {
			continue // nobody waits for it any more, so it is not made
		}
		if e.Kind == "call" && p.st.Lane(e.Lane).Attempt == 0 && p.r.IntN(3) == 0 { // with the same key it is called again
			p.must(Command{Kind: "failed", Lane: e.Lane, Turn: e.Turn, Code: "TIMEOUT", Again: true})
			continue
		}
		if e.Kind == "call" {
			if was := p.keys[e.Call.Body]; was != "" && (!p.more || was != e.Call.Key) {
				p.t.Fatalf("%s is called twice, with the keys %s and %s", e.Call.Body, was, e.Call.Key)
			}
			p.keys[e.Call.Body] = e.Call.Key
			p.w.done[e.Call.Body]++
		}
		p.old = append(p.old, e)
		p.must(outcome(e))
		if p.r.IntN(4) == 0 { // one that comes twice
			p.must(outcome(p.old[p.r.IntN(len(p.old))]))
		}
	}
	seen := map[string]string{}
	for call, key := range p.keys {
		if seen[key] != "" {
			p.t.Fatalf("%s and %s have the same key", seen[key], call)
		}
		seen[key] = call
	}
}

// begun is a run that has started.
func begun(t *testing.T, g *grown, r *rand.Rand, w *counted) *player {
	t.Helper()
	p := &player{t: t, g: g, r: r, w: w, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), keys: map[string]string{}}
	p.must(Command{Kind: "start", Flow: "g", Cause: &Cause{Type: "record", Record: "a_1"}})
	return p
}

// played is a run driven to its end.
func played(t *testing.T, g *grown, r *rand.Rand, w *counted) *State {
	t.Helper()
	p := begun(t, g, r, w)
	p.play()
	return p.st
}

// outcome is what a job tells a run.
func outcome(e Effect) Command {
	if e.Kind == "call" {
		return Command{Kind: "answered", Lane: e.Lane, Turn: e.Turn, Out: &Out{}}
	}
	return Command{Kind: "run", Lane: e.Lane, Turn: e.Turn}
}

// TestNoEffectLostOrDoubled: in whatever order lanes go on, however often jobs come and steps fail, each
// step that is reached is done exactly once for each record, and the run ends.
func TestNoEffectLostOrDoubled(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := grow(r)
		w := &counted{done: map[string]int{}, fails: map[string]int{}, code: errs.RecordLocked}
		for id, s := range g.f.Steps {
			if touching(s) && seed%3 == 0 {
				w.fails[id] = int(seed+uint64(len(id))) % 3 // fewer than are tried
			}
		}
		st := played(t, g, r, w)
		if st.Status != Succeeded || !reflect.DeepEqual(w.done, g.want) {
			t.Fatalf("seed %d: the run is %s (%+v); done\n%v, want\n%v", seed, st.Status, st.Incident, w.done, g.want)
		}
	}
}

// shape is what a grown flow declares.
func shape(f *catalog.Flow) *Shape {
	s := &Shape{Decl: &model.Flow{}, lists: map[string][]*model.FlowStep{}, steps: map[string]*model.FlowStep{}}
	for name, list := range f.Lists {
		for _, x := range list {
			s.lists[name] = append(s.lists[name], x.Decl)
			s.steps[x.Decl.ID] = x.Decl
		}
	}
	return s
}

// renamed is a flow whose steps are called otherwise, and how.
func renamed(f *catalog.Flow, by string) (*catalog.Flow, map[string]string) {
	names := map[string]string{}
	for id := range f.Steps {
		names[id] = by + id
	}
	out := *f
	out.Lists, out.Steps = map[string][]*catalog.FlowStep{}, map[string]*catalog.FlowStep{}
	for name, list := range f.Lists {
		var steps []*catalog.FlowStep
		for _, x := range list {
			s, decl := *x, *x.Decl
			decl.ID = names[decl.ID]
			if decl.In != "" {
				decl.In = names[decl.In]
			}
			s.Decl = &decl
			steps = append(steps, &s)
			out.Steps[decl.ID] = &s
		}
		out.Lists[renaming(names).list(name)] = steps
	}
	return &out, names
}

// plainly is what was done by the names that steps had at first.
func plainly(done map[string]int, by string) map[string]int {
	out := map[string]int{}
	for id, n := range done {
		out[strings.ReplaceAll(id, by, "")] += n
	}
	return out
}

// TestMigratedDoesEachStepOnce: a run that goes over to a version in which all steps are called otherwise, at whatever
// moment, does what is left and nothing twice. A version in which something that is done is other takes no run.
func TestMigratedDoesEachStepOnce(t *testing.T) {
	moved, refused := 0, 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 4))
		g := grow(r)
		w := &counted{done: map[string]int{}, fails: map[string]int{}}
		left := 1 + r.IntN(20)
		g.between = func(st *State, now time.Time) (*State, []Effect) {
			if left--; left != 0 || st.Status.Over() {
				return st, nil
			}
			next, names := renamed(g.f, "x")
			m := &Migration{From: shape(g.f), To: shape(next), Version: 2, Steps: names}
			if slices.ContainsFunc(m.Problems(st), func(p Problem) bool { return p.Code == "called_under_id" }) {
				left = 1 // the other system knows a call by the name of its step, until it has answered
				return st, nil
			}
			if first := st.Lanes[0]; first.Stack[0].At > 0 {
				changed := shape(next)
				done := *changed.lists[""][0]
				done.When = "score > 1"
				changed.lists[""] = append([]*model.FlowStep{&done}, changed.lists[""][1:]...)
				if found := (&Migration{From: m.From, To: changed, Version: 2, Steps: names}).Problems(st); !slices.Contains(found, Problem{g.f.Lists[""][0].Decl.ID, "step_changed"}) {
					t.Fatalf("seed %d: what is done is other, and told is %v", seed, found)
				}
				refused++
			}
			out, _, effects, err := Apply(next, st, Command{Kind: "migrate", Migration: m}, "run_1", now, w)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			g.f = next
			moved++
			return out, effects
		}
		st := played(t, g, r, w)
		if err := Check(st); err != nil || st.Status != Succeeded || !reflect.DeepEqual(plainly(w.done, "x"), g.want) {
			t.Fatalf("seed %d: the run is %s (%+v, %v); done\n%v, want\n%v", seed, st.Status, st.Incident, err, w.done, g.want)
		}
	}
	if moved < 200 || refused < 80 {
		t.Errorf("%d runs were moved, %d refused", moved, refused)
	}
}

// TestDeterministic: the same arguments give the same state, trace and effects.
func TestDeterministic(t *testing.T) {
	for seed := range uint64(200) {
		var outs []string
		for range 2 {
			r := rand.New(rand.NewPCG(seed, 2))
			g := grow(r)
			st := played(t, g, r, &counted{done: map[string]int{}, fails: map[string]int{}})
			raw, err := json.Marshal(st)
			if err != nil {
				t.Fatal(err)
			}
			outs = append(outs, string(raw))
		}
		if outs[0] != outs[1] {
			t.Fatalf("seed %d:\n%s", seed, strings.Join(outs, "\n"))
		}
	}
}

// TestFailsForGood: a step that fails more often than it is tried stops the run at this step; a retry
// then does what is left, once.
func TestFailsForGood(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := grow(r)
		var touched []string
		for id := range g.want {
			if name := id[:strings.Index(id, "map")]; touching(g.f.Steps[name]) {
				touched = append(touched, name)
			}
		}
		if len(touched) == 0 {
			continue
		}
		slices.Sort(touched)
		bad := touched[r.IntN(len(touched))]
		w := &counted{done: map[string]int{}, fails: map[string]int{bad: 1000}, code: errs.Unavailable}
		st := played(t, g, r, w)
		if st.Status != Failed || st.Incident == nil || st.Incident.Step != bad {
			t.Fatalf("seed %d: the run is %s, %+v, want a failure of %s", seed, st.Status, st.Incident, bad)
		}
		for id, n := range w.done {
			if n > g.want[id] {
				t.Fatalf("seed %d: %s was done %d times", seed, id, n)
			}
		}
	}
}
