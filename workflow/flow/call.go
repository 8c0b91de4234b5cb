package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Outgoing is a call of another system.
type Outgoing struct {
	Key        string                     `json:"key"` // the same for every attempt, and no other call's
	Connection string                     `json:"connection"`
	Request    *model.ConnectionRequest   `json:"request,omitempty"` // nil: the connection's own
	Check      *model.ConnectionRequest   `json:"check,omitempty"`   // asks whether the call was taken; nil: nothing does
	Again      bool                       `json:"again,omitempty"`   // it may be made again when nobody knows whether it was taken
	Letter     bool                       `json:"letter,omitempty"`  // a message to people or a system; else values alone
	To         string                     `json:"to,omitempty"`
	Subject    string                     `json:"subject,omitempty"`
	Body       string                     `json:"body,omitempty"`
	Values     map[string]json.RawMessage `json:"values,omitempty"`
	Record     string                     `json:"record,omitempty"` // that the run is about
}

// Fault is a call that went wrong. Nothing in it is a secret.
type Fault struct {
	Code  string
	Text  diag.Text
	Again bool          // trying once more may help
	Lost  bool          // the other system may have taken it all the same
	After time.Duration // how long it asks us to wait; 0: it does not say
}

func (f *Fault) Error() string { return f.Code + ": " + f.Text.En }

// Busy says that a call was not made, because the connection was used as often as it allows.
type Busy struct{ After time.Duration }

func (b *Busy) Error() string { return "the connection is called as often as it allows" }

// CallKey names a call among all: it is the same for each attempt of a step, also by an administrator's
// hand, and another one for each round of a loop.
func (s *State) CallKey(l *Lane, step string) string {
	sum := sha256.Sum256([]byte(s.ID + "/" + l.path() + "/" + step))
	return hex.EncodeToString(sum[:])
}

// path is where in the tree of the flow a lane stands, with the rounds of its loops.
func (l *Lane) path() string {
	var b strings.Builder
	for _, f := range l.Stack {
		fmt.Fprintf(&b, "%s#%d", f.List, f.Item)
		for _, name := range slices.Sorted(maps.Keys(f.Bind)) {
			fmt.Fprintf(&b, ",%s=%d", name, f.Bind[name])
		}
		b.WriteByte('/')
	}
	return b.String()
}

// call hands a call over. That it is about to be made is stored before it is.
func (r *run) call(s *catalog.FlowStep, l *Lane) (bool, error) {
	o, err := r.w.Compose(s, r.st, l.bound())
	if err != nil {
		return true, err
	}
	o.Key, o.Record = r.st.CallKey(l, s.Decl.ID), r.st.Cause.Record
	l.Status, l.Calls = Waiting, o.Key
	l.Turn++
	r.note(Entry{Verb: "step.sending", Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt + 1, Message: o.Key})
	r.effects = append(r.effects, Effect{Kind: "call", Lane: l.ID, Turn: l.Turn, Step: s.Decl.ID, Call: &o})
	return true, nil
}

// called finds the lane whose call has ended; nil when it no longer waits for that.
func (r *run) called(c Command) *Lane {
	l := r.st.Lane(c.Lane)
	if r.st.Status.Over() && r.st.Incident == nil || l == nil || l.Calls == "" || l.Turn != c.Turn || l.Status != Waiting {
		return nil
	}
	l.Calls, l.Status = "", Running
	return l
}

// answered lets a lane go on whose call was taken.
func (r *run) answered(c Command) (bool, error) {
	l := r.called(c)
	if l == nil {
		return false, nil
	}
	if c.Out.fits() != nil {
		return true, r.oversized(l)
	}
	r.finish(l, "step.succeeded", c.Out)
	if r.st.Status.Over() { // a retry goes on from here
		return true, nil
	}
	r.moved = true
	return true, r.advance(l)
}

// oversized is what becomes of a call that was taken, and whose answer is more than a run keeps. It is not made
// again by itself.
func (r *run) oversized(l *Lane) error {
	if r.st.Status.Over() { // another lane has stopped the run
		r.note(Entry{Verb: "step.failed", Step: r.at(l).Decl.ID, Lane: l.ID, Code: string(PayloadTooLarge), Text: tooLarge})
		return nil
	}
	return r.failed(l, string(PayloadTooLarge), tooLarge, false, 0)
}

// lost stops a run of which nobody knows whether a call was taken. It is never made again by itself.
func (r *run) lost(c Command) (bool, error) {
	l := r.called(c)
	if l == nil {
		return false, nil
	}
	s := r.at(l)
	l.Attempt++
	r.note(Entry{Verb: "step.unknown", Step: s.Decl.ID, Lane: l.ID, Attempt: l.Attempt, Code: c.Code, Text: c.Text})
	in := &Incident{Code: "OUTCOME_UNKNOWN", Text: diag.Text{En: "nobody knows whether the other system took the call: " + c.Text.En, Zh: "无法得知对方系统是否已接受调用：" + c.Text.In("zh-CN")}, Step: s.Decl.ID, Lane: l.ID}
	if r.st.Status.Over() { // another lane has stopped the run; this matters more
		r.st.Incident = in
		return true, nil
	}
	r.end(Failed, "outcome_unknown", in)
	return true, nil
}
