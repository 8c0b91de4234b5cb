// Package scoring computes the scores of records by scoring models, for record actions. What
// points are worth is metadata/score's; what is done with a score is said by the action.
package scoring

import (
	"encoding/json"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/score"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{compute{}} }

// maxEvents bounds how many events one score looks at.
const maxEvents = 10_000

// compute is score.compute.
type compute struct{}

// Signature declares the engine.
func (compute) Signature() *engine.Signature {
	return &engine.Signature{Name: "score.compute",
		Doc: diag.Text{En: "Scores a record by a scoring model: how it fits, and what the events below it are worth.", Zh: "按评分模型为记录评分：画像得分与事件行为得分。"},
		Params: []engine.Param{
			{Name: "model", Form: engine.Word, Required: true, Doc: diag.Text{En: "the scoring model, of the record's object", Zh: "评分模型，须属于该记录的对象"}},
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record that is scored; the action's own unless given", Zh: "被评分的记录，默认为操作的记录"}},
			{Name: "events", Form: engine.Children, In: "of", Doc: diag.Text{En: "the events; none unless given", Zh: "事件子记录，默认无"}},
			{Name: "where", Form: engine.ChildExpr, In: "events", Kind: value.KindBool, Doc: diag.Text{En: "condition: the other events do not count", Zh: "条件：其余事件不计"}},
			{Name: "rule", Form: engine.ChildExpr, In: "events", Kind: value.KindText, Doc: diag.Text{En: "the rule of an event", Zh: "事件的规则名称"}},
			{Name: "points", Form: engine.ChildExpr, In: "events", Kind: value.KindDecimal, Doc: diag.Text{En: "the points of an event", Zh: "事件的基础分"}},
			{Name: "at", Form: engine.ChildExpr, In: "events", Kind: value.KindDateTime, Doc: diag.Text{En: "when an event was", Zh: "事件发生时刻"}},
			{Name: "as_of", Kind: value.KindDateTime, Doc: diag.Text{En: "moment of the score; now unless given", Zh: "评分时点，默认为当前"}}},
		Results: []engine.Result{
			{Name: "fit", Kind: value.KindDecimal, Doc: diag.Text{En: "0 to 100", Zh: "画像分，0 到 100"}},
			{Name: "grade", Kind: value.KindText, Doc: diag.Text{En: "grade of the fit; null below all", Zh: "画像等级，低于全部时为空"}},
			{Name: "engagement", Kind: value.KindDecimal, Doc: diag.Text{En: "what the events are worth", Zh: "行为分"}},
			{Name: "total", Kind: value.KindDecimal, Doc: diag.Text{En: "the score", Zh: "综合分"}},
			{Name: "band", Kind: value.KindText, Doc: diag.Text{En: "band of the score; null below all", Zh: "综合分档，低于全部时为空"}},
			{Name: "as_of", Kind: value.KindDateTime, Doc: diag.Text{En: "moment of the score", Zh: "评分时点"}},
			{Name: "explanation", Kind: value.KindJSON, Doc: diag.Text{En: "what adds to the score: rules, events and groups, before and after they fade or are capped", Zh: "得分构成：规则、事件与分组，衰减与封顶前后"}}}}
}

// part is one line of an explanation.
type part struct {
	Name   string `json:"name"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"` // "": it does not count
}

// Run scores.
func (compute) Run(c *action.Call) (map[string]value.Value, error) {
	o, id, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	m := c.Catalog().Scoring(c.Word("model"))
	if m == nil || m.Object != o {
		return nil, errs.New(errs.NotFound, "there is no scoring model %s for %s", "%[2]s 没有评分模型 %[1]s", c.Word("model"), o.Name)
	}
	asOf, err := c.ValueOr("as_of", c.Now())
	if err != nil {
		return nil, err
	}
	fit, fits, err := fitOf(c, m, o, id)
	if err != nil {
		return nil, err
	}
	events, err := eventsOf(c, id)
	if err != nil {
		return nil, err
	}
	s := m.Events.Compute(events, asOf.AsTime())
	in := make([]value.Value, len(m.Total.Inputs()))
	for i, x := range m.Total.Inputs() {
		if in[i] = s.Total; x.Field == "fit" {
			in[i] = fit
		}
	}
	total := value.Round(m.Total.Eval(in, expr.Env{NowMicros: asOf.Int()}), 2)
	b, err := json.Marshal(map[string]any{"fit": fits, "events": parts(s.Events), "rules": parts(s.Rules), "groups": parts(s.Groups)})
	return map[string]value.Value{"fit": fit, "grade": named(score.Name(m.Grades, fit)), "engagement": s.Total, "total": total,
		"band": named(score.Name(m.Bands, total)), "as_of": asOf, "explanation": value.JSON(string(b))}, err
}

// fitOf sums the points of the rules that the record meets.
func fitOf(c *action.Call, m *catalog.Scoring, o *catalog.Object, id int64) (value.Value, []part, error) {
	rec, ok, err := c.Find(o, id)
	if err != nil {
		return value.Null, nil, err
	}
	if !ok {
		return value.Null, nil, errs.New(errs.NotFound, "there is no record to score", "没有可评分的记录")
	}
	sum, told := value.Int(0), []part{}
	for _, x := range m.Fit {
		v, err := c.Eval(x.When, rec, nil)
		if err != nil {
			return value.Null, nil, err
		}
		if v.Kind() == value.KindBool && v.Bool() {
			sum = value.Add(sum, x.Points)
			told = append(told, part{x.Name, text(x.Points), text(x.Points)})
		}
	}
	return value.Round(score.Clamp(sum, value.Int(0), value.Int(100)), 2), told, nil
}

// eventsOf reads the events.
func eventsOf(c *action.Call, id int64) ([]score.Event, error) {
	arg := c.Arg("events")
	if arg == nil {
		return nil, nil
	}
	for _, need := range []string{"rule", "points", "at"} {
		if !c.Given(need) {
			return nil, errs.New(errs.InvalidInput, "events need a rule, points and a moment: %s is missing", "事件需要规则、积分与时刻：缺少 %s", need)
		}
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select(fmt.Sprintf("score.%s.%s", arg.Object.Name, arg.Field.Name), arg.Object,
		func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}} }, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(id))
	if err != nil {
		return nil, err
	}
	if len(rs) > maxEvents {
		return nil, errs.New(errs.LimitExceeded, "at most %d events can be scored at once", "一次最多计算 %d 个事件", maxEvents)
	}
	var out []score.Event
	for _, r := range rs {
		got := map[string]value.Value{}
		for _, name := range []string{"where", "rule", "points", "at"} {
			if !c.Given(name) {
				continue
			}
			if got[name], err = c.Eval(c.Arg(name).Programs[0], r, nil); err != nil {
				return nil, err
			}
		}
		if w := got["where"]; c.Given("where") && (w.Kind() != value.KindBool || !w.Bool()) || got["at"].IsNull() {
			continue
		}
		out = append(out, score.Event{Rule: got["rule"].Text(), Points: got["points"], At: got["at"].AsTime()})
	}
	return out, nil
}

func parts(of []score.Part) []part {
	out := make([]part, len(of))
	for i, p := range of {
		out[i] = part{p.Name, text(p.Before), text(p.After)}
	}
	return out
}

// text is a number with at most four digits after the point.
func text(v value.Value) string {
	if v.IsNull() {
		return ""
	}
	return string(value.Round(v, 4).AppendDecimal(nil))
}

func named(s string) value.Value {
	if s == "" {
		return value.Null
	}
	return value.Text(s)
}
