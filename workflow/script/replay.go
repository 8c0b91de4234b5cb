package script

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Divergence is the first thing in which a run differs from a recording.
type Divergence struct {
	Call int    `json:"call,omitempty"` // the number of the call, from 1; 0: what came of the run
	Line int    `json:"line,omitempty"` // of the script, where it makes another call
	Was  string `json:"was"`            // the call or the outcome; "" for none
	Is   string `json:"is"`
}

// Replayed is what a run against a recording gave.
type Replayed struct {
	Result
	Err        error       // as Run gives it
	Divergence *Divergence // nil: all was the same
}

// errDiverged ends a run that makes another call than the recorded one.
var errDiverged = errors.New("script: the run differs from the recording")

// Replay runs a source, edited or not, in the place of the recorded one, at the recorded moment. Its
// calls are answered as they were then; nothing is read or written. It ends at the first call that
// was not made then.
func (p *Pool) Replay(ctx context.Context, tenant, source string, of *Recording, l Limits) Replayed {
	h := &replayer{of: of}
	out := Replayed{}
	out.Result, out.Err = p.Run(ctx, Job{Tenant: tenant, Name: of.Name, Source: source, Function: of.Function, Input: of.Input,
		Now: time.UnixMilli(of.Now), Seed: of.Seed, Limits: l, Host: h, Replay: true})
	out.Divergence = h.found
	if out.Divergence != nil {
		return out
	}
	if h.n < len(of.Calls) {
		out.Divergence = &Divergence{Call: h.n + 1, Was: shown(&of.Calls[h.n])}
		return out
	}
	if was, is := outcome(of.Value, of.Code), outcome(out.Value, codeOf(out.Err)); was != is {
		out.Divergence = &Divergence{Was: was, Is: is}
	}
	return out
}

func outcome(v json.RawMessage, code string) string {
	if code != "" {
		return code
	}
	return canonical(v)
}

func shown(r *Recorded) string { return r.Name + " " + canonical(r.Args) }

// replayer answers from a recording.
type replayer struct {
	of    *Recording
	n     int
	found *Divergence
}

func (r *replayer) Call(c Call) (json.RawMessage, error) {
	d := &Divergence{Call: r.n + 1, Line: c.Line, Is: c.Name + " " + canonical(c.Args)}
	if r.n < len(r.of.Calls) {
		d.Was = shown(&r.of.Calls[r.n])
	}
	if d.Was != d.Is {
		if d.Was == "" && r.of.Cut {
			return nil, &Final{Err: errs.New(errs.LimitExceeded, "the recording does not go further", "录制内容到此为止")}
		}
		r.found = d
		return nil, &Final{Err: errs.New(errs.ScriptFailed, "call %d of the script is another one than was recorded", "脚本的第 %d 次调用与录制不一致", d.Call).Because(errDiverged)}
	}
	x := &r.of.Calls[r.n]
	r.n++
	if x.Code == "" {
		return x.Value, nil
	}
	err := errs.New(errs.Code(x.Code), "%s", "%s", x.Message)
	if x.Final {
		return nil, &Final{Err: err}
	}
	return nil, err
}
