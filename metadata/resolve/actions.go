package resolve

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

var actionKeys = spec.Of[model.Action]()

// actions resolves the declared verbs of all objects.
func (r *resolver) actions() {
	mutations := r.mutations()
	all := declarations(r, func(p *model.Package) []model.Action { return p.Actions })
	each(r, all, func(fork *resolver, d declared[model.Action]) *catalog.Action { return fork.action(d.pkg, d.decl) },
		func(d declared[model.Action], a *catalog.Action) bool { return r.takeAction(d.decl, a, mutations) })
	r.noActions()
	for _, o := range r.cat.Objects {
		sort.Slice(o.Actions, func(i, j int) bool { return o.Actions[i].Name < o.Actions[j].Name })
	}
}

// mutations are the API's names of the writes of all objects.
func (r *resolver) mutations() map[string]string {
	out := map[string]string{}
	for _, name := range catalog.CommonAPIMutations() {
		out[name] = "approvals"
	}
	for _, o := range r.cat.Objects {
		many := pascal(o.PluralName)
		for _, verb := range []string{"create", "update", "upsert", "delete", "restore", "purge", "merge", "lock", "unlock"} {
			out[verb+o.TypeName], out[verb+many] = o.Name, o.Name
		}
	}
	return out
}

// actionPart is what one package says of an action: its declaration, or what an extension adds.
type actionPart struct {
	pkg  string
	decl *model.Action
}

// noActions reports extensions of actions that there are not.
func (r *resolver) noActions() {
	for key, parts := range r.actionParts {
		o := r.cat.ByName[key[0]]
		if o == nil || o.Action(key[1]) != nil {
			continue
		}
		var known []string
		for _, a := range o.Actions {
			known = append(known, a.Name)
		}
		for _, p := range parts {
			f := r.errorf("unknown-name", o.Addr().Action(key[1]), p.decl.Pos.At(""), diag.Textf("%s has no action %q to extend", "%s 没有可扩展的操作 %q", o.Name, key[1]))
			f.Suggestion = diag.DidYouMean(key[1], known)
		}
	}
}

// actionCheck resolves one action, one part after the other: decl and pkg are of the part in hand.
type actionCheck struct {
	r     *resolver
	decl  *model.Action
	pkg   string
	parts []actionPart
	a     *catalog.Action
	of    addr.Address
	scope *actionScope
	errs  map[string]*catalog.ActionError
}

// takeAction takes an action into its object, unless there is one of the same name; nil is none. mutations are the
// API's names of all writes so far.
func (r *resolver) takeAction(decl *model.Action, a *catalog.Action, mutations map[string]string) bool {
	if a == nil {
		return true
	}
	o, of := a.Object, a.Object.Addr().Action(a.Name)
	if o.Action(a.Name) != nil {
		r.errorf("duplicate-name", of, decl.Pos.At("name"), diag.Textf("%s has the action %s twice", "%s 的操作 %s 重复", o.Name, a.Name))
		return false
	}
	if was, ok := mutations[a.Mutation]; ok {
		r.errorf("name-clash", of, decl.Pos.At("name"), diag.Textf("the API name %[1]s of the action %[2]s is taken by %[3]s", "操作 %[2]s 的 API 名称 %[1]s 已被 %[3]s 占用", a.Mutation, a.Name, was))
	}
	mutations[a.Mutation] = o.Name + "." + a.Name
	o.Actions = append(o.Actions, a)
	return true
}

// action resolves one action; nil where its object is not there.
func (r *resolver) action(pkg string, decl *model.Action) *catalog.Action {
	o := r.cat.ByName[decl.Object]
	if o == nil {
		f := r.errorf("unknown-object", addr.Object(decl.Object), decl.Pos.At("name"), diag.Textf("there is no object %q to act on", "没有可操作的对象 %q", decl.Object))
		f.Suggestion = diag.DidYouMean(decl.Object, r.names)
		return nil
	}
	of := o.Addr().Action(decl.Name)
	a := &catalog.Action{Name: decl.Name, Package: pkg, Object: o, Label: decl.Label, Help: decl.Help, Permission: decl.Permission,
		OnObject: decl.On == "object", Mutation: o.SingularName + pascal(decl.Name), TypeName: o.TypeName + pascal(decl.Name)}
	c := &actionCheck{r: r, decl: decl, pkg: pkg, a: a, of: of, errs: map[string]*catalog.ActionError{}}
	c.parts = append([]actionPart{{pkg, decl}}, r.actionParts[[2]string{o.Name, decl.Name}]...)
	a.Decl = c.whole()
	if decl.On != "" {
		c.word(decl.On, "on", actionKeys.Get("on").Enum)
	}
	if decl.Permission != "" {
		c.named(decl.Permission, "permission")
	}
	for _, x := range r.cat.Objects {
		if x.TypeName == a.TypeName || x.TypeName == a.TypeName+"Input" || x.TypeName == a.TypeName+"Result" {
			c.errorf("name-clash", "name", "the API types of the action %s are taken by the object %s", "操作 %s 的 API 类型名已被对象 %s 占用", a.Name, x.Name)
		}
	}
	c.uses(o.Package, o.Name, "name")
	c.input(pkg)
	c.scope = newActionScope(r, a)
	c.each(c.parts, c.errors)
	c.each(c.parts, c.checks)
	c.steps()
	c.results()
	return a
}

// whole is the declaration with all that extensions add, without places.
func (c *actionCheck) whole() *model.Action {
	d := *c.decl
	d.Pos, d.Steps, d.Result = model.Positions{}, nil, maps.Clone(d.Result)
	more := c.parts[1:]
	for _, p := range more {
		d.Input, d.Errors, d.Checks = slices.Concat(d.Input, p.decl.Input), slices.Concat(d.Errors, p.decl.Errors), slices.Concat(d.Checks, p.decl.Checks)
		if d.Result == nil {
			d.Result = map[string]string{}
		}
		maps.Copy(d.Result, p.decl.Result)
	}
	for _, s := range c.decl.Steps {
		d.Steps = append(d.Steps, s)
		if s.Name != "" && s.Name == d.ExtendAfter {
			for _, p := range more {
				d.Steps = append(d.Steps, p.decl.Steps...)
			}
			more = nil
		}
	}
	for _, p := range more {
		d.Steps = append(d.Steps, p.decl.Steps...)
	}
	return &d
}

// each does something with each of some parts.
func (c *actionCheck) each(parts []actionPart, do func()) {
	decl, pkg := c.decl, c.pkg
	for _, p := range parts {
		c.decl, c.pkg = p.decl, p.pkg
		do()
	}
	c.decl, c.pkg = decl, pkg
}

func (c *actionCheck) errorf(code, path, en, zh string, args ...any) *diag.Finding {
	return c.r.errorf(code, c.of, c.decl.Pos.At(path), diag.Textf(en, zh, args...))
}

// word reports a word that is none of those known.
func (c *actionCheck) word(s, path string, known []string) {
	if slices.Contains(known, s) {
		return
	}
	c.errorf("bad-value", path, "%q is none of the words that are known here", "%q 不是此处可用的取值", s).Suggestion = diag.DidYouMean(s, known)
}

// named holds a name against the form of names.
func (c *actionCheck) named(name, path string) bool {
	if model.NameForm.Match(name) && len(name) <= model.MaxName {
		return true
	}
	c.errorf("bad-name", path, "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name)
	return false
}

// compile compiles an expression of the action; nil when it is wrong.
func (c *actionCheck) compile(src, path string, want expr.Type) *expr.Program {
	p := c.r.compileIn(c.scope, src, c.scope.object(), c.decl.Pos.Place(path), c.of, expr.Options{Want: want})
	if p != nil {
		c.reads(p, path)
	}
	return p
}

// reads notes the fields that an expression of the action reads.
func (c *actionCheck) reads(p *expr.Program, path string) {
	for _, t := range p.Tables() {
		c.uses(t.Package, t.Name, path)
	}
	for _, in := range p.Inputs() {
		if s := c.r.cat.Setting(in.Name); in.Kind == expr.SettingInput && s != nil {
			c.uses(s.Package, "the setting "+s.Key, path)
			continue
		}
		on, hops := c.a.Object, in.Path
		if len(hops) > 0 {
			if first := c.scope.named(hops[0]); first != "" {
				on, hops = c.r.cat.ByName[first], hops[1:]
				if first == c.a.Input.Name {
					on = c.a.Input
				}
			}
		}
		for _, hop := range append(hops[:len(hops):len(hops)], in.Field) {
			if on == nil || on.ByName[hop] == nil {
				break
			}
			f := on.ByName[hop]
			if c.uses(f.Package, on.Name+"."+f.Name, path); f.Ref == nil || f.Ref.Polymorphic {
				break
			}
			on = f.Ref.Target()
		}
	}
}

// uses notes that the action names something of a package.
func (c *actionCheck) uses(pkg, what, path string) {
	c.r.uses = append(c.r.uses, use{origin{pkg: cmp.Or(c.pkg, c.a.Package)}, pkg, what, c.at(path)})
}

// at is the place of a path of the part in hand, for later.
func (c *actionCheck) at(path string) func() diag.Pos {
	pos := c.decl.Pos
	return func() diag.Pos { return pos.At(path) }
}

// input makes the fields of the input, as fields of an object without a table.
func (c *actionCheck) input(pkg string) {
	o := &catalog.Object{Name: c.a.Object.Name + "." + c.a.Name, Package: pkg, TypeName: c.a.TypeName + "Input", InputOf: c.a,
		ByName: map[string]*catalog.Field{}, ByAPIName: map[string]*catalog.Field{}, InverseOf: map[string]*catalog.Inverse{}}
	c.a.Input = o
	d := &objectDecl{pkg: pkg}
	d.def.Pos = c.decl.Pos
	c.each(c.parts, func() {
		d.fields = append(d.fields, place(c.decl.Input, origin{pkg: c.pkg}, c.decl.Pos, "input")...)
		for i, f := range c.decl.Input {
			if f.Required && c.pkg != pkg {
				c.errorf("bad-input", "input."+itoa(i)+".required", "who does not know of the extension gives no %s; it cannot be required", "不了解该扩展的调用者不会提供 %s，因此不可必填", f.Name)
			}
		}
	})
	c.r.decls.set(o.Name, d)
	for i := range d.fields {
		c.r.field(o, &d.fields[i])
	}
	for _, f := range o.Fields {
		at := d.field(f.Name)
		if f.Type.Shape().Input == "" {
			c.r.errorf("bad-input", f.Addr(), at.at("type"), diag.Textf("a field of type %s takes no input", "类型为“%s”的字段不接受输入", words.FieldType(f.Kind)))
			continue
		}
		if c.r.reference(o, f); f.Ref != nil && !f.Ref.Polymorphic {
			for _, t := range f.Ref.Targets {
				c.uses(t.Package, t.Name, at.path+".to")
			}
		}
		if was := o.ByAPIName[f.APIName]; was != nil {
			c.r.errorf("name-clash", f.Addr(), at.at("name"), diag.Textf("the API name %s of %s is taken by %s", "%[2]s 的 API 名称 %[1]s 已被 %[3]s 占用", f.APIName, f.Name, was.Name))
		}
		o.ByAPIName[f.APIName] = f
		c.r.defaultOf(o, f, d)
	}
}

func (c *actionCheck) errors() {
	for i, e := range c.decl.Errors {
		path := "errors." + itoa(i)
		switch {
		case !model.CodeForm.Match(e.Code) || len(e.Code) > model.MaxName:
			c.errorf("bad-name", path+".code", "%q is no error code: capital words joined by _, at most 48 characters", "%q 不是有效的错误代码：须为大写单词以 _ 连接，最多 48 个字符", e.Code)
		case c.errs[e.Code] != nil:
			c.errorf("duplicate-name", path+".code", "the error %s is declared twice", "错误 %s 重复声明", e.Code)
		case len(e.Message) == 0:
			c.errorf("missing-key", path, "an error needs a message", "错误需要提示信息")
		}
		c.errs[e.Code] = &catalog.ActionError{Code: e.Code, Message: e.Message}
	}
}

// error finds a declared error.
func (c *actionCheck) error(code, path string) *catalog.ActionError {
	e := c.errs[code]
	if e == nil {
		f := c.errorf("unknown-error", path, "the action declares no error %q", "操作未声明错误 %q", code)
		f.Suggestion = diag.DidYouMean(code, sorted(c.errs))
	}
	return e
}

func (c *actionCheck) checks() {
	for i, x := range c.decl.Checks {
		path := "checks." + itoa(i)
		c.a.Checks = append(c.a.Checks, &catalog.Check{When: c.compile(x.When, path+".when", boolean), Error: c.error(x.Error, path+".error")})
	}
}

func (c *actionCheck) results() {
	taken := map[string]bool{"warnings": true, "errors": true, c.a.Object.SingularName: !c.a.OnObject}
	c.each(c.parts, func() { c.partResults(taken) })
	slices.SortFunc(c.a.Results, func(a, b *catalog.ActionResult) int { return strings.Compare(a.Name, b.Name) })
}

func (c *actionCheck) partResults(taken map[string]bool) {
	for _, name := range sorted(c.decl.Result) {
		path, api := "result."+name, camel(name)
		if !c.named(name, path) {
			continue
		}
		if taken[api] {
			c.errorf("name-clash", path, "the API name %s of the result %s is taken", "结果 %[2]s 的 API 名称 %[1]s 已被占用", api, name)
		}
		taken[api] = true
		if p := c.compile(c.decl.Result[name], path, expr.Type{}); p != nil {
			c.a.Results = append(c.a.Results, &catalog.ActionResult{Name: name, APIName: api, Value: p})
		}
	}
}
