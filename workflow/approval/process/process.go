// Package process runs approvals on workflow/engine: it turns the effects that workflow/approval
// decides into rows, jobs and events of the engine, and the engine's jobs back into commands. The
// rules of approvals, and the records that they are about, do not belong here: the first are
// workflow/approval, the second come through Host.
package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// Name is the kind of process that approvals are in the engine.
const Name = "approval"

const snapshots = "_wf_snapshot"

// SystemTables are the tables that this package keeps in every tenant's store, besides the engine's.
func SystemTables() []driver.Table {
	return []driver.Table{{Name: snapshots, Columns: []driver.Column{{Name: "inst", Type: driver.Text}, {Name: "round", Type: driver.Int}, {Name: "hash", Type: driver.Text},
		{Name: "def", Type: driver.Text}, {Name: "form", Type: driver.JSON}, {Name: "at", Type: driver.DateTime}},
		Indexes: []driver.Index{{Name: "_wf_snapshot_round", Unique: true, Columns: []driver.IndexColumn{{Column: "inst"}, {Column: "round"}}}}}}
}

// Host is what approvals need of the platform around them.
type Host interface {
	// World is what a command finds: people, definitions and the record, read through tx. Its
	// Running is not asked.
	// What could not be read it tells by a method Err() error, if it has one.
	World(ctx context.Context, tx store.Tx, object, record string) (approval.Org, error)
	// Carry writes to the record, in the transaction of the command and in order: fields ("write"),
	// status, lock, and the actions of a phase. An *errs.Error undoes the command.
	Carry(ctx context.Context, tx store.Tx, st *approval.State, effects []approval.Effect) error
	// Act runs the actions of a node, outside of any transaction. key is the same whenever it is
	// repeated. It gives process variables as JSON values.
	Act(ctx context.Context, a Action, key string) (map[string]any, error)
}

// Notifier is a Host that tells people, in the transaction of the command. key names the telling among all.
type Notifier interface {
	Notify(ctx context.Context, tx store.Tx, st *approval.State, e approval.Effect, key string) error
}

// Action is what a node wants done.
type Action struct {
	Instance string            `json:"instance"`
	Object   string            `json:"object"`
	Record   string            `json:"record"`
	Node     string            `json:"node"`
	Process  string            `json:"process"`
	Version  int               `json:"version"`
	Actions  []approval.Action `json:"actions"`
	Visit    int               `json:"visit,omitempty"` // who waits; 0: nobody
}

// Happening is something that happened with an instance, as others hear of it.
type Happening struct {
	Name                              string // submitted, node_entered, node_decided, returned, withdrawn, completed; "over" where an instance ends without any of them
	Process, Instance, Object, Record string
	Node, Decision, Status            string
	Round                             int
	By                                int64 // user who acted; 0: the platform
	Over                              bool  // the instance has ended
	Run                               string
	Lane                              int // of the run of an automation that waits for the end; Run "": none does
}

// Submission is what an automation submits to an approval.
type Submission struct {
	Instance, Process, Record string
	Submitter                 int64
	Profile                   access.Profile // of who submits
	Run                       string         // of the automation, which waits for the end; "": it does not
	Lane                      int
}

// Service runs the approvals of one tenant.
type Service struct {
	*engine.Engine
	host   Host
	shots  driver.Stmt
	hear   func(context.Context, store.Tx, Happening) error // nil: nobody listens
	states states
}

// Listen lets hear hear of what happens, in the transaction in which it happens. It is called once,
// before the service is used.
func (s *Service) Listen(hear func(context.Context, store.Tx, Happening) error) { s.hear = hear }

// Begin submits a record in a transaction that is under way. An *errs.Error refuses.
func (s *Service) Begin(ctx context.Context, tx store.Tx, instance string, c approval.Command) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("approval: %w", err)
	}
	err = s.Command(Name, instance, raw, func(no *errs.Error) engine.Finish {
		return func(context.Context, store.Tx) error { return no }
	})(ctx, tx)
	var no *errs.Error
	if errors.As(err, &no) {
		return no
	}
	return err
}

// Open starts approvals on a store. Their jobs run with Run or Drain.
func Open(db *store.DB, host Host, opt engine.Options) (*Service, error) {
	s := &Service{host: host}
	var err error
	s.Engine, err = engine.New(db, map[string]engine.Kind{Name: kind{s}}, map[string]engine.Handler{
		"approval.command": engine.HandlerFunc(s.runCommand), "approval.child": engine.HandlerFunc(s.runChild), "approval.actions": engine.HandlerFunc(s.runActions)}, opt)
	if err != nil {
		return nil, err
	}
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	s.shots, err = db.Prepare(&driver.Query{Table: snapshots, Select: []driver.Expr{col("round"), col("hash"), col("def"), col("form"), col("at")},
		Where: driver.Cmp{Op: driver.Eq, L: col("inst"), R: driver.Param{N: 0}}, Order: []driver.Order{{Expr: col("round")}}})
	if err != nil {
		return nil, fmt.Errorf("approval: %w", err)
	}
	return s, nil
}

// Do carries out a command on an instance; key makes it happen once. It gives the state behind it.
func (s *Service) Do(ctx context.Context, instance string, c approval.Command, key string) (Answer, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return Answer{}, fmt.Errorf("approval: %w", err)
	}
	r, err := s.Execute(ctx, engine.Request{Kind: Name, Instance: instance, Command: raw, Actor: c.Actor.Type + ":" + c.Actor.ID, Key: key})
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	if err := json.Unmarshal(r.Answer, &a); err != nil {
		return Answer{}, fmt.Errorf("approval: read an answer: %w", err)
	}
	a.Replayed = r.Replayed
	return a, nil
}

// Try carries out a command, lets see look at what would come of it, and undoes everything.
func (s *Service) Try(ctx context.Context, instance string, c approval.Command, see func(ctx context.Context, tx store.Tx) error) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("approval: %w", err)
	}
	return s.Engine.Try(ctx, engine.Request{Kind: Name, Instance: instance, Command: raw}, see)
}

// Answer is what a command is answered with.
type Answer struct {
	Instance string          `json:"instance"`
	Status   approval.Status `json:"status"`
	Rev      int64           `json:"rev"`
	FormHash string          `json:"formHash"`
	Idle     bool            `json:"idle,omitempty"`
	Replayed bool            `json:"-"`
}

// State reads the state of an instance. It is shared: nobody may change it.
func (s *Service) State(ctx context.Context, instance string) (*approval.State, error) {
	i, err := s.Instance(ctx, instance)
	if err != nil {
		return nil, err
	}
	return s.states.of(i)
}

// StateIn reads the state of an instance in a transaction. It is shared: nobody may change it.
func (s *Service) StateIn(ctx context.Context, tx store.Tx, instance string) (*approval.State, error) {
	i, err := s.InstanceIn(ctx, tx, instance)
	if err != nil {
		return nil, err
	}
	return s.states.of(i)
}

// NoInstance is the answer where there is no instance, or none that the caller may know of.
func NoInstance(name string) *errs.Error { return engine.NoInstance(name) }

// Snapshot is what one round of an instance was about.
type Snapshot struct {
	Round            int
	Hash, Definition string // of the form, and of the definition
	Form             approval.Form
	At               time.Time
}

// Snapshots reads those of an instance, in order.
func (s *Service) Snapshots(ctx context.Context, tx store.Tx, instance string) ([]Snapshot, error) {
	rows, err := tx.Query(ctx, s.shots, []value.Value{value.Text(instance)})
	if err != nil {
		return nil, fmt.Errorf("approval: read snapshots: %w", err)
	}
	var out []Snapshot
	for rows.Next() {
		x := Snapshot{Round: int(rows.Value(0).Int()), Hash: strings.Clone(rows.Value(1).Text()), Definition: strings.Clone(rows.Value(2).Text()), At: rows.Value(4).AsTime()}
		if bad := json.Unmarshal([]byte(rows.Value(3).Text()), &x.Form); bad != nil {
			err = errors.Join(err, fmt.Errorf("approval: read a snapshot of %s: %w", instance, bad))
		}
		out = append(out, x)
	}
	return out, errors.Join(err, rows.Err(), rows.Close())
}

// kind decides approvals for the engine.
type kind struct{ *Service }

// world answers who else runs from the engine's own rows.
type world struct {
	approval.Org
	holder func(process, object, record string) string
}

func (w world) Running(process, object, record string) string {
	return w.holder(process, object, record)
}

func mark(process, object, record string) string { return process + "/" + object + "/" + record }

// Decide applies a command.
func (k kind) Decide(ctx context.Context, tx store.Tx, in engine.Input) (engine.Step, error) {
	var c approval.Command
	if err := json.Unmarshal(in.Command, &c); err != nil {
		return engine.Step{}, errs.New(errs.InvalidInput, "the command cannot be read", "无法读取命令").Because(err)
	}
	var st *approval.State
	object, record := c.Object, c.Record
	if in.State != nil {
		if c.Kind == "submit" {
			return engine.Step{}, errs.New(errs.Duplicate, "instance %s exists already", "流程实例 %s 已存在", in.Instance)
		}
		st = &approval.State{}
		if err := json.Unmarshal(in.State, st); err != nil {
			return engine.Step{}, fmt.Errorf("approval: read the state of %s: %w", in.Instance, err)
		}
		object, record = st.Object, st.Record
	}
	c.Instance = in.Instance
	org, err := k.host.World(ctx, tx, object, record)
	if err != nil {
		return engine.Step{}, err
	}
	var asked error
	w := world{org, func(process, object, record string) string {
		name, err := k.Holder(ctx, tx, mark(process, object, record))
		asked = errors.Join(asked, err)
		return name
	}}
	next, audit, effects, refused := approval.Apply(st, c, in.Now, w)
	if f, ok := org.(interface{ Err() error }); ok {
		asked = errors.Join(asked, f.Err())
	}
	if asked != nil {
		return engine.Step{}, asked
	}
	if refused != nil {
		return engine.Step{}, refused
	}
	return k.step(st, next, audit, effects, org.Definition(next.Def.Key, next.Def.Version), in)
}

// step turns what a command does into what the engine stores.
func (k kind) step(was, st *approval.State, audit []approval.Entry, effects []approval.Effect, def *approval.Definition, in engine.Input) (engine.Step, error) {
	answer, err := json.Marshal(Answer{Instance: st.ID, Status: st.Status, Rev: st.Rev, FormHash: st.FormHash, Idle: st == was})
	if err != nil {
		return engine.Step{}, err
	}
	if st == was {
		return engine.Step{Idle: true, Answer: answer}, nil
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return engine.Step{}, fmt.Errorf("approval: write the state of %s: %w", st.ID, err)
	}
	s := engine.Step{State: raw, Answer: answer, Tasks: changedTasks(was, st),
		About: engine.About{Process: st.Def.Key, Version: st.Def.Version, Object: st.Object, Record: st.Record, Status: string(st.Status), Over: st.Status.Over()}}
	if def != nil && def.Entry.Unique != "" {
		s.About.Unique = mark(st.Def.Key, st.Object, st.Record)
	}
	for _, e := range audit {
		line, err := json.Marshal(e)
		if err != nil {
			return engine.Step{}, err
		}
		s.Audit = append(s.Audit, engine.AuditEntry{Seq: e.Seq, Verb: e.Verb, At: in.Now, Entry: line})
	}
	var carried []approval.Effect
	for i, e := range effects {
		if err := k.effect(&s, st, e, fmt.Sprintf("%s/%d/%d", st.ID, st.Rev, i), in, &carried); err != nil {
			return engine.Step{}, err
		}
	}
	s.Carry = func(ctx context.Context, tx store.Tx) error {
		var writes []approval.Effect
		for _, e := range carried {
			if e.Kind != approval.TakeShot {
				writes = append(writes, e)
			} else if err := k.shoot(ctx, tx, st, e, in); err != nil {
				return err
			}
		}
		if len(writes) > 0 {
			if err := k.host.Carry(ctx, tx, st, writes); err != nil {
				return err
			}
		}
		if err := k.notify(ctx, tx, st, effects); err != nil {
			return err
		}
		return k.tell(ctx, tx, was, st, effects, in)
	}
	return s, nil
}

// notify tells people what the effects say, where the host can.
func (k kind) notify(ctx context.Context, tx store.Tx, st *approval.State, effects []approval.Effect) error {
	n, ok := k.host.(Notifier)
	for i, e := range effects {
		if !ok || e.Kind != approval.Notify {
			continue
		}
		if err := n.Notify(ctx, tx, st, e, fmt.Sprintf("%s/%d/%d", st.ID, st.Rev, i)); err != nil {
			return err
		}
	}
	return nil
}

// tell lets those hear of a step who listen.
func (k kind) tell(ctx context.Context, tx store.Tx, was, st *approval.State, effects []approval.Effect, in engine.Input) error {
	if k.hear == nil {
		return nil
	}
	var c approval.Command
	if err := json.Unmarshal(in.Command, &c); err != nil {
		return err
	}
	x := Happening{Process: st.Def.Key, Instance: st.ID, Object: st.Object, Record: st.Record, Status: string(st.Status), Round: st.Round, Run: st.Run, Lane: st.Lane}
	if c.Actor.Type == "user" || c.Actor.Type == "admin" {
		x.By, _ = strconv.ParseInt(c.Actor.ID, 10, 64)
	}
	over := st.Status.Over() && (was == nil || !was.Status.Over())
	for _, e := range effects {
		if e.Kind != approval.Publish {
			continue
		}
		y := x
		y.Name = e.Name
		y.Node, _ = e.Data["node"].(string)
		y.Decision, _ = e.Data["decision"].(string)
		if err := k.hear(ctx, tx, y); err != nil {
			return err
		}
	}
	if !over {
		return nil
	}
	x.Name, x.Over = "over", true
	return k.hear(ctx, tx, x)
}

// shoot keeps a snapshot.
func (k kind) shoot(ctx context.Context, tx store.Tx, st *approval.State, e approval.Effect, in engine.Input) error {
	form, err := json.Marshal(e.Form)
	if err != nil {
		return err
	}
	id, err := tx.NextSequence(ctx, snapshots, 1)
	if err != nil {
		return err
	}
	return tx.Insert(ctx, snapshots, []string{"id", "inst", "round", "hash", "def", "form", "at"}, []value.Value{value.Ref(id), value.Text(st.ID), value.Int(int64(e.Round)),
		value.Text(e.Hash), value.Text(st.Def.Hash), value.JSON(string(form)), value.Instant(in.Now)})
}

// Failed notes that the final writes of a decision were refused.
func (k kind) Failed(in engine.Input, why error) json.RawMessage {
	var c approval.Command
	if json.Unmarshal(in.Command, &c) != nil {
		return nil
	}
	cause := "user"
	if c.Actor.Type == "system" {
		cause = "system"
	}
	raw, err := json.Marshal(approval.Command{Kind: "actionsFailed", Actor: approval.System, Task: c.Task, Outcome: cause, Text: errs.From(why).Message})
	if err != nil {
		return nil
	}
	return raw
}
