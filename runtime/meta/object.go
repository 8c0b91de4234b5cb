package meta

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
)

// Object is what a caller sees of an object: enough to list, show and edit its records. Fields and
// relations are called as in the API.
type Object struct {
	Name        string     `json:"name"` // metadata name
	Type        string     `json:"type"` // GraphQL: "Dealer"
	One         string     `json:"one"`  // "dealer"
	Many        string     `json:"many"` // "dealers"
	Label       model.Text `json:"label"`
	PluralLabel model.Text `json:"pluralLabel"`
	Help        model.Text `json:"help,omitempty"`
	NameField   string     `json:"nameField,omitempty"`
	Serves      string     `json:"serves,omitempty"`
	May         May        `json:"may"`
	Features    []string   `json:"features"`
	Searchable  bool       `json:"searchable"`
	Fields      []Field    `json:"fields"`
	Relations   []Relation `json:"relations"`
	Timeline    []Source   `json:"timeline,omitempty"`
	Rules       []Rule     `json:"rules"`
	Actions     []Action   `json:"actions"`
	Processes   []Process  `json:"processes,omitempty"`
	Path        *Path      `json:"path,omitempty"`
	Layouts     []Layout   `json:"layouts"`
	Views       []View     `json:"views"`
}

// May is what the caller may do with records of an object at all; which ones is decided by record.
type May struct {
	Create bool `json:"create"`
	Update bool `json:"update"`
	Delete bool `json:"delete"`
}

// Field is a field that the caller may see.
type Field struct {
	Name       string          `json:"name"`             // metadata name
	API        string          `json:"api"`              // GraphQL name of the value
	Record     string          `json:"record,omitempty"` // of references: GraphQL name of the record
	Parts      []string        `json:"parts,omitempty"`  // fields of the value, where it is an object in GraphQL
	Kind       string          `json:"kind"`
	As         string          `json:"as,omitempty"`    // of formulas and roll-ups: the kind of what they give
	Input      string          `json:"input,omitempty"` // GraphQL type of the input
	Label      model.Text      `json:"label"`
	Help       model.Text      `json:"help,omitempty"`
	System     bool            `json:"system,omitempty"`
	Required   bool            `json:"required,omitempty"`
	Unique     bool            `json:"unique,omitempty"`
	Writable   bool            `json:"writable,omitempty"`
	Computed   bool            `json:"computed,omitempty"`
	Masked     bool            `json:"masked,omitempty"`
	Partial    bool            `json:"partial,omitempty"` // told only where it looks at records of the caller's, else null; neither filtered nor sorted by
	Revealable bool            `json:"revealable,omitempty"`
	Money      bool            `json:"money,omitempty"`
	History    bool            `json:"history,omitempty"`
	Sortable   bool            `json:"sortable,omitempty"`
	Groupable  bool            `json:"groupable,omitempty"`
	Filter     string          `json:"filter,omitempty"`    // GraphQL type of its filter
	Operators  []string        `json:"operators,omitempty"` // of the filter
	Choices    []Choice        `json:"choices,omitempty"`
	Targets    []string        `json:"targets,omitempty"` // metadata names of the objects that a reference leads to
	Many       bool            `json:"many,omitempty"`
	Default    json.RawMessage `json:"default,omitempty"` // as the API has it; only literals
	Settings   settings        `json:"settings,omitempty"`
}

// Choice is one value of a picklist.
type Choice struct {
	Value    string              `json:"value"` // as the API has it
	Code     string              `json:"code"`  // as expressions have it
	Label    model.Text          `json:"label"`
	Color    string              `json:"color,omitempty"`
	Inactive bool                `json:"inactive,omitempty"`
	When     map[string][]string `json:"when,omitempty"` // by field: codes that allow this one
}

// settings are those of a field that bound what one types into it.
type settings map[string]json.RawMessage

// bounds are the settings that are shown. What computes a value may read what the caller may not.
var bounds = []string{"maxLength", "minLength", "min", "max", "scale", "precision", "accept", "maxSize", "language", "countries"}

// Relation is a list of records that refer to one of the object.
type Relation struct {
	Name   string     `json:"name"` // GraphQL name of the list
	Object string     `json:"object"`
	Via    string     `json:"via"` // GraphQL name of the reference's value
	Label  model.Text `json:"label"`
	Detail bool       `json:"detail,omitempty"` // its records belong to the one that they refer to
	Files  bool       `json:"files,omitempty"`  // it holds the files of the record
}

// Rule is a validation rule of which the caller sees everything that it reads. When is a hint for
// those who type: names in it are metadata names of fields of the record.
type Rule struct {
	Name    string     `json:"name"`
	Field   string     `json:"field,omitempty"` // GraphQL name
	Warning bool       `json:"warning,omitempty"`
	Create  bool       `json:"create,omitempty"`
	Update  bool       `json:"update,omitempty"`
	Message model.Text `json:"message"`
	When    *expr.Tree `json:"when"`
}

// Action is a verb that the caller may start.
type Action struct {
	Name     string     `json:"name"` // GraphQL mutation
	Label    model.Text `json:"label"`
	Help     model.Text `json:"help,omitempty"`
	OnObject bool       `json:"onObject,omitempty"` // no record is named
	Input    string     `json:"input,omitempty"`    // GraphQL type of the argument "input"; "" without one
	Fields   []Field    `json:"fields,omitempty"`
}

// Process is an approval process that records of the object go through.
type Process struct {
	Key   string     `json:"key"`
	Label model.Text `json:"label"`
}

// Object describes an object; NOT_FOUND for one that the caller may not see.
func (s Sight) Object(cat *catalog.Catalog, name string) (*Object, error) {
	o := cat.Object(name)
	if o == nil || !s.Sees(o) {
		return nil, errs.New(errs.NotFound, "there is no object %.60s", "没有对象 %.60s", name)
	}
	out := &Object{Name: o.Name, Type: o.TypeName, One: o.SingularName, Many: o.PluralName, Label: o.Label, PluralLabel: o.PluralLabel, Help: o.Help, Serves: o.Serves,
		May:      May{s.Does(o, access.Create), s.Does(o, access.Update), s.Does(o, access.Delete)},
		Features: []string{}, Searchable: len(o.Storage.Search) > 0, Fields: []Field{}, Relations: []Relation{}, Rules: []Rule{}, Actions: []Action{}}
	for _, f := range []string{"files", "history", "lock", "search", "timeline"} {
		if o.Features[f] {
			out.Features = append(out.Features, f)
		}
	}
	if o.NameField != nil && s.Shows(o.NameField) {
		out.NameField = o.NameField.APIName
	}
	for _, f := range o.Fields {
		if f.APIName != "" && s.Shows(f) {
			out.Fields = append(out.Fields, s.field(f))
		}
	}
	for _, inv := range s.Relations(o) {
		out.Relations = append(out.Relations, Relation{Name: inv.Name, Object: inv.Child.Name, Via: inv.Via.APIName, Label: inv.Child.PluralLabel,
			Detail: inv.Via.Ref.Master, Files: inv.Child.FilesOf == o.Name})
	}
	out.Timeline = s.timeline(cat, o)
	out.Rules = append(out.Rules, s.rules(o)...)
	for _, a := range o.Actions {
		if action.Allowed(s.Profile, a) {
			out.Actions = append(out.Actions, s.action(a))
		}
	}
	for _, a := range cat.Approvals {
		if a.Object == o && !a.Task {
			out.Processes = append(out.Processes, Process{a.Key, a.Label})
		}
	}
	out.Path = s.path(o)
	out.Layouts = s.layouts(o)
	out.Views = s.views(o)
	return out, nil
}

// partForm finds the fields of a type in its definition.
var partForm = regexp.MustCompile(`(?m)^\s*(\w+):`)

// Fields describes fields of an object, in the order of the object, whatever the holder may see of it: for
// those who are shown them in another way, such as by an approval. What they refer to is told of as always.
func (s Sight) Fields(o *catalog.Object, shown func(f *catalog.Field) bool) []Field {
	out := []Field{}
	for _, f := range o.Fields {
		if f.APIName != "" && f.Type != nil && f.Type.Shape().Output != "" && shown(f) {
			out = append(out, s.field(f))
		}
	}
	return out
}

type chooser interface{ Choices() []model.PicklistValue }

func (s Sight) field(f *catalog.Field) Field {
	shape := f.Type.Shape()
	out := Field{Name: f.Name, API: f.APIName, Record: f.RelName, Kind: f.Kind, Label: f.Label, Help: f.Help, System: f.System, Required: f.Required, Unique: f.Unique,
		Writable: s.Writes(f), Computed: f.Computed(), Money: f.InCurrency(), History: f.History, Masked: s.Masked(f), Partial: s.Part(f), Revealable: s.CanReveal(f)}
	if out.Writable {
		out.Input = shape.Input
	}
	if !out.Masked && !out.Partial && f.Column != "" {
		out.Sortable, out.Groupable, out.Filter = shape.Sortable, shape.Groupable, shape.Filter
		for _, op := range shape.Operators {
			out.Operators = append(out.Operators, op.Name)
		}
	}
	if def := shape.Defs[shape.Output]; strings.HasPrefix(def, "type ") {
		for _, m := range partForm.FindAllStringSubmatch(def, -1) {
			out.Parts = append(out.Parts, m[1])
		}
	}
	out.As = gives(f)
	if c, ok := f.Type.(chooser); ok {
		out.Choices = choices(c)
	}
	if f.Ref != nil {
		out.Many = f.Ref.Many
		for _, t := range f.Ref.Targets {
			if s.Sees(t) {
				out.Targets = append(out.Targets, t.Name)
			}
		}
	}
	if f.Default != nil && f.Default.Expr == nil && !f.Default.Value.IsNull() {
		out.Default = f.Type.AppendJSON(nil, f.Default.Value)
	}
	for _, key := range bounds {
		if raw := f.Decl.Settings[key]; raw != nil {
			if out.Settings == nil {
				out.Settings = settings{}
			}
			out.Settings[key] = raw
		}
	}
	return out
}

// gives is the kind of what a formula or a roll-up gives, "" for other fields.
func gives(f *catalog.Field) (kind string) {
	switch {
	case f.Formula != nil && json.Unmarshal(f.Decl.Settings["returns"], &kind) == nil:
		return kind
	case f.Rollup != nil && f.Rollup.Field != nil && f.Rollup.Func != driver.CountDistinct:
		if kind = gives(f.Rollup.Field); kind == "" {
			kind = f.Rollup.Field.Kind
		}
	case f.Rollup != nil:
		kind = "int"
	}
	return kind
}

func choices(c chooser) (out []Choice) {
	for _, v := range c.Choices() {
		out = append(out, Choice{Value: fieldkit.EnumValue(v.Code), Code: v.Code, Label: v.Label, Color: v.Color, Inactive: v.Inactive, When: v.When})
	}
	return out
}

// rules are those that browsers can judge: they read stored fields of the record alone, none of them
// hidden or computed.
func (s Sight) rules(o *catalog.Object) (out []Rule) {
	for _, r := range o.Rules {
		if r.Field != nil && !s.CanRead(r.Field) || !s.Reads(o, r.When) || !plain(o, r.When) {
			continue
		}
		v := Rule{Name: r.Name, Warning: r.Warning, Create: r.Create, Update: r.Update, Message: r.Message, When: r.When.Tree()}
		if r.Field != nil {
			v.Field = r.Field.APIName
		}
		out = append(out, v)
	}
	return out
}

// plain says whether a condition reads typed fields of the record alone.
func plain(o *catalog.Object, p *expr.Program) bool {
	for _, in := range p.Inputs() {
		if in.Kind != expr.FieldInput && in.Kind != expr.PriorInput || len(in.Path) > 0 {
			return false
		}
		if f := o.Field(in.Field); f == nil || f.Computed() && f.AutoNumber == nil {
			return false
		}
	}
	return true
}

func (s Sight) action(a *catalog.Action) Action {
	out := Action{Name: a.Mutation, Label: a.Label, Help: a.Help, OnObject: a.OnObject}
	for _, f := range a.Input.Fields {
		out.Input = a.TypeName + "Input"
		x := s.field(f)
		x.Writable, x.Input = true, f.Type.Shape().Input
		out.Fields = append(out.Fields, x)
	}
	return out
}
