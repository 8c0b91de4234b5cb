package convert

import (
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
)

// duplicate is record.copy.
type duplicate struct{}

// Signature declares the engine.
func (duplicate) Signature() *engine.Signature {
	return &engine.Signature{Name: "record.copy",
		Doc: diag.Text{En: "Makes a record below one record for each record below another: lines of an order of the lines of a quote.", Zh: "按一条记录的下级记录，逐条在另一条记录下新建记录，如由报价明细生成订单明细。"},
		Params: []engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record whose lower records are read; the action's own unless given", Zh: "源记录，默认为操作的记录"}},
			{Name: "over", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the records below it", Zh: "其下级记录"}},
			{Name: "where", Form: engine.ChildExpr, In: "over", Kind: value.KindBool, Doc: diag.Text{En: "condition: nothing is made of the others", Zh: "条件：其余记录不生成"}},
			{Name: "to", Kind: value.KindRef, Required: true, Doc: diag.Text{En: "record that the new ones belong to", Zh: "新记录所属的记录"}},
			{Name: "into", Form: engine.Children, In: "to", Required: true, Doc: diag.Text{En: "what is made, over its reference to that record", Zh: "新建的对象，经其指向该记录的引用"}},
			{Name: "set", Form: engine.ChildValues, In: "into", Over: "over", Required: true, Doc: diag.Text{En: "values by field, expressions over the records that are read", Zh: "字段与值，表达式针对所读取的记录"}}},
		Results: []engine.Result{{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "how many records were made", Zh: "新建的记录数"}}}}
}

// Run makes the records, in the order in which those that are read were made.
func (duplicate) Run(c *action.Call) (map[string]value.Value, error) {
	over, into := c.Arg("over"), c.Arg("into")
	_, from, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	_, to, err := c.Parent("to")
	if err != nil {
		return nil, err
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select(fmt.Sprintf("copy.%s.%s", over.Object.Name, over.Field.Name), over.Object,
		func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: over.Field.Col(), R: driver.Param{N: 0}} }, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(from))
	if err != nil {
		return nil, err
	}
	if len(rs) > maxChildren {
		return nil, errs.New(errs.LimitExceeded, "at most %d records can be copied at once", "一次最多复制 %d 条记录", maxChildren)
	}
	n := int64(0)
	for _, r := range rs {
		if c.Given("where") {
			v, err := c.Eval(c.Arg("where").Programs[0], r, nil)
			if err != nil {
				return nil, err
			}
			if v.Kind() != value.KindBool || !v.Bool() {
				continue
			}
		}
		vals, err := c.SetOver("set", r)
		if err != nil {
			return nil, err
		}
		vals[into.Field] = value.Ref(to)
		if _, err := c.Create(into.Object, vals); err != nil {
			return nil, err
		}
		n++
	}
	return map[string]value.Value{"count": value.Int(n)}, nil
}
