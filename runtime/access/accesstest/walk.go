package accesstest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Walker makes an operation of each root field of a schema, about one record.
type Walker struct {
	Types map[string]*ast.Definition // by name; see Types
	ID    string                     // of the record
	About []string                   // keys of inputs that refer to the record, besides those that always do
}

// Types are those of a schema in SDL, by name, and the scalars that it need not declare.
func Types(t testing.TB, sdl string) map[string]*ast.Definition {
	t.Helper()
	doc, err := parser.ParseSchema(&ast.Source{Input: sdl})
	must(t, err)
	types := map[string]*ast.Definition{}
	for _, name := range []string{"ID", "String", "Int", "Float", "Boolean"} {
		types[name] = &ast.Definition{Kind: ast.Scalar, Name: name}
	}
	for _, d := range doc.Definitions {
		types[d.Name] = d
	}
	return types
}

// value is an argument or a key of an input.
func (w *Walker) value(t *ast.Type, name string, depth int) string {
	if t.Elem != nil {
		return "[" + w.value(t.Elem, name, depth) + "]"
	}
	def := w.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		return w.input(def, depth)
	}
	switch t.NamedType {
	case "ID":
		return fmt.Sprintf("%q", w.ID)
	case "Boolean":
		return "true"
	case "Int", "Float":
		return "1"
	case "Decimal":
		return `"1"`
	case "JSON":
		return "{}"
	}
	if name == "code" || name == "text" || name == "search" {
		return fmt.Sprintf("%q", w.ID)
	}
	return `"open"`
}

// Input is an input with the keys that name a record, and those that must be there.
func (w *Walker) Input(def *ast.Definition) string { return w.input(def, 4) }

// input has the keys that name a record, and those that must be there.
func (w *Walker) input(def *ast.Definition, depth int) string {
	var keys []string
	for _, f := range def.Fields {
		ids := f.Name == "id" || f.Name == "others" || f.Name == "recordId" || f.Name == "connect" || slices.Contains(w.About, f.Name)
		filters := strings.HasSuffix(def.Name, "Filter") && f.Name == "id" || strings.HasSuffix(f.Type.NamedType, "IdFilter") || def.Name == "IDFilter" && f.Name == "eq"
		first := strings.HasSuffix(def.Name, "Key") && f.Name == "code" || strings.HasSuffix(def.Name, "Patch") && (f.Name == "amount" || f.Name == "stage")
		if strings.HasSuffix(def.Name, "Key") && f.Name == "id" && def.Fields.ForName("code") != nil {
			continue // one key is enough
		}
		if depth > 0 && (f.Type.NonNull || ids && !strings.HasSuffix(def.Name, "Filter") || filters || first) {
			keys = append(keys, f.Name+": "+w.value(f.Type, f.Name, depth-1))
		}
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

// Operation is one about the record: with every argument that must be there or names it, as a dry run where
// it writes, and everything selected that needs no arguments.
func (w *Walker) Operation(kind string, f *ast.FieldDefinition) string {
	var args []string
	for _, a := range f.Arguments {
		switch {
		case a.Name == "dryRun":
			args = append(args, "dryRun: true")
		case a.Name == "filter", a.Type.NonNull, a.Name == "id":
			args = append(args, a.Name+": "+w.value(a.Type, a.Name, 4))
		}
	}
	out := kind + " { " + f.Name
	if args != nil {
		out += "(" + strings.Join(args, ", ") + ")"
	}
	return out + w.selection(f.Type, 2) + " }"
}

// selection takes everything that needs no arguments.
func (w *Walker) selection(t *ast.Type, depth int) string {
	def := w.Types[t.Name()]
	switch def.Kind {
	case ast.Scalar, ast.Enum:
		return ""
	case ast.Union, ast.Interface:
		return " { __typename }"
	}
	out := " { __typename"
	for _, f := range def.Fields {
		inner := w.Types[f.Type.Name()]
		leaf := inner.Kind == ast.Scalar || inner.Kind == ast.Enum
		needs := slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull })
		if strings.HasPrefix(f.Name, "__") || needs || !leaf && depth == 0 {
			continue
		}
		out += " " + f.Name + w.selection(f.Type, depth-1)
	}
	return out + " }"
}
