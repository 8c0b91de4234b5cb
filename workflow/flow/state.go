package flow

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/value"
)

// Status of a run, a lane or a step.
type Status string

// Of runs; of lanes Running, Waiting, Succeeded and Cancelled.
const (
	Queued       Status = "queued" // behind others of the flow
	Running      Status = "running"
	Waiting      Status = "waiting"
	Succeeded    Status = "succeeded"
	Failed       Status = "failed"
	Cancelled    Status = "cancelled"
	Compensating Status = "compensating"
	Compensated  Status = "compensated"
	Skipped      Status = "skipped"
)

// Over says whether nothing of a run goes on by itself any more.
func (s Status) Over() bool {
	return s != Queued && s != Running && s != Waiting && s != Compensating
}

// Holds says whether a run keeps those of its order waiting that came later.
func (s *State) Holds() bool { return !s.Status.Over() || s.Blocks }

// State is one run: small, and its JSON is what is stored.
type State struct {
	ID       string            `json:"id"`
	Flow     string            `json:"flow"`
	Version  int               `json:"version"`
	As       int64             `json:"as,omitempty"`     // user that its flow names to act as
	Key      string            `json:"key,omitempty"`    // that it shares a limit of runs with others by
	Order    string            `json:"order,omitempty"`  // in which it comes after others: a mark that one of them has at a time
	Blocks   bool              `json:"blocks,omitempty"` // it has failed and keeps the mark until somebody looks after it
	Status   Status            `json:"status"`
	Reason   string            `json:"reason,omitempty"` // a word of the platform, or what a person gave as one
	Text     diag.Text         `json:"text,omitzero"`    // what the platform says of it
	Cause    Cause             `json:"cause"`
	Vars     map[string]Value  `json:"vars,omitempty"`
	Outs     map[string]Out    `json:"outs,omitempty"` // by step
	Lanes    []*Lane           `json:"lanes,omitempty"`
	Undo     []Undo            `json:"undo,omitempty"`
	Undone   bool              `json:"undone,omitempty"` // it is being undone, or was, in part or whole
	Took     map[string]string `json:"took,omitempty"`   // branches that conditions outside of loops and lanes took last, by step
	Was      []Was             `json:"was,omitempty"`    // what steps found in the variables that they set, when they first did
	Incident *Incident         `json:"incident,omitempty"`
	Heard    []string          `json:"heard,omitempty"` // tellings that it must not hear again
	Steps    int               `json:"steps"`
	Writes   int               `json:"writes,omitempty"` // records that it has written
	Causes   bool              `json:"causes,omitempty"` // it is the first of a cascade of more runs
	Seq      int64             `json:"seq"`              // of the last line of the trace
	Started  time.Time         `json:"started"`
	Deadline time.Time         `json:"deadline"`
}

// Cause is what started a run.
type Cause struct {
	Type    string           `json:"type"` // of the trigger
	Record  string           `json:"record,omitempty"`
	Verb    string           `json:"verb,omitempty"`
	Prior   map[string]Value `json:"prior,omitempty"` // the fields that changed, as they were
	Changed []string         `json:"changed,omitempty"`
	By      int64            `json:"by,omitempty"`    // user; 0: the platform
	Scope   *ident.Scope     `json:"scope,omitempty"` // of the key that the user came with: a run may no more than it
	Data    map[string]Value `json:"data,omitempty"`  // what the event tells that caused it
	Due     string           `json:"due,omitempty"`   // wall-clock time that a schedule stands for
	Parent  string           `json:"parent,omitempty"`
	RetryOf string           `json:"retryOf,omitempty"` // run that is done all over again
	Lane    int              `json:"lane,omitempty"`    // of the parent
	Root    string           `json:"root"`              // the first run of the cascade
	Chain   []Link           `json:"chain,omitempty"`
	// Records are those that a run is about whose flow takes many; then there is no Record.
	Records []Written `json:"records,omitempty"`
}

// Written is one record of a write that a run is about.
type Written struct {
	Record  string           `json:"record"`
	Verb    string           `json:"verb,omitempty"`
	Prior   map[string]Value `json:"prior,omitempty"` // as of Cause
	Changed []string         `json:"changed,omitempty"`
}

// Link is a run further up in a cascade.
type Link struct {
	Flow    string   `json:"flow"`
	Record  string   `json:"record"`
	Records []string `json:"records,omitempty"` // of a run that was about many
}

// Lane is one thread of a run.
type Lane struct {
	ID      int        `json:"id"`
	Parent  int        `json:"parent,omitempty"` // lane that waits for it
	Stack   []Frame    `json:"stack"`            // the innermost last
	Status  Status     `json:"status"`
	Turn    int        `json:"turn"` // counts its goes: a job of an earlier one comes too late
	Attempt int        `json:"attempt,omitempty"`
	Child   string     `json:"child,omitempty"` // run that it waits for
	Next    int        `json:"next,omitempty"`  // round of its loop that is to begin next, where several go on at once
	Until   *time.Time `json:"until,omitempty"`
	Awaits  string     `json:"awaits,omitempty"` // approval whose end it waits for
	Hears   string     `json:"hears,omitempty"`  // what it is told by of what may end its wait
	Calls   string     `json:"calls,omitempty"`  // key of the call of another system that it waits for
}

// Frame is a place in a sequence.
type Frame struct {
	List  string           `json:"list"`
	At    int              `json:"at"`
	Item  int              `json:"item,omitempty"`  // of a loop
	Bind  map[string]int64 `json:"bind,omitempty"`  // records by the names of loops
	Alone bool             `json:"alone,omitempty"` // it belongs to no step below it
	Feed  string           `json:"feed,omitempty"`  // loop of which the lane takes rounds
}

// Out is what a step gave.
type Out struct {
	Record  int64   `json:"record,omitempty"`
	Records []int64 `json:"records,omitempty"`
	Count   int     `json:"count"`
	// Values are the results of a script, an engine or an approval, by name.
	Values map[string]Value `json:"values,omitempty"`
}

// Was is what a variable was before a step set it for the first time; nil: it had no value.
type Was struct {
	Step  string `json:"step"`
	Var   string `json:"var"`
	Value *Value `json:"value,omitempty"`
}

// Undo is a step that is to be undone should the run fail.
type Undo struct {
	Step string           `json:"step"`
	Bind map[string]int64 `json:"bind,omitempty"`
}

// Incident is what an administrator must look at.
type Incident struct {
	Code string    `json:"code"`
	Text diag.Text `json:"text"`
	Step string    `json:"step,omitempty"`
	Lane int       `json:"lane,omitempty"`
}

// Value is a value as it is stored: its kind, and its text.
type Value struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

var kindNames = map[value.Kind]string{value.KindBool: "bool", value.KindInt: "int", value.KindDecimal: "decimal", value.KindText: "text", value.KindRef: "ref",
	value.KindDate: "date", value.KindTime: "time", value.KindDateTime: "datetime", value.KindList: "list", value.KindJSON: "json"}

// ValueOf is a value as it is stored. Values of other kinds than fields have are null.
func ValueOf(v value.Value) Value {
	x := Value{Kind: kindNames[v.Kind()]}
	switch v.Kind() {
	case value.KindDecimal:
		x.Text = string(v.AppendDecimal(nil))
	case value.KindText, value.KindList, value.KindJSON:
		x.Text = v.Clone().Text()
	default:
		x.Text = fmt.Sprint(v.Int())
	}
	return x
}

// Value is the value that was stored; null where it cannot be read.
func (x Value) Value() value.Value {
	var n int64
	switch x.Kind {
	case "text":
		return value.Text(x.Text)
	case "list":
		return value.List(x.Text)
	case "json":
		return value.JSON(x.Text)
	case "decimal":
		v, err := value.ParseDecimal(x.Text)
		if err != nil {
			return value.Null
		}
		return v
	}
	if _, err := fmt.Sscan(x.Text, &n); err != nil {
		return value.Null
	}
	switch x.Kind {
	case "bool":
		return value.Bool(n != 0)
	case "int":
		return value.Int(n)
	case "ref":
		return value.Ref(n)
	case "date":
		return value.Date(n)
	case "time":
		return value.Time(n)
	case "datetime":
		return value.DateTime(n)
	}
	return value.Null
}

// clone is a copy that shares nothing that Apply changes in place.
func (s *State) clone() *State {
	c := *s
	c.Vars, c.Outs, c.Undo, c.Took, c.Was = maps.Clone(s.Vars), maps.Clone(s.Outs), slices.Clone(s.Undo), maps.Clone(s.Took), slices.Clone(s.Was)
	if c.Vars == nil {
		c.Vars = map[string]Value{}
	}
	if c.Outs == nil {
		c.Outs = map[string]Out{}
	}
	c.Lanes = make([]*Lane, len(s.Lanes))
	for i, l := range s.Lanes {
		x := *l
		x.Stack = slices.Clone(l.Stack)
		c.Lanes[i] = &x
	}
	return &c
}

// Actor is the user in whose name a run's steps are carried out; 0 is the platform.
func (s *State) Actor(f *catalog.Flow) int64 {
	switch f.Set.RunAs {
	case "", "system":
		return 0
	case "trigger_user":
		return s.Cause.By
	}
	return s.As
}

// Signature names what the run stands failed of: its flow, the step and the code, as order/ask/REJECTED; the step is
// empty where the whole run failed. It is "" where nothing waits for an administrator.
func (s *State) Signature() string {
	if s.Status != Failed || s.Incident == nil {
		return ""
	}
	return s.Flow + "/" + s.Incident.Step + "/" + s.Incident.Code
}

// Lane finds a lane; nil when there is none.
func (s *State) Lane(id int) *Lane {
	if id < 1 || id > len(s.Lanes) {
		return nil
	}
	return s.Lanes[id-1]
}

func (l *Lane) top() *Frame { return &l.Stack[len(l.Stack)-1] }

// bound are the records that a lane's expressions know by the names of loops.
func (l *Lane) bound() map[string]int64 {
	out := map[string]int64{}
	for _, f := range l.Stack {
		maps.Copy(out, f.Bind)
	}
	return out
}
