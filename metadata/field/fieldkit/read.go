package fieldkit

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/value"
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// Invalid is a failure of shape: the wrong JSON type, or text that cannot be read.
func Invalid(en, zh string, args ...any) *errs.Error {
	return errs.New(errs.InvalidInput, en, zh, args...)
}

// Refused is a failure of a rule: out of bounds, too long, not a choice.
func Refused(en, zh string, args ...any) *errs.Error {
	return errs.New(errs.ValidationFail, en, zh, args...)
}

// Settings decodes a declaration's settings; it reports what does not decode.
func Settings(decl model.Field, env field.Env, dst any) bool {
	err := spec.Decode(decl.Settings, dst)
	if err == nil {
		return true
	}
	key := ""
	if k, ok := err.(*spec.KeyError); ok {
		key = k.Key
	}
	env.Errorf("bad-setting", key, diag.Textf("%v", "设置无效：%v", err), nil)
	return false
}

// String reads text. It refuses invalid UTF-8 and control characters; line breaks and tabs pass
// when multiline.
func String(in any, multiline bool) (string, *errs.Error) {
	s, ok := in.(string)
	if !ok {
		return "", Invalid("must be text", "必须是文本")
	}
	if !utf8.ValidString(s) {
		return "", Invalid("is not valid UTF-8 text", "不是有效的 UTF-8 文本")
	}
	for i := range len(s) {
		c := s[i]
		if (c < ' ' && !(multiline && (c == '\n' || c == '\t' || c == '\r'))) || c == 0x7f {
			return "", Invalid("holds the control character U+%04X", "含有控制字符 U+%04X", c)
		}
	}
	return s, nil
}

// number gives the literal of a number or of text that may be one.
func number(in any) (string, bool) {
	switch x := in.(type) {
	case json.Number:
		return string(x), true
	case string:
		return strings.TrimSpace(x), true
	}
	return "", false
}

// Int reads a whole number; 12.0 and 1e3 are whole.
func Int(in any) (int64, *errs.Error) {
	s, ok := number(in)
	if !ok {
		return 0, Invalid("must be a whole number", "必须是整数")
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	v, err := value.ParseDecimal(s)
	if err != nil {
		return 0, Invalid("must be a whole number", "必须是整数")
	}
	w := value.Floor(v)
	if w.IsNull() || !value.Equal(w, v) {
		return 0, Invalid("must be a whole number, without a fraction", "必须是整数，不能有小数")
	}
	if w.Kind() != value.KindInt {
		return 0, Refused("must be between -9223372036854775808 and 9223372036854775807", "必须在 -9223372036854775808 与 9223372036854775807 之间")
	}
	return w.Int(), nil
}

// Decimal reads an exact number from a JSON number or from text; it never passes through a float.
func Decimal(in any) (value.Value, *errs.Error) {
	s, ok := number(in)
	if !ok {
		return value.Null, Invalid("must be a number", "必须是数字")
	}
	v, err := value.ParseDecimal(s)
	if err != nil || v.IsNull() {
		return value.Null, Invalid("must be a number of at most 38 digits, such as \"12.50\"", "必须是数字（最多 38 位），例如 \"12.50\"")
	}
	return v, nil
}

// Bool reads a truth value; CSV text "true" and "false" pass.
func Bool(in any) (value.Value, *errs.Error) {
	switch x := in.(type) {
	case bool:
		return value.Bool(x), nil
	case string:
		switch strings.ToLower(strings.TrimSpace(x)) {
		case "true":
			return value.Bool(true), nil
		case "false":
			return value.Bool(false), nil
		}
	}
	return value.Null, Invalid("must be true or false", "必须是 true 或 false")
}

// Items reads a list of at most max elements. Text from CSV is split at semicolons.
func Items(in any, max int) ([]any, *errs.Error) {
	list, ok := in.([]any)
	if s, text := in.(string); text {
		ok = true
		for _, part := range strings.Split(s, ";") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	if !ok {
		return nil, Invalid("must be a list", "必须是列表")
	}
	if len(list) > max {
		return nil, Refused("has %d elements, at most %d are allowed", "有 %d 个元素，最多允许 %d 个", len(list), max)
	}
	return list, nil
}

// ID reads a record id: "prefix_17", or the digits alone.
func ID(in any, prefix, object string) (int64, *errs.Error) {
	s, ok := number(in)
	if !ok {
		return 0, Invalid("must be a %s id, such as \"%s_17\"", "必须是 %s 的编号，例如 \"%s_17\"", object, prefix)
	}
	digits, _ := strings.CutPrefix(s, prefix+"_")
	n, err := ParseID(digits)
	if err != nil {
		return 0, Invalid("%.60q is not a %s id; those look like \"%s_17\"", "%.60q 不是 %s 的编号；应类似 \"%s_17\"", s, object, prefix)
	}
	return n, nil
}

// ParseID reads the digits of an id as the platform writes them.
func ParseID(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && (n <= 0 || s[0] == '+' || s[0] == '0') {
		return 0, strconv.ErrRange
	}
	return n, err
}
