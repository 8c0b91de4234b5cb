package load_test

import (
	"fmt"
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

// TestFindings: each bad document gives its finding, at its place, in both languages.
func TestFindings(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{`, "1:2 bad-json"},
		{"{\n \"name\": \"client\",\n}", "3:1 bad-json"},
		{`{"name": "client" "label": {}}`, "1:19 bad-json"},
		{"{\"name\": \"cli\xff\"}", "1:14 bad-utf8"},
		{`{"name": "client", "label": {"en": "C", "zh-CN": "客"}, "name": "client"}`, "1:58 duplicate-key"},
		{`{"name": "client", "lable": {"en": "C"}}`, "1:20 unknown-key"},
		{`{"name": "client", "label": 7}`, "1:29 wrong-type"},
		{`{"name": 1e999999999}`, "1:10 bad-json"},
		{`{"name": 01}`, "1:10 bad-json"},
		{`{"name": "a\qb"}`, "1:12 bad-json"},
		{strings.Repeat("[", 100), "1:65 bad-json"},
		{`{"name": "person", "label": {"en": "C", "zh-CN": "客"}}`, "1:10 name-and-path"},
		{`{"name": "client", "label": {"en": "C"}}`, "1:29 missing-translation"},
		{`{"name": "client", "label": {"en": "C", "zh-CN": "客", "fr": "C"}}`, "1:29 unknown-locale"},
		{`{"name": "client", "label": "@nothing"}`, "1:29 unknown-key"},
		{`{"name": "client", "label": {"en": "C", "zh-CN": "客"}, "fields": [{"name": "x", "type": "txet"}]}`, "1:91 unknown-type"},
		{`{"name": "client", "label": {"en": "C", "zh-CN": "客"}, "fields": [{"name": "x"}]}`, "1:69 missing-key"},
	} {
		_, found := load.Package(files(c.doc), "shop", field.NewRegistry())
		if len(found) == 0 {
			t.Errorf("%.40s: no finding", c.doc)
			continue
		}
		f := found[0]
		if got := fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, f.Code); got != c.want || f.Pos.File != "shop/objects/client/object.json" {
			t.Errorf("%.60s: got %s in %s, want %s", c.doc, got, f.Pos.File, c.want)
		}
		if f.Summary.En == "" || f.Summary.Zh == "" {
			t.Errorf("%.40s: the summary lacks a language", c.doc)
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
