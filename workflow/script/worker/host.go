package worker

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/tenon-platform/tenon/workflow/script/wire"
)

// caller makes the calls of one run to the server.
type caller struct {
	w *worker
	m *machine
	r *wire.RunMessage
	n int
}

// call asks the server and waits. The answer is "=" and a value, or "!" and an error. Where there
// is no server any more, the process ends.
func (c *caller) call(name, args string) string {
	c.n++
	line, _ := c.m.place(c.r.Name)
	if len(args) > wire.MaxFrame/2 {
		return failed(c.n, "LIMIT_EXCEEDED", "the arguments are too large")
	}
	if err := c.w.send(wire.Call, wire.CallMessage{N: c.n, Name: name, Args: json.RawMessage(args), Line: line}); err != nil {
		os.Exit(exitOwn)
	}
	f, err := wire.Read(c.w.in)
	var reply wire.ReplyMessage
	if err == nil {
		err = json.Unmarshal(f.Payload, &reply)
	}
	if err != nil || f.Kind != wire.Reply || reply.N != c.n {
		fmt.Fprintln(os.Stderr, "no answer to a call:", err)
		os.Exit(exitOwn)
	}
	switch {
	case reply.Stop:
		c.m.vm.Interrupt(breach(wire.Halted))
		return failed(c.n, reply.Code, reply.Message)
	case reply.Code != "":
		return failed(c.n, reply.Code, reply.Message)
	case len(reply.Value) == 0:
		return "=null"
	}
	return "=" + string(reply.Value)
}

func failed(n int, code, message string) string {
	j, err := json.Marshal(struct {
		N       int    `json:"n"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{n, code, message})
	if err != nil {
		panic(err)
	}
	return "!" + string(j)
}

// Limits of the log of a run.
const (
	maxLines = 200
	maxText  = 1000 // bytes of a line
)

// logger sends the log of one run.
type logger struct {
	w *worker
	m *machine
	r *wire.RunMessage
	n int
}

func (l *logger) line(level, text string) {
	if l.n++; l.n > maxLines {
		return
	}
	at, _ := l.m.place(l.r.Name)
	if l.n == maxLines {
		level, text = "warn", "the log is full"
	}
	if err := l.w.send(wire.Log, wire.LogMessage{Level: level, Text: clip(text), Line: at}); err != nil {
		os.Exit(exitOwn)
	}
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	r := []rune(s[:maxText])
	return string(r[:len(r)-1]) + "…"
}
