package graph

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/decide"
	"github.com/tenon-platform/tenon/metadata/field/fieldkit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// asks says whether the holder of a profile may ask a table: who may read the records that it is
// about, and has the permission that it names; without an object, who manages metadata.
func asks(p access.Profile, about *catalog.Object, permission string) bool {
	if about == nil {
		return p.Has(access.RightManageMetadata)
	}
	return p.Can(about, access.Read) && (permission == "" || p.May(about, permission))
}

// decisions adds the question to decision tables, where there is one that the caller may ask.
func (b *builder) decisions() {
	for _, d := range b.cat.Decisions {
		if !asks(b.profile, d.Object, d.Permission) {
			continue
		}
		t := b.typ(objectKind, "Decision", "What a decision table gives, and why.")
		t.field("table", "String!", "", nil)
		t.field("version", "String", "First day of the rows that hold; null for those that have always held.", nil)
		t.field("rows", "[String!]!", "Names of the rows that count.", nil)
		t.field("otherwise", "Boolean!", "No row hit, and the table says what is given then.", nil)
		t.field("outputs", "JSON!", "Values by output.", nil)
		t.field("trace", "JSON!", "The rows that were looked at, each with its tests and what they gave; tests behind one that failed are not made.", nil)
		b.types["Query"].field("decide", "Decision!", "Ask a decision table.", rootDecide{},
			arg("table", "String!"), arg("input", "JSON!"), arg("asOf", "DateTime"))
		return
	}
}

// decideField is a compiled question to a decision table.
type decideField struct {
	args   map[string]func(vars map[string]any) any // those that are given
	fields []historyColumn
}

// given are the arguments of a question that are given, and are not null.
func (c *compiler) given(s *selected, m *member) map[string]func(vars map[string]any) any {
	out := map[string]func(map[string]any) any{}
	for _, a := range m.args {
		if in, ok := c.argument(s.first().Arguments, a); ok && !in.isNull() {
			out[a.name] = in.getter()
		}
	}
	return out
}

func (c *compiler) decision(s *selected, m *member) (*decideField, *errs.Error) {
	f := &decideField{args: c.given(s, m)}
	fields, err := c.collect("Decision", s.sets())
	for _, g := range fields {
		f.fields = append(f.fields, historyColumn{g.key, g.first().Name})
	}
	return f, err
}

// decide asks the table. A table that the caller may not ask answers as one that there is not.
func (x *exec) decide(f *decideField) error {
	name, _ := f.args["table"](x.vars).(string)
	d := x.doc.s.cat.Decision(name)
	if d == nil || !asks(x.profile, d.Object, d.Permission) {
		e := errs.New(errs.NotFound, "there is no decision table %q", "没有决策表 %q", name).On("table")
		var known []string
		for _, k := range x.doc.s.cat.Decisions {
			if asks(x.profile, k.Object, k.Permission) {
				known = append(known, k.Name)
			}
		}
		return e.Near(name, known)
	}
	in, bad := decisionInput(d, f.args["input"](x.vars))
	if bad != nil {
		return bad
	}
	env := x.env
	if asOf := f.args["asOf"]; asOf != nil {
		at, err := momentOf(asOf(x.vars))
		if err != nil {
			return err
		}
		env.NowMicros = at
	}
	r, looked, err := d.Table.Explain(in, env)
	if errors.Is(err, decide.ErrNotUnique) {
		return errs.New(errs.ValidationFail, "several rows hit, where one may", "多行同时命中，而只允许一行").With("rows", r.Names())
	}
	if err != nil {
		return err
	}
	x.decided(d, f, in, &r, looked)
	return nil
}

func momentOf(in any) (int64, *errs.Error) {
	text, _ := in.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, errs.New(errs.InvalidInput, "%q is no moment such as 2026-03-02T09:00:00+08:00", "%q 不是有效时间，如 2026-03-02T09:00:00+08:00", text).On("asOf")
	}
	return at.UnixMicro(), nil
}

// decisionInput reads the inputs of a table; every bad value is reported.
func decisionInput(d *catalog.Decision, raw any) ([]value.Value, *errs.Error) {
	given, ok := raw.(map[string]any)
	if !ok {
		return nil, errs.New(errs.InvalidInput, "the input is an object of values by name", "输入须为按名称给值的对象").On("input")
	}
	var first *errs.Error
	bad := func(e *errs.Error, name string) {
		c := *e
		if c.On(name); first == nil {
			first = &c
		} else {
			first.More = append(first.More, &c)
		}
	}
	var known []string
	out := make([]value.Value, len(d.Inputs.Fields))
	for i, f := range d.Inputs.Fields {
		known = append(known, f.APIName)
		v, e := f.Type.Coerce(given[f.APIName])
		switch {
		case e != nil:
			bad(e, f.APIName)
		case f.Required && v.IsNull():
			bad(errs.New(errs.ValidationFail, "%s is required", "%s 为必填项", f.APIName).With("label", f.Label), f.APIName)
		}
		out[i] = v.Clone()
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if d.Inputs.ByAPIName[key] == nil {
			bad(errs.New(errs.InvalidInput, "the table %s takes no %s", "决策表 %s 没有输入 %s", d.Name, key).Near(key, known), key)
		}
	}
	return out, first
}

// tested is one test of a row in a trace.
type tested struct {
	Input string          `json:"input"`
	Value json.RawMessage `json:"value"`
	Test  string          `json:"test"`
	Holds *bool           `json:"holds"` // null: it cannot be told
}

// lookedAt is a row in a trace.
type lookedAt struct {
	Row   string   `json:"row"`
	Hit   bool     `json:"hit"`
	Tests []tested `json:"tests"`
}

// decided writes the selected keys of a decision.
func (x *exec) decided(d *catalog.Decision, f *decideField, in []value.Value, r *decide.Result, looked []decide.Looked) {
	outputs := map[string]json.RawMessage{}
	for i, o := range d.Outputs.Fields {
		outputs[o.APIName] = outputJSON(o, d.Table.Hit, r.Values[i])
	}
	var version any
	rows, trace := []string{}, []lookedAt{}
	if v := r.Version; v != nil {
		if !v.Since.IsNull() {
			version = json.RawMessage(fieldkit.AppendDate(nil, v.Since.Int()))
		}
		rows = r.Names()
		for _, l := range looked {
			row := lookedAt{v.Rows[l.Row].Name, l.Hit, []tested{}}
			for k, got := range l.Tests {
				cell := v.Rows[l.Row].Cells[k]
				of := d.Inputs.Fields[cell.Input]
				t := tested{Input: of.APIName, Value: valueJSON(of, in[cell.Input]), Test: cell.Source}
				if !got.IsNull() {
					holds := got.Bool()
					t.Holds = &holds
				}
				row.Tests = append(row.Tests, t)
			}
			trace = append(trace, row)
		}
	}
	x.object(f.fields, map[string]any{"__typename": "Decision", "table": d.Name, "version": version, "rows": rows, "otherwise": r.Otherwise, "outputs": outputs, "trace": trace})
}

func valueJSON(f *catalog.Field, v value.Value) json.RawMessage {
	if v.IsNull() {
		return json.RawMessage("null")
	}
	return f.Type.AppendJSON(nil, v)
}

// outputJSON is an output as the API shows it: a value of its field, or what the policy makes of several.
func outputJSON(f *catalog.Field, h decide.Hit, v value.Value) json.RawMessage {
	switch {
	case v.Kind() == value.KindList || v.Kind() == value.KindJSON:
		return json.RawMessage(v.Text())
	case h == decide.CollectCount && !v.IsNull():
		return v.AppendDecimal(nil)
	}
	return valueJSON(f, v)
}
