package fieldkit

import (
	"encoding/json"
	"sort"
	"strings"
	"unicode"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// ChoiceSettings are the settings of picklist and multipick.
type ChoiceSettings struct {
	Picklist string                `json:"picklist" doc:"name of a global picklist" zh:"全局选项列表的名称"`
	Values   []model.PicklistValue `json:"values" doc:"the choices, when they belong to this field alone" zh:"仅属于本字段的选项"`
}

// Choices are the values of a picklist with their GraphQL enum.
type Choices struct {
	Enum   string // GraphQL type
	Def    string // its SDL
	Values []model.PicklistValue
	byName map[string]*choice
	byCode map[string]*choice
	names  string // for messages
}

type choice struct {
	model.PicklistValue
	enum string
}

// NewChoices reads the choices of a declaration, or reports what is wrong and gives nil.
func NewChoices(decl model.Field, env field.Env) *Choices {
	var s ChoiceSettings
	if !Settings(decl, env, &s) {
		return nil
	}
	c := &Choices{byName: map[string]*choice{}, byCode: map[string]*choice{}}
	values := s.Values
	setting := "values"
	switch {
	case s.Picklist != "" && s.Values != nil:
		env.Errorf("conflicting-settings", "values", diag.Textf("give either picklist or values, not both", "picklist 与 values 只能选其一"), nil)
		return nil
	case s.Picklist != "":
		p := env.Picklist(s.Picklist)
		if p == nil {
			env.Errorf("unknown-picklist", "picklist", diag.Textf("there is no picklist %q", "没有选项列表 %q", s.Picklist), diag.DidYouMean(s.Picklist, env.Picklists()))
			return nil
		}
		values, setting = p.Values, "picklist"
		c.Enum = pascal(s.Picklist) + "Option"
	default:
		c.Enum = pascal(env.Object()) + pascal(decl.Name) + "Option"
	}
	if len(values) == 0 {
		env.Errorf("no-choices", setting, diag.Textf("a picklist needs at least one value", "选项列表至少需要一个值"), nil)
		return nil
	}
	c.Values = values
	var def, list strings.Builder
	def.WriteString("enum " + c.Enum + " {\n")
	ok := true
	for i := range values {
		v := &choice{PicklistValue: values[i], enum: EnumValue(values[i].Code)}
		switch other := c.byName[v.enum]; {
		case v.Code == "":
			env.Errorf("no-code", setting, diag.Textf("value %d has no code", "第 %d 个值没有代码", i+1), nil)
			ok = false
		case other != nil:
			env.Errorf("duplicate-code", setting, diag.Textf("the codes %q and %q are the same in GraphQL (%s)", "代码 %q 与 %q 在 GraphQL 中相同（%s）", other.Code, v.Code, v.enum), nil)
			ok = false
		}
		c.byName[v.enum], c.byCode[v.Code] = v, v
		def.WriteString("  " + v.enum + "\n")
		if !v.Inactive {
			if list.Len() > 0 {
				list.WriteString(", ")
			}
			list.WriteString(v.enum)
		}
	}
	if !ok {
		return nil
	}
	def.WriteString("}")
	c.Def = def.String()
	if c.names = list.String(); len(c.names) > 300 {
		c.names = strings.ToValidUTF8(c.names[:300], "") + " …"
	}
	return c
}

func pascal(s string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '.' }) { // the input of an action is named object.action
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// EnumValue is a code as a GraphQL enum value.
func EnumValue(code string) string {
	s := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, code)
	if s == "" || s == "true" || s == "false" || s == "null" || s[0] >= '0' && s[0] <= '9' || strings.HasPrefix(s, "__") {
		return "_" + strings.TrimLeft(s, "_")
	}
	return s
}

func (c *Choices) find(in any) (*choice, *errs.Error) {
	s, err := String(in, false)
	if err != nil {
		return nil, err
	}
	v := c.byName[s]
	if v == nil {
		v = c.byCode[s]
	}
	if v == nil {
		return nil, Refused("%.60q is not a choice; those are %s", "%.60q 不是可选值；可选值为 %s", s, c.names)
	}
	return v, nil
}

// Any reads a choice, active or not, as filters do.
func (c *Choices) Any(in any) (value.Value, *errs.Error) {
	v, err := c.find(in)
	if err != nil {
		return value.Null, err
	}
	return value.Text(v.Code), nil
}

// Active reads a choice for new input.
func (c *Choices) Active(in any) (value.Value, *errs.Error) {
	v, err := c.find(in)
	if err != nil {
		return value.Null, err
	}
	if v.Inactive {
		return value.Null, Refused("%q is no longer in use; the choices are %s", "%q 已停用；可选值为 %s", v.Code, c.names)
	}
	return value.Text(v.Code), nil
}

// Append writes the enum value of a code. A code that metadata dropped since reads as null.
func (c *Choices) Append(dst []byte, code string) []byte {
	v := c.byCode[code]
	if v == nil {
		return append(dst, "null"...)
	}
	return append(append(append(dst, '"'), v.enum...), '"')
}

// AppendLabel writes the label of a code; the code itself where there is none.
func (c *Choices) AppendLabel(dst []byte, code, locale string) []byte {
	if v := c.byCode[code]; v != nil {
		if s := v.Label.In(locale); s != "" {
			return AppendString(dst, s)
		}
	}
	return AppendString(dst, code)
}

// Check refuses a code whose controlling fields have other values.
func (c *Choices) Check(code string, get func(string) value.Value) *errs.Error {
	v := c.byCode[code]
	if v == nil || len(v.When) == 0 {
		return nil
	}
	fields := make([]string, 0, len(v.When))
	for f := range v.When {
		fields = append(fields, f)
	}
	sort.Strings(fields)
	for _, f := range fields {
		if !allows(get(f), v.When[f]) {
			return Refused("%q is not a choice unless %s is %s", "仅当 %[2]s 为 %[3]s 时才能选择 %[1]q", code, f, strings.Join(v.When[f], " / "))
		}
	}
	return nil
}

func allows(v value.Value, codes []string) bool {
	var have []string
	switch v.Kind() {
	case value.KindText:
		have = []string{v.Text()}
	case value.KindBool:
		have = []string{"false"}
		if v.Bool() {
			have[0] = "true"
		}
	case value.KindList:
		have = Strings(v)
	}
	for _, h := range have {
		for _, c := range codes {
			if h == c {
				return true
			}
		}
	}
	return false
}

// Strings are the elements of a List of strings.
func Strings(v value.Value) []string {
	var out []string
	if v.IsNull() || json.Unmarshal([]byte(v.Text()), &out) != nil {
		return nil
	}
	return out
}
