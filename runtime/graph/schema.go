package graph

import (
	"fmt"
	"sync"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/runtime/access"
)

// schema is the API of some objects as one profile may see it. For execution it holds only the
// objects that an operation names (see slice.go); for introspection, all of them.
type schema struct {
	cat     *catalog.Catalog
	profile access.Profile
	types   map[string]*typ
	shapes  map[*catalog.Field]*field.Shape
	objects map[string]*catalog.Object // by type name
	sdl     string
	gql     *graphql.Schema // validates

	introspective func() (*graphql.Schema, error) // answers introspection
}

// root is the resolver of schemas that answer introspection alone.
type root struct{}

// Ok is the only field that the resolver serves; operations that reach it are never executed.
func (*root) Ok() bool { return true }

func newSchema(cat *catalog.Catalog, p access.Profile, objs []*catalog.Object, lim Limits, fixed []*fixedPart) (*schema, error) {
	b, err := build(cat, p, objs, fixed)
	if err != nil {
		return nil, err
	}
	s := &schema{cat: cat, profile: p, types: b.types, shapes: b.shapes, objects: map[string]*catalog.Object{}}
	for o := range b.has {
		s.objects[o.TypeName] = o
	}
	s.sdl = s.SDL()
	opts := []graphql.SchemaOpt{graphql.UseStringDescriptions(), graphql.MaxDepth(lim.Depth), graphql.OverlapValidationLimit(lim.Overlaps)}
	if s.gql, err = graphql.ParseSchema(s.sdl, nil, opts...); err != nil {
		return nil, fmt.Errorf("graph: parse the generated schema: %w", err)
	}
	s.introspective = sync.OnceValues(func() (*graphql.Schema, error) { return introspective(s.gql, opts) })
	return s, nil
}

// introspective is a schema that answers introspection of another one's types. graph-gophers executes introspection only
// for a schema with resolvers, and binds resolvers to Go types. So a schema of one field is bound, and then told of
// the types that there are.
func introspective(of *graphql.Schema, opts []graphql.SchemaOpt) (*graphql.Schema, error) {
	s, err := graphql.ParseSchema("type Query { ok: Boolean! }", &root{}, opts...)
	if err != nil {
		return nil, fmt.Errorf("graph: parse the introspection schema: %w", err)
	}
	*s.AST() = *of.AST()
	return s, nil
}

// shape is the place of a field in the schema.
func (s *schema) shape(f *catalog.Field) *field.Shape {
	if sh := s.shapes[f]; sh != nil {
		return sh
	}
	sh := f.Type.Shape()
	return &sh
}

// schemas keeps the schemas of one catalogue: full ones by profile, slices by profile and objects.
type schemas struct {
	cat   *catalog.Catalog
	lim   Limits
	names map[string]*catalog.Object
	fixed []*fixedPart
	words map[string]bool
	mu    sync.Mutex
	kept  *lru[string, *schema]
}

func newSchemas(cat *catalog.Catalog, lim Limits, fixed []*fixedPart, words map[string]bool) *schemas {
	return &schemas{cat: cat, lim: lim, names: rootNames(cat), fixed: fixed, words: words, kept: newLRU[string, *schema](lim.Schemas)}
}

func (ss *schemas) full(p access.Profile) (*schema, error) {
	return ss.get("*\x00"+p.Key(), p, ss.cat.Objects, ss.fixed, dropScalars)
}

// get finds or makes a schema; finish is for new ones.
func (ss *schemas) get(key string, p access.Profile, objs []*catalog.Object, fixed []*fixedPart, finish ...func(*schema)) (*schema, error) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if s, ok := ss.kept.get(key); ok {
		return s, nil
	}
	s, err := newSchema(ss.cat, p, objs, ss.lim, fixed)
	if err != nil {
		return nil, err
	}
	for _, f := range finish {
		f(s)
	}
	ss.kept.put(key, s)
	return s, nil
}
