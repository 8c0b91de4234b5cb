package flow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// World is what a run finds.
type World interface {
	// Eval computes an expression of the flow; bind are records by the names of loops.
	Eval(p *expr.Program, st *State, bind map[string]int64) (value.Value, error)
	// Do carries out a step that reads or writes records. An *errs.Error says that it failed.
	Do(s *catalog.FlowStep, st *State, bind map[string]int64) (Out, error)
	// Until is the end of a period that begins at a moment.
	Until(s *catalog.FlowStep, from time.Time) time.Time
}

// Command is what a run is told.
type Command struct {
	Kind  string `json:"kind"` // start, go, run, failed, child, cancel, retry, skip, compensate, expire
	Cause *Cause `json:"cause,omitempty"`
	// Flow and Version are of start: what is run.
	Flow    string     `json:"flow,omitempty"`
	Version int        `json:"version,omitempty"`
	Lane    int        `json:"lane,omitempty"`
	Turn    int        `json:"turn,omitempty"`
	Code    string     `json:"code,omitempty"`
	Message string     `json:"message,omitempty"`
	Status  Status     `json:"status,omitempty"` // of child
	Step    string     `json:"step,omitempty"`   // of rerun: where from
	Out     *Out       `json:"out,omitempty"`    // of skip
	Reason  string     `json:"reason,omitempty"`
	By      int64      `json:"by,omitempty"`
	At      *time.Time `json:"at,omitempty"`
}

// Entry is one line of a run's trace.
type Entry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Verb    string    `json:"verb"` // run.started, step.succeeded, step.failed …
	Step    string    `json:"step,omitempty"`
	Lane    int       `json:"lane,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Branch  string    `json:"branch,omitempty"`
	Out     *Out      `json:"out,omitempty"`
	Code    string    `json:"code,omitempty"`
	Message string    `json:"message,omitempty"`
	By      int64     `json:"by,omitempty"`
}

// Effect is what is to happen with or after a command.
type Effect struct {
	Kind   string    `json:"kind"` // run: a lane goes on; child: another run starts; end: a run is stopped; tell: the parent hears
	Lane   int       `json:"lane,omitempty"`
	Turn   int       `json:"turn,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Run    string    `json:"run,omitempty"`
	Flow   string    `json:"flow,omitempty"`
	Record string    `json:"record,omitempty"`
	Status Status    `json:"status,omitempty"`
}

// StepError says which lane's step failed, so that nothing of the command has happened.
type StepError struct {
	Lane, Turn int
	Step       string
	Cause      error
}

func (e *StepError) Error() string { return fmt.Sprintf("step %s: %v", e.Step, e.Cause) }
func (e *StepError) Unwrap() error { return e.Cause }

// run is one command under way.
type run struct {
	f       *catalog.Flow
	st      *State
	now     time.Time
	w       World
	moved   bool // a step that touches records would no longer be the first
	trace   []Entry
	effects []Effect
}

// Apply gives the state behind a command, what is added to the trace, and what is to happen. The
// state is the one given when the command means nothing any more. A *StepError says that a step
// failed, an *errs.Error that the command is refused; in both cases nothing has happened.
func Apply(f *catalog.Flow, st *State, c Command, id string, now time.Time, w World) (*State, []Entry, []Effect, error) {
	r := &run{f: f, now: now, w: w}
	if st == nil {
		return r.start(c, id)
	}
	r.st = st.clone()
	told, err := r.command(c)
	if err != nil {
		return nil, nil, nil, err
	}
	if !told {
		return st, nil, nil, nil
	}
	return r.st, r.trace, r.effects, nil
}

func (r *run) start(c Command, id string) (*State, []Entry, []Effect, error) {
	if c.Kind != "start" || c.Cause == nil {
		return nil, nil, nil, errs.New(errs.NotFound, "there is no run %s", "没有运行 %s", id)
	}
	r.st = &State{ID: id, Flow: c.Flow, Version: c.Version, Status: Running, Cause: *c.Cause, Vars: map[string]Value{}, Outs: map[string]Out{}, Started: r.now,
		Deadline: r.f.Timeout.After(r.now)}
	if r.st.Cause.Root == "" {
		r.st.Cause.Root = id
	}
	r.note(Entry{Verb: "run.started"})
	if c.Status == Skipped || c.Status == Failed { // it is only to be seen that it did not run
		var in *Incident
		if c.Status == Failed {
			in = &Incident{Code: c.Reason, Message: c.Message}
		}
		r.end(c.Status, c.Reason, in)
		return r.st, r.trace, r.effects, nil
	}
	r.effects = append(r.effects, Effect{Kind: "expire", At: r.st.Deadline})
	if c.Status == Queued {
		r.st.Status = Queued
		return r.st, r.trace, r.effects, nil
	}
	if err := r.begin(); err != nil {
		return nil, nil, nil, err
	}
	return r.st, r.trace, r.effects, nil
}

// begin lets the first lane go.
func (r *run) begin() error {
	r.st.Status = Running
	r.st.Lanes = []*Lane{{ID: 1, Status: Running, Stack: []Frame{{List: ""}}}}
	r.moved = true // what touches records has a command of its own
	return r.advance(r.st.Lanes[0])
}

func (r *run) note(e Entry) {
	r.st.Seq++
	e.Seq, e.At = r.st.Seq, r.now
	r.trace = append(r.trace, e)
}

func (r *run) command(c Command) (told bool, err error) {
	switch c.Kind {
	case "run":
		l := r.st.Lane(c.Lane)
		if r.st.Status.Over() || l == nil || l.Turn != c.Turn || l.Status != Running && l.Status != Waiting {
			return false, nil
		}
		if l.Status == Waiting { // it has waited long enough
			l.Status, l.Until = Running, nil
			r.finish(l, "step.succeeded", nil)
			r.moved = true
		}
		return true, r.advance(l)
	case "failed":
		l := r.st.Lane(c.Lane)
		if r.st.Status.Over() || l == nil || l.Turn != c.Turn {
			return false, nil
		}
		return true, r.failed(l, c.Code, c.Message, temporary(errs.Code(c.Code)))
	case "child":
		l := r.st.Lane(c.Lane)
		if r.st.Status.Over() && r.st.Incident == nil || l == nil || l.Child == "" || l.Status != Waiting {
			return false, nil
		}
		l.Child, l.Status = "", Running
		if r.st.Status.Over() { // a retry goes on from here
			if c.Status == Succeeded {
				r.finish(l, "step.succeeded", nil)
			}
			return true, nil
		}
		if c.Status != Succeeded {
			return true, r.failed(l, "CHILD_FAILED", fmt.Sprintf("the flow that it ran is %s", c.Status), false)
		}
		r.finish(l, "step.succeeded", nil)
		r.moved = true
		return true, r.advance(l)
	case "go":
		if r.st.Status != Queued {
			return false, nil
		}
		return true, r.begin()
	case "expire":
		if r.st.Status.Over() {
			return false, nil
		}
		r.end(Failed, "run_timeout", &Incident{Code: "RUN_TIMEOUT", Message: "the run took longer than it may"})
		return true, nil
	}
	return r.operate(c)
}

// temporary says whether an error may be gone when it is tried again.
func temporary(c errs.Code) bool {
	switch c {
	case errs.RecordLocked, errs.VersionConflict, errs.Unavailable, errs.Timeout, errs.Internal:
		return true
	}
	return false
}

// operate carries out what an administrator asks for.
func (r *run) operate(c Command) (bool, error) {
	wrong := errs.New(errs.InvalidState, "a run that is %s cannot be told this", "状态为 %s 的运行不能执行此操作", r.st.Status)
	in := r.st.Incident
	stuck := r.st.Status == Failed && in != nil && in.Lane != 0
	switch c.Kind {
	case "cancel":
		if r.st.Status.Over() && r.st.Status != Failed {
			return false, wrong
		}
		r.end(Cancelled, c.Reason, nil)
	case "retry":
		if !stuck {
			return false, wrong
		}
		r.reopen(c)
		r.again()
	case "skip":
		if !stuck {
			return false, wrong
		}
		l := r.st.Lane(in.Lane)
		r.reopen(c)
		r.finish(l, "step.skipped", c.Out)
		r.again()
	case "compensate":
		if r.st.Status != Failed && r.st.Status != Succeeded && r.st.Status != Cancelled {
			return false, wrong
		}
		r.note(Entry{Verb: "run.compensating", By: c.By, Message: c.Reason})
		r.compensate()
	default:
		return false, errs.New(errs.InvalidInput, "a run knows no command %q", "运行不支持命令 %q", c.Kind)
	}
	return true, nil
}

func (r *run) reopen(c Command) {
	r.note(Entry{Verb: "run." + c.Kind, Step: r.st.Incident.Step, By: c.By, Message: c.Reason})
	r.st.Status, r.st.Reason, r.st.Incident = Running, "", nil
	r.st.Deadline = r.f.Timeout.After(r.now) // the time that it stood still does not count
	r.effects = append(r.effects, Effect{Kind: "expire", At: r.st.Deadline})
}

// again lets all lanes that did not wait go on.
func (r *run) again() {
	for _, l := range r.st.Lanes {
		switch {
		case l.Status == Running:
			l.Attempt = 0
			r.later(l, r.now)
		case l.Status == Waiting && l.Until != nil: // its timer may have come and gone
			r.later(l, *l.Until)
		}
	}
}

// later lets a lane go on at a moment, with a command of its own.
func (r *run) later(l *Lane, at time.Time) {
	l.Turn++
	r.effects = append(r.effects, Effect{Kind: "run", Lane: l.ID, Turn: l.Turn, At: at})
}

// end ends the run. A parent hears of it.
func (r *run) end(s Status, reason string, in *Incident) {
	for _, l := range r.st.Lanes {
		if l.Child != "" && (in == nil || in.Lane == 0) { // else it may go on
			r.effects = append(r.effects, Effect{Kind: "end", Run: l.Child})
			l.Child = ""
		}
	}
	r.st.Status, r.st.Reason, r.st.Incident = s, reason, in
	e := Entry{Verb: "run." + string(s), Message: reason}
	if in != nil {
		e.Code, e.Step, e.Lane = in.Code, in.Step, in.Lane
	}
	r.note(e)
	if r.st.Cause.Parent != "" {
		r.effects = append(r.effects, Effect{Kind: "tell", Run: r.st.Cause.Parent, Lane: r.st.Cause.Lane, Status: s})
	}
}

// failed deals with a step that failed: it is tried again, passed over, recovered from, or the end.
func (r *run) failed(l *Lane, code, message string, again bool) error {
	s := r.at(l)
	l.Attempt++
	r.note(Entry{Verb: "step.failed", Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Code: code, Message: message})
	if again && l.Attempt < s.Retry.Max {
		r.later(l, r.now.Add(Pause(s.Retry, l.Attempt)))
		return nil
	}
	switch {
	case s.Decl.OnError == "continue":
		l.Attempt = 0
		l.top().At++
	case len(r.f.Lists[s.Decl.ID+".recover"]) > 0:
		l.Attempt = 0
		l.Stack = append(l.Stack, Frame{List: s.Decl.ID + ".recover"})
	default:
		return r.broken(&Incident{Code: code, Message: message, Step: s.Decl.ID, Lane: l.ID})
	}
	r.moved = true
	return r.advance(l)
}

// broken ends a run that cannot go on, as its settings say.
func (r *run) broken(in *Incident) error {
	switch {
	case r.st.Status == Compensating:
		in.Code = "COMPENSATION_FAILED"
		r.end(Failed, "compensation_failed", in)
	case r.f.Set.OnFailure == "compensate":
		r.st.Reason = in.Message
		r.compensate()
	case r.f.Set.OnFailure == "ignore":
		r.end(Failed, in.Message, nil)
	default:
		r.end(Failed, in.Message, in)
	}
	return nil
}

// compensate undoes what succeeded, the last first.
func (r *run) compensate() {
	for _, l := range r.st.Lanes {
		l.Status = Cancelled
	}
	r.st.Status, r.st.Incident = Compensating, nil
	l := &Lane{ID: len(r.st.Lanes) + 1, Status: Running}
	for _, u := range r.st.Undo {
		l.Stack = append(l.Stack, Frame{List: u.Step + ".compensate", Bind: u.Bind, Alone: true})
	}
	r.st.Undo = nil
	r.st.Lanes = append(r.st.Lanes, l)
	r.later(l, r.now)
}

// Pause is how long to wait before the next attempt.
func Pause(p catalog.Retry, attempt int) time.Duration {
	d := float64(p.Initial) * math.Pow(float64(p.Factor), float64(attempt-1))
	return time.Duration(min(d, float64(p.Cap)))
}

// at is the step that a lane stands at.
func (r *run) at(l *Lane) *catalog.FlowStep { return r.f.Lists[l.top().List][l.top().At] }

// finish is done with the step that a lane stands at.
func (r *run) finish(l *Lane, verb string, out *Out) {
	s := r.at(l)
	if out != nil {
		r.st.Outs[s.Decl.ID] = *out
	}
	r.note(Entry{Verb: verb, Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Out: out})
	if len(r.f.Lists[s.Decl.ID+".compensate"]) > 0 && verb == "step.succeeded" {
		r.st.Undo = append(r.st.Undo, Undo{Step: s.Decl.ID, Bind: l.bound()})
	}
	l.Attempt = 0
	l.top().At++
}

// advance lets a lane go on until it waits, ends, or would touch records a second time.
func (r *run) advance(l *Lane) error {
	for {
		if r.st.Status.Over() || l.Status != Running {
			return nil
		}
		if len(l.Stack) == 0 {
			next := r.ended(l)
			if next == nil {
				return nil
			}
			l = next
			continue
		}
		top := l.top()
		if top.At >= len(r.f.Lists[top.List]) {
			r.pop(l)
			continue
		}
		stop, err := r.step(l)
		if err != nil || stop {
			return err
		}
	}
}

// pop is done with a sequence: the next round of a loop begins, or the step that it belongs to is done.
func (r *run) pop(l *Lane) {
	r.moved = true
	done := *l.top()
	l.Stack = l.Stack[:len(l.Stack)-1]
	if done.Alone || len(l.Stack) == 0 {
		return
	}
	s := r.at(l)
	if s.Decl.Type == "loop" && done.List == s.Decl.ID+".do" {
		if items := r.st.Outs[s.Decl.In].Records; done.Item+1 < len(items) {
			l.Stack = append(l.Stack, r.round(s, items, done.Item+1))
			return
		}
	}
	verb := "step.succeeded"
	if done.List == s.Decl.ID+".recover" {
		verb = "step.recovered"
	}
	r.finish(l, verb, nil)
}

func (r *run) round(s *catalog.FlowStep, items []int64, n int) Frame {
	return Frame{List: s.Decl.ID + ".do", Item: n, Bind: map[string]int64{s.Decl.ID: items[n]}}
}

// ended is done with a lane, and gives the one that goes on because of it.
func (r *run) ended(l *Lane) *Lane {
	r.moved = true
	l.Status = Succeeded
	if l.Parent == 0 {
		if r.st.Status == Compensating {
			r.end(Compensated, r.st.Reason, nil)
		} else {
			r.end(Succeeded, "", nil)
		}
		return nil
	}
	for _, x := range r.st.Lanes {
		if x.Parent == l.Parent && (x.Status == Running || x.Status == Waiting) {
			return nil
		}
	}
	up := r.st.Lane(l.Parent)
	up.Status = Running
	r.finish(up, "step.succeeded", nil)
	return up
}

// step carries out the step that a lane stands at; stop says that the lane goes no further now.
func (r *run) step(l *Lane) (stop bool, err error) {
	s := r.at(l)
	touches := touching(s) && r.f.Trigger.Timing != "before" // which is one transaction with its caller
	if touches && r.moved {
		r.later(l, r.now)
		return true, nil
	}
	if r.st.Steps >= r.f.Set.MaxSteps {
		return true, r.broken(&Incident{Code: "TOO_MANY_STEPS", Message: fmt.Sprintf("a run has at most %d steps", r.f.Set.MaxSteps), Step: s.Decl.ID, Lane: l.ID})
	}
	r.st.Steps++
	if s.When != nil {
		yes, err := r.holds(s.When, l)
		if err != nil {
			return true, r.undecided(l, err)
		}
		if !yes {
			r.moved = true
			r.note(Entry{Verb: "step.skipped", Step: s.Decl.ID, Lane: l.ID})
			l.top().At++
			return false, nil
		}
	}
	if touches {
		out, err := r.w.Do(s, r.st, l.bound())
		var coded *errs.Error
		if errors.As(err, &coded) {
			return true, &StepError{Lane: l.ID, Turn: l.Turn, Step: s.Decl.ID, Cause: err}
		}
		if err != nil {
			return true, err
		}
		r.moved = true
		r.finish(l, "step.succeeded", &out)
		return false, nil
	}
	r.moved = true
	return r.decide(s, l)
}

func touching(s *catalog.FlowStep) bool {
	switch s.Decl.Type {
	case "create", "update", "delete", "query", "action":
		return true
	}
	return false
}

var errUndecided = errors.New("the condition can be decided neither way")

// holds decides a condition. One that is neither true nor false is no answer.
func (r *run) holds(p *expr.Program, l *Lane) (bool, error) {
	v, err := r.w.Eval(p, r.st, l.bound())
	if err != nil {
		return false, err
	}
	if v.Kind() != value.KindBool {
		return false, errUndecided
	}
	return v.Bool(), nil
}

// undecided turns a condition without an answer into a failure of its step; other errors stay.
func (r *run) undecided(l *Lane, err error) error {
	if !errors.Is(err, errUndecided) {
		return err
	}
	return r.failed(l, "CONDITION_ERROR", err.Error(), false)
}

// decide carries out a step that touches no records.
func (r *run) decide(s *catalog.FlowStep, l *Lane) (stop bool, err error) {
	d := s.Decl
	switch d.Type {
	case "set":
		for name, p := range s.Vars {
			v, err := r.w.Eval(p, r.st, l.bound())
			if err != nil {
				return true, err
			}
			r.st.Vars[name] = ValueOf(v)
		}
		r.finish(l, "step.succeeded", nil)
	case "condition":
		for i, b := range d.Branches {
			yes := true
			if s.Branches[i] != nil {
				if yes, err = r.holds(s.Branches[i], l); err != nil {
					return true, r.undecided(l, err)
				}
			}
			if yes {
				r.note(Entry{Verb: "branch.taken", Step: d.ID, Lane: l.ID, Branch: b.ID})
				l.Stack = append(l.Stack, Frame{List: d.ID + "." + b.ID})
				return false, nil
			}
		}
		r.note(Entry{Verb: "branch.none", Step: d.ID, Lane: l.ID})
		l.top().At++
	case "update":
		if _, err := r.w.Do(s, r.st, l.bound()); err != nil {
			return true, err
		}
		r.finish(l, "step.succeeded", nil)
	case "loop":
		items := r.st.Outs[d.In].Records
		if len(items) == 0 {
			r.finish(l, "step.succeeded", nil)
			return false, nil
		}
		l.Stack = append(l.Stack, r.round(s, items, 0))
	case "parallel":
		return true, r.split(s, l)
	case "wait":
		return r.wait(s, l)
	case "flow":
		return r.child(s, l)
	case "raise":
		return true, r.failed(l, s.Error.Code, s.Error.Message.In("en"), false)
	case "end":
		r.note(Entry{Verb: "step.succeeded", Step: d.ID, Lane: l.ID})
		for _, x := range r.st.Lanes {
			if x.Status == Running || x.Status == Waiting {
				x.Status = Cancelled
			}
		}
		r.end(Succeeded, "", nil)
		return true, nil
	}
	return false, nil
}

// split gives each branch a lane; the lane waits for all of them.
func (r *run) split(s *catalog.FlowStep, l *Lane) error {
	l.Status = Waiting
	l.Turn++ // no job lets it go on
	bound := l.bound()
	var lanes []*Lane
	for _, b := range s.Decl.Branches {
		x := &Lane{ID: len(r.st.Lanes) + 1, Parent: l.ID, Status: Running, Stack: []Frame{{List: s.Decl.ID + "." + b.ID, Bind: bound}}}
		r.st.Lanes = append(r.st.Lanes, x)
		lanes = append(lanes, x)
	}
	for _, x := range lanes {
		if err := r.advance(x); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) wait(s *catalog.FlowStep, l *Lane) (bool, error) {
	at := r.w.Until(s, r.now)
	if s.Until != nil {
		v, err := r.w.Eval(s.Until, r.st, l.bound())
		if err != nil {
			return true, err
		}
		if v.IsNull() {
			return true, r.failed(l, "CONDITION_ERROR", "there is no moment to wait for", false)
		}
		at = v.AsTime()
	}
	if !at.After(r.now) {
		r.finish(l, "step.succeeded", nil)
		return false, nil
	}
	l.Status, l.Until = Waiting, &at
	r.note(Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: at.UTC().Format(time.RFC3339)})
	r.later(l, at)
	return true, nil
}

// child starts another flow and waits for it.
func (r *run) child(s *catalog.FlowStep, l *Lane) (bool, error) {
	record := r.st.Cause.Record
	if s.Record != nil {
		v, err := r.w.Eval(s.Record, r.st, l.bound())
		if err != nil {
			return true, err
		}
		if v.IsNull() {
			return true, r.failed(l, string(errs.NotFound), "there is no record for the flow", false)
		}
		record = fmt.Sprintf("%s_%d", s.Object.IDPrefix, v.Int())
	}
	l.Status, l.Child = Waiting, fmt.Sprintf("%s.%d", r.st.ID, r.st.Seq+1)
	l.Turn++
	r.note(Entry{Verb: "step.waiting", Step: s.Decl.ID, Lane: l.ID, Message: l.Child})
	r.effects = append(r.effects, Effect{Kind: "child", Lane: l.ID, Run: l.Child, Flow: s.Decl.Flow, Record: record})
	return true, nil
}

// Recursive says whether a flow already stands in a cascade for a record.
func (c *Cause) Recursive(flow, record string) bool {
	for _, l := range c.Chain {
		if l.Flow == flow && strings.EqualFold(l.Record, record) {
			return true
		}
	}
	return false
}

type causeKey struct{}

// Caused puts into a context which cascade of runs its writes belong to.
func Caused(ctx context.Context, c Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, c)
}

// CauseOf is the cascade that writes in a context belong to; the zero Cause for none.
func CauseOf(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	return c
}
