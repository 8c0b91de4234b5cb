package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxTaskKey bounds the names of a flow and a step together, in characters.
const maxTaskKey = 60

// flowTask is the process that a step of a flow is.
type flowTask struct {
	decl *model.Approval
	made *catalog.Approval
}

// task resolves a step that people do: it is a process of one node that nobody else submits records to.
func (c *flowCheck) task(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Task == nil || len(d.Task.Participants) == 0 {
		c.errorf("bad-flow", path, "say who is asked", "须给出办理人")
		return
	}
	c.scope.steps[d.ID] = map[string]expr.Type{"instance": {Kind: value.KindText}, statusName: {Kind: value.KindText}}
	if c.target(s, path); s.Object == nil {
		return
	}
	key := catalog.TaskKey(c.f.Key, d.ID)
	if len(key) > maxTaskKey {
		c.errorf("too-long", path+".id", "the names of the flow and of a task have %d characters together at most", "自动化与任务步骤的名称合计最多 %d 个字符", maxTaskKey-2)
		return
	}
	if c.r.sealed { // a flow that was frozen asks by what is published now
		if c.r.cat.Approval(key) == nil {
			c.errorf("unknown-process", path, "the task %s is not there any more", "任务 %s 已不存在", d.ID)
		}
		return
	}
	decl := c.process(s, key, path)
	if a := c.r.approval(c.f.Package, decl); a != nil {
		a.Task = true
		c.tasks = append(c.tasks, flowTask{decl, a})
	}
}

// process is the process of one node that a task is.
func (c *flowCheck) process(s *catalog.FlowStep, key, path string) *model.Approval {
	d, label := s.Decl.Task, s.Decl.Label
	if len(label) == 0 {
		label = c.flow.Label
	}
	node := &model.ApprovalNode{ID: s.Decl.ID, Kind: "handle", Name: s.Decl.Label, Participants: d.Participants, Self: "allow", Empty: d.Empty, OnLeave: d.OnLeave, Timeouts: d.Timeouts,
		VisibleFields: d.VisibleFields, Editable: d.Editable, RequiredFields: d.RequiredFields, Actions: d.Actions}
	if v := d.Vote; v != nil {
		node.Vote = &model.Vote{Mode: v.Mode, N: v.N, EarlyFinish: v.EarlyFinish}
	}
	return &model.Approval{Key: key, Object: s.Object.Name, Label: label, Withdraw: model.ApprovalWithdraw{Until: "never"}, Calendar: d.Calendar, Admins: d.Admins, Flow: []*model.ApprovalNode{node}, Pos: c.decl.Pos.Renamed("flow.0", path+".task")}
}
