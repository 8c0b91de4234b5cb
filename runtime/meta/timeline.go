package meta

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// Source is where a part of a record's timeline is found: those records of an object whose reference Via leads to
// the record, at the instant At of each. Via and At are GraphQL names of fields.
type Source struct {
	Object string `json:"object"`
	Via    string `json:"via"`
	At     string `json:"at"`
}

// timeline names what records of an object with the feature timeline are told of beside themselves, by references of
// every kind, also those that lead to several objects and have no list of their own.
func (s Sight) timeline(cat *catalog.Catalog, o *catalog.Object) (out []Source) {
	if !o.Features["timeline"] {
		return nil
	}
	for _, child := range cat.Objects {
		if !s.Sees(child) {
			continue
		}
		at := s.happens(child)
		if at == nil {
			continue
		}
		for _, f := range child.Fields {
			if f.Ref != nil && !f.Ref.Many && !f.System && s.plainly(f) && slices.Contains(f.Ref.Targets, o) {
				out = append(out, Source{child.Name, f.APIName, at.APIName})
			}
		}
	}
	return out
}

// happens is the instant that says when a record of an object happened, nil for objects that a timeline does not tell
// of. What cannot be without such an instant is an event, or work that is due: it is the first that is required. Objects
// with the feature timeline that have none happen when they are created. Days are plans, such as that of closing,
// and have no place among instants.
func (s Sight) happens(o *catalog.Object) *catalog.Field {
	for _, f := range o.Fields {
		if f.Kind == "datetime" && f.Required && !f.System && s.plainly(f) {
			return f
		}
	}
	if f := o.Field(catalog.CreatedAt); f != nil && o.Features["timeline"] && s.plainly(f) {
		return f
	}
	return nil
}

// plainly says whether the holder sees a field of all records, and may filter and sort by it.
func (s Sight) plainly(f *catalog.Field) bool {
	return f.Column != "" && s.CanRead(f) && !s.Masked(f) && !s.Part(f)
}
