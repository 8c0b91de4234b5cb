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
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
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
		return flow.Out{}, &flow.Fault{Code: string(errs.Unavailable), Text: diag.Textf("other systems are not called here", "此处不调用其他系统")}
	}
	m := connect.Message{ID: o.Key, At: h.deps.Clock.Now(), To: o.To, Subject: o.Subject, Body: o.Body, Values: map[string]string{"record": o.Record}, Typed: map[string]json.RawMessage{}}
	for name, raw := range o.Values {
		m.Values[name], m.Typed[name] = connect.Words(raw), raw
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
	return connect.Envelope(o.To, o.Subject, o.Body, o.Record, o.Values)
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
	text := f.Kind.Text()
	if f.Status != 0 {
		text = diag.Textf("%s (HTTP %d)", "%s（HTTP %d）", text, f.Status)
	}
	if f.Detail != "" { // in the words of the other system
		text = diag.Textf("%s: %s", "%s：%s", text, f.Detail)
	}
	return &flow.Fault{Code: string(f.Kind), Text: text, Again: passing(f.Kind), Lost: effect && doubtful(f), After: f.After}
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
