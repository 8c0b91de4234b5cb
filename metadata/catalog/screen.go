package catalog

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// App is a set of things that one works with.
type App struct {
	Name, Package string
	Items         []*AppItem
	Decl          *model.App // as it was written, without places
}

// Addr is the app's address.
func (a *App) Addr() addr.Address { return addr.App(a.Name) }

// AppItem is an entry of an app's navigation.
type AppItem struct {
	Object *Object // nil: it leads to URL
	View   string
	URL    string
	Label  model.Text
}

// Layout is how records of an object are shown.
type Layout struct {
	Name, Package string
	Object        *Object
	Highlights    []*Field
	Sections      []*LayoutSection
	Related       []*LayoutRelated
	Decl          *model.Layout
}

// Addr is the layout's address.
func (l *Layout) Addr() addr.Address { return l.Object.Addr().Layout(l.Name) }

// LayoutSection is a group of fields.
type LayoutSection struct {
	Label   model.Text
	Columns int
	When    *expr.Program // nil: always
	Fields  []*LayoutField
}

// LayoutField is a field in a section.
type LayoutField struct {
	Field *Field
	Wide  bool
	When  *expr.Program // nil: always
}

// LayoutRelated is a list of records that refer to the record.
type LayoutRelated struct {
	Inverse *Inverse
	Columns []*Field
}

// View is a list of an object's records.
type View struct {
	Name, Package, Kind string
	Object              *Object
	Columns             []*Field
	Filter              []*ViewCondition
	Sort                []*ViewSort
	Group, From, To     *Field // may be nil
	Decl                *model.View
}

// Addr is the view's address.
func (v *View) Addr() addr.Address { return v.Object.Addr().View(v.Name) }

// ViewCondition compares the last field of a path, which the others, references, lead to.
type ViewCondition struct {
	Path  []*Field
	Op    string
	Value json.RawMessage
}

// ViewSort is one key of an order.
type ViewSort struct {
	Field *Field
	Desc  bool
}
