package graph

import "github.com/graph-gophers/graphql-go/ast"

// dropScalars drops the scalars of the language that nothing in a whole schema refers to: introspection must not
// show them. String and Boolean are referred to by introspection itself.
func dropScalars(s *schema) {
	used := map[string]bool{}
	for _, t := range s.gql.AST().Types {
		switch t := t.(type) {
		case *ast.ObjectTypeDefinition:
			referred(used, t.Fields)
		case *ast.InterfaceTypeDefinition:
			referred(used, t.Fields)
		case *ast.InputObject:
			referredBy(used, t.Values)
		}
	}
	for _, d := range s.gql.AST().Directives {
		referredBy(used, d.Arguments)
	}
	for _, name := range []string{"Int", "Float", "ID"} {
		if !used[name] {
			delete(s.gql.AST().Types, name)
		}
	}
}

func referred(used map[string]bool, fields ast.FieldsDefinition) {
	for _, f := range fields {
		used[nameOf(f.Type)] = true
		referredBy(used, f.Arguments)
	}
}

func referredBy(used map[string]bool, values ast.ArgumentsDefinition) {
	for _, v := range values {
		used[nameOf(v.Type)] = true
	}
}

// nameOf is the named type that a type is a list of, or may not be null of.
func nameOf(t ast.Type) string {
	switch t := t.(type) {
	case *ast.List:
		return nameOf(t.OfType)
	case *ast.NonNull:
		return nameOf(t.OfType)
	}
	return t.String()
}
