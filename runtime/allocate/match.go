package allocate

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// match is allocate.match.
type match struct{}

// Signature declares the engine.
func (match) Signature() *engine.Signature {
	return &engine.Signature{Name: "allocate.match", Doc: diag.Text{En: "Matches a credit with what is owed, the oldest due first or as chosen, one record for each.", Zh: "将款项核销到应收项：先到期先核销，或按指定核销，每项一条记录。"},
		Params: []engine.Param{
			{Name: "amount", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "what is left of the credit", Zh: "可核销金额"}},
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record whose children are owed; the action's own unless given", Zh: "应收项所属的记录，默认为操作的记录"}},
			{Name: "debits", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the children that are owed", Zh: "应收子记录"}},
			{Name: "open", Form: engine.ChildExpr, In: "debits", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "what is still owed of one", Zh: "单项未核销金额"}},
			{Name: "due", Form: engine.Field, In: "debits", Doc: diag.Text{En: "when it is due; those without come last", Zh: "到期日，无到期日者排在最后"}},
			{Name: "where", Form: engine.ChildExpr, In: "debits", Kind: value.KindBool, Doc: diag.Text{En: "condition that debits meet", Zh: "应收项条件"}},
			{Name: "chosen", Kind: value.KindJSON, Doc: diag.Text{En: `matching by hand: [{"id": …, "amount": …}], where the amount may be left out; null: by due date`, Zh: `手工核销：[{"id": …, "amount": …}]，金额可省略；空则按到期日`}},
			{Name: "into", Form: engine.Children, Required: true, Doc: diag.Text{En: "object of the matches, over its reference to the action's record", Zh: "核销记录对象，经其指向操作记录的引用"}},
			{Name: "debit", Form: engine.Field, In: "into", Required: true, Doc: diag.Text{En: "its reference to the debit", Zh: "其指向应收项的引用"}},
			{Name: "part", Form: engine.Field, In: "into", Required: true, Doc: diag.Text{En: "its amount", Zh: "其金额"}},
			{Name: "set", Form: engine.Values, In: "into", Doc: diag.Text{En: "its other values", Zh: "其他字段值"}}},
		Results: []engine.Result{
			{Name: "allocated", Kind: value.KindDecimal, Doc: diag.Text{En: "what was matched", Zh: "本次核销金额"}},
			{Name: "left", Kind: value.KindDecimal, Doc: diag.Text{En: "what is left of the credit", Zh: "剩余金额"}},
			{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "number of matches", Zh: "核销笔数"}}},
		Refusals: []engine.Refusal{
			{Name: "over_open", Code: errs.ValidationFail, Message: diag.Text{En: "More is matched than is owed.", Zh: "核销金额超出应收余额。"}},
			{Name: "over_amount", Code: errs.ValidationFail, Message: diag.Text{En: "More is matched than is left of the credit.", Zh: "核销金额超出可核销余额。"}},
			{Name: "not_owed", Code: errs.ValidationFail, Message: diag.Text{En: "One of the chosen records is not owed here.", Zh: "所选记录不属于可核销的应收项。"}}}}
}

// debit is a record that something is owed of.
type debit struct {
	rec  record.Record
	open value.Value
	want value.Value // null: as much as there is
}

// Run matches.
func (match) Run(c *action.Call) (map[string]value.Value, error) {
	left, err := c.Value("amount")
	if err != nil {
		return nil, err
	}
	todo, err := owed(c)
	if err != nil {
		return nil, err
	}
	if todo, err = choose(c, todo); err != nil {
		return nil, err
	}
	done, count := value.Int(0), int64(0)
	for _, d := range todo {
		part := least(d.open, left)
		if !d.want.IsNull() {
			if part = d.want; value.Compare(part, left) > 0 {
				return nil, action.Refuse("over_amount", "left", string(left.AppendDecimal(nil)))
			}
		}
		if value.Compare(part, value.Int(0)) <= 0 {
			continue
		}
		if err := post(c, d.rec, part); err != nil {
			return nil, err
		}
		done, left, count = value.Add(done, part), value.Sub(left, part), count+1
	}
	return map[string]value.Value{"allocated": done, "left": left, "count": value.Int(count)}, nil
}

// owed are the open debits, the oldest due first.
func owed(c *action.Call) ([]debit, error) {
	all, err := children(c, "debits", "of", "")
	if err != nil {
		return nil, err
	}
	var out []debit
	for _, r := range all {
		ok, err := meets(c, "where", r)
		if err != nil {
			return nil, err
		}
		open, err := over(c, "open", r)
		if err != nil {
			return nil, err
		}
		if ok && value.Compare(open, value.Int(0)) > 0 {
			out = append(out, debit{rec: r, open: open})
		}
	}
	if due := c.Field("due"); due != nil {
		slices.SortStableFunc(out, func(a, b debit) int {
			x, y := a.rec.Get(due), b.rec.Get(due)
			if x.IsNull() || y.IsNull() {
				return -value.Compare(x, y)
			}
			return value.Compare(x, y)
		})
	}
	return out, nil
}

// choose keeps the debits that were chosen by hand, in the order of the choice.
func choose(c *action.Call, all []debit) ([]debit, error) {
	v, err := c.Value("chosen")
	if err != nil || v.IsNull() {
		return all, err
	}
	var list []struct {
		ID     string          `json:"id"`
		Amount json.RawMessage `json:"amount"`
	}
	if err := json.Unmarshal([]byte(v.Text()), &list); err != nil {
		return nil, errs.New(errs.InvalidInput, `matching by hand needs a list of {"id", "amount"}`, `手工核销需要 {"id", "amount"} 的列表`).Because(err)
	}
	prefix := c.Arg("debits").Object.IDPrefix + "_"
	var out []debit
	for _, x := range list {
		id, _ := strconv.ParseInt(strings.TrimPrefix(x.ID, prefix), 10, 64)
		i := slices.IndexFunc(all, func(d debit) bool { return d.rec.ID() == id })
		if i < 0 || slices.ContainsFunc(out, func(d debit) bool { return d.rec.ID() == id }) {
			return nil, action.Refuse("not_owed", "id", x.ID)
		}
		d := all[i]
		if text := strings.Trim(string(x.Amount), `"`); text != "" && text != "null" {
			if d.want, err = value.ParseDecimal(text); err != nil || value.Compare(d.want, value.Int(0)) <= 0 {
				return nil, errs.New(errs.InvalidInput, "%s is no amount above 0", "%s 不是大于 0 的金额", text)
			}
			d.want = value.Round(d.want, int(c.Field("part").Store.Scale))
			if value.Compare(d.want, d.open) > 0 {
				return nil, action.Refuse("over_open", "id", x.ID, "open", string(d.open.AppendDecimal(nil)))
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// post writes one match.
func post(c *action.Call, d record.Record, part value.Value) error {
	vals, err := c.Set("set")
	if err != nil {
		return err
	}
	into := c.Arg("into")
	vals[into.Field] = value.Ref(c.Record.ID())
	vals[c.Field("debit")] = refTo(c.Field("debit"), d)
	vals[c.Field("part")] = part
	if _, err := c.Create(into.Object, vals); err != nil {
		return err
	}
	return c.Settle() // rules of the next match see this one
}

// refTo is the value of a reference to a record.
func refTo(f *catalog.Field, r record.Record) value.Value {
	if f.Ref != nil && f.Ref.Polymorphic {
		return value.Text(r.Object().IDPrefix + "_" + strconv.FormatInt(r.ID(), 10))
	}
	return value.Ref(r.ID())
}

func least(a, b value.Value) value.Value {
	if value.Compare(a, b) < 0 {
		return a
	}
	return b
}

// reverse is allocate.reverse.
type reverse struct{}

// Signature declares the engine.
func (reverse) Signature() *engine.Signature {
	return &engine.Signature{Name: "allocate.reverse", Doc: diag.Text{En: "Takes matches back: they stay, with the values that mark them as reversed.", Zh: "冲销核销记录：记录保留，并标记为已冲销。"},
		Params: []engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record whose matches are reversed; the action's own unless given", Zh: "被冲销核销所属的记录，默认为操作的记录"}},
			{Name: "matches", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the matches", Zh: "核销记录"}},
			{Name: "where", Form: engine.ChildExpr, In: "matches", Kind: value.KindBool, Required: true, Doc: diag.Text{En: "condition that those to reverse meet, so that none is reversed twice", Zh: "待冲销记录须满足的条件，避免重复冲销"}},
			{Name: "part", Form: engine.Field, In: "matches", Required: true, Doc: diag.Text{En: "amount of a match", Zh: "核销金额字段"}},
			{Name: "set", Form: engine.Values, In: "matches", Required: true, Doc: diag.Text{En: "values that mark a reversed match", Zh: "标记冲销的字段值"}}},
		Results: []engine.Result{
			{Name: "amount", Kind: value.KindDecimal, Doc: diag.Text{En: "what was matched by them", Zh: "冲销金额"}},
			{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "number of matches", Zh: "冲销笔数"}}}}
}

// Run reverses.
func (reverse) Run(c *action.Call) (map[string]value.Value, error) {
	all, err := children(c, "matches", "of", "")
	if err != nil {
		return nil, err
	}
	sum, count := value.Int(0), int64(0)
	for _, r := range all {
		ok, err := meets(c, "where", r)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		vals, err := c.Set("set")
		if err != nil {
			return nil, err
		}
		if _, err := c.Update(r, vals); err != nil {
			return nil, err
		}
		sum, count = value.Add(sum, r.Get(c.Field("part"))), count+1
	}
	return map[string]value.Value{"amount": sum, "count": value.Int(count)}, nil
}
