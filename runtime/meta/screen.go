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

// path is the declared one, else that of duplicate rules; there is none where the caller may not read
// its field.
func (s Sight) path(o *catalog.Object) *Path {
	f := o.Path
	if f == nil {
		f = o.Stage
	}
	if f == nil || !s.CanRead(f) {
		return nil
	}
	return &Path{f.APIName}
}

// layouts are the declared ones without what the caller may not see; else one of all fields in order.
func (s Sight) layouts(o *catalog.Object) (out []Layout) {
	for _, l := range o.Layouts {
		x := Layout{Name: l.Name, Label: l.Decl.Label, RecordTypes: l.Decl.RecordTypes, Highlights: s.names(l.Highlights), Sections: []Section{}, Related: []Related{}}
		for _, sec := range l.Sections {
			y := Section{Label: sec.Label, Columns: sec.Columns, When: s.tree(o, sec.When), Fields: []Item{}}
			for _, f := range sec.Fields {
				if s.Shows(f.Field) {
					y.Fields = append(y.Fields, Item{Field: f.Field.APIName, Wide: f.Wide, When: s.tree(o, f.When)})
				}
			}
			if len(y.Fields) > 0 {
				x.Sections = append(x.Sections, y)
			}
		}
		for _, r := range l.Related {
			if s.Sees(r.Inverse.Child) && s.CanRead(r.Inverse.Via) {
				x.Related = append(x.Related, Related{Relation: r.Inverse.Name, Columns: s.names(r.Columns)})
			}
		}
		if len(l.Decl.Related) == 0 {
			x.Related = s.related(o)
		}
		out = append(out, x)
	}
	if len(out) > 0 {
		return out
	}
	return []Layout{s.everyField(o)}
}

// tree is a condition for browsers; one that they cannot judge, or that reads what the caller may not, hides nothing.
func (s Sight) tree(o *catalog.Object, p *expr.Program) *expr.Tree {
	if p == nil || !s.Reads(o, p) || !plain(o, p) {
		return nil
	}
	return p.Tree()
}

func (s Sight) names(fields []*catalog.Field) []string {
	out := []string{}
	for _, f := range fields {
		if s.Shows(f) {
			out = append(out, f.APIName)
		}
	}
	return out
}

func (s Sight) related(o *catalog.Object) []Related {
	out := []Related{}
	for _, inv := range s.Relations(o) {
		if inv.Child.FilesOf == "" {
			out = append(out, Related{Relation: inv.Name})
		}
	}
	return out
}

func (s Sight) everyField(o *catalog.Object) Layout {
	l := Layout{Name: "standard", Label: detailsLabel, Highlights: []string{}, Related: s.related(o)}
	main := Section{Label: detailsLabel, Columns: 2, Fields: []Item{}}
	var platform []Item // fields that every object may have come last
	for _, f := range o.Fields {
		switch {
		case f.APIName == "" || !s.Shows(f):
		case !f.System:
			main.Fields = append(main.Fields, Item{Field: f.APIName, Wide: long(f)})
			if len(l.Highlights) < defaultHighlights && f != o.NameField && !long(f) {
				l.Highlights = append(l.Highlights, f.APIName)
			}
		case f.Name == catalog.Owner || f.Name == catalog.RecordType || f.Name == catalog.Currency:
			platform = append(platform, Item{Field: f.APIName})
		}
	}
	main.Fields = append(main.Fields, platform...)
	l.Sections = []Section{main}
	return l
}

// views are the declared ones that the caller may see, else one of all records with the first fields.
// A view that filters by what the caller may not read is not there.
func (s Sight) views(o *catalog.Object) (out []View) {
	for _, v := range o.Views {
		x := View{Name: v.Name, Label: v.Decl.Label, Kind: v.Kind, Columns: s.names(v.Columns), Filter: []Condition{}, Sort: []Sort{}}
		if s.hides(v.Group) || s.hides(v.From) || s.hides(v.To) || len(x.Columns) == 0 {
			continue
		}
		x.Group, x.From, x.To = apiName(v.Group), apiName(v.From), apiName(v.To)
		for _, k := range v.Sort {
			if s.CanRead(k.Field) {
				x.Sort = append(x.Sort, Sort{k.Field.APIName, k.Desc})
			}
		}
		whole := true
		for _, c := range v.Filter {
			cond := Condition{Op: c.Op, Value: c.Value}
			for i, f := range c.Path {
				whole = whole && s.CanRead(f) && s.Sees(f.Object)
				if name := f.APIName; i == len(c.Path)-1 {
					cond.Path = append(cond.Path, name)
				} else {
					cond.Path = append(cond.Path, f.RelName)
				}
			}
			x.Filter = append(x.Filter, cond)
		}
		if whole {
			out = append(out, x)
		}
	}
	if len(out) > 0 {
		return out
	}
	return []View{s.everyRecord(o)}
}

func (s Sight) hides(f *catalog.Field) bool { return f != nil && !s.CanRead(f) }

func apiName(f *catalog.Field) string {
	if f == nil {
		return ""
	}
	return f.APIName
}

func (s Sight) everyRecord(o *catalog.Object) View {
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
	return v
}

// long says whether values of a field are too long for a cell: those that are no scalars of GraphQL
// which lists can be ordered by.
func long(f *catalog.Field) bool {
	return f.Ref == nil && f.Column != "" && !f.Type.Shape().Sortable
}
