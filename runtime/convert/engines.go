// Package convert has what record actions need, besides their own steps, to make other records of
// one: to find those that are there already, to lead what lies below it to them, and to make theirs of it.
package convert

import (
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{match{}, relink{}, duplicate{}} }

// maxMatches and maxChildren bound how many records one call looks at.
const (
	maxMatches  = 200
	maxChildren = 10_000
)

// Words of the parameter "among".
const (
	visible = "visible"
	all     = "all"
)

// match is record.match.
type match struct{}

// Signature declares the engine.
func (match) Signature() *engine.Signature {
	return &engine.Signature{Name: "record.match",
		Doc: diag.Text{En: "Finds the oldest record whose field has a value; record is null when there is none, or no value.", Zh: "查找字段等于给定值的最早记录；无此记录或值为空时 record 为空。"},
		Params: []engine.Param{
			{Name: "field", Form: engine.Field, Required: true, Doc: diag.Text{En: "field that is compared, such as account.tax_no; it should have an index", Zh: "用于比较的字段，如 account.tax_no，应建立索引"}},
			{Name: "value", Required: true, Doc: diag.Text{En: "value that it must have", Zh: "须等于的值"}},
			{Name: "where", Form: engine.ChildExpr, In: "field", Kind: value.KindBool, Doc: diag.Text{En: "condition: other records do not match", Zh: "条件：其余记录不匹配"}},
			{Name: "among", Form: engine.Word, Enum: []string{visible, all}, Doc: diag.Text{En: "records that the caller may see (the default), or all of them", Zh: "调用者可见的记录（默认）或全部记录"}}},
		Results: []engine.Result{{Name: "record", Kind: value.KindRef, In: "field", Doc: diag.Text{En: "the record", Zh: "匹配的记录"}}}}
}

// Run finds.
func (match) Run(c *action.Call) (map[string]value.Value, error) {
	none := map[string]value.Value{"record": value.Null}
	arg := c.Arg("field")
	f := arg.Field
	v, err := c.Value("value")
	if err != nil || v.IsNull() {
		return none, err
	}
	want, bad := record.Coerced(f, v)
	if bad != nil {
		return none, nil // no record has a value that the field cannot have
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select("match."+arg.Object.Name+"."+f.Name, arg.Object, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 0}} },
		[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, want)
	if err != nil {
		return nil, err
	}
	if len(rs) > maxMatches {
		return nil, errs.New(errs.LimitExceeded, "more than %d records of %s match", "匹配的 %[2]s 记录超过 %[1]d 条", maxMatches, arg.Object.Name)
	}
	for _, r := range rs {
		ok, err := fits(c, r)
		if err != nil {
			return nil, err
		}
		if ok {
			return map[string]value.Value{"record": value.Ref(r.ID())}, nil
		}
	}
	return none, nil
}

// fits says whether a record meets the condition and may be told of.
func fits(c *action.Call, r record.Record) (bool, error) {
	if c.Given("where") {
		v, err := c.Eval(c.Arg("where").Programs[0], r, nil)
		if err != nil || v.Kind() != value.KindBool || !v.Bool() {
			return false, err
		}
	}
	if c.Word("among") == all {
		return true, nil
	}
	_, err := c.Visible(r.Object(), r.ID(), access.Read)
	var e *errs.Error
	if errors.As(err, &e) && (e.Code == errs.NotFound || e.Code == errs.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// relink is record.relink.
type relink struct{}

// Signature declares the engine.
func (relink) Signature() *engine.Signature {
	return &engine.Signature{Name: "record.relink",
		Doc: diag.Text{En: "Gives values to all records below a record: what refers to it may so refer to another, too, or instead.", Zh: "为下级记录批量赋值，使其改为或同时引用其他记录。"},
		Params: []engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record; the action's own unless given", Zh: "上级记录，默认为操作的记录"}},
			{Name: "over", Form: engine.Children, In: "of", Any: true, Required: true, Doc: diag.Text{En: "the records below it", Zh: "下级记录"}},
			{Name: "where", Form: engine.ChildExpr, In: "over", Kind: value.KindBool, Doc: diag.Text{En: "condition: the others stay as they are", Zh: "条件：其余记录保持不变"}},
			{Name: "set", Form: engine.Values, In: "over", Required: true, Doc: diag.Text{En: "values by field", Zh: "字段与值"}}},
		Results: []engine.Result{{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "how many records there were", Zh: "处理的记录数"}}}}
}

// Run gives the values.
func (relink) Run(c *action.Call) (map[string]value.Value, error) {
	arg := c.Arg("over")
	of, id, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	parent := value.Ref(id)
	if arg.Field.Ref.Polymorphic {
		parent = value.Text(fmt.Sprintf("%s_%d", of.IDPrefix, id))
	}
	vals, err := c.Set("set")
	if err != nil {
		return nil, err
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select(fmt.Sprintf("relink.%s.%s", arg.Object.Name, arg.Field.Name), arg.Object,
		func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}} }, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, parent)
	if err != nil {
		return nil, err
	}
	if len(rs) > maxChildren {
		return nil, errs.New(errs.LimitExceeded, "at most %d records can be relinked at once", "一次最多处理 %d 条记录", maxChildren)
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
		if _, err := c.Update(r, vals); err != nil {
			return nil, err
		}
		n++
	}
	return map[string]value.Value{"count": value.Int(n)}, nil
}
