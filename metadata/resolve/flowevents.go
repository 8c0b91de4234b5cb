package resolve

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// emission resolves a step that tells of an event.
func (c *flowCheck) emission(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Event == "" {
		c.errorf("bad-flow", path, "say which event", "须给出 event")
		return
	}
	c.named(d.Event, path+".event")
	s.Object = c.f.About()
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
		ears := c.r.cat.Heard(d.Event)
		for _, ear := range ears {
			if ear.Object != nil && ear.Object != s.Object {
				c.errorf("type-mismatch", path, "the flow %s expects the event with a record of %s", "自动化 %s 期望该事件带有 %s 的记录", ear.Flow.Key, ear.Object.Name)
			}
			for _, name := range sorted(ear.Data) {
				p := s.With[name]
				if p == nil {
					c.errorf("missing-argument", path+".with", "the flow %s expects the event to tell %q", "自动化 %s 期望该事件携带 %q", ear.Flow.Key, name)
				} else if want := varKinds[ear.Data[name]]; p.Type().Kind != want && p.Type().Kind != value.KindNull && !(want == value.KindDecimal && p.Type().Kind == value.KindInt) {
					c.errorf("type-mismatch", path+".with."+name, "the flow %s expects a value of the kind %s", "自动化 %s 期望类型为“%s”的值", ear.Flow.Key, words.Kind(ear.Data[name]))
				}
			}
		}
		if len(ears) == 0 && !c.r.cat.Awaited(d.Event) {
			c.errorf("unheard-event", path+".event", "no flow is started by the event %q, and none nor an approval waits for it", "没有自动化由事件 %q 触发，也没有自动化或审批等待该事件", d.Event).Severity = diag.Warning
		}
	})
}

// hooked finds the hook of a trigger, and what it takes from a message.
func (c *flowCheck) hooked(t *model.FlowTrigger) {
	h := c.r.cat.Hook(t.Hook)
	if h == nil || h.Decl.Do != "flow" {
		var known []string
		for _, x := range c.r.cat.Hooks {
			if x.Decl.Do == "flow" {
				known = append(known, x.Name)
			}
		}
		c.errorf("unknown-name", "trigger.hook", "there is no hook %q that runs flows", "没有运行自动化的入站 Webhook %q", t.Hook).Suggestion = diag.DidYouMean(t.Hook, known)
		return
	}
	c.actionCheck.uses(h.Package, "the hook "+t.Hook, "trigger.hook")
	for _, name := range sorted(t.Data) {
		if h.Decl.Set[name] == "" {
			c.errorf("missing-argument", "trigger.data."+name, "the hook %s takes no %q from a message", "入站 Webhook %s 未从消息中取 %q", t.Hook, name).Suggestion = diag.DidYouMean(name, sorted(h.Decl.Set))
		}
	}
}

// timedOut is what expressions call by which a wait tells that it has taken too long.
const timedOut = "timed_out"

// wait resolves a step that waits: for a while, until a moment, until a condition holds, or for an event.
func (c *flowCheck) wait(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.For != "" {
		s.For = c.period(d.For, path+".for", clock.Period{})
	}
	if d.Event == "" {
		for key, has := range map[string]bool{"data": len(d.Data) > 0, "if": d.If != "", "record": d.Record != ""} {
			if has {
				c.errorf("bad-step", path+"."+key, "only a wait for an event has %s", "只有等待事件才有 %s", key)
			}
		}
	}
	switch {
	case d.Event != "" && (d.Until != "" || d.Reactive), d.Event == "" && d.For == "" && d.Until == "":
		c.errorf("bad-step", path, "a wait has one of for, until and event", "等待须有 for、until、event 之一")
	case d.Event != "":
		c.hearing(s, path)
	case d.Until == "" && d.Reactive:
		c.errorf("bad-step", path+".reactive", "only until is looked at again", "只有 until 才会重新判断")
	case d.Until != "":
		c.until(s, path)
	}
}

// until resolves a wait until a moment or, when changes of the record count, until a condition holds.
func (c *flowCheck) until(s *catalog.FlowStep, path string) {
	d := s.Decl
	if !d.Reactive {
		if d.For != "" {
			c.errorf("bad-step", path, "a wait has one of for, until and event", "等待须有 for、until、event 之一")
		}
		s.Until = c.compile(d.Until, path+".until", expr.Type{Kind: value.KindDateTime})
		return
	}
	if c.f.About() == nil {
		c.errorf("bad-step", path+".reactive", "the flow is about no record that could change", "自动化不针对记录，无从变更")
	}
	s.Until = c.compile(d.Until, path+".until", expr.Type{})
	if s.Until == nil {
		return
	}
	switch s.Until.Type().Kind {
	case value.KindBool:
	case value.KindDateTime:
		if d.For != "" {
			c.errorf("bad-step", path+".for", "only a condition is waited for so long at most", "只有条件才有最长等待")
		}
	default:
		c.errorf("type-mismatch", path+".until", "this is neither a moment nor a condition", "须为时刻或条件")
	}
	c.scope.steps[d.ID] = map[string]expr.Type{timedOut: {Kind: value.KindBool}}
}

// hearing resolves a wait for an event.
func (c *flowCheck) hearing(s *catalog.FlowStep, path string) {
	d := s.Decl
	c.named(d.Event, path+".event")
	tells := c.kinds(d.Data, path+".data")
	if _, taken := tells[timedOut]; taken {
		c.errorf("name-clash", path+".data."+timedOut, "%s says that nobody told of the event in time", "%s 固定表示等待超时", timedOut)
	}
	tells[timedOut] = expr.Type{Kind: value.KindBool}
	c.scope.steps[d.ID] = tells
	if d.If != "" {
		s.If = c.compile(d.If, path+".if", boolean)
	}
	if d.Record != "" {
		if s.Record = c.compile(d.Record, path+".record", expr.Type{Kind: value.KindRef}); s.Record != nil {
			s.Object = c.r.cat.ByName[s.Record.Type().Object]
		}
	}
}
