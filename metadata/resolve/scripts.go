package resolve

import (
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

var (
	functionForm = patternOf(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	scriptValue  = spec.Of[model.ScriptValue]()
	scriptAccess = spec.Of[model.ScriptAccess]()
	scriptLimits = map[string]int{"time": 5000, "heap": 128, "calls": 2000}
)

// maxSource bounds a script, in bytes.
const maxSource = 64 << 10

// scripts resolves the declarations of scripts. What is in the scripts themselves is of no concern
// here: no process but a worker looks into them.
func (r *resolver) scripts() {
	for _, p := range r.ordered {
		for i := range p.Scripts {
			r.script(p, &p.Scripts[i])
		}
	}
	sort.Slice(r.cat.Scripts, func(i, j int) bool { return r.cat.Scripts[i].Name < r.cat.Scripts[j].Name })
}

// scriptCheck resolves one script.
type scriptCheck struct {
	r    *resolver
	decl *model.Script
	s    *catalog.Script
}

func (r *resolver) script(p *model.Package, decl *model.Script) {
	plain := *decl
	plain.Pos = model.Positions{}
	c := &scriptCheck{r: r, decl: decl, s: &catalog.Script{Name: decl.Name, Package: p.Manifest.Name, Function: decl.Function, Decl: &plain}}
	if r.cat.Script(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two scripts %s", "脚本 %s 重复", decl.Name)
		return
	}
	source, ok := p.Files["scripts/"+decl.Name+".js"]
	switch {
	case !ok:
		c.errorf("missing-source", "name", "there is no file %s.js beside the declaration", "声明旁缺少文件 %s.js", decl.Name)
	case len(source) > maxSource:
		c.errorf("too-long", "name", "the script %s has more than %d bytes", "脚本 %s 超过 %d 字节", decl.Name, maxSource)
	}
	c.s.Source, c.s.File = string(source), strings.TrimSuffix(decl.Pos.At("name").File, ".json")+".js"
	if c.s.Function == "" {
		c.s.Function = "main"
	}
	if !functionForm.MatchString(c.s.Function) {
		c.errorf("bad-name", "function", "%q is no name of a function", "%q 不是有效的函数名", c.s.Function)
	}
	c.signature()
	c.uses()
	c.limits()
	r.cat.Scripts = append(r.cat.Scripts, c.s)
}

func (c *scriptCheck) errorf(code, path, en, zh string, args ...any) *diag.Finding {
	return c.r.errorf(code, addr.Script(c.decl.Name), c.decl.Pos.At(path), diag.Textf(en, zh, args...))
}

// scriptKinds are the kinds of values by the names of their types.
var scriptKinds = map[string]value.Kind{"text": value.KindText, "int": value.KindInt, "decimal": value.KindDecimal, "bool": value.KindBool,
	"date": value.KindDate, "datetime": value.KindDateTime, "json": value.KindJSON, "record": value.KindRef}

func (c *scriptCheck) signature() {
	sig := &engine.Signature{Name: catalog.ScriptEngine + c.decl.Name, Doc: text(c.decl.Help)}
	for _, v := range c.values(c.decl.Input, "input") {
		sig.Params = append(sig.Params, engine.Param{Name: v.Name, Doc: text(v.Help), Kind: scriptKinds[v.Type], Required: v.Required})
	}
	for i, v := range c.values(c.decl.Output, "output") {
		if v.Type == "record" {
			c.errorf("bad-value", "output."+itoa(i)+".type", "a script gives no record: give its id as text", "脚本不能返回记录，请以文本返回其编号")
		}
		sig.Results = append(sig.Results, engine.Result{Name: v.Name, Doc: text(v.Help), Kind: scriptKinds[v.Type]})
	}
	for i, e := range c.decl.Errors {
		at := "errors." + itoa(i)
		switch {
		case !model.CodeForm.Match(e.Code) || len(e.Code) > model.MaxName:
			c.errorf("bad-name", at+".code", "%q is no error code: capital words joined by _, at most 48 characters", "%q 不是有效的错误代码：须为大写单词以 _ 连接，最多 48 个字符", e.Code)
		case sig.Refusal(e.Code) != nil:
			c.errorf("duplicate-name", at+".code", "the error %s is declared twice", "错误 %s 重复声明", e.Code)
		case len(e.Message) == 0:
			c.errorf("missing-key", at, "an error needs a message", "错误需要提示信息")
		}
		sig.Refusals = append(sig.Refusals, engine.Refusal{Name: e.Code, Code: errs.ValidationFail, Message: text(e.Message)})
	}
	c.s.Signature = sig
}

func text(t model.Text) diag.Text { return diag.Text{En: t.In("en"), Zh: t.In("zh-CN")} }

// values are those that are right.
func (c *scriptCheck) values(all []model.ScriptValue, path string) (out []model.ScriptValue) {
	types := scriptValue.Get("type").Enum
	seen := map[string]bool{}
	for i, v := range all {
		at := path + "." + itoa(i)
		switch {
		case !model.NameForm.Match(v.Name) || len(v.Name) > model.MaxName:
			c.errorf("bad-name", at+".name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", v.Name)
		case seen[v.Name]:
			c.errorf("duplicate-name", at+".name", "%s is declared twice", "%s 重复声明", v.Name)
		case !slices.Contains(types, v.Type):
			c.errorf("bad-value", at+".type", "%q is none of the words that are known here", "%q 不是此处可用的取值", v.Type).Suggestion = diag.DidYouMean(v.Type, types)
		}
		seen[v.Name] = true
		out = append(out, v)
	}
	return out
}

func (c *scriptCheck) uses() {
	verbs := scriptAccess.Get("may").Enum
	for i, x := range c.decl.Records {
		at := "records." + itoa(i)
		o := c.r.cat.ByName[x.Object]
		if o == nil {
			c.errorf("unknown-object", at+".object", "there is no object %q", "没有对象 %q", x.Object).Suggestion = diag.DidYouMean(x.Object, c.r.names)
			continue
		}
		if slices.ContainsFunc(c.s.Uses, func(u *catalog.ScriptUse) bool { return u.Object == o }) {
			c.errorf("duplicate-name", at+".object", "%s is declared twice", "%s 重复声明", o.Name)
		}
		c.r.uses = append(c.r.uses, use{origin{pkg: c.s.Package}, o.Package, o.Name, func() diag.Pos { return c.decl.Pos.At(at) }})
		u := &catalog.ScriptUse{Object: o, May: x.May}
		if len(u.May) == 0 {
			u.May = []string{"read"}
		}
		for n, word := range x.May {
			if !slices.Contains(verbs, word) {
				c.errorf("bad-value", at+".may."+itoa(n), "%q is none of the words that are known here", "%q 不是此处可用的取值", word).Suggestion = diag.DidYouMean(word, verbs)
			}
		}
		c.s.Uses = append(c.s.Uses, u)
	}
	slices.SortFunc(c.s.Uses, func(a, b *catalog.ScriptUse) int { return strings.Compare(a.Object.Name, b.Object.Name) })
}

// outlets holds the connections and messages that scripts declare against those that there are.
func (r *resolver) outlets() {
	for _, p := range r.ordered {
		for i := range p.Scripts {
			if s := r.cat.Script(p.Scripts[i].Name); s != nil {
				c := &scriptCheck{r: r, decl: &p.Scripts[i], s: s}
				c.outlets()
			}
		}
	}
}

func (c *scriptCheck) outlets() {
	for i, name := range c.decl.Connections {
		at := "connections." + itoa(i)
		x := c.r.connectionNamed(name, at, c.errorf)
		if x == nil {
			continue
		}
		c.r.uses = append(c.r.uses, use{origin{pkg: c.s.Package}, x.Package, diag.Textf("the connection %s", "连接 %s", name), func() diag.Pos { return c.decl.Pos.At(at) }})
	}
	for i, name := range c.decl.Messages {
		at := "messages." + itoa(i)
		x := c.r.messageNamed(name, at, c.errorf)
		if x == nil {
			continue
		}
		c.r.uses = append(c.r.uses, use{origin{pkg: c.s.Package}, x.Package, diag.Textf("the message %s", "消息模板 %s", name), func() diag.Pos { return c.decl.Pos.At(at) }})
		if !c.s.May(x.Object, "read") {
			c.errorf("needs-read", at, "the script tells of records of %s, and does not declare that it reads them", "脚本通知 %s 的记录，但未声明可读取", x.Object.Name)
		}
	}
}

func (c *scriptCheck) limits() {
	l := c.decl.Limits
	if l == nil {
		return
	}
	for _, x := range []struct {
		name string
		n    int
	}{{"time", l.Time}, {"heap", l.Heap}, {"calls", l.Calls}} {
		if most := scriptLimits[x.name]; x.n < 0 || x.n > most {
			c.errorf("bad-value", "limits."+x.name, "%s is at most %d, and 0 for the usual", "%s 最大为 %d，0 表示默认", x.name, most)
		}
	}
}

// engine finds an engine that actions may call, which may be a script.
func (c *actionCheck) engine(name, path string) *engine.Signature {
	if s, ok := strings.CutPrefix(name, catalog.ScriptEngine); ok {
		if x := c.r.cat.Script(s); x != nil {
			c.uses(x.Package, name, path)
			return x.Signature
		}
	}
	if sig := c.r.in.Engines.Get(name); sig != nil {
		return sig
	}
	known := c.r.in.Engines.Names()
	for _, x := range c.r.cat.Scripts {
		known = append(known, x.Signature.Name)
	}
	c.errorf("unknown-engine", path, "there is no engine %q", "没有引擎 %q", name).Suggestion = diag.DidYouMean(name, known)
	return nil
}
