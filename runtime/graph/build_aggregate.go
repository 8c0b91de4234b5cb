package graph

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

var aggNames = []struct {
	fn   driver.AggFunc
	name string
}{{driver.Sum, "sum"}, {driver.Avg, "avg"}, {driver.Min, "min"}, {driver.Max, "max"}}

// aggregates makes the types of an object's aggregation: keys to group by, the result, and the
// inputs that filter and order results.
func (b *builder) aggregates(o *catalog.Object) {
	group := b.typ(inputKind, o.TypeName+"Group", "One key to group by: exactly one of these, true.")
	group.structural = true
	keys := b.typ(objectKind, o.TypeName+"GroupKey", "The values of the keys of a group; null for keys that were not asked to group by.")
	keyOrder := b.typ(inputKind, o.TypeName+"GroupOrder", "")
	keyOrder.structural = true
	agg := b.typ(objectKind, o.TypeName+"Aggregate", "")
	having := b.typ(inputKind, o.TypeName+"Having", "")
	having.structural = true
	order := b.typ(inputKind, o.TypeName+"AggregateOrder", "One criterion: exactly one key.")
	order.structural = true

	for _, f := range o.Fields {
		if f.KeyOf != nil || f.Column == "" || f.Name == catalog.ID || !b.profile.CanRead(f) {
			continue
		}
		b.groupKeys(f, group, keys, keyOrder)
	}
	if len(group.fields) == 0 { // an empty type is not allowed; the id is always there
		group.field("id", "Boolean", "", groupKey{o.Field(catalog.ID), nil})
		keys.field("id", "ID", "", groupKey{o.Field(catalog.ID), nil})
		keyOrder.field("id", "OrderDirection", "", groupKey{o.Field(catalog.ID), nil})
	}
	agg.field("key", keys.name+"!", "", aggKeys{})
	agg.field("count", "Int!", "Records in the group.", aggField{driver.Count, nil})
	b.number()
	logic(having)
	having.field("count", "NumberCondition", "", aggField{driver.Count, nil})
	order.field("key", keyOrder.name, "", aggKeys{})
	order.field("count", "OrderDirection", "", aggField{driver.Count, nil})

	b.aggGroup(o, driver.CountDistinct, "countDistinct", agg, having, order, func(f *catalog.Field) bool { return b.shape(f).Groupable })
	for _, a := range aggNames {
		b.aggGroup(o, a.fn, a.name, agg, having, order, func(f *catalog.Field) bool { return slices.Contains(b.shape(f).Aggregates, a.fn) })
	}
}

func logic(t *typ) {
	t.field("and", "["+t.name+"!]", "", logicCond("and"))
	t.field("or", "["+t.name+"!]", "", logicCond("or"))
	t.field("not", t.name, "", logicCond("not"))
}

func (b *builder) groupKeys(f *catalog.Field, group, keys, order *typ) {
	sh := b.shape(f)
	if sh.Groupable {
		out := sh.Output
		if f.Ref != nil && !f.Ref.Many {
			out = "ID"
		}
		k := groupKey{f, nil}
		group.field(f.APIName, "Boolean", "", k)
		keys.field(f.APIName, out, "", k)
		order.field(f.APIName, "OrderDirection", "", k)
	}
	for i := range sh.Parts {
		k := groupKey{f, &sh.Parts[i]}
		name := f.APIName + upperFirst(sh.Parts[i].Name)
		group.field(name, "Boolean", "", k)
		keys.field(name, sh.Parts[i].Output, "", k)
		order.field(name, "OrderDirection", "", k)
	}
	if b.single(f) {
		t := f.Ref.Target().TypeName
		group.field(f.RelName, t+"Group", "", oneOrder{f})
		keys.field(f.RelName, t+"GroupKey", "", oneOrder{f})
		order.field(f.RelName, t+"GroupOrder", "", oneOrder{f})
	}
}

// aggGroup adds one aggregate function over the fields that take it.
func (b *builder) aggGroup(o *catalog.Object, fn driver.AggFunc, name string, agg, having, order *typ, takes func(*catalog.Field) bool) {
	var out, cond, ord *typ
	for _, f := range o.Fields {
		if f.KeyOf != nil || f.Column == "" || f.Name == catalog.ID || !b.profile.CanRead(f) || !takes(f) {
			continue
		}
		if out == nil {
			base := o.TypeName + upperFirst(name)
			out, ord = b.typ(objectKind, base, ""), b.typ(inputKind, base+"Order", "")
			ord.structural = true
			agg.field(name, base+"!", "", aggOut{fn})
			order.field(name, ord.name, "", aggOut{fn})
		}
		role := aggField{fn, f}
		typ := aggType(fn, b.shape(f).Output)
		out.field(f.APIName, typ, "", role)
		ord.field(f.APIName, "OrderDirection", "", role)
		if typ == "Decimal" || typ == "Int" {
			if cond == nil {
				cond = b.typ(inputKind, o.TypeName+upperFirst(name)+"Having", "")
				cond.structural = true
				having.field(name, cond.name, "", aggOut{fn})
			}
			cond.field(f.APIName, "NumberCondition", "", role)
		}
	}
}

// aggType is the type of an aggregate: sums and averages are exact decimals, whatever they add up.
func aggType(fn driver.AggFunc, output string) string {
	switch fn {
	case driver.Sum, driver.Avg:
		return "Decimal"
	case driver.Count, driver.CountDistinct:
		return "Int"
	}
	return output
}

// number makes the conditions on an aggregate.
func (b *builder) number() {
	t := b.typ(inputKind, "NumberCondition", "")
	t.structural = true
	for _, op := range []string{"eq", "ne", "lt", "lte", "gt", "gte"} {
		t.field(op, "Decimal", "", nil)
	}
}
