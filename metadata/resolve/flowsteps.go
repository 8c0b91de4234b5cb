package resolve

import (
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/value"
)

func (c *flowCheck) list(name string, steps []*model.FlowStep, path string, depth int) {
	out := make([]*catalog.FlowStep, 0, len(steps))
	c.f.Lists[name] = out
	if depth > maxFlowNesting {
		c.errorf("too-large", path, "steps are nested at most %d deep", "步骤最多嵌套 %d 层", maxFlowNesting)
		return
	}
	for i, d := range steps {
		if d == nil {
			continue
		}
		if s := c.step(d, path+"."+itoa(i), depth); s != nil {
			out = append(out, s)
		}
	}
	c.f.Lists[name] = out
}

// stepTakes says which settings a type of step has, besides those that all have.
var stepTakes = map[string]string{"set": "set", "create": "object set", "upsert": "object key set", "aggregate": "object match where figures", "task": "record task", "update": "record in set", "delete": "record in", "query": "object match where sort limit",
	"condition": "branches", "loop": "in do batch parallel onItemError", "parallel": "branches", "wait": "for until reactive event data if record", "flow": "flow record", "action": "action record with", "script": "script with errors", "call": "call args errors", "approval": "process record async", "emit": "event record with",
	"notify": "message to in record", "http": "connection with request idempotency check", "send": "connection with to subject body idempotency",
	"switch": "value branches", "raise": "error", "end": ""}

// beforeSteps are those that may run in a caller's transaction.
var beforeSteps = []string{"set", "update", "condition", "switch", "raise", "end"}

func (c *flowCheck) step(d *model.FlowStep, path string, depth int) *catalog.FlowStep {
	if c.count++; c.count > maxFlowSteps {
		if c.count == maxFlowSteps+1 {
			c.errorf("too-large", path, "a flow has at most %d steps", "自动化最多 %d 个步骤", maxFlowSteps)
		}
		return nil
	}
	if !c.named(d.ID, path+".id") {
		return nil
	}
	taken := c.f.Steps[d.ID] != nil || d.ID == catalog.VarsName || d.ID == catalog.PriorName || d.ID == catalog.EventName || d.ID == catalog.InputName
	if o := c.f.About(); !taken && o != nil {
		_, taken = c.scope.scope.Symbol(o.Name, d.ID)
	}
	if taken {
		c.errorf("name-clash", path+".id", "the name %s is that of a field or of another step", "名称 %s 与字段或其他步骤重名", d.ID)
		return nil
	}
	takes, ok := stepTakes[d.Type]
	if !ok {
		c.word(d.Type, path+".type", flowStepKeys.Get("type").Enum)
		return nil
	}
	s := &catalog.FlowStep{Decl: d}
	c.f.Steps[d.ID] = s
	c.settingsOf(d, path, strings.Fields(takes))
	if c.before() && !slices.Contains(beforeSteps, d.Type) {
		c.errorf("bad-step", path+".type", "in the caller's transaction a flow only sets fields of the record, decides and raises errors", "在调用方事务内只能设置本记录字段、判断和报错")
	}
	if d.When != "" {
		s.When = c.compile(d.When, path+".when", boolean)
	}
	s.Retry = c.retry(d.Retry, path+".retry")
	if d.OnError != "" {
		c.word(d.OnError, path+".onError", flowStepKeys.Get("onError").Enum)
	}
	c.body(s, path, depth)
	s.Gives = c.scope.steps[d.ID]
	c.list(d.ID+".recover", d.Recover, path+".recover", depth+1)
	c.list(d.ID+".compensate", d.Compensate, path+".compensate", depth+1)
	return s
}

func (c *flowCheck) settingsOf(d *model.FlowStep, path string, takes []string) {
	has := map[string]bool{"set": len(d.Set) > 0, "object": d.Object != "", "record": d.Record != "", "in": d.In != "", "match": len(d.Match) > 0, "where": d.Where != "", "sort": d.Sort != "",
		"limit": d.Limit != 0, "branches": len(d.Branches) > 0, "do": len(d.Do) > 0, "for": d.For != "", "until": d.Until != "", "flow": d.Flow != "", "error": d.Error != "", "action": d.Action != "", "with": len(d.With) > 0,
		"script": d.Script != "", "call": d.Call != "", "args": len(d.Args) > 0, "errors": len(d.Errors) > 0, "process": d.Process != "", "async": d.Async, "event": d.Event != "", "value": d.Value != "",
		"message": d.Message != "", "to": d.To != "", "connection": d.Connection != "", "subject": d.Subject != "", "body": d.Body != "", "request": d.Request != nil, "idempotency": d.Idempotency != "", "check": d.Check != nil,
		"reactive": d.Reactive, "data": len(d.Data) > 0, "if": d.If != "",
		"key": len(d.Key) > 0, "figures": len(d.Figures) > 0, "task": d.Task != nil, "batch": d.Batch != 0, "parallel": d.Parallel != 0, "onItemError": d.OnItemError != ""}
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(takes, key) {
			c.errorf("bad-step", path+"."+key, "a step %q has no use for %s", "步骤“%s”不使用 %s", words.Value("FlowStep", "type", d.Type), key)
		}
	}
}

func (c *flowCheck) pauses(d *model.FlowRetry, path string) catalog.Retry {
	r := catalog.Retry{Max: 5, Initial: 10 * time.Second, Cap: 10 * time.Minute, Factor: 2}
	if d == nil {
		return r
	}
	if d.Max < 0 || d.Max > 20 || d.Factor != 0 && (d.Factor < 1 || d.Factor > 10) {
		c.errorf("bad-flow", path, "a step is tried 1 to 20 times, and each pause is 1 to 10 times as long", "尝试 1 到 20 次，间隔倍数 1 到 10")
	}
	if d.Max > 0 {
		r.Max = d.Max
	}
	if d.Factor > 0 {
		r.Factor = d.Factor
	}
	span := func(s, key string, fallback time.Duration) time.Duration {
		p := c.period(s, path+key, clock.Period{Time: fallback})
		if p.Years != 0 || p.Months != 0 {
			c.errorf("bad-flow", path+key, "a pause has no years and months", "间隔不能含年、月")
		}
		return time.Duration(p.Days)*24*time.Hour + p.Time
	}
	r.Initial, r.Cap = span(d.Initial, ".initial", r.Initial), span(d.Cap, ".cap", r.Cap)
	return r
}

func (c *flowCheck) body(s *catalog.FlowStep, path string, depth int) {
	d := s.Decl
	switch d.Type {
	case "set":
		c.setVars(s, path)
	case "create":
		if d.Object == "" {
			c.errorf("bad-flow", path, "say of which object a record is created", "须给出 object")
			return
		}
		if s.Object = c.object(d.Object, path+".object"); s.Object != nil {
			s.Set = c.assigns(s.Object, d.Set, path+".set", c.compile)
			c.scope.made[d.ID] = s.Object.Name
		}
	case "update", "delete":
		c.target(s, path)
		if s.Object != nil {
			s.Set = c.assigns(s.Object, d.Set, path+".set", c.compile)
		}
		if d.Type == "update" && len(d.Set) == 0 {
			c.errorf("bad-flow", path, "the step sets nothing", "步骤未设置任何字段")
		}
	case "action":
		c.action(s, path)
	case "query":
		c.query(s, path)
	case "upsert":
		c.upsert(s, path)
	case "aggregate":
		c.aggregate(s, path)
	case "task":
		c.task(s, path)
	case "condition", "parallel", "switch":
		c.branches(s, path, depth)
	case "script", "call":
		c.engineStep(s, path)
	case "approval":
		c.submission(s, path)
	case "emit":
		c.emission(s, path)
	case "notify":
		c.notification(s, path)
	case "http", "send":
		c.outgoing(s, path)
	case "loop":
		c.loop(s, path, depth)
	case "wait":
		c.wait(s, path)
	case "flow":
		if d.Flow == "" {
			c.errorf("bad-flow", path, "say which flow is run", "须给出 flow")
		}
		if d.Record != "" {
			if s.Record = c.compile(d.Record, path+".record", expr.Type{Kind: value.KindRef}); s.Record != nil {
				s.Object = c.r.cat.ByName[s.Record.Type().Object]
			}
		} else {
			s.Object = c.f.About()
		}
	case "raise":
		if d.Error == "" {
			c.errorf("bad-flow", path, "say which error is raised", "须给出 error")
			return
		}
		s.Error = c.error(d.Error, path+".error")
	}
}

func (c *flowCheck) branches(s *catalog.FlowStep, path string, depth int) {
	if len(s.Decl.Branches) == 0 {
		c.errorf("bad-flow", path, "the step has no branches", "步骤没有分支")
	}
	if s.Decl.Type == "switch" && s.Decl.Value == "" {
		c.errorf("bad-flow", path, "say what decides", "须给出 value")
	} else if s.Decl.Value != "" {
		c.compile(s.Decl.Value, path+".value", expr.Type{})
	}
	seen := map[string]bool{"do": true, "recover": true, "compensate": true}
	for i, b := range s.Decl.Branches {
		at := path + ".branches." + itoa(i)
		if b == nil || !c.named(b.ID, at+".id") {
			continue
		}
		if seen[b.ID] {
			c.errorf("duplicate-name", at+".id", "the branch %s has no name of its own", "分支 %s 重名", b.ID)
		}
		seen[b.ID] = true
		var when *expr.Program
		switch last := i == len(s.Decl.Branches)-1; {
		case s.Decl.Type == "parallel" && b.When != "":
			c.errorf("bad-step", at+".when", "all branches of parallel run", "parallel 的所有分支都会执行")
		case s.Decl.Type == "switch" && b.When != "", s.Decl.Type != "switch" && len(b.Is) > 0:
			c.errorf("bad-step", at, "branches of condition have when, those of switch is", "condition 的分支用 when，switch 的分支用 is")
		case s.Decl.Type == "switch" && len(b.Is) == 0 && !last:
			c.errorf("bad-step", at, "only the last branch has no values", "只有最后一个分支可以没有 is")
		case len(b.Is) > 0:
			when = c.equals(s.Decl.Value, b.Is, at+".is")
		case s.Decl.Type == "condition" && b.When == "" && !last:
			c.errorf("bad-step", at, "only the last branch has no condition", "只有最后一个分支可以没有条件")
		case b.When != "":
			when = c.compile(b.When, at+".when", boolean)
		}
		s.Branches = append(s.Branches, when)
		c.list(s.Decl.ID+"."+b.ID, b.Steps, at+".steps", depth+1)
	}
}
