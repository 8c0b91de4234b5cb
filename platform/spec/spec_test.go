package spec_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/tenon-platform/tenon/platform/spec"
)

type tree struct {
	Name  string            `json:"name" required:"true" form:"word" doc:"the name" zh:"名称"`
	Kind  string            `json:"kind" enum:"leaf,branch" schema:"{\"default\":\"leaf\"}"`
	Kinds []string          `json:"kinds" enum:"leaf,branch"`
	Size  *int64            `json:"size" schema:"{\"minimum\":1}"`
	Raw   json.RawMessage   `json:"raw" schema:"{\"type\":[\"number\",\"string\"]}"`
	Below []tree            `json:"below"`
	By    map[string]*tree  `json:"by" doc:"by name"`
	Label label             `json:"label"`
	More  map[string]string `json:"more"`
	Skip  int               `json:"-"`
}

type label string

// TestSchemas: the schema of a type that holds itself, with everything that tags say.
func TestSchemas(t *testing.T) {
	w := spec.NewSchemas(map[reflect.Type]func(*spec.Schemas) spec.Schema{
		reflect.TypeFor[label](): func(*spec.Schemas) spec.Schema { return spec.Schema{"type": "string", "maxLength": 9} },
	}, map[string]spec.Schema{"word": {"type": "string", "pattern": "^[a-z]+$"}})
	root := w.Type(reflect.TypeFor[tree]())
	got, err := json.Marshal(map[string]any{"root": root, "defs": w.Defs})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"root": {"$ref": "#/$defs/tree"}, "defs": {
		"word": {"type": "string", "pattern": "^[a-z]+$"}, "label": {"type": "string", "maxLength": 9},
		"tree": {"type": "object", "additionalProperties": false, "required": ["name"], "properties": {
			"name": {"type": "string", "$ref": "#/$defs/word", "description": "the name / 名称"},
			"kind": {"type": "string", "enum": ["leaf", "branch"], "default": "leaf"},
			"kinds": {"type": "array", "items": {"type": "string", "enum": ["leaf", "branch"]}},
			"size": {"type": "integer", "minimum": 1},
			"raw": {"type": ["number", "string"]},
			"below": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
			"by": {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}, "description": "by name"},
			"label": {"$ref": "#/$defs/label"},
			"more": {"type": "object", "additionalProperties": {"type": "string"}}}}}}`
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got %s", got)
	}
}

func TestDecode(t *testing.T) {
	var dst tree
	raw := map[string]json.RawMessage{"name": []byte(`"x"`), "size": []byte(`7`), "unknown": []byte(`1`)}
	if err := spec.Decode(raw, &dst); err != nil || dst.Name != "x" || *dst.Size != 7 {
		t.Errorf("got %+v, %v", dst, err)
	}
	err := spec.Decode(map[string]json.RawMessage{"size": []byte(`"x"`)}, &dst)
	if k, ok := err.(*spec.KeyError); !ok || k.Key != "size" {
		t.Errorf("got %v", err)
	}
	if s := spec.Of[tree](); s.Get("kind").Enum[1] != "branch" || s.Get("nothing") != nil || len(s.Names()) != 9 || s.Required()[0] != "name" {
		t.Errorf("got %+v", s)
	}
}
