package expr

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

var update = flag.Bool("update", false, "write the trees of the cases that browsers are held to")

// browserCase is a condition, and what it is of a record. designer/tests/unit/expr.test.ts evaluates
// the tree of the same cases: both give the same, or the browser says that it does not know.
type browserCase struct {
	Src     string         `json:"src"`
	Values  map[string]any `json:"values,omitempty"`
	Prior   map[string]any `json:"prior,omitempty"`
	New     bool           `json:"new,omitempty"`
	Want    *bool          `json:"want"`              // null: it cannot be decided
	Unknown bool           `json:"unknown,omitempty"` // to browsers
	Tree    *Tree          `json:"tree"`
}

func TestBrowserCases(t *testing.T) {
	file := filepath.Join("testdata", "browser.json")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []browserCase
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		c := &cases[i]
		p := compiled(t, c.Src)
		c.Tree = p.Tree()
		in := make([]value.Value, len(p.Inputs()))
		for n, input := range p.Inputs() {
			from := c.Values
			if input.Kind == PriorInput {
				from = c.Prior
			}
			in[n] = browserValue(t, input, from[input.Field])
		}
		got := p.Eval(in, Env{NowMicros: 1774987200_000000, IsNew: c.New}) // 2026-03-31T20:00Z
		if got.IsNull() != (c.Want == nil) || c.Want != nil && got.Bool() != *c.Want {
			t.Errorf("%s of %v is %v, want %v", c.Src, c.Values, got, c.Want)
		}
	}
	var out bytes.Buffer
	out.WriteString("[\n")
	for i, c := range cases {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(line)
		if i < len(cases)-1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	if *update {
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(b, out.Bytes()) {
		t.Errorf("%s is not current: go test ./metadata/expr -run TestBrowserCases -update", file)
	}
}

func browserValue(t *testing.T, in Input, v any) value.Value {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return value.Null
	case bool:
		return value.Bool(v)
	case float64:
		return value.Int(int64(v))
	case string:
		switch in.Type.Kind {
		case value.KindDecimal:
			d, err := value.ParseDecimal(v)
			if err != nil {
				t.Fatal(err)
			}
			return d
		case value.KindDate:
			d, err := time.Parse(time.DateOnly, v)
			if err != nil {
				t.Fatal(err)
			}
			return value.Date(d.Unix() / 86400)
		}
		return value.Text(v)
	}
	t.Fatalf("%s: no value %v", in.Field, v)
	return value.Null
}
