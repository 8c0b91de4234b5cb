package record

import (
	"errors"
	"fmt"
	"maps"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// keyOf finds the unique key whose fields are exactly those given; the external id is one too.
func keyOf(o *catalog.Object, in map[string]any) []*catalog.Field {
	match := func(fields []*catalog.Field) bool {
		for _, f := range fields {
			if _, ok := in[f.APIName]; !ok {
				return false
			}
		}
		return len(fields) == len(in)
	}
	for _, k := range o.Keys {
		if match(k.Fields) {
			return k.Fields
		}
	}
	if ext := []*catalog.Field{o.Field(catalog.ExternalID)}; match(ext) {
		return ext
	}
	return nil
}

// byKey finds the live record with a key; nil when there is none.
func (b *batch) byKey(o *catalog.Object, fields []*catalog.Field, in map[string]any) (*row, error) {
	name := "key." + o.Name
	conds := []driver.Expr{aliveExpr(o)}
	args := make([]value.Value, len(fields))
	for i, f := range fields {
		v, e := f.Type.Coerce(in[f.APIName])
		if e != nil {
			c := *e
			return nil, c.On(f.APIName)
		}
		if v.IsNull() {
			return nil, errs.New(errs.InvalidInput, "%s must have a value to find a record by", "%s 须有值才能用于查找记录", f.APIName).On(f.APIName)
		}
		args[i] = v
		name += "." + f.Name
		conds = append(conds, eq(f.Col(), driver.Param{N: i}))
	}
	rs, err := b.rows(name, o, func() driver.Expr { return driver.And{Args: conds} }, args...)
	if err != nil {
		return nil, err
	}
	if len(rs) == 0 {
		if len(fields) == 1 && fields[0].Name == catalog.ExternalID {
			return b.mergedUnder(o, args[0])
		}
		return nil, nil
	}
	return rs[0], nil
}

// connected gives the values of a key in which records that are named by keys of their own, as in
// {"connect": {"code": "E"}}, are replaced by their ids.
func (b *batch) connected(o *catalog.Object, in map[string]any) (map[string]any, error) {
	out := in
	for name, v := range in {
		m, ok := v.(map[string]any)
		f := o.ByAPIName[name]
		if !ok || len(m) != 1 || m["connect"] == nil || f == nil || f.Ref == nil || f.Ref.Many || f.Ref.Polymorphic {
			continue
		}
		id, err := b.connect(f.Ref.Target(), m["connect"])
		if err != nil {
			var e *errs.Error
			if errors.As(err, &e) {
				return nil, e.On(name)
			}
			return nil, err
		}
		out = maps.Clone(out)
		out[name] = fmt.Sprintf("%s_%d", f.Ref.Target().IDPrefix, id)
	}
	return out, nil
}
