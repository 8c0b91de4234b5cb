package mapping

import (
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// chooser is implemented by fields with a list of choices.
type chooser interface{ Choices() []model.PicklistValue }

// reader gives the function that turns text into input for a field, with what people write where
// the API is strict: labels of choices, yes and no, local dates. What it does not understand it
// passes on, for the field to refuse.
func reader(f *catalog.Field, zone *time.Location) func(string) (any, *errs.Error) {
	if c, ok := f.Type.(chooser); ok {
		return choices(newChoiceNames(c.Choices()), f.Store.Type == driver.List)
	}
	switch f.Store.Type {
	case driver.Bool:
		return func(s string) (any, *errs.Error) { return truth(s), nil }
	case driver.Int, driver.Decimal, driver.Float:
		return func(s string) (any, *errs.Error) { return strings.TrimSpace(width.Narrow.String(s)), nil }
	case driver.Date:
		return readDate
	case driver.DateTime:
		return func(s string) (any, *errs.Error) { return readInstant(s, zone), nil }
	case driver.JSON:
		return readJSON
	case driver.List:
		return func(s string) (any, *errs.Error) {
			if list, ok := listOf(s); ok {
				return list, nil
			}
			return s, nil
		}
	case driver.Ref:
		return asIs
	}
	return func(s string) (any, *errs.Error) { return s, nil }
}

// choiceNames finds the code of a choice by what people call it.
type choiceNames struct {
	exact, loose map[string]string // "" where two choices share a name
}

func newChoiceNames(values []model.PicklistValue) choiceNames {
	n := choiceNames{map[string]string{}, map[string]string{}}
	put := func(m map[string]string, name, code string) {
		if have, ok := m[name]; ok && have != code {
			code = ""
		}
		m[name] = code
	}
	for _, inactive := range []bool{false, true} { // an old choice does not shadow one in use
		later := choiceNames{map[string]string{}, map[string]string{}}
		for _, v := range values {
			if v.Inactive != inactive {
				continue
			}
			for _, label := range v.Label {
				put(later.exact, strings.TrimSpace(label), v.Code)
				put(later.loose, normal(label), v.Code)
			}
			put(later.loose, normal(v.Code), v.Code)
		}
		for name, code := range later.exact {
			if _, ok := n.exact[name]; !ok {
				n.exact[name] = code
			}
		}
		for name, code := range later.loose {
			if _, ok := n.loose[name]; !ok {
				n.loose[name] = code
			}
		}
	}
	for _, v := range values { // a code is a code, whatever label another one has
		n.exact[v.Code] = v.Code
	}
	return n
}

func (n choiceNames) find(s string) (string, *errs.Error) {
	s = strings.TrimSpace(s)
	code, ok := n.exact[s]
	if !ok {
		code, ok = n.loose[normal(s)]
	}
	switch {
	case !ok:
		return s, nil
	case code == "":
		return s, errs.New(errs.InvalidInput, "%.60q is the name of several choices; give the code", "%.60q 对应多个选项，请填写代码", s)
	}
	return code, nil
}

func choices(names choiceNames, many bool) func(string) (any, *errs.Error) {
	return func(s string) (any, *errs.Error) {
		if !many {
			return wrap(names.find(s))
		}
		var out []any
		if _, ok := listOf(s); ok {
			return readJSON(s)
		}
		for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(";；|\n", r) }) {
			if strings.TrimSpace(part) == "" {
				continue
			}
			code, err := names.find(part)
			if err != nil {
				return nil, err
			}
			out = append(out, code)
		}
		return out, nil
	}
}

func wrap(s string, err *errs.Error) (any, *errs.Error) { return s, err }

// truth reads yes and no in both languages.
func truth(s string) any {
	switch strings.ToLower(strings.TrimSpace(width.Narrow.String(s))) {
	case "true", "yes", "y", "1", "on", "x", "是", "对", "真", "√", "✓":
		return true
	case "false", "no", "n", "0", "off", "否", "不", "错", "假", "×", "✗":
		return false
	}
	return s
}

// days are the forms of a day that can mean only one; more are read by a date step.
var days = []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}

var clocks = []string{"", "T15:4:5", " 15:4:5", "T15:4", " 15:4"}

// local reads a day, or an instant of the clock on the wall.
func local(s string, zone *time.Location) (t time.Time, clock, ok bool) {
	s = strings.TrimSpace(width.Narrow.String(s))
	for _, c := range clocks {
		for _, d := range days {
			if t, err := time.ParseInLocation(d+c, s, zone); err == nil {
				return t, c != "", true
			}
		}
	}
	return t, false, false
}

// readDate takes an instant for a day only when it is midnight: else part of it would be lost.
func readDate(s string) (any, *errs.Error) {
	t, clock, ok := local(s, time.UTC)
	switch {
	case !ok:
		return strings.TrimSpace(s), nil
	case clock && (t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0 || t.Nanosecond() != 0):
		return nil, errs.New(errs.InvalidInput, "%.60q has a time of day; the field holds days", "%.60q 含有时刻，而该字段只保存日期", s)
	}
	return t.Format(time.DateOnly), nil
}

func readInstant(s string, zone *time.Location) any {
	s = strings.TrimSpace(s)
	if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return s
	}
	if t, _, ok := local(s, zone); ok {
		return t.Format(time.RFC3339Nano)
	}
	return s
}

// listOf reads a list that is written as JSON.
func listOf(s string) (list []any, ok bool) {
	if !strings.HasPrefix(strings.TrimSpace(s), "[") {
		return nil, false
	}
	v, err := readJSON(s)
	if err != nil {
		return nil, false
	}
	list, ok = v.([]any)
	return list, ok
}

// readJSON reads JSON; other text is passed on.
func readJSON(s string) (any, *errs.Error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return s, nil
	}
	return v, nil
}
