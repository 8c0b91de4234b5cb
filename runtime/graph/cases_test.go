package graph_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the answers of the cases as expected")

// TestCases runs testdata/cases/*/: request.graphql, variables.json (optional) and the whole
// answer in expected.json. Cases that write get a tenant of their own. Each runs twice, so that
// the answer from a kept plan is the answer from a new one.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no cases", err)
	}
	shared := newWorld(t, 6, nil)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			request := readFile(t, dir, "request.graphql", false)
			vars := readFile(t, dir, "variables.json", true)
			w := shared
			writes := strings.Contains(string(request), "mutation")
			if writes {
				w = newWorld(t, 6, nil)
			}
			got := indent(t, w.call(string(request), string(vars)).Body)
			if !writes {
				if again := indent(t, w.call(string(request), string(vars)).Body); !bytes.Equal(got, again) {
					t.Errorf("the second answer differs:\n%s\nfirst:\n%s", again, got)
				}
			}
			if *update {
				if err := os.WriteFile(filepath.Join(dir, "expected.json"), got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := readFile(t, dir, "expected.json", false); !bytes.Equal(got, want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func readFile(t *testing.T, dir, name string, optional bool) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func indent(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", " "); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return append(b.Bytes(), '\n')
}
