package host

import (
	"maps"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
)

// condition is a filter, written as in the API, being translated. It knows the record's own fields.
type condition struct {
	h     *Host
	o     *catalog.Object
	args  []value.Value
	shape strings.Builder // what decides the statement: all but the values
	terms int
}

// Limits of filters.
const (
	maxTerms = 50
	maxDepth = 8
)

func (h *Host) condition(o *catalog.Object) *condition { return &condition{h: h, o: o} }

func noField(o *catalog.Object, name string) *errs.Error {
	return errs.New(errs.InvalidInput, "%s has no field %s that could be used here", "%s 没有可用于此处的字段 %s", o.Name, name)
}

// field finds a stored field that the caller may read.
func (c *condition) field(name string) (*catalog.Field, error) {
	f := c.o.ByAPIName[name]
	if f == nil || f.Column == "" || f.Name == catalog.DeletedAt || !c.h.se.Profile().CanRead(f) {
		return nil, noField(c.o, name)
	}
	return f, nil
}

func (c *condition) aggregated(name string, fn driver.AggFunc) (*catalog.Field, error) {
	f, err := c.field(name)
	if err == nil && !slices.Contains(f.Type.Shape().Aggregates, fn) {
		err = noField(c.o, name)
	}
	return f, err
}

func (c *condition) filter(in map[string]any, depth int) (driver.Expr, error) {
	if depth > maxDepth {
		return nil, errs.New(errs.LimitExceeded, "the filter is nested deeper than %d levels", "过滤条件嵌套超过 %d 层", maxDepth)
	}
	all := []driver.Expr{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		var e driver.Expr
		var err error
		switch key {
		case "and", "or":
			e, err = c.several(key, in[key], depth)
		case "not":
			e, err = c.none(in[key], depth)
		default:
			e, err = c.operators(key, in[key])
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return driver.And{Args: all}, nil
}

func wrong(key string) *errs.Error {
	return errs.New(errs.InvalidInput, "the filter has something else than a condition under %s", "过滤条件 %s 的内容不正确", key)
}

func (c *condition) several(op string, in any, depth int) (driver.Expr, error) {
	list, ok := in.([]any)
	if !ok {
		return nil, wrong(op)
	}
	all := []driver.Expr{}
	c.shape.WriteString(op + "[")
	for _, x := range list {
		m, ok := x.(map[string]any)
		if !ok {
			return nil, wrong(op)
		}
		if c.terms++; c.terms > maxTerms {
			return nil, tooMany()
		}
		e, err := c.filter(m, depth+1)
		if err != nil {
			return nil, err
		}
		c.shape.WriteByte(';')
		all = append(all, e)
	}
	c.shape.WriteByte(']')
	if op == "or" {
		return driver.Or{Args: all}, nil
	}
	return driver.And{Args: all}, nil
}

func (c *condition) none(in any, depth int) (driver.Expr, error) {
	m, ok := in.(map[string]any)
	if !ok {
		return nil, wrong("not")
	}
	c.shape.WriteString("not(")
	e, err := c.filter(m, depth+1)
	c.shape.WriteByte(')')
	return driver.Not{Arg: e}, err
}

func tooMany() *errs.Error {
	return errs.New(errs.LimitExceeded, "the filter has more than %d conditions", "过滤条件超过 %d 项", maxTerms)
}

func (c *condition) operators(name string, in any) (driver.Expr, error) {
	f, err := c.field(name)
	if err != nil {
		return nil, err
	}
	m, ok := in.(map[string]any)
	if !ok {
		return nil, wrong(name)
	}
	ops := operatorsOf(f)
	all := []driver.Expr{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		i := slices.IndexFunc(ops, func(o field.Operator) bool { return o.Name == key })
		if i < 0 {
			return nil, errs.New(errs.InvalidInput, "%s has no operator %q", "%s 没有运算符 %q", name, key)
		}
		if c.terms++; c.terms > maxTerms {
			return nil, tooMany()
		}
		se := c.h.se
		vals, e := ops[i].Coerce(m[key], field.Now{Micros: se.Now().Int(), Zone: se.Catalog().Zone, UserID: se.Caller().Principal.UserID})
		if e != nil {
			again := *e
			return nil, again.On(name)
		}
		params := make([]driver.Expr, len(vals))
		for n := range vals {
			params[n] = driver.Param{N: len(c.args) + n}
		}
		c.args = append(c.args, vals...)
		c.shape.WriteString(name + " " + key + ",")
		all = append(all, ops[i].Build(f.Col(), params))
	}
	return driver.And{Args: all}, nil
}

// operatorsOf are the operators of a field; those of ids and references are of the object referred to.
func operatorsOf(f *catalog.Field) []field.Operator {
	o := f.Object
	switch {
	case f.Name == catalog.ID:
	case f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic:
		o = f.Ref.Target()
	default:
		return f.Type.Shape().Operators
	}
	return fieldkit.Equality("ID", func(in any) (value.Value, *errs.Error) {
		s, ok := in.(string)
		if !ok {
			return value.Null, errs.New(errs.InvalidInput, "an id is a text such as %s_17", "记录编号应为形如 %s_17 的文本", o.IDPrefix)
		}
		n, err := query.ParseID(o, s)
		return value.Ref(n), err
	})
}

// order reads [{field: "ASC"}, …]; the id ends every order.
func (c *condition) order(in []map[string]string) ([]driver.Order, error) {
	var out []driver.Order
	for _, m := range in {
		for name, dir := range m {
			f, err := c.field(name)
			if err != nil {
				return nil, err
			}
			if f.Name != catalog.ID && !f.Type.Shape().Sortable || len(m) != 1 || dir != "ASC" && dir != "DESC" || len(out) > 5 {
				return nil, errs.New(errs.InvalidInput, "orderBy is a list of fields with ASC or DESC, such as [{name: \"ASC\"}]", "orderBy 须为字段与 ASC 或 DESC 的列表，如 [{name: \"ASC\"}]")
			}
			out = append(out, driver.Order{Expr: f.Col(), Desc: dir == "DESC"})
			c.shape.WriteString("\x00" + name + " " + dir)
		}
	}
	return query.WithID(out), nil
}
