package flow

import (
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Limits of what one run keeps. All of it is in its state, which every command reads and stores.
const (
	// MaxPayload is how much a step gives at most, and how much a run is given when it starts, in bytes. The
	// ids of as many records as a query finds at most are less.
	MaxPayload = 256 << 10
	// MaxTrace is at how many lines of its trace a run goes no further. What is told of its end comes after.
	MaxTrace = 10_000
)

// The codes of what is told of runs that would keep more.
const (
	PayloadTooLarge errs.Code = "PAYLOAD_TOO_LARGE"
	TraceTooLong    errs.Code = "TRACE_TOO_LONG"
)

var (
	tooLarge = diag.Textf("what a step gives, or a run is given, has at most %d KB: keep it in a record or a file, and pass that on", "步骤的输出或运行的输入最多 %d KB，请存入记录或文件后传递", MaxPayload>>10)
	tooLong  = diag.Textf("the trace of a run has at most %d lines", "运行轨迹最多 %d 行", MaxTrace)
)

// refLength is how long the id of a record is at most, with what stands between two.
const refLength = 20

// Size is how much values take, in bytes.
func Size(vals map[string]Value) int {
	n := 0
	for name, v := range vals {
		n += len(name) + len(v.Kind) + len(v.Text)
	}
	return n
}

func (o *Out) size() int { return Size(o.Values) + refLength*len(o.Records) }

// Fits refuses values that are more than a run may be given.
func Fits(vals map[string]Value) error {
	if Size(vals) > MaxPayload {
		return &errs.Error{Code: PayloadTooLarge, Message: tooLarge}
	}
	return nil
}

// fits refuses what is more than a step may give.
func (o *Out) fits() error {
	if o != nil && o.size() > MaxPayload {
		return &errs.Error{Code: PayloadTooLarge, Message: tooLarge}
	}
	return nil
}

// Fit takes from the cause of a run that is to start what is more than it may be given, and gives what is then to
// be told in place of its start; nil: it fits.
func (c *Cause) Fit() *Command {
	n := Size(c.Data) + Size(c.Prior)
	for _, w := range c.Records {
		n += len(w.Record) + Size(w.Prior)
	}
	if n <= MaxPayload {
		return nil
	}
	c.Data, c.Prior = nil, nil
	for i := range c.Records {
		c.Records[i].Prior = nil
	}
	return &Command{Status: Failed, Reason: string(PayloadTooLarge), Text: tooLarge}
}

// full stops a run whose trace is as long as it may be; what undoes goes on.
func (r *run) full(l *Lane) bool {
	if r.st.Seq < MaxTrace || r.st.Status == Compensating {
		return false
	}
	s := r.at(l)
	_ = r.broken(&Incident{Code: string(TraceTooLong), Text: tooLong, Step: s.Decl.ID, Lane: l.ID})
	return true
}
