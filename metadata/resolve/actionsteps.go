package resolve

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// steps are the action's own with those of extensions among them, or behind. Steps of processes, which
// nothing extends, are resolved here, too.
func (c *actionCheck) steps() {
	var more []actionPart
	if len(c.parts) > 0 {
		more = c.parts[1:]
	}
	after := c.decl.ExtendAfter
	for i := range c.decl.Steps {
		c.step(i)
		if after != "" && c.decl.Steps[i].Name == after {
			c.each(more, c.partSteps)
			more, after = nil, ""
		}
	}
	if after != "" {
		c.errorf("unknown-name", "extendAfter", "no step is called %q", "没有名为 %q 的步骤", after)
	}
	c.each(more, c.partSteps)
}

// partSteps are those of an extension.
func (c *actionCheck) partSteps() {
	for i := range c.decl.Steps {
		c.step(i)
	}
}

func (c *actionCheck) step(i int) {
	d, path := &c.decl.Steps[i], "steps."+itoa(i)
	s := &catalog.Step{Name: d.Name}
	if d.When != "" {
		s.When = c.compile(d.When, path+".when", boolean)
	}
	if c.shape(d, path) {
		switch {
		case d.Call != "":
			s.Call = c.call(d, path)
		case d.Refuse != "":
			s.Refuse = &catalog.Check{When: c.compile(d.Refuse, path+".refuse", boolean), Error: c.error(d.Error, path+".error")}
		default:
			s.Write = c.write(d, path)
		}
	}
	c.name(d, s, path)
	c.a.Steps = append(c.a.Steps, s)
}

// shape reports a step that does not do exactly one thing, or has keys of another.
func (c *actionCheck) shape(d *model.ActionStep, path string) bool {
	kinds := map[string]bool{"call": d.Call != "", "create": d.Create != "", "update": d.Update != "", "delete": d.Delete != "", "refuse": d.Refuse != ""}
	n, chosen := 0, ""
	for k, on := range kinds {
		if on {
			n, chosen = n+1, k
		}
	}
	if n != 1 {
		c.errorf("bad-step", path, "a step has exactly one of call, create, update, delete and refuse", "每个步骤必须且只能有 call、create、update、delete、refuse 之一")
		return false
	}
	takes := map[string][]string{"with": {"call"}, "errors": {"call"}, "set": {"create", "update"}, "error": {"refuse"}}
	has := map[string]bool{"with": len(d.With) > 0, "errors": len(d.Errors) > 0, "set": len(d.Set) > 0, "error": d.Error != ""}
	ok := true
	for _, key := range sorted(has) {
		if has[key] && !slices.Contains(takes[key], chosen) {
			c.errorf("bad-step", path+"."+key, "%s is of no use beside %s", "%s 不能与 %s 同用", key, chosen)
			ok = false
		}
	}
	if chosen == "refuse" && d.Error == "" {
		c.errorf("bad-step", path, "a step that refuses needs an error", "拒绝步骤需要 error")
		ok = false
	}
	return ok
}

// name makes what a step gives known to the expressions after it.
func (c *actionCheck) name(d *model.ActionStep, s *catalog.Step, path string) {
	if d.Name == "" || !c.named(d.Name, path+".name") {
		return
	}
	_, call := c.scope.steps[d.Name]
	_, made := c.scope.made[d.Name]
	taken := call || made || d.Name == catalog.InputName
	if !taken && !c.a.OnObject {
		_, taken = c.scope.scope.Symbol(c.a.Object.Name, d.Name)
	}
	if taken {
		c.errorf("name-clash", path+".name", "the name %s is that of a field or of another step", "名称 %s 与字段或其他步骤重名", d.Name)
		return
	}
	switch {
	case s.Call != nil:
		c.scope.steps[d.Name] = c.gives(s.Call)
	case s.Write != nil && s.Write.Object != nil && !s.Write.Delete:
		c.scope.made[d.Name] = s.Write.Object.Name
	default:
		if s.Refuse != nil || s.Write != nil {
			c.errorf("bad-step", path+".name", "this step gives nothing that could be named", "该步骤没有可引用的结果")
		}
	}
}

func (c *actionCheck) gives(call *catalog.EngineCall) map[string]expr.Type {
	out := map[string]expr.Type{}
	for _, r := range call.Engine.Results {
		t := expr.Type{Kind: r.Kind}
		if r.Kind == value.KindRef {
			if o := c.objectOf(call, r.In); o != nil {
				t.Object = o.Name
			}
		}
		out[r.Name] = t
	}
	return out
}

// write resolves a step that writes a record.
func (c *actionCheck) write(d *model.ActionStep, path string) *catalog.StepWrite {
	w := &catalog.StepWrite{Delete: d.Delete != ""}
	if d.Create != "" {
		if w.Object = c.object(d.Create, path+".create"); w.Object == nil {
			return w
		}
	} else {
		src, key := d.Update, ".update"
		if w.Delete {
			src, key = d.Delete, ".delete"
		}
		if w.Target = c.compile(src, path+key, expr.Type{Kind: value.KindRef}); w.Target == nil {
			return w
		}
		if w.Object = c.r.cat.ByName[w.Target.Type().Object]; w.Object == nil {
			c.errorf("bad-step", path+key, "%s does not lead to a record of one object", "%s 不指向单一对象的记录", src)
			return w
		}
	}
	if w.Object.Ledger != nil {
		c.errorf("bad-step", path, "%s is a ledger: its entries are posted by the engines ledger.…, and stay", "%s 是账本：流水须由 ledger.… 引擎记账，且不可更改", w.Object.Name)
	}
	w.Set = c.assigns(w.Object, d.Set, path+".set", c.compile)
	return w
}

func (c *actionCheck) object(name, path string) *catalog.Object {
	o := c.r.cat.ByName[name]
	if o == nil {
		c.errorf("unknown-object", path, "there is no object %q", "没有对象 %q", name).Suggestion = diag.DidYouMean(name, c.r.names)
		return nil
	}
	c.uses(o.Package, o.Name, path)
	return o
}

// assigns resolves values by field of an object, whose expressions are compiled by compile.
func (c *actionCheck) assigns(o *catalog.Object, set map[string]string, path string, compile func(src, path string, want expr.Type) *expr.Program) (out []*catalog.Assign) {
	for _, name := range sorted(set) {
		f := c.settable(o, name, path+"."+name)
		if f == nil {
			continue
		}
		want := symbolType(f)
		poly := f.Ref != nil && f.Ref.Polymorphic
		if poly {
			want = expr.Type{}
		}
		p := compile(set[name], path+"."+name, want)
		if p == nil {
			continue
		}
		a := &catalog.Assign{Field: f, Value: p}
		switch t := p.Type(); {
		case f.Ref != nil && !poly && !f.Ref.Many && t.Object != "" && t.Object != f.Ref.Target().Name:
			c.errorf("type-mismatch", path+"."+name, "this is a record of %s; %s refers to %s", "此处为 %s 的记录，而 %s 引用 %s", t.Object, f.Name, f.Ref.Target().Name)
		case poly && t.Kind == value.KindRef:
			if a.Object = c.r.cat.ByName[t.Object]; a.Object == nil || !slices.Contains(f.Ref.Targets, a.Object) {
				c.errorf("type-mismatch", path+"."+name, "%s does not refer to records of %s", "%s 不引用 %s 的记录", f.Name, t.Object)
			}
		case poly && t.Kind != value.KindText && t.Kind != value.KindNull:
			c.errorf("type-mismatch", path+"."+name, "%s needs a record", "%s 需要记录", f.Name)
		}
		out = append(out, a)
	}
	return out
}

// settable finds a field that an action may set.
func (c *actionCheck) settable(o *catalog.Object, name, path string) *catalog.Field {
	f := c.field(o, name, path)
	if f == nil {
		return nil
	}
	if f.Computed() || f.Column == "" || f.System && f.Name != catalog.Owner && f.Name != catalog.RecordType && f.Name != catalog.Currency {
		c.errorf("bad-step", path, "the platform itself writes %s", "%s 由平台写入", f.Name)
		return nil
	}
	if o.Ledger != nil && o.Ledger.Writes(f) {
		c.errorf("bad-step", path, "the ledger itself writes %s", "%s 由账本写入", f.Name)
		return nil
	}
	return f
}

func (c *actionCheck) field(o *catalog.Object, name, path string) *catalog.Field {
	f := o.ByName[name]
	if f == nil {
		c.errorf("unknown-field", path, "%s has no field %q", "%s 没有字段 %q", o.Name, name).Suggestion = diag.DidYouMean(name, fieldNames(o))
		return nil
	}
	c.uses(f.Package, o.Name+"."+f.Name, path)
	return f
}

// call resolves a step that calls an engine.
func (c *actionCheck) call(d *model.ActionStep, path string) *catalog.EngineCall {
	sig := c.engine(d.Call, path+".call")
	if sig == nil {
		return nil
	}
	call := &catalog.EngineCall{Engine: sig, Args: map[string]*catalog.EngineArg{}, Errors: map[string]*catalog.ActionError{}}
	for _, role := range sig.Serves {
		if c.r.cat.Serving(role) == nil {
			c.errorf("missing-object", path+".call", "%s needs an object that serves %s, as the package platform-base has one", "%s 需要承担 %s 角色的对象，软件包 platform-base 中有", d.Call, role)
		}
	}
	for _, name := range sorted(d.With) {
		if sig.Param(name) == nil {
			c.errorf("unknown-argument", path+".with."+name, "%s takes no %q", "%s 没有参数 %q", d.Call, name).Suggestion = diag.DidYouMean(name, sig.ParamNames())
		}
	}
	for i := range sig.Params { // parameters come after those that they refer to
		c.argument(call, &sig.Params[i], d, path)
		if sig.Params[i].Form == engine.Account {
			c.account(call, &sig.Params[i], path)
		}
	}
	for _, name := range sorted(d.Errors) {
		at := path + ".errors." + name
		if sig.Refusal(name) == nil {
			c.errorf("unknown-refusal", at, "%s never refuses with %q", "%s 没有拒绝原因 %q", d.Call, name).Suggestion = diag.DidYouMean(name, sig.RefusalNames())
			continue
		}
		call.Errors[name] = c.error(d.Errors[name], at)
	}
	return call
}

func (c *actionCheck) argument(call *catalog.EngineCall, p *engine.Param, d *model.ActionStep, path string) {
	raw, given := d.With[p.Name]
	if !given {
		if p.Required {
			c.errorf("missing-argument", path, "%s needs the argument %q", "%s 需要参数 %q", d.Call, p.Name)
		}
		return
	}
	at := path + ".with." + p.Name
	var set map[string]string
	texts, ok := argumentTexts(raw)
	if p.Form == engine.Values || p.Form == engine.ChildValues {
		ok = json.Unmarshal(raw, &set) == nil && set != nil
	} else if p.Form != engine.Exprs && p.Form != engine.Words {
		ok = ok && len(texts) == 1
	}
	if !ok {
		c.errorf("bad-argument", at, "the argument %q has the wrong form", "参数 %q 的格式不正确", p.Name)
		return
	}
	if arg := c.resolveArgument(call, p, texts, set, at); arg != nil {
		call.Args[p.Name] = arg
	}
}

// argumentTexts gives an argument's texts: of a text, a number, true or false, or a list of such.
func argumentTexts(raw json.RawMessage) ([]string, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var out []string
	for _, x := range list {
		var s string
		switch t := strings.TrimSpace(string(x)); {
		case json.Unmarshal(x, &s) == nil && t != "null":
			out = append(out, s)
		case t == "null" || strings.HasPrefix(t, "{") || strings.HasPrefix(t, "["):
			return nil, false
		default:
			out = append(out, t)
		}
	}
	return out, len(out) > 0
}

func (c *actionCheck) resolveArgument(call *catalog.EngineCall, p *engine.Param, texts []string, set map[string]string, at string) *catalog.EngineArg {
	arg := &catalog.EngineArg{}
	switch p.Form {
	case engine.Expr, engine.Exprs, engine.Account:
		for _, src := range texts {
			x := c.compile(src, at, expr.Type{Kind: p.Kind})
			if x == nil {
				return nil
			}
			arg.Programs = append(arg.Programs, x)
		}
		if p.Kind == value.KindRef && (p.In == "" || p.Form == engine.Account) && arg.Programs[0].Type().Object == "" {
			c.errorf("bad-step", at, "this does not lead to a record of one object", "此处不指向单一对象的记录")
			return nil
		}
	case engine.Word, engine.Words:
		for _, w := range texts {
			if len(p.Enum) > 0 && !slices.Contains(p.Enum, w) {
				c.errorf("bad-argument", at, "%q is none of the words that are known here", "%q 不是此处可用的取值", w).Suggestion = diag.DidYouMean(w, p.Enum)
				return nil
			}
		}
		arg.Words = texts
	case engine.Object:
		if arg.Object = c.object(texts[0], at); arg.Object == nil {
			return nil
		}
	case engine.Ledger:
		if arg.Object = c.ledgerArgument(p, texts[0], at); arg.Object == nil {
			return nil
		}
	case engine.EntryType:
		return c.entryType(call, p, texts[0], at)
	case engine.Field:
		return c.fieldArgument(call, p, texts[0], at)
	case engine.Children:
		return c.childrenArgument(call, p, texts[0], at)
	case engine.ChildExpr:
		o := c.objectOf(call, p.In)
		if o == nil {
			return nil
		}
		x := c.over(o)(texts[0], at, expr.Type{Kind: p.Kind})
		if x == nil {
			return nil
		}
		arg.Object, arg.Programs = o, []*expr.Program{x}
	case engine.Values:
		if arg.Object = c.objectOf(call, p.In); arg.Object == nil {
			return nil
		}
		arg.Values = c.assigns(arg.Object, set, at, c.compile)
	case engine.ChildValues:
		from := c.objectOf(call, p.Over)
		if arg.Object = c.objectOf(call, p.In); arg.Object == nil || from == nil {
			return nil
		}
		arg.Values = c.assigns(arg.Object, set, at, c.over(from))
	default:
		c.errorf("bad-step", at, "this argument cannot be given here", "此处不能给出该参数")
		return nil
	}
	return arg
}

// over compiles expressions over the records of an object, which know nothing of the action.
func (c *actionCheck) over(o *catalog.Object) func(src, path string, want expr.Type) *expr.Program {
	return func(src, path string, want expr.Type) *expr.Program {
		return c.r.compile(src, o, c.decl.Pos.Place(path), c.of, expr.Options{Want: want})
	}
}

// objectOf is the object that the parameter names, or the action's own.
func (c *actionCheck) objectOf(call *catalog.EngineCall, param string) *catalog.Object {
	if param == "" {
		return c.a.Object
	}
	a := call.Args[param]
	switch {
	case a == nil:
		return nil // reported at that parameter
	case a.Object != nil:
		return a.Object
	case len(a.Programs) > 0:
		return c.r.cat.ByName[a.Programs[0].Type().Object]
	}
	return nil
}

func (c *actionCheck) fieldArgument(call *catalog.EngineCall, p *engine.Param, text, at string) *catalog.EngineArg {
	o, name := c.objectOf(call, p.In), text
	if p.In == "" {
		object, field, ok := strings.Cut(text, ".")
		if !ok {
			c.errorf("bad-argument", at, "%q names no field: write object.field", "%q 不是字段：请写作 对象.字段", text)
			return nil
		}
		o, name = c.object(object, at), field
	}
	if o == nil {
		return nil
	}
	f := c.field(o, name, at)
	if f == nil || f.Column == "" {
		if f != nil {
			c.errorf("bad-step", at, "%s is not stored", "%s 未存储", name)
		}
		return nil
	}
	return &catalog.EngineArg{Object: o, Field: f}
}

func (c *actionCheck) childrenArgument(call *catalog.EngineCall, p *engine.Param, text, at string) *catalog.EngineArg {
	parent := c.objectOf(call, p.In)
	if parent == nil {
		if p.In != "" && call.Args[p.In] == nil {
			parent = c.a.Object // the parent is the record of the action unless the parameter says otherwise
		} else {
			return nil
		}
	}
	child, ok := scope{c.r}.Children(parent.Name, text)
	if !ok {
		c.errorf("unknown-child", at, "%q is no child of %s, or which of its references is meant is open", "%q 不是 %s 的子对象，或引用字段不明确", text, parent.Name).Suggestion =
			diag.DidYouMean(text, scope{c.r}.ChildNames(parent.Name))
		return nil
	}
	o := c.r.cat.ByName[child.Object]
	via := o.ByName[child.Via]
	c.uses(o.Package, o.Name, at)
	c.uses(via.Package, o.Name+"."+via.Name, at)
	if via.Ref.Many || via.Ref.Polymorphic && !p.Any {
		c.errorf("bad-step", at, "%s is no plain reference", "%s 不是单一引用", via.Name)
		return nil
	}
	return &catalog.EngineArg{Object: o, Field: via}
}
