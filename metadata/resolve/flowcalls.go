package resolve

import (
	"encoding/json"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
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
		c.errorf("bad-flow", path, "say which %s", "须给出%s", words.Key("FlowStep", d.Type))
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
