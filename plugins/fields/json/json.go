// Package json is the field type "json": JSON, held to a JSON Schema when one is given.
package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string   { return "json" }
func (Type) Doc() diag.Text { return diag.Text{En: "Any JSON.", Zh: "任意 JSON。"} }

// Limits of one value.
const (
	maxBytes = 64 << 10
	maxDepth = 32
)

type settings struct {
	Schema json.RawMessage `json:"schema" doc:"JSON Schema (2020-12) that values meet" zh:"值须满足的 JSON Schema（2020-12）"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	if len(s.Schema) == 0 {
		return &document{}
	}
	schema, err := compile(s.Schema)
	if err != nil {
		env.Errorf("bad-setting", "schema", diag.Textf("the schema is broken: %v", "Schema 有误：%v", err), nil)
		return nil
	}
	return &document{schema}
}

// compile reads a schema that may refer to nothing outside of itself.
func compile(src []byte) (s *jsonschema.Schema, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.LoadURL = func(u string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s is outside of the schema", u) }
	if err := c.AddResource("field.json", bytes.NewReader(src)); err != nil {
		return nil, err
	}
	return c.Compile("field.json")
}

// document is stored as compact JSON.
type document struct{ schema *jsonschema.Schema }

func (*document) Column() driver.Column { return driver.Column{Type: driver.JSON} }

func (*document) Shape() field.Shape {
	return field.Shape{Output: "JSON", Input: "JSON", Filter: "JSONFilter", Operators: []field.Operator{fieldkit.IsNull()}}
}

func (f *document) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil {
		return value.Null, nil
	}
	if s, ok := in.(string); ok && json.Valid([]byte(s)) && (s[0] == '{' || s[0] == '[') { // from CSV
		d := json.NewDecoder(bytes.NewReader([]byte(s)))
		d.UseNumber()
		if err := d.Decode(&in); err != nil {
			return value.Null, fieldkit.Invalid("the JSON is broken", "JSON 有误")
		}
	}
	if deep(in, 0) {
		return value.Null, fieldkit.Refused("JSON is nested deeper than %d levels", "JSON 嵌套超过 %d 层", maxDepth)
	}
	b, err := json.Marshal(in)
	if err != nil {
		return value.Null, fieldkit.Invalid("the value is no JSON", "该值不是 JSON")
	}
	if len(b) > maxBytes {
		return value.Null, fieldkit.Refused("JSON has at most %d bytes", "JSON 最多 %d 字节", maxBytes)
	}
	if f.schema != nil {
		if err := validate(f.schema, in); err != nil {
			return value.Null, fieldkit.Refused("the JSON does not meet the schema: %v", "JSON 不符合 Schema：%v", err)
		}
	}
	return value.JSON(string(b)), nil
}

func validate(s *jsonschema.Schema, in any) (err error) {
	defer func() {
		if p := recover(); p != nil { // numbers with huge exponents make the library panic
			err = fmt.Errorf("a number is out of range")
		}
	}()
	return s.Validate(in)
}

func deep(v any, depth int) bool {
	if depth > maxDepth {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if deep(x, depth+1) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if deep(x, depth+1) {
				return true
			}
		}
	}
	return false
}

func (*document) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}
