package resolve

import (
	"encoding/json"
	"sort"
	"strings"

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
	all := declarations(r, func(p *model.Package) []model.Flow { return p.Flows })
	each(r, all, func(fork *resolver, d declared[model.Flow]) *flowCheck { return fork.flow(d.pkg, d.decl) },
		func(d declared[model.Flow], c *flowCheck) bool {
			if r.cat.Flow(d.decl.Key) != nil {
				r.errorf("duplicate-name", addr.Flow(d.decl.Key), d.decl.Pos.At("key"), diag.Textf("there are two flows %s", "自动化 %s 重复", d.decl.Key))
				return false
			}
			if c != nil {
				r.cat.Flows = append(r.cat.Flows, c.f)
				checks[c.f] = c
				for _, t := range c.tasks {
					r.takeApproval(t.decl, t.made)
				}
			}
			return true
		})
	sort.Slice(r.cat.Flows, func(i, j int) bool { return r.cat.Flows[i].Key < r.cat.Flows[j].Key })
	sort.Slice(r.cat.Approvals, func(i, j int) bool { return r.cat.Approvals[i].Key < r.cat.Approvals[j].Key }) // tasks are among them
	for _, f := range r.cat.Flows {
		checks[f].r = r // what is looked at now is between flows
		checks[f].subflows()
		checks[f].emitted()
	}
}

// flowCheck resolves one flow.
type flowCheck struct {
	*actionCheck
	flow    *model.Flow
	f       *catalog.Flow
	count   int
	tasks   []flowTask
	batches map[string]bool // loops over batches that the step under way is in
}

func (r *resolver) flow(pkg string, decl *model.Flow) *flowCheck {
	of := addr.Flow(decl.Key)
	f := &catalog.Flow{Key: decl.Key, Package: pkg, Label: decl.Label, Frozen: catalog.Freeze(decl.Canonical), Trigger: decl.Trigger, Set: decl.Settings, Vars: decl.Vars,
		Lists: map[string][]*catalog.FlowStep{}, Steps: map[string]*catalog.FlowStep{}}
	a := &catalog.Action{Name: "flow." + decl.Key, Package: pkg, OnObject: true, TypeName: decl.Key,
		Input: &catalog.Object{Name: "flow." + decl.Key, ByName: map[string]*catalog.Field{}}}
	c := &flowCheck{flow: decl, f: f, batches: map[string]bool{}, actionCheck: &actionCheck{r: r, decl: &model.Action{Name: decl.Key, Errors: decl.Errors, Pos: decl.Pos}, a: a, of: of, errs: map[string]*catalog.ActionError{}}}
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
	c.batch()
	if len(decl.Steps) == 0 {
		c.errorf("bad-flow", "steps", "the flow does nothing", "自动化没有步骤")
	}
	c.list("", decl.Steps, "steps", 0)
	c.secrets()
	return c
}

// secrets reads which values nobody is shown.
func (c *flowCheck) secrets() {
	c.f.Secret = map[string]bool{}
	for i, name := range c.flow.Settings.Secret {
		of, what, _ := strings.Cut(name, ".")
		if _, there := c.scope.steps[of][what]; !there {
			c.errorf("unknown-name", "settings.secret."+itoa(i), "expressions read no value as %q", "表达式中没有 %q 这样的值", name)
			continue
		}
		c.f.Secret[name] = true
	}
}

func (c *flowCheck) variables() {
	c.scope.steps[catalog.VarsName] = c.kinds(c.flow.Vars, "vars")
	if c.f.Object != nil {
		c.scope.made[catalog.PriorName] = c.f.Object.Name
	}
}

// kinds reads names with the kinds of their values.
func (c *flowCheck) kinds(of map[string]string, path string) map[string]expr.Type {
	out := map[string]expr.Type{}
	for _, name := range sorted(of) {
		kind, ok := varKinds[of[name]]
		if !ok {
			c.errorf("bad-flow", path+"."+name, "%q is no kind of value", "%q 不是值类型", of[name]).Suggestion = diag.DidYouMean(of[name], sorted(varKinds))
			continue
		}
		if c.named(name, path+"."+name) {
			out[name] = expr.Type{Kind: kind}
		}
	}
	return out
}

func (c *flowCheck) settings() {
	s, at := &c.flow.Settings, "settings."
	for key, v := range map[string]string{"reentry": s.Reentry, "onFailure": s.OnFailure, "onPoison": s.OnPoison, "onOff": s.OnOff} {
		if v != "" {
			c.word(v, at+key, flowSettingKeys.Get(key).Enum)
		}
	}
	c.runAs()
	c.limit()
	if s.MaxSteps < 0 || s.MaxSteps > maxRunSteps {
		c.errorf("bad-flow", at+"maxSteps", "a run has at most %d steps", "单次运行最多 %d 步", maxRunSteps)
	}
	if c.f.Set.MaxSteps == 0 {
		c.f.Set.MaxSteps = 2000
	}
	c.f.Timeout = c.period(s.RunTimeout, at+"runTimeout", clock.Period{Days: 30})
}

// limit reads how many runs go on at the same time. Runs in the order of a key are one at a time.
func (c *flowCheck) limit() {
	s, at, key := c.flow.Settings.Concurrency, "settings.concurrency", ""
	of, ordered := strings.CutPrefix(c.flow.Settings.Ordering, "key:")
	switch {
	case !ordered && c.flow.Settings.Ordering != "":
		c.word(c.flow.Settings.Ordering, "settings.ordering", []string{"none", "per_record", "key:<expression>"})
	case ordered:
		at, key = "settings.ordering", of
		c.f.Limit = &catalog.FlowLimit{Max: 1, OnLimit: "queue"}
	}
	if s != nil {
		if ordered || c.flow.Settings.Ordering == "per_record" {
			c.errorf("bad-flow", at, "runs that come one after the other need no other limit", "依次进行的运行不能再设并发限制")
		}
		if s.Max < 1 || s.Max > 1000 {
			c.errorf("bad-flow", at+".max", "1 to 1000 runs go on at the same time", "并发数须为 1 到 1000")
		}
		if s.OnLimit != "" {
			c.word(s.OnLimit, at+".onLimit", []string{"queue", "skip", "cancel_oldest"})
		}
		c.f.Limit, key, at = &catalog.FlowLimit{Max: s.Max, OnLimit: s.OnLimit}, s.Key, at+".key"
	}
	if c.flow.Settings.OnPoison != "" && !ordered && c.flow.Settings.Ordering != "per_record" {
		c.errorf("bad-flow", "settings.onPoison", "only runs that come one after the other wait for one that has failed", "只有依次进行的运行才会等待失败的运行")
	}
	if c.f.Limit != nil && c.before() {
		c.errorf("bad-flow", "settings", "in the caller's transaction there is one run at a time anyway", "在调用方事务内没有并发运行")
	}
	if key != "" {
		c.f.Limit.Key = c.compile(key, at, expr.Type{})
	} else if ordered {
		c.errorf("bad-value", at, "say which key, as key:region", "须给出键，如 key:region")
	}
}

// runAs looks at whose rights hold.
func (c *flowCheck) runAs() {
	as := c.flow.Settings.RunAs
	name, named := strings.CutPrefix(as, "user:")
	switch {
	case named && name == "":
		c.errorf("bad-value", "settings.runAs", "say which user, as user:ann", "须给出用户，如 user:ann")
	case named && c.before():
		c.errorf("bad-flow", "settings.runAs", "in the caller's transaction a flow runs as the platform or as the caller", "在调用方事务内只能以平台或调用方身份运行")
	case !named && as != "":
		c.word(as, "settings.runAs", []string{"system", "trigger_user", "user:<name>"})
	}
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
	r.cat.Approvals = cat.Approvals
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
