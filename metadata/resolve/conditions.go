package resolve

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

var boolean = expr.Type{Kind: value.KindBool}

// conditions compiles rules, defaults and the conditions of partial keys and indexes.
func (r *resolver) conditions() {
	for _, o := range r.cat.Objects {
		d := r.decls.get(o.Name)
		r.rules(o, d)
		for _, f := range o.Fields {
			r.defaultOf(o, f, d)
		}
		for _, k := range d.keys {
			if k.v.Where != "" {
				r.partialKey(o, k.v.Name, k.v.Fields, r.compile(k.v.Where, o, k.place("where"), o.Addr().Key(keyName(k.v)), expr.Options{Want: boolean}))
			}
		}
		for _, x := range d.idx {
			if x.v.Where != "" {
				for _, ix := range o.Indexes {
					if ix.Name == indexName(x.v) {
						ix.Where = r.compile(x.v.Where, o, x.place("where"), o.Addr().Index(ix.Name), expr.Options{Want: boolean})
					}
				}
			}
		}
	}
}

func (r *resolver) partialKey(o *catalog.Object, name string, fields []string, p *expr.Program) {
	for _, k := range o.Keys {
		same := k.Name == name
		if name == "" && len(fields) == len(k.Fields) {
			same = true
			for i, f := range k.Fields {
				same = same && f.Name == fields[i]
			}
		}
		if same {
			k.Where = p
		}
	}
}

func (r *resolver) rules(o *catalog.Object, d *objectDecl) {
	seen := map[string]bool{}
	for _, x := range d.rules {
		of := o.Addr().Rule(x.v.Name)
		if seen[x.v.Name] || x.v.Name == "" {
			r.errorf("duplicate-name", of, x.at("name"), diag.Textf("the rule's name %q is empty or taken", "规则名称 %q 为空或重复", x.v.Name))
		}
		seen[x.v.Name] = true
		rule := &catalog.Rule{Name: x.v.Name, Package: x.pkg, Message: x.v.Message, Warning: x.v.Severity == "warning"}
		if x.v.Severity != "" && !slices.Contains(ruleKeys.Get("severity").Enum, x.v.Severity) {
			f := r.errorf("bad-value", of, x.at("severity"), diag.Textf("%q is no severity", "%q 不是有效级别", x.v.Severity))
			f.Suggestion = diag.DidYouMean(x.v.Severity, ruleKeys.Get("severity").Enum)
		}
		if len(x.v.Message) == 0 {
			r.errorf("missing-key", of, x.at(""), diag.Textf("a rule needs a message", "规则需要提示信息"))
		}
		for _, on := range x.v.On {
			switch on {
			case "create":
				rule.Create = true
			case "update":
				rule.Update = true
			case "delete":
				rule.Delete = true
			default:
				f := r.errorf("bad-value", of, x.at("on"), diag.Textf("%q is no moment of a rule", "%q 不是规则的触发时机", on))
				f.Suggestion = diag.DidYouMean(on, ruleKeys.Get("on").Enum)
			}
		}
		if len(x.v.On) == 0 {
			rule.Create, rule.Update = true, true
		}
		if x.v.Field != "" {
			if rule.Field = o.ByName[x.v.Field]; rule.Field == nil {
				f := r.errorf("unknown-field", of, x.at("field"), diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, x.v.Field))
				f.Suggestion = diag.DidYouMean(x.v.Field, d.fieldNames())
			}
		}
		rule.When = r.compile(x.v.When, o, x.place("when"), of, expr.Options{Want: boolean, Prior: true})
		o.Rules = append(o.Rules, rule)
	}
}

// defaultOf reads a field's default: a literal, or {"expr": "…"}.
func (r *resolver) defaultOf(o *catalog.Object, f *catalog.Field, d *objectDecl) {
	raw := f.Decl.Default
	if x, ok := f.Type.(field.Defaulter); ok && len(raw) == 0 {
		raw = x.DefaultValue()
	}
	if len(raw) == 0 || f.Computed() {
		return
	}
	fd := d.field(f.Name)
	var e struct {
		Expr *string `json:"expr"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if raw[0] == '{' && dec.Decode(&e) == nil && e.Expr != nil {
		if p := r.compile(*e.Expr, o, fd.place("default.expr"), f.Addr().Property("default"), expr.Options{Want: symbolType(f)}); p != nil {
			f.Default = &catalog.Default{Expr: p}
		}
		return
	}
	dec = json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var in any
	if err := dec.Decode(&in); err != nil {
		r.errorf("bad-default", f.Addr(), fd.at("default"), diag.Textf("the default is broken: %v", "默认值有误：%v", err))
		return
	}
	v, err := f.Type.Coerce(in)
	if err != nil {
		r.errorf("bad-default", f.Addr(), fd.at("default"), diag.Text{En: "the default does not fit: " + err.Message.En, Zh: "默认值不符合要求：" + err.Message.Zh})
		return
	}
	f.Default = &catalog.Default{Value: v}
}
