package code

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/code"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// typed are the parameters of engines that read a code, and lookups the reasons why they fail.
func typed(more ...engine.Param) []engine.Param {
	return append(append([]engine.Param{
		{Name: "in", Form: engine.Field, Required: true, Doc: diag.Text{En: "field that holds codes, such as coupon.code", Zh: "存放编码的字段，如 coupon.code"}},
		{Name: "code", Kind: value.KindText, Required: true, Doc: diag.Text{En: "the code as it was typed", Zh: "输入的编码"}}}, look()...), more...)
}

func lookups() []engine.Refusal {
	return []engine.Refusal{
		{Name: "mistyped", Code: errs.InvalidInput, Message: diag.Text{En: "The code is mistyped.", Zh: "编码输入有误。"}},
		{Name: "not_found", Code: errs.NotFound, Message: diag.Text{En: "There is no such code.", Zh: "编码不存在。"}}}
}

// find is code.find.
type find struct{}

// Signature declares the engine.
func (find) Signature() *engine.Signature {
	return &engine.Signature{Name: "code.find", Doc: diag.Text{En: "Finds the record that a typed code means.", Zh: "按输入的编码查找记录。"}, Params: typed(),
		Results: []engine.Result{{Name: "record", Kind: value.KindRef, In: "in", Doc: diag.Text{En: "the record", Zh: "记录"}}}, Refusals: lookups()}
}

// Run finds.
func (find) Run(c *action.Call) (map[string]value.Value, error) {
	r, err := lookUp(c)
	if err != nil {
		return nil, err
	}
	return map[string]value.Value{"record": value.Ref(r.ID())}, nil
}

// redeem is code.redeem.
type redeem struct{}

// Signature declares the engine.
func (redeem) Signature() *engine.Signature {
	return &engine.Signature{Name: "code.redeem", Doc: diag.Text{En: "Finds the record that a typed code means and moves it from one state to another, once.", Zh: "按输入的编码查找记录并变更其状态，仅一次有效。"},
		Params: typed(
			engine.Param{Name: "state", Form: engine.Field, In: "in", Required: true, Doc: diag.Text{En: "field that holds the state", Zh: "状态字段"}},
			engine.Param{Name: "from", Form: engine.Words, Required: true, Doc: diag.Text{En: "states in which the code can be redeemed", Zh: "可核销的状态"}},
			engine.Param{Name: "to", Form: engine.Word, Required: true, Doc: diag.Text{En: "state afterwards", Zh: "核销后的状态"}},
			engine.Param{Name: "set", Form: engine.Values, In: "in", Doc: diag.Text{En: "other values of the record", Zh: "记录的其他字段值"}}),
		Results: []engine.Result{{Name: "record", Kind: value.KindRef, In: "in", Doc: diag.Text{En: "the record", Zh: "记录"}}},
		Refusals: append(lookups(), engine.Refusal{Name: "wrong_state", Code: errs.ValidationFail,
			Message: diag.Text{En: "The code cannot be redeemed any more, or not yet.", Zh: "该编码已不可或尚不可核销。"}})}
}

// Run redeems.
func (redeem) Run(c *action.Call) (map[string]value.Value, error) {
	r, err := lookUp(c)
	if err != nil {
		return nil, err
	}
	state := c.Field("state")
	if now := r.Get(state); !slices.Contains(c.Words("from"), now.Text()) {
		return nil, action.Refuse("wrong_state", "state", now.Text())
	}
	vals, err := c.Set("set")
	if err != nil {
		return nil, err
	}
	vals[state] = value.Text(c.Word("to"))
	if _, err := c.Update(r, vals); err != nil {
		return nil, err
	}
	return map[string]value.Value{"record": value.Ref(r.ID())}, nil
}

// lookUp finds the record with the code that was typed.
func lookUp(c *action.Call) (record.Record, error) {
	f := c.Field("in")
	in, err := c.Value("code")
	if err != nil {
		return record.Record{}, err
	}
	s, ok, err := read(c, f, in.Text())
	if err != nil {
		return record.Record{}, err
	}
	if !ok {
		return record.Record{}, action.Refuse("mistyped")
	}
	rs, err := c.Select("code.find."+f.Object.Name+"."+f.Name, f.Object, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 0}} }, nil, value.Text(s))
	if err != nil {
		return record.Record{}, err
	}
	if len(rs) == 0 {
		return record.Record{}, action.Refuse("not_found")
	}
	return rs[0], nil
}

// read is a code as it is kept; ok is false when it is mistyped for certain. Where the field does
// not know how its codes look, their length is not held against anything.
func read(c *action.Call, f *catalog.Field, typed string) (s string, ok bool, err error) {
	format, err := formatOf(c, f)
	if err != nil {
		return "", false, err
	}
	s = format.Clean(typed)
	if _, own := f.Type.(interface{ CodeFormat() code.Format }); own {
		return s, format.Right(s), nil
	}
	if format.Alphabet == "" {
		format.Alphabet = code.Plain
	}
	if s = strings.TrimSpace(s); format.Check {
		return s, code.Checked(format.Alphabet, s), nil
	}
	return s, s != "", nil
}
