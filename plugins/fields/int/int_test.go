package int

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: json.Number("12"), Out: `12`},
			{In: "-7", Out: `-7`},
			{In: json.Number("1e3"), Out: `1000`},
			{In: "", Out: `null`},
		},
		Bad: []fieldtest.Bad{
			{In: json.Number("1.5"), Code: errs.InvalidInput, Says: "whole"},
			{In: json.Number("2147483648"), Code: errs.ValidationFail, Says: "2147483647"},
			{In: true, Code: errs.InvalidInput, Says: "whole"},
			{In: "x", Code: errs.InvalidInput, Says: "whole"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"min":0,"max":9223372036854775807}`,
		Good: []fieldtest.Good{
			{In: json.Number("9007199254740993"), Out: `"9007199254740993"`},
		},
		Bad: []fieldtest.Bad{
			{In: json.Number("-1"), Code: errs.ValidationFail, Says: "between 0"},
			{In: json.Number("9223372036854775808"), Code: errs.ValidationFail, Says: "9223372036854775807"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"min":5,"max":1}`, `{"min":"a"}`)
}
