package resolve

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

var settingKeys = spec.Of[model.Setting]()

// settings makes the settings of the packages.
func (r *resolver) settings() {
	for _, p := range r.ordered {
		for _, name := range sorted(p.Manifest.Settings) {
			r.setting(p, name)
		}
	}
}

func (r *resolver) setting(p *model.Package, name string) {
	decl := p.Manifest.Settings[name]
	s := &catalog.Setting{Key: p.Manifest.Name + "." + name, Name: name, Package: p.Manifest.Name, Label: decl.Label, Help: decl.Help,
		Kind: decl.Type, ByBrand: decl.Scope == "brand", Decl: decl}
	at := func(key string) diag.Pos { return p.Pos.At("settings." + name + "." + key) }
	if !model.NameForm.Match(name) || len(name) > model.MaxName {
		r.errorf("bad-name", s.Addr(), p.Pos.At("settings."+name), diag.Textf("%q is no name: lower-case words joined by _, at most 48 characters", "%q 不是有效名称：须为小写单词以 _ 连接，最多 48 个字符", name))
	}
	if known := settingKeys.Get("scope").Enum; decl.Scope != "" && !slices.Contains(known, decl.Scope) {
		r.errorf("bad-value", s.Addr(), at("scope"), diag.Textf("%q is none of the words that are known here", "%q 不是此处可用的取值", decl.Scope)).Suggestion = diag.DidYouMean(decl.Scope, known)
	}
	if s.ByBrand && r.cat.Serving(catalog.ServesBrand) == nil {
		r.errorf("missing-object", s.Addr(), at("scope"), diag.Textf("a setting by brand needs an object that serves brand, as the package platform-base has one", "按品牌的设置需要承担 brand 角色的对象，软件包 platform-base 中有"))
	}
	t := r.in.Fields.Get(decl.Type)
	if t == nil {
		r.errorf("unknown-type", s.Addr(), at("type"), diag.Textf("there is no field type %q", "没有字段类型 %q", decl.Type)).Suggestion = diag.DidYouMean(decl.Type, r.in.Fields.Kinds())
		return
	}
	d := &fieldDecl{v: model.Field{Name: name, Type: decl.Type, Label: decl.Label}, origin: origin{pkg: s.Package}, pos: p.Pos, path: "settings." + name}
	e := &fieldEnv{r: r, decl: d, of: s.Addr()}
	if s.Type = t.New(d.v, e); s.Type == nil || e.failed {
		return
	}
	_, computed := s.Type.(field.Computed)
	_, refers := s.Type.(field.Reference)
	if shape := s.Type.Shape(); computed || refers || shape.Input == "" || s.Type.Column().Type == 0 {
		r.errorf("bad-type", s.Addr(), at("type"), diag.Textf("a setting cannot be of type %s", "设置的类型不能是“%s”", words.FieldType(decl.Type)))
		return
	}
	if len(decl.Default) > 0 {
		v, bad := s.Read(decl.Default)
		if bad != nil {
			r.errorf("bad-default", s.Addr(), at("default"), diag.Text{En: "the default does not fit: " + bad.Message.En, Zh: "默认值不符合要求：" + bad.Message.Zh})
		}
		s.Default = v
	}
	r.cat.Settings = append(r.cat.Settings, s)
}

// Setting tells expressions what type a setting has.
func (s scope) Setting(key string) (expr.Type, []string) {
	var known []string
	for _, x := range s.r.cat.Settings {
		if x.Key == key {
			c := x.Type.Column()
			t := expr.Type{Kind: columnKind(c.Type), Scale: c.Scale}
			if t.Kind == value.KindList {
				t.Elem = value.KindText
			}
			return t, nil
		}
		known = append(known, x.Key)
	}
	return expr.Type{}, known
}
