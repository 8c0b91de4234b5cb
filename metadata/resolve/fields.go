package resolve

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// fields makes every field of every object.
func (r *resolver) fields() {
	each(r, r.cat.Objects, func(fork *resolver, o *catalog.Object) any {
		d := fork.decls.get(o.Name)
		for i := range d.fields {
			fork.field(o, &d.fields[i])
		}
		fork.nameField(o, d)
		return nil
	}, func(*catalog.Object, any) bool { return true })
}

func (r *resolver) field(o *catalog.Object, d *fieldDecl) {
	decl := d.v
	of := o.Addr().Field(decl.Name)
	if d.pkg != "" && (!model.NameForm.Match(decl.Name) || len(decl.Name) > model.MaxName) {
		r.errorf("bad-name", of, d.at("name"), diag.Textf("%q is no field name: lower-case words joined by _, at most 48 characters", "%q 不是有效的字段名：须为小写单词以 _ 连接，最多 48 个字符", decl.Name))
		return
	}
	if d.pkg != "" && isWord(decl.Name) {
		r.word(decl.Name, of, d.at("name"))
	}
	if was := o.ByName[decl.Name]; was != nil {
		r.errorf("duplicate-name", of, d.at("name"), diag.Textf("%s has the field %s twice, or it is a system field", "%s 的字段 %s 重复，或与系统字段同名", o.Name, decl.Name))
		return
	}
	t := r.in.Fields.Get(decl.Type)
	if t == nil {
		f := r.errorf("unknown-type", of, d.at("type"), diag.Textf("there is no field type %q", "没有字段类型 %q", decl.Type))
		f.Suggestion = diag.DidYouMean(decl.Type, r.in.Fields.Kinds())
		return
	}
	e := &fieldEnv{r: r, object: o.Name, decl: d, of: of}
	ft := t.New(decl, e)
	if ft == nil || e.failed {
		if !e.failed {
			r.errorf("bad-field", of, d.at(""), diag.Textf("the field's settings are wrong", "字段设置有误"))
		}
		return
	}
	f := &catalog.Field{Object: o, Name: decl.Name, APIName: camel(decl.Name), Package: d.pkg, Kind: decl.Type, Type: ft, Decl: decl,
		Label: decl.Label, Help: decl.Help, System: d.pkg == "", Required: decl.Required, Unique: decl.Unique, ReadOnly: decl.ReadOnly,
		History: decl.History, Search: decl.Search, Translatable: decl.Translatable, PII: decl.PII, Secured: decl.Secured}
	if m, ok := t.(field.Monetary); ok {
		f.Money = m.Monetary(decl)
	}
	if len(f.Label) == 0 {
		f.Label = model.Text{"en": decl.Name}
	}
	if f.Store = ft.Column(); f.Name == catalog.ID {
		f.Column = "id"
	}
	if k := r.keyOf[[2]string{o.Name, f.Name}]; k != nil {
		f.KeyOf, f.Type = k.rule, k.computed(ft)
	}
	f.Place = len(o.Fields)
	o.Fields = append(o.Fields, f)
	o.ByName[f.Name] = f
}

func (r *resolver) nameField(o *catalog.Object, d *objectDecl) {
	n := d.def.NameField
	if n == "" {
		o.NameField = o.ByName["name"]
		return
	}
	if o.NameField = o.ByName[n]; o.NameField == nil {
		f := r.errorf("unknown-field", o.Addr(), d.def.Pos.At("nameField"), diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, n))
		f.Suggestion = diag.DidYouMean(n, d.fieldNames())
	}
}

// fieldEnv is what a field type may know and say while it is made.
type fieldEnv struct {
	r      *resolver
	object string
	decl   *fieldDecl
	of     addr.Address
	failed bool
}

var _ field.Env = (*fieldEnv)(nil)

func (e *fieldEnv) Object() string             { return e.object }
func (e *fieldEnv) HasObject(name string) bool { return e.r.cat.ByName[name] != nil }
func (e *fieldEnv) Objects() []string          { return e.r.names }
func (e *fieldEnv) Type(kind string) field.Type {
	return e.r.in.Fields.Get(kind)
}
func (e *fieldEnv) IDPrefix(object string) string {
	if o := e.r.cat.ByName[object]; o != nil {
		return o.IDPrefix
	}
	return ""
}
func (e *fieldEnv) Serves(object string) string {
	if o := e.r.cat.ByName[object]; o != nil {
		return o.Serves
	}
	return ""
}
func (e *fieldEnv) Decl(object, name string) *model.Field {
	d := e.r.decls.get(object)
	if d == nil {
		return nil
	}
	if f := d.field(name); f != nil {
		return &f.v
	}
	return nil
}
func (e *fieldEnv) Picklist(name string) *model.Picklist { return e.r.cat.Picklists[name] }
func (e *fieldEnv) Picklists() []string                  { return sorted(e.r.cat.Picklists) }

func (e *fieldEnv) Errorf(code, setting string, summary diag.Text, suggestion *diag.Text) {
	e.failed = true
	f := e.r.errorf(code, e.of, e.decl.at(setting), summary)
	f.Suggestion = suggestion
}

func (e *fieldEnv) Warnf(code, setting string, summary diag.Text, suggestion *diag.Text) {
	e.r.findings.Add(diag.Finding{Severity: diag.Warning, Code: code, Address: e.of.String(), Pos: e.decl.at(setting), Summary: summary, Suggestion: suggestion})
}
