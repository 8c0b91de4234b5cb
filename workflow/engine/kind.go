package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
)

// Kind is one kind of process. It must be safe for concurrent use.
type Kind interface {
	// Decide applies a command to an instance. It may read through tx, and must have no effect
	// besides what the Step says. An *errs.Error refuses the command.
	Decide(ctx context.Context, tx store.Tx, in Input) (Step, error)
	// Failed makes the command that notes that a Step's Carry was refused with an *errs.Error, so
	// that the Step did not happen; nil notes nothing.
	Failed(in Input, why error) json.RawMessage
}

// Input is what a decision is about.
type Input struct {
	Instance string
	State    json.RawMessage // nil for an instance that is to be made
	Command  json.RawMessage
	Now      time.Time
}

// Step is what a command does. Everything in it is stored in one transaction.
type Step struct {
	Idle  bool // the command means nothing any more; the rest is ignored but Answer
	State json.RawMessage
	About About
	// Audit continues the instance's audit; Tasks are those that are new or changed.
	Audit  []AuditEntry
	Tasks  []Task
	Jobs   []Job    // a job with a key replaces one that has not finished
	Drop   []string // keys of jobs that are no longer wanted
	Events []Event
	// Carry makes the other writes of the transaction; nil: none. An *errs.Error from it undoes
	// the whole step.
	Carry func(ctx context.Context, tx store.Tx) error
	// Work, if set, makes writes that the step depends on and gives the step to store; the rest is
	// ignored. An *errs.Error refuses the command, one made by Undo undoes the whole step.
	Work   func(ctx context.Context, tx store.Tx) (Step, error)
	Answer json.RawMessage
}

// About is what an instance is found by.
type About struct {
	Process string
	Version int
	Object  string
	Record  string
	Unique  string // no two instances that are not over, or are Held, share it; "": any number
	Status  string
	Over    bool
	Held    bool // it shares Unique with no other though it is over
}

// AuditEntry is one line of an audit.
type AuditEntry struct {
	Seq   int64
	Verb  string
	At    time.Time
	Entry json.RawMessage
}

// Task is one task as inboxes show it. A task that is offered to several people has one row each.
type Task struct {
	Number    int
	Node      string
	Visit     int
	Status    string
	Open      bool     // it waits for those below
	Assignees []string // one, or those who may claim it
	Created   time.Time
	Due       time.Time // zero: never
}

// Event is a row of the outbox.
type Event struct {
	Seq      int64 // position in the order of commits; set by the engine
	Instance string
	Name     string
	Data     json.RawMessage
	At       time.Time
}

// Job is work to be done at or after a moment, by one worker at a time.
type Job struct {
	ID       int64 // set by the engine
	Instance string
	Pool     string // "engine" for state changes, which never wait; "io", "script" for what may
	Kind     string // which Handler runs it
	Key      string // no two unfinished jobs share it; ""
	Order    string // unfinished jobs that share it run one after the other, by ID; ""
	At       time.Time
	Priority int // lower first
	Attempt  int // how often it was tried, this time included
	Max      int // attempts; 0: DefaultAttempts
	Payload  json.RawMessage
	Error    string // of the last attempt
}

// Handler does a kind of job. What it returns runs in the transaction that removes the job, and
// only if no other worker has taken the job over meanwhile. Work outside must bear being done
// twice: Run is repeated when a worker dies between doing it and finishing the job. An error is
// retried later, unless it is Permanent.
type Handler interface {
	Run(ctx context.Context, j Job) (Finish, error)
}

// Finish is what follows from a job.
type Finish func(ctx context.Context, tx store.Tx) error

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, j Job) (Finish, error)

// Run calls f.
func (f HandlerFunc) Run(ctx context.Context, j Job) (Finish, error) { return f(ctx, j) }
