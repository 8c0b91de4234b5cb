// Package file is the field type "file": the description of a stored file. Clients give the id of
// an upload; what the file is called, holds and weighs the platform knows.
package file

import (
	"encoding/json"
	"regexp"
	"strings"

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

type settings struct {
	MaxSize int64    `json:"maxSize" doc:"most bytes of a file; the server's limit unless given" zh:"文件最大字节数，默认取服务器上限" schema:"{\"minimum\":1,\"maximum\":1099511627776}"`
	Types   []string `json:"types" doc:"media types that are taken, such as application/pdf or image/*; all unless given" zh:"允许的媒体类型，例如 application/pdf 或 image/*；默认全部允许" schema:"{\"maxItems\":100,\"items\":{\"type\":\"string\",\"pattern\":\"^[a-z]+/([a-z0-9][a-z0-9.+-]*|\\\\*)$\"}}"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

var (
	mediaRange = regexp.MustCompile(`^[a-z]+/([a-z0-9][a-z0-9.+-]*|\*)$`)
	fileID     = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	if s.MaxSize < 0 || s.MaxSize > 1<<40 || decl.Settings["maxSize"] != nil && s.MaxSize == 0 {
		env.Errorf("bad-setting", "maxSize", diag.Textf("maxSize is from 1 to %d bytes", "maxSize 须为 1 到 %d 字节", int64(1)<<40), nil)
		return nil
	}
	if len(s.Types) > 100 {
		env.Errorf("bad-setting", "types", diag.Textf("at most %d media types", "最多 %d 个媒体类型", 100), nil)
		return nil
	}
	for _, t := range s.Types {
		if !mediaRange.MatchString(t) {
			env.Errorf("bad-setting", "types", diag.Textf("%q is no media type such as application/pdf or image/*", "%q 不是媒体类型，正确格式如 application/pdf 或 image/*", t), nil)
			return nil
		}
	}
	return &descriptor{s}
}

// descriptor names a file by its id; the content is kept by platform/blob under its digest.
type descriptor struct{ s settings }

var _ field.File = (*descriptor)(nil)

func (*descriptor) Column() driver.Column { return driver.Column{Type: driver.JSON} }

func (*descriptor) Shape() field.Shape {
	return field.Shape{Output: "JSON", Input: "JSON", Filter: "JSONFilter", Operators: []field.Operator{fieldkit.IsNull()}}
}

func (d *descriptor) MaxSize() int64 { return d.s.MaxSize }

func (d *descriptor) Accepts(i field.FileInfo) *errs.Error {
	if d.s.MaxSize > 0 && i.Size > d.s.MaxSize {
		return fieldkit.Refused("the file is larger than %d bytes", "文件超过 %d 字节", d.s.MaxSize)
	}
	if len(d.s.Types) == 0 {
		return nil
	}
	for _, t := range d.s.Types {
		if prefix, any := strings.CutSuffix(t, "*"); t == i.Type || any && strings.HasPrefix(i.Type, prefix) {
			return nil
		}
	}
	return fieldkit.Refused("files of the type %s are not taken here, only %s", "此处不接受 %s 类型的文件，仅接受 %s", i.Type, strings.Join(d.s.Types, ", "))
}

// Coerce takes the id of a file, or its description as the API shows it, of which only the id
// counts: the record runtime fills in the rest.
func (*descriptor) Coerce(in any) (value.Value, *errs.Error) {
	if in == nil || in == "" {
		return value.Null, nil
	}
	if s, ok := in.(string); ok && strings.HasPrefix(s, "{") { // as a table shows a description
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var read map[string]any
		if d.Decode(&read) == nil && !d.More() {
			in = read
		}
	}
	var out field.FileInfo
	switch v := in.(type) {
	case string:
		out.ID = v
	case map[string]any:
		for k, x := range v {
			if err := set(&out, k, x); err != nil {
				return value.Null, err
			}
		}
	default:
		return value.Null, fieldkit.Invalid("a file is given by the id of its upload", "文件须以上传所得的 id 指定")
	}
	if !fileID.MatchString(out.ID) {
		return value.Null, fieldkit.Invalid("a file is given by the id of its upload", "文件须以上传所得的 id 指定")
	}
	return out.Value(), nil
}

// set reads one part of a description.
func set(i *field.FileInfo, key string, in any) *errs.Error {
	if key == "size" {
		n, err := fieldkit.Int(in)
		if err == nil && n < 0 {
			err = fieldkit.Refused("the size of a file is not negative", "文件大小不能为负")
		}
		i.Size = n
		return err
	}
	to := map[string]*string{"id": &i.ID, "name": &i.Name, "type": &i.Type, "hash": &i.Hash}[key]
	if to == nil {
		return fieldkit.Invalid("a file has no %s", "文件没有属性 %s", key)
	}
	s, err := fieldkit.String(in, false)
	if err == nil && len(s) > 255 {
		err = fieldkit.Refused("%s has at most 255 bytes", "%s 最多 255 字节", key)
	}
	*to = s
	return err
}

func (*descriptor) AppendJSON(dst []byte, v value.Value) []byte {
	if v.IsNull() {
		return append(dst, "null"...)
	}
	return append(dst, v.Text()...)
}
