package approval

import (
	"encoding/json"
	"slices"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// decideTable evaluates a decision table into variables.
func (m *machine) decideTable(v *Visit, n *Node) {
	var hits []int
	for i, r := range n.Rules {
		hit := true
		for j, cell := range r.When {
			ok, err := m.holds(cell)
			if err != nil {
				m.incident("condition_error", v, true, diag.Textf("rule %d, cell %d: %s", "第 %d 条规则第 %d 格：%s", i+1, j+1, errs.TextOf(err)))
				return
			}
			hit = hit && ok
		}
		if hit {
			hits = append(hits, i)
		}
		if hit && n.Hit == "first" {
			break
		}
	}
	if or(n.Hit, "unique") == "unique" && len(hits) > 1 {
		m.incident("decision_not_unique", v, true, diag.Textf("rules %d and %d both hit", "第 %d 条与第 %d 条规则同时命中", hits[0]+1, hits[1]+1))
		return
	}
	got := map[string][]value.Value{}
	for _, i := range hits {
		for name, src := range n.Rules[i].Out {
			x, err := m.eval(src)
			if err != nil {
				m.incident("condition_error", v, true, diag.Textf("rule %d, %s: %s", "第 %d 条规则，%s：%s", i+1, name, errs.TextOf(err)))
				return
			}
			got[name] = append(got[name], x)
		}
	}
	m.aboutNode("node.entered", v, "", map[string]any{"rules": hits})
	for _, name := range outputsOf(n) {
		m.putVar(name, gathered(n.Hit, got[name]))
	}
	m.pass(v, "decided")
}

// outputs are the variables that a table sets; those without a hit become null.
func outputsOf(n *Node) []string {
	var out []string
	for _, r := range n.Rules {
		for name := range r.Out {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// gathered makes one value of those that the hits gave.
func gathered(hit string, vals []value.Value) value.Value {
	if hit == "collect_count" {
		return value.Int(int64(len(vals)))
	}
	if len(vals) == 0 {
		return value.Null
	}
	out := vals[0]
	for _, v := range vals[1:] {
		switch c := value.Compare(v, out); {
		case hit == "collect_sum":
			out = value.Add(out, v)
		case hit == "collect_min" && c < 0, hit == "collect_max" && c > 0:
			out = v
		}
	}
	if hit == "collect" || hit == "rule_order" {
		texts := make([]any, len(vals))
		for i, v := range vals {
			texts[i] = v.Text()
			if v.Kind() != value.KindText {
				texts[i] = json.Number(v.AppendDecimal(nil))
			}
		}
		b, err := json.Marshal(texts)
		if err != nil {
			return value.Null
		}
		return value.Text(string(b))
	}
	return out
}
