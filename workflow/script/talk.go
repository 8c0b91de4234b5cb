package script

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/script/wire"
)

var functionForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

func (j *Job) check() error {
	switch {
	case len(j.Source) > MaxSource:
		return errs.New(errs.ScriptLimit, "the script %s has more than %d bytes", "脚本 %s 超过 %d 字节", j.Name, MaxSource)
	case !functionForm.MatchString(j.Function):
		return errs.New(errs.InvalidInput, "%q is no name of a function", "%q 不是函数名", j.Function)
	case len(j.Input) > MaxInput || len(j.Input) > 0 && wire.Check(j.Input) != nil:
		return errs.New(errs.LimitExceeded, "the script %s is given too much", "脚本 %s 的输入过大", j.Name)
	}
	return nil
}

// talk is the conversation of one run with its worker, whose frames are trusted in nothing.
type talk struct {
	job     *Job
	w       *process
	log     *slog.Logger
	token   uint64
	out     Result
	refused map[int]*errs.Error // calls that failed, by number
	final   error               // what ends the run, whatever the script makes of it
	late    atomic.Bool         // it was killed at its limit
	left    atomic.Bool         // nobody waits for it any more
	healthy bool                // the worker may serve again
}

// Limits of what a worker may log; it holds lower ones itself.
const (
	maxLines = 200
	maxText  = 4 << 10
)

func (t *talk) run(ctx context.Context) (Result, error) {
	var b [8]byte
	if _, err := crand.Read(b[:]); err != nil {
		return Result{}, errs.From(fmt.Errorf("draw a token: %w", err))
	}
	t.token, t.refused = binary.BigEndian.Uint64(b[:]), map[int]*errs.Error{}
	watch := clock.Start()
	timer := time.AfterFunc(t.job.Limits.Time+Grace, func() { t.late.Store(true); t.w.kill() })
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { t.left.Store(true); t.w.kill() })
	defer stop()
	err := t.converse()
	t.out.Elapsed = watch.Elapsed()
	if !timer.Stop() || !stop() {
		t.healthy = false // it is being killed
	}
	return t.out, err
}

func (t *talk) converse() error {
	j := t.job
	input := j.Input
	if len(input) == 0 {
		input = json.RawMessage("null")
	}
	err := t.say(wire.Run, &wire.RunMessage{Name: j.Name, Source: j.Source, Function: j.Function, Input: input, Now: j.Now.UnixMilli(), Seed: j.Seed,
		Compile: j.compile, Millis: j.Limits.Time.Milliseconds(), Heap: uint64(j.Limits.Heap)})
	for err == nil {
		var f wire.Frame
		if f, err = wire.Read(t.w.out); err != nil {
			break
		}
		if f.Run != t.token {
			err = errors.New("a frame of another run")
			break
		}
		switch f.Kind {
		case wire.Call:
			err = t.call(f.Payload)
		case wire.Log:
			err = t.line(f.Payload)
		case wire.Done:
			return t.done(f.Payload)
		case wire.Fail:
			var m wire.FailMessage
			if err = json.Unmarshal(f.Payload, &m); err == nil {
				return t.failed(&m)
			}
		default:
			err = fmt.Errorf("a frame of kind %q", f.Kind)
		}
	}
	return t.broken(err)
}

func (t *talk) say(k wire.Kind, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return wire.Write(t.w.in, wire.Frame{Kind: k, Run: t.token, Payload: payload})
}

// errCalls ends a run that asked too often.
var errCalls = errors.New("too many calls")

func (t *talk) call(payload []byte) error {
	var c wire.CallMessage
	if err := json.Unmarshal(payload, &c); err != nil {
		return err
	}
	if t.out.Calls++; t.out.Calls > t.job.Limits.Calls {
		t.final = limit(t.job, calls, c.Line, 0)
		return errCalls
	}
	if c.N != t.out.Calls || len(c.Name) > 64 {
		return fmt.Errorf("call %d instead of %d", c.N, t.out.Calls)
	}
	return t.say(wire.Reply, t.answer(&c))
}

// answer asks the host.
func (t *talk) answer(c *wire.CallMessage) *wire.ReplyMessage {
	r := &wire.ReplyMessage{N: c.N}
	if t.final != nil {
		r.Stop = true
		return r
	}
	err := error(errs.New(errs.Forbidden, "the script may not call %s", "脚本无权调用 %s", c.Name))
	if t.job.Host != nil {
		r.Value, err = t.job.Host.Call(Call{Name: c.Name, Args: c.Args, Line: c.Line})
	}
	if err == nil && len(r.Value) > maxReply {
		r.Value, err = nil, errs.New(errs.LimitExceeded, "the answer to %s is too large", "%s 的返回结果过大", c.Name)
	}
	if err == nil {
		return r
	}
	var ends *Final
	var e *errs.Error
	if errors.As(err, &e) && e.Code != errs.Internal && !errors.As(err, &ends) {
		t.refused[c.N] = e
	} else {
		if r.Stop = true; e == nil {
			e = errs.From(err)
		}
		t.final = e
	}
	r.Code, r.Message = string(e.Code), e.Message.En
	return r
}

// maxReply bounds what a call gives, in bytes.
const maxReply = 1 << 20

func (t *talk) line(payload []byte) error {
	var m wire.LogMessage
	if err := json.Unmarshal(payload, &m); err != nil {
		return err
	}
	if len(t.out.Log) >= maxLines || len(m.Text) > maxText || len(m.Level) > 8 {
		return errors.New("too much log")
	}
	t.out.Log = append(t.out.Log, LogLine(m))
	return nil
}

func (t *talk) done(value []byte) error {
	t.healthy = true
	if t.final != nil {
		return t.final
	}
	t.out.Value = value
	return nil
}

func (t *talk) failed(m *wire.FailMessage) error {
	switch m.Reason {
	case wire.Threw, wire.Refuse, wire.Syntax, wire.Halted:
		t.healthy = true
	}
	if t.final != nil {
		return t.final
	}
	switch m.Reason {
	case wire.Time, wire.Memory, wire.Stack, wire.Output:
		return limit(t.job, m.Reason, m.Line, m.Column)
	case wire.Refuse:
		out := &Refused{Code: m.Code, Line: m.Line}
		if json.Unmarshal(m.Details, &out.Details) != nil {
			out.Details = nil
		}
		return out
	}
	if e := t.refused[m.Call]; e != nil {
		again := *e
		again.Details = nil
		for k, v := range e.Details {
			again.With(k, v)
		}
		return placed(&again, t.job, m.Line, m.Column)
	}
	return failed(t.job, m.Message, m.Line, m.Column)
}

// broken is the error of a run whose worker is gone, or not to be trusted any more.
func (t *talk) broken(err error) error {
	t.w.end()
	switch {
	case t.final != nil:
		return t.final
	case t.left.Load():
		return errs.New(errs.Timeout, "the request ended before the script did", "请求在脚本结束之前已结束")
	case t.late.Load():
		return limit(t.job, wire.Time, 0, 0)
	}
	t.log.Warn("a script worker ended without an answer", "tenant", t.job.Tenant, "script", t.job.Name, "error", err, "said", t.w.notes.String())
	return died(t.job, t.w.notes.String())
}
