package code

import (
	"crypto/rand"
	"testing"

	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
	"github.com/tenon-platform/tenon/platform/errs"
)

func TestType(t *testing.T) {
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"prefix":"SP-","length":4}`,
		Good: []fieldtest.Good{
			{In: " sp-ab2d", Out: `"SP-AB2D"`},
			{In: "SP- AB 2D ", Out: `"SP-AB2D"`},
		},
		Bad: []fieldtest.Bad{
			{In: "SP-AB0D", Code: errs.ValidationFail, Says: "mistyped"},
			{In: "AB2D", Code: errs.ValidationFail, Says: "mistyped"},
			{In: 7, Code: errs.InvalidInput, Says: "text"},
		},
	})
	fieldtest.Run(t, Type{}, fieldtest.Case{
		Settings: `{"alphabet":"0123456789","length":10,"checksum":true}`,
		Good:     []fieldtest.Good{{In: "7992739871 3", Out: `"79927398713"`}},
		Bad:      []fieldtest.Bad{{In: "79927398710", Code: errs.ValidationFail, Says: "mistyped"}},
	})
	fieldtest.Refuses(t, Type{}, `{"length":0}`, `{"length":65}`, `{"alphabet":"A"}`, `{"alphabet":"ABA"}`, `{"prefix":"a b"}`)
}

func TestGenerate(t *testing.T) {
	f := fieldtest.New(t, Type{}, `{"checksum":true}`).(*Field)
	v, err := f.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, e := f.Coerce(v.Text()); e != nil || got != v || len(v.Text()) != 11 {
		t.Errorf("made %s, which is read as %v: %v", v.Text(), got, e)
	}
}
