// Package fixedtest holds parts of the API that are the same for every tenant to what all of them keep to.
package fixedtest

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// Reserved holds that what a part of the API is called nothing that a package declares may be called.
func Reserved(t *testing.T, schema string) {
	t.Helper()
	doc, err := parser.ParseSchema(&ast.Source{Input: schema})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doc.Definitions {
		reserved := map[string][]string{"Query": catalog.CommonAPIRoots(), "Mutation": catalog.CommonAPIMutations()}[d.Name]
		if reserved == nil && !slices.Contains(catalog.CommonAPITypes(), d.Name) {
			t.Errorf("an object may be called %s", d.Name)
		}
		for _, f := range d.Fields {
			if reserved != nil && !slices.Contains(reserved, f.Name) {
				t.Errorf("%s.%s may have another meaning", d.Name, f.Name)
			}
		}
	}
}
