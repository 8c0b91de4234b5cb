package file

import (
	"testing"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldtest"
)

func TestType(t *testing.T) { fieldtest.RunFiles(t, Type{}) }

func TestAccepts(t *testing.T) {
	f := fieldtest.New(t, Type{}, `{"maxSize": 100, "types": ["image/*", "application/pdf"]}`).(field.File)
	for _, i := range []field.FileInfo{{Size: 100, Type: "image/png"}, {Size: 0, Type: "application/pdf"}} {
		if err := f.Accepts(i); err != nil {
			t.Errorf("%+v: %v", i, err)
		}
	}
	for _, i := range []field.FileInfo{{Size: 101, Type: "image/png"}, {Type: "application/pdfx"}, {Type: "imagery/png"}, {Type: ""}, {Type: "text/html"}} {
		if err := f.Accepts(i); err == nil || err.Message.Zh == "" {
			t.Errorf("%+v is taken: %v", i, err)
		}
	}
	if err := fieldtest.New(t, Type{}, "").(field.File).Accepts(field.FileInfo{Size: 1 << 50, Type: "x/y"}); err != nil {
		t.Error(err)
	}
}
