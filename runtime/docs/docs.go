// Package docs writes the pages that explain a tenant's API to one caller: an index and a page per
// object. They are made of the catalogue under the caller's permissions, so that they show what the
// caller may see and nothing else; the examples on them can be sent as they stand.
package docs

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/meta"
)

// Lister answers GraphQL queries; the examples are made of records that the caller may see.
type Lister interface {
	Execute(ctx context.Context, p access.Profile, req gql.Request) gql.Response
}

// Reader is for whom pages are written.
type Reader struct {
	Catalog *catalog.Catalog
	Profile access.Profile
	Locale  string
	Lister  Lister
}

// Page is a written page.
type Page struct {
	HTML   []byte
	Policy string // content security policy
}

// Index lists the objects that the reader may see, by package.
func (r *Reader) Index() (*Page, error) {
	v := indexView{frame: r.frame("")}
	for _, p := range r.Catalog.Packages {
		g := group{Name: p.Name, Label: p.Label.In(r.Locale)}
		for _, o := range r.Catalog.Objects {
			if o.Package == p.Name && r.sight().Sees(o) {
				g.Objects = append(g.Objects, link{o.Name, o.Label.In(r.Locale), o.Help.In(r.Locale)})
			}
		}
		if len(g.Objects) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	return render("index", v)
}

// Object writes the page of one object; NOT_FOUND for one that the reader may not see.
func (r *Reader) Object(ctx context.Context, name string) (*Page, error) {
	o := r.Catalog.Object(name)
	if o == nil || !r.sight().Sees(o) {
		return nil, errs.New(errs.NotFound, "there is no object %.60s", "没有对象 %.60s", name)
	}
	v := objectView{frame: r.frame(o.Name), Name: o.Name, Type: o.TypeName, Label: o.Label.In(r.Locale), Help: o.Help.In(r.Locale),
		Rights: r.rights(o), Fields: r.fields(o), Relations: r.relations(o), Keys: r.keys(o), Rules: r.rules(o), Actions: r.actions(o)}
	var err error
	if v.Examples, err = r.examples(ctx, o); err != nil {
		return nil, err
	}
	return render("object", v)
}

func (r *Reader) sight() meta.Sight { return meta.Sight{Profile: r.Profile} }

// rights are what the reader may do with records of an object.
func (r *Reader) rights(o *catalog.Object) (out []string) {
	for op, name := range []string{access.Read: "may0", access.Create: "may1", access.Update: "may2", access.Delete: "may3"} {
		if r.sight().Does(o, access.Op(op)) {
			out = append(out, words[name].In(r.Locale))
		}
	}
	return out
}

func (r *Reader) fields(o *catalog.Object) (out []fieldView) {
	for _, f := range o.Fields {
		if !r.sight().Shows(f) {
			continue
		}
		v := fieldView{Name: f.APIName, Label: f.Label.In(r.Locale), Help: f.Help.In(r.Locale), Kind: f.Kind, Type: f.Type.Shape().Output}
		for _, x := range []struct {
			word  string
			holds bool
		}{
			{"required", f.Required}, {"unique", f.Unique}, {"computed", f.Computed()}, {"masked", r.Profile.Masked(f)},
			{"readonly", !f.Computed() && !r.sight().Writes(f)},
		} {
			if x.holds {
				v.Notes = append(v.Notes, words[x.word].In(r.Locale))
			}
		}
		if _, ok := f.Type.(field.File); ok && r.sight().Writes(f) {
			v.Notes = append(v.Notes, fmt.Sprintf(words["upload"].In(r.Locale), o.Name, f.Name))
		}
		if c, ok := f.Type.(chooser); ok {
			for _, p := range c.Choices() {
				if !p.Inactive {
					v.Choices = append(v.Choices, link{p.Code, p.Label.In(r.Locale), ""})
				}
			}
		}
		if f.Ref != nil && f.RelName != "" {
			for _, t := range f.Ref.Targets {
				if r.sight().Sees(t) {
					v.Leads = append(v.Leads, link{t.Name, t.Label.In(r.Locale), f.RelName})
				}
			}
		}
		out = append(out, v)
	}
	return out
}

func (r *Reader) relations(o *catalog.Object) (out []link) {
	for _, inv := range r.sight().Relations(o) {
		out = append(out, link{inv.Child.Name, inv.Child.PluralLabel.In(r.Locale), inv.Name})
	}
	return out
}

func (r *Reader) keys(o *catalog.Object) (out [][]string) {
next:
	for _, k := range o.Keys {
		var names []string
		for _, f := range k.Fields {
			if !r.Profile.CanRead(f) {
				continue next
			}
			names = append(names, f.APIName)
		}
		out = append(out, names)
	}
	return out
}

// rules are those that read and concern nothing which is hidden from the reader.
func (r *Reader) rules(o *catalog.Object) (out []ruleView) {
	for _, rule := range o.Rules {
		if rule.Field != nil && !r.Profile.CanRead(rule.Field) || !r.sight().Reads(o, rule.When) {
			continue
		}
		v := ruleView{Message: rule.Message.In(r.Locale), When: rule.When.Source(), Warning: rule.Warning}
		if rule.Field != nil {
			v.Field = rule.Field.APIName
		}
		out = append(out, v)
	}
	return out
}

func (r *Reader) actions(o *catalog.Object) (out []actionView) {
	for _, a := range o.Actions {
		if !action.Allowed(r.Profile, a) {
			continue
		}
		v := actionView{Name: a.Mutation, Label: a.Label.In(r.Locale), Help: a.Help.In(r.Locale)}
		for _, f := range a.Input.Fields {
			v.Input = append(v.Input, link{f.APIName, f.Label.In(r.Locale), f.Type.Shape().Input})
		}
		out = append(out, v)
	}
	return out
}

func render(name string, v any) (*Page, error) {
	var b bytes.Buffer
	if err := pages().ExecuteTemplate(&b, name, v); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return &Page{b.Bytes(), "default-src 'none'; img-src data:; style-src 'sha256-" + styleHash + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}, nil
}
