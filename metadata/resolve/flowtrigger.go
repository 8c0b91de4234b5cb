package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// triggerTakes says which settings a type of trigger has, besides type, object and when.
var triggerTakes = map[string]string{"record": "on timing order changed", "date": "field offset at zone catchUpWindow", "schedule": "cron zone overlap catchUp catchUpMax catchUpWindow jitter pauseAfterFailures", "button": "permission", "flow": "", "approval": "on process", "event": "event data", "webhook": "hook data respond"}

// happenings are what a trigger of a type is about.
var happenings = map[string][]string{"record": {"create", "update", "delete"}, "approval": {"submitted", "node_entered", "node_decided", "returned", "withdrawn", "completed"}}

// approvalTells is what events of approvals tell.
var approvalTells = map[string]expr.Type{"name": {Kind: value.KindText}, "process": {Kind: value.KindText}, "instance": {Kind: value.KindText}, "node": {Kind: value.KindText},
	"decision": {Kind: value.KindText}, "status": {Kind: value.KindText}, "round": {Kind: value.KindInt}}

func (c *flowCheck) trigger() {
	t := &c.flow.Trigger
	takes, ok := triggerTakes[t.Type]
	if !ok {
		c.word(t.Type, "trigger.type", flowTriggerKeys.Get("type").Enum)
		return
	}
	has := map[string]bool{"on": len(t.On) > 0, "timing": t.Timing != "", "order": t.Order != 0, "changed": len(t.Changed) > 0, "cron": t.Cron != "", "zone": t.Zone != "",
		"overlap": t.Overlap != "", "catchUp": t.CatchUp != "", "permission": t.Permission != "", "field": t.Field != "", "offset": t.Offset != "", "at": t.At != "",
		"process": t.Process != "", "event": t.Event != "", "data": len(t.Data) > 0, "hook": t.Hook != "", "respond": t.Respond != "",
		"catchUpMax": t.CatchUpMax != 0, "catchUpWindow": t.CatchUpWindow != "", "jitter": t.Jitter != "", "pauseAfterFailures": t.PauseAfterFailures != 0}
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(strings.Fields(takes), key) {
			c.errorf("bad-flow", "trigger."+key, "a trigger of the type %q has no %s", "类型为“%s”的触发条件没有 %s", words.Value("FlowTrigger", "type", t.Type), key)
		}
	}
	for key, v := range map[string]string{"timing": t.Timing, "overlap": t.Overlap, "catchUp": t.CatchUp, "respond": t.Respond} {
		if v != "" {
			c.word(v, "trigger."+key, flowTriggerKeys.Get(key).Enum)
		}
	}
	needs := t.Type == "record" || t.Type == "button" || t.Type == "date" || t.Type == "approval"
	if needs && c.f.Object == nil || (t.Type == "schedule" || t.Type == "webhook") && c.f.Object != nil {
		c.errorf("bad-flow", "trigger.object", "a trigger of the type record, date, button or approval has an object, a schedule and a webhook have none", "由记录写入、记录日期、审批变化或人工触发时须指定对象，定时与入站消息触发时不得指定")
		return
	}
	if known := happenings[t.Type]; known != nil {
		if len(t.On) == 0 {
			c.errorf("bad-flow", "trigger", "say on which of %s", "须给出 on：%s", strings.Join(known, ", "))
		}
		for i, on := range t.On {
			if !slices.Contains(known, on) {
				c.errorf("bad-flow", "trigger.on."+itoa(i), "%q is none of %s", "%q 不是 %s 之一", on, strings.Join(known, ", ")).Suggestion = diag.DidYouMean(on, known)
			}
		}
	}
	switch t.Type {
	case "approval":
		c.scope.steps[catalog.EventName] = approvalTells
	case "event":
		if t.Event == "" || !c.named(t.Event, "trigger.event") {
			c.errorf("bad-flow", "trigger", "say which event", "须给出 event")
		}
		c.scope.steps[catalog.EventName] = c.kinds(t.Data, "trigger.data")
	case "webhook":
		c.scope.steps[catalog.EventName] = c.kinds(t.Data, "trigger.data")
		c.hooked(t)
	}
	for i, name := range t.Changed {
		if f := c.field(c.f.Object, name, "trigger.changed."+itoa(i)); f != nil {
			c.f.Changed = append(c.f.Changed, f)
		}
	}
	if t.Permission != "" {
		c.named(t.Permission, "trigger.permission")
	}
	if t.When != "" {
		c.f.When = c.r.compileIn(c.scope, t.When, c.scope.object(), c.decl.Pos.Place("trigger.when"), c.of, expr.Options{Want: boolean, Prior: t.Type == "record"})
		if c.f.When != nil {
			c.reads(c.f.When, "trigger.when")
		}
	}
	switch t.Type {
	case "schedule":
		c.schedule(t)
	case "date":
		c.date(t)
	}
}

// before says whether the flow runs in the caller's transaction.
func (c *flowCheck) before() bool { return c.flow.Trigger.Timing == "before" }
