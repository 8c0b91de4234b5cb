package approval

import (
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Spec is an approval process as metadata. Texts are labels by locale ("en", "zh").
type Spec struct {
	Kind     string            `json:"kind"` // "approval"
	Key      string            `json:"key"`
	Schema   int               `json:"schema"` // 1
	Object   string            `json:"object"`
	Label    map[string]string `json:"label,omitempty"`
	Entry    EntrySpec         `json:"entry"`
	Start    StartSpec         `json:"start"`
	Lock     LockSpec          `json:"lock"`
	Snapshot SnapshotSpec      `json:"snapshot"`
	OnChange OnChange          `json:"onRecordChange"`
	Dedupe   string            `json:"dedupe,omitempty"` // none (default), consecutive, all
	Withdraw WithdrawSpec      `json:"withdraw"`
	Resume   ResumeSpec        `json:"resume"`
	Calendar string            `json:"calendar,omitempty"`
	Admins   []Participant     `json:"admins,omitempty"`
	Vars     map[string]string `json:"vars,omitempty"` // name → text, bool, int, decimal, date
	Flow     []*Node           `json:"flow"`

	OnSubmit   []Action        `json:"onSubmit,omitempty"`
	OnApprove  []Action        `json:"onApprove,omitempty"`
	OnReject   []Action        `json:"onReject,omitempty"`
	OnWithdraw []Action        `json:"onWithdraw,omitempty"`
	OnReturn   []Action        `json:"onReturn,omitempty"`
	Tests      json.RawMessage `json:"tests,omitempty"`
}

// Action is one step of an automation; workflow/action says what it may hold.
type Action = json.RawMessage

type (
	// EntrySpec says who may submit which records.
	EntrySpec struct {
		When       string        `json:"when,omitempty"`
		Submitters []Participant `json:"submitters,omitempty"` // none: everybody who may edit the record
		Unique     string        `json:"unique,omitempty"`     // "one_active_per_record"
	}
	// StartSpec says what the submitter must give.
	StartSpec struct {
		Required   []string `json:"required,omitempty"`
		SelfSelect []string `json:"selfSelect,omitempty"` // nodes whose people the submitter picks
	}
	// LockSpec says what of the record nobody edits while the process runs.
	LockSpec struct {
		Mode     string   `json:"mode,omitempty"` // none (default), all, fields
		Fields   []string `json:"fields,omitempty"`
		Override []string `json:"override,omitempty"` // roles that may force an edit
	}
	// SnapshotSpec says what of the record each round keeps.
	SnapshotSpec struct {
		Fields  Fields    `json:"fields,omitempty"`
		Related []Related `json:"related,omitempty"`
	}
	// Related rows of a snapshot.
	Related struct {
		Object string   `json:"object"`
		Via    string   `json:"via"`
		Fields []string `json:"fields"`
		Max    int      `json:"max,omitempty"`
	}
	// OnChange says what an edit of the record does to the running process.
	OnChange struct {
		Watch []string `json:"watch,omitempty"`
		Do    string   `json:"do,omitempty"` // ignore (default), notify, restart
	}
	// WithdrawSpec says until when the submitter may withdraw, and what then remains.
	WithdrawSpec struct {
		Until string `json:"until,omitempty"` // any_time (default), before_first_decision, never
		Mode  string `json:"mode,omitempty"`  // cancel (default), to_draft
	}
	// ResumeSpec says where a returned process goes on.
	ResumeSpec struct {
		Default       string   `json:"default,omitempty"` // rerun (default), jump_back
		JumpBackGuard []string `json:"jumpBackGuard,omitempty"`
	}
)

// Fields are field names, or all of them ("*").
type Fields []string

// UnmarshalJSON reads "*" or a list of names.
func (f *Fields) UnmarshalJSON(b []byte) error {
	var all string
	if json.Unmarshal(b, &all) == nil {
		*f = Fields{all}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(f))
}

// The kinds of nodes.
const (
	Approve     = "approve"
	Handle      = "handle"
	CC          = "cc"
	Condition   = "condition"
	Parallel    = "parallel"
	Inclusive   = "inclusive"
	Decision    = "decision"
	Wait        = "wait"
	ActionNode  = "action"
	SubApproval = "subapproval"
)

// Node is one step. Which of its settings mean something depends on Kind; others are findings.
type Node struct {
	ID             string            `json:"id"`
	Kind           string            `json:"kind"`
	Name           map[string]string `json:"name,omitempty"`
	When           string            `json:"when,omitempty"`
	VisibleFields  []string          `json:"visibleFields,omitempty"`
	HiddenFields   []string          `json:"hiddenFields,omitempty"`
	Editable       []string          `json:"editable,omitempty"`
	RequiredFields []string          `json:"requiredFields,omitempty"`

	// approve, handle, cc
	Participants    []Participant  `json:"participants,omitempty"`
	Vote            *Vote          `json:"vote,omitempty"`
	Self            string         `json:"self,omitempty"` // to_manager (default), allow, skip, to_dept_head
	Empty           *Empty         `json:"empty,omitempty"`
	Dedupe          string         `json:"dedupe,omitempty"`
	OnLeave         string         `json:"onLeave,omitempty"` // to_manager (default), to_admin, empty
	Timeouts        []Stage        `json:"timeouts,omitempty"`
	ResetOnTransfer bool           `json:"resetOnTransfer,omitempty"`
	Return          *Return        `json:"return,omitempty"`
	Reject          string         `json:"reject,omitempty"` // end (default), return:<node>
	Actions         *TaskActions   `json:"actions,omitempty"`
	CommentRequired *CommentPolicy `json:"commentRequired,omitempty"`
	Signature       bool           `json:"signature,omitempty"`
	RequireFresh    bool           `json:"requireFresh,omitempty"`
	Reresolve       bool           `json:"reresolve,omitempty"` // changes of roles reach open tasks

	// condition, parallel, inclusive
	Branches       []*Branch `json:"branches,omitempty"`
	Default        string    `json:"default,omitempty"`        // id of the branch for "none of the others"
	OnBranchReject string    `json:"onBranchReject,omitempty"` // cancel_all (default), wait_all, continue

	// decision
	Hit   string `json:"hit,omitempty"` // unique (default), first, rule_order, collect, collect_sum, collect_min, collect_max, collect_count
	Rules []Rule `json:"rules,omitempty"`

	// wait
	For   string `json:"for,omitempty"`   // ISO 8601 duration
	Until string `json:"until,omitempty"` // expression
	Event string `json:"event,omitempty"`
	Clock string `json:"clock,omitempty"` // of For: wall (default), business

	// action
	Do    []Action `json:"do,omitempty"`
	Async bool     `json:"async,omitempty"`

	// subapproval
	Process       string `json:"process,omitempty"`
	Record        string `json:"record,omitempty"`        // expression; empty: the same record
	OnChildReject string `json:"onChildReject,omitempty"` // reject (default), continue
}

// Branch is one way through a block.
type Branch struct {
	ID   string  `json:"id"`
	When string  `json:"when,omitempty"`
	Flow []*Node `json:"flow"`
}

// Rule is a row of a decision table: it hits when all its cells are true.
type Rule struct {
	When []string          `json:"when,omitempty"`
	Out  map[string]string `json:"out"` // variable → expression
}

// Vote says how the answers of one node become its outcome.
type Vote struct {
	Mode        string `json:"mode,omitempty"` // all (default), any, sequential, ratio, weighted, count, random, claim
	N           int    `json:"n,omitempty"`    // percent of ratio and weighted, number of count
	OnReject    string `json:"onReject,omitempty"`
	EarlyFinish *bool  `json:"earlyFinish,omitempty"` // default true
}

// Empty says what happens where nobody is left to ask.
type Empty struct {
	Do    string   `json:"do"` // to_admin (default), to_users, approve, reject, block
	Users []string `json:"users,omitempty"`
}

// Return says where this node may send the process back to.
type Return struct {
	To []string `json:"to"` // initiator, previous, any, or node ids
}

// TaskActions says what an assignee may do besides deciding; what is absent is not allowed,
// and a node without the block allows transfer, delegation and adding signers.
type TaskActions struct {
	Transfer   bool      `json:"transfer,omitempty"`
	Delegate   bool      `json:"delegate,omitempty"`
	AddSign    bool      `json:"addSign,omitempty"`
	RemoveSign bool      `json:"removeSign,omitempty"`
	Abstain    bool      `json:"abstain,omitempty"`
	TakeBack   *TakeBack `json:"takeBack,omitempty"`
}

// TakeBack lets a decider undo the own decision for a while.
type TakeBack struct {
	Within string `json:"within"` // ISO 8601, wall clock
}

// CommentPolicy says which decisions need words.
type CommentPolicy struct {
	Approve bool `json:"approve,omitempty"`
	Reject  bool `json:"reject,omitempty"`
}

// Stage is one step of a timeout, counted from the node's first task.
type Stage struct {
	After  string        `json:"after"`           // ISO 8601
	Clock  string        `json:"clock,omitempty"` // business (default), wall
	Do     string        `json:"do"`              // remind, escalate, transfer, approve, reject, return, incident
	To     []Participant `json:"to,omitempty"`    // of escalate and transfer; none: the assignee's manager
	Target string        `json:"target,omitempty"`
	Mode   string        `json:"mode,omitempty"` // of escalate: replace (default), add
	Repeat string        `json:"repeat,omitempty"`
	Max    int           `json:"max,omitempty"` // firings in all, with Repeat
}

// Participant is a way to find people.
type Participant struct {
	Type   string `json:"type"`
	When   string `json:"when,omitempty"`
	Weight int    `json:"weight,omitempty"` // of each person found; default 1

	IDs   []string `json:"ids,omitempty"`   // users
	Role  string   `json:"role,omitempty"`  // role, queue
	Group string   `json:"group,omitempty"` // group
	Post  string   `json:"post,omitempty"`  // post
	Dept  string   `json:"dept,omitempty"`  // queue
	Scope string   `json:"scope,omitempty"` // submitter, or an expression for a department

	Of              string    `json:"of,omitempty"` // submitter, an expression (record.…), or an id
	Up              int       `json:"up,omitempty"`
	IncludeSelfDept bool      `json:"includeSelfDept,omitempty"`
	Level           int       `json:"level,omitempty"`
	FallUp          bool      `json:"fallUp,omitempty"`
	From            int       `json:"from,omitempty"`
	To              *ChainEnd `json:"to,omitempty"`

	Path   string `json:"path,omitempty"` // field
	Expr   string `json:"expr,omitempty"`
	Script string `json:"script,omitempty"`
	Min    int    `json:"min,omitempty"` // selfSelect, prevSelect
	Max    int    `json:"max,omitempty"`
}

// ChainEnd says where a chain of managers ends.
type ChainEnd struct {
	Level int    `json:"level,omitempty"`
	Role  string `json:"role,omitempty"`
	User  string `json:"user,omitempty"`
	Top   bool   `json:"top,omitempty"`
}

// Pin names one published version of a definition.
type Pin struct {
	Key     string `json:"key"`
	Version int    `json:"version"`
	Hash    string `json:"hash"` // sha256 of the canonical JSON
}

// Definition is a checked, immutable version of a process.
type Definition struct {
	Spec
	Pin      Pin
	Warnings diag.List

	nodes    map[string]*place
	programs map[string]program
}

// place is where a node stands in the tree.
type place struct {
	node   *Node
	block  string // id of the block whose branch it is in; "" for the main sequence
	branch string
	index  int
	seq    []*Node
}

func (d *Definition) node(id string) *Node {
	if p := d.nodes[id]; p != nil {
		return p.node
	}
	return nil
}

func (n *Node) branch(id string) *Branch {
	for _, b := range n.Branches {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// asks says whether people decide or work at this node.
func (n *Node) asks() bool { return n.Kind == Approve || n.Kind == Handle }

// splits says whether all true branches run at once.
func (n *Node) splits() bool { return n.Kind == Parallel || n.Kind == Inclusive }

func (n *Node) block() bool { return n.splits() || n.Kind == Condition }

func (n *Node) may() TaskActions {
	if n.Actions == nil {
		return TaskActions{Transfer: true, Delegate: true, AddSign: true, RemoveSign: true}
	}
	return *n.Actions
}

func (n *Node) vote() Vote {
	v := Vote{}
	if n.Vote != nil {
		v = *n.Vote
	}
	if v.Mode == "" {
		v.Mode = "all"
	}
	if v.OnReject == "" {
		v.OnReject = "veto"
		if v.Mode == "ratio" || v.Mode == "weighted" || v.Mode == "count" {
			v.OnReject = "impossible"
		}
	}
	return v
}

func (n *Node) emptyPolicy() Empty {
	if n.Empty == nil {
		return Empty{Do: "to_admin"}
	}
	return *n.Empty
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// returnsTo is where a rejection sends the process back to.
func (n *Node) returnsTo() (string, bool) { return strings.CutPrefix(n.Reject, "return:") }
