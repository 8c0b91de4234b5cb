package graph

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/metadata/tier"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// tiers adds the question to tier tables, where there is one that the caller may ask.
func (b *builder) tiers() {
	for _, d := range b.cat.Tiers {
		if !asks(b.profile, d.Object, d.Permission) {
			continue
		}
		l := b.typ(objectKind, "TierLine", "One step of a computation.")
		l.field("from", "Decimal!", "Lower bound of the tier.", nil)
		l.field("part", "Decimal!", "Of the measure.", nil)
		l.field("rate", "Decimal!", "", nil)
		l.field("amount", "Decimal!", "Exact.", nil)
		t := b.typ(objectKind, "TierResult", "What a tier table gives, line by line.")
		t.field("table", "String!", "", nil)
		t.field("version", "String", "First day of the tiers that hold; null for those that have always held.", nil)
		t.field("amount", "Decimal", "Exact; null where no tiers hold yet.", nil)
		t.field("rate", "Decimal", "Of the tier reached; null where none is.", nil)
		t.field("lines", "[TierLine!]!", "", nil)
		b.types["Query"].field("tier", "TierResult!", "Ask a tier table.", rootTier{},
			arg("table", "String!"), arg("measure", "Decimal!"), arg("by", "Decimal"), arg("asOf", "DateTime"))
		return
	}
}

// tierField is a compiled question to a tier table.
type tierField struct {
	args   map[string]func(vars map[string]any) any
	fields []tierColumn
}

type tierColumn struct {
	historyColumn
	line []historyColumn // of lines
}

func (c *compiler) tier(s *selected, m *member) (*tierField, *errs.Error) {
	f := &tierField{args: c.given(s, m)}
	fields, err := c.collect("TierResult", s.sets())
	for _, g := range fields {
		col := tierColumn{historyColumn: historyColumn{g.key, g.first().Name}}
		if col.name == "lines" {
			lines, err := c.collect("TierLine", g.sets())
			if err != nil {
				return nil, err
			}
			for _, l := range lines {
				col.line = append(col.line, historyColumn{l.key, l.first().Name})
			}
		}
		f.fields = append(f.fields, col)
	}
	return f, err
}

// number reads a decimal argument; null when it is not given.
func (f *tierField) number(x *exec, name string) (value.Value, *errs.Error) {
	get := f.args[name]
	if get == nil {
		return value.Null, nil
	}
	text := ""
	switch in := get(x.vars).(type) {
	case nil:
		return value.Null, nil
	case string:
		text = in
	case json.Number:
		text = string(in)
	}
	v, err := value.ParseDecimal(text)
	if err != nil {
		return value.Null, errs.New(errs.InvalidInput, "must be a decimal number", "须为十进制数").On(name)
	}
	return v, nil
}

// tier asks the table. A table that the caller may not ask answers as one that there is not.
func (x *exec) tier(f *tierField) error {
	name, _ := f.args["table"](x.vars).(string)
	d := x.doc.s.cat.TierTable(name)
	if d == nil || !asks(x.profile, d.Object, d.Permission) {
		e := errs.New(errs.NotFound, "there is no tier table %q", "没有阶梯表 %q", name).On("table")
		var known []string
		for _, k := range x.doc.s.cat.Tiers {
			if asks(x.profile, k.Object, k.Permission) {
				known = append(known, k.Name)
			}
		}
		return e.Near(name, known)
	}
	measure, err := f.number(x, "measure")
	if err != nil {
		return err
	}
	by, err := f.number(x, "by")
	if err != nil {
		return err
	}
	if by.IsNull() {
		by = measure
	}
	at := x.env.NowMicros
	if get := f.args["asOf"]; get != nil {
		if at, err = momentOf(get(x.vars)); err != nil {
			return err
		}
	}
	v, ok := tier.At(d.Versions, at, expr.Location(x.doc.s.cat.Zone))
	r, rate := tier.Result{}, value.Null
	if ok {
		r = v.Ladder.Compute(measure, by)
		if r.Reached >= 0 {
			rate = v.Ladder.Tiers[r.Reached].Rate
		}
	}
	x.tiered(d.Name, f, v, r, rate)
	return nil
}

func (x *exec) tiered(table string, f *tierField, v tier.Version, r tier.Result, rate value.Value) {
	var version any
	if !v.Since.IsNull() {
		version = json.RawMessage(fieldkit.AppendDate(nil, v.Since.Int()))
	}
	from := map[string]any{"__typename": "TierResult", "table": table, "version": version, "amount": decimalText(r.Amount), "rate": decimalText(rate)}
	x.write("{")
	for i, col := range f.fields {
		if i > 0 {
			x.write(",")
		}
		if col.name != "lines" {
			x.member(col.historyColumn, from)
			continue
		}
		x.out = append(append(append(x.out, '"'), col.key...), '"', ':', '[')
		for k, l := range r.Lines {
			if k > 0 {
				x.write(",")
			}
			x.object(col.line, map[string]any{"__typename": "TierLine", "from": decimalText(v.Ladder.Tiers[l.Tier].Lower), "part": decimalText(l.Part), "rate": decimalText(l.Rate), "amount": decimalText(l.Amount)})
		}
		x.write("]")
	}
	x.write("}")
}

func decimalText(v value.Value) any {
	if v.IsNull() {
		return nil
	}
	return string(v.AppendDecimal(nil))
}
