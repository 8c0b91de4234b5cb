package allocate

import (
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{splitEngine{}, match{}, reverse{}} }

// maxChildren bounds how many records one call looks at.
const maxChildren = 10_000

// children reads the records that a Children argument names, in the order of a field, if one is
// given, and of their creation.
func children(c *action.Call, name, parent, order string) ([]record.Record, error) {
	arg := c.Arg(name)
	_, id, err := c.Parent(parent)
	if err != nil {
		return nil, err
	}
	by := []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}
	key := fmt.Sprintf("allocate.%s.%s", arg.Object.Name, arg.Field.Name)
	if f := c.Field(order); f != nil {
		by = append([]driver.Order{{Expr: f.Col()}}, by...)
		key += "." + f.Name
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select(key, arg.Object, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}} }, by, value.Ref(id))
	if err == nil && len(rs) > maxChildren {
		err = errs.New(errs.LimitExceeded, "at most %d records can be allocated to at once", "一次最多分配 %d 条记录", maxChildren)
	}
	return rs, err
}

// over computes a ChildExpr for one child.
func over(c *action.Call, name string, child record.Record) (value.Value, error) {
	arg := c.Arg(name)
	if arg == nil {
		return value.Null, nil
	}
	return c.Eval(arg.Programs[0], child, nil)
}

// meets says whether a child meets a condition; all do where none is given.
func meets(c *action.Call, name string, child record.Record) (bool, error) {
	if !c.Given(name) {
		return true, nil
	}
	v, err := over(c, name, child)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// splitEngine is allocate.split.
type splitEngine struct{}

// Signature declares the engine.
func (splitEngine) Signature() *engine.Signature {
	return &engine.Signature{Name: "allocate.split", Doc: diag.Text{En: "Divides an amount over the children of a record by largest remainder, so that the parts sum to it exactly.", Zh: "按最大余额法将金额分摊到子记录，合计严格等于总额。"},
		Params: []engine.Param{
			{Name: "amount", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "what is divided", Zh: "待分摊的金额"}},
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record whose children get the parts; the action's own unless given", Zh: "子记录所属的记录，默认为操作的记录"}},
			{Name: "over", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the children", Zh: "子记录"}},
			{Name: "where", Form: engine.ChildExpr, In: "over", Kind: value.KindBool, Doc: diag.Text{En: "condition: the other children keep what they have", Zh: "条件：其余子记录保持不变"}},
			{Name: "weight", Form: engine.ChildExpr, In: "over", Kind: value.KindDecimal, Doc: diag.Text{En: "share of a child, 1 unless given", Zh: "子记录的权重，默认 1"}},
			{Name: "into", Form: engine.Field, In: "over", Required: true, Doc: diag.Text{En: "field of the child that gets its part", Zh: "写入分摊结果的字段"}},
			{Name: "order", Form: engine.Field, In: "over", Doc: diag.Text{En: "field that orders the children; of equal remainders the earlier child gets the unit", Zh: "子记录排序字段；余额相同时先者得"}},
			{Name: "digits", Kind: value.KindInt, Doc: diag.Text{En: "digits after the point; those of the field unless given", Zh: "小数位数，默认与字段一致"}}},
		Results:  []engine.Result{{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "number of parts", Zh: "分摊份数"}}},
		Refusals: []engine.Refusal{{Name: "no_weight", Code: errs.ValidationFail, Message: diag.Text{En: "There is nothing to divide the amount over.", Zh: "没有可分摊的对象。"}}}}
}

// Run divides.
func (splitEngine) Run(c *action.Call) (map[string]value.Value, error) {
	amount, err := c.Value("amount")
	if err != nil {
		return nil, err
	}
	into := c.Field("into")
	digits, err := c.ValueOr("digits", value.Int(int64(into.Store.Scale)))
	if err != nil {
		return nil, err
	}
	if digits.Int() < 0 || digits.Int() > int64(into.Store.Scale) {
		return nil, errs.New(errs.InvalidInput, "%s keeps %d digits after the point", "%s 保留 %d 位小数", into.Name, into.Store.Scale)
	}
	all, err := children(c, "over", "of", "order")
	if err != nil {
		return nil, err
	}
	var to []record.Record
	var weights []value.Value
	for _, r := range all {
		ok, err := meets(c, "where", r)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		w := value.Int(1)
		if c.Given("weight") {
			if w, err = over(c, "weight", r); err != nil {
				return nil, err
			}
			if w.IsNull() {
				w = value.Int(0)
			}
		}
		to, weights = append(to, r), append(weights, w)
	}
	parts, err := Split(amount, weights, int(digits.Int()))
	switch {
	case errors.Is(err, ErrNoWeight):
		return nil, action.Refuse("no_weight")
	case err != nil:
		return nil, errs.New(errs.InvalidInput, "the amount and the weights must be numbers, the weights not below 0", "金额与权重须为数字，且权重不得小于 0").Because(err)
	}
	for i, r := range to {
		if _, err := c.Update(r, map[*catalog.Field]value.Value{into: parts[i]}); err != nil {
			return nil, err
		}
	}
	return map[string]value.Value{"count": value.Int(int64(len(to)))}, nil
}
