package load_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/plugins/standard"
)

const smallManifest = `{"name": "p", "version": "1.0.0", "label": "P"}`

// TestLargeFilesTakeLinearTime: every value and every key has a place, and a file of the greatest
// size has half a million of them.
func TestLargeFilesTakeLinearTime(t *testing.T) {
	files := map[string]string{
		"values":  `{"object": "a", "records": [{"key": "k", "values": {"v": [` + strings.Repeat("1,\n", 1<<20) + `1]}}]}`,
		"keys":    `{"object": "a", "records": [{"key": "k", "values": {` + keys(200_000) + `"last": 1}}]}`,
		"records": `{"object": "a", "records": [` + strings.Repeat(`{"key": "k", "values": {}},`+"\n", 100_000) + `{"key": "k", "values": {}}]}`,
	}
	for name, src := range files {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, findings := load.Package(fstest.MapFS{"tenon.json": {Data: []byte(smallManifest)}, "data/d.json": {Data: []byte(src)}}, "p", standard.Fields())
			if findings.HasErrors() {
				t.Fatal(findings[0].Summary.En)
			}
			if took := time.Since(start); took > 30*time.Second { // far more than a loaded machine needs, far less than quadratic time
				t.Errorf("%d bytes took %v", len(src), took)
			}
		})
	}
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"k`)
		for d := i; ; d /= 26 {
			b.WriteByte('a' + byte(d%26))
			if d < 26 {
				break
			}
		}
		b.WriteString("\": 1,\n")
	}
	return b.String()
}

// FuzzFiles holds that no file makes loading panic, and that findings lie inside the file.
func FuzzFiles(f *testing.F) {
	for _, s := range []string{
		smallManifest, `{"name": "a", "label": {"en": "A"}, "fields": [{"name": "n", "type": "int", "max": 3}]}`,
		`{"name": "a", "fields": [{"name": "l", "type": "lookup", "to": "a"}], "keys": [{"fields": ["n"]}]}`,
		"{\"name\": \"\\ud83d\\ude00\"}", "\xef\xbb\xbf{}", "{\"a\":\n\xff}", `{"a": 1e400}`, `[[[[`, `{"name": null}`, "",
	} {
		f.Add([]byte(s))
	}
	fields := standard.Fields()
	f.Fuzz(func(t *testing.T, src []byte) {
		files := fstest.MapFS{"tenon.json": {Data: []byte(smallManifest)}}
		for _, p := range []string{"objects/a/object.json", "picklists/a.json", "extend/a.json", "data/a.json", "i18n/en.json"} {
			files[p] = &fstest.MapFile{Data: src}
		}
		alone := fstest.MapFS{"tenon.json": {Data: src}}
		for _, fsys := range []fstest.MapFS{files, alone} {
			_, findings := load.Package(fsys, "p", fields)
			for _, x := range findings {
				lines := bytes.Split(fsys[strings.TrimPrefix(x.Pos.File, "p/")].Data, []byte("\n"))
				if x.Pos.Line > len(lines) || x.Pos.Line > 0 && (x.Pos.Col < 1 || x.Pos.Col > len(lines[x.Pos.Line-1])+1) {
					t.Errorf("%s (%s) lies outside the file", x.Pos, x.Code)
				}
				if x.Code == "" || x.Summary.En == "" || x.Summary.Zh == "" {
					t.Errorf("finding without a text: %+v", x)
				}
			}
		}
	})
}
