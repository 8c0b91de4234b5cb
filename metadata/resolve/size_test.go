package resolve_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/load"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/resolve"
)

// large is a package of many objects with 60 fields each: texts, numbers, references to the
// objects before, formulas over them, and a roll-up.
func large(objects int) fstest.MapFS {
	files := fstest.MapFS{"tenon.json": {Data: []byte(`{"name": "large", "version": "1.0.0", "label": {"en": "Large", "zh-CN": "大"}, "locales": ["en", "zh-CN"]}`)}}
	for i := range objects {
		var b strings.Builder
		field := func(format string, args ...any) {
			fmt.Fprintf(&b, ",\n  {"+format+`, "label": {"en": "Label", "zh-CN": "标签"}}`, args...)
		}
		fmt.Fprintf(&b, "{\"name\": \"thing%d\", \"label\": {\"en\": \"Thing\", \"zh-CN\": \"事物\"}, \"fields\": [\n  {\"name\": \"name\", \"type\": \"text\"}", i)
		for n := range 20 {
			field(`"name": "text%d", "type": "text", "maxLength": 80`, n)
		}
		for n := range 20 {
			field(`"name": "num%d", "type": "int"`, n)
		}
		for n := range 3 {
			field(`"name": "ref%d", "type": "lookup", "to": "thing%d"`, n, max(i-n-1, 0))
		}
		for n := range 10 {
			field(`"name": "sum%d", "type": "formula", "expr": "num%d + num%d * 2"`, n, n, n+1)
		}
		for n := range 5 {
			field(`"name": "far%d", "type": "formula", "expr": "ref0.num%d + num1"`, n, n)
		}
		if i+1 < objects {
			field(`"name": "total", "type": "rollup", "from": "thing%d.ref0", "function": "sum", "field": "sum0", "where": "num3 > 0"`, i+1)
		}
		b.WriteString("],\n\"rules\": [{\"name\": \"r\", \"when\": \"num1 < 0 && name != null\", \"message\": {\"en\": \"no\", \"zh-CN\": \"否\"}}]}\n")
		files[fmt.Sprintf("objects/thing%d/object.json", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}

func TestLargeResolves(t *testing.T) {
	p, findings := load.Package(large(20), "large", fields())
	if findings.HasErrors() {
		t.Fatal(findings[0].Pos, findings[0].Summary.En)
	}
	cat, findings := resolve.Resolve(resolve.Input{Packages: []*model.Package{p}, Fields: fields(), Zone: "Asia/Shanghai"})
	if findings.HasErrors() {
		t.Fatal(findings[0].Pos, findings[0].Summary.En)
	}
	if len(cat.Objects) != 20 || len(cat.Object("thing5").FeedsRollups) != 1 || len(cat.Object("thing5").Formulas) != 10 {
		t.Errorf("%d objects, %d fed roll-ups, %d stored formulas", len(cat.Objects), len(cat.Object("thing5").FeedsRollups), len(cat.Object("thing5").Formulas))
	}
}

func BenchmarkLoad500Objects(b *testing.B) {
	files := large(500)
	for b.Loop() {
		if _, findings := load.Package(files, "large", fields()); findings.HasErrors() {
			b.Fatal(findings[0].Summary.En)
		}
	}
}

func BenchmarkResolve500Objects(b *testing.B) {
	p, _ := load.Package(large(500), "large", fields())
	for b.Loop() {
		if _, findings := resolve.Resolve(resolve.Input{Packages: []*model.Package{p}, Fields: fields(), Zone: "Asia/Shanghai"}); findings.HasErrors() {
			b.Fatal(findings[0].Summary.En)
		}
	}
}
