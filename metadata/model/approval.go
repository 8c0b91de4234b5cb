package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
)

// Approval is approvals/<key>.json: how records of an object are decided upon. The flow is a tree:
// a sequence of nodes, of which some hold branches that are sequences in turn.
//
// Expressions read the fields of the record by name, process variables as vars.<name>, how the
// branches of a finished split ended as outcome.<node>.<branch>, and who submitted as submitter.
type Approval struct {
	SchemaFile string            `json:"$schema,omitempty" doc:"JSON Schema of this file, for editors" zh:"本文件的 JSON Schema，供编辑器使用"`
	Kind       string            `json:"kind,omitempty" enum:"approval" doc:"approval" zh:"固定为 approval"`
	Key        string            `json:"key" required:"true" form:"name" doc:"name of the process, as its file" zh:"流程名称，与文件名一致"`
	Schema     int               `json:"schema,omitempty" doc:"version of this format: 1" zh:"格式版本：1"`
	Object     string            `json:"object" required:"true" doc:"object of the records that are decided upon" zh:"审批的对象"`
	Label      Text              `json:"label,omitempty" doc:"name for people" zh:"显示名称"`
	Entry      ApprovalEntry     `json:"entry,omitzero" doc:"who may submit which records" zh:"发起条件"`
	Start      ApprovalStart     `json:"start,omitzero" doc:"what the submitter must give" zh:"提交人须提供的内容"`
	Lock       ApprovalLock      `json:"lock,omitzero" doc:"what of the record nobody edits while the process runs" zh:"流程进行中锁定的内容"`
	Snapshot   ApprovalSnapshot  `json:"snapshot,omitzero" doc:"what of the record each round keeps" zh:"每轮保存的快照"`
	OnChange   ApprovalOnChange  `json:"onRecordChange,omitzero" doc:"what an edit of the record does to the running process" zh:"记录变更时的处理"`
	Dedupe     string            `json:"dedupe,omitempty" enum:"none,consecutive,all" doc:"whether somebody who approved before is asked again: none (the default) asks always, consecutive not at the next node, all never" zh:"重复审批人处理：none（默认）、consecutive、all"`
	Withdraw   ApprovalWithdraw  `json:"withdraw,omitzero" doc:"until when the submitter may withdraw, and what then remains" zh:"撤回规则"`
	Resume     ApprovalResume    `json:"resume,omitzero" doc:"where a returned process goes on" zh:"退回后重新提交的去向"`
	Calendar   string            `json:"calendar,omitempty" doc:"code of the business calendar that times are counted by; the default calendar unless given" zh:"计时所用工作日历的编码，默认为默认日历"`
	Admins     []Participant     `json:"admins,omitempty" doc:"who administers the running processes" zh:"流程管理员"`
	Vars       map[string]string `json:"vars,omitempty" doc:"process variables with their kinds: text, bool, int, decimal or date" zh:"流程变量及类型：text、bool、int、decimal、date"`
	Flow       []*ApprovalNode   `json:"flow" required:"true" doc:"the nodes, in order" zh:"流程节点，按顺序"`

	OnSubmit   []ActionStep  `json:"onSubmit,omitempty" doc:"what is written when the record is submitted, as steps of an action" zh:"提交时执行的步骤"`
	OnApprove  []ActionStep  `json:"onApprove,omitempty" doc:"what is written when the process is approved, in the same transaction as the last decision" zh:"通过时执行的步骤，与最后的决定同一事务"`
	OnReject   []ActionStep  `json:"onReject,omitempty" doc:"what is written when the process is rejected" zh:"拒绝时执行的步骤"`
	OnWithdraw []ActionStep  `json:"onWithdraw,omitempty" doc:"what is written when the submitter withdraws" zh:"撤回时执行的步骤"`
	OnReturn   []ActionStep  `json:"onReturn,omitempty" doc:"what is written when the process is returned to the submitter" zh:"退回提交人时执行的步骤"`
	Errors     []ActionError `json:"errors,omitempty" doc:"reasons for which its steps refuse" zh:"步骤拒绝执行的原因"`
	Tests      []TestCase    `json:"tests,omitempty" doc:"cases that hold the process to what it promises" zh:"测试用例"`
	Pos        Positions     `json:"-"`
}

// ApprovalEntry says who may submit which records.
type ApprovalEntry struct {
	When       string        `json:"when,omitempty" doc:"condition that the record meets" zh:"记录须满足的条件"`
	Submitters []Participant `json:"submitters,omitempty" doc:"who may submit; whoever may edit the record unless given" zh:"可提交人，默认凡可编辑该记录者"`
	Unique     string        `json:"unique,omitempty" enum:"one_active_per_record" doc:"one_active_per_record: a record is in one running process at most" zh:"one_active_per_record：每条记录最多一个进行中的流程"`
}

// ApprovalStart says what the submitter must give.
type ApprovalStart struct {
	Required   []string `json:"required,omitempty" doc:"fields that must have values" zh:"必填字段"`
	SelfSelect []string `json:"selfSelect,omitempty" doc:"nodes whose people the submitter picks" zh:"由提交人选择审批人的节点"`
}

// ApprovalLock says what of the record nobody edits while the process runs.
type ApprovalLock struct {
	Mode     string   `json:"mode,omitempty" enum:"none,all,fields" doc:"none (the default), all, or the fields listed" zh:"锁定方式：none（默认）、all、fields"`
	Fields   []string `json:"fields,omitempty" doc:"fields that are locked" zh:"锁定的字段"`
	Override []string `json:"override,omitempty" doc:"roles that may edit all the same" zh:"可强制编辑的角色"`
}

// ApprovalSnapshot says what of the record each round keeps.
type ApprovalSnapshot struct {
	Fields  FieldNames        `json:"fields,omitempty" doc:"fields that are kept and shown to approvers, or \"*\" (the default) for all" zh:"保存并展示给审批人的字段，\"*\"（默认）为全部"`
	Related []SnapshotRelated `json:"related,omitempty" doc:"rows of other objects that belong to it" zh:"相关子记录"`
}

// SnapshotRelated are the related rows of a snapshot.
type SnapshotRelated struct {
	Object string   `json:"object" required:"true" doc:"object of the rows" zh:"子对象"`
	Via    string   `json:"via" required:"true" doc:"their reference to the record" zh:"指向该记录的字段"`
	Fields []string `json:"fields" required:"true" doc:"fields that are kept" zh:"保存的字段"`
	Max    int      `json:"max,omitempty" doc:"most rows, 500 unless given" zh:"最多行数，默认 500"`
}

// ApprovalOnChange says what an edit of the record does to the running process.
type ApprovalOnChange struct {
	Watch []string `json:"watch,omitempty" doc:"fields that matter" zh:"关注的字段"`
	Do    string   `json:"do,omitempty" enum:"ignore,notify,restart" doc:"ignore (the default), notify those who decide, or restart" zh:"处理方式：ignore（默认）、notify、restart"`
}

// ApprovalWithdraw says until when the submitter may withdraw, and what then remains.
type ApprovalWithdraw struct {
	Until string `json:"until,omitempty" enum:"any_time,before_first_decision,never" doc:"any_time unless given" zh:"可撤回时限，默认 any_time"`
	Mode  string `json:"mode,omitempty" enum:"cancel,to_draft" doc:"cancel (the default) ends the process, to_draft keeps it to be submitted again" zh:"cancel（默认）结束流程，to_draft 保留草稿"`
}

// ApprovalResume says where a returned process goes on.
type ApprovalResume struct {
	Default       string   `json:"default,omitempty" enum:"rerun,jump_back" doc:"rerun (the default) starts over, jump_back goes to who returned it" zh:"rerun（默认）重新流转，jump_back 回到退回人"`
	JumpBackGuard []string `json:"jumpBackGuard,omitempty" doc:"fields whose change forbids jumping back" zh:"变更后不允许直接回到退回人的字段"`
}

// FieldNames are names of fields, or all of them ("*").
type FieldNames []string

// UnmarshalJSON reads "*" or a list of names.
func (f *FieldNames) UnmarshalJSON(b []byte) error {
	var all string
	if json.Unmarshal(b, &all) == nil {
		*f = FieldNames{all}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(f))
}

// ApprovalNode is one step. Which of its settings mean something depends on Kind; others are findings.
type ApprovalNode struct {
	ID             string   `json:"id" required:"true" doc:"name of the node within the process" zh:"节点标识"`
	Kind           string   `json:"kind" required:"true" enum:"approve,handle,cc,condition,parallel,inclusive,decision,wait,action,subapproval" doc:"approve, handle, cc, condition, parallel, inclusive, decision, wait, action or subapproval" zh:"节点类型：approve、handle、cc、condition、parallel、inclusive、decision、wait、action、subapproval"`
	Name           Text     `json:"name,omitempty" doc:"name for people" zh:"显示名称"`
	When           string   `json:"when,omitempty" doc:"condition without which the node is passed over" zh:"不满足则跳过的条件"`
	VisibleFields  []string `json:"visibleFields,omitempty" doc:"fields that its people see; all of the snapshot unless given" zh:"可见字段，默认快照全部字段"`
	HiddenFields   []string `json:"hiddenFields,omitempty" doc:"fields that they do not see" zh:"隐藏字段"`
	Editable       []string `json:"editable,omitempty" doc:"fields that they may change by deciding" zh:"可编辑字段"`
	RequiredFields []string `json:"requiredFields,omitempty" doc:"fields that must have values before they decide" zh:"必填字段"`

	Participants    []Participant  `json:"participants,omitempty" doc:"who is asked" zh:"参与人"`
	Vote            *Vote          `json:"vote,omitempty" doc:"how the answers become the outcome" zh:"表决方式"`
	Self            string         `json:"self,omitempty" enum:"to_manager,allow,skip,to_dept_head" doc:"when the submitter would decide: to_manager unless given" zh:"审批人为提交人时，默认 to_manager"`
	Empty           *EmptyPolicy   `json:"empty,omitempty" doc:"what happens where nobody is left to ask" zh:"无审批人时的处理"`
	Dedupe          string         `json:"dedupe,omitempty" enum:"none,consecutive,all" doc:"as of the process, for this node" zh:"本节点的重复审批人处理"`
	OnLeave         string         `json:"onLeave,omitempty" enum:"to_manager,to_admin,empty" doc:"who takes over from somebody who has left: to_manager unless given" zh:"审批人离职时，默认 to_manager"`
	Timeouts        []TimeoutStage `json:"timeouts,omitempty" doc:"what happens when nobody answers" zh:"超时处理"`
	ResetOnTransfer bool           `json:"resetOnTransfer,omitempty" doc:"a transfer starts the clock anew" zh:"转办后重新计时"`
	Return          *ReturnPolicy  `json:"return,omitempty" doc:"where the process may be sent back to" zh:"可退回的位置"`
	Reject          string         `json:"reject,omitempty" doc:"end (the default), or return:<node>" zh:"拒绝后：end（默认）或 return:<节点>"`
	Actions         *TaskActions   `json:"actions,omitempty" doc:"what else may be done with a task; unless given: transfer, delegate, addSign and removeSign" zh:"任务可执行的操作，默认可转办、委派、加签、减签"`
	CommentRequired *CommentPolicy `json:"commentRequired,omitempty" doc:"decisions that need words" zh:"须填写意见的决定"`
	Signature       bool           `json:"signature,omitempty" doc:"who approves signs" zh:"通过时须签名"`
	RequireFresh    bool           `json:"requireFresh,omitempty" doc:"an earlier approval of the same person never counts here" zh:"不沿用同一人此前的审批"`
	Reresolve       bool           `json:"reresolve,omitempty" doc:"changes of roles reach open tasks" zh:"角色变更影响进行中的任务"`

	Branches       []*ApprovalBranch `json:"branches,omitempty" doc:"ways through the block" zh:"分支"`
	Default        string            `json:"default,omitempty" doc:"branch for none of the others" zh:"默认分支"`
	OnBranchReject string            `json:"onBranchReject,omitempty" enum:"cancel_all,wait_all,continue" doc:"when a branch rejects: cancel_all unless given" zh:"分支拒绝时，默认 cancel_all"`

	Hit   string         `json:"hit,omitempty" enum:"unique,first,rule_order,collect,collect_sum,collect_min,collect_max,collect_count" doc:"which rules of the table count: unique unless given" zh:"决策表命中策略，默认 unique"`
	Rules []DecisionRule `json:"rules,omitempty" doc:"rows of the decision table" zh:"决策表规则"`

	For   string `json:"for,omitempty" doc:"how long to wait, ISO 8601" zh:"等待时长（ISO 8601）"`
	Until string `json:"until,omitempty" doc:"moment to wait for, an expression" zh:"等待至的时刻表达式"`
	Event string `json:"event,omitempty" doc:"event to wait for" zh:"等待的事件"`
	Clock string `json:"clock,omitempty" enum:"wall,business" doc:"of for: wall unless given" zh:"for 的计时方式，默认 wall"`

	Do    []ActionStep `json:"do,omitempty" doc:"what is done, as steps of an action" zh:"执行的步骤"`
	Async bool         `json:"async,omitempty" doc:"the process does not wait for it" zh:"不等待完成"`

	Process       string `json:"process,omitempty" doc:"process that decides a part" zh:"子流程"`
	Record        string `json:"record,omitempty" doc:"its record, an expression; the same record unless given" zh:"子流程的记录表达式，默认同一记录"`
	OnChildReject string `json:"onChildReject,omitempty" enum:"reject,continue" doc:"when it rejects: reject unless given" zh:"子流程拒绝时，默认 reject"`
}

// ApprovalBranch is one way through a block.
type ApprovalBranch struct {
	ID   string          `json:"id" required:"true" doc:"name of the branch within its node" zh:"分支标识"`
	When string          `json:"when,omitempty" doc:"condition of the branch" zh:"分支条件"`
	Flow []*ApprovalNode `json:"flow" required:"true" doc:"its nodes, in order" zh:"分支节点，按顺序"`
}

// DecisionRule is a row of a decision table: it hits when all its cells are true.
type DecisionRule struct {
	When []string          `json:"when,omitempty" doc:"conditions that must all be true" zh:"须同时为真的条件"`
	Out  map[string]string `json:"out" required:"true" doc:"expressions by variable" zh:"变量对应的表达式"`
}

// Vote says how the answers of one node become its outcome.
type Vote struct {
	Mode        string `json:"mode,omitempty" enum:"all,any,sequential,ratio,weighted,count,random,claim" doc:"all unless given" zh:"表决方式，默认 all"`
	N           int    `json:"n,omitempty" doc:"percent of ratio and weighted, number of count" zh:"ratio、weighted 的百分比，count 的人数"`
	OnReject    string `json:"onReject,omitempty" enum:"veto,impossible,wait_all" doc:"when the node is rejected; veto unless given, impossible for ratio, weighted and count" zh:"何时判为拒绝"`
	EarlyFinish *bool  `json:"earlyFinish,omitempty" doc:"false waits for all answers" zh:"false 表示等待全部答复"`
}

// EmptyPolicy says what happens where nobody is left to ask.
type EmptyPolicy struct {
	Do    string   `json:"do" required:"true" enum:"to_admin,to_users,approve,reject,block" doc:"what is done" zh:"处理方式"`
	Users []string `json:"users,omitempty" doc:"of to_users" zh:"to_users 的用户"`
}

// ReturnPolicy says where a node may send the process back to.
type ReturnPolicy struct {
	To []string `json:"to" required:"true" doc:"initiator, previous, any, or nodes" zh:"initiator、previous、any 或节点"`
}

// TaskActions says what an assignee may do besides deciding; what is absent is not allowed.
type TaskActions struct {
	Transfer   bool      `json:"transfer,omitempty" doc:"hand the task over" zh:"转办"`
	Delegate   bool      `json:"delegate,omitempty" doc:"ask for an opinion" zh:"委派"`
	AddSign    bool      `json:"addSign,omitempty" doc:"add signers" zh:"加签"`
	RemoveSign bool      `json:"removeSign,omitempty" doc:"remove those again" zh:"减签"`
	Abstain    bool      `json:"abstain,omitempty" doc:"leave it to the others" zh:"弃权"`
	TakeBack   *TakeBack `json:"takeBack,omitempty" doc:"undo the own decision for a while" zh:"拿回"`
}

// TakeBack lets a decider undo the own decision for a while.
type TakeBack struct {
	Within string `json:"within" required:"true" doc:"how long, ISO 8601" zh:"时限（ISO 8601）"`
}

// CommentPolicy says which decisions need words.
type CommentPolicy struct {
	Approve bool `json:"approve,omitempty" doc:"approving does" zh:"通过"`
	Reject  bool `json:"reject,omitempty" doc:"rejecting does" zh:"拒绝"`
}

// TimeoutStage is one step of a timeout, counted from the node's first task.
type TimeoutStage struct {
	After  string        `json:"after" required:"true" doc:"how long after, ISO 8601" zh:"多久之后（ISO 8601）"`
	Clock  string        `json:"clock,omitempty" enum:"business,wall" doc:"business unless given" zh:"计时方式，默认 business"`
	Do     string        `json:"do" required:"true" enum:"remind,escalate,transfer,approve,reject,return,incident" doc:"what is done" zh:"处理方式"`
	To     []Participant `json:"to,omitempty" doc:"of escalate and transfer; the assignee's manager unless given" zh:"升级或转办给谁，默认审批人上级"`
	Target string        `json:"target,omitempty" doc:"of return" zh:"退回位置"`
	Mode   string        `json:"mode,omitempty" enum:"replace,add" doc:"of escalate: replace unless given" zh:"升级方式，默认 replace"`
	Repeat string        `json:"repeat,omitempty" doc:"pause between reminders, ISO 8601" zh:"重复提醒间隔（ISO 8601）"`
	Max    int           `json:"max,omitempty" doc:"reminders in all" zh:"提醒总次数"`
}

// Participant is a way to find people.
type Participant struct {
	Type   string `json:"type" required:"true" doc:"users, role, group, post, deptMembers, deptHead, manager, managerChain, field, submitter, selfSelect, prevSelect, expr, script or queue" zh:"参与人类型"`
	When   string `json:"when,omitempty" doc:"condition without which nobody is found" zh:"条件"`
	Weight int    `json:"weight,omitempty" doc:"of each person found; 1 unless given" zh:"权重，默认 1"`

	IDs   []string `json:"ids,omitempty" doc:"of users: sign-in names, or keys of seed records" zh:"users：登录名或种子记录的键"`
	Role  string   `json:"role,omitempty" doc:"of role and queue" zh:"角色"`
	Group string   `json:"group,omitempty" doc:"of group: code of a team" zh:"团队编码"`
	Post  string   `json:"post,omitempty" doc:"of post" zh:"岗位"`
	Dept  string   `json:"dept,omitempty" doc:"of queue: code of an organisation unit" zh:"组织单元编码"`
	Scope string   `json:"scope,omitempty" doc:"of role, group and post: submitter, a unit's code, or an expression for one" zh:"范围：submitter、组织单元编码或表达式"`

	Of              string    `json:"of,omitempty" doc:"of deptMembers, deptHead, manager and managerChain: submitter (the default), a code, or an expression" zh:"所属：submitter（默认）、编码或表达式"`
	Up              int       `json:"up,omitempty" doc:"of deptMembers and deptHead: units above" zh:"向上级数"`
	IncludeSelfDept bool      `json:"includeSelfDept,omitempty" doc:"of deptHead: the own head too" zh:"含本部门负责人"`
	Level           int       `json:"level,omitempty" doc:"of manager: 1 unless given" zh:"第几级上级，默认 1"`
	FallUp          bool      `json:"fallUp,omitempty" doc:"of manager: the highest where there is no such level" zh:"不足该级时取最高级"`
	From            int       `json:"from,omitempty" doc:"of managerChain: first level" zh:"起始级别"`
	To              *ChainEnd `json:"to,omitempty" doc:"of managerChain: where it ends" zh:"终点"`

	Path   string `json:"path,omitempty" doc:"of field: an expression for a user, a list of users, or a unit" zh:"field：指向用户、用户列表或组织单元的表达式"`
	Expr   string `json:"expr,omitempty" doc:"of expr" zh:"表达式"`
	Script string `json:"script,omitempty" doc:"of script" zh:"脚本"`
	Min    int    `json:"min,omitempty" doc:"of selfSelect and prevSelect: fewest people" zh:"最少人数"`
	Max    int    `json:"max,omitempty" doc:"of selfSelect and prevSelect: most people" zh:"最多人数"`
}

// ChainEnd says where a chain of managers ends.
type ChainEnd struct {
	Level int    `json:"level,omitempty" doc:"at a level" zh:"级别"`
	Role  string `json:"role,omitempty" doc:"at the first who holds the role" zh:"角色"`
	User  string `json:"user,omitempty" doc:"at a user" zh:"用户"`
	Top   bool   `json:"top,omitempty" doc:"at the top" zh:"最高级"`
}

// Canonical is the definition as it is frozen, with sorted keys and without blanks: without its
// tests and what only files hold, and with the words that files may leave out.
func (a *Approval) Canonical() []byte {
	c := *a
	c.SchemaFile, c.Kind, c.Schema, c.Tests = "", "approval", 1, nil
	return canonical(&c)
}

// canonical is a declaration as JSON with sorted keys and without blanks. It was read from JSON: that it cannot be
// written is a fault of the program.
func canonical(v any) []byte {
	raw, err := json.Marshal(v)
	var sorted any
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err = d.Decode(&sorted)
	}
	if err == nil {
		raw, err = json.Marshal(sorted)
	}
	if err != nil {
		panic(fmt.Sprintf("model: a declaration cannot be written: %v", err))
	}
	return raw
}

// Walk calls fn for every node of a flow with its path in the document, such as "flow.0.branches.1.flow.2".
func Walk(flow []*ApprovalNode, path string, fn func(n *ApprovalNode, path string)) {
	for i, n := range flow {
		if n == nil {
			continue
		}
		at := path + "." + strconv.Itoa(i)
		fn(n, at)
		for j, b := range n.Branches {
			if b != nil {
				Walk(b.Flow, at+".branches."+strconv.Itoa(j)+".flow", fn)
			}
		}
	}
}

// Phases are the steps that belong to the process as a whole, by their keys.
func (a *Approval) Phases() map[string][]ActionStep {
	out := map[string][]ActionStep{"onSubmit": a.OnSubmit, "onApprove": a.OnApprove, "onReject": a.OnReject, "onWithdraw": a.OnWithdraw, "onReturn": a.OnReturn}
	maps.DeleteFunc(out, func(_ string, steps []ActionStep) bool { return len(steps) == 0 })
	return out
}
