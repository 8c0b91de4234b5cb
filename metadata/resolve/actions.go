package resolve

import (
	"regexp"
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

var (
	codeForm   = regexp.MustCompile(model.CodeForm)
	actionKeys = spec.Of[model.Action]()
)

// actions resolves the declared verbs of all objects.
func (r *resolver) actions() {
	mutations := r.mutations()
	for _, p := range r.ordered {
		for i := range p.Actions {
			r.action(p.Manifest.Name, &p.Actions[i], mutations)
		}
	}
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

// actionCheck resolves one action.
type actionCheck struct {
	r     *resolver
	decl  *model.Action
	a     *catalog.Action
	of    addr.Address
	scope *actionScope
	errs  map[string]*catalog.ActionError
}

func (r *resolver) action(pkg string, decl *model.Action, mutations map[string]string) {
	o := r.cat.ByName[decl.Object]
	if o == nil {
		f := r.errorf("unknown-object", addr.Object(decl.Object), decl.Pos.At("name"), diag.Textf("there is no object %q to act on", "没有可操作的对象 %q", decl.Object))
		f.Suggestion = diag.DidYouMean(decl.Object, r.names)
		return
	}
	of := o.Addr().Action(decl.Name)
	if o.Action(decl.Name) != nil {
		r.errorf("duplicate-name", of, decl.Pos.At("name"), diag.Textf("%s has the action %s twice", "%s 的操作 %s 重复", o.Name, decl.Name))
		return
	}
	a := &catalog.Action{Name: decl.Name, Package: pkg, Object: o, Label: decl.Label, Help: decl.Help, Permission: decl.Permission,
		OnObject: decl.On == "object", Mutation: o.SingularName + pascal(decl.Name), TypeName: o.TypeName + pascal(decl.Name)}
	plain := *decl
	plain.Pos = model.Positions{}
	a.Decl = &plain
	c := &actionCheck{r: r, decl: decl, a: a, of: of, errs: map[string]*catalog.ActionError{}}
	if decl.On != "" {
		c.word(decl.On, "on", actionKeys.Get("on").Enum)
	}
	if decl.Permission != "" {
		c.named(decl.Permission, "permission")
	}
	if was, ok := mutations[a.Mutation]; ok {
		c.errorf("name-clash", "name", "the API name %[1]s of the action %[2]s is taken by %[3]s", "操作 %[2]s 的 API 名称 %[1]s 已被 %[3]s 占用", a.Mutation, a.Name, was)
	}
	mutations[a.Mutation] = o.Name + "." + a.Name
	for _, x := range r.cat.Objects {
		if x.TypeName == a.TypeName || x.TypeName == a.TypeName+"Input" || x.TypeName == a.TypeName+"Result" {
			c.errorf("name-clash", "name", "the API types of the action %s are taken by the object %s", "操作 %s 的 API 类型名已被对象 %s 占用", a.Name, x.Name)
		}
	}
	c.uses(o.Package, o.Name, "name")
	c.input(pkg)
	c.scope = newActionScope(r, a)
	c.errors()
	c.checks()
	c.steps()
	c.results()
	o.Actions = append(o.Actions, a)
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
	if nameForm.MatchString(name) && len(name) <= model.MaxName {
		return true
	}
	c.errorf("bad-name", path, "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name)
	return false
}

// compile compiles an expression of the action; nil when it is wrong.
func (c *actionCheck) compile(src, path string, want expr.Type) *expr.Program {
	p := c.r.compileIn(c.scope, src, c.scope.object(), c.decl.Pos.At(path), c.of, expr.Options{Want: want})
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
	c.r.uses = append(c.r.uses, use{origin{pkg: c.a.Package}, pkg, what, func() diag.Pos { return c.decl.Pos.At(path) }})
}

// input makes the fields of the input, as fields of an object without a table.
func (c *actionCheck) input(pkg string) {
	o := &catalog.Object{Name: c.a.Object.Name + "." + c.a.Name, Package: pkg, TypeName: c.a.TypeName + "Input", InputOf: c.a,
		ByName: map[string]*catalog.Field{}, ByAPIName: map[string]*catalog.Field{}, InverseOf: map[string]*catalog.Inverse{}}
	c.a.Input = o
	d := &objectDecl{pkg: pkg, fields: place(c.decl.Input, origin{pkg: pkg}, c.decl.Pos, "input")}
	d.def.Pos = c.decl.Pos
	c.r.decls[o.Name] = d
	for i := range d.fields {
		c.r.field(o, &d.fields[i])
	}
	for _, f := range o.Fields {
		at := d.field(f.Name)
		if f.Type.Shape().Input == "" {
			c.r.errorf("bad-input", f.Addr(), at.at("type"), diag.Textf("a field of type %s takes no input", "类型为 %s 的字段不接受输入", f.Kind))
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
		case !codeForm.MatchString(e.Code) || len(e.Code) > model.MaxName:
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
