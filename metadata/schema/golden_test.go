package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Codes of findings that a schema can see, and those that are beyond its reach: what lies below
// JSON, between files, or in what words refer to.
var (
	reach = append([]string{"bad-value", "bad-setting", "bad-name"}, shape...)

	beyondJSON = []string{"bad-json", "bad-utf8", "duplicate-key", "no-manifest", "unknown-file"}

	beyondOneFile = []string{"name-and-path", "missing-translation", "unknown-locale", "duplicate-name", "name-clash", "unknown-field",
		"unknown-object", "unknown-picklist", "unknown-name", "cyclic-formula", "cyclic-masters", "cyclic-rollup", "cyclic-packages",
		"two-masters", "unknown-ref", "not-required", "missing-package", "wrong-package", "wrong-path", "missing-field",
		"no-master", "unknown-role", "unknown-permissions", "cyclic-roles", "nothing-serves", "bad-reference", "unknown-process",
		"unknown-child", "missing-object", "bad-role", "bad-overlap", "bad-ledger", "unknown-value", "missing-source", "unknown-step", "unknown-flow", "unknown-variable", "unknown-property", "not-extensible", "flow-cycle", "unknown-action", "unknown-connection", "unknown-view", "unknown-relation", "ambiguous-relation", "unknown-record-type"}

	// A schema holds no expression, version or default against its meaning.
	beyondWords = []string{"syntax", "type-mismatch", "not-stored", "bad-default", "bad-version", "bad-override", "bad-key", "bad-step", "bad-flow", "bad-connection", "bad-hook", "bad-message", "too-long", "reserved-name", "not-storable", "not-computable",
		"bad-duplicates", "needs-read", "bad-level", "not-a-filter", "bad-audience",
		"bad-table", "bad-scoring", "bad-segment", "unknown-table", "unknown-code", "bad-call", "failed-case", "table-overlap", "bad-input", "unknown-error", "unknown-engine", "unknown-argument", "missing-argument", "bad-argument", "unknown-refusal", "unknown-operator", "bad-screen"}
)

// beyond says why the schema takes a file of a case in spite of a code that is otherwise in reach.
var beyond = map[string]string{
	"bad_extension q/extend/a.json":                        "what an override changes is in another file",
	"bad_overlays tenant/overlays/p/objects/a/object.json": "what an overlay changes is in another file",
	"translations p/objects/a/object.json":                 "the texts of i18n are in another file",
	"translations_of_choices p/objects/a/object.json":      "the texts of i18n are in another file",
	"inline_texts_wrong p/objects/a/object.json":           "the texts of i18n are in another file",
	"inline_texts_wrong p/extend/a.json":                   "the texts of i18n are in another file",
}

// TestGoldenCases holds the files of the cases of metadata/resolve against their schemas: a file
// with a finding in reach is refused.
func TestGoldenCases(t *testing.T) {
	set := newSet(t)
	cases, err := filepath.Glob("../resolve/testdata/*.txt")
	if err != nil || len(cases) < 25 {
		t.Fatalf("found %d cases: %v", len(cases), err)
	}
	refused := 0
	for _, file := range cases {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		input, output, _ := bytes.Cut(src, []byte("-- findings --\n"))
		for p, doc := range sections(input) {
			pkg, path, _ := strings.Cut(p, "/")
			kind, ok := set.Of(path)
			if !ok {
				continue
			}
			err := compile(t, set, kind).Validate(doc)
			for _, code := range codes(t, output, pkg+"/"+path) {
				if slices.Contains(reach, code) && err == nil && beyond[name+" "+p] == "" {
					t.Errorf("%s: the schema takes %s in spite of %s", name, p, code)
				}
			}
			if err != nil {
				refused++
			}
		}
	}
	if refused < 12 {
		t.Errorf("only %d files are refused", refused)
	}
}

// sections are the files of a case, by package and path.
func sections(src []byte) map[string][]byte {
	out, name := map[string][]byte{}, ""
	for line := range bytes.Lines(src) {
		if n, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte(" --\n")), []byte("-- ")); ok {
			name = string(n)
			continue
		}
		out[name] = append(out[name], line...)
	}
	return out
}

// codes are those of the errors that a case's outcome has for a file.
func codes(t *testing.T, output []byte, file string) (out []string) {
	t.Helper()
	for line := range strings.Lines(string(output)) {
		place, rest, ok := strings.Cut(line, ": error ")
		if !ok || strings.HasPrefix(line, "\t") {
			continue
		}
		code, _, _ := strings.Cut(rest, ":")
		known(t, code)
		if f, _, _ := strings.Cut(place, ":"); f == file {
			out = append(out, code)
		}
	}
	return out
}

// known makes whoever adds a code say whether schemas can see it.
func known(t *testing.T, code string) {
	t.Helper()
	if !slices.Contains(slices.Concat(reach, beyondJSON, beyondOneFile, beyondWords), code) {
		t.Errorf("say whether a schema can see %s", code)
	}
}

// TestLoaderCases holds the bad documents of metadata/load's own test against the schema.
func TestLoaderCases(t *testing.T) {
	src, err := os.ReadFile("../load/testdata/findings.txt")
	if err != nil {
		t.Fatal(err)
	}
	object := compile(t, newSet(t), "object")
	n := 0
	for line := range strings.Lines(string(src)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		code, quoted, _ := strings.Cut(rest, " ")
		doc, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(err)
		}
		known(t, code)
		if !slices.Contains(reach, code) || strings.Contains(doc, `"@nothing"`) {
			continue
		}
		n++
		if object.Validate([]byte(doc)) == nil {
			t.Errorf("the schema takes %s in spite of %s", doc, code)
		}
	}
	if n < 4 {
		t.Errorf("only %d cases are about the shape", n)
	}
}
