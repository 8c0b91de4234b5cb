package decimal

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "1.23456", Out: `"1.2346"`},
			{In: json.Number("-0.00005"), Out: `"-0.0001"`},
			{In: "99999999999999.9999", Out: `"99999999999999.9999"`},
		},
		Bad: []fieldtest.Bad{
			{In: "99999999999999.99995", Code: errs.ValidationFail, Says: "14 before"},
			{In: "abc", Code: errs.InvalidInput, Says: "number"},
			{In: true, Code: errs.InvalidInput, Says: "number"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"precision":38,"scale":10,"min":"0.5","max":1e20}`,
		Good: []fieldtest.Good{
			{In: "12345678901234567890.1234567890", Out: `"12345678901234567890.1234567890"`},
		},
		Bad: []fieldtest.Bad{
			{In: "0.4", Code: errs.ValidationFail, Says: "0.5"},
			{In: "100000000000000000000.1", Code: errs.ValidationFail, Says: "100000000000000000000"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"precision":38,"scale":0}`,
		Good: []fieldtest.Good{
			{In: "99999999999999999999999999999999999999", Out: `"99999999999999999999999999999999999999"`},
		},
		Bad: []fieldtest.Bad{
			{In: "100000000000000000000000000000000000000", Code: errs.ValidationFail, Says: "38"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"precision":39}`, `{"scale":19}`, `{"scale":5,"precision":4}`, `{"min":2,"max":1}`, `{"min":"x"}`)
}
