package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Problem is why a run cannot go over to another version.
type Problem struct {
	Step string // of the version that it has; "": it is none of a step
	Code string
}

// problems are what people are told of each code.
var problems = map[string]diag.Text{
	"over":            {En: "the run is over", Zh: "运行已结束"},
	"compensating":    {En: "the run is being undone", Zh: "运行正在补偿"},
	"already":         {En: "the run has this version already", Zh: "运行已是该版本"},
	"other_object":    {En: "the flow is about another object", Zh: "自动化针对其他对象"},
	"other_trigger":   {En: "the flow has another kind of trigger, or takes many records at a time where it took one", Zh: "触发方式不同，或单条与批量处理方式不同"},
	"other_order":     {En: "the order or the limit of runs is another one", Zh: "依次执行或并发限制的设置不同"},
	"other_actor":     {En: "runs act for somebody else", Zh: "运行身份不同"},
	"var_kind":        {En: "a variable has another kind", Zh: "变量类型不同"},
	"step_missing":    {En: "the step is not at its place", Zh: "步骤不在原位置"},
	"step_changed":    {En: "the step is done and does something else now", Zh: "已完成的步骤内容已改变"},
	"other_type":      {En: "the run waits in a step that is of another type now", Zh: "等待中的步骤类型不同"},
	"other_wait":      {En: "the step waits for something else now", Zh: "步骤等待的内容不同"},
	"branches":        {En: "the step has other branches", Zh: "步骤的分支不同"},
	"other_rounds":    {En: "the rounds of the loop are over other records", Zh: "循环所处理的记录不同"},
	"called_under_id": {En: "a call was made under the id of the step, which the other system knows", Zh: "已以该步骤标识发出调用，不能改名"},
}

// Words are what people are told of a problem.
func (p Problem) Words() diag.Text { return problems[p.Code] }

// Migration is how a run goes over to another version of its flow.
type Migration struct {
	From, To *Shape
	Version  int
	Steps    map[string]string // ids of steps that are called otherwise now
	Timers   string            // keep (the default) or reset: waits begin anew
}

// Problems are why a run cannot go over; none: it can. What is done of it must be the same, step by step, and what it
// waits in must wait for the same; what is to come may be anything.
func (m *Migration) Problems(st *State) []Problem {
	c := &comparison{m: m, names: m.Steps, st: st, seen: map[Problem]bool{}}
	in := st.Incident
	switch {
	case st.Undone:
		c.wrong("", "compensating")
	case st.Status.Over() && (st.Status != Failed || in == nil || in.Lane == 0):
		c.wrong("", "over")
	case st.Version == m.Version:
		c.wrong("", "already")
	default:
		c.settings()
		for _, l := range st.Lanes {
			if l.Status == Running || l.Status == Waiting {
				c.lane(l)
			}
		}
		for _, u := range st.Undo {
			c.done(m.From.steps[u.Step], m.To.steps[c.names.of(u.Step)])
		}
	}
	return c.found
}

// comparison holds a run against a version.
type comparison struct {
	m     *Migration
	names renaming
	st    *State
	seen  map[Problem]bool
	found []Problem
}

func (c *comparison) wrong(step, code string) {
	p := Problem{step, code}
	if !c.seen[p] {
		c.seen[p] = true
		c.found = append(c.found, p)
	}
}

func orWord(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// settings compares what a run has got of its flow when it started.
func (c *comparison) settings() {
	a, b := c.m.From.Decl, c.m.To.Decl
	key := func(f *model.Flow) string {
		if f.Settings.Concurrency == nil {
			return orWord(f.Settings.Ordering, "none")
		}
		return "limit:" + f.Settings.Concurrency.Key
	}
	for code, same := range map[string]bool{
		"other_object":  a.Trigger.Object == b.Trigger.Object,
		"other_trigger": a.Trigger.Type == b.Trigger.Type && b.Trigger.Timing != "before" && (a.Settings.Batch == nil) == (b.Settings.Batch == nil),
		"other_order":   key(a) == key(b),
		"other_actor":   orWord(a.Settings.RunAs, "system") == orWord(b.Settings.RunAs, "system"),
	} {
		if !same {
			c.wrong("", code)
		}
	}
	for name, kind := range b.Vars {
		if was, there := a.Vars[name]; there && was != kind && c.st.Vars[name] != (Value{}) {
			c.wrong(name, "var_kind")
		}
	}
	slices.SortFunc(c.found, func(a, b Problem) int { return strings.Compare(a.Code+a.Step, b.Code+b.Step) })
}

// done compares a step that is done.
func (c *comparison) done(a, b *model.FlowStep) {
	switch {
	case a == nil: // nothing was done
	case b == nil || c.names.of(a.ID) != b.ID:
		c.wrong(a.ID, "step_missing")
	case c.names.print(a) != renaming(nil).print(b):
		c.wrong(a.ID, "step_changed")
	}
}

// lane compares what a lane has behind it, and where it stands.
func (c *comparison) lane(l *Lane) {
	for i, f := range l.Stack {
		to := c.names.list(f.List)
		for n := range f.At {
			c.done(c.m.From.at(f.List, n), c.m.To.at(to, n))
		}
		a, b := c.m.From.at(f.List, f.At), c.m.To.at(to, f.At)
		last, wrong := i == len(l.Stack)-1, len(c.found)
		switch {
		case a == nil: // at its end
		case last && l.Status == Running:
			c.called(l, a)
		case b == nil || c.names.of(a.ID) != b.ID:
			c.wrong(a.ID, "step_missing")
		case last:
			c.called(l, a)
			c.waits(l, a, b)
		default:
			c.around(a, b, l.Stack[i+1].List)
		}
		if len(c.found) > wrong { // what is inside of it cannot be told
			return
		}
	}
}

// called: what has been called, or is to be called once more, keeps the key that the other system knows.
func (c *comparison) called(l *Lane, a *model.FlowStep) {
	if a.Type != "http" && a.Type != "send" || l.Calls == "" && l.Attempt == 0 {
		return
	}
	renamed := c.names.of(a.ID) != a.ID
	for _, f := range l.Stack {
		renamed = renamed || c.names.list(f.List) != f.List
		for name := range f.Bind {
			renamed = renamed || c.names.bound(name) != name
		}
	}
	if renamed {
		c.wrong(a.ID, "called_under_id")
	}
}

// around compares a step inside of which a lane stands, in one of its lists.
func (c *comparison) around(a, b *model.FlowStep, list string) {
	_, part, _ := strings.Cut(list, ".")
	switch {
	case part == "recover" || part == "compensate":
		if part == "recover" && len(b.Recover) == 0 {
			c.wrong(a.ID, "branches")
		}
	case a.Type != b.Type:
		c.wrong(a.ID, "other_type")
	case a.Type == "loop":
		c.rounds(a, b)
	default:
		if _, there := c.m.To.lists[b.ID+"."+part]; !there {
			c.wrong(a.ID, "branches")
		}
	}
}

func (c *comparison) rounds(a, b *model.FlowStep) {
	if c.names.of(a.In) != b.In || a.Batch != b.Batch {
		c.wrong(a.ID, "other_rounds")
	}
}

// waits compares a step in which a lane waits.
func (c *comparison) waits(l *Lane, a, b *model.FlowStep) {
	if a.Type != b.Type {
		c.wrong(a.ID, "other_type")
		return
	}
	same := true
	switch a.Type {
	case "loop":
		c.rounds(a, b)
	case "parallel":
		c.lanes(l, a, b)
	case "wait":
		same = a.Event == b.Event && a.Reactive == b.Reactive && c.names.text(a.Record) == b.Record
	case "flow":
		same = a.Flow == b.Flow
	case "approval":
		same = a.Process == b.Process && a.Async == b.Async
	}
	if !same {
		c.wrong(a.ID, "other_wait")
	}
}

// lanes compares the branches that go on at once: the same ones, and those that have ended as they were.
func (c *comparison) lanes(l *Lane, a, b *model.FlowStep) {
	on := map[string]bool{}
	for _, x := range c.st.Lanes {
		if x.Parent == l.ID && (x.Status == Running || x.Status == Waiting) && len(x.Stack) > 0 {
			on[x.Stack[0].List] = true
		}
	}
	if !slices.EqualFunc(a.Branches, b.Branches, func(x, y *model.FlowBranch) bool { return x.ID == y.ID }) {
		c.wrong(a.ID, "branches")
		return
	}
	for i, x := range a.Branches {
		if on[a.ID+"."+x.ID] {
			continue
		}
		if len(x.Steps) != len(b.Branches[i].Steps) {
			c.wrong(a.ID, "branches")
		}
		for n, s := range x.Steps {
			c.done(s, c.m.To.at(b.ID+"."+x.ID, n))
		}
	}
}

// migrate moves a run to another version. The flow of the command is that one.
func (r *run) migrate(c Command) (bool, error) {
	m := c.Migration
	if found := m.Problems(r.st); len(found) > 0 {
		steps := make([]string, len(found))
		for i, p := range found {
			steps[i] = strings.TrimPrefix(p.Step+":"+p.Code, ":")
		}
		return false, errs.New(errs.MigrationNotPossible, "the run cannot be carried over to version %[1]d: %[2]s", "运行无法迁移到版本 %[1]d：%[3]s", m.Version, told(found, "en"), told(found, "zh-CN")).With("problems", steps)
	}
	was := r.st.Version
	r.st.Version = m.Version
	r.rename(m)
	for _, l := range r.st.Lanes {
		if s := r.standing(l); l.Status == Waiting && s != nil && s.Type == "wait" {
			r.waitsAnew(l, m.Timers == "reset")
		}
	}
	if m.Timers == "reset" && !r.st.Status.Over() {
		r.st.Deadline = r.f.Timeout.After(r.now)
		r.effects = append(r.effects, Effect{Kind: "expire", At: r.st.Deadline})
	}
	data := map[string]string{"from": fmt.Sprint(was), "to": fmt.Sprint(m.Version), "timers": orWord(m.Timers, "keep")}
	for from, to := range m.Steps {
		data["step "+from] = to
	}
	r.note(Entry{Verb: "run.migrated", By: c.By, Who: c.Who, Message: c.Reason, Data: data})
	return true, nil
}

// waitsAnew lets a lane that waits do so by the version that it goes over to. What it is told of meanwhile it hears.
func (r *run) waitsAnew(l *Lane, reset bool) {
	s := r.at(l)
	if l.Hears != "" && s.Decl.Reactive { // what it waits for may be true already
		r.effects = append(r.effects, Effect{Kind: "look", Lane: l.ID, Run: l.Hears})
	}
	if !reset {
		return
	}
	over := r.st.Status.Over() // then a retry lets it go on
	switch {
	case l.Hears == "":
		if l.Status, l.Until, l.Attempt = Running, nil, 0; !over {
			r.later(l, r.now)
		}
	case s.Decl.For == "":
		l.Until = nil
		l.Turn++ // its timer means nothing any more
	default:
		at := r.w.Until(s, r.now)
		if l.Until = &at; !over {
			r.later(l, at)
		}
	}
}

// standing is what the version that the run goes over to declares of the step that a lane stands at; nil: none.
func (r *run) standing(l *Lane) *model.FlowStep {
	if len(l.Stack) == 0 || l.top().At >= len(r.f.Lists[l.top().List]) {
		return nil
	}
	return r.at(l).Decl
}

// rename calls steps by what they are called now, and forgets what steps gave that are of another type now.
func (r *run) rename(m *Migration) {
	names := renaming(m.Steps)
	outs := map[string]Out{}
	for id, out := range r.st.Outs {
		a, b := m.From.steps[id], m.To.steps[names.of(id)]
		if a == nil || b == nil || a.Type == b.Type {
			outs[names.of(id)] = out
		}
	}
	r.st.Outs = outs
	if r.st.Took != nil {
		took := map[string]string{}
		for id, branch := range r.st.Took {
			took[names.of(id)] = branch
		}
		r.st.Took = took
	}
	for i, w := range r.st.Was {
		r.st.Was[i].Step = names.of(w.Step)
	}
	for i, u := range r.st.Undo {
		r.st.Undo[i] = Undo{Step: names.of(u.Step), Bind: bindings(names, u.Bind)}
	}
	for _, l := range r.st.Lanes {
		for i, f := range l.Stack {
			f.List, f.Bind = names.list(f.List), bindings(names, f.Bind)
			if f.Feed != "" {
				f.Feed = names.of(f.Feed)
			}
			l.Stack[i] = f
		}
	}
	if in := r.st.Incident; in != nil {
		x := *in
		x.Step = names.of(in.Step)
		if s := r.standing(r.st.Lane(in.Lane)); s != nil {
			x.Step = s.ID
		}
		r.st.Incident = &x
	}
}

func bindings(names renaming, bind map[string]int64) map[string]int64 {
	if bind == nil {
		return nil
	}
	out := map[string]int64{}
	for name, id := range maps.All(bind) {
		out[names.bound(name)] = id
	}
	return out
}

// told are problems in a person's language, one after the other.
func told(found []Problem, locale string) string {
	var out []string
	for _, p := range found {
		s := p.Words().In(locale)
		if p.Step != "" {
			s = p.Step + ": " + s
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}
