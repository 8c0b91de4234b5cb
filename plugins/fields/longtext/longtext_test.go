package longtext

import (
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Good: []fieldtest.Good{
			{In: "a\n\tb", Out: `"a\n\tb"`},
		},
		Bad: []fieldtest.Bad{
			{In: strings.Repeat("x", 100001), Code: errs.ValidationFail, Says: "100000"},
			{In: "\x00", Code: errs.InvalidInput, Says: "U+0000"},
		},
	})
	fieldtest.Refuses(t, Type{}, `{"maxLength":100001}`)
}
