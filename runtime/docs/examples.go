package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// Example is an operation that can be sent as it stands.
type Example struct {
	Title     string
	Query     string
	Variables string // JSON; "" for none
}

// exampleFields is how many fields a query asks for.
const exampleFields = 6

// chooser is implemented by fields with a list of choices.
type chooser interface{ Choices() []model.PicklistValue }

// examples are a list, and a write as a dry run: of a record that the reader may see and change, set
// to what it holds; or, where there is none, of a new one.
func (r *Reader) examples(ctx context.Context, o *catalog.Object) ([]Example, error) {
	read := r.scalars(o, func(f *catalog.Field) bool { return !f.System })
	names := []string{"id"}
	for _, f := range read[:min(len(read), exampleFields)] {
		names = append(names, f.APIName)
	}
	list := fmt.Sprintf("{\n  %s(first: 5) {\n    totalCount\n    nodes { %s }\n  }\n}", o.PluralName, strings.Join(names, " "))
	out := []Example{{Title: words["list"].In(r.Locale), Query: list}}
	write, err := r.update(ctx, o)
	if err == nil && write == nil {
		write, err = r.create(ctx, o)
	}
	if write != nil {
		out = append(out, *write)
	}
	return out, err
}

// scalars are the fields that the reader may read, that have no parts and that keep says yes to; the
// record's name comes first.
func (r *Reader) scalars(o *catalog.Object, keep func(*catalog.Field) bool) (out []*catalog.Field) {
	for _, f := range o.Fields {
		if f.Type == nil || f.Name == catalog.ID || !r.Profile.CanRead(f) || !keep(f) {
			continue
		}
		shape := f.Type.Shape()
		if def := shape.Defs[strings.Trim(shape.Output, "[]!")]; shape.Output == "" || strings.HasPrefix(strings.TrimSpace(def), "type ") {
			continue
		}
		if f == o.NameField {
			out = append([]*catalog.Field{f}, out...)
			continue
		}
		out = append(out, f)
	}
	return out
}

// settable are fields whose values can be sent back as they were read.
func (r *Reader) settable(f *catalog.Field) bool {
	return !f.System && f.Ref == nil && r.sight().Writes(f) && strings.Trim(f.Type.Shape().Output, "!") == f.Type.Shape().Input
}

// update changes a record that the reader sees to what it holds already: the first that a dry run lets
// pass, since who sees a record may not be allowed to change it. nil when there is none among the
// first few, or nothing may be set.
func (r *Reader) update(ctx context.Context, o *catalog.Object) (*Example, error) {
	set := r.scalars(o, r.settable)
	if !r.sight().Does(o, access.Update) || len(set) == 0 {
		return nil, nil
	}
	nodes, err := r.some(ctx, o, "id version "+set[0].APIName, maxTries)
	if err != nil {
		return nil, err
	}
	query := fmt.Sprintf("mutation ($id: ID!, $patch: %[1]sPatch!, $version: Int) {\n  update%[1]s(id: $id, patch: $patch, ifVersion: $version, dryRun: true) {\n    %[2]s { id version }\n    warnings { message }\n  }\n}", o.TypeName, o.SingularName)
	for _, n := range nodes {
		out, err := r.with(words["update"].In(r.Locale), query, map[string]any{"id": n["id"], "version": n["version"], "patch": map[string]any{set[0].APIName: n[set[0].APIName]}})
		if err != nil {
			return nil, err
		}
		if refused, _ := r.try(ctx, out); !refused {
			return out, nil
		}
	}
	return nil, nil
}

// maxTries is how many dry runs are made to find a new record that the rules let pass.
const maxTries = 4

// create makes a record with a value for each field that needs one, and for what a rule then asks
// for. It is tried in a dry run; nil when the reader may not, or no such record is found.
func (r *Reader) create(ctx context.Context, o *catalog.Object) (*Example, error) {
	if !r.sight().Does(o, access.Create) {
		return nil, nil
	}
	input, err := r.input(ctx, o, true)
	if err != nil || input == nil {
		return nil, err
	}
	query := fmt.Sprintf("mutation ($input: %[1]sCreate!) {\n  create%[1]s(input: $input, dryRun: true) {\n    %[2]s { id }\n    warnings { message }\n  }\n}", o.TypeName, o.SingularName)
	for range maxTries {
		out, err := r.with(words["create"].In(r.Locale), query, map[string]any{"input": input})
		if err != nil {
			return nil, err
		}
		refused, rule := r.try(ctx, out)
		if !refused {
			return out, nil
		}
		more, err := r.asked(ctx, o, rule, input)
		if err != nil || !more {
			return nil, err
		}
	}
	return nil, nil
}

// input has a value for each field that a new record needs; nil when one is not known. With nested,
// a record to refer to is created along where there is none.
func (r *Reader) input(ctx context.Context, o *catalog.Object, nested bool) (map[string]any, error) {
	out := map[string]any{}
	for _, f := range o.Fields {
		if !f.Required || f.Default != nil || f.System || f.Type == nil || f.Computed() {
			continue
		}
		v, err := r.sample(ctx, f)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out[f.APIName] = v
			continue
		}
		if !nested || f.Ref == nil || f.Ref.Many || f.Ref.Polymorphic || !r.sight().Sees(f.Ref.Target()) || !r.sight().Does(f.Ref.Target(), access.Create) {
			return nil, nil
		}
		other, err := r.input(ctx, f.Ref.Target(), false)
		if err != nil || other == nil {
			return nil, err
		}
		out[f.RelName] = map[string]any{"create": other}
	}
	return out, nil
}

// try sends an example, which is a dry run, and gives the rule that refuses it, if one does.
func (r *Reader) try(ctx context.Context, e *Example) (refused bool, rule string) {
	res := r.Lister.Execute(ctx, r.Profile, gql.Request{Query: e.Query, Variables: json.RawMessage(e.Variables)})
	var a struct {
		Errors []struct{ Extensions struct{ Rule string } }
	}
	if json.Unmarshal(res.Body, &a) != nil {
		return true, ""
	}
	if len(a.Errors) == 0 {
		return false, ""
	}
	return true, a.Errors[0].Extensions.Rule
}

// asked gives a value to the first field that a rule reads and that has none yet.
func (r *Reader) asked(ctx context.Context, o *catalog.Object, rule string, input map[string]any) (bool, error) {
	for _, x := range o.Rules {
		if x.Name != rule || rule == "" {
			continue
		}
		for _, in := range x.When.Inputs() {
			f := o.Field(in.Field)
			if len(in.Path) > 0 || f == nil || f.System || input[f.APIName] != nil {
				continue
			}
			v, err := r.sample(ctx, f)
			if err != nil {
				return false, err
			}
			if v != nil {
				input[f.APIName] = v
				return true, nil
			}
		}
	}
	return false, nil
}

func (r *Reader) with(title, query string, vars map[string]any) (*Example, error) {
	b, err := json.MarshalIndent(vars, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write an example: %w", err)
	}
	return &Example{title, query, string(b)}, nil
}

// samples are tried in turn: the first that a field takes is its example.
var samples = []any{"Example", "example@example.com", "https://example.com", "+8613800000000", "2030-01-31", "2030-01-31T08:00:00Z", "08:00:00", json.Number("1"), true,
	[]any{"example"}, map[string]any{"lat": json.Number("30.25"), "lng": json.Number("120.17")}, map[string]any{}}

// sample is a value that a field takes; nil when none is known.
func (r *Reader) sample(ctx context.Context, f *catalog.Field) (any, error) {
	if !r.sight().Writes(f) {
		return nil, nil
	}
	if f.Ref != nil {
		return r.anyOf(ctx, f)
	}
	tries := samples
	if c, ok := f.Type.(chooser); ok {
		tries = nil
		for _, p := range c.Choices() {
			if !p.Inactive {
				tries = append(tries, p.Code, []any{p.Code})
			}
		}
	}
	for _, v := range tries {
		if got, err := f.Type.Coerce(v); err == nil && !got.IsNull() {
			return v, nil
		}
	}
	return nil, nil
}

// anyOf is a record that a reference may lead to.
func (r *Reader) anyOf(ctx context.Context, f *catalog.Field) (any, error) {
	for _, t := range f.Ref.Targets {
		if !r.sight().Sees(t) {
			continue
		}
		nodes, err := r.first(ctx, t, "id")
		if err != nil {
			return nil, err
		}
		if len(nodes) > 0 && f.Ref.Many {
			return []any{nodes[0]["id"]}, nil
		}
		if len(nodes) > 0 {
			return nodes[0]["id"], nil
		}
	}
	return nil, nil
}

// first reads the first record that the reader sees.
func (r *Reader) first(ctx context.Context, o *catalog.Object, fields string) ([]map[string]any, error) {
	return r.some(ctx, o, fields, 1)
}

// some reads the first records that the reader sees.
func (r *Reader) some(ctx context.Context, o *catalog.Object, fields string, most int) ([]map[string]any, error) {
	res := r.Lister.Execute(ctx, r.Profile, gql.Request{Query: fmt.Sprintf("{ page: %s(first: %d) { nodes { %s } } }", o.PluralName, most, fields), ReadOnly: true})
	var a struct {
		Data struct {
			Page struct{ Nodes []map[string]any }
		}
		Errors []struct{ Message string }
	}
	d := json.NewDecoder(strings.NewReader(string(res.Body)))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		return nil, errs.From(err)
	}
	if len(a.Errors) > 0 {
		return nil, fmt.Errorf("read an example of %s: %s", o.Name, a.Errors[0].Message)
	}
	return a.Data.Page.Nodes, nil
}
