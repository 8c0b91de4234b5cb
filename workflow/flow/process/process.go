// Package process runs automations on workflow/engine: a run is an instance, each lane that goes on a
// job, and what a step does to records is committed with the state that knows of it. What flows there
// are, and what the world around a run looks like, is the Host's.
package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Name is the kind of process that runs are.
const Name = "flow"

// Pool is where jobs of runs are: apart from those of approvals, so that neither delays the other.
const Pool = "flow"

// CallPool is where jobs that call other systems are: a slow one delays no steps.
const CallPool = "flow.call"

// Limits of a cascade of runs that cause each other.
const (
	MaxDepth = 8
)

// Host is what runs need of the platform around them.
type Host interface {
	// Flow finds a published version of a flow; version 0 is the one that may start. nil: there is none.
	Flow(ctx context.Context, tx store.Tx, key string, version int) (f *catalog.Flow, v int, err error)
	// Source finds what a published version of a flow declares, whether or not all that it names is still there; version 0
	// is the one that may start. nil: there is none.
	Source(ctx context.Context, tx store.Tx, key string, version int) (source []byte, v int, err error)
	// Within shows the world to work in a transaction, under the rights of a profile; user is who holds them.
	Within(ctx context.Context, tx store.Tx, f *catalog.Flow, st *flow.State, who Who, work func(flow.World) error) error
	// Serving finds the flow that may start under a key; nil: there is none.
	Serving(key string) *catalog.Flow
	// Zone is that of the tenant.
	Zone() *time.Location
	// Tenant is its name.
	Tenant() string
	// Due says when a date trigger is due for a record, and whether the record meets its condition.
	Due(ctx context.Context, tx store.Tx, f *catalog.Flow, record string) (at time.Time, meets bool, err error)
	// Page gives ids of records of an object after one, in order.
	Page(ctx context.Context, tx store.Tx, o *catalog.Object, after int64, limit int) ([]int64, error)
	// Person finds the active user that a flow names to act as: by id, external id or sign-in name; 0: there is none.
	Person(ctx context.Context, tx store.Tx, name string) (int64, error)
	// Call calls another system, and gives what it answers as values of a step. The error is a *flow.Fault
	// when the call went wrong, a *flow.Busy when it was not made yet.
	Call(ctx context.Context, o flow.Outgoing) (flow.Out, error)
	// Forgo ends an approval whose end a run has waited for, in the transaction of the run.
	Forgo(ctx context.Context, tx store.Tx, approval string) error
	// Profile is what a user may do.
	Profile(ctx context.Context, user int64, scope *ident.Scope) (access.Profile, error)
}

// Who is in whose name a run writes. The zero Who is the platform.
type Who struct {
	User    int64
	Profile access.Profile
	Anybody bool // a simulation: the platform stands in for whoever the run would act for
}

// Service runs the automations of one tenant.
type Service struct {
	*engine.Engine
	host Host
	db   *store.DB
	ids  func() int64
	ears map[string]driver.Stmt
	// schedule finds how one schedule stands, schedules all.
	schedule, schedules driver.Stmt
	cascade             driver.Stmt // finds what one cascade has used up
	gate                *gate       // nil: any number of runs begin
}

// Open starts automations on a store. Their jobs run with Run or Drain.
func Open(db *store.DB, host Host, ids func() int64, opt engine.Options) (*Service, error) {
	s := &Service{host: host, db: db, ids: ids}
	opt.Pools = []string{Pool, CallPool}
	err := errors.Join(s.prepareEars(db), s.prepareSchedules(db), s.prepareCascades(db))
	if err != nil {
		return nil, err
	}
	s.Engine, err = engine.New(db, map[string]engine.Kind{Name: kind{s}}, map[string]engine.Handler{
		startJob: engine.HandlerFunc(s.runStart), "flow.command": engine.HandlerFunc(s.runCommand), "flow.schedule": engine.HandlerFunc(s.runSchedule), "flow.moment": engine.HandlerFunc(s.runMoment), "flow.date": engine.HandlerFunc(s.runDate),
		"flow.backfill": engine.HandlerFunc(s.runBackfill), "flow.retire": engine.HandlerFunc(s.runRetire), "flow.call": engine.HandlerFunc(s.runCall)}, opt)
	return s, err
}

// order is the payload of a job that gives a command to a run.
type order struct {
	To      string       `json:"to"`
	Command flow.Command `json:"command"`
	User    int64        `json:"user,omitempty"` // in whose name; 0: the platform's
	Scope   *ident.Scope `json:"scope,omitempty"`
	Let     bool         `json:"let,omitempty"` // of a start: a caller was let in for it
}

// startJob is the kind of the jobs that let runs begin.
const startJob = "flow.start"

// NewRun is the name of a run that is to start.
func (s *Service) NewRun() string { return fmt.Sprintf("run_%d", s.ids()) }

// Start lets a run begin as a job, which the transaction stores. Runs that share an order come one
// after the other.
func (s *Service) Start(ctx context.Context, tx store.Tx, run string, c flow.Command, ordering string) error {
	raw, err := json.Marshal(order{To: run, Command: c, Let: admitted(ctx)})
	if err != nil {
		return fmt.Errorf("flow: write a job: %w", err)
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: startJob, Key: run, Order: ordering, At: s.Now(), Payload: raw})
}

// Later gives a command to a run as a job, which the transaction stores.
func (s *Service) Later(ctx context.Context, tx store.Tx, run string, c flow.Command) error {
	raw, err := json.Marshal(order{To: run, Command: c})
	if err != nil {
		return fmt.Errorf("flow: write a job: %w", err)
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: Pool, Kind: "flow.command", Key: fmt.Sprintf("%s/%s/%d", run, c.Kind, c.Lane), At: s.Now(), Payload: raw})
}

// Do gives a command to a run.
func (s *Service) Do(ctx context.Context, run string, c flow.Command, actor, key string) error {
	return s.DoAsked(ctx, run, c, "", actor, key)
}

// Recalled says whether a keyed order was given to a run before, and gives the error that it was refused with.
func (s *Service) Recalled(ctx context.Context, run, asked, actor, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	_, there, err := s.Recall(ctx, engine.Request{Kind: Name, Instance: run, Asked: asked, Actor: actor, Key: key})
	return there, err
}

// DoAsked gives a command to a run that was made of what was asked for.
func (s *Service) DoAsked(ctx context.Context, run string, c flow.Command, asked, actor, key string) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	_, err = s.Execute(ctx, engine.Request{Kind: Name, Instance: run, Command: raw, Asked: asked, Actor: actor, Key: key})
	return err
}

// StateOf reads the state of an instance.
func StateOf(i *engine.Instance) (*flow.State, error) {
	if i.Kind != Name {
		return nil, engine.NoInstance(i.Name)
	}
	st := &flow.State{}
	if err := json.Unmarshal(i.State, st); err != nil {
		return nil, fmt.Errorf("flow: read the state of %s: %w", i.Name, err)
	}
	return st, nil
}

func (s *Service) runStart(ctx context.Context, j engine.Job) (engine.Finish, error) {
	var o order
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return nil, engine.Permanent(err)
	}
	if !o.Let && o.Command.Status == "" {
		if err := s.turn(ctx, j); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(o.Command)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	return s.Command(Name, o.To, raw, func(refused *errs.Error) engine.Finish { return s.orphan(o, refused) }), nil
}

// orphan tells the run that waits for a flow that the flow could not start.
func (s *Service) orphan(o order, refused *errs.Error) engine.Finish {
	cause := o.Command.Cause
	if cause == nil || cause.Parent == "" {
		if refused.Code == errs.DefinitionUnavailable { // removed or switched off meanwhile: it starts no runs
			return func(context.Context, store.Tx) error { return nil }
		}
		return func(context.Context, store.Tx) error { return refused }
	}
	raw, err := json.Marshal(flow.Command{Kind: "child", Lane: cause.Lane, Awaits: o.To, Status: flow.Failed})
	if err != nil {
		return func(context.Context, store.Tx) error { return err }
	}
	return s.Command(Name, cause.Parent, raw, nil)
}

// runCommand gives a command to a run, in the name of who the run acts for. The rights are looked up
// anew each time: what was taken away since holds no longer.
func (s *Service) runCommand(ctx context.Context, j engine.Job) (engine.Finish, error) {
	var o order
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return nil, engine.Permanent(err)
	}
	raw, err := json.Marshal(o.Command)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	who := Who{User: o.User}
	if o.User != 0 {
		if who.Profile, err = s.host.Profile(ctx, o.User, o.Scope); err != nil {
			return nil, err
		}
	}
	then := s.Command(Name, o.To, raw, nil)
	return func(ctx context.Context, tx store.Tx) error { return then(As(ctx, who), tx) }, nil
}

type whoKey struct{}

// As puts into a context in whose name a run writes.
func As(ctx context.Context, w Who) context.Context { return context.WithValue(ctx, whoKey{}, w) }

// kind decides runs for the engine.
type kind struct{ *Service }

// Decide applies a command.
func (k kind) Decide(ctx context.Context, tx store.Tx, in engine.Input) (engine.Step, error) {
	var c flow.Command
	if err := json.Unmarshal(in.Command, &c); err != nil {
		return engine.Step{}, errs.New(errs.InvalidInput, "the command cannot be read", "无法读取命令").Because(err)
	}
	var st *flow.State
	key, version := c.Flow, 0
	if in.State != nil {
		if c.Kind == "start" {
			return engine.Step{Idle: true}, nil
		}
		st = &flow.State{}
		if err := json.Unmarshal(in.State, st); err != nil {
			return engine.Step{}, fmt.Errorf("flow: read the state of %s: %w", in.Instance, err)
		}
		key, version = st.Flow, st.Version
	}
	if c.Kind == "migrate" && st != nil {
		return k.migrating(ctx, tx, st, c, in)
	}
	f, version, err := k.host.Flow(ctx, tx, key, version)
	if err == nil && f == nil && c.Kind == "cancel" && st != nil {
		f, err = k.remains(ctx, tx, st)
	}
	if err != nil {
		return engine.Step{}, err
	}
	if f == nil || st == nil && f.Set.Off {
		return engine.Step{}, unavailable(key)
	}
	if st == nil {
		c.Version = version
		if c, err = k.actor(ctx, tx, f, c); err != nil {
			return engine.Step{}, err
		}
	}
	return engine.Step{Work: func(ctx context.Context, tx store.Tx) (engine.Step, error) { return k.work(ctx, tx, f, st, c, in) }}, nil
}

// work carries a command out in the world.
func (k kind) work(ctx context.Context, tx store.Tx, f *catalog.Flow, st *flow.State, c flow.Command, in engine.Input) (engine.Step, error) {
	who, _ := ctx.Value(whoKey{}).(Who)
	if st == nil && c.Status == "" {
		var err error
		if c, err = k.place(ctx, tx, f, c, in); err != nil {
			return engine.Step{}, err
		}
	}
	if c.Kind == "go" && st != nil && st.Status == flow.Queued {
		if free, err := k.room(ctx, tx, f, orderOf(f, st), st.Key); err != nil || !free {
			return engine.Step{Idle: true}, err // it is called again when there is room
		}
	}
	seen := st
	if seen == nil {
		seen = &flow.State{ID: in.Instance, As: c.As, Cause: *c.Cause}
	}
	var next *flow.State
	var trace []flow.Entry
	var effects []flow.Effect
	var failed *flow.StepError
	cause := cascade(seen, f)
	ctx, bill := k.billed(ctx, seen, cause.Root)
	err := k.host.Within(flow.Caused(ctx, cause), tx, f, seen, who, func(w flow.World) (err error) {
		next, trace, effects, err = flow.Apply(f, st, c, in.Instance, in.Now, w)
		errors.As(err, &failed)
		return err
	})
	var coded *errs.Error
	switch {
	case failed != nil, next != nil && errors.As(err, &coded): // what follows from a step may be refused, too
		return engine.Step{}, engine.Undo(err)
	case err != nil:
		return engine.Step{}, err
	case next == st:
		return engine.Step{Idle: true}, nil
	}
	refused, err := children(ctx, tx, effects)
	if err == nil {
		err = bill.settle(ctx, tx, next)
	}
	if err != nil {
		return engine.Step{}, err
	}
	s, err := k.step(f, next, trace, effects, refused, in)
	if err != nil {
		return engine.Step{}, err
	}
	if next.Status.Over() && (st == nil || !st.Status.Over()) && counts(f, next) {
		s.Carry = both(s.Carry, k.count(f, next, in.Now))
	}
	if row := failing(st, next, in.Now); row != nil {
		s.Carry = both(s.Carry, row)
	}
	if next.Status != flow.Queued {
		s.About.Unique = orderOf(f, next)
	}
	if leaves(f, st, next, c) {
		s.Jobs, err = k.successor(ctx, tx, next, s.Jobs)
	}
	return s, err
}

// cascade is what is known of a run to the runs that it causes.
func cascade(st *flow.State, f *catalog.Flow) flow.Cause {
	root := st.Cause.Root
	if root == "" {
		root = st.ID
	}
	chain := append(st.Cause.Chain[:len(st.Cause.Chain):len(st.Cause.Chain)], flow.Link{Flow: f.Key, Record: st.Cause.Record, Records: st.Cause.Names()})
	return flow.Cause{Root: root, Chain: chain, By: st.Cause.By, Scope: st.Cause.Scope}
}

// actor finds out who a run that starts acts for. Where there is nobody, it fails: never the platform
// acts instead.
func (k kind) actor(ctx context.Context, tx store.Tx, f *catalog.Flow, c flow.Command) (flow.Command, error) {
	if c.Status != "" || c.Cause == nil {
		return c, nil
	}
	name, named := strings.CutPrefix(f.Set.RunAs, "user:")
	if named {
		var err error
		if c.As, err = k.host.Person(ctx, tx, name); err != nil {
			return c, err
		}
	}
	switch {
	case f.Set.RunAs == "trigger_user" && c.Cause.By == 0:
		c.Status, c.Reason, c.Text = flow.Failed, "NO_USER", diag.Textf("nobody with a user record caused the run, so there is nobody to act for", "触发者没有用户记录，无法以其身份执行")
	case named && c.As == 0:
		c.Status, c.Reason, c.Text = flow.Failed, "NO_USER", diag.Textf("there is no active user %s to act for", "没有可代为执行的有效用户 %s", name)
	}
	return c, nil
}

// Failed notes that a step failed, so that it is tried again or recovered from.
func (k kind) Failed(in engine.Input, why error) json.RawMessage {
	var c flow.Command
	if json.Unmarshal(in.Command, &c) != nil || c.Kind != "run" {
		return nil
	}
	e := errs.From(why)
	raw, err := json.Marshal(flow.Command{Kind: "failed", Lane: c.Lane, Turn: c.Turn, Code: string(e.Code), Rule: e.Rule, Text: e.Message})
	if err != nil {
		return nil
	}
	return raw
}
