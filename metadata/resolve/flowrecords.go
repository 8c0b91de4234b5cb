package resolve

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// countName is what expressions call the number of records by.
const countName = "count"

var flowFigureKeys = spec.Of[model.FlowFigure]()

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
	case c.f.About() == nil:
		c.errorf("bad-flow", path, "the flow is about no record: say which is meant", "自动化不针对记录，须给出 record 或 in")
	default:
		s.Object = c.f.About()
	}
	if c.before() && (d.In != "" || d.Record != "") {
		c.errorf("bad-step", path, "in the caller's transaction a flow only sets fields of the record itself", "在调用方事务内只能设置本记录字段")
	}
}

// queried finds an earlier query step, or the loop over batches of records that the step is in.
func (c *flowCheck) queried(id, path string) *catalog.FlowStep {
	s := c.f.Steps[id]
	if s != nil && c.batches[id] {
		return s
	}
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
	c.which(s, path)
	if name := strings.TrimPrefix(d.Sort, "-"); name != "" {
		s.Desc = name != d.Sort
		if s.Sort = c.field(s.Object, name, path+".sort"); s.Sort != nil && s.Sort.Column == "" {
			c.errorf("bad-step", path+".sort", "%s is not stored", "%s 未存储", name)
		}
	}
	c.scope.steps[d.ID] = map[string]expr.Type{countName: {Kind: value.KindInt}}
}

// which resolves what records a query or an aggregate is over.
func (c *flowCheck) which(s *catalog.FlowStep, path string) {
	d := s.Decl
	for _, name := range sorted(d.Match) {
		f := c.field(s.Object, name, path+".match."+name)
		if f == nil {
			continue
		}
		if f.Column == "" || f.Ref != nil && (f.Ref.Many || f.Ref.Polymorphic) {
			c.errorf("bad-step", path+".match."+name, "%s cannot be looked for", "不能按 %s 查找", name)
			continue
		}
		if in := c.among(f, d.Match[name]); in != nil {
			s.Match = append(s.Match, &catalog.Assign{Field: f, In: in})
			continue
		}
		if p := c.compile(d.Match[name], path+".match."+name, symbolType(f)); p != nil {
			s.Match = append(s.Match, &catalog.Assign{Field: f, Value: p})
		}
	}
	if d.Where != "" {
		s.Where = c.r.compile(d.Where, s.Object, c.decl.Pos.Place(path+".where"), c.of, expr.Options{Want: boolean})
		if s.Where != nil {
			if _, err := s.Where.Filter(expr.Env{}); err != nil {
				c.errorf("bad-step", path+".where", "the store cannot look for this: %v", "存储无法按此条件查找：%v", err)
			}
		}
	}
}

// upsert resolves a step that changes the record with a key, or makes it.
func (c *flowCheck) upsert(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Object == "" || len(d.Key) == 0 {
		c.errorf("bad-flow", path, "say of which object, and by which key", "须给出 object 与 key")
		return
	}
	if s.Object = c.object(d.Object, path+".object"); s.Object == nil {
		return
	}
	for i, name := range d.Key {
		f := c.field(s.Object, name, path+".key."+itoa(i))
		if f == nil {
			return
		}
		if d.Set[name] == "" {
			c.errorf("bad-step", path+".key."+itoa(i), "%s is part of the key, and has to be set", "%s 属于键，须在 set 中给出", name)
		}
		s.Key = append(s.Key, f)
	}
	if !isKey(s.Object, s.Key) {
		c.errorf("bad-step", path+".key", "%s has no unique key of these fields", "%s 没有由这些字段组成的唯一键", s.Object.Name)
	}
	s.Set = c.assigns(s.Object, d.Set, path+".set", c.compile)
	c.scope.made[d.ID] = s.Object.Name
}

// isKey says whether no two records of an object share the values of fields.
func isKey(o *catalog.Object, fields []*catalog.Field) bool {
	same := func(of []*catalog.Field) bool {
		return len(of) == len(fields) && !slices.ContainsFunc(of, func(f *catalog.Field) bool { return !slices.Contains(fields, f) })
	}
	return slices.ContainsFunc(o.Keys, func(k *catalog.Key) bool { return same(k.Fields) })
}

// aggregate resolves a step that computes values over many records.
func (c *flowCheck) aggregate(s *catalog.FlowStep, path string) {
	d := s.Decl
	if d.Object == "" {
		c.errorf("bad-flow", path, "say of which object records are looked for", "须给出 object")
		return
	}
	if s.Object = c.object(d.Object, path+".object"); s.Object == nil {
		return
	}
	c.which(s, path)
	gives := map[string]expr.Type{countName: {Kind: value.KindInt}}
	for _, name := range sorted(d.Figures) {
		at, x := path+".figures."+name, d.Figures[name]
		if name == countName {
			c.errorf("name-clash", at, "%s is the number of records", "%s 固定为记录数", name)
			continue
		}
		if !c.named(name, at) {
			continue
		}
		g := catalog.Figure{Name: name, Do: driver.AggFunc(x.Do)}
		if !slices.Contains(flowFigureKeys.Get("do").Enum, x.Do) {
			c.word(x.Do, at+".do", flowFigureKeys.Get("do").Enum)
			continue
		}
		if x.Of == "" && x.Do != "count" {
			c.errorf("bad-step", at, "say over which field", "须给出字段 of")
			continue
		}
		t := expr.Type{Kind: value.KindInt}
		if x.Of != "" {
			if g.Of = c.field(s.Object, x.Of, at+".of"); g.Of == nil {
				continue
			}
			k := columnKind(g.Of.Store.Type)
			number := k == value.KindInt || k == value.KindDecimal
			if g.Of.Column == "" || !number && (x.Do == "sum" || x.Do == "avg") || !number && x.Do != "count" && k != value.KindDate && k != value.KindDateTime {
				c.errorf("type-mismatch", at+".of", "the %s cannot be computed over %s", "不能对 %[2]s 计算“%[1]s”", words.Value("FlowFigure", "do", x.Do), x.Of)
				continue
			}
			switch {
			case x.Do == "avg":
				t.Kind = value.KindDecimal
			case x.Do != "count":
				t.Kind = k
			}
		}
		gives[name] = t
		s.Figures = append(s.Figures, g)
	}
	c.scope.steps[d.ID] = gives
}
