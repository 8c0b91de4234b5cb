package percent

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "0.15", Out: `"0.1500"`},
		},
		Bad: []fieldtest.Bad{
			{In: "15%", Code: errs.InvalidInput, Says: "number"},
		},
	})
}
