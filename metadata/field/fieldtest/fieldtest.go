// Package fieldtest is the contract that every field type keeps: its test is one call of Run with
// a table of good and bad values of its own.
package fieldtest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Case is one declaration and what it must accept and refuse.
type Case struct {
	Settings string // JSON object of the kind's own settings; "" for none
	Good     []Good
	Bad      []Bad
}

// Good is input and the JSON that the API shows for it.
type Good struct {
	In  any
	Out string
}

// Bad is input that is refused, the code, and a part of the English message, such as the limit.
type Bad struct {
	In   any
	Code errs.Code
	Says string
}

// now is a moment for relative operators: 2026-03-31 20:00 UTC, already April in Shanghai.
var now = field.Now{Micros: 1774987200_000000, Zone: "Asia/Shanghai", UserID: 7}

var graphQLName = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)

// New makes the field of settings and fails the test on findings.
func New(t *testing.T, typ field.Type, settings string) field.Field {
	t.Helper()
	env := &Env{}
	f := typ.New(Decl(t, typ, settings), env)
	if len(env.Findings) > 0 || f == nil {
		t.Fatalf("%s %s: findings %v", typ.Kind(), settings, env.Findings)
	}
	return f
}

// Decl is a declaration with these settings.
func Decl(t *testing.T, typ field.Type, settings string) model.Field {
	t.Helper()
	d := model.Field{Name: "it", Type: typ.Kind()}
	if settings != "" {
		if err := json.Unmarshal([]byte(settings), &d.Settings); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// Refuses checks that settings are reported, in both languages.
func Refuses(t *testing.T, typ field.Type, settings ...string) {
	t.Helper()
	for _, s := range settings {
		env := &Env{}
		f := typ.New(Decl(t, typ, s), env)
		if len(env.Findings) == 0 || f != nil {
			t.Errorf("%s %s: accepted", typ.Kind(), s)
		}
		for _, x := range env.Findings {
			if x.Code == "" || x.Summary.En == "" || x.Summary.Zh == "" {
				t.Errorf("%s %s: incomplete finding %+v", typ.Kind(), s, x)
			}
		}
	}
}

// Run checks the contract of a type on one declaration.
func Run(t *testing.T, typ field.Type, c Case) {
	t.Helper()
	documented(t, typ)
	f := New(t, typ, c.Settings)
	if col := f.Column(); col.Name != "" || col.Type < driver.Bool || col.Type > driver.JSON {
		t.Errorf("column %+v", col)
	}
	for _, in := range []any{nil} {
		if v, err := f.Coerce(in); err != nil || !v.IsNull() {
			t.Errorf("coerce(%v): got %v, %v, want null", in, v, err)
		}
	}
	if got := string(f.AppendJSON([]byte("x"), value.Null)); got != "xnull" {
		t.Errorf("JSON of null: %s", got)
	}
	for _, g := range c.Good {
		roundTrip(t, f, g)
	}
	for _, b := range c.Bad {
		v, err := f.Coerce(b.In)
		if err == nil {
			t.Errorf("coerce(%#v): accepted as %s", b.In, f.AppendJSON(nil, v))
			continue
		}
		complete(t, b.In, err)
		if err.Code != b.Code || !strings.Contains(err.Message.En, b.Says) {
			t.Errorf("coerce(%#v): got %v, want %s with %q", b.In, err, b.Code, b.Says)
		}
	}
	shape(t, f.Shape())
	hostile(t, f)
}

func documented(t *testing.T, typ field.Type) {
	t.Helper()
	if d := typ.Doc(); typ.Kind() == "" || d.En == "" || d.Zh == "" {
		t.Errorf("kind %q: doc %+v", typ.Kind(), d)
	}
	for _, s := range typ.Spec().Settings {
		if s.Doc.En == "" || s.Doc.Zh == "" {
			t.Errorf("setting %s is not documented in both languages", s.Name)
		}
	}
}

func roundTrip(t *testing.T, f field.Field, g Good) {
	t.Helper()
	v, err := f.Coerce(g.In)
	if err != nil {
		t.Errorf("coerce(%#v): %v", g.In, err)
		return
	}
	out := f.AppendJSON(nil, v)
	if string(out) != g.Out {
		t.Errorf("coerce(%#v): shown as %s, want %s", g.In, out, g.Out)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	d.UseNumber()
	var back any
	if err := d.Decode(&back); err != nil {
		t.Errorf("JSON of %#v: %s: %v", g.In, out, err)
		return
	}
	if again, err := f.Coerce(back); err != nil || again != v {
		t.Errorf("coerce(%s) again: got %+v, %v, want %+v", out, again, err, v)
	}
	buf := make([]byte, 0, len(out)+64)
	if n := testing.AllocsPerRun(20, func() { f.AppendJSON(buf, v) }); n > 0 {
		t.Errorf("JSON of %#v: %v allocations", g.In, n)
	}
}

func complete(t *testing.T, in any, err *errs.Error) {
	t.Helper()
	if (err.Code != errs.InvalidInput && err.Code != errs.ValidationFail) || err.Message.En == "" || err.Message.Zh == "" ||
		strings.Contains(err.Message.En+err.Message.Zh, "%!") {
		t.Errorf("input %.80v: incomplete error %+v", in, err)
	}
}

func shape(t *testing.T, s field.Shape) {
	t.Helper()
	named := append([]string{s.Output}, strings.Trim(s.Input, "[!]"), s.Filter)
	for _, n := range named {
		if n = strings.Trim(n, "[!]"); n != "" && !graphQLName.MatchString(n) {
			t.Errorf("shape: %q is not a GraphQL name", n)
		}
	}
	for name, def := range s.Defs {
		if !graphQLName.MatchString(name) || !strings.Contains(def, " "+name) {
			t.Errorf("shape: definition %q: %s", name, def)
		}
	}
	if (s.Filter == "") != (len(s.Operators) == 0) {
		t.Errorf("shape: filter %q with %d operators", s.Filter, len(s.Operators))
	}
	seen := map[string]bool{}
	for _, op := range s.Operators {
		if seen[op.Name] || !graphQLName.MatchString(op.Name) || !graphQLName.MatchString(strings.Trim(op.Arg, "[!]")) {
			t.Errorf("operator %q (%s): bad or double name", op.Name, op.Arg)
		}
		seen[op.Name] = true
	}
}

// hostile feeds every shape of JSON, and worse, to the field and to all its operators: nothing
// may panic, every refusal must be complete, and an operator's values must be of one number.
func hostile(t *testing.T, f field.Field) {
	t.Helper()
	for _, in := range Hostile() {
		v, err := f.Coerce(in)
		if err != nil {
			complete(t, in, err)
		} else if out := f.AppendJSON(nil, v); !json.Valid(out) {
			t.Errorf("coerce(%.80v): JSON %.80s", in, out)
		}
	}
	for _, op := range f.Shape().Operators {
		arity := -1
		for _, in := range Hostile() {
			vs, err := op.Coerce(in, now)
			if err != nil {
				complete(t, in, err)
				continue
			}
			if arity >= 0 && len(vs) != arity {
				t.Errorf("operator %s: %d values for %.80v, else %d", op.Name, len(vs), in, arity)
			}
			arity = len(vs)
			args := make([]driver.Expr, len(vs))
			for i := range args {
				args[i] = driver.Param{N: i}
			}
			if op.Build(driver.Col{Name: "it"}, args) == nil {
				t.Errorf("operator %s: no condition", op.Name)
			}
		}
	}
}
