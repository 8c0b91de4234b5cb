package expr

import (
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// testScope has one object with a field of each kind, and a child.
type testScope struct{}

var symbols = map[string]Symbol{
	"amount": {Type: Type{Kind: value.KindDecimal, Scale: 2}}, "rate": {Type: Type{Kind: value.KindDecimal, Scale: 4}},
	"status": {Type: Type{Kind: value.KindText}, Codes: []string{"open", "won"}}, "vip": {Type: Type{Kind: value.KindBool}},
	"n": {Type: Type{Kind: value.KindInt}}, "due": {Type: Type{Kind: value.KindDate}}, "at": {Type: Type{Kind: value.KindDateTime}},
	"name": {Type: Type{Kind: value.KindText}}, "parent": {Type: Type{Kind: value.KindRef, Object: "thing"}}, "tags": {Type: Type{Kind: value.KindList, Elem: value.KindText}, Codes: []string{"red", "blue"}},
	"peers": {Type: Type{Kind: value.KindList, Elem: value.KindRef}},
}

func (testScope) Symbol(_, name string) (Symbol, bool) {
	s, ok := symbols[name]
	s.Name, s.Column = name, driver.Col{Name: name}
	return s, ok
}
func (testScope) Names(string) []string {
	return []string{"amount", "rate", "status", "vip", "n", "due", "at", "name", "parent", "tags", "peers"}
}
func (testScope) Children(_, name string) (Child, bool) {
	return Child{Object: "thing", Via: "parent", Table: "thing", Link: driver.Link{Inner: driver.Col{Name: "parent"}, Outer: driver.Col{Name: "id"}}}, name == "child"
}
func (testScope) ChildNames(string) []string { return []string{"child"} }
func (testScope) Table(o string) string      { return o }

var opt = Options{Scope: testScope{}, Object: "thing", Zone: "Asia/Shanghai", Prior: true}

func compiled(t *testing.T, src string) *Program {
	t.Helper()
	p, problems := Compile(src, opt)
	if len(problems) > 0 {
		t.Fatalf("%s: %+v", src, problems)
	}
	return p
}

func TestEvalConstants(t *testing.T) {
	now := time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC) // April 1st in Shanghai
	for _, c := range []struct{ src, want string }{
		{"1 + 2 * 3", "7"}, {"10 / 4", "2.5"}, {"1 / 0", "null"}, {"null + 1", "null"}, {"0.1 + 0.2 == 0.3", "true"},
		{"not (1 > 2) and 'a' < 'b'", "true"}, {"null == 1", "false"}, {"10 * (1 = 1) + (2 > 3)", "10"},
		{"IF(2 > 1, 'yes', 'no')", "yes"}, {"CASE('b', 'a', 1, 'b', 2, 3)", "2"}, {"CASE_RANGE(15, 10, 'low', 20, 'mid', 'high')", "mid"},
		{"COALESCE(null, 5)", "5"}, {"ISBLANK('')", "true"}, {"ROUND(2.345, 2)", "2.35"}, {"ROUND(-2.5)", "-3"}, {"FLOOR(-1.5)", "-2"},
		{"MAX(1, 3, 2)", "3"}, {"MIN(1, 3)", "1"}, {"POW(2, 10)", "1024"}, {"SQRT(2) > 1.41421356 and SQRT(2) < 1.41421357", "true"},
		{"CONTAINS('Tenon', 'NON')", "true"}, {"CONCAT('a', 'b')", "ab"}, {"LEN('经销商')", "3"}, {"REGEX('A-1', '^A-[0-9]$')", "true"},
		{"LEN('a\tb\nc')", "5"}, {"LEN('\ufffd')", "1"}, {"TODAY()", "2026-04-01"}, {"ADD_DAYS(DATE('2026-01-31'), 1.9)", "2026-02-01"}, {"ADD_DAYS(DATE('2026-01-31'), -1.9)", "2026-01-30"},
		{"DATE('9999-12-31') + 1", "null"}, {"DATE('2026-01-31') + 9223372036854775807 * 9", "null"}, {"ROUND(2.55, 1.9)", "2.6"}, {"ROUND(2.5, 100000000000000000000)", "null"}, {"NOW() == '2026-04-01'", "true"}, {"DAYS(TODAY(), '2026-03-31')", "1"}, {"DATE('2026-01-31') + 1", "2026-02-01"}, {"ADD_MONTHS(DATE('2026-01-31'), 1)", "2026-02-28"},
		{"DAYS(DATE('2026-03-01'), DATE('2026-02-01'))", "28"}, {"TODAY() in THIS_QUARTER", "true"}, {"DATE('2026-03-31') in THIS_MONTH", "false"},
		{"START_OF_MONTH(TODAY())", "2026-04-01"}, {"DAYS_TO_ANNIVERSARY(DATE('2000-04-03'))", "2"}, {"5 between 1 and 10", "true"}, {"3 not in (1, 2)", "true"},
		{"DICE('深圳市大疆创新科技', '大疆创新科技深圳')", "0.8000"}, {"DICE('杭州海康威视数字技术', '海康威视数字技术')", "0.8750"},
		{"NORM_PHONE('+86 138-0013-8000 转 12')", "13800138000"}, {"NORM_EMAIL(' A@B.Com ')", "a@b.com"}, {"NORM_COMPANY('大疆创新科技有限公司')", "大疆创新科技"},
		{"NORM_COMPANY('Acme Trading Co., Ltd.')", "acmetrading"}, {"GB32100_VALID('91350100M000100Y43')", "true"}, {"GB32100_VALID('91350100M000100Y44')", "false"},
		{"NORM_NAME(' 李 雷 ')", "李雷"}, {"ALIKE_KEY('小米', 3)", "小米"}, {"NORM_TEXT(' Ａ  b ')", "a b"}, {"LEVENSHTEIN('kitten', 'sitting')", "0.5714"}, {"JARO_WINKLER('MARTHA', 'MARHTA')", "0.9611"},
		{"LEFT('大疆创新', 2)", "大疆"}, {"LEFT('ab', 5)", "ab"}, {"LEFT('ab', -1)", ""}, {"LEFT(null, 1)", "null"},
	} {
		got := shownValue(compiled(t, c.src).Eval(nil, Env{NowMicros: now.UnixMicro()}))
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.src, got, c.want)
		}
	}
}

func shownValue(v value.Value) string {
	switch v.Kind() {
	case value.KindNull:
		return "null"
	case value.KindBool:
		if v.Bool() {
			return "true"
		}
		return "false"
	case value.KindText:
		return v.Text()
	case value.KindDate:
		return time.Unix(v.Int()*86400, 0).UTC().Format(time.DateOnly)
	}
	return string(v.AppendDecimal(nil))
}

func TestNullsAreUndecided(t *testing.T) {
	for src, want := range map[string]string{
		"n != 5": "null", "not (n == 5)": "null", "n == 5 or true": "true", "n == 5 and false": "false", "n == null": "true", "ISBLANK(n)": "true",
		"IF(n > 1, 'a', 'b')": "b", "10 * (n > 1)": "0", "name in tags": "null", "status in ('open', 'won')": "null",
	} {
		p := compiled(t, src)
		if got := shownValue(p.Eval(make([]value.Value, len(p.Inputs())), Env{})); got != want {
			t.Errorf("%s over null: got %s, want %s", src, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ src, code, suggestion string }{
		{"amuont > 1", "unknown-name", "amount"}, {"status == 'opne'", "unknown-code", "open"}, {"name + 'x'", "type-mismatch", "CONCAT"},
		{"RUOND(1)", "unknown-function", "ROUND"}, {"TRANSMUTE(1, 'CNY')", "unknown-function", ""}, {"1 +", "syntax", ""}, {"amount > 'x'", "type-mismatch", ""},
		{"n.x", "not-a-reference", ""}, {"parent in tags", "type-mismatch", ""}, {"name in peers", "type-mismatch", ""}, {"'rde' in tags", "unknown-code", "red"}, {"tags in ('blue', 'rde')", "unknown-code", "red"},
		{"name == 'a\x00b'", "syntax", ""}, {"name == 'a\xffb'", "syntax", ""}, {"LEN('a\u0001')", "syntax", ""}, {"at == '2026-13-01'", "type-mismatch", ""}, {"COUNT(chidl)", "unknown-child", "child"}, {"1 < 2 < 3", "syntax", "and"}, {"", "syntax", ""}, {"LEN(1)", "type-mismatch", ""},
		{"IF(1)", "bad-call", ""}, {"REGEX(name, '(')", "bad-pattern", ""}, {strings.Repeat("(", 100) + "1", "too-deep", ""}, {strings.Repeat("1+", 600) + "1", "too-large", ""},
	} {
		_, problems := Compile(c.src, opt)
		if len(problems) == 0 || problems[0].Code != c.code {
			t.Errorf("%.30s: got %+v, want %s", c.src, problems, c.code)
			continue
		}
		p := problems[0]
		if p.Summary.En == "" || p.Summary.Zh == "" || p.Start < 0 || p.End > len(c.src) || p.Start > p.End {
			t.Errorf("%.30s: incomplete problem %+v", c.src, p)
		}
		if c.suggestion != "" && (p.Suggestion == nil || !strings.Contains(p.Suggestion.En, c.suggestion)) {
			t.Errorf("%.30s: suggestion %v does not say %q", c.src, p.Suggestion, c.suggestion)
		}
	}
}

func TestFilter(t *testing.T) {
	e, err := compiled(t, "EXISTS(child, n > 1) and parent.name == 'x'").Filter(Env{})
	if err != nil {
		t.Fatal(err)
	}
	args := e.(driver.And).Args
	if x, ok := args[0].(driver.Exists); !ok || x.Table != "thing" || x.Where == nil {
		t.Errorf("EXISTS became %#v", args[0])
	}
	if l, ok := args[1].(driver.Cmp).L.(driver.Lookup); !ok || l.Table != "thing" {
		t.Errorf("a path became %#v", args[1])
	}
	if _, err := compiled(t, "NORM_PHONE(name) == '1'").Filter(Env{}); err == nil {
		t.Error("NORM_PHONE was pushed down")
	}
}

func TestFormatIsIdempotent(t *testing.T) {
	for _, src := range []string{"a.b", "not(vip) && n<>5", "vip ? 1 : 2", "status in('open')", "n between 1 and 2", "-n*(2+n)"} {
		p, problems := Compile(strings.ReplaceAll(src, "a.b", "parent.name"), opt)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", src, problems)
		}
		if again := compiled(t, p.String()).String(); again != p.String() {
			t.Errorf("%s: %s, then %s", src, p.String(), again)
		}
	}
}

func TestEveryFunctionIsDocumented(t *testing.T) {
	for _, f := range families() {
		for _, fn := range f.functions {
			if fn.syntax == "" || fn.doc.En == "" || fn.doc.Zh == "" || fn.form == nil && (fn.build == nil || fn.result == nil) {
				t.Errorf("%s is incomplete", fn.name)
			}
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"amount * rate > 1000 && status == \"open\" || vip", "IF(n > 1, due + 1, TODAY())", "EXISTS(child, n > 1)", "PRIOR(n) != n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, problems := Compile(src, opt)
		if len(problems) > 0 {
			return
		}
		p.Eval(make([]value.Value, len(p.Inputs())), Env{NowMicros: 1})
		q, again := Compile(p.String(), opt)
		if len(again) > 0 || q.String() != p.String() {
			t.Fatalf("%q is formatted as %q, which is %v", src, p.String(), again)
		}
		if _, err := p.Filter(Env{}); err != nil && !strings.Contains(err.Error(), "not supported") {
			t.Fatal(err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	p, problems := Compile(`amount * rate > 1000 && status == "open" || vip`, opt)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	in := []value.Value{value.Decimal(1000000, 2), value.Decimal(1500, 4), value.Text("open"), value.Bool(false)}
	b.ReportAllocs()
	for b.Loop() {
		p.Eval(in, Env{})
	}
}
