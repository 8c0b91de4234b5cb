// Package code is the field type "code": a random code that people type, made when a record has none.
package code

import (
	"io"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/code"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

// Type is the field type.
type Type struct{}

var _ field.Type = Type{}

func (Type) Kind() string { return "code" }
func (Type) Doc() diag.Text {
	return diag.Text{En: "A random code that people type; a new record gets one unless it is given.", Zh: "供人输入的随机码；新记录未给出时自动生成。"}
}

type settings struct {
	Prefix   string `json:"prefix" doc:"what codes begin with" zh:"前缀" schema:"{\"maxLength\":16}"`
	Alphabet string `json:"alphabet" doc:"characters that codes are made of; unless given, digits and capital letters that do not look alike" zh:"字符集，默认为不易混淆的数字与大写字母" schema:"{\"maxLength\":64}"`
	Length   *int   `json:"length" doc:"random characters, 10 unless given" zh:"随机位数，默认 10" schema:"{\"minimum\":1,\"maximum\":64}"`
	Checksum bool   `json:"checksum" doc:"one more character, which catches mistyped codes" zh:"附加校验位"`
}

func (Type) Spec() *spec.Spec { return spec.Of[settings]() }

func (Type) New(decl model.Field, env field.Env) field.Field {
	var s settings
	if !fieldkit.Settings(decl, env, &s) {
		return nil
	}
	f := code.Format{Prefix: s.Prefix, Alphabet: s.Alphabet, Length: 10, Check: s.Checksum}
	if s.Length != nil {
		f.Length = *s.Length
	}
	if err := f.Valid(); err != nil {
		env.Errorf("bad-setting", "", diag.Textf("%v", "编码格式有误：%v", err), nil)
		return nil
	}
	out := &Field{Format: f}
	out.MaxLength = f.Size()
	out.Read = func(text string) (string, *errs.Error) {
		if text = f.Clean(text); !f.Right(text) {
			return "", fieldkit.Refused("is no such code; perhaps it is mistyped", "不是有效的编码，可能输入有误")
		}
		return text, nil
	}
	return out
}

// Field is a field of codes of one format.
type Field struct {
	fieldkit.TextField
	Format code.Format
}

var (
	_ field.Generated                       = (*Field)(nil)
	_ interface{ CodeFormat() code.Format } = (*Field)(nil)
)

// Generate makes a code.
func (f *Field) Generate(random io.Reader) (value.Value, error) {
	s, err := f.Format.New(random)
	return value.Text(s), err
}

// CodeFormat is how the codes look.
func (f *Field) CodeFormat() code.Format { return f.Format }

// Coerce reads a code however it is spaced.
func (f *Field) Coerce(in any) (value.Value, *errs.Error) {
	if s, ok := in.(string); ok {
		in = f.Format.Clean(s)
	}
	return f.TextField.Coerce(in)
}
