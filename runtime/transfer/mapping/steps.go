package mapping

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Step transforms the text of a cell before it is read as a value. Do is one of
//
//	trim      takes space off both ends
//	upper, lower
//	split     takes part Take (from 1; from the end when negative) of the text cut at By;
//	          with Rest, what follows that part comes along
//	date      reads a date by the first of Formats that fits: YYYY YY MM DD HH hh mm ss A (AM/PM),
//	          Z (an offset), all else as it stands
//	number    reads a number whose decimal sign is Decimal ("." when empty) and whose groups are
//	          divided by Group; signs of currencies, spaces and the brackets of negative amounts go
//	map       replaces a text that Values knows; any other by Else, when it is given
//	default   gives an empty cell the text Value
//	constant  gives every row the text Value
type Step struct {
	Do      string            `json:"do"`
	By      string            `json:"by,omitempty"`
	Take    int               `json:"take,omitempty"`
	Rest    bool              `json:"rest,omitempty"`
	Formats []string          `json:"formats,omitempty"`
	Decimal string            `json:"decimal,omitempty"`
	Group   string            `json:"group,omitempty"`
	Values  map[string]string `json:"values,omitempty"`
	Else    *string           `json:"else,omitempty"`
	Value   string            `json:"value,omitempty"`
}

// step is a compiled Step.
type step func(s string) (string, *errs.Error)

func plainly(fn func(string) string) step {
	return func(s string) (string, *errs.Error) { return fn(s), nil }
}

func constant(steps []Step) bool { return len(steps) > 0 && steps[0].Do == "constant" }

func compileSteps(in []Step) ([]step, *errs.Error) {
	var out []step
	for _, s := range in {
		do, err := compileStep(s)
		if err != nil {
			return nil, err
		}
		out = append(out, do)
	}
	return out, nil
}

func compileStep(s Step) (step, *errs.Error) {
	switch s.Do {
	case "trim":
		return plainly(strings.TrimSpace), nil
	case "upper":
		return plainly(strings.ToUpper), nil
	case "lower":
		return plainly(strings.ToLower), nil
	case "split":
		if s.By == "" || s.Take == 0 {
			return nil, errs.New(errs.InvalidInput, "split needs by and take", "split 需要 by 与 take")
		}
		return plainly(func(text string) string { return part(text, s) }), nil
	case "date":
		return compileDate(s)
	case "number":
		return compileNumber(s)
	case "map":
		return plainly(mapped(s)), nil
	case "default":
		return plainly(func(text string) string {
			if strings.TrimSpace(text) == "" {
				return s.Value
			}
			return text
		}), nil
	case "constant":
		return plainly(func(string) string { return s.Value }), nil
	}
	return nil, errs.New(errs.InvalidInput, "there is no step %q; there are trim, upper, lower, split, date, number, map, default and constant",
		"没有转换 %q；可用 trim、upper、lower、split、date、number、map、default 与 constant", s.Do)
}

// part takes a part of a text. Parts divided by a space are words: more spaces divide no better.
func part(text string, s Step) string {
	parts := strings.Split(text, s.By)
	if s.By == " " {
		parts = strings.Fields(text)
	}
	n := s.Take - 1
	if s.Take < 0 {
		n = len(parts) + s.Take
	}
	if n < 0 || n >= len(parts) {
		return ""
	}
	if s.Rest {
		return strings.TrimSpace(strings.Join(parts[n:], s.By))
	}
	return strings.TrimSpace(parts[n])
}

// mapped compares without regard to space at the ends, and to case where that is needed.
func mapped(s Step) func(string) string {
	exact, folded := make(map[string]string, len(s.Values)), make(map[string]string, len(s.Values))
	for k, v := range s.Values {
		k = strings.TrimSpace(k)
		exact[k], folded[strings.ToLower(k)] = v, v
	}
	return func(text string) string {
		k := strings.TrimSpace(text)
		if v, ok := exact[k]; ok {
			return v
		}
		if v, ok := folded[strings.ToLower(k)]; ok {
			return v
		}
		if s.Else != nil && k != "" {
			return *s.Else
		}
		return text
	}
}

// isoLocal is how a date step hands on an instant without an offset.
const isoLocal = "2006-01-02T15:04:05.999999"

func compileDate(s Step) (step, *errs.Error) {
	if len(s.Formats) == 0 {
		return nil, errs.New(errs.InvalidInput, "date needs formats, such as DD.MM.YYYY", "date 需要 formats，例如 DD.MM.YYYY")
	}
	var layouts []layout
	for _, f := range s.Formats {
		l := newLayout(f)
		if !l.date && !l.time {
			return nil, errs.New(errs.InvalidInput, "%q is no format of a date, such as DD.MM.YYYY", "%q 不是日期格式，例如 DD.MM.YYYY", f)
		}
		layouts = append(layouts, l)
	}
	return func(text string) (string, *errs.Error) {
		text = strings.TrimSpace(text)
		if text == "" {
			return "", nil
		}
		for _, l := range layouts {
			if out, ok := l.read(text); ok {
				return out, nil
			}
		}
		return text, errs.New(errs.InvalidInput, "%.60q does not look like %s", "%.60q 不符合格式 %s", text, strings.Join(s.Formats, ", "))
	}, nil
}

// layout is a format in the notation of package time.
type layout struct {
	text               string
	date, time, offset bool
}

var tokens = []struct {
	token, layout string
	part          byte // d, t or z
}{
	{"YYYY", "2006", 'd'}, {"yyyy", "2006", 'd'}, {"YY", "06", 'd'}, {"yy", "06", 'd'}, {"MMMM", "January", 'd'}, {"MMM", "Jan", 'd'},
	{"MM", "1", 'd'}, {"M", "1", 'd'}, {"DD", "2", 'd'}, {"dd", "2", 'd'}, {"D", "2", 'd'}, {"d", "2", 'd'},
	{"HH", "15", 't'}, {"H", "15", 't'}, {"hh", "3", 't'}, {"h", "3", 't'}, {"mm", "4", 't'}, {"ss", "5", 't'}, {"A", "PM", 't'}, {"Z", "Z07:00", 'z'},
}

func newLayout(format string) (l layout) {
next:
	for format != "" {
		for _, t := range tokens {
			if rest, ok := strings.CutPrefix(format, t.token); ok {
				l.text += t.layout
				l.date, l.time, l.offset = l.date || t.part == 'd', l.time || t.part == 't', l.offset || t.part == 'z'
				format = rest
				continue next
			}
		}
		l.text += format[:1]
		format = format[1:]
	}
	return l
}

// read gives the date, time or instant in ISO form.
func (l layout) read(text string) (string, bool) {
	t, err := time.Parse(l.text, text)
	switch {
	case err != nil || t.Year() > 9999 || t.Year() < 0:
		return "", false
	case l.offset:
		return t.Format(time.RFC3339Nano), true
	case l.date && l.time:
		return t.Format(isoLocal), true
	case l.time:
		return t.Format(time.TimeOnly), true
	}
	return t.Format(time.DateOnly), true
}

func compileNumber(s Step) (step, *errs.Error) {
	if s.Decimal == "" {
		s.Decimal = "."
	}
	if s.Decimal == s.Group || strings.ContainsAny(s.Decimal+s.Group, "0123456789-+") {
		return nil, errs.New(errs.InvalidInput, "decimal and group are two different signs", "decimal 与 group 须为两个不同的符号")
	}
	return func(text string) (string, *errs.Error) {
		if strings.TrimSpace(text) == "" {
			return "", nil
		}
		if n, ok := readNumber(text, s.Decimal, s.Group); ok {
			return n, nil
		}
		return text, errs.New(errs.InvalidInput, "%.60q is no number with %q before the decimals", "%.60q 不是以 %q 为小数点的数字", text, s.Decimal)
	}, nil
}

// readNumber gives a number in plain notation.
func readNumber(text, decimal, group string) (string, bool) {
	s := bare(text)
	sign := ""
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		sign, s = "-", s[1:len(s)-1]
	}
	if rest, ok := strings.CutPrefix(s, "-"); ok && sign == "" {
		sign, s = "-", rest
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	whole, frac, point := strings.Cut(s, decimal)
	if group != "" && !unicode.IsSpace([]rune(group)[0]) {
		for i, g := range strings.Split(whole, group) {
			if g == "" || i > 0 && (len(g) < 2 || len(g) > 4) {
				return "", false
			}
		}
		whole = strings.ReplaceAll(whole, group, "")
	}
	if !digits(whole) || point && !digits(frac) {
		return "", false
	}
	if point {
		return sign + whole + "." + frac, true
	}
	return sign + whole, true
}

// bare takes spaces and the signs of currencies off a number, and makes wide digits narrow.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || r == '元' {
			return -1
		}
		return r
	}, width.Narrow.String(s))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
