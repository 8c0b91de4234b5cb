package text

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "a", Out: `"a"`},
			{In: "经销商 \"q\"", Out: `"经销商 \"q\""`},
			{In: "", Out: `null`},
		},
		Bad: []fieldtest.Bad{
			{In: strings.Repeat("x", 256), Code: errs.ValidationFail, Says: "255"},
			{In: true, Code: errs.InvalidInput, Says: "text"},
			{In: "a\nb", Code: errs.InvalidInput, Says: "U+000A"},
			{In: "\xff", Code: errs.InvalidInput, Says: "UTF-8"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"minLength":2,"maxLength":4,"trim":true,"pattern":"[a-z]+"}`,
		Good: []fieldtest.Good{
			{In: " abc ", Out: `"abc"`},
		},
		Bad: []fieldtest.Bad{
			{In: "a", Code: errs.ValidationFail, Says: "2"},
			{In: "abcde", Code: errs.ValidationFail, Says: "4"},
			{In: "AB", Code: errs.ValidationFail, Says: "[a-z]+"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"pattern":"a|b","message":{"en":"say a","zh-CN":"请写a"}}`,
		Good: []fieldtest.Good{
			{In: "b", Out: `"b"`},
		},
		Bad: []fieldtest.Bad{
			{In: "bb", Code: errs.ValidationFail, Says: "say a"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"maxLength":0}`, `{"maxLength":"x"}`, `{"pattern":"("}`, `{"minLength":9,"maxLength":3}`)
}
