package money

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "10.005", Out: `"10.01"`},
			{In: json.Number("0.1"), Out: `"0.10"`},
			{In: "-10.005", Out: `"-10.01"`},
		},
		Bad: []fieldtest.Bad{
			{In: "1e17", Code: errs.ValidationFail, Says: "16 before"},
		},
	})
}
