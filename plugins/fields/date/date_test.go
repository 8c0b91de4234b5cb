package date

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "2026-02-28", Out: `"2026-02-28"`},
			{In: "1969-12-31", Out: `"1969-12-31"`},
			{In: "0001-01-01", Out: `"0001-01-01"`},
		},
		Bad: []fieldtest.Bad{
			{In: "2026-02-30", Code: errs.InvalidInput, Says: "date"},
			{In: "2026-3-1", Code: errs.InvalidInput, Says: "date"},
			{In: json.Number("1"), Code: errs.InvalidInput, Says: "date"},
			{In: "0000-01-01", Code: errs.ValidationFail, Says: "0001-01-01"},
		},
	})
}
