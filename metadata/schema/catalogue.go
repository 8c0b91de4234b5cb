package schema

import (
	"fmt"

	"github.com/tenon-platform/tenon/platform/spec"
)

// Catalogue lists the schemas in the form that editors read catalogues in (that of JSON Schema
// Store): each with the paths that it is for, and its address below base.
func (s *Set) Catalogue(base string) ([]byte, error) {
	type entry struct {
		Name        string   `json:"name"`
		Description string   `json:"description"`
		FileMatch   []string `json:"fileMatch"`
		URL         string   `json:"url"`
	}
	list := struct {
		Schema  string  `json:"$schema"`
		Version int     `json:"version"`
		Schemas []entry `json:"schemas"`
	}{"https://json.schemastore.org/schema-catalog.json", 1, []entry{}}
	for _, k := range s.kinds {
		list.Schemas = append(list.Schemas, entry{k.Name, spec.Describe(k.Title), []string{"**/" + k.Glob}, base + k.Name + ".json"})
	}
	b, err := encode(list)
	if err != nil {
		return nil, fmt.Errorf("write the catalogue of schemas: %w", err)
	}
	return b, nil
}
