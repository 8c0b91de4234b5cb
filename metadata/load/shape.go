package load

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// shaper holds a document against the Go type that it is decoded into, and says everything that
// does not fit: unknown keys with the nearest known one, and values of the wrong kind.
type shaper struct {
	d        *document
	fields   field.Registry
	kinds    kindKeys
	findings *diag.List
	pos      model.Positions
}

// kindKeys remembers the keys of fields by kind while one package loads.
type kindKeys map[string]fieldKeys

type fieldKeys struct {
	all      map[string]reflect.Type
	required []string
}

// keys are those of a field of type t; of any field when t is nil.
func (m kindKeys) keys(kind string, t field.Type) fieldKeys {
	k, ok := m[kind]
	if !ok {
		k.all = structKeys(fieldType)
		if t != nil {
			spec := t.Spec()
			for _, s := range spec.Settings {
				k.all[s.Name] = rawType
			}
			k.required = spec.Required()
		}
		m[kind] = k
	}
	return k
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
	case reflect.Struct:
		if s.want(n, jsonObject) {
			s.structure(n, path, structKeys(t))
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
	case reflect.Int:
		if s.want(n, jsonNumber) && strings.ContainsAny(n.text, ".eE") {
			s.errorf("wrong-type", n.start, diag.Textf("a whole number should be here", "此处应为整数"))
		}
	}
}

func (s *shaper) want(n *node, k kind) bool {
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

// structKeys maps the JSON keys of a struct to their types.
func structKeys(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			out[name] = f.Type
		}
	}
	return out
}

func (s *shaper) structure(n *node, path string, keys map[string]reflect.Type) {
	for i, k := range n.keys {
		t, ok := keys[k.name]
		if !ok {
			s.unknown(k, keys)
			continue
		}
		s.check(n.items[i], t, join(path, k.name))
	}
}

func (s *shaper) unknown(k key, keys map[string]reflect.Type) {
	known := make([]string, 0, len(keys))
	for name := range keys {
		known = append(known, name)
	}
	f := s.errorf("unknown-key", k.start, diag.Textf("the key %q is not known here", "此处没有名为 %q 的键", k.name))
	f.Suggestion = diag.DidYouMean(k.name, known)
}

// field is a field declaration: the keys that all fields share, and those of its kind.
func (s *shaper) field(n *node, path string) {
	if !s.want(n, jsonObject) {
		return
	}
	keys := s.kinds.keys("", nil).all
	if t := n.get("type"); t != nil && t.kind == jsonString {
		ft := s.fields.Get(t.text)
		if ft == nil {
			f := s.errorf("unknown-type", t.start, diag.Textf("there is no field type %q", "没有字段类型 %q", t.text))
			f.Suggestion = diag.DidYouMean(t.text, s.fields.Kinds())
			return
		}
		k := s.kinds.keys(t.text, ft)
		keys = k.all
		for _, name := range k.required {
			if n.get(name) == nil {
				s.errorf("missing-key", n.start, diag.Textf("a field of type %s needs the key %q", "类型为 %s 的字段需要键 %q", t.text, name))
			}
		}
	} else if t == nil {
		s.errorf("missing-key", n.start, diag.Textf("a field needs the key \"type\"", "字段需要键 \"type\""))
	}
	s.structure(n, path, keys)
}
