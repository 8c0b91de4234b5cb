package flow

import (
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// World is what a run finds.
type World interface {
	// Acts says whether the world is that of who the run acts for: expressions and steps belong into a
	// command that is given in that person's name.
	Acts() bool
	// Admits refuses, as an *errs.Error, a run whose trigger asks for what that person may not read.
	Admits(st *State) error
	// Eval computes an expression of the flow; bind are records by the names of loops.
	Eval(p *expr.Program, st *State, bind map[string]int64) (value.Value, error)
	// Do carries out a step that reads or writes records. An *errs.Error says that it failed.
	Do(s *catalog.FlowStep, st *State, bind map[string]int64) (Out, error)
	// Compose makes the call of another system that a step asks for. An *errs.Error says that it failed.
	Compose(s *catalog.FlowStep, st *State, bind map[string]int64) (Outgoing, error)
	// Input are the fields of the record that a run is about as the run finds it, but for what is nobody's to keep; nil
	// where there is no record.
	Input(st *State) map[string]Value
	// Until is the end of a period that begins at a moment.
	Until(s *catalog.FlowStep, from time.Time) time.Time
}

// Command is what a run is told.
type Command struct {
	Kind  string `json:"kind"` // start, go, run, failed, child, told, answered, lost, heard, cancel, retry, skip, rerun, compensate, migrate, expire
	Cause *Cause `json:"cause,omitempty"`
	// Flow, Version (also of migrate) and As are of start: what is run, and as which user; 0: as the trigger says.
	Flow    string    `json:"flow,omitempty"`
	Version int       `json:"version,omitempty"`
	As      int64     `json:"as,omitempty"`
	Key     string    `json:"key,omitempty"`   // of start: see State.Key; of heard: names the telling
	Order   string    `json:"order,omitempty"` // of start: see State.Order
	Lane    int       `json:"lane,omitempty"`
	Turn    int       `json:"turn,omitempty"`
	Code    string    `json:"code,omitempty"`
	Message string    `json:"message,omitempty"` // of told: how the approval has ended
	Text    diag.Text `json:"text,omitzero"`     // what went wrong
	Status  Status    `json:"status,omitempty"`  // of child
	Step    string    `json:"step,omitempty"`    // of rerun: where from; of retry and skip: at which the run must stand, "": at any
	Out     *Out      `json:"out,omitempty"`     // of skip and answered
	Rule    string    `json:"rule,omitempty"`    // of failed: the declared error
	// Vars are of retry, skip and rerun: variables that get other values.
	Vars map[string]Value `json:"vars,omitempty"`
	// Again and After are of failed: trying once more may help, and how long the other system asks to wait.
	Again  bool             `json:"again,omitempty"`
	After  time.Duration    `json:"after,omitempty"`
	Awaits string           `json:"awaits,omitempty"` // of told: the approval, whose end Message is; of child: the run that has ended; of heard: what the lane hears by
	Data   map[string]Value `json:"data,omitempty"`   // of heard: what the event tells; nil: the record has changed
	Reason string           `json:"reason,omitempty"`
	By     int64            `json:"by,omitempty"`
	Who    string           `json:"who,omitempty"` // name that an administrator has signed in by
	At     *time.Time       `json:"at,omitempty"`
	// Renames and Timers are of migrate, which goes over to Version; see Migration, which who carries the command out
	// makes of them.
	Renames   map[string]string `json:"renames,omitempty"`
	Timers    string            `json:"timers,omitempty"`
	Migration *Migration        `json:"-"`
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
	Message string    `json:"message,omitempty"` // a name, a moment, or a person's words
	Text    diag.Text `json:"text,omitzero"`     // what the platform says
	By      int64     `json:"by,omitempty"`
	// Data is what else is told, by name: of run.migrated.
	Data  map[string]string `json:"data,omitempty"`
	Who   string            `json:"who,omitempty"`   // name that By has signed in by
	Edits []Edit            `json:"edits,omitempty"` // of vars.edited
	// Input is of run.started: the fields of the record that the run is about, as it was found.
	Input map[string]Value `json:"input,omitempty"`
}

// Edit is a variable to which somebody gave another value.
type Edit struct {
	Name string `json:"name"`
	From *Value `json:"from"` // nil: it had none
	To   *Value `json:"to"`
}

// Effect is what is to happen with or after a command.
type Effect struct {
	Kind   string    `json:"kind"` // run: a lane goes on; child: another run starts; await: an approval is waited for; call: another system is called; forgo: an approval that was waited for is ended; hear: an event, or changes of the record, are told to a lane, until deaf; look: a lane that hears of its record looks at it; end: a run is stopped; tell: the parent hears
	Lane   int       `json:"lane,omitempty"`
	Turn   int       `json:"turn,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Run    string    `json:"run,omitempty"`
	Flow   string    `json:"flow,omitempty"`
	Record string    `json:"record,omitempty"`
	Status Status    `json:"status,omitempty"`
	Event  string    `json:"event,omitempty"` // of hear; "": changes of the record
	Step   string    `json:"step,omitempty"`  // of call
	Call   *Outgoing `json:"call,omitempty"`
}

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
	r.st = &State{ID: id, Flow: c.Flow, Version: c.Version, As: c.As, Key: c.Key, Order: c.Order, Status: Running, Cause: *c.Cause, Vars: map[string]Value{}, Outs: map[string]Out{}, Started: r.now,
		Deadline: r.f.Timeout.After(r.now)}
	if r.st.Cause.Root == "" {
		r.st.Cause.Root = id
	}
	r.batch()
	began := Entry{Verb: "run.started"}
	if r.f.Trigger.Timing != "before" && (c.Status == "" || c.Status == Queued) {
		began.Input = r.w.Input(r.st)
	}
	r.note(began)
	if c.Status == Skipped || c.Status == Failed { // it is only to be seen that it did not run
		var in *Incident
		if c.Status == Failed {
			in = &Incident{Code: c.Reason, Text: c.Text}
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
			r.rested(l)
			r.moved = true
		}
		return true, r.advance(l)
	case "failed":
		l := r.st.Lane(c.Lane)
		if called := r.called(c); called != nil && r.st.Status.Over() { // a retry calls once more
			r.note(Entry{Verb: "step.failed", Step: r.at(l).Decl.ID, Lane: l.ID, Code: c.Code, Text: c.Text})
			return true, nil
		}
		if r.st.Status.Over() || l == nil || l.Turn != c.Turn {
			return false, nil
		}
		return true, r.failed(l, c.Code, c.Text, r.again(l, c), c.After)
	case "child":
		l := r.st.Lane(c.Lane)
		if r.st.Status.Over() && r.st.Incident == nil || l == nil || l.Child == "" || c.Awaits != "" && c.Awaits != l.Child || l.Status != Waiting {
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
			return true, r.failed(l, "CHILD_FAILED", diag.Textf("the flow that it ran is %s", "其启动的自动化%s", c.Status), false, 0)
		}
		r.finish(l, "step.succeeded", nil)
		r.moved = true
		return true, r.advance(l)
	case "told":
		return r.told(c)
	case "answered":
		return r.answered(c)
	case "lost":
		return r.lost(c)
	case "heard":
		return r.heard(c)
	case "go":
		if r.st.Status != Queued {
			return false, nil
		}
		return true, r.begin()
	case "expire":
		if r.st.Status.Over() {
			return false, nil
		}
		r.end(Failed, "run_timeout", &Incident{Code: "RUN_TIMEOUT", Text: diag.Textf("the run took longer than it may", "运行超过了允许的时长")})
		return true, nil
	}
	return r.operate(c)
}

// end ends the run. A parent hears of it.
func (r *run) end(s Status, reason string, in *Incident) {
	if in == nil || in.Lane == 0 { // else it may go on
		for _, l := range r.st.Lanes {
			r.forgo(l)
		}
	}
	r.st.Status, r.st.Reason, r.st.Text, r.st.Incident = s, reason, diag.Text{}, in
	if s == Cancelled {
		for _, l := range r.st.Lanes {
			if l.Status == Running || l.Status == Waiting {
				l.Status = Cancelled
			}
		}
	}
	r.st.Blocks = s == Failed && in != nil && r.st.Order != "" && len(r.st.Lanes) > 0 && r.f.Set.OnPoison == "block"
	e := Entry{Verb: "run." + string(s), Message: reason}
	if s == Cancelled {
		r.st.Text, e.Text = retired[reason], retired[reason]
	}
	if in != nil {
		e.Code, e.Step, e.Lane, e.Text = in.Code, in.Step, in.Lane, in.Text
	}
	r.note(e)
	if r.st.Cause.Parent != "" {
		r.effects = append(r.effects, Effect{Kind: "tell", Run: r.st.Cause.Parent, Lane: r.st.Cause.Lane, Status: s})
	}
}
