// Package file is the field type "file": the description of a stored file.
package file

import (
	"encoding/json"
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

func (Type) Kind() string   { return "file" }
func (Type) Doc() diag.Text { return diag.Text{En: "A stored file.", Zh: "文件。"} }

// settings: there are none.
type settings struct{}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	return descriptor{}
}

// descriptor names a file by the digest of its content; the content itself is kept elsewhere.
type descriptor struct{}

func (descriptor) Column() driver.Column { return driver.Column{Type: driver.JSON} }

func (descriptor) Shape() field.Shape {
	return field.Shape{Output: "JSON", Input: "JSON", Filter: "JSONFilter", Operators: []field.Operator{fieldkit.IsNull()}}
}

func (descriptor) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	m, ok := in.(map[string]any)
	if !ok {
		return value.Null, fieldkit.Invalid("a file is described by name, size, type and hash", "文件须由 name、size、type 与 hash 描述")
	}
	out := map[string]any{}
	for k, v := range m {
		switch k {
		case "name", "type", "hash":
			s, err := fieldkit.String(v, false)
			if err != nil {
				return value.Null, err
			}
			if len(s) > 255 {
				return value.Null, fieldkit.Refused("%s has at most 255 bytes", "%s 最多 255 字节", k)
			}
			out[k] = s
		case "size":
			n, err := fieldkit.Int(v)
			if err != nil {
				return value.Null, err
			}
			if n < 0 {
				return value.Null, fieldkit.Refused("the size of a file is not negative", "文件大小不能为负")
			}
			out[k] = n
		default:
			return value.Null, fieldkit.Invalid("a file has no %s", "文件没有属性 %s", k)
		}
	}
	if out["name"] == nil || out["name"] == "" || out["hash"] == nil {
		return value.Null, fieldkit.Refused("a file needs a name and a hash", "文件须有 name 与 hash")
	}
	b, err := json.Marshal(out)
	if err != nil {
		return value.Null, fieldkit.Invalid("the description cannot be kept", "无法保存该描述")
	}
	return value.JSON(string(b)), nil
}

func (descriptor) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}
