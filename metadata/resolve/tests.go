package resolve

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// tests holds the test cases of the packages against the catalogue: what they name must be there.
// Whether they pass is runtime/packtest's business.
func (r *resolver) tests() {
	if r.in.Proven {
		return
	}
	seeds := map[string]string{}
	for _, p := range r.ordered {
		for _, d := range p.Data {
			if d.Demo {
				continue // cases run without it
			}
			for _, rec := range d.Records {
				seeds[p.Manifest.Name+":"+rec.Key] = d.Object
			}
		}
	}
	each(r, declarations(r, func(p *model.Package) []model.Tests { return p.Tests }), func(fork *resolver, t declared[model.Tests]) any {
		c := &caseCheck{r: fork, pkg: t.pkg, pos: t.decl.Pos, seeds: seeds}
		c.file(t.decl)
		return nil
	}, func(declared[model.Tests], any) bool { return true })
}

// caseCheck looks at the cases of one file.
type caseCheck struct {
	r     *resolver
	pkg   string
	pos   model.Positions
	seeds map[string]string // "package:key" → object
	keys  map[string]string // of the case so far → object
}

var (
	errorKeys  = spec.Of[model.ExpectedError]()
	answerKeys = spec.Of[model.TestAnswer]()
)

func (c *caseCheck) errorf(code, path, en, zh string, args ...any) *diag.Finding {
	return c.r.errorf(code, addr.Package(c.pkg), c.pos.At(path), diag.Textf(en, zh, args...))
}

func (c *caseCheck) file(t *model.Tests) {
	c.moment(t.At, "at")
	c.keys = map[string]string{}
	c.given(t.Given, "given")
	shared, names := c.keys, map[string]bool{}
	for i := range t.Cases {
		c.keys = make(map[string]string, len(shared))
		for k, o := range shared {
			c.keys[k] = o
		}
		x, path := &t.Cases[i], "cases."+strconv.Itoa(i)
		if names[x.Name] || x.Name == "" {
			c.errorf("duplicate-name", path+".name", "the case's name %q is empty or taken", "用例名称 %q 为空或重复", x.Name)
		}
		names[x.Name] = true
		c.one(x, path)
	}
}

func (c *caseCheck) one(x *model.TestCase, path string) {
	c.moment(x.At, path+".at")
	c.given(x.Given, path+".given")
	if x.As != nil && x.As.User != "" {
		c.key(x.As.User, path+".as.user")
	}
	c.mocks(x.Mocks, path+".mocks")
	if len(x.When) == 0 {
		c.errorf("bad-step", path+".when", "a case does something", "用例须包含步骤")
		return
	}
	var last *catalog.Object
	for i := range x.When {
		last = c.step(&x.When[i], path+".when."+strconv.Itoa(i))
	}
	c.expectation(&x.Then, path+".then", last)
}

// mocks holds what other systems answer against the connections that there are.
func (c *caseCheck) mocks(by map[string][]model.TestAnswer, path string) {
	for _, name := range sorted(by) {
		c.r.connectionNamed(name, path+"."+name, c.errorf)
		for i, a := range by[name] {
			if known := answerKeys.Get("fault").Enum; a.Fault != "" && !slices.Contains(known, a.Fault) {
				c.errorf("bad-value", path+"."+name+"."+strconv.Itoa(i)+".fault", "%q is none of the words that are known here", "%q 不是此处可用的取值", a.Fault).Suggestion = diag.DidYouMean(a.Fault, known)
			}
		}
	}
}

func (c *caseCheck) moment(s, path string) {
	if s == "" {
		return
	}
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		c.errorf("bad-value", path, "%q is no moment such as 2026-03-02T09:00:00+08:00", "%q 不是时刻，如 2026-03-02T09:00:00+08:00", s)
	}
}

func (c *caseCheck) object(name, path string) *catalog.Object {
	o := c.r.cat.ByName[name]
	if o == nil {
		f := c.errorf("unknown-object", path, "there is no object %q", "没有对象 %q", name)
		f.Suggestion = diag.DidYouMean(name, c.r.names)
	}
	return o
}

func (c *caseCheck) given(records []model.GivenRecord, path string) {
	for i, g := range records {
		at := path + "." + strconv.Itoa(i)
		o := c.object(g.Object, at+".object")
		c.values(o, g.Values, at+".values")
		c.newKey(g.Key, g.Object, at+".key")
	}
}

func (c *caseCheck) newKey(key, object, path string) {
	if c.keys[key] != "" || key == "" {
		c.errorf("duplicate-name", path, "the key %q is empty or taken", "键 %q 为空或重复", key)
	}
	c.keys[key] = object
}

// key gives the object of the record that a key names: one of the case, or a seed record.
func (c *caseCheck) key(key, path string) *catalog.Object {
	for _, object := range []string{c.keys[key], c.seeds[c.pkg+":"+key], c.seeds[key]} {
		if object != "" {
			return c.r.cat.ByName[object]
		}
	}
	known := sorted(c.keys)
	for k := range c.seeds {
		known = append(known, strings.TrimPrefix(k, c.pkg+":"))
	}
	slices.Sort(known)
	f := c.errorf("unknown-ref", path, "no record is called %q here", "此处没有名为 %q 的记录", key)
	f.Suggestion = diag.DidYouMean(key, known)
	return nil
}

// values holds values by field against an object; nil when it is not known.
func (c *caseCheck) values(o *catalog.Object, values map[string]json.RawMessage, path string) {
	for _, name := range sorted(values) {
		if o != nil {
			c.field(o, name, path+"."+name)
		}
		c.refs(values[name], path+"."+name)
	}
}

func (c *caseCheck) field(o *catalog.Object, name, path string) {
	if o.ByName[name] == nil {
		f := c.errorf("unknown-field", path, "%s has no field %q", "%s 没有字段 %q", o.Name, name)
		f.Suggestion = diag.DidYouMean(name, c.r.decls.get(o.Name).fieldNames())
	}
}

// refs finds every {"ref": "key"} in a value.
func (c *caseCheck) refs(raw json.RawMessage, path string) {
	var ref struct{ Ref string }
	var list []json.RawMessage
	var object map[string]json.RawMessage
	switch {
	case json.Unmarshal(raw, &list) == nil:
		for _, x := range list {
			c.refs(x, path)
		}
	case json.Unmarshal(raw, &object) != nil:
	case len(object) == 1 && object["ref"] != nil && json.Unmarshal(raw, &ref) == nil:
		c.key(ref.Ref, path)
	default:
		for _, k := range sorted(object) {
			c.refs(object[k], path)
		}
	}
}

// step gives the object that the step writes; nil for a GraphQL operation.
func (c *caseCheck) step(s *model.TestStep, path string) *catalog.Object {
	c.moment(s.At, path+".at")
	if _, err := clock.ParsePeriod(s.Advance); s.Advance != "" && err != nil {
		c.errorf("bad-value", path+".advance", "%q is no duration such as P3D or PT8H", "%q 不是时长，如 P3D、PT8H", s.Advance)
	}
	if s.As != nil && s.As.User != "" {
		c.key(s.As.User, path+".as.user")
	}
	var verbs []string
	for _, v := range []struct{ name, arg string }{{"create", s.Create}, {"update", s.Update}, {"delete", s.Delete}, {"restore", s.Restore}, {"graphql", s.GraphQL}, {"submit", s.Submit}, {"act", s.Act}, {"hook", s.Hook}} {
		if v.arg != "" {
			verbs = append(verbs, v.name)
		}
	}
	if len(verbs) > 1 || len(verbs) == 0 && s.At == "" && s.Advance == "" {
		c.errorf("bad-step", path, "a step does one thing: create, update, delete, restore, submit, act, hook or graphql", "每个步骤只做一件事：create、update、delete、restore、submit、act、hook 或 graphql")
		return nil
	}
	if len(verbs) == 0 {
		return nil
	}
	var o *catalog.Object
	switch verbs[0] {
	case "create":
		o = c.object(s.Create, path+".create")
	case "graphql":
		for _, name := range sorted(s.Variables) {
			c.refs(s.Variables[name], path+".variables."+name)
		}
	case "hook":
		if c.r.cat.Hook(s.Hook) == nil {
			var known []string
			for _, h := range c.r.cat.Hooks {
				known = append(known, h.Name)
			}
			c.errorf("unknown-name", path+".hook", "there is no hook %q", "没有入站 Webhook %q", s.Hook).Suggestion = diag.DidYouMean(s.Hook, known)
		}
		c.refs(s.Body, path+".body")
	case "submit", "act":
		c.process(s, path)
	default:
		o = c.key(s.Update+s.Delete+s.Restore, path+"."+verbs[0])
	}
	if s.Values != nil && s.Create == "" && s.Update == "" {
		c.errorf("bad-step", path+".values", "only create and update write values", "只有 create 与 update 写入值")
	}
	c.values(o, s.Values, path+".values")
	switch {
	case s.Key != "" && s.Create == "":
		c.errorf("bad-step", path+".key", "only what is created gets a key", "只有新建的记录才有键")
	case s.Key != "":
		c.newKey(s.Key, s.Create, path+".key")
	}
	return o
}

// process looks at a step that gives a command to an approval.
func (c *caseCheck) process(s *model.TestStep, path string) {
	c.key(s.Record, path+".record")
	for _, name := range sorted(s.With) {
		c.refs(s.With[name], path+".with."+name)
	}
	if s.Submit != "" && c.r.cat.Approval(s.Submit) == nil {
		var known []string
		for _, a := range c.r.cat.Approvals {
			known = append(known, a.Key)
		}
		f := c.errorf("unknown-process", path+".submit", "there is no approval process %q", "没有审批流程 %q", s.Submit)
		f.Suggestion = diag.DidYouMean(s.Submit, known)
	}
}

// expectation holds what is expected against the object that the last step wrote, if any.
func (c *caseCheck) expectation(x *model.Expectation, path string, o *catalog.Object) {
	if e := x.Error; e != nil {
		if known := errorKeys.Get("code").Enum; !slices.Contains(known, e.Code) {
			f := c.errorf("bad-value", path+".error.code", "there is no error code %q", "没有错误代码 %q", e.Code)
			f.Suggestion = diag.DidYouMean(e.Code, known)
		}
		if o != nil && e.Field != "" {
			c.field(o, e.Field, path+".error.field")
		}
		if e.Rule != "" {
			c.rule(o, e.Rule, path+".error.rule")
		}
	}
	for i, name := range x.Warnings {
		c.rule(o, name, path+".warnings."+strconv.Itoa(i))
	}
	for _, key := range sorted(x.Records) {
		c.values(c.key(key, path+".records."+key), x.Records[key], path+".records."+key)
	}
	if a := x.Approval; a != nil {
		c.key(a.Record, path+".approval.record")
		for _, node := range sorted(a.Waits) {
			for i, key := range a.Waits[node] {
				c.key(key, path+".approval.waits."+node+"."+strconv.Itoa(i))
			}
		}
	}
	for _, name := range sorted(x.Calls) {
		c.r.connectionNamed(name, path+".calls."+name, c.errorf)
		for i, call := range x.Calls[name] {
			for _, key := range sorted(call) {
				c.refs(call[key], path+".calls."+name+"."+strconv.Itoa(i)+"."+key)
			}
		}
	}
	for _, key := range sorted(x.Runs) {
		if c.r.cat.Flow(key) == nil {
			c.errorf("unknown-flow", path+".runs."+key, "there is no flow %q", "没有自动化 %q", key)
		}
	}
	for i, key := range x.Gone {
		c.key(key, path+".gone."+strconv.Itoa(i))
	}
}

func (c *caseCheck) rule(o *catalog.Object, name, path string) {
	if o == nil {
		return
	}
	var known []string
	for _, rule := range o.Rules {
		known = append(known, rule.Name)
	}
	for _, rule := range o.Duplicates {
		known = append(known, rule.Name)
	}
	for _, f := range c.r.cat.Flows { // what goes before a write refuses it like a rule
		if f.Object == o && f.Trigger.Timing == "before" {
			for _, id := range sorted(f.Steps) {
				if e := f.Steps[id].Decl.Error; e != "" {
					known = append(known, e)
				}
			}
		}
	}
	if !slices.Contains(known, name) {
		f := c.errorf("unknown-name", path, "%s has no rule %q", "%s 没有规则 %q", o.Name, name)
		f.Suggestion = diag.DidYouMean(name, known)
	}
}
