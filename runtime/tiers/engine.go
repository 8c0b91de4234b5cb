// Package tiers computes ladders whose tiers are records, such as those of a rebate policy, for
// record actions. What ladders give is metadata/tier's; those of metadata are asked by expressions.
package tiers

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/tier"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{compute{}} }

// maxTiers bounds a ladder.
const maxTiers = 200

var modes = []string{string(tier.Incremental), string(tier.Retroactive), string(tier.Fixed), string(tier.PerUnit)}

// compute is tier.compute.
type compute struct{}

// Signature declares the engine.
func (compute) Signature() *engine.Signature {
	return &engine.Signature{Name: "tier.compute",
		Doc: diag.Text{En: "Computes what a ladder gives whose tiers are the children of a record: [lower, upper), from the lowest up.", Zh: "按子记录构成的阶梯计算金额：区间含下限不含上限，自低至高。"},
		Params: []engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record that has the tiers; the action's own unless given", Zh: "阶梯所属的记录，默认为操作的记录"}},
			{Name: "tiers", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the tiers", Zh: "档位"}},
			{Name: "lower", Form: engine.ChildExpr, In: "tiers", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "lower bound of a tier, this included", Zh: "下限（含）"}},
			{Name: "upper", Form: engine.ChildExpr, In: "tiers", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "upper bound, this not included; null: there is none", Zh: "上限（不含），空表示无"}},
			{Name: "rate", Form: engine.ChildExpr, In: "tiers", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "share, lump sum or amount per unit", Zh: "费率、定额或单位金额"}},
			{Name: "mode", Kind: value.KindText, Required: true, Doc: diag.Text{En: "incremental, retroactive, fixed or per_unit", Zh: "incremental、retroactive、fixed 或 per_unit"}},
			{Name: "measure", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "what earns", Zh: "计量值"}},
			{Name: "by", Kind: value.KindDecimal, Doc: diag.Text{En: "what decides on the tier; the measure unless given", Zh: "定档依据，默认为计量值"}}},
		Results: []engine.Result{
			{Name: "amount", Kind: value.KindDecimal, Doc: diag.Text{En: "what it gives, exact", Zh: "结果，未舍入"}},
			{Name: "tier", Kind: value.KindRef, In: "tiers", Doc: diag.Text{En: "tier that is reached; null: none", Zh: "所达档位，空表示未达"}},
			{Name: "rate", Kind: value.KindDecimal, Doc: diag.Text{En: "its rate", Zh: "其费率"}},
			{Name: "lines", Kind: value.KindJSON, Doc: diag.Text{En: "the computation line by line", Zh: "逐行计算过程"}}},
		Refusals: []engine.Refusal{{Name: "not_contiguous", Code: errs.ValidationFail, Message: diag.Text{En: "The tiers must follow each other without gap or overlap.", Zh: "阶梯须连续且不重叠。"}}}}
}

// line is one line of a computation.
type line struct {
	Tier   string `json:"tier"`
	Part   string `json:"part"`
	Rate   string `json:"rate"`
	Amount string `json:"amount"`
}

// Run computes.
func (compute) Run(c *action.Call) (map[string]value.Value, error) {
	mode, err := c.Value("mode")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(modes, mode.Text()) {
		return nil, errs.New(errs.InvalidInput, "%q is no mode of tiers", "%q 不是有效的阶梯方式", mode.Text())
	}
	measure, err := c.Value("measure")
	if err != nil {
		return nil, err
	}
	by := measure
	if c.Given("by") {
		if by, err = c.Value("by"); err != nil {
			return nil, err
		}
	}
	l, ids, err := ladder(c, tier.Mode(mode.Text()))
	if err != nil {
		return nil, err
	}
	if l.Check() != nil {
		return nil, action.Refuse("not_contiguous")
	}
	r := l.Compute(measure, by)
	o := c.Arg("tiers").Object
	lines := []line{}
	for _, x := range r.Lines {
		lines = append(lines, line{fmt.Sprintf("%s_%d", o.IDPrefix, ids[x.Tier]), text(x.Part), text(x.Rate), text(x.Amount)})
	}
	b, err := json.Marshal(lines)
	out := map[string]value.Value{"amount": r.Amount, "tier": value.Null, "rate": value.Null, "lines": value.JSON(string(b))}
	if r.Reached >= 0 {
		out["tier"], out["rate"] = value.Ref(ids[r.Reached]), l.Tiers[r.Reached].Rate
	}
	return out, err
}

// ladder reads the tiers, from the lowest up, with the ids of their records.
func ladder(c *action.Call, mode tier.Mode) (tier.Ladder, []int64, error) {
	out := tier.Ladder{Mode: mode}
	arg := c.Arg("tiers")
	_, id, err := c.Parent("of")
	if err != nil {
		return out, nil, err
	}
	if err := c.Settle(); err != nil {
		return out, nil, err
	}
	rs, err := c.Select(fmt.Sprintf("tier.%s.%s", arg.Object.Name, arg.Field.Name), arg.Object,
		func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}} }, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(id))
	if err != nil {
		return out, nil, err
	}
	if len(rs) > maxTiers {
		return out, nil, errs.New(errs.LimitExceeded, "a ladder has at most %d tiers", "阶梯最多 %d 档", maxTiers)
	}
	type one struct {
		tier.Tier
		id int64
	}
	all := make([]one, len(rs))
	for i, r := range rs {
		all[i].id = r.ID()
		for name, to := range map[string]*value.Value{"lower": &all[i].Lower, "upper": &all[i].Upper, "rate": &all[i].Rate} {
			if *to, err = c.Eval(c.Arg(name).Programs[0], r, nil); err != nil {
				return out, nil, err
			}
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return value.Compare(a.Lower, b.Lower) })
	ids := make([]int64, len(all))
	for i, x := range all {
		out.Tiers, ids[i] = append(out.Tiers, x.Tier), x.id
	}
	return out, ids, nil
}

func text(v value.Value) string {
	if v.IsNull() {
		return ""
	}
	return string(v.AppendDecimal(nil))
}
