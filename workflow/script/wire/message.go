package wire

import "encoding/json"

// RunMessage asks for one run.
type RunMessage struct {
	Name     string          `json:"name"`     // of the script, for places in errors
	Source   string          `json:"source"`   // JavaScript
	Function string          `json:"function"` // that is called with Input
	Input    json.RawMessage `json:"input"`
	Now      int64           `json:"now"`  // what Date tells: milliseconds since the Unix epoch
	Seed     uint64          `json:"seed"` // of Math.random
	Millis   int64           `json:"millis"`
	Heap     uint64          `json:"heap"` // bytes
	// Compile asks whether the source compiles, and to run nothing.
	Compile bool `json:"compile,omitempty"`
}

// CallMessage asks the server to do something.
type CallMessage struct {
	N    int             `json:"n"` // counts the calls of a run, from 1
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
	Line int             `json:"line,omitempty"`
}

// ReplyMessage answers a call. With Stop the run is over.
type ReplyMessage struct {
	N       int             `json:"n"`
	Value   json.RawMessage `json:"value,omitempty"`
	Code    string          `json:"code,omitempty"` // of a failure
	Message string          `json:"message,omitempty"`
	Stop    bool            `json:"stop,omitempty"`
}

// LogMessage is one line of console output.
type LogMessage struct {
	Level string `json:"level"`
	Text  string `json:"text"`
	Line  int    `json:"line,omitempty"`
}

// Reason is why a run ended without a result.
type Reason string

const (
	Syntax Reason = "syntax" // the source does not compile
	Threw  Reason = "threw"  // an exception that nobody caught
	Time   Reason = "time"
	Memory Reason = "memory"
	Stack  Reason = "stack"
	Output Reason = "output" // the result or the log is too large, or no JSON
	Halted Reason = "halted" // the server said Stop
	Refuse Reason = "refuse" // the script called refuse, and nobody caught it
)

// FailMessage says why a run ended without a result.
type FailMessage struct {
	Reason  Reason `json:"reason"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Call    int    `json:"call,omitempty"` // the failed call of which the exception tells
	// Of Refuse: the code, and what was said besides.
	Code    string          `json:"code,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
}
