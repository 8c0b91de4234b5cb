package resolve

import (
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// equals is the condition of a branch of a switch.
func (c *flowCheck) equals(of string, is []string, path string) *expr.Program {
	var any []string
	for i, src := range is {
		if c.compile(src, path+"."+itoa(i), expr.Type{}) == nil {
			return nil
		}
		any = append(any, "("+of+") = ("+src+")")
	}
	if of == "" { // reported at the step
		return nil
	}
	return c.compile(strings.Join(any, " OR "), path, boolean)
}

// engineStep resolves a step that runs a script or calls an engine.
func (c *flowCheck) engineStep(s *catalog.FlowStep, path string) {
	d := s.Decl
	name, args := d.Call, d.Args
	if d.Type == "script" {
		name, args = catalog.ScriptEngine+d.Script, map[string]json.RawMessage{}
		for key, src := range d.With {
			raw, err := json.Marshal(src)
			if err != nil {
				c.errorf("bad-argument", path+".with."+key, "the argument %q has the wrong form", "参数 %q 的格式不正确", key)
				return
			}
			args[key] = raw
		}
	} else if as := c.flow.Settings.RunAs; as != "" && as != "system" {
		c.errorf("bad-step", path, "engines work as the platform: who runs as somebody calls them by an action of a record", "引擎以平台身份运行：以他人身份运行的自动化须通过记录操作调用")
	}
	if d.Script+d.Call == "" {
		c.errorf("bad-flow", path, "say which %s", "须给出 %s", d.Type)
		return
	}
	s.Call = c.call(&model.ActionStep{Call: name, With: args, Errors: d.Errors}, path)
	if s.Call == nil {
		return
	}
	c.scope.steps[d.ID], s.Results = c.gives(s.Call), map[string]*catalog.Object{}
	for _, r := range s.Call.Engine.Results {
		if o := c.objectOf(s.Call, r.In); r.Kind == value.KindRef && o != nil {
			s.Results[r.Name] = o
		}
	}
}

// submission resolves a step that starts an approval.
func (c *flowCheck) submission(s *catalog.FlowStep, path string) {
	d := s.Decl
	a := c.r.cat.Approval(d.Process)
	if a == nil {
		var known []string
		for _, x := range c.r.cat.Approvals {
			known = append(known, x.Key)
		}
		c.errorf("unknown-process", path+".process", "there is no approval process %q", "没有审批流程 %q", d.Process).Suggestion = diag.DidYouMean(d.Process, known)
		return
	}
	c.actionCheck.uses(a.Package, d.Process, path+".process")
	if c.target(s, path); s.Object != nil && s.Object != a.Object {
		c.errorf("type-mismatch", path, "the process %s is for %s", "流程 %s 适用于 %s", d.Process, a.Object.Name)
	}
	c.scope.steps[d.ID] = map[string]expr.Type{"instance": {Kind: value.KindText}, "status": {Kind: value.KindText}}
}

// emission resolves a step that tells of an event.
func (c *flowCheck) emission(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Event == "" {
		c.errorf("bad-flow", path, "say which event", "须给出 event")
		return
	}
	c.named(d.Event, path+".event")
	s.Object = c.f.Object
	if d.Record != "" {
		if s.Record = c.compile(d.Record, path+".record", expr.Type{Kind: value.KindRef}); s.Record != nil {
			s.Object = c.r.cat.ByName[s.Record.Type().Object]
		}
	}
	s.With = map[string]*expr.Program{}
	for _, name := range sorted(d.With) {
		if c.named(name, path+".with."+name) {
			s.With[name] = c.compile(d.With[name], path+".with."+name, expr.Type{})
		}
	}
}

// emitted holds the events that a flow tells of against what the flows that hear them expect.
func (c *flowCheck) emitted() {
	model.WalkFlow(c.flow.Steps, "steps", func(d *model.FlowStep, path string) {
		s := c.f.Steps[d.ID]
		if d.Type != "emit" || s == nil {
			return
		}
		heard := false
		for _, f := range c.r.cat.Flows {
			if f.Trigger.Type != "event" || f.Trigger.Event != d.Event {
				continue
			}
			heard = true
			if f.Object != nil && f.Object != s.Object {
				c.errorf("type-mismatch", path, "the flow %s expects the event with a record of %s", "自动化 %s 期望该事件带有 %s 的记录", f.Key, f.Object.Name)
			}
			for _, name := range sorted(f.Trigger.Data) {
				p := s.With[name]
				if p == nil {
					c.errorf("missing-argument", path+".with", "the flow %s expects the event to tell %q", "自动化 %s 期望该事件携带 %q", f.Key, name)
				} else if want := varKinds[f.Trigger.Data[name]]; p.Type().Kind != want && p.Type().Kind != value.KindNull && !(want == value.KindDecimal && p.Type().Kind == value.KindInt) {
					c.errorf("type-mismatch", path+".with."+name, "the flow %s expects a value of the kind %s", "自动化 %s 期望类型为 %s 的值", f.Key, f.Trigger.Data[name])
				}
			}
		}
		if !heard {
			c.errorf("unheard-event", path+".event", "no flow is started by the event %q", "没有自动化由事件 %q 触发", d.Event).Severity = diag.Warning
		}
	})
}
