package datetime

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "2026-03-31T09:00:00+08:00", Out: `"2026-03-31T01:00:00Z"`},
			{In: "1969-12-31T23:59:59.123456Z", Out: `"1969-12-31T23:59:59.123456Z"`},
		},
		Bad: []fieldtest.Bad{
			{In: "2026-03-31T09:00:00", Code: errs.InvalidInput, Says: "offset"},
			{In: "9999-12-31T23:59:59-10:00", Code: errs.ValidationFail, Says: "9999"},
		},
	})
}
