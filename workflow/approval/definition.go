package approval

import (
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// What a definition is made of is declared in metadata/model, which loading and schemas read too.
type (
	Spec         = model.Approval
	LockSpec     = model.ApprovalLock
	OnChange     = model.ApprovalOnChange
	WithdrawSpec = model.ApprovalWithdraw
	ResumeSpec   = model.ApprovalResume
	Node         = model.ApprovalNode
	Branch       = model.ApprovalBranch
	Vote         = model.Vote
	Empty        = model.EmptyPolicy
	Return       = model.ReturnPolicy
	TaskActions  = model.TaskActions
	TakeBack     = model.TakeBack
	Stage        = model.TimeoutStage
	Participant  = model.Participant
	ChainEnd     = model.ChainEnd
	Action       = model.ActionStep
)

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

// Timed says whether a node counts time in business hours.
func (d *Definition) Timed() bool {
	for _, p := range d.nodes {
		if len(p.node.Timeouts) > 0 || p.node.For != "" {
			return true
		}
	}
	return false
}

// Reresolves says whether changes of roles reach open tasks of a node.
func (d *Definition) Reresolves() bool {
	for _, p := range d.nodes {
		if p.node.Reresolve {
			return true
		}
	}
	return false
}

// NodeOf finds a node; nil when there is none.
func (d *Definition) NodeOf(id string) *Node { return d.node(id) }

func (d *Definition) node(id string) *Node {
	if p := d.nodes[id]; p != nil {
		return p.node
	}
	return nil
}

func branchOf(n *Node, id string) *Branch {
	for _, b := range n.Branches {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// asks says whether people decide or work at this node.
func asks(n *Node) bool { return n.Kind == Approve || n.Kind == Handle }

// splits says whether all true branches run at once.
func splits(n *Node) bool { return n.Kind == Parallel || n.Kind == Inclusive }

func isBlock(n *Node) bool { return splits(n) || n.Kind == Condition }

func mayOf(n *Node) TaskActions {
	if n.Actions == nil {
		return TaskActions{Transfer: true, Delegate: true, AddSign: true, RemoveSign: true}
	}
	return *n.Actions
}

func voteOf(n *Node) Vote {
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

func emptyOf(n *Node) Empty {
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
func returnsTo(n *Node) (string, bool) { return strings.CutPrefix(n.Reject, "return:") }
