package load_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/load"
)

const manifest = `{"name": "shop", "version": "1.0.0", "label": {"en": "Shop", "zh-CN": "商店"}, "locales": ["en", "zh-CN"]}`

func files(object string) fstest.MapFS {
	return fstest.MapFS{"tenon.json": {Data: []byte(manifest)}, "objects/client/object.json": {Data: []byte(object)}}
}

// TestFindings: each bad document gives its finding, at its place, in both languages. A line of
// testdata/findings.txt is line:column, code, and the text of an object.json in Go's quotes.
func TestFindings(t *testing.T) {
	src, err := os.ReadFile("testdata/findings.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		place, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		code, quoted, _ := strings.Cut(rest, " ")
		doc, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		want := place + " " + code
		_, found := load.Package(files(doc), "shop", field.NewRegistry())
		if len(found) == 0 {
			t.Errorf("%.40s: no finding", doc)
			continue
		}
		f := found[0]
		if got := fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, f.Code); got != want || f.Pos.File != "shop/objects/client/object.json" {
			t.Errorf("%.60s: got %s in %s, want %s", doc, got, f.Pos.File, want)
		}
		if f.Summary.En == "" || f.Summary.Zh == "" {
			t.Errorf("%.40s: the summary lacks a language", doc)
		}
	}
}

// TestAllFindings: one bad line does not hide the next.
func TestAllFindings(t *testing.T) {
	_, found := load.Package(files(`{"name": "client", "lable": 1, "label": {"en": "C", "zh-CN": "客"}, "featurs": [], "keys": [{"feilds": []}]}`), "shop", field.NewRegistry())
	if len(found) != 3 {
		t.Fatalf("got %d findings, want 3: %+v", len(found), found)
	}
	if s := found[0].Suggestion; s == nil || !strings.Contains(s.En, "label") {
		t.Errorf("the suggestion is %v", s)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"name": "client", "label": {"en": "C", "zh-CN": "客"}, "fields": [{"name": "x", "type": "text"}]}`)
	f.Add(`{"name": "\ud83d\ude00", "keys": [{"fields": ["a"]}]}`)
	f.Fuzz(func(t *testing.T, doc string) {
		_, found := load.Package(files(doc), "shop", field.NewRegistry())
		lines := strings.Count(doc, "\n") + 1
		for _, x := range found {
			if x.Pos.Line > lines || x.Summary.En == "" || x.Summary.Zh == "" {
				t.Fatalf("finding outside of the file or without words: %+v", x)
			}
		}
	})
}
