package graph

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

// withheld says that an operation asks for what the API has, but not for this caller, whose schema
// lacks it: FORBIDDEN, whatever else is wrong. nil when it does not. That there is an object of some
// name is no secret; of its records nothing is told.
func (ss *schemas) withheld(sc *schema, doc *ast.QueryDocument, op *ast.OperationDefinition, text string, vars map[string]any) error {
	names := rootFields(doc, op.SelectionSet, map[string]bool{})
	root := rootTypes[op.Operation]
	lacks := func(s *schema, name string) bool { return s.types[root] == nil || s.types[root].byName[name] == nil }
	for _, name := range names {
		if !lacks(sc, name) {
			continue
		}
		whole, err := ss.slice(anybody{access.Everything, ss.cat}, text, vars)
		if err != nil {
			return err
		}
		if !lacks(whole, name) {
			return errs.New(errs.Forbidden, "you may not use %s", "您无权使用 %s", name).On(name)
		}
	}
	return nil
}

// anybody has all that the API has for somebody: whoever sees everything has nothing to be shown on request, and
// lacks the operations for it.
type anybody struct {
	access.Profile
	cat *catalog.Catalog
}

func (anybody) Key() string { return "*anybody" }

func (a anybody) CanReveal(f *catalog.Field) bool {
	return slices.ContainsFunc(a.cat.Sets, func(s *catalog.PermissionSet) bool {
		p := s.On(f.Object)
		return p != nil && p.Fields[f.Place] == catalog.Revealable
	})
}

// rootFields are the names of the fields that an operation selects, in order; each fragment is looked
// into once, so that fragments that spread others cost no more than their text.
func rootFields(doc *ast.QueryDocument, set ast.SelectionSet, seen map[string]bool) (out []string) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if !strings.HasPrefix(sel.Name, "__") {
				out = append(out, sel.Name)
			}
		case *ast.InlineFragment:
			out = append(out, rootFields(doc, sel.SelectionSet, seen)...)
		case *ast.FragmentSpread:
			if f := doc.Fragments.ForName(sel.Name); f != nil && !seen[sel.Name] {
				seen[sel.Name] = true
				out = append(out, rootFields(doc, f.SelectionSet, seen)...)
			}
		}
	}
	return out
}
