package meta

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// Layout is how a record is shown and edited.
type Layout struct {
	Name        string     `json:"name"`
	Label       model.Text `json:"label"`
	RecordTypes []string   `json:"recordTypes,omitempty"` // that it is for; none: all
	Highlights  []string   `json:"highlights"`            // GraphQL names of the fields beside the record's name
	Sections    []Section  `json:"sections"`
	Related     []Related  `json:"related"`
}

// Section is a group of fields.
type Section struct {
	Label   model.Text `json:"label"`
	Columns int        `json:"columns"` // on a wide screen
	When    *expr.Tree `json:"when,omitempty"`
	Fields  []Item     `json:"fields"`
}

// Item is a field in a section.
type Item struct {
	Field string     `json:"field"` // GraphQL name
	Wide  bool       `json:"wide,omitempty"`
	When  *expr.Tree `json:"when,omitempty"` // it is shown while this is not false
}

// Related is a list of records below the record.
type Related struct {
	Relation string   `json:"relation"` // Relation.Name
	Columns  []string `json:"columns,omitempty"`
}

// View is a list of records: what is shown, of which records, in which order.
type View struct {
	Name    string      `json:"name"`
	Label   model.Text  `json:"label"`
	Kind    string      `json:"kind"`    // list, kanban or calendar
	Columns []string    `json:"columns"` // GraphQL names
	Filter  []Condition `json:"filter"`  // all of which hold
	Sort    []Sort      `json:"sort"`
	Group   string      `json:"group,omitempty"` // kanban: GraphQL name of the field whose choices are the lanes
	From    string      `json:"from,omitempty"`  // calendar: GraphQL names of the days on which a record begins
	To      string      `json:"to,omitempty"`    // and ends
}

// Condition is one comparison of a filter.
type Condition struct {
	Path  []string        `json:"path"` // GraphQL names: relations, and the field
	Op    string          `json:"op"`
	Value json.RawMessage `json:"value"`
}

// Sort is one key of an order.
type Sort struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc,omitempty"`
}

// Path is the way that records go through their stages.
type Path struct {
	Field string `json:"field"` // GraphQL name of the picklist
}

// what is shown where nothing is declared.
const (
	defaultColumns    = 7
	defaultHighlights = 4
)

var detailsLabel = model.Text{"en": "Details", "zh-CN": "详细信息"}

// path is the object's own; where the caller may not read its field there is none.
func (s Sight) path(o *catalog.Object) *Path {
	if o.Stage == nil || !s.CanRead(o.Stage) {
		return nil
	}
	return &Path{o.Stage.APIName}
}

// layouts gives one of all fields in their order.
func (s Sight) layouts(o *catalog.Object) []Layout {
	l := Layout{Name: "standard", Label: detailsLabel, Highlights: []string{}, Related: []Related{}}
	main := Section{Label: detailsLabel, Columns: 2, Fields: []Item{}}
	var platform []Item // fields that every object may have come last
	for _, f := range o.Fields {
		if f.APIName == "" || !s.Shows(f) {
			continue
		}
		if f.System {
			if f.Name == catalog.Owner || f.Name == catalog.RecordType || f.Name == catalog.Currency {
				platform = append(platform, Item{Field: f.APIName})
			}
			continue
		}
		main.Fields = append(main.Fields, Item{Field: f.APIName, Wide: long(f)})
		if len(l.Highlights) < defaultHighlights && f != o.NameField && !long(f) {
			l.Highlights = append(l.Highlights, f.APIName)
		}
	}
	main.Fields = append(main.Fields, platform...)
	l.Sections = []Section{main}
	for _, inv := range s.Relations(o) {
		if inv.Child.FilesOf == "" {
			l.Related = append(l.Related, Related{Relation: inv.Name})
		}
	}
	return []Layout{l}
}

// views gives one of all records with the first fields.
func (s Sight) views(o *catalog.Object) []View {
	v := View{Name: "all", Label: model.Text{"en": "All records", "zh-CN": "全部记录"}, Kind: "list", Columns: []string{}, Filter: []Condition{}, Sort: []Sort{}}
	if o.NameField != nil && s.Shows(o.NameField) {
		v.Columns = append(v.Columns, o.NameField.APIName)
	}
	for _, f := range o.Fields {
		if len(v.Columns) >= defaultColumns {
			break
		}
		if f.APIName != "" && !f.System && f != o.NameField && s.Shows(f) && !long(f) {
			v.Columns = append(v.Columns, f.APIName)
		}
	}
	return []View{v}
}

// long says whether values of a field are too long for a cell: those that are no scalars of GraphQL
// which lists can be ordered by.
func long(f *catalog.Field) bool {
	return f.Ref == nil && f.Column != "" && !f.Type.Shape().Sortable
}
