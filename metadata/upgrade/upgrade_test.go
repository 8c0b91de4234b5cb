package upgrade_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/upgrade"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/plugins/standard"
)

// TestStandardLeadsToTheCurrentFormat makes whoever raises the format add the step that leads there.
func TestStandardLeadsToTheCurrentFormat(t *testing.T) {
	if got := upgrade.Standard().Current(); got != model.FormatVersion {
		t.Errorf("the upgrades lead to format %d, the build reads %d", got, model.FormatVersion)
	}
}

// The formats of these tests: in format 1, picklists lay in lists/ and listed their codes alone;
// in format 2, "help" was called "hint".
func chain() upgrade.Chain {
	return upgrade.NewChain(
		upgrade.Step{From: 1, Apply: func(p *upgrade.Package, findings *diag.List) {
			p.Each("lists/*.json", func(name string, root *document.Node) {
				p.Move(name, strings.Replace(name, "lists/", "picklists/", 1))
				codes := root.Get("codes")
				if codes == nil || codes.Kind != document.Array {
					findings.Errorf("no-codes", "", root.Pos(), diag.Textf("the list has no codes", "列表没有编码"))
					return
				}
				values := document.NewList(codes)
				for _, c := range codes.Items {
					v := document.NewObject(c)
					v.Set("code", c)
					v.Set("label", c)
					values.Items = append(values.Items, v)
				}
				root.Remove("codes")
				root.Set("values", values)
			})
		}},
		upgrade.Step{From: 2, Apply: func(p *upgrade.Package, _ *diag.List) {
			p.Each("objects/*/object.json", func(_ string, root *document.Node) {
				root.Rename("hint", "help")
				if fields := root.Get("fields"); fields != nil {
					for _, f := range fields.Items {
						f.Rename("hint", "help")
					}
				}
			})
		}},
	)
}

const object = `{"name": "dealer", "label": "Dealer", "hint": "Who sells.",
 "fields": [{"name": "grade", "type": "picklist", "picklist": "grade", "hint": "How good."}]}`

func read(files map[string]string) (*model.Package, diag.List) {
	m := fstest.MapFS{}
	for p, s := range files {
		m[p] = &fstest.MapFile{Data: []byte(s)}
	}
	return load.Reader{Fields: standard.Fields(), Upgrades: chain()}.Package(m, "p")
}

func manifest(format string) string {
	return fmt.Sprintf(`{%s"name": "p", "version": "1.0.0", "label": "P"}`, format)
}

func show(l diag.List) (out []string) {
	for _, f := range l {
		out = append(out, fmt.Sprintf("%s %s", f.Pos, f.Code))
	}
	return out
}

// TestOldFormatsAreRead: a package of each format is read as the same package.
func TestOldFormatsAreRead(t *testing.T) {
	values := `{"name": "grade", "label": "Grade", "values": [{"code": "high", "label": "high"}, {"code": "low", "label": "low"}]}`
	for name, files := range map[string]map[string]string{
		"none": {"tenon.json": manifest(""), "lists/grade.json": `{"name": "grade", "label": "Grade", "codes": ["high", "low"]}`, "objects/dealer/object.json": object},
		"1":    {"tenon.json": manifest(`"format": 1, `), "lists/grade.json": `{"name": "grade", "label": "Grade", "codes": ["high", "low"]}`, "objects/dealer/object.json": object},
		"2":    {"tenon.json": manifest(`"format": 2, `), "picklists/grade.json": values, "objects/dealer/object.json": object},
		"3":    {"tenon.json": manifest(`"format": 3, `), "picklists/grade.json": values, "objects/dealer/object.json": strings.ReplaceAll(object, "hint", "help")},
	} {
		p, found := read(files)
		if len(found) > 0 || p == nil {
			t.Errorf("format %s: %v", name, show(found))
			continue
		}
		if p.Manifest.Format != 3 || len(p.Picklists) != 1 || len(p.Picklists[0].Values) != 2 || p.Picklists[0].Values[1].Label.In("en") != "low" ||
			p.Objects[0].Help.In("en") != "Who sells." || p.Objects[0].Fields[0].Help.In("en") != "How good." {
			t.Errorf("format %s is read as %+v", name, p)
		}
		for path, s := range files {
			if string(p.Files[path]) != s {
				t.Errorf("format %s: %s is not kept as it is on disk", name, path)
			}
		}
	}
}

// TestFindingsStayInTheFile: findings about old documents point to where their authors look.
func TestFindingsStayInTheFile(t *testing.T) {
	_, found := read(map[string]string{
		"tenon.json":       manifest(""),
		"lists/grade.json": "{\"name\": \"grade\", \"label\": \"Grade\",\n \"codes\": [\"high\",\n  7]}",
		"lists/none.json":  `{"name": "none", "label": "None"}`,
		"lists/cut.json":   `{"name": `,
		"objects/dealer/object.json": "{\"name\": \"dealer\", \"label\": \"Dealer\",\n \"hint\": 7, \"hnt\": 8,\n" +
			" \"fields\": [{\"name\": \"x\", \"type\": \"txet\"}, 4]}",
		"notes.txt": "not read",
	})
	got := show(found)
	want := []string{
		"p/lists/cut.json:1:10 bad-json", "p/lists/grade.json:3:3 wrong-type", "p/lists/none.json:1:1 missing-key", "p/lists/none.json:1:1 no-codes", "p/notes.txt unknown-file",
		"p/objects/dealer/object.json:2:10 wrong-type", "p/objects/dealer/object.json:2:13 unknown-key", "p/objects/dealer/object.json:3:35 unknown-type",
		"p/objects/dealer/object.json:3:44 wrong-type",
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("there is no %s", w)
		}
	}
	if t.Failed() {
		t.Errorf("got %q", got)
	}
}

// TestOtherFormats: formats that are not known are said once, in both languages, and nothing else is.
func TestOtherFormats(t *testing.T) {
	for format, want := range map[string]string{
		`"format": 4, `:           "p/tenon.json:1:12 newer-format",
		`"format": 0, `:           "p/tenon.json:1:12 unknown-format",
		`"format": -1, `:          "p/tenon.json:1:12 unknown-format",
		`"format": 1.5, `:         "p/tenon.json:1:12 wrong-type",
		`"format": "1", `:         "p/tenon.json:1:12 wrong-type",
		`"format": 99999999999, `: "p/tenon.json:1:12 newer-format",
	} {
		p, found := read(map[string]string{"tenon.json": manifest(format), "objects/dealer/object.json": strings.ReplaceAll(object, "hint", "help"), "future/x.json": `{}`})
		if got := show(found); p != nil || !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %s", format, got, want)
		}
		if strings.HasSuffix(want, "-format") && (len(found) != 1 || found[0].Summary.Zh == "" || found[0].Summary.En == "") {
			t.Errorf("%s: got %+v", format, found)
		}
	}
}

func TestChainsHaveNoGap(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a chain with a gap was made")
		}
	}()
	upgrade.NewChain(upgrade.Step{From: 2})
}
