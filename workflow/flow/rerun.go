package flow

import (
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
)

// rerun lets a run go back to a step and do it, and all that follows, once more. What came before stays as it
// is; what was done behind it stays in the trace, with the records that it wrote, and nothing reads it any more.
//
// A run has one place to go back to only in its main sequence and in branches that it took there: a round of a
// loop has no meaning without the rounds beside it, and lanes have gone on without each other.
func (r *run) rerun(c Command) error {
	st := r.st
	if st.Status != Failed && st.Status != Cancelled || st.Undone || len(st.Lanes) == 0 {
		return wrongState(st.Status)
	}
	if c.Out != nil {
		return errs.New(errs.InvalidInput, "only a step that is passed over is given what it gives", "只有跳过步骤时才能给出其结果").On("out")
	}
	way, no := r.wayTo(c.Step)
	if no == nil {
		no = r.reached(way, c.Step)
	}
	if no != nil {
		return no
	}
	r.stopLanes()
	r.forget(way)
	r.reopen(c, c.Step)
	if err := r.edit(c); err != nil {
		return err
	}
	first := st.Lanes[0]
	*first = Lane{ID: first.ID, Status: Running, Turn: first.Turn, Stack: way}
	r.later(first, r.now)
	return nil
}

// wayTo is where a step stands: in the main sequence, or in a branch of a condition that does.
func (r *run) wayTo(step string) ([]Frame, *errs.Error) {
	list, at, there := r.placeOf(step)
	if !there {
		return nil, errs.New(errs.NotFound, "the flow has no step %s", "自动化没有步骤 %s", step).On("step")
	}
	if list == "" {
		return []Frame{{At: at}}, nil
	}
	owner, branch, _ := strings.Cut(list, ".")
	if kind := r.f.Steps[owner].Decl.Type; kind != "condition" && kind != "switch" || branch == "recover" || branch == "compensate" {
		return nil, errs.New(errs.InvalidInput, "a run goes back only to steps outside of loops, lanes, recoveries and compensations: go back to %s", "只能回到循环、并行、失败处理与补偿之外的步骤，可回到 %s", owner).On("step").With("owner", owner)
	}
	way, no := r.wayTo(owner)
	if no != nil {
		return nil, no
	}
	return append(way, Frame{List: list, At: at}), nil
}

// placeOf finds the sequence that a step is in, and its place there.
func (r *run) placeOf(step string) (list string, at int, there bool) {
	for list, steps := range r.f.Lists {
		for at, s := range steps {
			if s.Decl.ID == step {
				return list, at, true
			}
		}
	}
	return "", 0, false
}

// reached refuses a step to which the run has not come: what comes before it is not done.
func (r *run) reached(way []Frame, step string) *errs.Error {
	ahead := errs.New(errs.InvalidState, "the run has not come to the step %s by this way", "运行尚未经此到达步骤 %s", step).On("step")
	stack := r.st.Lanes[0].Stack
	for i, f := range way {
		if i == len(stack) || stack[i].List != f.List || f.At > stack[i].At {
			return ahead
		}
		if f.At == stack[i].At {
			continue
		}
		for _, in := range way[i+1:] { // past conditions, in branches that were taken
			owner, branch, _ := strings.Cut(in.List, ".")
			if r.st.Took[owner] != branch {
				return ahead
			}
		}
		return nil
	}
	return nil
}

// forget takes out of the state what steps from a place on have left there.
func (r *run) forget(way []Frame) {
	gone := map[string]bool{}
	on := map[string]bool{} // conditions in whose branches the place is
	for i, f := range way {
		from := f.At
		if i < len(way)-1 {
			on[r.f.Lists[f.List][f.At].Decl.ID] = true
			from++
		}
		r.below(f.List, from, gone)
	}
	for id := range gone {
		delete(r.st.Outs, id)
		delete(r.st.Took, id)
	}
	var undo []Undo
	for _, u := range r.st.Undo {
		if !gone[u.Step] && !on[u.Step] {
			undo = append(undo, u)
		}
	}
	r.st.Undo = undo
	r.restore(gone)
}

// below notes the steps of a sequence from a place on, with all that they hold.
func (r *run) below(list string, from int, into map[string]bool) {
	for _, s := range r.f.Lists[list][min(from, len(r.f.Lists[list])):] {
		into[s.Decl.ID] = true
		for name := range r.f.Lists {
			if owner, _, _ := strings.Cut(name, "."); owner == s.Decl.ID {
				r.below(name, 0, into)
			}
		}
	}
}

// took notes the branch that a condition took, where a run may come back to it.
func (r *run) took(l *Lane, step, branch string) {
	if l.Parent != 0 || r.st.Status == Compensating {
		return
	}
	took := map[string]string{step: branch}
	for k, v := range r.st.Took {
		if k != step {
			took[k] = v
		}
	}
	r.st.Took = took
}
