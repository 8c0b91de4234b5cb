package lookup

import (
	"encoding/json"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"to":"dealer"}`,
		Good: []fieldtest.Good{
			{In: "dl_17", Out: `"dl_17"`},
			{In: "17", Out: `"dl_17"`},
			{In: json.Number("17"), Out: `"dl_17"`},
		},
		Bad: []fieldtest.Bad{
			{In: "person_17", Code: errs.InvalidInput, Says: "is not a dealer id"},
			{In: "dl_0", Code: errs.InvalidInput, Says: "dealer id"},
			{In: "dl_", Code: errs.InvalidInput, Says: "dealer id"},
			{In: true, Code: errs.InvalidInput, Says: "dealer id"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"to":"person","onDelete":"cascade"}`,
		Good: []fieldtest.Good{
			{In: "person_1", Out: `"person_1"`},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"to":"dealr"}`, `{}`, `{"to":"dealer","onDelete":"x"}`)
}
