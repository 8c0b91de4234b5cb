package bool

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: true, Out: `true`},
			{In: "FALSE", Out: `false`},
		},
		Bad: []fieldtest.Bad{
			{In: json.Number("1"), Code: errs.InvalidInput, Says: "true or false"},
			{In: "yes", Code: errs.InvalidInput, Says: "true or false"},
		},
	})
}
