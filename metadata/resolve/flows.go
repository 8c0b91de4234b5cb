package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

// Limits of flows.
const (
	maxFlowSteps   = 500
	maxFlowNesting = 20
	maxQueried     = 10_000
	maxRunSteps    = 10_000
)

// varKinds are the kinds that variables of flows may have.
var varKinds = map[string]value.Kind{"text": value.KindText, "bool": value.KindBool, "int": value.KindInt, "decimal": value.KindDecimal, "date": value.KindDate, "datetime": value.KindDateTime}

var (
	flowTriggerKeys = spec.Of[model.FlowTrigger]()
	flowSettingKeys = spec.Of[model.FlowSettings]()
	flowStepKeys    = spec.Of[model.FlowStep]()
)

// automations resolves the flows.
func (r *resolver) automations() {
	checks := map[*catalog.Flow]*flowCheck{}
	for _, p := range r.ordered {
		for i := range p.Flows {
			if c := r.flow(p.Manifest.Name, &p.Flows[i]); c != nil {
				r.cat.Flows = append(r.cat.Flows, c.f)
				checks[c.f] = c
			}
		}
	}
	sort.Slice(r.cat.Flows, func(i, j int) bool { return r.cat.Flows[i].Key < r.cat.Flows[j].Key })
	for _, f := range r.cat.Flows {
		checks[f].subflows()
	}
}

// flowCheck resolves one flow.
type flowCheck struct {
	*actionCheck
	flow  *model.Flow
	f     *catalog.Flow
	count int
}

func (r *resolver) flow(pkg string, decl *model.Flow) *flowCheck {
	of := addr.Flow(decl.Key)
	if r.cat.Flow(decl.Key) != nil {
		r.errorf("duplicate-name", of, decl.Pos.At("key"), diag.Textf("there are two flows %s", "自动化 %s 重复", decl.Key))
		return nil
	}
	source, err := decl.Canonical()
	if err != nil {
		r.errorf("bad-value", of, decl.Pos.At(""), diag.Textf("the flow cannot be written: %v", "无法写出自动化：%v", err))
		return nil
	}
	sum := sha256.Sum256(source)
	f := &catalog.Flow{Key: decl.Key, Package: pkg, Label: decl.Label, Source: source, Hash: hex.EncodeToString(sum[:]), Trigger: decl.Trigger, Set: decl.Settings, Vars: decl.Vars,
		Lists: map[string][]*catalog.FlowStep{}, Steps: map[string]*catalog.FlowStep{}}
	a := &catalog.Action{Name: "flow." + decl.Key, Package: pkg, OnObject: true, TypeName: decl.Key,
		Input: &catalog.Object{Name: "flow." + decl.Key, ByName: map[string]*catalog.Field{}}}
	c := &flowCheck{flow: decl, f: f, actionCheck: &actionCheck{r: r, decl: &model.Action{Name: decl.Key, Errors: decl.Errors, Pos: decl.Pos}, a: a, of: of, errs: map[string]*catalog.ActionError{}}}
	if decl.Kind != "" && decl.Kind != "flow" || decl.Schema != 0 && decl.Schema != 1 {
		c.errorf("bad-value", "kind", "the kind is flow, in version 1 of its format", "kind 须为 flow，schema 须为 1")
		return nil
	}
	if !c.named(decl.Key, "key") {
		return nil
	}
	if name := decl.Trigger.Object; name != "" {
		if f.Object = c.object(name, "trigger.object"); f.Object == nil {
			return nil
		}
		a.Object, a.OnObject = f.Object, false
	}
	c.scope = newActionScope(r, a)
	c.variables()
	c.errors()
	c.settings()
	c.trigger()
	if len(decl.Steps) == 0 {
		c.errorf("bad-flow", "steps", "the flow does nothing", "自动化没有步骤")
	}
	c.list("", decl.Steps, "steps", 0)
	return c
}

func (c *flowCheck) variables() {
	kinds := map[string]expr.Type{}
	for _, name := range sorted(c.flow.Vars) {
		kind, ok := varKinds[c.flow.Vars[name]]
		if !ok {
			c.errorf("bad-flow", "vars."+name, "%q is no kind of variable", "%q 不是变量类型", c.flow.Vars[name]).Suggestion = diag.DidYouMean(c.flow.Vars[name], sorted(varKinds))
			continue
		}
		if c.named(name, "vars."+name) {
			kinds[name] = expr.Type{Kind: kind}
		}
	}
	c.scope.steps[catalog.VarsName] = kinds
	if c.f.Object != nil {
		c.scope.made[catalog.PriorName] = c.f.Object.Name
	}
}

func (c *flowCheck) settings() {
	s, at := &c.flow.Settings, "settings."
	for key, v := range map[string]string{"runAs": s.RunAs, "ordering": s.Ordering, "reentry": s.Reentry, "onFailure": s.OnFailure} {
		if v != "" {
			c.word(v, at+key, flowSettingKeys.Get(key).Enum)
		}
	}
	if s.MaxSteps < 0 || s.MaxSteps > maxRunSteps {
		c.errorf("bad-flow", at+"maxSteps", "a run has at most %d steps", "单次运行最多 %d 步", maxRunSteps)
	}
	if c.f.Set.MaxSteps == 0 {
		c.f.Set.MaxSteps = 2000
	}
	c.f.Timeout = c.period(s.RunTimeout, at+"runTimeout", clock.Period{Days: 30})
}

// period reads a duration; fallback where none is given.
func (c *flowCheck) period(s, path string, fallback clock.Period) clock.Period {
	if s == "" {
		return fallback
	}
	p, err := clock.ParsePeriod(s)
	if err != nil || p == (clock.Period{}) {
		c.errorf("bad-flow", path, "%q is no duration such as PT8H or P3D", "%q 不是时长，如 PT8H、P3D", s)
		return fallback
	}
	return p
}

// triggerTakes says which settings a type of trigger has, besides type, object and when.
var triggerTakes = map[string]string{"record": "on timing order changed", "date": "field offset at zone", "schedule": "cron zone overlap catchUp", "button": "permission", "flow": ""}

func (c *flowCheck) trigger() {
	t := &c.flow.Trigger
	takes, ok := triggerTakes[t.Type]
	if !ok {
		c.word(t.Type, "trigger.type", flowTriggerKeys.Get("type").Enum)
		return
	}
	has := map[string]bool{"on": len(t.On) > 0, "timing": t.Timing != "", "order": t.Order != 0, "changed": len(t.Changed) > 0, "cron": t.Cron != "", "zone": t.Zone != "",
		"overlap": t.Overlap != "", "catchUp": t.CatchUp != "", "permission": t.Permission != "", "field": t.Field != "", "offset": t.Offset != "", "at": t.At != ""}
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(strings.Fields(takes), key) {
			c.errorf("bad-flow", "trigger."+key, "a trigger of the type %s has no %s", "类型为 %s 的触发条件没有 %s", t.Type, key)
		}
	}
	for key, v := range map[string]string{"timing": t.Timing, "overlap": t.Overlap, "catchUp": t.CatchUp} {
		if v != "" {
			c.word(v, "trigger."+key, flowTriggerKeys.Get(key).Enum)
		}
	}
	needs := t.Type == "record" || t.Type == "button" || t.Type == "date"
	if needs && c.f.Object == nil || t.Type == "schedule" && c.f.Object != nil {
		c.errorf("bad-flow", "trigger.object", "a trigger of the type record, date or button has an object, a schedule has none", "record、date、button 类型须有 object，schedule 类型不得有")
		return
	}
	if t.Type == "record" {
		if len(t.On) == 0 {
			c.errorf("bad-flow", "trigger", "say on which of create, update and delete", "须给出 on：create、update、delete")
		}
		for i, on := range t.On {
			if known := []string{"create", "update", "delete"}; !slices.Contains(known, on) {
				c.errorf("bad-flow", "trigger.on."+itoa(i), "%q is none of create, update and delete", "%q 不是 create、update、delete 之一", on).Suggestion = diag.DidYouMean(on, known)
			}
		}
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
		c.f.When = c.r.compileIn(c.scope, t.When, c.scope.object(), c.decl.Pos.At("trigger.when"), c.of, expr.Options{Want: boolean, Prior: t.Type == "record"})
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

func (c *flowCheck) schedule(t *model.FlowTrigger) {
	if _, err := clock.ParseCron(t.Cron); err != nil {
		c.errorf("bad-flow", "trigger.cron", "%q is no schedule: %s", "%q 不是有效的 cron 表达式：%s", t.Cron, err)
	}
	c.zone(t)
}

func (c *flowCheck) date(t *model.FlowTrigger) {
	if c.f.Field = c.field(c.f.Object, t.Field, "trigger.field"); c.f.Field != nil {
		if k := columnKind(c.f.Field.Store.Type); c.f.Field.Column == "" || k != value.KindDate && k != value.KindDateTime {
			c.errorf("bad-flow", "trigger.field", "%s holds no date that is stored", "%s 不是存储的日期字段", t.Field)
		}
	}
	if t.Offset != "" {
		if _, err := clock.ParsePeriod(strings.TrimPrefix(t.Offset, "-")); err != nil {
			c.errorf("bad-flow", "trigger.offset", "%q is no duration such as -P3D", "%q 不是时长，如 -P3D", t.Offset)
		}
	}
	if t.At != "" {
		if _, err := time.Parse("15:04", t.At); err != nil {
			c.errorf("bad-flow", "trigger.at", "%q is no time such as 09:00", "%q 不是时刻，如 09:00", t.At)
		}
	}
	c.zone(t)
}

func (c *flowCheck) zone(t *model.FlowTrigger) {
	if t.Zone != "" {
		if _, err := time.LoadLocation(t.Zone); err != nil || t.Zone == "Local" {
			c.errorf("bad-flow", "trigger.zone", "%q is no time zone", "%q 不是时区", t.Zone)
		}
	}
}

// before says whether the flow runs in the caller's transaction.
func (c *flowCheck) before() bool { return c.flow.Trigger.Timing == "before" }

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
var stepTakes = map[string]string{"set": "set", "create": "object set", "update": "record in set", "delete": "record in", "query": "object match where sort limit",
	"condition": "branches", "loop": "in do", "parallel": "branches", "wait": "for until", "flow": "flow record", "action": "action record with", "raise": "error", "end": ""}

// beforeSteps are those that may run in a caller's transaction.
var beforeSteps = []string{"set", "update", "condition", "raise", "end"}

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
	taken := c.f.Steps[d.ID] != nil || d.ID == catalog.VarsName || d.ID == catalog.PriorName || d.ID == catalog.InputName
	if !taken && c.f.Object != nil {
		_, taken = c.scope.scope.Symbol(c.f.Object.Name, d.ID)
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
	c.list(d.ID+".recover", d.Recover, path+".recover", depth+1)
	c.list(d.ID+".compensate", d.Compensate, path+".compensate", depth+1)
	return s
}

func (c *flowCheck) settingsOf(d *model.FlowStep, path string, takes []string) {
	has := map[string]bool{"set": len(d.Set) > 0, "object": d.Object != "", "record": d.Record != "", "in": d.In != "", "match": len(d.Match) > 0, "where": d.Where != "", "sort": d.Sort != "",
		"limit": d.Limit != 0, "branches": len(d.Branches) > 0, "do": len(d.Do) > 0, "for": d.For != "", "until": d.Until != "", "flow": d.Flow != "", "error": d.Error != "", "action": d.Action != "", "with": len(d.With) > 0}
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(takes, key) {
			c.errorf("bad-step", path+"."+key, "%s is of no use beside %s", "%s 不能与 %s 同用", key, d.Type)
		}
	}
}

func (c *flowCheck) retry(d *model.FlowRetry, path string) catalog.Retry {
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
			s.Set = c.assigns(s.Object, d.Set, path+".set")
			c.scope.made[d.ID] = s.Object.Name
		}
	case "update", "delete":
		c.target(s, path)
		if s.Object != nil {
			s.Set = c.assigns(s.Object, d.Set, path+".set")
		}
		if d.Type == "update" && len(d.Set) == 0 {
			c.errorf("bad-flow", path, "the step sets nothing", "步骤未设置任何字段")
		}
	case "action":
		c.action(s, path)
	case "query":
		c.query(s, path)
	case "condition", "parallel":
		c.branches(s, path, depth)
	case "loop":
		if s.In = c.queried(d.In, path+".in"); s.In != nil {
			s.Object = s.In.Object
			c.scope.made[d.ID] = s.Object.Name
		}
		if len(d.Do) == 0 {
			c.errorf("bad-flow", path, "the loop does nothing", "循环没有步骤")
		}
		c.list(d.ID+".do", d.Do, path+".do", depth+1)
		delete(c.scope.made, d.ID)
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
			s.Object = c.f.Object
		}
	case "raise":
		if d.Error == "" {
			c.errorf("bad-flow", path, "say which error is raised", "须给出 error")
			return
		}
		s.Error = c.error(d.Error, path+".error")
	}
}

// action finds the record action that a step carries out, and its input.
func (c *flowCheck) action(s *catalog.FlowStep, path string) {
	if c.target(s, path); s.Object == nil {
		return
	}
	d := s.Decl
	if s.Action = s.Object.Action(d.Action); s.Action == nil || s.Action.OnObject {
		var known []string
		for _, a := range s.Object.Actions {
			known = append(known, a.Name)
		}
		c.errorf("unknown-action", path+".action", "records of %s have no action %q", "%s 的记录没有操作 %q", s.Object.Name, d.Action).Suggestion = diag.DidYouMean(d.Action, known)
		s.Action = nil
		return
	}
	c.actionCheck.uses(s.Action.Package, s.Object.Name+"."+d.Action, path+".action")
	for _, name := range sorted(d.With) {
		f := s.Action.Input.ByName[name]
		if f == nil {
			c.errorf("unknown-argument", path+".with."+name, "%s takes no %q", "%s 没有参数 %q", d.Action, name).Suggestion = diag.DidYouMean(name, fieldNames(s.Action.Input))
			continue
		}
		if p := c.compile(d.With[name], path+".with."+name, symbolType(f)); p != nil {
			s.Set = append(s.Set, &catalog.Assign{Field: f, Value: p})
		}
	}
}

func (c *flowCheck) setVars(s *catalog.FlowStep, path string) {
	s.Vars = map[string]*expr.Program{}
	if len(s.Decl.Set) == 0 {
		c.errorf("bad-flow", path, "the step sets nothing", "步骤未设置任何变量")
	}
	for _, name := range sorted(s.Decl.Set) {
		t, ok := c.scope.steps[catalog.VarsName][name]
		if !ok {
			c.errorf("unknown-variable", path+".set."+name, "there is no variable %q", "没有变量 %q", name).Suggestion = diag.DidYouMean(name, sorted(c.scope.steps[catalog.VarsName]))
			continue
		}
		s.Vars[name] = c.compile(s.Decl.Set[name], path+".set."+name, t)
	}
}

// target finds the record or records that a step writes.
func (c *flowCheck) target(s *catalog.FlowStep, path string) {
	d := s.Decl
	switch {
	case d.In != "" && d.Record != "":
		c.errorf("bad-step", path, "a step has either record or in", "record 与 in 只能有一个")
	case d.In != "":
		if s.In = c.queried(d.In, path+".in"); s.In != nil {
			s.Object = s.In.Object
		}
	case d.Record != "":
		if s.Record = c.compile(d.Record, path+".record", expr.Type{Kind: value.KindRef}); s.Record == nil {
			return
		}
		if s.Object = c.r.cat.ByName[s.Record.Type().Object]; s.Object == nil {
			c.errorf("bad-step", path+".record", "%s does not lead to a record of one object", "%s 不指向单一对象的记录", d.Record)
		}
	case c.f.Object == nil:
		c.errorf("bad-flow", path, "the flow is about no record: say which is meant", "自动化不针对记录，须给出 record 或 in")
	default:
		s.Object = c.f.Object
	}
	if c.before() && (d.In != "" || d.Record != "") {
		c.errorf("bad-step", path, "in the caller's transaction a flow only sets fields of the record itself", "在调用方事务内只能设置本记录字段")
	}
}

// queried finds an earlier query step.
func (c *flowCheck) queried(id, path string) *catalog.FlowStep {
	s := c.f.Steps[id]
	if s == nil || s.Decl.Type != "query" || s.Object == nil {
		c.errorf("unknown-step", path, "there is no query step %q before this one", "此前没有查询步骤 %q", id)
		return nil
	}
	return s
}

func (c *flowCheck) query(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Limit < 1 || d.Limit > maxQueried {
		c.errorf("bad-flow", path+".limit", "a query has a limit between 1 and %d", "查询须有 1 到 %d 之间的 limit", maxQueried)
	}
	if d.Object == "" {
		c.errorf("bad-flow", path, "say of which object records are looked for", "须给出 object")
		return
	}
	if s.Object = c.object(d.Object, path+".object"); s.Object == nil {
		return
	}
	for _, name := range sorted(d.Match) {
		f := c.field(s.Object, name, path+".match."+name)
		if f == nil {
			continue
		}
		if f.Column == "" || f.Ref != nil && (f.Ref.Many || f.Ref.Polymorphic) {
			c.errorf("bad-step", path+".match."+name, "%s cannot be looked for", "不能按 %s 查找", name)
			continue
		}
		if p := c.compile(d.Match[name], path+".match."+name, symbolType(f)); p != nil {
			s.Match = append(s.Match, &catalog.Assign{Field: f, Value: p})
		}
	}
	if d.Where != "" {
		s.Where = c.r.compile(d.Where, s.Object, c.decl.Pos.At(path+".where"), c.of, expr.Options{Want: boolean})
		if s.Where != nil {
			if _, err := s.Where.Filter(expr.Env{}); err != nil {
				c.errorf("bad-step", path+".where", "the store cannot look for this: %v", "存储无法按此条件查找：%v", err)
			}
		}
	}
	if name := strings.TrimPrefix(d.Sort, "-"); name != "" {
		s.Desc = name != d.Sort
		if s.Sort = c.field(s.Object, name, path+".sort"); s.Sort != nil && s.Sort.Column == "" {
			c.errorf("bad-step", path+".sort", "%s is not stored", "%s 未存储", name)
		}
	}
	c.scope.steps[d.ID] = map[string]expr.Type{"count": {Kind: value.KindInt}}
}

func (c *flowCheck) branches(s *catalog.FlowStep, path string, depth int) {
	if len(s.Decl.Branches) == 0 {
		c.errorf("bad-flow", path, "the step has no branches", "步骤没有分支")
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
		case s.Decl.Type == "condition" && b.When == "" && !last:
			c.errorf("bad-step", at, "only the last branch has no condition", "只有最后一个分支可以没有条件")
		case b.When != "":
			when = c.compile(b.When, at+".when", boolean)
		}
		s.Branches = append(s.Branches, when)
		c.list(s.Decl.ID+"."+b.ID, b.Steps, at+".steps", depth+1)
	}
}

func (c *flowCheck) wait(s *catalog.FlowStep, path string) {
	d := s.Decl
	if (d.For == "") == (d.Until == "") {
		c.errorf("bad-step", path, "a wait has one of for and until", "等待须且只须有 for、until 之一")
		return
	}
	if d.Until != "" {
		s.Until = c.compile(d.Until, path+".until", expr.Type{Kind: value.KindDateTime})
		return
	}
	s.For = c.period(d.For, path+".for", clock.Period{})
}

// subflows holds the flows that a flow runs against those that there are.
func (c *flowCheck) subflows() {
	model.WalkFlow(c.flow.Steps, "steps", func(d *model.FlowStep, path string) {
		if d.Type != "flow" || d.Flow == "" {
			return
		}
		s, sub := c.f.Steps[d.ID], c.r.cat.Flow(d.Flow)
		switch {
		case sub == nil || sub.Trigger.Type != "flow":
			c.errorf("unknown-flow", path+".flow", "there is no flow %q that other flows may run", "没有可被调用的自动化 %q", d.Flow)
		case s != nil && sub.Object != s.Object:
			c.errorf("type-mismatch", path+".flow", "the flow %s is about another object", "自动化 %s 针对其他对象", d.Flow)
		case c.r.reaches(sub, c.f.Key, map[string]bool{}):
			c.errorf("flow-cycle", path+".flow", "the flow runs itself, by way of %s", "自动化经由 %s 调用了自身", d.Flow)
		}
	})
}

// reaches says whether a flow runs another, directly or through others.
func (r *resolver) reaches(f *catalog.Flow, key string, seen map[string]bool) bool {
	if f == nil || seen[f.Key] {
		return false
	}
	if f.Key == key {
		return true
	}
	seen[f.Key] = true
	for _, s := range f.Steps {
		if s.Decl.Type == "flow" && r.reaches(r.cat.Flow(s.Decl.Flow), key, seen) {
			return true
		}
	}
	return false
}

// FrozenFlow resolves a flow that was frozen under an older catalogue against a whole one. The
// findings say what of it there is no more.
func FrozenFlow(in Input, cat *catalog.Catalog, pkg string, source []byte) (*catalog.Flow, diag.List) {
	r := frozen(in, cat)
	decl := &model.Flow{}
	if err := json.Unmarshal(source, decl); err != nil {
		r.errorf("bad-json", addr.Package(pkg), diag.Pos{}, diag.Textf("the definition cannot be read: %v", "无法读取定义：%v", err))
		return nil, r.findings
	}
	c := r.flow(pkg, decl)
	if r.findings.HasErrors() {
		return nil, r.findings
	}
	return c.f, r.findings
}
