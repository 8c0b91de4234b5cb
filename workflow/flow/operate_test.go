package flow

import (
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

// stepOf is the step that an effect of the counted world belongs to.
func stepOf(effect string) string { return effect[:strings.Index(effect, "map")] }

// TestGoesBack: a run that stopped goes back to any step that it has come to outside of loops and lanes, does it
// and what follows exactly once more, calls other systems by the keys that it called them by, and leaves alone
// what came before; to no other step does it go back.
func TestGoesBack(t *testing.T) {
	refusals, back, inBranches := map[errs.Code]int{}, 0, 0
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 4))
		g := grow(r)
		var touched []string
		for id := range g.want {
			if touching(g.f.Steps[stepOf(id)]) {
				touched = append(touched, stepOf(id))
			}
		}
		if len(touched) == 0 {
			continue
		}
		slices.Sort(touched)
		bad := touched[r.IntN(len(touched))]
		w := &counted{done: map[string]int{}, fails: map[string]int{bad: 1000}, code: errs.Unavailable}
		p := begun(t, g, r, w)
		p.more = true
		p.play()
		if p.st.Status != Failed {
			t.Fatalf("seed %d: the run is %s", seed, p.st.Status)
		}
		delete(w.fails, bad)
		steps := slices.Sorted(maps.Keys(g.f.Steps))
		k := steps[r.IntN(len(steps))]
		before, outs := maps.Clone(w.done), maps.Clone(p.st.Outs)
		if err := p.tell(Command{Kind: "rerun", Step: k}); err != nil {
			refusals[errs.CodeOf(err)]++
			if !reflect.DeepEqual(outs, p.st.Outs) || p.st.Status != Failed {
				t.Fatalf("seed %d: what was refused did something", seed)
			}
			continue
		}
		back++
		list, at, _ := (&run{f: g.f}).placeOf(k)
		if list != "" {
			inBranches++
		}
		again := map[string]bool{}
		x := &run{f: g.f}
		x.below(list, at, again)
		for list != "" { // what follows behind the conditions that the step is in
			owner, _, _ := strings.Cut(list, ".")
			list, at, _ = x.placeOf(owner)
			x.below(list, at+1, again)
		}
		p.play()
		if p.st.Status != Succeeded {
			t.Fatalf("seed %d: gone back to %s the run is %s: %+v", seed, k, p.st.Status, p.st.Incident)
		}
		for id, n := range w.done {
			switch more := n - before[id]; {
			case again[stepOf(id)] && more != g.want[id]:
				t.Fatalf("seed %d: gone back to %s, %s was done %d times more, want %d", seed, k, id, more, g.want[id])
			case !again[stepOf(id)] && (more != 0 || n != g.want[id]):
				t.Fatalf("seed %d: gone back to %s, %s before it was done %d times and then %d", seed, k, id, before[id], more)
			}
		}
	}
	if back < 200 || inBranches < 10 || refusals[errs.InvalidInput] < 20 || refusals[errs.InvalidState] < 20 || len(refusals) != 2 {
		t.Errorf("the lives are too dull: %d went back, %d of them into branches; refused were %v", back, inBranches, refusals)
	}
}

// lined is a flow of steps in a row.
func lined(steps ...*catalog.FlowStep) *grown {
	g := &grown{f: &catalog.Flow{Key: "g", Set: model.FlowSettings{MaxSteps: 1000}, Timeout: clock.Period{Days: 30}, Vars: map[string]string{"n": "int", "word": "text"}, Secret: map[string]bool{"vars.word": true},
		Lists: map[string][]*catalog.FlowStep{}, Steps: map[string]*catalog.FlowStep{}}}
	for _, s := range steps {
		s.Retry = catalog.Retry{Max: 1, Initial: time.Second, Cap: time.Minute, Factor: 2}
		g.f.Steps[s.Decl.ID] = s
		g.f.Lists[""] = append(g.f.Lists[""], s)
	}
	return g
}

func plain(id, kind string) *catalog.FlowStep {
	return &catalog.FlowStep{Decl: &model.FlowStep{ID: id, Type: kind}}
}

// summing adds one to the variable n.
type summing struct{ *counted }

func (w summing) Eval(_ *expr.Program, st *State, _ map[string]int64) (value.Value, error) {
	n := int64(0)
	if v := st.Vars["n"].Value(); !v.IsNull() {
		n = v.Int()
	}
	return value.Int(n + 1), nil
}

// TestVariablesGoBack: who goes back finds the variables as they were there, however often they have been set since.
func TestVariablesGoBack(t *testing.T) {
	set := func(id string) *catalog.FlowStep {
		s := plain(id, "set")
		s.Vars = map[string]*expr.Program{"n": {}}
		return s
	}
	g := lined(set("a"), set("b"), plain("c", "update"), set("d"), plain("e", "update"))
	w := &counted{done: map[string]int{}, fails: map[string]int{"e": 1000}, code: errs.NotFound}
	p := summed(t, g, w)
	for _, x := range []struct{ from, want string }{{"", "3"}, {"e", "3"}, {"d", "3"}, {"b", "3"}, {"c", "3"}, {"a", "3"}} {
		if x.from != "" {
			p.must(Command{Kind: "rerun", Step: x.from})
			p.play()
		}
		if got := p.st.Vars["n"].Text; p.st.Status != Failed || got != x.want {
			t.Errorf("from %q: the run is %s, n is %s, want %s", x.from, p.st.Status, got, x.want)
		}
	}
	// Edited at the step, the value holds from there.
	p.must(Command{Kind: "rerun", Step: "b", Vars: map[string]Value{"n": ValueOf(value.Int(10))}})
	p.play()
	if got := p.st.Vars["n"].Text; got != "12" {
		t.Errorf("edited: n is %s", got)
	}
}

// summed is a run, driven as far as it goes, in whose world each expression is one more than the variable n.
func summed(t *testing.T, g *grown, w *counted) *player {
	t.Helper()
	p := &player{t: t, g: g, r: rand.New(rand.NewPCG(1, 1)), w: w, world: summing{w}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), keys: map[string]string{}}
	p.must(Command{Kind: "start", Flow: "g", Cause: &Cause{Type: "record"}})
	p.play()
	return p
}

// TestEditedVariables: variables that there are get values of their kinds, and the trace tells who changed what,
// but not what is secret; everything else is refused and leaves nothing.
func TestEditedVariables(t *testing.T) {
	g := lined(plain("a", "update"))
	p := begun(t, g, rand.New(rand.NewPCG(1, 1)), &counted{done: map[string]int{}, fails: map[string]int{"a": 1}, code: errs.NotFound})
	p.play()
	for name, vars := range map[string]map[string]Value{"no variable": {"x": ValueOf(value.Int(1))}, "another kind": {"n": ValueOf(value.Text("1"))}} {
		if err := p.tell(Command{Kind: "retry", Vars: vars}); errs.CodeOf(err) != errs.InvalidInput || p.st.Status != Failed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := p.tell(Command{Kind: "retry", Step: "b"}); errs.CodeOf(err) != errs.InvalidState {
		t.Errorf("at another step: %v", err)
	}
	_, trace, _, err := Apply(g.f, p.st, Command{Kind: "retry", By: 7, Step: "a", Vars: map[string]Value{"n": ValueOf(value.Int(2)), "word": ValueOf(value.Text("hush"))}}, "run_1", p.now, p.w)
	if err != nil || len(trace) != 2 || trace[1].Verb != "vars.edited" || trace[1].By != 7 {
		t.Fatalf("%v %+v", err, trace)
	}
	want := []Edit{{Name: "n", To: &Value{Kind: "int", Text: "2"}}, {Name: "word", To: &Value{Kind: "secret"}}}
	if !reflect.DeepEqual(trace[1].Edits, want) {
		t.Errorf("the trace tells %+v", trace[1].Edits)
	}
}

// TestGivenOut: a step that is passed over gives what it could have given itself.
func TestGivenOut(t *testing.T) {
	ask, find, tell := plain("ask", "http"), plain("find", "query"), plain("tell", "notify")
	ask.Gives = map[string]expr.Type{"number": {Kind: value.KindText}, "status": {Kind: value.KindInt}}
	find.Decl.Limit = 2
	for name, x := range map[string]struct {
		s    *catalog.FlowStep
		out  Out
		good bool
	}{
		"values":             {ask, Out{Values: map[string]Value{"number": ValueOf(value.Text("1")), "status": ValueOf(value.Int(2))}}, true},
		"some":               {ask, Out{Values: map[string]Value{"number": ValueOf(value.Null)}}, true},
		"another kind":       {ask, Out{Values: map[string]Value{"number": ValueOf(value.Int(1))}}, false},
		"another name":       {ask, Out{Values: map[string]Value{"x": ValueOf(value.Int(1))}}, false},
		"a record of a call": {ask, Out{Record: 1}, false},
		"records":            {find, Out{Records: []int64{1, 2}, Count: 2}, true},
		"too many":           {find, Out{Records: []int64{1, 2, 3}, Count: 3}, false},
		"of nothing":         {tell, Out{Records: []int64{1}}, false},
		"a record":           {plain("c", "create"), Out{Record: 1}, true},
		"records of one":     {plain("c", "create"), Out{Records: []int64{1}}, false},
	} {
		if no := fits(x.s, &x.out); (no == nil) != x.good {
			t.Errorf("%s: %v", name, no)
		}
	}
}

// TestUndoingIsTakenUp: a compensation that failed and is tried again goes on undoing, and the run ends as undone;
// nobody takes it for one that has succeeded, and it does not go back to a step.
func TestUndoingIsTakenUp(t *testing.T) {
	g := lined(plain("a", "update"), plain("b", "update"))
	for _, id := range []string{"a", "b"} {
		s := plain("un"+id, "update")
		s.Retry = catalog.Retry{Max: 1}
		g.f.Steps["un"+id], g.f.Lists[id+".compensate"] = s, []*catalog.FlowStep{s}
	}
	w := &counted{done: map[string]int{}, fails: map[string]int{"una": 1}, code: errs.NotFound}
	p := begun(t, g, rand.New(rand.NewPCG(1, 1)), w)
	p.play()
	p.must(Command{Kind: "compensate"})
	p.play()
	if p.st.Status != Failed || p.st.Incident.Code != "COMPENSATION_FAILED" {
		t.Fatalf("the run is %s, %+v", p.st.Status, p.st.Incident)
	}
	if err := p.tell(Command{Kind: "rerun", Step: "a"}); errs.CodeOf(err) != errs.InvalidState {
		t.Errorf("gone back: %v", err)
	}
	p.must(Command{Kind: "retry"})
	p.play()
	if want := map[string]int{"amap[]": 1, "bmap[]": 1, "unamap[]": 1, "unbmap[]": 1}; p.st.Status != Compensated || !reflect.DeepEqual(w.done, want) {
		t.Errorf("taken up, the run is %s, and done is %v", p.st.Status, w.done)
	}
}

// TestRetryOn: a step says after which failures it is tried again, in place of those that may pass by themselves.
func TestRetryOn(t *testing.T) {
	for name, x := range map[string]struct {
		on   map[string]bool
		code errs.Code
		want Status
	}{
		"by itself, what passes":         {nil, errs.RecordLocked, Succeeded},
		"by itself, what stays":          {nil, errs.ValidationFail, Failed},
		"what it names":                  {map[string]bool{"VALIDATION_FAILED": true}, errs.ValidationFail, Succeeded},
		"what passes, and is not named":  {map[string]bool{"VALIDATION_FAILED": true}, errs.RecordLocked, Failed},
		"nothing that is named happened": {map[string]bool{"TIMEOUT": true}, errs.Unavailable, Failed},
	} {
		g := lined(plain("a", "update"))
		g.f.Steps["a"].Retry = catalog.Retry{Max: 2, Initial: time.Second, Cap: time.Minute, Factor: 2, On: x.on}
		p := begun(t, g, rand.New(rand.NewPCG(1, 1)), &counted{done: map[string]int{}, fails: map[string]int{"a": 1}, code: x.code})
		p.play()
		if p.st.Status != x.want {
			t.Errorf("%s: the run is %s", name, p.st.Status)
		}
	}
}

// TestGoesBackAfterMigration: a run whose steps are called otherwise by now goes back to them by their new names, also
// into a branch that it took before, and finds the variables as they were there.
func TestGoesBackAfterMigration(t *testing.T) {
	set := func(id string) *catalog.FlowStep {
		s := plain(id, "set")
		s.Vars = map[string]*expr.Program{"n": {}}
		return s
	}
	which, inside := plain("which", "condition"), set("inside")
	which.Decl.Branches, which.Branches = []*model.FlowBranch{{ID: "yes"}}, []*expr.Program{nil}
	g := lined(set("a"), which, plain("bad", "update"))
	g.f.Steps["inside"], g.f.Lists["which.yes"] = inside, []*catalog.FlowStep{inside}
	w := &counted{done: map[string]int{}, fails: map[string]int{"bad": 1, "xbad": 1}, code: errs.NotFound}
	p := summed(t, g, w)
	if p.st.Status != Failed || p.st.Vars["n"].Text != "2" {
		t.Fatalf("the run is %s, n is %s", p.st.Status, p.st.Vars["n"].Text)
	}
	next, names := renamed(g.f, "x")
	from, to := shape(g.f), shape(next)
	g.f = next
	p.must(Command{Kind: "migrate", Migration: &Migration{From: from, To: to, Version: 2, Steps: names}})
	if err := p.tell(Command{Kind: "rerun", Step: "inside"}); errs.CodeOf(err) != errs.NotFound {
		t.Errorf("by the old name: %v", err)
	}
	p.must(Command{Kind: "rerun", Step: "xinside"})
	p.play()
	if p.st.Status != Failed || p.st.Vars["n"].Text != "2" || p.st.Incident.Step != "xbad" {
		t.Errorf("gone back, the run is %s at %+v, n is %s", p.st.Status, p.st.Incident, p.st.Vars["n"].Text)
	}
}
