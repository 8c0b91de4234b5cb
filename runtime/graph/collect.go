package graph

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/errs"
)

// selected is one response key with the fields that share it.
type selected struct {
	key    string
	fields []*ast.Field
}

func (s *selected) first() *ast.Field { return s.fields[0] }

// sets gives the selection sets below the key, to be merged.
func (s *selected) sets() []ast.SelectionSet {
	out := make([]ast.SelectionSet, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.SelectionSet
	}
	return out
}

// collect is the specification's CollectFields for an object of type typeName.
func (c *compiler) collect(typeName string, sets []ast.SelectionSet) ([]*selected, *errs.Error) {
	g := gatherer{c: c, typeName: typeName}
	for _, set := range sets {
		g.set(set)
	}
	if c.fields > c.lim.Fields {
		return nil, errs.New(errs.LimitExceeded, "the operation selects more than %d fields", "该操作选择的字段超过 %d 个", c.lim.Fields).
			With("limit", c.lim.Fields)
	}
	return g.out, nil
}

type gatherer struct {
	c        *compiler
	typeName string
	out      []*selected
	spread   []string
}

func (g *gatherer) set(set ast.SelectionSet) {
	for _, sel := range set {
		if g.c.fields > g.c.lim.Fields {
			return
		}
		g.c.fields++
		switch x := sel.(type) {
		case *ast.Field:
			if g.c.included(x.Directives) {
				g.field(x)
			}
		case *ast.InlineFragment:
			if g.c.included(x.Directives) && (x.TypeCondition == "" || g.c.applies(x.TypeCondition, g.typeName)) {
				g.set(x.SelectionSet)
			}
		case *ast.FragmentSpread:
			f := g.c.doc.Fragments.ForName(x.Name)
			if f == nil || slices.Contains(g.spread, x.Name) || !g.c.included(x.Directives) || !g.c.applies(f.TypeCondition, g.typeName) {
				continue
			}
			g.spread = append(g.spread, x.Name)
			g.set(f.SelectionSet)
		}
	}
}

func (g *gatherer) field(f *ast.Field) {
	for _, s := range g.out {
		if s.key == f.Alias {
			s.fields = append(s.fields, f)
			return
		}
	}
	g.out = append(g.out, &selected{key: f.Alias, fields: []*ast.Field{f}})
}

// included evaluates @skip and @include; their variables are part of a plan's shape.
func (c *compiler) included(ds ast.DirectiveList) bool {
	for _, d := range ds {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		a := d.Arguments.ForName("if")
		if a == nil {
			continue
		}
		v, _ := literal(a.Value, c.vars)
		on, _ := v.(bool)
		if on == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// applies says whether an object of a type meets a fragment's type condition.
func (c *compiler) applies(cond, typeName string) bool {
	if cond == typeName {
		return true
	}
	t := c.s.types[cond]
	if t == nil {
		return false
	}
	switch t.kind {
	case interfaceKind:
		// Node is the only interface; records outside the slice implement it as well.
		have := c.s.types[typeName]
		return have == nil || slices.Contains(have.implements, cond)
	case unionKind:
		// A union of a slice lists the members that the operation names; others reach it, too.
		return slices.Contains(t.members, typeName) || c.s.types[typeName] == nil
	}
	return false
}
