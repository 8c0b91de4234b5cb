package load

import (
	"encoding/json"
	"reflect"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// shaper holds a document against the Go type that it is decoded into, and says everything that
// does not fit: unknown keys with the nearest known one, missing keys, and values of the wrong kind.
type shaper struct {
	d        *document
	fields   field.Registry
	keys     keyCache
	findings *diag.List
	pos      model.Positions
}

// keys are those that an object may and must have.
type keys struct {
	byName   map[string]spec.Setting
	required []string
}

// keyCache remembers keys while one package loads: those of structs by type, and those of fields
// by kind, "" for any field.
type keyCache map[any]*keys

func (c keyCache) of(t reflect.Type) *keys {
	k := c[t]
	if k == nil {
		k = &keys{byName: map[string]spec.Setting{}}
		k.add(spec.OfType(t))
		c[t] = k
	}
	return k
}

// field gives the keys of a field of type t; of any field when t is nil.
func (c keyCache) field(kind string, t field.Type) *keys {
	k := c[kind]
	if k == nil {
		k = &keys{byName: map[string]spec.Setting{}}
		k.add(spec.OfType(fieldType))
		if t != nil {
			k.add(t.Spec())
		}
		c[kind] = k
	}
	return k
}

func (k *keys) add(s *spec.Spec) {
	for _, x := range s.Settings {
		k.byName[x.Name] = x
	}
	k.required = append(k.required, s.Required()...)
}

func (k *keys) names() []string {
	out := make([]string, 0, len(k.byName))
	for n := range k.byName {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

var (
	textType  = reflect.TypeFor[model.Text]()
	rawType   = reflect.TypeFor[json.RawMessage]()
	fieldType = reflect.TypeFor[model.Field]()
)

func (s *shaper) check(n *node, t reflect.Type, path string) {
	s.pos[path] = s.d.pos(n.start)
	switch {
	case t == rawType:
		return
	case t == textType:
		s.text(n, path)
		return
	case t == fieldType:
		s.field(n, path)
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		s.check(n, t.Elem(), path)
	case reflect.Struct:
		if s.want(n, jsonObject) {
			s.structure(n, path, s.keys.of(t), diag.Text{En: "this", Zh: "此处"})
		}
	case reflect.Slice:
		if s.want(n, jsonArray) {
			for i, x := range n.items {
				s.check(x, t.Elem(), index(path, i))
			}
		}
	case reflect.Map:
		if s.want(n, jsonObject) {
			for i, k := range n.keys {
				s.check(n.items[i], t.Elem(), join(path, k.name))
			}
		}
	case reflect.String:
		s.want(n, jsonString)
	case reflect.Bool:
		s.want(n, jsonBool)
	default: // whole numbers: documents have no others
		if s.want(n, jsonNumber) && strings.ContainsAny(n.text, ".eE") {
			s.errorf("wrong-type", n.start, diag.Textf("a whole number should be here", "此处应为整数"))
		}
	}
}

func (s *shaper) want(n *node, k nodeKind) bool {
	if n.kind == k {
		return true
	}
	wantEn, wantZh := k.name()
	gotEn, gotZh := n.kind.name()
	s.findings.Errorf("wrong-type", "", s.d.pos(n.start), diag.Text{
		En: wantEn + " should be here, not " + gotEn, Zh: "此处应为" + wantZh + "，而不是" + gotZh})
	return false
}

func (s *shaper) errorf(code string, at int, text diag.Text) *diag.Finding {
	return s.findings.Errorf(code, "", s.d.pos(at), text)
}

// text is an object by locale, or a bare string.
func (s *shaper) text(n *node, path string) {
	if n.kind == jsonString {
		return
	}
	if !s.want(n, jsonObject) {
		return
	}
	for i, k := range n.keys {
		s.pos[join(path, k.name)] = s.d.pos(n.items[i].start)
		s.want(n.items[i], jsonString)
	}
}

// structure holds an object against its keys. what names the object in findings of missing keys.
func (s *shaper) structure(n *node, path string, keys *keys, what diag.Text) {
	meant := map[string]bool{} // by keys that are misspelt
	for i, k := range n.keys {
		x, ok := keys.byName[k.name]
		if !ok {
			meant[s.unknown(k, keys.names())] = true
			continue
		}
		s.check(n.items[i], x.Type, join(path, k.name))
		if v := n.items[i]; v.kind == jsonString && v.text == "" && !x.Required && (len(x.Enum) > 0 || x.Form != "") {
			s.errorf("empty-value", v.start, diag.Textf("%q is empty; leave the key out", "%q 为空；请去掉该键", k.name))
		}
	}
	for _, name := range keys.required {
		if n.get(name) != nil || meant[name] {
			continue
		}
		s.errorf("missing-key", n.start, diag.Textf("%[1]s needs the key %[3]q", "%[2]s需要键 %[3]q", what.En, what.Zh, name))
	}
}

// unknown reports a key, and gives the known one that may be meant.
func (s *shaper) unknown(k key, known []string) string {
	f := s.errorf("unknown-key", k.start, diag.Textf("the key %q is not known here", "此处没有名为 %q 的键", k.name))
	f.Suggestion = diag.DidYouMean(k.name, known)
	return diag.Nearest(k.name, known)
}

// field is a field declaration: the keys that all fields share, and those of its kind.
func (s *shaper) field(n *node, path string) {
	if !s.want(n, jsonObject) {
		return
	}
	t := n.get("type")
	if t == nil || t.kind != jsonString {
		s.structure(n, path, s.keys.field("", nil), diag.Text{En: "a field", Zh: "字段"})
		return
	}
	ft := s.fields.Get(t.text)
	if ft == nil {
		f := s.errorf("unknown-type", t.start, diag.Textf("there is no field type %q", "没有字段类型 %q", t.text))
		f.Suggestion = diag.DidYouMean(t.text, s.fields.Kinds())
		return
	}
	s.structure(n, path, s.keys.field(t.text, ft), diag.Textf("a field of type %s", "类型为 %s 的字段", t.text))
}
