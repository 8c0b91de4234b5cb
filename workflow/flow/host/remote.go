package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/flow"
)

// Remote calls other systems through connections.
type Remote interface {
	// Call sends a message; request, if not nil, takes the place of the connection's own. The error is a
	// *connect.Fault when it went wrong, a *connect.Busy when it was not sent because it would be too often.
	Call(ctx context.Context, connection string, request *model.ConnectionRequest, m connect.Message) (connect.Receipt, error)
}

// Compose makes the call that a step asks for; see flow.World.
func (w *world) Compose(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Outgoing, error) {
	d := s.Decl
	o := flow.Outgoing{Connection: d.Connection, Request: d.Request, Check: d.Check, Letter: d.Type == "send", Again: d.Idempotency == "native_key" || harmless(s), Values: map[string]json.RawMessage{}}
	for _, name := range slices.Sorted(maps.Keys(s.With)) {
		v, err := w.Eval(s.With[name], st, bind)
		if err != nil {
			return o, err
		}
		if o.Values[name], err = w.shown(s.With[name], v); err != nil {
			return o, err
		}
	}
	for _, x := range []struct {
		p  *expr.Program
		in *string
	}{{s.To, &o.To}, {s.Subject, &o.Subject}, {s.Body, &o.Body}} {
		if x.p == nil {
			continue
		}
		v, err := w.Eval(x.p, st, bind)
		if err != nil {
			return o, err
		}
		if v.Kind() == value.KindText {
			*x.in = strings.Clone(v.Text())
		}
	}
	return o, nil
}

// harmless says whether a call of a step has no effect on the other system.
func harmless(s *catalog.FlowStep) bool {
	q := s.Decl.Request
	if q == nil {
		q = s.Link.Decl.Request
	}
	return q != nil && q.Method == "GET"
}

// shown is a value of an expression as JSON: numbers as numbers, moments as RFC 3339, records by their ids.
func (w *world) shown(p *expr.Program, v value.Value) (json.RawMessage, error) {
	switch v.Kind() {
	case value.KindNull:
		return json.RawMessage("null"), nil
	case value.KindBool:
		return json.Marshal(v.Bool())
	case value.KindInt, value.KindDecimal:
		return json.RawMessage(v.AppendDecimal(nil)), nil
	case value.KindDate:
		return json.Marshal(time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly))
	case value.KindDateTime:
		return json.Marshal(v.AsTime().UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	case value.KindRef:
		o := w.se.Catalog().ByName[p.Type().Object]
		if o == nil {
			return json.RawMessage("null"), nil
		}
		return json.Marshal(string(query.AppendID(nil, o, v.Int())))
	case value.KindJSON, value.KindList:
		if raw := json.RawMessage(v.Clone().Text()); json.Valid(raw) {
			return raw, nil
		}
	}
	return json.Marshal(v.Text())
}

// Call calls another system; see process.Host.
func (h *Host) Call(ctx context.Context, o flow.Outgoing) (flow.Out, error) {
	if h.deps.Remote == nil {
		return flow.Out{}, &flow.Fault{Code: string(errs.Unavailable), Message: "other systems are not called here"}
	}
	m := connect.Message{ID: o.Key, At: h.deps.Clock.Now(), To: o.To, Subject: o.Subject, Body: o.Body, Values: map[string]string{"record": o.Record}, Typed: map[string]json.RawMessage{}}
	for name, raw := range o.Values {
		m.Values[name], m.Typed[name] = words(raw), raw
	}
	var err error
	if m.Data, err = data(o); err != nil {
		return flow.Out{}, err
	}
	if o.Check != nil {
		r, err := h.deps.Remote.Call(ctx, o.Connection, o.Check, m)
		var no *connect.Fault
		if err == nil || !errors.As(err, &no) || no.Status != 404 {
			return given(r), fault(err, false)
		}
	}
	r, err := h.deps.Remote.Call(ctx, o.Connection, o.Request, m)
	return given(r), fault(err, true)
}

// data is what a connection that says nothing of a body sends.
func data(o flow.Outgoing) ([]byte, error) {
	if !o.Letter {
		return json.Marshal(o.Values)
	}
	return json.Marshal(map[string]any{"to": o.To, "subject": o.Subject, "body": o.Body, "record": o.Record, "values": o.Values})
}

// words is a JSON value as a text holds it.
func words(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil || string(raw) == "null" {
		return s
	}
	return string(raw)
}

// given is an answer as the values of a step.
func given(r connect.Receipt) flow.Out {
	out := flow.Out{Count: 1, Values: map[string]flow.Value{}}
	for name, text := range r.Values {
		out.Values[name] = flow.Value{Kind: "text", Text: text}
	}
	out.Values["status"] = flow.Value{Kind: "int", Text: fmt.Sprint(r.Status)}
	return out
}

// fault tells a run what went wrong with a call. effect says that the call would have had an effect.
func fault(err error, effect bool) error {
	var busy *connect.Busy
	var f *connect.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &busy):
		return &flow.Busy{After: busy.After}
	case !errors.As(err, &f) || f.Kind == connect.Cancelled:
		return err
	}
	text := f.Kind.Text().En
	if f.Status != 0 {
		text += fmt.Sprintf(" (HTTP %d)", f.Status)
	}
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return &flow.Fault{Code: string(f.Kind), Message: text, Again: passing(f.Kind), Lost: effect && doubtful(f), After: f.After}
}

// passing says whether a fault may be gone when a call is made again, without anybody doing anything.
func passing(k connect.Kind) bool {
	switch k {
	case connect.TimedOut, connect.Throttled, connect.Unreachable, connect.Broken:
		return true
	}
	return false
}

// doubtful says whether the other system may have taken a call that went wrong: it took too long, broke
// off, failed while it worked, or gave an answer that we do not understand.
func doubtful(f *connect.Fault) bool {
	return f.Kind == connect.TimedOut && f.Status == 0 || f.Kind == connect.Broken && f.Status != 503 || f.Kind == connect.TooLarge
}

// notify tells people; what a step has told it does not tell again.
func (w *world) notify(s *catalog.FlowStep, st *flow.State, bind map[string]int64) (flow.Out, error) {
	to, err := w.addressees(s, st, bind)
	if err != nil || len(to) == 0 {
		return flow.Out{}, err
	}
	rec := w.rec
	if s.Record != nil {
		v, err := w.Eval(s.Record, st, bind)
		if err != nil {
			return flow.Out{}, err
		}
		if rec, err = w.reached(s.Object, v); err != nil {
			return flow.Out{}, err
		}
	}
	if rec.Object() == nil {
		return flow.Out{}, errs.New(errs.NotFound, "there is no record to tell of", "没有可通知的记录")
	}
	if err := w.mayTell(s, rec); err != nil {
		return flow.Out{}, err
	}
	key := st.ID + "/" + s.Decl.ID
	if l := st.Lane(w.lane(st, s)); l != nil {
		key = st.CallKey(l, s.Decl.ID)
	}
	return flow.Out{Count: len(to)}, w.se.Notify(s.Decl.Message, rec, to, key)
}

// mayTell refuses a message that tells what whom the run acts for may not read.
func (w *world) mayTell(s *catalog.FlowStep, rec record.Record) error {
	if w.own {
		return nil
	}
	for _, by := range []map[string]catalog.Template{s.Message.Subject, s.Message.Body} {
		for _, lang := range slices.Sorted(maps.Keys(by)) {
			for _, part := range by[lang] {
				if part.Value == nil {
					continue
				}
				if err := w.se.Readable(part.Value, rec.Object(), rec, false, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reached finds the record that an expression leads to, as far as whom the run acts for sees it.
func (w *world) reached(o *catalog.Object, v value.Value) (record.Record, error) {
	if v.IsNull() {
		return record.Record{}, nil
	}
	if !w.own {
		return w.se.Visible(o, v.Int(), access.Read)
	}
	rec, _, err := w.se.Find(o, v.Int())
	return rec, err
}

func (w *world) addressees(s *catalog.FlowStep, st *flow.State, bind map[string]int64) ([]int64, error) {
	if s.In != nil {
		ids := st.Outs[s.In.Decl.ID].Records
		if len(ids) > maxWritten {
			return nil, errs.New(errs.LimitExceeded, "a step tells at most %d people: use a loop", "一个步骤最多通知 %d 人，请使用循环", maxWritten).With("limit", maxWritten)
		}
		return ids, nil
	}
	v, err := w.Eval(s.To, st, bind)
	if err != nil || v.IsNull() {
		return nil, err
	}
	return []int64{v.Int()}, nil
}
