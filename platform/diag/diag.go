// Package diag holds findings for the authors of metadata. Findings are collected, never thrown:
// one bad line must not hide the next. Errors for callers of a running system are platform/errs.
package diag

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// Severity of a finding. Errors forbid a publish; warnings do not.
type Severity uint8

const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalJSON writes the severity's word.
func (s Severity) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// UnmarshalJSON reads the severity's word.
func (s *Severity) UnmarshalJSON(b []byte) error {
	var w string
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*s = Error
	if w == "warning" {
		*s = Warning
	}
	return nil
}

// Text is a sentence for a person in each language the product speaks.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh-CN"`
}

// Words lets a text stand in another one.
func (t Text) Words() Text { return t }

// Worded is what a word stands for in each language, such as a state.
type Worded interface{ Words() Text }

// Textf fills both sentences with the same arguments; the Chinese one may use %[n]v to reorder. What is
// Worded stands in each sentence in its language.
func Textf(en, zh string, args ...any) Text {
	return Text{fmt.Sprintf(en, words(args, "en")...), fmt.Sprintf(zh, words(args, "zh-CN")...)}
}

func words(args []any, locale string) []any {
	var out []any
	for i, a := range args {
		w, ok := a.(Worded)
		if !ok {
			continue
		}
		if out == nil {
			out = append(out, args...)
		}
		out[i] = w.Words().In(locale)
	}
	if out == nil {
		return args
	}
	return out
}

// In gives the sentence in a locale such as "zh-CN" or "en-GB"; English when unknown.
func (t Text) In(locale string) string {
	if strings.HasPrefix(locale, "zh") && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

// Pos is a place in a file; Line and Col count from 1, Col in bytes. A zero Line means the whole file.
type Pos struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Finding is one thing an author should know.
type Finding struct {
	Severity   Severity `json:"severity"`
	Code       string   `json:"code"`              // stable, kebab-case: "unknown-key"
	Address    string   `json:"address,omitempty"` // "object.dealer.field.tier"
	Pos        Pos      `json:"pos"`
	Summary    Text     `json:"summary"`              // plain language, one sentence
	Suggestion *Text    `json:"suggestion,omitempty"` // what to do about it
	Related    []Pos    `json:"related,omitempty"`    // the other places this is about
}

// List collects findings. The zero List is ready to use.
type List []Finding

// Add appends a finding.
func (l *List) Add(f Finding) { *l = append(*l, f) }

// Errorf appends an error at a place.
func (l *List) Errorf(code, address string, pos Pos, summary Text) *Finding {
	*l = append(*l, Finding{Severity: Error, Code: code, Address: address, Pos: pos, Summary: summary})
	return &(*l)[len(*l)-1]
}

// HasErrors says whether any finding forbids a publish.
func (l List) HasErrors() bool {
	for _, f := range l {
		if f.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders findings by file, line, column and code, so that output is stable.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i], l[j]
		switch {
		case a.Pos.File != b.Pos.File:
			return a.Pos.File < b.Pos.File
		case a.Pos.Line != b.Pos.Line:
			return a.Pos.Line < b.Pos.Line
		case a.Pos.Col != b.Pos.Col:
			return a.Pos.Col < b.Pos.Col
		}
		return a.Code < b.Code
	})
}

// Err is nil without errors, else an error that names the first and counts the rest.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return &Failed{l}
}

// Failed carries findings through an error return.
type Failed struct{ Findings List }

func (f *Failed) Error() string { return f.Text().En }

// Text says the first error with its place, and how many more there are.
func (f *Failed) Text() Text {
	n := 0
	var first Text
	for _, x := range f.Findings {
		if x.Severity == Error {
			if n++; n == 1 {
				first = Text{x.Pos.String() + ": " + x.Summary.En, x.Pos.String() + "：" + x.Summary.Zh}
			}
		}
	}
	if n > 1 {
		return Text{fmt.Sprintf("%s (and %d more errors)", first.En, n-1), fmt.Sprintf("%s（另有 %d 个错误）", first.Zh, n-1)}
	}
	return first
}

// Nearest gives the known name closest to a mistyped one, or "" when none is close.
func Nearest(name string, known []string) string {
	best, bestD := "", len(name)/3+2
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestD {
			best, bestD = k, d
		}
	}
	return best
}

// DidYouMean is the suggestion for a mistyped name, or nil when no known name is close.
func DidYouMean(name string, known []string) *Text {
	n := Nearest(name, known)
	if n == "" {
		return nil
	}
	t := Textf("did you mean %q?", "您是否想写 %q？", n)
	return &t
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur := row[j]
			row[j] = min(row[j]+1, row[j-1]+1, prev+cost)
			prev = cur
		}
	}
	return row[len(b)]
}
