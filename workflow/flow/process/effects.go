package process

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// children notes the runs that a command lets begin, and gives what is told in place of those that may not.
func children(ctx context.Context, tx store.Tx, effects []flow.Effect) (map[string]*flow.Command, error) {
	var refused map[string]*flow.Command
	for _, e := range effects {
		if e.Kind != "child" {
			continue
		}
		no, err := Causes(ctx, tx)
		if err != nil {
			return nil, err
		}
		if no != nil {
			if refused == nil {
				refused = map[string]*flow.Command{}
			}
			refused[e.Run] = no
		}
	}
	return refused, nil
}

// step turns what a command does into what the engine stores.
func (k kind) step(f *catalog.Flow, st *flow.State, trace []flow.Entry, effects []flow.Effect, refused map[string]*flow.Command, in engine.Input) (engine.Step, error) {
	raw, err := json.Marshal(st)
	if err != nil {
		return engine.Step{}, fmt.Errorf("flow: write the state of %s: %w", st.ID, err)
	}
	s := engine.Step{State: raw, About: engine.About{Process: "flow:" + st.Flow, Version: st.Version, Object: st.Key, Record: st.Cause.Record, Status: string(st.Status), Over: st.Status.Over(), Held: st.Blocks}}
	for _, e := range trace {
		line, err := json.Marshal(e)
		if err != nil {
			return engine.Step{}, err
		}
		s.Audit = append(s.Audit, engine.AuditEntry{Seq: e.Seq, Verb: e.Verb, At: e.At, Entry: line})
	}
	var carry []func(context.Context, store.Tx) error
	for _, e := range effects {
		switch e.Kind {
		case "hear":
			carry = append(carry, hear(f, st, e))
		case "deaf":
			carry = append(carry, deafen(e.Run))
		case "forgo":
			carry = append(carry, func(ctx context.Context, tx store.Tx) error { return k.host.Forgo(ctx, tx, e.Run) })
		default:
			if err := k.effect(&s, f, st, e, refused[e.Run], in.Now); err != nil {
				return engine.Step{}, err
			}
		}
	}
	if len(carry) > 0 {
		s.Carry = func(ctx context.Context, tx store.Tx) error {
			for _, do := range carry {
				if err := do(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if st.Status.Over() {
		s.Drop = append(s.Drop, st.ID+"/expire")
	}
	return s, nil
}

// both makes the writes of one and then those of the other.
func both(one, other func(context.Context, store.Tx) error) func(context.Context, store.Tx) error {
	if one == nil {
		return other
	}
	return func(ctx context.Context, tx store.Tx) error {
		if err := one(ctx, tx); err != nil {
			return err
		}
		return other(ctx, tx)
	}
}

// effect sorts one effect into what the engine stores; refused, if not nil, is what a child is told in place of
// its start.
func (k kind) effect(s *engine.Step, f *catalog.Flow, st *flow.State, e flow.Effect, refused *flow.Command, now time.Time) error {
	j := engine.Job{Pool: Pool, Kind: "flow.command", At: now}
	o := order{To: st.ID}
	switch e.Kind {
	case "run":
		j.Key, j.At = fmt.Sprintf("%s/%d", st.ID, e.Lane), e.At
		o.Command, o.User = flow.Command{Kind: "run", Lane: e.Lane, Turn: e.Turn}, st.Actor(f)
		if f.Set.RunAs == "trigger_user" {
			o.Scope = st.Cause.Scope
		}
	case "look":
		o.Command, o.User = flow.Command{Kind: "heard", Lane: e.Lane, Awaits: e.Run}, st.Actor(f)
		if f.Set.RunAs == "trigger_user" {
			o.Scope = st.Cause.Scope
		}
	case "await": // the approval tells of its end
		return nil
	case "call":
		j, err := calling(st, e, now)
		s.Jobs = append(s.Jobs, j)
		return err
	case "expire":
		j.Key, j.At, o.Command = st.ID+"/expire", e.At, flow.Command{Kind: "expire"}
	case "child":
		cause := cascade(st, f)
		cause.Type, cause.Record, cause.Parent, cause.Lane = "flow", e.Record, st.ID, e.Lane
		j.Kind, j.Key, o.To, o.Command = startJob, e.Run, e.Run, flow.Command{Kind: "start", Flow: e.Flow, Cause: &cause}
		if refused != nil {
			o.Command.Status, o.Command.Reason, o.Command.Text = refused.Status, refused.Reason, refused.Text
		}
	case "end":
		j.Key, o.To, o.Command = e.Run+"/end", e.Run, flow.Command{Kind: "cancel", Reason: "parent_ended"}
	case "tell":
		j.Key, o.To, o.Command = st.ID+"/tell", e.Run, flow.Command{Kind: "child", Lane: e.Lane, Awaits: st.ID, Status: e.Status}
	default:
		return fmt.Errorf("flow: no effect is called %s", e.Kind)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("flow: write a job: %w", err)
	}
	j.Payload = raw
	s.Jobs = append(s.Jobs, j)
	return nil
}
