package approval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// linter collects the findings of a definition.
type linter struct {
	def    *Definition
	env    Env
	found  diag.List
	splits map[string]*Node
	order  []*place
}

func (l *linter) errorf(address, code, en, zh string, args ...any) *diag.Finding {
	return l.found.Errorf(code, "approval."+l.def.Key+address, diag.Pos{File: l.env.File}, diag.Textf(en, zh, args...))
}

func (l *linter) warnf(address, code, en, zh string, args ...any) {
	l.errorf(address, code, en, zh, args...).Severity = diag.Warning
}

// oneOf checks a word; "" is always allowed.
func (l *linter) oneOf(address, word string, words ...string) {
	if word != "" && !slices.Contains(words, word) {
		f := l.errorf(address, "bad-value", "%q is not one of %s", "%q 不在 %s 之中", word, strings.Join(words, ", "))
		f.Suggestion = diag.DidYouMean(word, words)
	}
}

func (l *linter) fields(address string, names []string) {
	for _, n := range names {
		if _, ok := l.env.Scope.Symbol(l.def.Object, n); !ok && n != "*" {
			f := l.errorf(address, "unknown-field", "%s has no field %q", "%s 没有字段 %q", l.def.Object, n)
			f.Suggestion = diag.DidYouMean(n, l.env.Scope.Names(l.def.Object))
		}
	}
}

func (l *linter) known(address, kind, name string) {
	if name == "" {
		l.errorf(address, "missing", "the %s is missing", "缺少%s", words.Key("Participant", kind))
	} else if l.env.Has != nil && !l.env.Has(kind, name) {
		l.errorf(address, "unknown-"+kind, "there is no %s %q", "没有名为 %[2]q 的%[1]s", words.Key("Participant", kind), name)
	}
}

func (l *linter) duration(address, s string) bool {
	d, err := calendar.ParseDuration(s)
	if err != nil || d <= 0 {
		l.errorf(address, "bad-duration", "%q is no duration such as PT8H or P3D", "%q 不是形如 PT8H、P3D 的时长", s)
	}
	return err == nil && d > 0
}

var identifierForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// maxIdentifier bounds identifiers, in characters.
const maxIdentifier = 63

func identifier(s string) bool { return len(s) <= maxIdentifier && identifierForm.MatchString(s) }

func (l *linter) definition() {
	d := l.def
	if d.Kind != "approval" || d.Schema != 1 || !identifier(d.Key) || d.Object == "" {
		l.errorf("", "bad-header", `a definition has kind "approval", schema 1, a key and an object`, `定义须有 kind "approval"、schema 1、key 和 object`)
	}
	if len(d.Flow) == 0 {
		l.errorf(".flow", "empty-flow", "the flow has no nodes", "流程没有节点")
	}
	for name, kind := range d.Vars {
		if _, ok := varKinds[kind]; !ok || !identifier(name) {
			l.errorf(".vars."+name, "bad-value", "%q is no kind of variable", "%q 不是变量类型", kind)
		}
	}
	l.splits = map[string]*Node{}
	l.index(d.Flow, "", "", 0)
	l.settings()
	l.compile(".entry.when", d.Entry.When, value.KindBool)
	l.participants(".entry.submitters", d.Entry.Submitters)
	l.participants(".admins", d.Admins)
	for _, p := range l.order {
		l.node(p)
	}
}

func (l *linter) settings() {
	d := l.def
	l.oneOf(".entry.unique", d.Entry.Unique, "one_active_per_record")
	l.oneOf(".lock.mode", d.Lock.Mode, "none", "all", "fields")
	l.oneOf(".onRecordChange.do", d.OnChange.Do, "ignore", "notify", "restart")
	l.oneOf(".dedupe", d.Dedupe, "none", "consecutive", "all")
	l.oneOf(".withdraw.until", d.Withdraw.Until, "never", "before_first_decision", "any_time")
	l.oneOf(".withdraw.mode", d.Withdraw.Mode, "to_draft", "cancel")
	l.oneOf(".resume.default", d.Resume.Default, "rerun", "jump_back")
	l.fields(".start.required", d.Start.Required)
	l.fields(".lock.fields", d.Lock.Fields)
	l.fields(".snapshot.fields", d.Snapshot.Fields)
	l.fields(".onRecordChange.watch", d.OnChange.Watch)
	l.fields(".resume.jumpBackGuard", d.Resume.JumpBackGuard)
	for _, r := range d.Lock.Override {
		l.known(".lock.override", "role", r)
	}
	if d.Calendar != "" {
		l.known(".calendar", "calendar", d.Calendar)
	}
	for _, id := range d.Start.SelfSelect {
		if n := d.node(id); n == nil || !slices.ContainsFunc(n.Participants, func(p Participant) bool { return p.Type == "selfSelect" }) {
			l.errorf(".start.selfSelect", "unknown-node", "%q is no node with selfSelect participants", "%q 不是使用 selfSelect 的节点", id)
		}
	}
}

// index gives every node its place.
func (l *linter) index(seq []*Node, block, branch string, depth int) {
	if depth > maxNesting || len(l.order) > maxNodes {
		l.errorf(".flow", "too-large", "at most %d nodes, nested at most %d deep", "最多 %d 个节点，嵌套最多 %d 层", maxNodes, maxNesting)
		return
	}
	for i, n := range seq {
		if n == nil || !identifier(n.ID) {
			l.errorf(".flow", "bad-id", "a node has no proper id", "节点缺少有效的 id")
			continue
		}
		if l.def.nodes[n.ID] != nil {
			l.errorf(".node."+n.ID, "duplicate-node", "two nodes have the id %q", "两个节点的 id 均为 %q", n.ID)
			continue
		}
		p := &place{node: n, block: block, branch: branch, index: i, seq: seq}
		l.def.nodes[n.ID] = p
		l.order = append(l.order, p)
		if splits(n) {
			l.splits[n.ID] = n
		}
		seen := map[string]bool{}
		for _, b := range n.Branches {
			if b == nil || !identifier(b.ID) || seen[b.ID] {
				l.errorf(".node."+n.ID, "bad-branch", "branches have distinct ids", "分支须有互不相同的 id")
				continue
			}
			seen[b.ID] = true
			l.index(b.Flow, n.ID, b.ID, depth+1)
		}
	}
}

// applies says which settings a kind of node has, besides those that all have.
var applies = map[string]string{
	Approve: "participants vote self empty dedupe onLeave timeouts return reject actions comment signature fresh reresolve", Handle: "participants vote self empty dedupe onLeave timeouts return actions comment signature fresh reresolve",
	CC: "participants", Condition: "branches default", Parallel: "branches onBranchReject", Inclusive: "branches default onBranchReject",
	Decision: "hit rules", Wait: "for until event clock", ActionNode: "do async", SubApproval: "process record onChildReject",
}

// settingsOf says which of these settings a node has.
func settingsOf(n *Node) map[string]bool {
	return map[string]bool{"participants": len(n.Participants) > 0, "vote": n.Vote != nil, "self": n.Self != "", "empty": n.Empty != nil, "dedupe": n.Dedupe != "",
		"onLeave": n.OnLeave != "", "timeouts": len(n.Timeouts) > 0 || n.ResetOnTransfer, "return": n.Return != nil, "reject": n.Reject != "", "actions": n.Actions != nil,
		"comment": n.CommentRequired != nil, "signature": n.Signature, "fresh": n.RequireFresh, "reresolve": n.Reresolve, "branches": len(n.Branches) > 0, "default": n.Default != "",
		"onBranchReject": n.OnBranchReject != "", "hit": n.Hit != "", "rules": len(n.Rules) > 0, "for": n.For != "", "until": n.Until != "", "event": n.Event != "",
		"clock": n.Clock != "", "do": len(n.Do) > 0, "async": n.Async, "process": n.Process != "", "record": n.Record != "", "onChildReject": n.OnChildReject != ""}
}

func (l *linter) node(p *place) {
	n, at := p.node, ".node."+p.node.ID
	mine, ok := applies[n.Kind]
	if !ok {
		l.errorf(at, "unknown-kind", "%q is no kind of node", "%q 不是节点类型", n.Kind)
		return
	}
	allowed := strings.Fields(mine)
	for name, set := range settingsOf(n) {
		if set && !slices.Contains(allowed, name) {
			l.errorf(at, "not-for-kind", "a node %q has no %s", "“%s”节点没有 %s", words.Value("ApprovalNode", "kind", n.Kind), name)
		}
	}
	l.compile(at+".when", n.When, value.KindBool)
	l.fields(at+".visibleFields", n.VisibleFields)
	l.fields(at+".hiddenFields", n.HiddenFields)
	l.fields(at+".editable", n.Editable)
	l.fields(at+".requiredFields", n.RequiredFields)
	switch n.Kind {
	case Approve, Handle:
		l.ask(p, at)
	case CC:
		l.someone(at, n)
	case Condition, Parallel, Inclusive:
		l.branches(n, at)
	case Decision:
		l.table(n, at)
	case Wait:
		l.wait(n, at)
	case ActionNode:
		if len(n.Do) == 0 {
			l.errorf(at, "missing", "the node does nothing", "节点没有动作")
		}
	case SubApproval:
		l.known(at+".process", "process", n.Process)
		l.oneOf(at+".onChildReject", n.OnChildReject, "reject", "continue")
		l.compile(at+".record", n.Record, value.KindRef, value.KindText)
	}
}

func (l *linter) someone(at string, n *Node) {
	if len(n.Participants) == 0 {
		l.errorf(at, "missing", "nobody is asked: the node needs participants", "节点没有参与人")
	}
	l.participants(at+".participants", n.Participants)
}

func (l *linter) ask(p *place, at string) {
	n := p.node
	l.someone(at, n)
	l.oneOf(at+".self", n.Self, "allow", "skip", "to_manager", "to_dept_head")
	l.oneOf(at+".dedupe", n.Dedupe, "none", "consecutive", "all")
	l.oneOf(at+".onLeave", n.OnLeave, "to_manager", "to_admin", "empty")
	v := voteOf(n)
	l.oneOf(at+".vote.mode", v.Mode, "all", "any", "sequential", "ratio", "weighted", "count", "random", "claim")
	l.oneOf(at+".vote.onReject", v.OnReject, "veto", "impossible", "wait_all")
	if n.Kind == Handle && n.Vote != nil && n.Vote.OnReject != "" {
		l.errorf(at+".vote.onReject", "not-for-kind", "nobody rejects at a handle node", "办理节点不能拒绝")
	}
	if (v.Mode == "ratio" || v.Mode == "weighted") && (v.N < 1 || v.N > 100) {
		l.errorf(at+".vote.n", "bad-ratio", "the percentage lies between 1 and 100", "百分比须在 1 到 100 之间")
	}
	if v.Mode == "count" && v.N < 1 {
		l.errorf(at+".vote.n", "bad-count", "the number of approvals is at least 1", "通过数至少为 1")
	}
	if v.Mode == "weighted" && !slices.ContainsFunc(n.Participants, func(p Participant) bool { return p.Weight > 0 }) {
		l.errorf(at+".vote", "no-weights", "a weighted vote needs participants with weights", "加权表决须为参与人设置权重")
	}
	l.empty(n, at)
	l.stages(n, at)
	if n.Return != nil {
		for _, to := range n.Return.To {
			if to != "initiator" && to != "previous" && to != "any" {
				l.earlier(at+".return", p, to)
			}
		}
	}
	if to, ok := strings.CutPrefix(n.Reject, "return:"); ok {
		l.earlier(at+".reject", p, to)
	} else {
		l.oneOf(at+".reject", n.Reject, "end")
	}
	if b := mayOf(n).TakeBack; b != nil {
		l.duration(at+".actions.takeBack.within", b.Within)
	}
	if len(n.Participants) > 0 && !slices.ContainsFunc(n.Participants, func(p Participant) bool { return p.Type != "submitter" }) && n.Kind == Approve {
		l.warnf(at, "submitter-decides", "nobody but the submitter decides here", "此处只有提交人自己审批")
	}
}

func (l *linter) empty(n *Node, at string) {
	e := emptyOf(n)
	l.oneOf(at+".empty.do", e.Do, "to_admin", "to_users", "approve", "reject", "block")
	if e.Do == "" {
		l.errorf(at+".empty", "missing", "the policy says nothing", "未说明处理方式")
	}
	if e.Do == "to_users" && len(e.Users) == 0 {
		l.errorf(at+".empty", "missing", "to_users needs users", "to_users 须给出用户")
	}
	for _, u := range e.Users {
		l.known(at+".empty.users", "user", u)
	}
	if e.Do == "approve" && slices.ContainsFunc(n.Participants, func(p Participant) bool { return p.Type != "users" }) {
		l.warnf(at, "empty-approves", "when nobody is found, the node approves by itself", "找不到审批人时节点将自动通过")
	}
}

func (l *linter) stages(n *Node, at string) {
	last := map[string]int64{}
	for i, s := range n.Timeouts {
		at := fmt.Sprintf("%s.timeouts[%d]", at, i)
		l.oneOf(at+".do", s.Do, "remind", "escalate", "transfer", "approve", "reject", "return", "incident")
		l.oneOf(at+".clock", s.Clock, "business", "wall")
		l.oneOf(at+".mode", s.Mode, "replace", "add")
		l.participants(at+".to", s.To)
		if s.Do == "" {
			l.errorf(at, "missing", "the stage does nothing", "该阶段没有动作")
		}
		if s.Do == "reject" && n.Kind == Handle {
			l.errorf(at, "not-for-kind", "nobody rejects at a handle node", "办理节点不能拒绝")
		}
		if s.Do == "return" && s.Target != "" && s.Target != "initiator" && s.Target != "previous" {
			l.earlier(at+".target", l.def.nodes[n.ID], s.Target)
		}
		if s.Repeat != "" && l.duration(at+".repeat", s.Repeat) && s.Do != "remind" {
			l.errorf(at, "bad-value", "only reminders repeat", "只有提醒可以重复")
		}
		if !l.duration(at+".after", s.After) {
			continue
		}
		d, _ := calendar.ParseDuration(s.After)
		clock := or(s.Clock, "business")
		if int64(d) <= last[clock] {
			l.errorf(at, "not-increasing", "each stage comes later than the one before", "各阶段时间须递增")
		}
		last[clock] = int64(d)
	}
}

// earlier checks that a target lies before a node, on its own path.
func (l *linter) earlier(at string, p *place, target string) {
	t := l.def.nodes[target]
	if t == nil || !asks(t.node) || !l.def.precedes(t, p) {
		l.errorf(at, "bad-return-target", "%q is no node that people decide before this one, on the same path", "%q 不是同一路径上位于此节点之前的审批节点", target)
	}
}

// precedes says whether every token at p came through t's sequence before, and may go back there.
func (d *Definition) precedes(t, p *place) bool {
	for {
		for x := t; x != nil; x = d.nodes[x.block] {
			if x.block == p.block && x.branch == p.branch {
				return x.index < p.index
			}
			if b := d.node(x.block); b != nil && splits(b) {
				break
			}
		}
		if p.block == "" {
			return false
		}
		p = d.nodes[p.block]
	}
}

func (l *linter) branches(n *Node, at string) {
	if len(n.Branches) == 0 {
		l.errorf(at, "missing", "the block has no branches", "没有分支")
	}
	l.oneOf(at+".onBranchReject", n.OnBranchReject, "cancel_all", "wait_all", "continue")
	for _, b := range n.Branches {
		if b == nil {
			continue
		}
		l.compile(at+"."+b.ID+".when", b.When, value.KindBool)
		switch {
		case n.Kind == Parallel && b.When != "":
			l.errorf(at+"."+b.ID, "not-for-kind", "all branches of a parallel block run: use an inclusive block for conditions", "并行块的所有分支都会执行：条件请使用包容块")
		case n.Kind != Parallel && (b.ID == n.Default) != (b.When == ""):
			l.errorf(at+"."+b.ID, "bad-branch", "each branch but the default one has a condition", "除默认分支外，每个分支都要有条件")
		}
	}
	if n.Kind != Parallel && branchOf(n, n.Default) == nil {
		l.errorf(at+".default", "no-default", "the default branch is missing", "缺少默认分支")
	}
}

func (l *linter) table(n *Node, at string) {
	l.oneOf(at+".hit", n.Hit, "unique", "first", "rule_order", "collect", "collect_sum", "collect_min", "collect_max", "collect_count")
	if len(n.Rules) == 0 {
		l.errorf(at, "missing", "the table has no rules", "决策表没有规则")
	}
	for i, r := range n.Rules {
		for j, w := range r.When {
			l.compile(fmt.Sprintf("%s.rules[%d].when[%d]", at, i, j), w, value.KindBool)
		}
		for name, src := range r.Out {
			kind, ok := varKinds[l.def.Vars[name]]
			if !ok {
				l.errorf(at, "unknown-variable", "there is no variable %q", "没有变量 %q", name)
				continue
			}
			switch n.Hit {
			case "collect", "rule_order":
				if kind != value.KindText {
					l.errorf(at, "type-mismatch", "%q collects several values, so it is a text", "%q 收集多个值，须为文本", name)
				}
				l.compile(fmt.Sprintf("%s.rules[%d].out.%s", at, i, name), src, value.KindText, value.KindInt, value.KindDecimal)
			case "collect_count":
				l.compile(fmt.Sprintf("%s.rules[%d].out.%s", at, i, name), src)
			default:
				l.compile(fmt.Sprintf("%s.rules[%d].out.%s", at, i, name), src, kind)
			}
		}
	}
}

func (l *linter) wait(n *Node, at string) {
	count := 0
	for _, s := range []string{n.For, n.Until, n.Event} {
		if s != "" {
			count++
		}
	}
	if count != 1 {
		l.errorf(at, "missing", "a wait has one of for, until and event", "等待节点须且只须有 for、until、event 之一")
	}
	l.oneOf(at+".clock", n.Clock, "business", "wall")
	if n.For != "" {
		l.duration(at+".for", n.For)
	}
	l.compile(at+".until", n.Until, value.KindDateTime, value.KindDate)
}
