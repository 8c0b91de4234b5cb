package meta

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Index is what a caller finds: apps, and the objects that the caller may see.
type Index struct {
	Revision int64             `json:"revision"`
	Zone     string            `json:"zone"` // IANA name of the tenant's time zone
	Apps     []App             `json:"apps"`
	Objects  []Entry           `json:"objects"` // by name
	Roles    map[string]string `json:"roles"`   // objects by the role that they serve, such as user
	Rights   []string          `json:"rights"`  // those of the caller that belong to no object
	// Processes are the approval processes of these objects.
	Processes []ProcessEntry `json:"processes"`
}

// ProcessEntry names an approval process.
type ProcessEntry struct {
	Key    string     `json:"key"`
	Object string     `json:"object"`
	Label  model.Text `json:"label"`
}

// App is a set of things that one works with.
type App struct {
	Name  string     `json:"name"`
	Label model.Text `json:"label"`
	Help  model.Text `json:"help,omitempty"`
	Items []NavItem  `json:"items"`
}

// NavItem is one entry of an app's navigation.
type NavItem struct {
	Object string     `json:"object,omitempty"`
	View   string     `json:"view,omitempty"`
	URL    string     `json:"url,omitempty"`
	Label  model.Text `json:"label"`
}

// Entry names an object.
type Entry struct {
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Label       model.Text `json:"label"`
	PluralLabel model.Text `json:"pluralLabel"`
	Prefix      string     `json:"prefix"`              // of the ids of its records
	One         string     `json:"one"`                 // GraphQL field of one record
	Many        string     `json:"many"`                // of many
	NameField   string     `json:"nameField,omitempty"` // GraphQL name
	Searchable  bool       `json:"searchable"`
	Create      bool       `json:"create"`
	Update      bool       `json:"update"`
}

// rights are all those that belong to no object.
var rights = spec.Of[model.PermissionSet]().Get("system").Enum

// Index lists what the caller finds. A package that declares no app is one of all its objects.
func (s Sight) Index(cat *catalog.Catalog) *Index {
	out := &Index{Revision: cat.Revision, Zone: cat.Zone, Apps: []App{}, Objects: []Entry{}, Roles: map[string]string{}, Rights: []string{}, Processes: []ProcessEntry{}}
	for _, o := range cat.Objects {
		if !s.Sees(o) {
			continue
		}
		e := Entry{Name: o.Name, Type: o.TypeName, Label: o.Label, PluralLabel: o.PluralLabel, Prefix: o.IDPrefix, One: o.SingularName, Many: o.PluralName,
			Searchable: len(o.Storage.Search) > 0, Create: s.Does(o, access.Create), Update: s.Does(o, access.Update)}
		if o.NameField != nil && s.Shows(o.NameField) {
			e.NameField = o.NameField.APIName
		}
		out.Objects = append(out.Objects, e)
		if o.Serves != "" {
			out.Roles[o.Serves] = o.Name
		}
	}
	for _, a := range cat.Approvals {
		if s.Sees(a.Object) {
			out.Processes = append(out.Processes, ProcessEntry{a.Key, a.Object.Name, a.Label})
		}
	}
	for _, right := range rights {
		if s.Has(right) {
			out.Rights = append(out.Rights, right)
		}
	}
	for _, d := range cat.Apps {
		a := App{Name: d.Name, Label: d.Decl.Label, Help: d.Decl.Help, Items: []NavItem{}}
		for _, item := range d.Items {
			switch {
			case item.Object == nil:
				a.Items = append(a.Items, NavItem{URL: item.URL, Label: item.Label})
			case s.Sees(item.Object):
				a.Items = append(a.Items, NavItem{Object: item.Object.Name, View: item.View, Label: item.Label})
			}
		}
		if len(a.Items) > 0 {
			out.Apps = append(out.Apps, a)
		}
	}
	for _, p := range cat.Packages {
		if slices.ContainsFunc(cat.Apps, func(a *catalog.App) bool { return a.Package == p.Name }) {
			continue
		}
		a := App{Name: p.Name, Label: p.Label, Items: []NavItem{}}
		for _, o := range cat.Objects {
			if o.Package == p.Name && s.Sees(o) && o.FilesOf == "" && o.Master == nil {
				a.Items = append(a.Items, NavItem{Object: o.Name, Label: o.PluralLabel})
			}
		}
		if len(a.Items) > 0 {
			out.Apps = append(out.Apps, a)
		}
	}
	return out
}
