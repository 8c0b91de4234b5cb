package master

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"to":"dealer"}`,
		Good: []fieldtest.Good{
			{In: "dl_17", Out: `"dl_17"`},
		},
		Bad: []fieldtest.Bad{
			{In: "dl_x", Code: errs.InvalidInput, Says: "dealer id"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"to":"none"}`)
}
