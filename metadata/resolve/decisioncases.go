package resolve

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/decide"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/value"
)

// faults reports what is wrong with the rows of each version. That two rows hit where one may is
// an error; the others may be meant.
func (c *decisionCheck) faults() {
	for i := range c.t.Versions {
		v := &c.t.Versions[i]
		path := "rows"
		if !v.Since.IsNull() {
			path = "versions." + itoa(i-len(c.t.Versions)+len(c.decl.Versions)) + ".rows"
		}
		for _, f := range c.t.Check(v) {
			c.fault(v, path, f)
		}
	}
}

func (c *decisionCheck) fault(v *decide.Version, path string, f decide.Fault) {
	x := diag.Finding{Severity: diag.Warning, Address: c.of.Row(v.Rows[f.Row].Name).String(), Pos: c.decl.Pos.At(path + "." + itoa(f.Row))}
	by := v.Rows[f.By].Name
	switch f.Kind {
	case decide.Gap:
		x.Address, x.Pos, x.Code = c.of.String(), c.decl.Pos.At(path), "table-gap"
		x.Summary = diag.Textf("no row is for %s", "没有适用于 %s 的规则行", f.Input)
		t := diag.Textf("add a row, or say what is given \"otherwise\"", "请增加规则行，或用 otherwise 给出默认结果")
		x.Suggestion = &t
	case decide.Overlap:
		x.Severity, x.Code = diag.Error, "table-overlap"
		x.Summary = diag.Textf("this row and %s both hit for %s, where one row may", "本行与 %s 同时命中 %s，而命中策略只允许一行", by, f.Input)
		x.Related = []diag.Pos{c.decl.Pos.At(path + "." + itoa(f.By))}
	case decide.Shadowed:
		x.Code = "unreachable-row"
		x.Summary = diag.Textf("this row never counts: others do wherever it hits, such as %s for %s", "本行永远不会生效：凡其命中之处均由其他行先命中，如 %s 命中 %s", by, f.Input)
		x.Related = []diag.Pos{c.decl.Pos.At(path + "." + itoa(f.By))}
	case decide.Never:
		x.Code = "unreachable-row"
		x.Summary = diag.Textf("this row never hits: no value passes its tests", "本行永远不会命中：没有值能通过其条件")
	case decide.Unchecked:
		x.Address, x.Pos, x.Code = c.of.String(), c.decl.Pos.At(path), "table-unchecked"
		x.Summary = diag.Textf("there are too many combinations to look for gaps and rows that never count", "组合过多，未检查空缺与无效行")
	}
	c.r.findings.Add(x)
}

// cases holds the table to its own cases.
func (c *decisionCheck) cases() {
	for i := range c.decl.Cases {
		c.tableCase(&c.decl.Cases[i], "cases."+itoa(i))
	}
}

func (c *decisionCheck) tableCase(x *model.DecisionCase, path string) {
	in := make([]value.Value, len(c.d.Inputs.Fields))
	if c.unknown(sorted(x.Given), c.d.Inputs, path+".given"); slices.ContainsFunc(sorted(x.Given), func(k string) bool { return c.d.Inputs.ByName[k] == nil }) {
		return
	}
	for i, f := range c.d.Inputs.Fields {
		v, ok := c.coerced(f, x.Given[f.Name], path+".given."+f.Name)
		if !ok {
			return
		}
		in[i] = v
	}
	env, ok := c.moment(x.On, path+".on")
	if !ok {
		return
	}
	r, err := c.t.Decide(in, env)
	if err != nil {
		c.errorf("failed-case", path, "several rows hit: %s", "多行同时命中：%s", strings.Join(r.Names(), ", "))
		return
	}
	got := []string{}
	if r.Version != nil {
		got = r.Names()
	}
	if x.Rows != nil && !slices.Equal(got, x.Rows) {
		c.errorf("failed-case", path+".rows", "the rows [%s] hit, not [%s]", "命中的行为 [%s]，而非 [%s]", strings.Join(got, ", "), strings.Join(x.Rows, ", "))
	}
	c.unknown(sorted(x.Then), c.d.Outputs, path+".then")
	for i, f := range c.d.Outputs.Fields {
		if raw, ok := x.Then[f.Name]; ok && !c.same(f, r.Values[i], raw, path+".then."+f.Name) {
			c.errorf("failed-case", path+".then."+f.Name, "%s is %s", "%s 的结果为 %s", f.Name, decide.Literal(r.Values[i]))
		}
	}
}

// moment is the start of a day in the tenant's zone; without one, that of the last version.
func (c *decisionCheck) moment(on, path string) (expr.Env, bool) {
	if on == "" {
		if n := len(c.decl.Versions); n > 0 {
			on = c.decl.Versions[n-1].From
		} else {
			return expr.Env{}, true
		}
	}
	day, err := time.ParseInLocation(time.DateOnly, on, c.r.loc)
	if err != nil {
		c.errorf("bad-table", path, "%q is no day, such as 2026-01-01", "%q 不是日期，如 2026-01-01", on)
		return expr.Env{}, false
	}
	return expr.Env{NowMicros: day.UnixMicro()}, true
}

func (c *decisionCheck) coerced(f *catalog.Field, raw json.RawMessage, path string) (value.Value, bool) {
	if raw == nil {
		return value.Null, true
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var in any
	if err := dec.Decode(&in); err != nil {
		c.errorf("bad-table", path, "the value cannot be read", "无法读取该值")
		return value.Null, false
	}
	v, e := f.Type.Coerce(in)
	if e != nil {
		c.r.errorf("bad-table", c.of, c.decl.Pos.At(path), e.Message)
		return value.Null, false
	}
	return v, true
}

// same compares an output with what a case says: values of the field, or lists and numbers where
// the policy makes such of them.
func (c *decisionCheck) same(f *catalog.Field, got value.Value, raw json.RawMessage, path string) bool {
	switch c.t.Hit {
	case decide.Collect, decide.RuleOrder:
		var want bytes.Buffer
		return json.Compact(&want, raw) == nil && want.String() == got.Text()
	case decide.CollectCount:
		n, err := value.ParseDecimal(string(bytes.TrimSpace(raw)))
		return err == nil && value.Equal(n, got)
	}
	want, ok := c.coerced(f, raw, path)
	return !ok || value.Equal(want, got)
}
