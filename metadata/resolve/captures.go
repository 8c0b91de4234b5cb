package resolve

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// captureContext is what the platform knows of what is sent.
var captureContext = []string{"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "page", "referrer", "visitor", "key", "evidence"}

// maxCaptureFields bounds what may be sent at once.
const maxCaptureFields = 100

// captures resolves what people who are not signed in may send. The actions must be resolved.
func (r *resolver) captures() {
	for _, p := range r.ordered {
		for i := range p.Captures {
			r.capture(p.Manifest.Name, &p.Captures[i])
		}
	}
	sort.Slice(r.cat.Captures, func(i, j int) bool { return r.cat.Captures[i].Name < r.cat.Captures[j].Name })
}

// captureCheck resolves one capture.
type captureCheck struct {
	checked
	decl *model.Capture
	c    *catalog.Capture
	used map[*catalog.Field]bool // inputs that get something
}

func (r *resolver) capture(pkg string, decl *model.Capture) {
	plain := *decl
	plain.Pos = model.Positions{}
	c := &captureCheck{checked{r, addr.Capture(decl.Name), decl.Pos}, decl, &catalog.Capture{Name: decl.Name, Package: pkg, Label: decl.Label, Set: map[string]any{}, Context: map[string]*catalog.Field{}, Decl: &plain}, map[*catalog.Field]bool{}}
	if r.cat.Capture(decl.Name) != nil {
		c.errorf("duplicate-name", "name", "there are two captures named %s", "有两个名为 %s 的采集", decl.Name)
		return
	}
	if decl.Object == "" {
		c.errorf("unknown-object", "object", "a capture needs the object of its action", "采集须指明操作所属对象")
		return
	}
	o := r.about(pkg, decl.Object, "", c.of, decl.Pos)
	if o == nil {
		return
	}
	if c.c.Action = o.Action(decl.Action); c.c.Action == nil {
		c.errorf("unknown-action", "action", "%s has no action %q", "%s 没有操作 %q", o.Name, decl.Action)
		return
	}
	if !c.c.Action.OnObject || c.c.Action.Permission == "" {
		c.errorf("bad-capture", "action", "what strangers send is taken by an action on the object as a whole that has a permission of its own", "外部提交须由设有独立权限的对象级操作接收")
		return
	}
	c.fields()
	c.constants()
	for _, what := range sorted(decl.Context) {
		at := "context." + what
		if !slices.Contains(captureContext, what) {
			c.errorf("bad-capture", at, "the platform knows no %q", "平台不提供 %q", what).Suggestion = diag.DidYouMean(what, captureContext)
			continue
		}
		if f := c.input(decl.Context[what], at); f != nil {
			c.c.Context[what] = f
		}
	}
	for i, name := range decl.Answer {
		if !slices.ContainsFunc(c.c.Action.Results, func(x *catalog.ActionResult) bool { return x.Name == name }) {
			c.errorf("unknown-result", "answer."+itoa(i), "the action gives no %q", "操作没有结果 %q", name)
		}
	}
	c.c.Answer = decl.Answer
	for _, f := range c.c.Action.Input.Fields {
		if f.Required && f.Default == nil && !c.used[f] {
			c.errorf("missing-input", "fields", "the action needs %s, and nothing gives it", "操作需要 %s，但未提供", f.Name)
		}
	}
	r.cat.Captures = append(r.cat.Captures, c.c)
}

// input finds an input of the action, which gets one thing alone.
func (c *captureCheck) input(name, at string) *catalog.Field {
	f := c.c.Action.Input.ByName[name]
	if f == nil {
		c.errorf("unknown-field", at, "the action takes no %q", "操作没有输入 %q", name).Suggestion = diag.DidYouMean(name, fieldNames(c.c.Action.Input))
		return nil
	}
	if c.used[f] {
		c.errorf("bad-capture", at, "%s gets two things", "%s 被重复赋值", name)
		return nil
	}
	c.used[f] = true
	return f
}

func (c *captureCheck) fields() {
	if n := len(c.decl.Fields); n == 0 || n > maxCaptureFields {
		c.errorf("bad-capture", "fields", "1 to %d things may be sent", "可提交 1 到 %d 个字段", maxCaptureFields)
	}
	seen := map[string]bool{}
	for i, d := range c.decl.Fields {
		at := "fields." + itoa(i)
		if !model.NameForm.Match(d.Name) || len(d.Name) > model.MaxName {
			c.errorf("bad-name", at+".name", "%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", d.Name)
		}
		if seen[d.Name] {
			c.errorf("duplicate-name", at+".name", "%q is there twice", "%q 重复", d.Name)
		}
		seen[d.Name] = true
		f := c.input(d.Input, at+".input")
		if f == nil {
			continue
		}
		if f.Ref != nil {
			c.errorf("bad-capture", at+".input", "strangers name no records: %s is a reference", "外部提交不能引用记录：%s 为引用", f.Name)
			continue
		}
		label := d.Label
		if len(label) == 0 {
			label = f.Label
		}
		c.c.Fields = append(c.c.Fields, &catalog.CaptureField{Name: d.Name, Label: label, Input: f, Required: d.Required, Text: d.Text})
	}
}

// constants reads the inputs that are always the same.
func (c *captureCheck) constants() {
	for _, name := range sorted(c.decl.Set) {
		at := "set." + name
		f := c.input(name, at)
		if f == nil {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(c.decl.Set[name]))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			c.errorf("bad-value", at, "this is no value: %v", "无效的值：%v", err)
			continue
		}
		if _, bad := f.Type.Coerce(v); bad != nil {
			c.errorf("bad-value", at, "%s cannot be this: %s", "%s 的值无效：%s", name, bad.Message)
			continue
		}
		c.c.Set[f.APIName] = v
	}
}
