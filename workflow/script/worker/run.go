package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// breach is what a machine is interrupted with.
type breach wire.Reason

// run carries out one run and answers it. An error means that the server is not there any more.
func (w *worker) run(r *wire.RunMessage, token uint64) error {
	w.mu.Lock()
	w.over, w.at = false, token
	w.mu.Unlock()
	m := w.next
	m.prepare(r)
	log := &logger{w: w, m: m, r: r}
	m.log = log.line
	m.call = (&caller{w: w, m: m, r: r}).call
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() { defer close(gone); w.watch(m, r, done) }()
	out, fail := w.execute(m, r)
	close(done)
	<-gone // nothing of this run may reach into the next
	var err error
	if fail != nil {
		err = w.send(wire.Fail, fail)
	} else {
		err = w.send(wire.Done, json.RawMessage(out))
	}
	return err
}

// execute compiles and calls the script's function. All of the script's code that ever runs, runs
// in here, while watch looks on.
func (w *worker) execute(m *machine, r *wire.RunMessage) (out string, fail *wire.FailMessage) {
	defer func() {
		if x := recover(); x != nil { // natives of the machine panic on sizes that are out of all bounds
			out, fail = "", w.failure(m, r, panicked(x))
		}
	}()
	p, err := w.programs.get(r.Name, r.Source)
	if err != nil {
		return "", syntax(err)
	}
	if r.Compile {
		return "null", nil
	}
	if _, err := m.vm.RunProgram(p); err != nil {
		return "", w.failure(m, r, err)
	}
	if _, err := m.start(goja.Undefined(), m.vm.ToValue(r.Function), m.vm.ToValue(string(r.Input))); err != nil {
		return "", w.failure(m, r, err)
	}
	v, err := m.finish(goja.Undefined())
	if err != nil {
		return "", w.failure(m, r, err)
	}
	out = v.String()
	if len(out) > maxOutput {
		return "", &wire.FailMessage{Reason: wire.Output, Message: fmt.Sprintf("the result has more than %d bytes", maxOutput)}
	}
	return out, nil
}

// maxOutput bounds the result, in bytes.
const maxOutput = 1 << 20

func panicked(x any) error {
	if err, ok := x.(error); ok {
		return err
	}
	return fmt.Errorf("%v", x)
}

func syntax(err error) *wire.FailMessage {
	f := &wire.FailMessage{Reason: wire.Syntax, Message: err.Error()}
	var parsed parser.ErrorList
	var compiled *goja.CompilerSyntaxError
	switch {
	case errors.As(err, &parsed) && len(parsed) > 0:
		first := parsed[0]
		f.Message, f.Line, f.Column = "SyntaxError: "+first.Message, first.Position.Line, first.Position.Column
	case errors.As(err, &compiled) && compiled.File != nil:
		p := compiled.File.Position(compiled.Offset)
		f.Message, f.Line, f.Column = "SyntaxError: "+compiled.Message, p.Line, p.Column
	}
	return f
}

// failure says why an execution ended.
func (w *worker) failure(m *machine, r *wire.RunMessage, err error) *wire.FailMessage {
	var stopped *goja.InterruptedError
	var deep *goja.StackOverflowError
	var threw *goja.Exception
	f := &wire.FailMessage{Reason: wire.Threw}
	switch {
	case errors.As(err, &stopped):
		f.Reason = wire.Halted
		if b, ok := stopped.Value().(breach); ok {
			f.Reason = wire.Reason(b)
		}
		f.Message = string(f.Reason)
		f.Line, f.Column = placeOf(stopped.Stack(), r.Name)
	case errors.As(err, &deep):
		f.Reason, f.Message = wire.Stack, fmt.Sprintf("calls are nested deeper than %d", maxDepth)
		f.Line, f.Column = placeOf(deep.Stack(), r.Name)
	case errors.As(err, &threw):
		f.Line, f.Column = placeOf(threw.Stack(), r.Name)
		return w.described(m, r, f, threw)
	default:
		f.Reason, f.Message = wire.Memory, err.Error()
	}
	return f
}

// described asks the exception itself, whose answer is code of the script, too.
func (w *worker) described(m *machine, r *wire.RunMessage, f *wire.FailMessage, threw *goja.Exception) *wire.FailMessage {
	v, err := m.describe(goja.Undefined(), threw.Value())
	if err != nil {
		var again *goja.Exception
		if errors.As(err, &again) {
			f.Message = "an exception that cannot be shown"
			return f
		}
		g := w.failure(m, r, err)
		if g.Line == 0 {
			g.Line, g.Column = f.Line, f.Column
		}
		return g
	}
	var known struct {
		Text    string          `json:"text"`
		Call    int             `json:"call"`
		Code    string          `json:"code"`
		Details json.RawMessage `json:"details"`
	}
	if err := json.Unmarshal([]byte(v.String()), &known); err != nil {
		f.Message = "an exception that cannot be shown"
		return f
	}
	f.Message, f.Call = known.Text, known.Call
	if known.Code != "" {
		f.Reason, f.Code, f.Details = wire.Refuse, known.Code, known.Details
	}
	return f
}

// Times of watching.
const (
	sample  = 5 * time.Millisecond   // between looks at the heap
	respite = 100 * time.Millisecond // for a machine to heed an interrupt
)

// watch ends a run that breaks its limits: by interrupting the machine, and if it does not heed
// that, because it is within a native loop, by ending the process.
func (w *worker) watch(m *machine, r *wire.RunMessage, done <-chan struct{}) {
	limit := time.NewTimer(time.Duration(r.Millis) * time.Millisecond)
	defer limit.Stop()
	tick := time.NewTicker(sample)
	defer tick.Stop()
	for {
		var why wire.Reason
		select {
		case <-done:
			return
		case <-limit.C:
			why = wire.Time
		case <-tick.C:
			if !over(r.Heap) {
				continue
			}
			why = wire.Memory
		}
		m.vm.Interrupt(breach(why))
		select {
		case <-done:
		case <-time.After(respite):
			w.abandon(m, r, why)
		}
		return
	}
}

// over says whether more of the heap is in use than a run may use.
func over(most uint64) bool {
	if most == 0 || heap() <= most {
		return false
	}
	runtime.GC()
	return heap() > most
}

func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// abandon says where the script is and ends the process. The machine is in native code, so its
// stack of calls stands still; should it move after all, the place is wrong, and nothing worse: the
// process ends.
func (w *worker) abandon(m *machine, r *wire.RunMessage, why wire.Reason) {
	defer os.Exit(exitLimit)
	f := &wire.FailMessage{Reason: why, Message: string(why)}
	func() {
		defer func() { _ = recover() }()
		f.Line, f.Column = m.place(r.Name)
	}()
	_ = w.send(wire.Fail, f)
}
