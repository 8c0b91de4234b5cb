package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/query"
)

// orders translates orderBy on o.
func (c *compiler) orders(a *args, o *catalog.Object, in input) ([]driver.Order, *errs.Error) {
	items, err := c.keyList(in)
	if err != nil {
		return nil, err
	}
	var out []driver.Order
	for _, it := range items {
		ord, err := c.order(a, o, it, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, ord)
	}
	return out, nil
}

// keyList gives the elements of orderBy or groupBy.
func (c *compiler) keyList(in input) ([]input, *errs.Error) {
	items := c.items(in)
	if len(items) > c.lim.Keys {
		return nil, errs.New(errs.LimitExceeded, "%s has more than %d keys", "%s 超过 %d 个键", in.name, c.lim.Keys).On(in.name).With("limit", c.lim.Keys)
	}
	return items, nil
}

func (c *compiler) order(a *args, o *catalog.Object, in input, path []*catalog.Field) (driver.Order, *errs.Error) {
	t := c.s.types[o.TypeName+"Order"]
	k, err := c.only(t, in)
	if err != nil {
		return driver.Order{}, err
	}
	m := t.byName[k.name]
	if m == nil {
		return driver.Order{}, unknownKey(t, k.name)
	}
	switch r := m.role.(type) {
	case fieldOrder:
		e, ferr := query.Follow(c.s.profile, a.attr, path, r.f.Col())
		if ferr != nil {
			return driver.Order{}, errs.From(ferr)
		}
		return driver.Order{Expr: e, Desc: k.val == "DESC"}, nil
	case oneOrder:
		return c.order(a, r.f.Ref.Target(), k, append(path[:len(path):len(path)], r.f))
	}
	return driver.Order{}, unknownKey(t, k.name)
}

// only gives the single key of an input object.
func (c *compiler) only(t *typ, in input) (input, *errs.Error) {
	var one input
	n := 0
	for _, k := range c.keys(in) {
		if !k.isNull() {
			one = k
			n++
		}
	}
	if n != 1 {
		return one, errs.New(errs.InvalidInput, "%s takes exactly one key", "%s 只能且必须有一个键", t.name).On(in.name)
	}
	return one, nil
}
