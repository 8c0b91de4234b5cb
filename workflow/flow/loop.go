package flow

import (
	"fmt"
	"maps"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
)

// failedRounds is what expressions call by how many rounds of a loop have failed.
const failedRounds = "failed"

// items are the records that a loop is over.
func (r *run) items(s *catalog.FlowStep) []int64 { return r.st.Outs[s.Decl.In].Records }

// size is how many records a round of a loop is over.
func size(s *catalog.FlowStep) int { return max(s.Decl.Batch, 1) }

// loop begins the rounds of a loop: one, or several at once in lanes of their own, each of which takes the
// next round when it is done with one.
func (r *run) loop(s *catalog.FlowStep, l *Lane) (bool, error) {
	items := r.items(s)
	r.st.Outs[s.Decl.ID] = Out{Count: len(items)}
	if len(items) == 0 {
		r.finish(l, "step.succeeded", nil)
		return false, nil
	}
	if s.Decl.Parallel < 2 || len(items) == 1 {
		l.Stack = append(l.Stack, r.round(s, items, 0))
		return false, nil
	}
	l.Status = Waiting
	l.Turn++ // no job lets it go on
	bound := l.bound()
	var lanes []*Lane
	for l.Next = 0; l.Next < min(s.Decl.Parallel, len(items)); l.Next++ {
		f := r.round(s, items, l.Next)
		f.Feed = s.Decl.ID
		for name, id := range bound {
			f.Bind[name] = id
		}
		lanes = append(lanes, r.lane(l.ID, f))
	}
	return true, r.all(lanes)
}

// round is the frame of the round that begins with an item.
func (r *run) round(s *catalog.FlowStep, items []int64, n int) Frame {
	f := Frame{List: s.Decl.ID + ".do", Item: n}
	if s.Decl.Batch == 0 {
		f.Bind = map[string]int64{s.Decl.ID: items[n]}
		return f
	}
	out := r.st.Outs[s.Decl.ID]
	out.Records = items[n:min(n+s.Decl.Batch, len(items))]
	out.Count = len(out.Records)
	r.st.Outs[s.Decl.ID] = out
	f.Bind = map[string]int64{"#" + s.Decl.ID: int64(n)} // so that the rounds' calls have different keys
	return f
}

// nextRound begins the round after one that is done; false: there is none.
func (r *run) nextRound(l *Lane, done Frame) bool {
	if done.Feed != "" {
		s, up := r.f.Steps[done.Feed], r.st.Lane(l.Parent)
		items := r.items(s)
		if up.Next >= len(items) {
			return false
		}
		f := r.round(s, items, up.Next)
		f.Feed = done.Feed
		for name, id := range done.Bind {
			if name != done.Feed {
				f.Bind[name] = id
			}
		}
		up.Next++
		l.Stack = append(l.Stack, f)
		return true
	}
	s := r.at(l)
	if items := r.items(s); done.Item+size(s) < len(items) {
		l.Stack = append(l.Stack, r.round(s, items, done.Item+size(s)))
		return true
	}
	return false
}

// rounds is what a loop tells when it is done.
func (r *run) rounds(s *catalog.FlowStep) *Out {
	out := Out{Count: len(r.items(s)), Values: map[string]Value{failedRounds: {Kind: "int", Text: "0"}}}
	maps.Copy(out.Values, r.st.Outs[s.Decl.ID].Values)
	return &out
}

// passed gives up the round of a loop in which a step has failed for good, if the loop goes on then. It gives
// the lane that goes on; nil: no loop around the step passes over failures.
func (r *run) passed(l *Lane, code string, text diag.Text) *Lane {
	for i := len(l.Stack) - 1; i >= 0; i-- {
		s := r.loopOf(l, i)
		if s == nil || s.Decl.OnItemError != "continue" {
			continue
		}
		r.note(Entry{Verb: "item.failed", Step: s.Decl.ID, Lane: l.ID, Branch: fmt.Sprint(l.Stack[i].Item), Code: code, Text: text})
		out := r.st.Outs[s.Decl.ID]
		var n int64
		if v := out.Values[failedRounds].Value(); !v.IsNull() {
			n = v.Int()
		}
		out.Values = map[string]Value{failedRounds: {Kind: "int", Text: fmt.Sprint(n + 1)}}
		r.st.Outs[s.Decl.ID] = out
		l.Stack = l.Stack[:i+1]
		l.Attempt, l.Stack[i].At = 0, len(r.f.Lists[l.Stack[i].List])
		return l
	}
	up := r.st.Lane(l.Parent)
	if up == nil || !r.passes(up) {
		return nil
	}
	for _, x := range r.st.Lanes { // those beside it belong to the same round
		if x.Parent == up.ID && (x.Status == Running || x.Status == Waiting) {
			r.abandon(x)
		}
	}
	up.Status = Running
	return r.passed(up, code, text)
}

// passes says whether a loop that a lane is in, or a lane above it, passes over failures.
func (r *run) passes(l *Lane) bool {
	for i := range l.Stack {
		if s := r.loopOf(l, i); s != nil && s.Decl.OnItemError == "continue" {
			return true
		}
	}
	up := r.st.Lane(l.Parent)
	return up != nil && r.passes(up)
}

// loopOf is the loop of which a frame is a round; nil: it is none.
func (r *run) loopOf(l *Lane, i int) *catalog.FlowStep {
	f := l.Stack[i]
	if f.Feed != "" {
		return r.f.Steps[f.Feed]
	}
	if i == 0 || f.Alone {
		return nil
	}
	up := l.Stack[i-1]
	if s := r.f.Lists[up.List][up.At]; s.Decl.Type == "loop" && f.List == s.Decl.ID+".do" {
		return s
	}
	return nil
}

// abandon ends a lane, and what it waits for.
func (r *run) abandon(l *Lane) {
	for _, x := range r.st.Lanes {
		if x.Parent == l.ID && (x.Status == Running || x.Status == Waiting) {
			r.abandon(x)
		}
	}
	r.forgo(l)
	l.Status, l.Calls, l.Until = Cancelled, "", nil
	l.Turn++
}

// forgo ends what a lane waits for that goes on by itself: a run, an approval, being told.
func (r *run) forgo(l *Lane) {
	if l.Child != "" {
		r.effects = append(r.effects, Effect{Kind: "end", Run: l.Child})
	}
	if l.Awaits != "" {
		r.effects = append(r.effects, Effect{Kind: "forgo", Run: l.Awaits})
	}
	l.Child, l.Awaits = "", ""
	r.deafen(l)
}

// lane makes a lane below another. One that has ended is used again, so that long loops stay small.
func (r *run) lane(parent int, f Frame) *Lane {
	for _, x := range r.st.Lanes {
		if x.Parent != 0 && (x.Status == Succeeded || x.Status == Cancelled) && r.st.Status != Compensating {
			*x = Lane{ID: x.ID, Parent: parent, Status: Running, Turn: x.Turn + 1, Stack: []Frame{f}}
			return x
		}
	}
	x := &Lane{ID: len(r.st.Lanes) + 1, Parent: parent, Status: Running, Stack: []Frame{f}}
	r.st.Lanes = append(r.st.Lanes, x)
	return x
}

// all lets lanes go that have just been made.
func (r *run) all(lanes []*Lane) error {
	for _, x := range lanes {
		if err := r.advance(x); err != nil {
			return err
		}
	}
	return nil
}
