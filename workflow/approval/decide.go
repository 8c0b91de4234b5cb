package approval

import (
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// mine finds the task of a command and checks that its assignee may act on it now.
func (m *machine) mine() (*Task, *Node, *errs.Error) {
	t, err := m.given()
	if err != nil {
		return nil, nil, err
	}
	if t.Assignee == "" || t.Assignee != m.cmd.Actor.ID {
		return nil, nil, errs.New(errs.NotAssignee, "this task is not yours", "这不是您的任务")
	}
	if err := m.actionable(t); err != nil {
		return nil, nil, err
	}
	return t, m.def.node(m.st.Visit(t.Visit).Node), nil
}

// given finds the task of a command: one that belongs to a node.
func (m *machine) given() (*Task, *errs.Error) {
	t := m.st.Task(m.cmd.Task)
	if t == nil {
		return nil, errs.New(errs.NotFound, "there is no such task", "没有此任务")
	}
	if t.Kind == Resubmit {
		return nil, errs.New(errs.InvalidState, "resubmit or withdraw the process instead", "请重新提交或撤回流程")
	}
	return t, nil
}

// actionable checks that a task can be acted on.
func (m *machine) actionable(t *Task) *errs.Error {
	switch t.Status {
	case Pending:
		return m.running()
	case Queued:
		return errs.New(errs.NotYourTurn, "others decide before you", "尚未轮到您处理")
	case Claimable, Suspended, Delegated, PendingAfter:
		return invalidState("the task is %s", "任务当前状态为“%s”", t.Status)
	}
	by := t.Decided
	if by == nil {
		if by = m.st.Visit(t.Visit).Decided; by == nil {
			return invalidState("the task is %s", "任务当前状态为“%s”", t.Status)
		}
	}
	return errs.New(errs.AlreadyDecided, "this was decided before", "此任务已被处理").
		With("decidedBy", by.By).With("decision", by.Decision).With("at", by.At.Format(time.RFC3339Nano))
}

func (m *machine) running() *errs.Error {
	if m.st.Status != Running {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	return nil
}

func invalidState(en, zh string, s Status) *errs.Error {
	return errs.New(errs.InvalidState, en, zh, s).With("status", s)
}

// approve: the assignee agrees, or is done.
func (m *machine) approve() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	if err := m.write(t, n); err != nil {
		return err
	}
	if n.CommentRequired != nil && n.CommentRequired.Approve && m.cmd.Comment == "" {
		return commentRequired()
	}
	if n.Signature && m.cmd.Signature == "" {
		return errs.New(errs.ValidationFail, "sign your decision", "请签名").On("signature")
	}
	if err := m.choose(m.cmd.Next, "prevSelect"); err != nil {
		return err
	}
	if m.cmd.Sign != nil {
		return m.signAfter(t, n)
	}
	m.answer(t, true)
	return nil
}

func commentRequired() *errs.Error {
	return errs.New(errs.CommentRequired, "this decision needs a comment", "此决定须填写意见").On("comment")
}

// write takes the assignee's edits of the record, and checks that what the node needs is there.
func (m *machine) write(t *Task, n *Node) *errs.Error {
	if len(m.cmd.Data) > 0 {
		names := make([]string, 0, len(m.cmd.Data))
		for f := range m.cmd.Data {
			names = append(names, f)
		}
		slices.Sort(names)
		for _, f := range names {
			if t.Kind != Ordinary || !slices.Contains(n.Editable, f) {
				return errs.New(errs.FieldNotEditable, "%s cannot be edited here", "此处不能编辑 %s", f).On(f)
			}
			v, err := m.org.Coerce(f, m.cmd.Data[f])
			if err != nil {
				why := errs.TextOf(err)
				return errs.New(errs.ValidationFail, "%[1]s %[2]s", "%[1]s 的值无效：%[3]s", f, why.En, why.In("zh-CN")).On(f)
			}
			m.edits[f], m.raw[f] = v, m.cmd.Data[f]
		}
		m.emit(Effect{Kind: WriteRecord, Data: m.cmd.Data, Task: t.ID})
		m.rehash(names)
	}
	if t.Kind == Ordinary {
		return m.complete(n.RequiredFields)
	}
	return nil
}

// reject: the assignee refuses.
func (m *machine) reject() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	if n.Kind == Handle && t.Kind == Ordinary {
		return errs.New(errs.InvalidState, "nothing is rejected here: complete it, or return it", "办理任务不能拒绝：请完成或退回")
	}
	if n.CommentRequired != nil && n.CommentRequired.Reject && m.cmd.Comment == "" {
		return commentRequired()
	}
	m.answer(t, false)
	return nil
}

// answer takes the yes or no of a pending task, according to what was asked.
func (m *machine) answer(t *Task, yes bool) {
	s, word := Rejected, "rejected"
	if yes {
		s, word = Approved, "approved"
	}
	t.Decided, t.FormHash = m.verdict(word), m.st.FormHash
	if t.Kind == Opinion || t.Kind == Before && !m.st.Task(t.Parent).Sign.Binding {
		t.Status = Opined
		m.aboutTask("task.opined", t, m.cmd.Actor, "", map[string]any{"opinion": word})
	} else {
		t.Status = s
		m.aboutTask("task.decided", t, m.cmd.Actor, "", map[string]any{"decision": word})
	}
	m.answered(t)
}

// answered lets whatever waits for a task go on.
func (m *machine) answered(t *Task) {
	switch t.Kind {
	case Opinion:
		m.wake(m.st.Task(t.Parent))
	case Before, After:
		m.settleGroup(m.st.Task(t.Parent))
	default:
		m.settle(m.st.Visit(t.Visit))
	}
}

// wake makes a task that waited for others pending again.
func (m *machine) wake(t *Task) {
	if t.Status != Delegated && t.Status != Suspended {
		return
	}
	t.Status, t.Sign = Pending, nil
	m.aboutTask("task.resumed", t, Actor{}, "", nil)
	m.tell("task", t.ID, t.Assignee)
}

// abstain: the assignee leaves the decision to the others.
func (m *machine) abstain() *errs.Error {
	t, n, err := m.mine()
	if err != nil {
		return err
	}
	if !mayOf(n).Abstain || t.Kind != Ordinary {
		return notAllowed()
	}
	t.Status, t.Decided, t.FormHash = Abstained, m.verdict("abstained"), m.st.FormHash
	m.aboutTask("task.decided", t, m.cmd.Actor, "", map[string]any{"decision": "abstained"})
	m.settle(m.st.Visit(t.Visit))
	return nil
}

func notAllowed() *errs.Error {
	return errs.New(errs.Forbidden, "this is not allowed here", "此处不允许此操作")
}

// refuseOrReturn ends a rejected visit as its node wants.
func (m *machine) refuseOrReturn(v *Visit, n *Node, decision string) {
	if to, ok := returnsTo(n); ok {
		if target := m.target(v, to); target != nil {
			m.sendBack(v, target, "rerun")
			return
		}
	}
	m.refuse(v, decision)
}
