package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

const (
	// maxWorkers is how many workers may die over a call that may be made again.
	maxWorkers = 5
	// hold is how long a call waits that this process could not make for reasons of its own.
	hold = 10 * time.Second
)

// sending is the payload of a job that makes a call. The job is the intent: it is stored before the call
// is made, and each worker that takes it up is counted before it does anything.
type sending struct {
	Run  string        `json:"run"`
	Lane int           `json:"lane"`
	Turn int           `json:"turn"`
	Call flow.Outgoing `json:"call"`
}

func calling(st *flow.State, e flow.Effect, now time.Time) (engine.Job, error) {
	raw, err := json.Marshal(sending{st.ID, e.Lane, e.Turn, *e.Call})
	if err != nil {
		return engine.Job{}, fmt.Errorf("flow: write a call: %w", err)
	}
	return engine.Job{Pool: CallPool, Kind: "flow.call", Key: fmt.Sprintf("%s/%d/call", st.ID, e.Lane), At: now, Max: maxWorkers + 2, Payload: raw}, nil
}

// runCall makes a call and tells the run what came of it. A call that a worker had and did not come back
// from is made again only where the other system knows it by its key, or has said that it never came.
func (s *Service) runCall(ctx context.Context, j engine.Job) (engine.Finish, error) {
	var o sending
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return nil, engine.Permanent(err)
	}
	waits, err := s.waitsFor(ctx, o)
	if err != nil {
		return nil, engine.Later(err, hold, nil) // it was not made
	}
	if !waits {
		return nil, nil
	}
	tell := flow.Command{Lane: o.Lane, Turn: o.Turn}
	if j.Attempt > 1 && (!o.Call.Again && o.Call.Check == nil || j.Attempt > maxWorkers) {
		tell.Kind, tell.Code, tell.Text = "lost", "INTERRUPTED", diag.Textf("the platform stopped while the call was made", "调用期间平台停止运行")
		return s.report(o.Run, tell)
	}
	out, err := s.host.Call(ctx, o.Call)
	var fault *flow.Fault
	var busy *flow.Busy
	switch {
	case err == nil:
		tell.Kind, tell.Out = "answered", &out
	case errors.As(err, &busy):
		return nil, engine.Later(err, busy.After, nil)
	case !errors.As(err, &fault): // the platform's own: who takes the job up next counts as another worker
		return nil, err
	case fault.Lost && !o.Call.Again && o.Call.Check == nil:
		tell.Kind, tell.Code, tell.Text = "lost", fault.Code, fault.Text
	default:
		tell.Kind, tell.Code, tell.Text, tell.Again, tell.After = "failed", fault.Code, fault.Text, fault.Again, fault.After
	}
	return s.report(o.Run, tell)
}

// waitsFor says whether a run still waits for a call.
func (s *Service) waitsFor(ctx context.Context, o sending) (bool, error) {
	i, err := s.Instance(ctx, o.Run)
	if err != nil {
		return false, err
	}
	st, err := StateOf(i)
	if err != nil {
		return false, err
	}
	l := st.Lane(o.Lane)
	stopped := st.Status == flow.Failed && st.Incident != nil && st.Incident.Lane != 0 // by another lane: it may go on
	return l != nil && l.Turn == o.Turn && l.Calls == o.Call.Key && l.Status == flow.Waiting && (!st.Status.Over() || stopped), nil
}

func (s *Service) report(run string, c flow.Command) (engine.Finish, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	return s.Command(Name, run, raw, nil), nil
}
