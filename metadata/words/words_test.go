package words

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/diag"
)

// TestEachTextIsInBothLanguages: no name lacks a language, and none says both at once.
func TestEachTextIsInBothLanguages(t *testing.T) {
	for file, texts := range map[string]map[string]diag.Text{"titles.json": Titles(), "values.json": Values()} {
		for name, x := range texts {
			if x.En == "" || x.Zh == "" || strings.Contains(x.En+x.Zh, " / ") {
				t.Errorf("%s: %s does not say it in both languages: %q", file, name, x)
			}
		}
	}
}

// TestWithin: names stand within a sentence; what has none is called by its code.
func TestWithin(t *testing.T) {
	for _, c := range []struct{ got, want diag.Text }{
		{FieldType("decimal"), diag.Text{En: "decimal number", Zh: "小数"}},
		{FieldType("json"), diag.Text{En: "JSON", Zh: "JSON"}},
		{FieldType("barcode"), diag.Text{En: "barcode", Zh: "barcode"}},
		{Value("FlowStep", "type", "create"), diag.Text{En: "create a record", Zh: "新建记录"}},
		{Value("Rollup", "function", "sum"), diag.Text{En: "sum", Zh: "求和"}},
		{Kind("datetime"), diag.Text{En: "instant", Zh: "时间"}},
		{Key("FlowStep", "script"), diag.Text{En: "script", Zh: "脚本"}},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
