package approval

import (
	"maps"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Status of an instance, a visit, a task or a lane, in the words of the audit.
type Status string

// Of instances.
const (
	Draft      Status = "draft"
	Running    Status = "running"
	Returned   Status = "returned" // at the initiator; also of visits and tasks
	Approved   Status = "approved" // also of visits and tasks
	Rejected   Status = "rejected" // also of visits and tasks
	Withdrawn  Status = "withdrawn"
	Cancelled  Status = "cancelled" // also of visits and tasks
	Terminated Status = "terminated"
	Suspended  Status = "suspended" // also of tasks
	Error      Status = "error"
)

// Of visits.
const (
	Active  Status = "active"
	Skipped Status = "skipped"
)

// Of tasks.
const (
	Queued       Status = "queued"
	Claimable    Status = "claimable"
	Pending      Status = "pending"
	Delegated    Status = "delegated"
	PendingAfter Status = "approved_pending_after"
	Abstained    Status = "abstained"
	Opined       Status = "opined"
	Transferred  Status = "transferred"
	Closed       Status = "closed"
	AutoApproved Status = "auto_approved"
	AutoRejected Status = "auto_rejected"
	Carried      Status = "carried"
)

// Over says whether an instance has ended; ended ones never change.
func (s Status) Over() bool {
	return s == Approved || s == Rejected || s == Withdrawn || s == Cancelled || s == Terminated
}

// open says whether a task still waits for somebody.
func (s Status) open() bool {
	switch s {
	case Queued, Claimable, Pending, Suspended, Delegated, PendingAfter:
		return true
	}
	return false
}

// State is one instance: small, and its JSON is what is stored.
type State struct {
	ID        string   `json:"id"`
	Def       Pin      `json:"def"`
	Type      string   `json:"type"` // approval, revocation
	Revokes   string   `json:"revokes,omitempty"`
	Parent    string   `json:"parent,omitempty"` // instance that waits for this one
	Run       string   `json:"run,omitempty"`    // of an automation that waits for this one
	Lane      int      `json:"lane,omitempty"`   // of the run
	Object    string   `json:"object"`
	Record    string   `json:"record"`
	Submitter string   `json:"submitter"`
	Initiator string   `json:"initiator"` // whom returns go to: the submitter, or who stands in after leaving
	Status    Status   `json:"status"`
	Before    Status   `json:"before,omitempty"` // the status that suspension or an incident interrupts
	Reason    string   `json:"reason,omitempty"`
	Round     int      `json:"round"`
	Rev       int64    `json:"rev"` // commands applied
	Locked    bool     `json:"locked,omitempty"`
	FormHash  string   `json:"formHash"`
	RecordRev int64    `json:"recordRev"`
	Forms     []Change `json:"forms,omitempty"` // how the form came from one hash to the next, newest last

	Lanes     []*Lane             `json:"lanes,omitempty"`
	Visits    []*Visit            `json:"visits,omitempty"`
	Tasks     []*Task             `json:"tasks,omitempty"`
	Timers    []Timer             `json:"timers,omitempty"`
	Incidents []Incident          `json:"incidents,omitempty"`
	Vars      map[string]Var      `json:"vars,omitempty"`
	Outcomes  map[string]Status   `json:"outcomes,omitempty"` // "<block>.<branch>" of finished splits
	Selected  map[string][]string `json:"selected,omitempty"` // node → people that somebody picked
	Copied    map[string]*Copy    `json:"copied,omitempty"`   // who has a copy
	Jump      *Jump               `json:"jump,omitempty"`
	UrgedAt   *time.Time          `json:"urgedAt,omitempty"`

	Seq  int64  `json:"seq"` // of the last audit entry
	Hash string `json:"hash"`
}

// Change is one step of the form.
type Change struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Fields []string `json:"fields,omitempty"`
}

// Lane is a token on one sequence: the main one, or a branch of a block visit.
type Lane struct {
	ID      int    `json:"id"`
	Block   int    `json:"block,omitempty"` // visit of the block; 0: the main sequence
	Branch  string `json:"branch,omitempty"`
	Index   int    `json:"index"`
	Status  Status `json:"status"` // active, approved, rejected, cancelled
	Default bool   `json:"default,omitempty"`
	Jump    *Jump  `json:"jump,omitempty"` // set while the token is back at an earlier node
}

// Jump remembers the node that sent the process back and wants it straight again.
type Jump struct {
	Visit    int    `json:"visit"`
	FormHash string `json:"formHash"`
	Guard    string `json:"guard"` // hash of the guarded fields
}

// Visit is one time that a token stands at a node.
type Visit struct {
	ID      int        `json:"id"`
	Node    string     `json:"node"`
	N       int        `json:"n"` // 1 for the first visit of the node
	Lane    int        `json:"lane"`
	Round   int        `json:"round"`
	Status  Status     `json:"status"`
	Voided  bool       `json:"voided,omitempty"`
	Reason  string     `json:"reason,omitempty"` // why it was cancelled, or no longer counts
	Entered time.Time  `json:"entered"`
	Decided *Verdict   `json:"decided,omitempty"`
	Clock   *Clock     `json:"clock,omitempty"`
	Until   *time.Time `json:"until,omitempty"`   // end of a wait
	Wakes   string     `json:"wakes,omitempty"`   // event that a wait node waits for
	Child   string     `json:"child,omitempty"`   // instance of a sub-approval
	Signers int        `json:"signers,omitempty"` // people added by add-sign
	Empty   bool       `json:"empty,omitempty"`   // the empty policy put its tasks here
}

// Verdict is who ended something, and how.
type Verdict struct {
	By       string    `json:"by"`
	Decision string    `json:"decision"`
	At       time.Time `json:"at"`
}

// Clock counts the time of a visit's timeouts; it stands while nobody can act.
type Clock struct {
	Since    time.Time     `json:"since"`
	Wall     time.Duration `json:"wall,omitempty"`     // counted before Since
	Business time.Duration `json:"business,omitempty"` // the same in business time
	Paused   bool          `json:"paused,omitempty"`
	Fired    map[int]int   `json:"fired,omitempty"` // stage → how often
	After    []string      `json:"after,omitempty"` // when the stages are due, where a migration keeps that
}

// The kinds of tasks.
const (
	Ordinary = ""         // counts in the vote
	Opinion  = "opinion"  // a delegate's: the owner decides
	Before   = "before"   // a signer asked before the own decision
	After    = "after"    // a signer asked after it
	Resubmit = "resubmit" // the initiator's, after a return
)

// Task is one question to one person.
type Task struct {
	ID       int       `json:"id"`
	Visit    int       `json:"visit,omitempty"` // 0 for resubmit tasks
	Kind     string    `json:"kind,omitempty"`
	Status   Status    `json:"status"`
	Assignee string    `json:"assignee,omitempty"`
	Pool     []string  `json:"pool,omitempty"`  // who may claim it
	Queue    string    `json:"queue,omitempty"` // "role:x" or "dept:x": members at the time of the claim may
	Via      string    `json:"via,omitempty"`
	Weight   int       `json:"weight"`
	Pos      int       `json:"pos"`
	Parent   int       `json:"parent,omitempty"` // task that waits for this one
	AddedBy  int       `json:"addedBy,omitempty"`
	Depth    int       `json:"depth,omitempty"`
	Hops     int       `json:"hops,omitempty"` // transfers of this line of tasks
	Voided   bool      `json:"voided,omitempty"`
	Created  time.Time `json:"created"`
	Decided  *Verdict  `json:"decided,omitempty"`
	FormHash string    `json:"formHash,omitempty"` // that was decided upon
	Sign     *Sign     `json:"sign,omitempty"`     // the group that this task waits for
	Group    int       `json:"group,omitempty"`    // of the signers that were added together
	Reason   string    `json:"reason,omitempty"`   // why it was closed or cancelled
}

// Sign is a group of added signers.
type Sign struct {
	Group   int    `json:"group"`
	Type    string `json:"type"`   // before, after
	Method  string `json:"method"` // any, all, sequential
	Binding bool   `json:"binding,omitempty"`
}

// Timer is a moment at which the instance wants a command.
type Timer struct {
	Key   string    `json:"key"` // node#visit+stage, or node#visit+wait
	At    time.Time `json:"at"`
	Visit int       `json:"visit"`
	Stage int       `json:"stage"` // index into the node's timeouts; -1: end of a wait
}

// Incident is something that an administrator must look at.
type Incident struct {
	ID       int       `json:"id"`
	Code     string    `json:"code"`
	Node     string    `json:"node,omitempty"`
	Visit    int       `json:"visit,omitempty"`
	Timer    string    `json:"timer,omitempty"`
	Text     diag.Text `json:"text,omitzero"`
	At       time.Time `json:"at"`
	Resolved bool      `json:"resolved,omitempty"`
	Enter    bool      `json:"enter,omitempty"` // a retry carries the visit out again
}

// Copy is a copy that somebody got.
type Copy struct {
	At   time.Time  `json:"at"`
	Read *time.Time `json:"read,omitempty"`
}

func copyAll[T any](in []*T) []*T {
	out := make([]*T, len(in))
	for i, p := range in {
		x := *p
		out[i] = &x
	}
	return out
}

// clone is a copy that shares nothing that Apply changes in place.
func (s *State) clone() *State {
	c := *s
	c.Lanes, c.Visits, c.Tasks = copyAll(s.Lanes), copyAll(s.Visits), copyAll(s.Tasks)
	for _, v := range c.Visits {
		if v.Clock != nil {
			k := *v.Clock
			k.Fired = maps.Clone(k.Fired)
			v.Clock = &k
		}
	}
	c.Forms, c.Timers, c.Incidents = slices.Clone(s.Forms), slices.Clone(s.Timers), slices.Clone(s.Incidents)
	c.Vars, c.Outcomes, c.Selected = maps.Clone(s.Vars), maps.Clone(s.Outcomes), maps.Clone(s.Selected)
	if s.Copied != nil {
		c.Copied = make(map[string]*Copy, len(s.Copied))
		for u, p := range s.Copied {
			x := *p
			c.Copied[u] = &x
		}
	}
	return &c
}

// Task finds a task; nil when there is none.
func (s *State) Task(id int) *Task {
	if id < 1 || id > len(s.Tasks) {
		return nil
	}
	return s.Tasks[id-1]
}

// Visit finds a visit; nil when there is none.
func (s *State) Visit(id int) *Visit {
	if id < 1 || id > len(s.Visits) {
		return nil
	}
	return s.Visits[id-1]
}

func (s *State) lane(id int) *Lane { return s.Lanes[id-1] }

func (s *State) incident(id int) *Incident {
	if id < 1 || id > len(s.Incidents) {
		return nil
	}
	return &s.Incidents[id-1]
}

// tasksOf are the tasks of a visit, in the order of their creation.
func (s *State) tasksOf(visit int) []*Task {
	var out []*Task
	for _, t := range s.Tasks {
		if t.Visit == visit && visit != 0 {
			out = append(out, t)
		}
	}
	return out
}

// children are the tasks that a task waits for.
func (s *State) children(task int) []*Task {
	var out []*Task
	for _, t := range s.Tasks {
		if t.Parent == task {
			out = append(out, t)
		}
	}
	return out
}

// Inbox is what waits for a user: tasks to act on and tasks to claim.
func (s *State) Inbox(user string) []*Task {
	var out []*Task
	for _, t := range s.Tasks {
		if t.Status == Pending && t.Assignee == user || t.Status == Claimable && slices.Contains(t.Pool, user) {
			out = append(out, t)
		}
	}
	return out
}
