package approval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxReplayed is how many commands one submission is replayed with.
const maxReplayed = 500

// Asked is who is asked at a node, in order.
type Asked struct {
	Node  string
	Users []string
}

// Replayed is what would come of a past submission under another definition.
type Replayed struct {
	Status  Status // of the instance at the end
	Asked   []Asked
	DeadEnd string // code of what it cannot get past; "": it comes to an end
	Node    string // where
}

// Replay submits the form of a past submission under a definition and lets everybody who is asked
// approve, and everything that is waited for happen, until the instance ends or nothing goes on.
func Replay(def *Definition, past *State, form Form, at time.Time, org Org) Replayed {
	r := &replay{org: replayOrg{Org: org, def: def, form: form}, now: at}
	r.tell(Command{Kind: "submit", Instance: past.ID, Actor: Actor{Type: "user", ID: past.Submitter}, Process: def.Pin.Key, Record: past.Record, Next: past.Selected})
	for n := 0; r.refused == nil && !r.st.Status.Over(); n++ {
		if n == maxReplayed {
			return r.end("REPLAY_TOO_LONG", "")
		}
		for _, i := range r.st.Incidents {
			if !i.Resolved {
				return r.end(strings.ToUpper(i.Code), i.Node)
			}
		}
		c, ok := r.next()
		if !ok {
			return r.end("STUCK", r.node(len(r.st.Visits)))
		}
		node := ""
		if t := r.st.Task(c.Task); t != nil {
			node = r.node(t.Visit)
		}
		if r.tell(c); r.refused != nil {
			return r.end(string(r.refused.Code), node)
		}
	}
	if r.refused != nil { // the submission itself
		return Replayed{DeadEnd: string(r.refused.Code)}
	}
	return r.end("", "")
}

// replay is one submission under way.
type replay struct {
	org     replayOrg
	st      *State
	now     time.Time
	waits   []Command // for what happens outside
	refused *errs.Error
}

// tell gives the instance a command, and keeps what it then waits for.
func (r *replay) tell(c Command) {
	st, _, effects, err := Apply(r.st, c, r.now, r.org)
	if r.refused = err; err != nil {
		return
	}
	r.st = st
	for _, e := range effects {
		switch {
		case e.Kind == RunActions && e.Visit != 0:
			r.waits = append(r.waits, Command{Kind: "actionDone", Actor: System, Visit: e.Visit, Outcome: "succeeded"})
		case e.Kind == StartChild:
			visit, _ := strconv.Atoi(e.Child[strings.LastIndexByte(e.Child, '.')+1:])
			r.waits = append(r.waits, Command{Kind: "childDone", Actor: System, Visit: visit, Outcome: string(Approved)})
		}
	}
}

// next is the command that lets the instance go on: an answer, what was waited for, or a moment that comes.
func (r *replay) next() (Command, bool) {
	for _, t := range r.st.Tasks {
		switch {
		case t.Status == Claimable && len(t.Pool) > 0:
			return Command{Kind: "claim", Task: t.ID, Actor: Actor{Type: "user", ID: t.Pool[0]}}, true
		case t.Status == Pending:
			return Command{Kind: "approve", Task: t.ID, Actor: Actor{Type: "user", ID: t.Assignee}, Comment: "replay", Signature: "replay"}, true
		}
	}
	if len(r.waits) > 0 {
		c := r.waits[0]
		r.waits = r.waits[1:]
		return c, true
	}
	for _, v := range r.st.Visits {
		if v.Status == Active && v.Wakes != "" {
			return Command{Kind: "event", Actor: System, Event: v.Wakes}, true
		}
	}
	if len(r.st.Timers) == 0 {
		return Command{}, false
	}
	t := slices.MinFunc(r.st.Timers, func(a, b Timer) int { return a.At.Compare(b.At) })
	if t.At.After(r.now) {
		r.now = t.At
	}
	return Command{Kind: "timer", Actor: System, Timer: t.Key}, true
}

func (r *replay) node(visit int) string {
	if v := r.st.Visit(visit); v != nil {
		return v.Node
	}
	return ""
}

func (r *replay) end(code, node string) Replayed {
	return Replayed{Status: r.st.Status, Asked: WasAsked(r.st), DeadEnd: code, Node: node}
}

// WasAsked is who was asked by an instance, node by node in the order in which they were entered.
func WasAsked(st *State) (out []Asked) {
	for _, t := range st.Tasks {
		v := st.Visit(t.Visit)
		if v == nil {
			continue
		}
		at := slices.IndexFunc(out, func(a Asked) bool { return a.Node == v.Node })
		if at < 0 {
			out, at = append(out, Asked{Node: v.Node}), len(out)
		}
		users := t.Pool
		if t.Assignee != "" && len(users) == 0 {
			users = []string{t.Assignee}
		}
		for _, u := range users {
			if !slices.Contains(out[at].Users, u) {
				out[at].Users = append(out[at].Users, u)
			}
		}
	}
	return out
}

// replayOrg is the world with a definition and a form of its own.
type replayOrg struct {
	Org
	def  *Definition
	form Form
}

func (o replayOrg) Definition(key string, version int) *Definition {
	if key == o.def.Pin.Key {
		return o.def
	}
	return o.Org.Definition(key, version)
}

func (o replayOrg) Running(string, string, string) string { return "" }
func (o replayOrg) Form() Form                            { return o.form }

// Input reads the record's own fields as the submission had them; what it did not keep, and what lies
// behind references, is as it is now.
func (o replayOrg) Input(in expr.Input) (value.Value, error) {
	if v, kept := o.form.Values[in.Field]; kept && in.Kind == expr.FieldInput && len(in.Path) == 0 {
		if v == nil {
			return value.Null, nil
		}
		out, err := o.Coerce(in.Field, v)
		if err != nil {
			return value.Null, fmt.Errorf("the field %s of the submission: %w", in.Field, err)
		}
		return out, nil
	}
	return o.Org.Input(in)
}
