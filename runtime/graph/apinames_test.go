package graph_test

import (
	"regexp"
	"testing"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/runtime/access"
)

// TestTypesAreThoseOfTheCatalogue: the resolver keeps names apart that the schema is known to
// need, so the schema must need no others.
func TestTypesAreThoseOfTheCatalogue(t *testing.T) {
	w := newWorld(t, 0, nil)
	known := map[string]bool{}
	for _, n := range catalog.CommonAPITypes() {
		known[n] = true
	}
	for _, o := range w.cat.Objects {
		for _, n := range o.APITypes() {
			known[n] = true
		}
		for _, f := range o.Fields {
			if f.KeyOf != nil {
				continue // the API does not know it
			}
			sh := f.Type.Shape()
			known[sh.Filter] = true
			for n := range sh.Defs {
				known[n] = true
			}
		}
	}
	sdl, err := w.svc.SDL(access.Everything)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^(?:type|input|enum|union|interface|scalar) (\w+)`).FindAllStringSubmatch(sdl, -1) {
		if !known[m[1]] {
			t.Errorf("the schema has the type %s, which catalog.Object.APITypes does not know", m[1])
		}
	}
}
