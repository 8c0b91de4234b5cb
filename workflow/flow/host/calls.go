package host

import (
	"context"
	"fmt"
	"maps"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval/process"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Approvals start approvals in a transaction that is under way. An *errs.Error refuses.
type Approvals interface {
	Begin(ctx context.Context, tx store.Tx, s process.Submission) error
	// Forgo ends an instance that nobody waits for any more.
	Forgo(ctx context.Context, tx store.Tx, instance string) error
	// Hearing lists the instances about a record that wait for an event; Hear tells them of it.
	Hearing(ctx context.Context, tx store.Tx, event, object, record string) ([]string, error)
	Hear(ctx context.Context, tx store.Tx, event, object, record string) error
}

// call runs a script or calls an engine. Who acts in somebody's name gives it what that person may read.
func (w *world) call(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	named := map[string]record.Named{}
	for _, a := range s.Call.Args {
		programs := a.Programs
		for _, x := range a.Values {
			programs = append(programs[:len(programs):len(programs)], x.Value)
		}
		for _, p := range programs {
			maps.Copy(named, w.named(p, st, bind))
			if w.own {
				continue
			}
			if err := w.se.Readable(p, w.f.About(), w.rec, false, named); err != nil {
				return flow.Out{}, err
			}
		}
	}
	got, err := w.host.deps.Actions.Engine(w.se, s.Call, w.rec, named)
	if err != nil {
		return flow.Out{}, err
	}
	out := flow.Out{Count: 1, Values: map[string]flow.Value{}}
	for name, v := range got {
		out.Values[name] = flow.ValueOf(v)
	}
	return out, nil
}

// submit submits the record to an approval: in the name of who the run acts for or, where the platform
// runs, of who caused the run, or else of the record's owner.
func (w *world) submit(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	if w.host.approvals == nil {
		return flow.Out{}, errs.New(errs.Unavailable, "approvals are not run here", "此处不运行审批")
	}
	ids, err := w.targets(s, st, bind)
	if err != nil {
		return flow.Out{}, err
	}
	who := st.Actor(w.f)
	if who == 0 {
		who = st.Cause.By
	}
	if owner := s.Object.Field(catalog.Owner); who == 0 && owner != nil {
		rec, _, err := w.se.Find(s.Object, ids[0])
		if err != nil {
			return flow.Out{}, err
		}
		if rec.Object() != nil {
			who = rec.Get(owner).Int()
		}
	}
	if who == 0 {
		return flow.Out{}, errs.New(errs.Forbidden, "there is nobody who could submit the record", "没有可作为提交人的用户")
	}
	if w.simulated { // which goes on as if it had been approved, so that the record stays unlocked
		return flow.Out{Count: 1, Values: map[string]flow.Value{"instance": {Kind: "text", Text: "simulation"}}}, nil
	}
	name := fmt.Sprintf("apv_%d", w.host.deps.Records.NewID())
	sub := process.Submission{Instance: name, Process: w.asks(s), Record: fmt.Sprintf("%s_%d", s.Object.IDPrefix, ids[0]), Submitter: who, Profile: w.profile}
	if !s.Decl.Async {
		sub.Run, sub.Lane = st.ID, w.lane(st, s)
	}
	if err := w.host.approvals.Begin(w.se.Context(), w.se.Tx(), sub); err != nil {
		return flow.Out{}, err
	}
	return flow.Out{Count: 1, Values: map[string]flow.Value{"instance": {Kind: "text", Text: name}}}, nil
}

// asks is the process that a step submits to.
func (w *world) asks(s *catalog.FlowStep) string {
	if s.Decl.Type == "task" {
		return catalog.TaskKey(w.f.Key, s.Decl.ID)
	}
	return s.Decl.Process
}

// lane is the lane of a run that stands at a step.
func (w *world) lane(st *flow.State, s *catalog.FlowStep) int {
	for _, l := range st.Lanes {
		if n := len(l.Stack); l.Status == flow.Running && n > 0 {
			list := w.f.Lists[l.Stack[n-1].List]
			if at := l.Stack[n-1].At; at < len(list) && list[at] == s {
				return l.ID
			}
		}
	}
	return 0
}

// emit tells of an event: the runs that it starts begin when the step has been committed.
func (w *world) emit(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	e := told{Event: s.Decl.Event, Data: map[string]flow.Value{}, Object: s.Object}
	for name, p := range s.With {
		v, err := w.Eval(p, st, bind)
		if err != nil {
			return flow.Out{}, err
		}
		e.Data[name] = flow.ValueOf(v)
	}
	if s.Object != nil {
		ids, err := w.targets(s, st, bind)
		if err != nil {
			return flow.Out{}, err
		}
		e.Record = fmt.Sprintf("%s_%d", s.Object.IDPrefix, ids[0])
	}
	runs, err := w.host.tell(w.se.Context(), w.se.Tx(), e, nil)
	return flow.Out{Count: len(runs)}, err
}

// meets decides the condition of a trigger that is no write of a record. One without an answer is no match.
func (h *Host) meets(ctx context.Context, tx store.Tx, f *catalog.Flow, id int64, data map[string]flow.Value) (bool, error) {
	if f.When == nil {
		return true, nil
	}
	se := h.deps.Records.Reading(ctx, tx, h.deps.Tenant.Catalog())
	var rec record.Record
	if f.Object != nil {
		var err error
		if rec, err = se.Kept(f.Object, id); err != nil {
			return false, err
		}
	}
	v, err := se.Eval(f.When, rec, map[string]record.Named{catalog.EventName: {Values: values(data)}})
	return v.Kind() == value.KindBool && v.Bool(), err
}
