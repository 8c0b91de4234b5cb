package load

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
)

// shaper fills Go values from documents, and says everything that does not fit: unknown keys with
// the nearest known one, missing keys, values of the wrong kind, and texts that are not translated.
type shaper struct{ l *loader }

var (
	textType  = reflect.TypeFor[model.Text]()
	rawType   = reflect.TypeFor[json.RawMessage]()
	fieldType = reflect.TypeFor[model.Field]()
	namesType = reflect.TypeFor[model.FieldNames]()
)

// read fills v, which can be set, from n.
func (s *shaper) read(n *document.Node, v reflect.Value) {
	switch v.Type() {
	case rawType:
		v.SetBytes(n.JSON())
		return
	case textType:
		v.Set(reflect.ValueOf(s.text(n)))
		return
	case fieldType:
		s.field(n, v)
		return
	case namesType:
		if n.Kind == document.String && n.Text == "*" {
			v.Set(reflect.ValueOf(model.FieldNames{"*"}))
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.read(n, v.Elem())
	case reflect.Struct:
		if s.want(n, document.Object) {
			s.structure(n, v, s.l.keys.of(v.Type()), func() diag.Text { return diag.Text{En: "this", Zh: "此处"} })
		}
	case reflect.Slice:
		s.list(n, v)
	case reflect.Map:
		s.table(n, v)
	case reflect.String:
		if s.want(n, document.String) {
			v.SetString(n.Text)
		}
	case reflect.Bool:
		if s.want(n, document.Bool) {
			v.SetBool(n.Text == "true")
		}
	default: // whole numbers: documents have no others
		if s.want(n, document.Number) && !setWhole(v, n.Text) {
			s.errorf("wrong-type", n.Pos(), diag.Textf("a whole number should be here", "此处应为整数"))
		}
	}
}

func (s *shaper) list(n *document.Node, v reflect.Value) {
	if !s.want(n, document.Array) {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, x := range n.Items {
		s.read(x, v.Index(i))
	}
}

func (s *shaper) table(n *document.Node, v reflect.Value) {
	if !s.want(n, document.Object) {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Keys)))
	for i, k := range n.Keys {
		x := reflect.New(v.Type().Elem()).Elem()
		s.read(n.Items[i], x)
		v.SetMapIndex(reflect.ValueOf(k.Name), x)
	}
}

// setWhole sets a whole number that v has room for.
func setWhole(v reflect.Value, literal string) bool {
	if v.CanUint() {
		i, err := strconv.ParseUint(literal, 10, v.Type().Bits())
		v.SetUint(i)
		return err == nil
	}
	i, err := strconv.ParseInt(literal, 10, v.Type().Bits())
	v.SetInt(i)
	return err == nil
}

func (s *shaper) want(n *document.Node, k document.Kind) bool {
	if n.Kind == k {
		return true
	}
	want, got := k.Name(), n.Kind.Name()
	s.errorf("wrong-type", n.Pos(), diag.Text{En: want.En + " should be here, not " + got.En, Zh: "此处应为" + want.Zh + "，而不是" + got.Zh})
	return false
}

func (s *shaper) errorf(code string, at diag.Pos, text diag.Text) *diag.Finding {
	return s.l.findings.Errorf(code, "", at, text)
}

// text is an object by locale, or a bare string: English, or "@key" of i18n/.
func (s *shaper) text(n *document.Node) model.Text {
	t := model.Text{}
	if n.Kind == document.String {
		if key, ok := strings.CutPrefix(n.Text, "@"); ok {
			t = s.l.translations(key)
			if len(t) == 0 {
				s.errorf("unknown-key", n.Pos(), diag.Textf("no i18n file has the key %q", "i18n 文件中没有键 %q", key))
				return t
			}
		} else {
			t["en"] = n.Text
		}
	} else if s.want(n, document.Object) {
		for i, k := range n.Keys {
			if s.want(n.Items[i], document.String) {
				t[k.Name] = n.Items[i].Text
			}
		}
	}
	if len(t) > 0 {
		s.l.localised(t, n.Pos)
	}
	return t
}

// structure fills a struct, or a field with its settings. what names the object in findings of
// missing keys.
func (s *shaper) structure(n *document.Node, v reflect.Value, keys *keys, what func() diag.Text) {
	var meant map[string]bool // by keys that are misspelt
	for i, k := range n.Keys {
		x, ok := keys.byName[k.Name]
		if !ok {
			if meant == nil {
				meant = map[string]bool{}
			}
			meant[s.unknown(k, keys.names())] = true
			continue
		}
		if place, ok := keys.places[k.Name]; ok {
			s.read(n.Items[i], v.Field(place))
		} else {
			v.Addr().Interface().(*model.Field).Settings[k.Name] = s.setting(n.Items[i], x.Type)
		}
		if v := n.Items[i]; v.Kind == document.String && v.Text == "" && !x.Required && (len(x.Enum) > 0 || x.Form != "") {
			s.errorf("empty-value", v.Pos(), diag.Textf("%q is empty; leave the key out", "%q 为空；请去掉该键", k.Name))
		}
	}
	for _, name := range keys.required {
		if n.Get(name) != nil || meant[name] {
			continue
		}
		s.errorf("missing-key", n.Pos(), diag.Textf("%[1]s needs the key %[3]q", "%[2]s需要键 %[3]q", what().En, what().Zh, name))
	}
}

// unknown reports a key, and gives the known one that may be meant.
func (s *shaper) unknown(k document.Key, known []string) string {
	f := s.errorf("unknown-key", k.Pos(), diag.Textf("the key %q is not known here", "此处没有名为 %q 的键", k.Name))
	f.Suggestion = diag.DidYouMean(k.Name, known)
	return diag.Nearest(k.Name, known)
}

// field is a field declaration: the keys that all fields share, and those of its kind.
func (s *shaper) field(n *document.Node, v reflect.Value) {
	if !s.want(n, document.Object) {
		return
	}
	v.Addr().Interface().(*model.Field).Settings = map[string]json.RawMessage{}
	t := n.Get("type")
	if t == nil || t.Kind != document.String {
		s.structure(n, v, s.l.keys.field("", nil), func() diag.Text { return diag.Text{En: "a field", Zh: "字段"} })
		return
	}
	ft := s.l.Fields.Get(t.Text)
	if ft == nil {
		f := s.errorf("unknown-type", t.Pos(), diag.Textf("there is no field type %q", "没有字段类型 %q", t.Text))
		f.Suggestion = diag.DidYouMean(t.Text, s.l.Fields.Kinds())
		return
	}
	s.structure(n, v, s.l.keys.field(t.Text, ft), func() diag.Text {
		return diag.Textf("a field of type %s", "类型为“%s”的字段", words.FieldType(t.Text))
	})
}

// setting is the value of a setting of the field's kind, held against the setting's type. Keys of
// i18n/ among its texts are replaced.
func (s *shaper) setting(n *document.Node, t reflect.Type) json.RawMessage {
	v := reflect.New(t)
	s.read(n, v.Elem())
	raw := n.JSON()
	if !bytes.Contains(raw, []byte(`"@`)) || !holdsText(t) {
		return raw
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return raw // texts and lists always marshal
	}
	return b
}

// holdsText says whether values of a type have texts for people in them.
func holdsText(t reflect.Type) bool {
	switch {
	case t == textType:
		return true
	case t == rawType:
		return false
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer:
		return holdsText(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if holdsText(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
