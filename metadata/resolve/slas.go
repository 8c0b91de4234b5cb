package resolve

import (
	"sort"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// slaStates are what the field that shows the worst clock may hold.
var slaStates = []string{"none", "on_track", "at_risk", "breached", "met", "paused"}

// maxMilestones bounds the milestones of a policy, and what follows a breach of one.
const maxMilestones = 20

// slas resolves the SLA policies of all packages. The flows that they run must be resolved.
func (r *resolver) slas() {
	for _, p := range r.ordered {
		for i := range p.SLAs {
			r.sla(p.Manifest.Name, &p.SLAs[i])
		}
	}
	sort.Slice(r.cat.SLAs, func(i, j int) bool { return r.cat.SLAs[i].Name < r.cat.SLAs[j].Name })
}

// slaCheck resolves one policy.
type slaCheck struct {
	checked
	decl *model.SLA
	s    *catalog.SLA
}

func (r *resolver) sla(pkg string, decl *model.SLA) {
	plain := *decl
	plain.Pos = model.Positions{}
	c := &slaCheck{checked{r, addr.SLA(decl.Name), decl.Pos}, decl, &catalog.SLA{Name: decl.Name, Package: pkg, Calendar: decl.Calendar, Decl: &plain}}
	if r.cat.SLA(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two SLA policies named %s", "有两个名为 %s 的 SLA 策略", decl.Name)
		return
	}
	if r.cat.Serving(catalog.RoleSLAClock) == nil {
		c.errorf("nothing-serves", "", "no object serves %s, so that no clock can be kept", "没有承担 %s 角色的对象，无法保存时钟", catalog.RoleSLAClock)
		return
	}
	if decl.Object == "" {
		c.errorf("unknown-object", "object", "a policy is about records of an object", "策略须指明对象")
		return
	}
	if c.s.Object = r.about(pkg, decl.Object, "", c.of, decl.Pos); c.s.Object == nil {
		return
	}
	if decl.When != "" {
		c.s.When = c.compile(decl.When, "when", boolean)
	}
	if decl.PauseWhen != "" {
		c.s.Pause = c.compile(decl.PauseWhen, "pauseWhen", boolean)
	}
	c.status()
	if n := len(decl.Milestones); n == 0 || n > maxMilestones {
		c.errorf("bad-sla", "milestones", "a policy has 1 to %d milestones", "策略须有 1 到 %d 个里程碑", maxMilestones)
	}
	for i := range decl.Milestones {
		c.milestone(&decl.Milestones[i], "milestones."+itoa(i))
	}
	r.cat.SLAs = append(r.cat.SLAs, c.s)
}

func (c *slaCheck) compile(src, path string, want expr.Type) *expr.Program {
	return c.r.compile(src, c.s.Object, c.decl.Pos.Place(path), c.of, expr.Options{Want: want})
}

// status finds the field that shows the worst clock.
func (c *slaCheck) status() {
	name := c.decl.Status
	if name == "" {
		return
	}
	f := c.s.Object.ByName[name]
	if f == nil || f.Column == "" || f.Computed() {
		c.errorf("unknown-field", "status", "%s has no field %q that the platform can write", "%s 没有可由平台写入的字段 %q", c.s.Object.Name, name).Suggestion = diag.DidYouMean(name, fieldNames(c.s.Object))
		return
	}
	if f.Kind != "picklist" {
		c.errorf("bad-sla", "status", "%s is no picklist", "%s 不是选项字段", name)
		return
	}
	for _, s := range slaStates {
		if _, bad := f.Type.Coerce(s); bad != nil {
			c.errorf("bad-sla", "status", "%s has no choice %q", "%s 没有选项 %q", name, s)
			return
		}
	}
	for _, other := range c.r.cat.SLAs {
		if other.Status == f {
			c.errorf("bad-sla", "status", "%s shows the clocks of %s already", "%s 已用于显示策略 %s 的时钟", name, other.Name)
		}
	}
	c.s.Status = f
}

func (c *slaCheck) milestone(d *model.SLAMilestone, path string) {
	if !model.NameForm.Match(d.Name) || len(d.Name) > model.MaxName {
		c.errorf("bad-name", path+".name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", d.Name)
	}
	if c.s.Milestone(d.Name) != nil {
		c.errorf("duplicate-name", path+".name", "%q is there twice", "%q 重复", d.Name)
	}
	m := &catalog.Milestone{Name: d.Name, Calendar: d.Calendar, Warn: d.Warn, Start: c.moment(d.Start, path+".start"), Stop: c.moment(d.Stop, path+".stop"),
		Target: c.compile(d.Target, path+".target", expr.Type{Kind: value.KindInt})}
	switch {
	case d.Warn == 0:
		m.Warn = 75
	case d.Warn < 0 || d.Warn > 100:
		c.errorf("bad-sla", path+".warn", "a clock warns after 1 to 100 per cent of its target", "预警百分比须为 1 到 100")
	}
	m.OnWarn, m.OnBreach = c.flow(d.OnWarn, path+".onWarn"), c.flow(d.OnBreach, path+".onBreach")
	if len(d.After) > maxMilestones {
		c.errorf("bad-sla", path+".after", "at most %d things follow a breach", "超时后最多 %d 项", maxMilestones)
	}
	last := 0
	for i, a := range d.After {
		at := path + ".after." + itoa(i)
		if a.Minutes <= last {
			c.errorf("bad-sla", at+".minutes", "what follows a breach is in the order of its minutes, each later than the one before", "超时后的事项须按分钟数递增")
		}
		last = a.Minutes
		if a.Flow == "" {
			c.errorf("unknown-flow", at+".flow", "what follows a breach is a flow", "超时后须运行一个自动化")
		}
		if f := c.flow(a.Flow, at+".flow"); f != nil {
			m.After = append(m.After, catalog.After{Time: time.Duration(a.Minutes) * time.Minute, Flow: f})
		}
	}
	c.s.Milestones = append(c.s.Milestones, m)
}

// moment compiles what is a moment or a condition.
func (c *slaCheck) moment(src, path string) *expr.Program {
	p := c.compile(src, path, expr.Type{})
	if p == nil {
		return nil
	}
	if k := p.Type().Kind; k != value.KindDateTime && k != value.KindBool {
		c.errorf("bad-sla", path, "this is neither a moment nor a condition", "此处须为时刻或条件")
		return nil
	}
	return p
}

// flow finds a flow that is run for the record.
func (c *slaCheck) flow(key, path string) *catalog.Flow {
	if key == "" {
		return nil
	}
	f := c.r.cat.Flow(key)
	if f == nil {
		c.errorf("unknown-flow", path, "there is no flow %q", "没有自动化 %q", key)
		return nil
	}
	if f.Trigger.Type != "flow" || f.Object != c.s.Object {
		c.errorf("bad-sla", path, "%s is not for others to run about %s: its trigger has the type flow and that object", "%s 不能针对 %s 调用：触发类型须为 flow 且对象一致", key, c.s.Object.Name)
		return nil
	}
	if f.Package != c.s.Package {
		c.r.uses = append(c.r.uses, use{origin{pkg: c.s.Package}, f.Package, f.Key, func() diag.Pos { return c.decl.Pos.At(path) }})
	}
	return f
}
