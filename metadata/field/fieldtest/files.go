package fieldtest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
)

// file is a case in testdata: one declaration's settings, what it takes and refuses, and settings
// that are reported.
type file struct {
	Settings json.RawMessage
	Good     []struct{ In, Out json.RawMessage }
	Bad      []struct {
		In   json.RawMessage
		Code errs.Code
		Says string
	}
	Refuses []json.RawMessage // settings
}

// RunFiles runs Run, and Refuses, on every testdata/*.json beside the test.
func RunFiles(t *testing.T, typ field.Type) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases in testdata: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var f file
			d := json.NewDecoder(bytes.NewReader(b))
			d.DisallowUnknownFields()
			if err := d.Decode(&f); err != nil {
				t.Fatal(err)
			}
			Run(t, typ, f.cases(t))
			for _, s := range f.Refuses {
				Refuses(t, typ, string(s))
			}
		})
	}
}

func (f *file) cases(t *testing.T) Case {
	t.Helper()
	c := Case{Settings: string(f.Settings)}
	for _, g := range f.Good {
		var out bytes.Buffer
		if err := json.Compact(&out, g.Out); err != nil {
			t.Fatal(err)
		}
		c.Good = append(c.Good, Good{In: input(t, g.In), Out: out.String()})
	}
	for _, b := range f.Bad {
		c.Bad = append(c.Bad, Bad{In: input(t, b.In), Code: b.Code, Says: b.Says})
	}
	return c
}

// input decodes a value as the GraphQL runtime does.
func input(t *testing.T, raw json.RawMessage) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
