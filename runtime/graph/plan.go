package graph

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/query"
)

// plan is a compiled operation for variables of one shape.
type plan struct {
	roots  []*rootField
	levels int
	write  bool
	bytes  size // of an answer
}

type rootKind uint8

const (
	litRoot        rootKind = iota // __typename
	recordRoot                     // one record or null
	connRoot                       // a connection
	anyRoot                        // node
	anysRoot                       // nodes
	aggRoot                        // an aggregation
	rawRoot                        // introspection
	writeRoot                      // a mutation
	watchRoot                      // a subscription
	searchRoot                     // a search in several objects
	revealRoot                     // a masked value, whole
	mergesRoot                     // the merges of a record
	duplicatesRoot                 // the duplicates of a record
	decideRoot                     // what a decision table gives
	tierRoot                       // what a tier table gives
	fixedRoot                      // what a fixed part of the API answers
)

// rootField is one response key of the operation.
type rootField struct {
	key      string
	kind     rootKind
	nullable bool
	lit      string
	lv       *level
	conn     *connView
	any      *anyLevels
	ids      func(vars map[string]any) any
	agg      *aggregation
	raw      func(vars map[string]any) ([]byte, []*gql.Error)
	write    *writeField
	watch    *watchField
	search   *searchField
	reveal   *revealField
	merges   *mergesField
	dups     *duplicatesField
	decide   *decideField
	tier     *tierField
	fixed    *fixedField
}

var rootTypes = map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}

// compile turns the operation into a plan.
func (c *compiler) compile(op *ast.OperationDefinition) (*plan, *errs.Error) {
	typeName := rootTypes[op.Operation]
	fields, err := c.collect(typeName, []ast.SelectionSet{op.SelectionSet})
	if err != nil {
		return nil, err
	}
	p := &plan{write: op.Operation == ast.Mutation}
	for _, s := range fields {
		f := &rootField{key: s.key}
		if err := c.root(typeName, f, s); err != nil {
			return nil, err
		}
		p.roots = append(p.roots, f)
	}
	if op.Operation == ast.Subscription && (len(p.roots) != 1 || p.roots[0].kind != watchRoot) {
		return nil, errs.New(errs.InvalidInput, "a subscription selects exactly one field", "订阅操作只能选择一个字段")
	}
	p.levels = c.levels
	return p, nil
}

func (c *compiler) root(typeName string, f *rootField, s *selected) *errs.Error {
	name := s.first().Name
	switch name {
	case "__typename":
		f.lit = `"` + typeName + `"`
		return nil
	case "__schema", "__type":
		f.kind, f.nullable = rawRoot, true
		f.raw = c.introspection(s)
		return nil
	}
	m := c.s.types[typeName].byName[name]
	if m == nil {
		return errs.New(errs.InvalidInput, "type %s has no field %q", "类型 %s 没有字段 %q", typeName, name)
	}
	f.nullable = !m.typ.nonNull
	var err *errs.Error
	switch r := m.role.(type) {
	case rootGet:
		f.kind = recordRoot
		f.lv, err = c.get(r.obj, s, m)
	case rootBy:
		f.kind = recordRoot
		f.lv, err = c.byKey(r.obj, s, m)
	case rootList:
		f.kind = connRoot
		f.lv, f.conn, err = c.connection(r.obj, s, m, nil)
	case rootNode, rootNodes:
		f.kind, f.any = anyRoot, c.anyOf(s.sets())
		if name == "nodes" {
			f.kind = anysRoot
		}
		in, _ := c.argument(s.first().Arguments, m.args[0])
		f.ids = in.getter()
	case rootAggregate:
		f.kind = aggRoot
		f.agg, err = c.aggregation(r.obj, s, m)
	case rootWrite:
		f.kind = writeRoot
		f.write, err = c.write(r, s, m)
	case rootReveal:
		f.kind = revealRoot
		f.reveal, err = c.reveal(r.obj, s, m)
	case rootAction:
		f.kind = writeRoot
		f.write, err = c.action(r.action, s, m)
	case rootMerge:
		f.kind = writeRoot
		f.write, err = c.merge(r.obj, s, m)
	case rootUnmerge:
		f.kind = writeRoot
		f.write, err = c.unmerge(s, m)
	case rootMerges:
		f.kind = mergesRoot
		f.merges, err = c.merges(r.obj, s, m)
	case rootDuplicates:
		f.kind = duplicatesRoot
		f.dups, err = c.duplicates(r.obj, s, m)
	case rootDecide:
		f.kind = decideRoot
		f.decide, err = c.decision(s, m)
	case rootTier:
		f.kind = tierRoot
		f.tier, err = c.tier(s, m)
	case rootSearch:
		f.kind = searchRoot
		f.search, err = c.search(s, m)
	case rootFixed:
		f.kind = fixedRoot
		f.fixed, err = c.fixed(r, s, m)
	case rootWatch:
		f.kind = watchRoot
		f.watch, err = c.watch(r.obj, s, m)
	}
	return err
}

// get compiles a read of one record by its id.
func (c *compiler) get(o *catalog.Object, s *selected, m *member) (*level, *errs.Error) {
	lv := c.newLevel(o)
	if _, err := c.record(lv, s.sets()); err != nil {
		return nil, err
	}
	in, _ := c.argument(s.first().Arguments, m.arg("id"))
	params, err := lv.args.bind(c, in, in.name, idOperators(o)[0].Coerce)
	if err != nil {
		return nil, err
	}
	r := query.Read{Object: o, Columns: &lv.cols, Unordered: true,
		Where: []driver.Expr{driver.Cmp{Op: driver.Eq, L: query.ID, R: params[0]}}}
	if at := m.arg("asOf"); at != nil {
		if when, ok := c.argument(s.first().Arguments, at); ok && !when.isNull() {
			r.Deleted = true
			if err := c.past(lv, when); err != nil {
				return nil, err
			}
		}
	}
	return lv, c.prepare(lv, r.Statement(c.s.profile, lv.args.attr))
}

// byKey compiles a read of one record by the fields of a unique key.
func (c *compiler) byKey(o *catalog.Object, s *selected, m *member) (*level, *errs.Error) {
	lv := c.newLevel(o)
	if _, err := c.record(lv, s.sets()); err != nil {
		return nil, err
	}
	in, _ := c.argument(s.first().Arguments, m.arg("key"))
	given := map[string]input{}
	for _, k := range c.keys(in) {
		if !k.isNull() {
			given[k.name] = k
		}
	}
	if len(given) == 1 {
		if k, ok := given["id"]; ok {
			params, err := lv.args.bind(c, k, k.name, idOperators(o)[0].Coerce)
			if err != nil {
				return nil, err
			}
			return lv, c.prepareOne(lv, driver.Cmp{Op: driver.Eq, L: query.ID, R: params[0]})
		}
	}
	key := matchKey(o, given)
	if key == nil {
		return nil, errs.New(errs.InvalidInput, "give exactly the fields of one unique key of %s", "必须且只能给出 %s 的一个唯一键的全部字段", o.Name).On("key")
	}
	var all []driver.Expr
	for _, f := range key.Fields {
		params, err := lv.args.bind(c, given[f.APIName], f.APIName, keyCoerce(f))
		if err != nil {
			return nil, err
		}
		all = append(all, driver.Cmp{Op: driver.Eq, L: fold(key, f, f.Col()), R: fold(key, f, params[0])})
	}
	if key.Where != nil {
		cond, err := pushed(key.Where)
		if err != nil {
			return nil, errs.From(err)
		}
		all = append(all, cond)
	}
	return lv, c.prepareOne(lv, conjunction(all))
}

func (c *compiler) prepareOne(lv *level, cond driver.Expr) *errs.Error {
	r := query.Read{Object: lv.obj, Columns: &lv.cols, Unordered: true, Where: []driver.Expr{cond}}
	return c.prepare(lv, r.Statement(c.s.profile, lv.args.attr))
}

func matchKey(o *catalog.Object, given map[string]input) *catalog.Key {
	for _, k := range o.Keys {
		n := 0
		for _, f := range k.Fields {
			if _, ok := given[f.APIName]; ok {
				n++
			}
		}
		if n == len(k.Fields) && n == len(given) {
			return k
		}
	}
	return nil
}

// keyCoerce reads a key's field as a write would.
func keyCoerce(f *catalog.Field) func(any, field.Now) ([]value.Value, *errs.Error) {
	if f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic {
		return idOperators(f.Ref.Target())[0].Coerce
	}
	return func(in any, _ field.Now) ([]value.Value, *errs.Error) {
		v, err := f.Type.Coerce(in)
		return []value.Value{v}, err
	}
}

func fold(k *catalog.Key, f *catalog.Field, e driver.Expr) driver.Expr {
	if k.CaseInsensitive && f.Store.Type == driver.Text {
		return driver.Func{Name: "lower", Args: []driver.Expr{e}}
	}
	return e
}
