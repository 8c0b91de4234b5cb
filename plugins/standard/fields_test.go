package standard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/standard"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// kindCases holds, for every kind that takes input, its settings, a good value with what the API
// answers, and values that it must refuse.
var kindCases = map[string]struct {
	settings string
	in       any
	out      string
	bad      []any
}{
	"text":        {`, "maxLength": 5`, "héllo", `"héllo"`, []any{"toolong", 7, []any{}, "a\x00b", "\xff"}},
	"longtext":    {``, "a\nb", `"a\nb"`, []any{7, map[string]any{}}},
	"richtext":    {``, "<b>x</b><script>y</script>", `"<b>x</b>"`, []any{7}},
	"int":         {`, "min": 0, "max": 9`, "7", `7`, []any{"10", "-1", "1.5", "x", true}},
	"decimal":     {`, "scale": 3`, "1.5", `"1.500"`, []any{"x", true, "1e99"}},
	"money":       {``, "12.345", `"12.35"`, []any{"ten", true, "99999999999999999999"}},
	"percent":     {``, "0.1234", `"0.1234"`, []any{"x"}},
	"bool":        {``, true, `true`, []any{"perhaps", 7.5}},
	"date":        {``, "2026-02-28", `"2026-02-28"`, []any{"2026-02-30", "yesterday", 7}},
	"datetime":    {``, "2026-02-28T08:00:00+08:00", `"2026-02-28T00:00:00Z"`, []any{"2026-02-28", "x", 7}},
	"time":        {``, "09:30", `"09:30:00"`, []any{"25:00", 7}},
	"picklist":    {`, "values": [{"code": "a", "label": {"en": "A", "zh-CN": "甲"}}]`, "a", `"a"`, []any{"b", 7}},
	"multipick":   {`, "values": [{"code": "a", "label": {"en": "A", "zh-CN": "甲"}}, {"code": "b", "label": {"en": "B", "zh-CN": "乙"}}]`, []any{"b", "a", "b"}, `["b","a"]`, []any{[]any{"c"}, 7}},
	"tags":        {``, []any{" x ", "y", "x"}, `["x","y"]`, []any{[]any{""}, 7, []any{strings.Repeat("x", 65)}}},
	"lookup":      {`, "to": "target"`, "target_1", `"target_1"`, []any{"thing_1", "x", true}},
	"multilookup": {`, "to": "target", "inverse": "many_things"`, []any{"target_1", "target_1"}, `["target_1"]`, []any{[]any{"thing_1"}, 7}},
	"ref":         {`, "to": ["target", "thing"]`, "target_1", `"target_1"`, []any{"client_1", "target_x", 7, "nothing"}},
	"email":       {``, " a@b.cn ", `"a@b.cn"`, []any{"a@b", "a b@c.cn", 7}},
	"phone":       {``, "+86 138-0013-8000 转 12", `"+86 138-0013-8000 转 12"`, []any{"call me", "1", 7}},
	"url":         {``, "https://example.org/x?y=1", `"https://example.org/x?y=1"`, []any{"javascript:alert(1)", "example.org", 7}},
	"geo":         {``, map[string]any{"lat": "31.2", "lng": "121.5"}, `{"lat":31.2,"lng":121.5}`, []any{map[string]any{"lat": "91", "lng": "0"}, map[string]any{"lat": "1"}, "here", map[string]any{"lat": "NaN", "lng": "0"}}},
	"file":        {``, map[string]any{"name": "a.pdf", "hash": "x", "size": "7"}, `{"hash":"x","name":"a.pdf","size":7}`, []any{map[string]any{"name": "a"}, map[string]any{"name": "a", "hash": "x", "path": "/etc"}, "a.pdf"}},
	"json":        {`, "schema": {"type": "object", "required": ["a"]}`, map[string]any{"a": []any{true}}, `{"a":[true]}`, []any{map[string]any{}, []any{}, deep(40)}},
}

func deep(n int) any {
	var v any = map[string]any{"a": true}
	for range n {
		v = map[string]any{"a": v}
	}
	return v
}

// TestEveryKind writes and reads each kind of field through the record runtime on a real store,
// and has each bad input answered with a code, the field, and words in both languages.
func TestEveryKind(t *testing.T) {
	var fields []string
	for kind, c := range kindCases {
		fields = append(fields, fmt.Sprintf(`{"name": "f_%s", "type": %[1]q, "label": {"en": %[1]q, "zh-CN": %[1]q}%s}`, kind, c.settings))
	}
	s := open(t, t.TempDir())
	if _, err := apply(t, s, map[string]string{
		"objects/target/object.json": object("target", `{"name": "name", "type": "text"}`, ""),
		"objects/thing/object.json":  object("thing", strings.Join(fields, ","), ""),
	}, publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, k := range standard.Fields().Kinds() {
		switch k {
		case "formula", "rollup", "autonumber", "tree_path", "master": // take no input, or are covered by publishes
		default:
			if _, ok := kindCases[k]; !ok {
				t.Errorf("the kind %s has no case", k)
			}
		}
	}
	must(t, s, record.Create, "target", 1, map[string]any{"name": "x"})
	thing := s.Tenant.Catalog().Object("thing")
	id := must(t, s, record.Create, "thing", 0, nil).ID
	for kind, c := range kindCases {
		f := thing.Field("f_" + kind)
		must(t, s, record.Update, "thing", id, map[string]any{f.APIName: c.in})
		if got := field(t, s, "thing", id, f.Name); got != c.out {
			t.Errorf("%s: wrote %v, read %s, want %s", kind, c.in, got, c.out)
		}
		for _, bad := range c.bad {
			_, err := write(t, s, record.Update, "thing", id, map[string]any{f.APIName: bad})
			e := errs.From(err)
			if err == nil || e.Code != errs.InvalidInput && e.Code != errs.ValidationFail || e.Field != f.APIName || e.Message.En == "" || e.Message.Zh == "" {
				t.Errorf("%s: %v answered %+v", kind, bad, e)
			}
		}
		if got := field(t, s, "thing", id, f.Name); got != c.out {
			t.Errorf("%s: a refused value changed the record to %s", kind, got)
		}
		must(t, s, record.Update, "thing", id, map[string]any{f.APIName: nil})
		if got := field(t, s, "thing", id, f.Name); got != "null" {
			t.Errorf("%s: clearing left %s", kind, got)
		}
	}
}

// TestNumbersAndTrees: numbers run by month, and a path follows its record and those below it.
func TestNumbersAndTrees(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := apply(t, s, map[string]string{"objects/unit/object.json": object("unit",
		`{"name": "no", "type": "autonumber", "format": "N-{YYYYMM}-{000}"}, {"name": "parent_id", "type": "lookup", "to": "unit"}, {"name": "path", "type": "tree_path", "parent": "parent_id"}`, "")},
		publish.ApplyOptions{}); err != nil {
		t.Fatal(err)
	}
	must(t, s, record.Create, "unit", 1, nil)
	must(t, s, record.Create, "unit", 2, map[string]any{"parentId": "unit_1"})
	must(t, s, record.Create, "unit", 3, map[string]any{"parentId": "unit_2"})
	must(t, s, record.Create, "unit", 4, nil)
	must(t, s, record.Update, "unit", 2, map[string]any{"parentId": "unit_4"})
	for id, want := range map[int64][2]string{2: {`"N-202603-002"`, `"/4/2/"`}, 3: {`"N-202603-003"`, `"/4/2/3/"`}} {
		if no, path := field(t, s, "unit", id, "no"), field(t, s, "unit", id, "path"); no != want[0] || path != want[1] {
			t.Errorf("unit %d has %s and %s, want %v", id, no, path, want)
		}
	}
	_, err := write(t, s, record.Update, "unit", 4, map[string]any{"parentId": "unit_3"})
	if e := errs.From(err); e.Code != errs.ValidationFail || e.Field != "parentId" {
		t.Errorf("a loop was answered with %v", err)
	}
}
