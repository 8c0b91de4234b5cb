package process

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// order is the payload of a job that gives a command to an instance.
type order struct {
	To      string           `json:"to"`
	Command approval.Command `json:"command"`
}

// effect sorts one effect into a step. unique names it among all effects of all instances.
func (k kind) effect(s *engine.Step, st *approval.State, e approval.Effect, unique string, in engine.Input, carried *[]approval.Effect) error {
	timer := st.ID + "/" + e.Timer
	switch e.Kind {
	case approval.SetStatus, approval.WriteRecord, approval.SetLock, approval.TakeShot:
		*carried = append(*carried, e)
	case approval.RunActions:
		if e.Phase != "" {
			*carried = append(*carried, e)
			return nil
		}
		a := Action{Instance: st.ID, Object: st.Object, Record: st.Record, Node: e.Node, Process: st.Def.Key, Version: st.Def.Version, Actions: e.Actions, Visit: e.Visit}
		return add(s, engine.Job{Pool: engine.PoolIO, Kind: "approval.actions", Key: unique, At: in.Now}, a)
	case approval.SetTimer:
		c := approval.Command{Kind: "timer", Actor: approval.System, Timer: e.Timer}
		return add(s, engine.Job{Pool: engine.PoolEngine, Kind: "approval.command", Key: timer, At: *e.At}, order{st.ID, c})
	case approval.DropTimer:
		s.Drop = append(s.Drop, timer)
	case approval.StartChild:
		c := approval.Command{Kind: "submit", Actor: approval.Actor{Type: "user", ID: st.Submitter}, Process: e.Process, Record: e.Record, Parent: st.ID}
		return add(s, engine.Job{Pool: engine.PoolEngine, Kind: "approval.child", Key: unique, At: in.Now}, order{e.Child, c})
	case approval.EndChild:
		return add(s, engine.Job{Pool: engine.PoolEngine, Kind: "approval.command", Key: unique, At: in.Now}, order{e.Child, Ended()})
	case approval.ChildDone:
		return add(s, engine.Job{Pool: engine.PoolEngine, Kind: "approval.command", Key: unique, At: in.Now}, order{e.Parent, childDone(e.Child, e.Status, diag.Text{})})
	default: // event, notify, comment: the outbox has them all
		data, err := json.Marshal(e)
		if err != nil {
			return err
		}
		s.Events = append(s.Events, engine.Event{Name: e.Kind, Data: data})
	}
	return nil
}

// Ended ends an instance because who waited for it, a process or an automation, no longer does.
func Ended() approval.Command {
	return approval.Command{Kind: "terminate", Actor: approval.Actor{Type: "admin", ID: "system"}, Reason: "parent_ended"}
}

// Later gives a command to an instance as a job, which the transaction stores.
func (s *Service) Later(ctx context.Context, tx store.Tx, instance string, c approval.Command) error {
	raw, err := json.Marshal(order{instance, c})
	if err != nil {
		return err
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: engine.PoolEngine, Kind: "approval.command", Key: instance + "/" + c.Kind, At: s.Now(), Payload: raw})
}

// Wake tells an instance of an event that it waits for, as a job, which the transaction stores. Each telling has one of
// its own: another event may be on its way.
func (s *Service) Wake(ctx context.Context, tx store.Tx, instance, event string) error {
	raw, err := json.Marshal(order{instance, approval.Command{Kind: "event", Actor: approval.System, Event: event}})
	if err != nil {
		return err
	}
	return s.Enqueue(ctx, tx, engine.Job{Pool: engine.PoolEngine, Kind: "approval.command", At: s.Now(), Payload: raw})
}

// childDone is the report of a child, whose id ends in the visit that waits for it.
func childDone(child string, s approval.Status, text diag.Text) approval.Command {
	visit, _ := strconv.Atoi(child[strings.LastIndexByte(child, '.')+1:])
	return approval.Command{Kind: "childDone", Actor: approval.System, Visit: visit, Outcome: string(s), Text: text}
}

func add(s *engine.Step, j engine.Job, payload any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("approval: write a job: %w", err)
	}
	j.Payload = raw
	s.Jobs = append(s.Jobs, j)
	return nil
}

// changedTasks are the rows of those tasks that differ from what was.
func changedTasks(was, st *approval.State) []engine.Task {
	due, dueBefore := dueOf(st), map[int]time.Time{}
	if was != nil {
		dueBefore = dueOf(was)
	}
	var out []engine.Task
	for _, t := range st.Tasks {
		if was != nil {
			if old := was.Task(t.ID); old != nil && reflect.DeepEqual(old, t) && due[t.Visit].Equal(dueBefore[t.Visit]) {
				continue
			}
		}
		x := engine.Task{Number: t.ID, Status: string(t.Status), Created: t.Created, Assignees: []string{t.Assignee},
			Open: t.Status == approval.Pending || t.Status == approval.Claimable, Due: due[t.Visit]}
		if v := st.Visit(t.Visit); v != nil {
			x.Node, x.Visit = v.Node, v.N
		}
		if t.Status == approval.Claimable {
			x.Assignees = t.Pool
		}
		out = append(out, x)
	}
	return out
}

// dueOf tells when the next timer of each visit fires.
func dueOf(st *approval.State) map[int]time.Time {
	due := map[int]time.Time{}
	for _, t := range st.Timers {
		if at := due[t.Visit]; at.IsZero() || t.At.Before(at) {
			due[t.Visit] = t.At
		}
	}
	return due
}

// runCommand gives a command to an instance: a timer's, a child's, or one for a child.
func (s *Service) runCommand(_ context.Context, j engine.Job) (engine.Finish, error) {
	var o order
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return nil, engine.Permanent(err)
	}
	return s.give(o.To, o.Command, nil)
}

func (s *Service) give(to string, c approval.Command, otherwise func(*errs.Error) engine.Finish) (engine.Finish, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, engine.Permanent(err)
	}
	return s.Command(Name, to, raw, otherwise), nil
}

// runChild starts a sub-approval; when it cannot start, its parent is told.
func (s *Service) runChild(_ context.Context, j engine.Job) (engine.Finish, error) {
	var o order
	if err := json.Unmarshal(j.Payload, &o); err != nil {
		return nil, engine.Permanent(err)
	}
	return s.give(o.To, o.Command, func(refused *errs.Error) engine.Finish {
		told, err := s.give(o.Command.Parent, childDone(o.To, approval.Error, refused.Message), nil)
		if err != nil {
			return func(context.Context, store.Tx) error { return err }
		}
		return told
	})
}

// runActions runs a node's actions; the last attempt that fails is the node's failure.
func (s *Service) runActions(ctx context.Context, j engine.Job) (engine.Finish, error) {
	var a Action
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return nil, engine.Permanent(err)
	}
	vars, err := s.host.Act(ctx, a, j.Key)
	if a.Visit == 0 {
		return nil, err
	}
	c := approval.Command{Kind: "actionDone", Actor: approval.System, Visit: a.Visit, Outcome: "succeeded", Vars: vars}
	if err != nil {
		if j.Attempt < j.Max && !engine.IsPermanent(err) {
			return nil, err
		}
		c.Outcome, c.Vars, c.Text = "failed", nil, errs.TextOf(err)
	}
	return s.give(a.Instance, c, nil)
}
