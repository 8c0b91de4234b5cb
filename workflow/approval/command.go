package approval

import (
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Command is one thing that somebody does to an instance. Which fields mean something depends on
// Kind. Its JSON is what is compared when a command is repeated.
type Command struct {
	Kind   string `json:"kind"`
	ID     string `json:"id,omitempty"` // of the request, for the audit
	Actor  Actor  `json:"actor"`
	IP     string `json:"ip,omitempty"`
	Client string `json:"client,omitempty"`

	IfRev      *int64 `json:"ifRev,omitempty"`
	IfFormHash string `json:"ifFormHash,omitempty"`

	// submit
	Instance string `json:"instance,omitempty"`
	Process  string `json:"process,omitempty"`
	Version  int    `json:"version,omitempty"` // also migrate: the version to go to
	Object   string `json:"object,omitempty"`
	Record   string `json:"record,omitempty"`
	Revokes  string `json:"revokes,omitempty"` // makes a revocation of that instance
	Parent   string `json:"parent,omitempty"`
	Run      string `json:"run,omitempty"` // of an automation that waits for the end
	Lane     int    `json:"lane,omitempty"`

	Task      int                 `json:"task,omitempty"`
	Comment   string              `json:"comment,omitempty"`
	Reason    string              `json:"reason,omitempty"` // of administrators, mandatory
	Text      diag.Text           `json:"text,omitzero"`    // of the platform: what went wrong
	Signature string              `json:"signature,omitempty"`
	Data      map[string]any      `json:"data,omitempty"`   // field edits
	Next      map[string][]string `json:"next,omitempty"`   // node → people chosen for it
	User      string              `json:"user,omitempty"`   // transfer, delegate, reassign, userLeft
	Users     []string            `json:"users,omitempty"`  // addSign, cc
	To        string              `json:"to,omitempty"`     // return, jump: node id, "initiator" or "previous"
	Resume    string              `json:"resume,omitempty"` // return: rerun, jump_back
	Sign      *AddSign            `json:"sign,omitempty"`   // addSign; with approve: addSignAfter

	Timer    string         `json:"timer,omitempty"`    // timer
	Visit    int            `json:"visit,omitempty"`    // actionDone, childDone
	Outcome  string         `json:"outcome,omitempty"`  // actionDone: succeeded, failed; childDone: the child's status
	Vars     map[string]any `json:"vars,omitempty"`     // actionDone
	Event    string         `json:"event,omitempty"`    // event
	Fields   []string       `json:"fields,omitempty"`   // recordChanged
	Incident int            `json:"incident,omitempty"` // retryIncident

	NodeMap   map[string]string `json:"nodeMap,omitempty"` // migrate
	Timers    string            `json:"timers,omitempty"`  // migrate: keep (default), reset
	Reresolve bool              `json:"reresolve,omitempty"`
}

// AddSign is a wish for more signers.
type AddSign struct {
	Type    string   `json:"type"` // before, after, parallel
	Users   []string `json:"users"`
	Method  string   `json:"method,omitempty"` // all (default), any, sequential
	Binding bool     `json:"binding,omitempty"`
}

// Actor is who acts.
type Actor struct {
	Type       string `json:"type"` // user, system, admin, api
	ID         string `json:"id,omitempty"`
	OnBehalfOf string `json:"onBehalfOf,omitempty"`
}

// System is the actor of timers and of what follows from them.
var System = Actor{Type: "system"}

const (
	maxHops     = 5                // transfers of one line of tasks
	maxDepth    = 3                // of delegation and of add-sign
	maxSigners  = 20               // added at one visit
	maxPeople   = 200              // asked at one visit
	maxForms    = 20               // steps of the form that the state remembers
	maxSteps    = 1000             // nodes entered by one command
	urgePause   = 30 * time.Minute // between two reminders of one instance
	maxStanding = 3                // hops of standing delegation
)

// Effect is something that must happen with the new state: in the same transaction, or as a job
// that the same transaction stores.
type Effect struct {
	Kind string `json:"kind"`

	Status  Status         `json:"status,omitempty"`  // status: what the record's approval_status shows
	Data    map[string]any `json:"data,omitempty"`    // write: fields of the record; event: facts
	Lock    string         `json:"lock,omitempty"`    // lock: all, fields, none, initiator
	Fields  []string       `json:"fields,omitempty"`  // lock: the fields
	Task    int            `json:"task,omitempty"`    // write: by which task
	Round   int            `json:"round,omitempty"`   // snapshot
	Form    *Form          `json:"form,omitempty"`    // snapshot
	Hash    string         `json:"hash,omitempty"`    // snapshot
	Actions []Action       `json:"actions,omitempty"` // actions
	Phase   string         `json:"phase,omitempty"`   // actions of the process: onSubmit …
	Node    string         `json:"node,omitempty"`    // actions of a node
	Visit   int            `json:"visit,omitempty"`   // actions and child: who waits; 0: nobody
	Timer   string         `json:"timer,omitempty"`   // timer, untimer
	At      *time.Time     `json:"at,omitempty"`      // timer
	Name    string         `json:"name,omitempty"`    // event, notify: what about
	Users   []string       `json:"users,omitempty"`   // notify
	Process string         `json:"process,omitempty"` // child
	Record  string         `json:"record,omitempty"`  // child
	Child   string         `json:"child,omitempty"`   // child: id that the instance gets; endChild
	Parent  string         `json:"parent,omitempty"`  // childDone: the instance that waits
}

// The kinds of effects.
const (
	SetStatus   = "status"
	WriteRecord = "write"
	SetLock     = "lock"
	TakeShot    = "snapshot"
	RunActions  = "actions"
	SetTimer    = "timer"
	DropTimer   = "untimer"
	Notify      = "notify"
	Publish     = "event"
	StartChild  = "child"
	EndChild    = "endChild"
	ChildDone   = "childDone"
	AddComment  = "comment"
)
