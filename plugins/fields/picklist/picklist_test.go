package picklist

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"picklist":"dealer_tier"}`,
		Good: []fieldtest.Good{
			{In: "gold", Out: `"gold"`},
			{In: "2nd-best", Out: `"_2nd_best"`},
			{In: "_2nd_best", Out: `"_2nd_best"`},
		},
		Bad: []fieldtest.Bad{
			{In: "silver", Code: errs.ValidationFail, Says: "gold"},
			{In: "bronze", Code: errs.ValidationFail, Says: "no longer"},
			{In: true, Code: errs.InvalidInput, Says: "text"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{}`, `{"picklist":"dealer_teir"}`, `{"values":[]}`, `{"values":[{"code":"a-b"},{"code":"a_b"}]}`, `{"values":[{"code":"a"}],"picklist":"dealer_tier"}`, `{"values":[{"code":""}]}`)
	f := fieldtest.New(t, Type{}, `{"picklist":"dealer_tier"}`)
	check := f.(field.Checked)
	for region, ok := range map[string]bool{"east": true, "west": false} {
		err := check.Check(value.Text("2nd-best"), func(string) value.Value { return value.Text(region) })
		if (err == nil) != ok {
			t.Errorf("2nd-best in %s: %v", region, err)
		}
	}
	if got := string(f.Shape().Extra[0].Append(nil, value.Text("gold"), "zh-CN")); got != `"金牌"` {
		t.Errorf("label: %s", got)
	}
	if got := string(f.AppendJSON(nil, value.Text("bronze"))); got != `"bronze"` {
		t.Errorf("inactive value reads as %s", got)
	}
}
