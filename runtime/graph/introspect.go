package graph

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// introspection answers one __schema or __type field: graph-gophers executes the selection,
// whether it is alone in the operation or among fields of records.
func (c *compiler) introspection(s *selected) func(vars map[string]any) ([]byte, []*gql.Error) {
	op := &ast.OperationDefinition{Operation: ast.Query, Name: "Introspection"}
	doc := &ast.QueryDocument{Operations: ast.OperationList{op}}
	used := map[string]bool{}
	for _, f := range s.fields {
		op.SelectionSet = append(op.SelectionSet, f)
		c.gather(doc, used, f)
	}
	for _, d := range c.op.VariableDefinitions {
		if used[d.Variable] {
			op.VariableDefinitions = append(op.VariableDefinitions, d)
		}
	}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	text := b.String()
	run := func(vars map[string]any) ([]byte, []*gql.Error) {
		schema, err := c.whole.introspective()
		if err != nil {
			return nil, gql.FromCoded(errs.From(err), c.locale, nil)
		}
		mine := map[string]any{}
		for k, v := range vars {
			if used[k] {
				mine[k] = v
			}
		}
		resp := schema.Exec(context.Background(), text, "Introspection", mine)
		if len(resp.Errors) > 0 {
			return nil, gql.FromValidation(resp.Errors, c.locale)
		}
		var data map[string]json.RawMessage
		if err := json.Unmarshal(resp.Data, &data); err != nil {
			return nil, gql.FromCoded(errs.From(err), c.locale, nil)
		}
		return data[s.key], nil
	}
	if len(op.VariableDefinitions) > 0 {
		return run
	}
	body, found := run(nil)
	return func(map[string]any) ([]byte, []*gql.Error) { return body, found }
}

// gather collects the fragments and variables that a selection uses.
func (c *compiler) gather(doc *ast.QueryDocument, used map[string]bool, sel ast.Selection) {
	values := func(args ast.ArgumentList) {
		for _, a := range args {
			variablesIn(a.Value, used)
		}
	}
	directives := func(ds ast.DirectiveList) {
		for _, d := range ds {
			values(d.Arguments)
		}
	}
	var set ast.SelectionSet
	switch x := sel.(type) {
	case *ast.Field:
		values(x.Arguments)
		directives(x.Directives)
		set = x.SelectionSet
	case *ast.InlineFragment:
		directives(x.Directives)
		set = x.SelectionSet
	case *ast.FragmentSpread:
		directives(x.Directives)
		f := c.doc.Fragments.ForName(x.Name)
		if f == nil || slices.Contains(doc.Fragments, f) {
			return
		}
		doc.Fragments = append(doc.Fragments, f)
		set = f.SelectionSet
	}
	for _, s := range set {
		c.gather(doc, used, s)
	}
}

func variablesIn(v *ast.Value, used map[string]bool) {
	if v.Kind == ast.Variable {
		used[v.Raw] = true
	}
	for _, ch := range v.Children {
		variablesIn(ch.Value, used)
	}
}

// introspects says whether a document asks about the schema itself.
func introspects(text string) bool {
	return strings.Contains(text, "__schema") || strings.Contains(strings.ReplaceAll(text, "__typename", ""), "__type")
}
