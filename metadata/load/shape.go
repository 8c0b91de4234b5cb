package load

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

// shaper holds a document against the Go type that it is decoded into, and says everything that
// does not fit: unknown keys with the nearest known one, missing keys, and values of the wrong kind.
type shaper struct {
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

func (s *shaper) check(n *document.Node, t reflect.Type, path string) {
	s.pos[path] = n.Pos()
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
		if s.want(n, document.Object) {
			s.structure(n, path, s.keys.of(t), diag.Text{En: "this", Zh: "此处"})
		}
	case reflect.Slice:
		if s.want(n, document.Array) {
			for i, x := range n.Items {
				s.check(x, t.Elem(), index(path, i))
			}
		}
	case reflect.Map:
		if s.want(n, document.Object) {
			for i, k := range n.Keys {
				s.check(n.Items[i], t.Elem(), join(path, k.Name))
			}
		}
	case reflect.String:
		s.want(n, document.String)
	case reflect.Bool:
		s.want(n, document.Bool)
	default: // whole numbers: documents have no others
		if s.want(n, document.Number) && strings.ContainsAny(n.Text, ".eE") {
			s.errorf("wrong-type", n.Pos(), diag.Textf("a whole number should be here", "此处应为整数"))
		}
	}
}

func (s *shaper) want(n *document.Node, k document.Kind) bool {
	if n.Kind == k {
		return true
	}
	want, got := k.Name(), n.Kind.Name()
	s.findings.Errorf("wrong-type", "", n.Pos(), diag.Text{
		En: want.En + " should be here, not " + got.En, Zh: "此处应为" + want.Zh + "，而不是" + got.Zh})
	return false
}

func (s *shaper) errorf(code string, at diag.Pos, text diag.Text) *diag.Finding {
	return s.findings.Errorf(code, "", at, text)
}

// text is an object by locale, or a bare string.
func (s *shaper) text(n *document.Node, path string) {
	if n.Kind == document.String {
		return
	}
	if !s.want(n, document.Object) {
		return
	}
	for i, k := range n.Keys {
		s.pos[join(path, k.Name)] = n.Items[i].Pos()
		s.want(n.Items[i], document.String)
	}
}

// structure holds an object against its keys. what names the object in findings of missing keys.
func (s *shaper) structure(n *document.Node, path string, keys *keys, what diag.Text) {
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
		s.check(n.Items[i], x.Type, join(path, k.Name))
		if v := n.Items[i]; v.Kind == document.String && v.Text == "" && !x.Required && (len(x.Enum) > 0 || x.Form != "") {
			s.errorf("empty-value", v.Pos(), diag.Textf("%q is empty; leave the key out", "%q 为空；请去掉该键", k.Name))
		}
	}
	for _, name := range keys.required {
		if n.Get(name) != nil || meant[name] {
			continue
		}
		s.errorf("missing-key", n.Pos(), diag.Textf("%[1]s needs the key %[3]q", "%[2]s需要键 %[3]q", what.En, what.Zh, name))
	}
}

// unknown reports a key, and gives the known one that may be meant.
func (s *shaper) unknown(k document.Key, known []string) string {
	f := s.errorf("unknown-key", k.Pos(), diag.Textf("the key %q is not known here", "此处没有名为 %q 的键", k.Name))
	f.Suggestion = diag.DidYouMean(k.Name, known)
	return diag.Nearest(k.Name, known)
}

// field is a field declaration: the keys that all fields share, and those of its kind.
func (s *shaper) field(n *document.Node, path string) {
	if !s.want(n, document.Object) {
		return
	}
	t := n.Get("type")
	if t == nil || t.Kind != document.String {
		s.structure(n, path, s.keys.field("", nil), diag.Text{En: "a field", Zh: "字段"})
		return
	}
	ft := s.fields.Get(t.Text)
	if ft == nil {
		f := s.errorf("unknown-type", t.Pos(), diag.Textf("there is no field type %q", "没有字段类型 %q", t.Text))
		f.Suggestion = diag.DidYouMean(t.Text, s.fields.Kinds())
		return
	}
	s.structure(n, path, s.keys.field(t.Text, ft), diag.Textf("a field of type %s", "类型为 %s 的字段", t.Text))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return fmt.Sprintf("%s.%d", path, i) }
