package script

import (
	"encoding/json"
	"time"
)

// Job asks for one run of a script.
type Job struct {
	Tenant   string // whose turn it takes
	Name     string // of the script, for people
	Source   string // JavaScript with a function of the name Function at its top
	Function string
	Input    json.RawMessage // the function's argument
	Now      time.Time       // what Date tells, all through the run
	Seed     uint64          // of Math.random
	Limits   Limits
	Host     Host // nil: nothing can be called
	Replay   bool // it is not recorded

	compile bool // nothing is run
}

// Limits of one run; zero values are those of DefaultLimits.
type Limits struct {
	Time  time.Duration // by the machine's clock, from when a worker has the job
	Heap  int64         // bytes
	Calls int           // of the host
}

// DefaultLimits are the limits of a run that does not say otherwise, and MaxLimits the greatest
// that one can ask for.
var (
	DefaultLimits = Limits{Time: 500 * time.Millisecond, Heap: 64 << 20, Calls: 200}
	MaxLimits     = Limits{Time: 5 * time.Second, Heap: 128 << 20, Calls: 2000}
)

// Grace is how long after its limit of time a run may still be there: then it is killed.
const Grace = 400 * time.Millisecond

// MaxSource bounds a script, in bytes, and MaxInput what it is called with.
const (
	MaxSource = 64 << 10
	MaxInput  = 1 << 20
)

func within[T int | int64 | time.Duration](asked, usual, most T) T {
	if asked <= 0 {
		asked = usual
	}
	return min(asked, most)
}

func (l Limits) filled() Limits {
	return Limits{Time: within(l.Time, DefaultLimits.Time, MaxLimits.Time), Heap: within(l.Heap, DefaultLimits.Heap, MaxLimits.Heap),
		Calls: within(l.Calls, DefaultLimits.Calls, MaxLimits.Calls)}
}

// Host answers the calls of one run, one after the other, in the order in which they are made. It
// decides what the run may do. What it gives and takes is JSON. An *errs.Error is seen by the script,
// which may catch it; Final ends the run; any other error is the platform's and ends the run, too.
type Host interface {
	Call(c Call) (json.RawMessage, error)
}

// Call is one call of a host.
type Call struct {
	Name string          // "records.get"
	Args json.RawMessage // a list; whether it is one is for the host to see
	Line int             // of the script, as the worker tells it
}

// Final is an error of a host that ends the run: the script cannot catch it.
type Final struct{ Err error }

func (f *Final) Error() string { return f.Err.Error() }
func (f *Final) Unwrap() error { return f.Err }

// Refused is a run that ended by the script's refuse.
type Refused struct {
	Code    string
	Details map[string]any
	Line    int
}

func (r *Refused) Error() string { return "the script refused: " + r.Code }

// Result is what a run gave. Log is there whether or not there is an error.
type Result struct {
	Value   json.RawMessage
	Log     []LogLine
	Calls   int
	Elapsed time.Duration // from when a worker had the job
}

// LogLine is one line of the script's console.
type LogLine struct {
	Level string `json:"level"` // debug, info, warn, error
	Text  string `json:"text"`
	Line  int    `json:"line,omitempty"` // of the script
}
