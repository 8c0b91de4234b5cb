package assign

import (
	"encoding/json"
	"fmt"
	"slices"

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
func Engines() []action.Engine { return []action.Engine{pick{}, claim{}} }

// maxMembers bounds how many members one call looks at.
const maxMembers = 1000

// pick is assign.pick.
type pick struct{}

// Signature declares the engine.
func (pick) Signature() *engine.Signature {
	return &engine.Signature{Name: "assign.pick",
		Doc: diag.Text{En: "Chooses one of the members of a record, in turn by weight or by load. Nobody is chosen when no member can be: then member is null.", Zh: "按权重轮转或负载从成员中选择一人；无人可选时 member 为空。"},
		Params: []engine.Param{
			{Name: "of", Kind: value.KindRef, Doc: diag.Text{En: "record that has the members; the action's own unless given", Zh: "成员所属的记录，默认为操作的记录"}},
			{Name: "members", Form: engine.Children, In: "of", Required: true, Doc: diag.Text{En: "the members", Zh: "成员"}},
			{Name: "user", Form: engine.Field, In: "members", Required: true, Doc: diag.Text{En: "reference of a member to who it is", Zh: "成员所指用户的引用字段"}},
			{Name: "strategy", Form: engine.Word, Enum: []string{string(RoundRobin), string(LoadBalance)}, Required: true, Doc: diag.Text{En: "in turn by weight, or by load", Zh: "加权轮转或负载均衡"}},
			{Name: "eligible", Form: engine.ChildExpr, In: "members", Kind: value.KindBool, Doc: diag.Text{En: "condition: the other members cannot be chosen and stand still", Zh: "条件：不满足者不参与且状态不变"}},
			{Name: "weight", Form: engine.ChildExpr, In: "members", Kind: value.KindDecimal, Doc: diag.Text{En: "share of the turns, 1 unless given", Zh: "轮转权重，默认 1"}},
			{Name: "load", Form: engine.ChildExpr, In: "members", Kind: value.KindDecimal, Doc: diag.Text{En: "what a member holds, 0 unless given", Zh: "成员当前负载，默认 0"}},
			{Name: "capacity", Form: engine.ChildExpr, In: "members", Kind: value.KindDecimal, Doc: diag.Text{En: "what a member can hold; null: any number", Zh: "成员容量，空表示不限"}},
			{Name: "order", Form: engine.Field, In: "members", Doc: diag.Text{En: "field that decides between equals; the older member unless given", Zh: "并列时的排序字段，默认按创建先后"}},
			{Name: "turn", Form: engine.Field, In: "members", Doc: diag.Text{En: "number field that keeps the turns; needed for turns by weight", Zh: "保存轮转状态的数字字段，加权轮转时必填"}},
			{Name: "last", Form: engine.Field, In: "members", Doc: diag.Text{En: "field that keeps when a member was chosen last", Zh: "保存上次被选时刻的字段"}},
			{Name: "prefer", Kind: value.KindRef, Doc: diag.Text{En: "who is chosen, out of turn, when that member can be", Zh: "优先人选：可选时直接选中，不影响轮转"}},
			{Name: "exclude", Kind: value.KindRef, Doc: diag.Text{En: "who cannot be chosen", Zh: "排除的人选"}}},
		Results: []engine.Result{
			{Name: "member", Kind: value.KindRef, In: "members", Doc: diag.Text{En: "who was chosen; null: nobody", Zh: "选中的成员，空表示无人"}},
			{Name: "preferred", Kind: value.KindBool, Doc: diag.Text{En: "it was the one preferred", Zh: "是否为优先人选"}},
			{Name: "candidates", Kind: value.KindJSON, Doc: diag.Text{En: "the members, and why each could not be chosen", Zh: "候选成员及未选原因"}}}}
}

// candidate is one member in the account of a choice.
type candidate struct {
	Member string `json:"member"`
	User   string `json:"user,omitempty"`
	Out    string `json:"out,omitempty"`
	Turn   string `json:"turn,omitempty"` // after the choice
	Load   string `json:"load,omitempty"`
}

// Run chooses.
func (pick) Run(c *action.Call) (map[string]value.Value, error) {
	strategy := Strategy(c.Word("strategy"))
	turnOf, last := c.Field("turn"), c.Field("last")
	if strategy == RoundRobin && turnOf == nil {
		return nil, errs.New(errs.InvalidInput, "turns by weight need a field that keeps them: turn", "加权轮转需要 turn 字段保存状态")
	}
	recs, err := members(c)
	if err != nil {
		return nil, err
	}
	all, err := read(c, recs)
	if err != nil {
		return nil, err
	}
	user := c.Field("user")
	before := turns(all)
	chosen, preferred, err := prefer(c, recs, all, user)
	if err != nil {
		return nil, err
	}
	if chosen < 0 {
		chosen = Pick(strategy, all)
	}
	for i, r := range recs {
		vals := map[*catalog.Field]value.Value{}
		if turnOf != nil && !preferred && all[i].Out == "" && !value.Equal(or(before[i], value.Int(0)), all[i].Current) {
			vals[turnOf] = all[i].Current
		}
		if last != nil && i == chosen {
			vals[last] = c.Now()
		}
		if len(vals) == 0 {
			continue
		}
		if _, err := c.Update(r, vals); err != nil {
			return nil, err
		}
	}
	told, err := account(recs, all, user)
	out := map[string]value.Value{"member": value.Null, "preferred": value.Bool(preferred), "candidates": told}
	if chosen >= 0 {
		out["member"] = value.Ref(recs[chosen].ID())
	}
	return out, err
}

// members reads the members in the order that decides between equals.
func members(c *action.Call) ([]record.Record, error) {
	arg := c.Arg("members")
	_, id, err := c.Parent("of")
	if err != nil {
		return nil, err
	}
	if err := c.Settle(); err != nil {
		return nil, err
	}
	by := []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}
	key := fmt.Sprintf("assign.%s.%s", arg.Object.Name, arg.Field.Name)
	if f := c.Field("order"); f != nil {
		by = append([]driver.Order{{Expr: f.Col()}}, by...)
		key += "." + f.Name
	}
	rs, err := c.Select(key, arg.Object, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}} }, by, value.Ref(id))
	if err == nil && len(rs) > maxMembers {
		err = errs.New(errs.LimitExceeded, "at most %d members can be chosen from", "最多从 %d 名成员中选择", maxMembers)
	}
	return rs, err
}

// read computes what the choice depends on.
func read(c *action.Call, recs []record.Record) ([]Member, error) {
	exclude, err := c.Value("exclude")
	if err != nil {
		return nil, err
	}
	user := c.Field("user")
	out := make([]Member, len(recs))
	for i, r := range recs {
		m := &out[i]
		m.Weight = value.Int(1)
		for name, to := range map[string]*value.Value{"weight": &m.Weight, "load": &m.Load, "capacity": &m.Capacity} {
			if c.Given(name) {
				if *to, err = c.Eval(c.Arg(name).Programs[0], r, nil); err != nil {
					return nil, err
				}
			}
		}
		if f := c.Field("turn"); f != nil {
			m.Current = r.Get(f)
		}
		if f := c.Field("last"); f != nil {
			m.Last = r.Get(f)
		}
		if c.Given("eligible") {
			ok, err := c.Eval(c.Arg("eligible").Programs[0], r, nil)
			if err != nil {
				return nil, err
			}
			if ok.Kind() != value.KindBool || !ok.Bool() {
				m.Out = NotEligible
			}
		}
		switch who := r.Get(user); {
		case who.IsNull():
			m.Out = NotEligible
		case !exclude.IsNull() && value.Equal(who, exclude):
			m.Out = Excluded
		}
	}
	return out, nil
}

func turns(all []Member) []value.Value {
	out := make([]value.Value, len(all))
	for i := range all {
		out[i] = all[i].Current
	}
	return out
}

// prefer finds the member that is preferred, if it can be chosen; -1 otherwise.
func prefer(c *action.Call, recs []record.Record, all []Member, user *catalog.Field) (int, bool, error) {
	want, err := c.Value("prefer")
	if err != nil || want.IsNull() {
		return -1, false, err
	}
	i := slices.IndexFunc(recs, func(r record.Record) bool { return value.Equal(r.Get(user), want) })
	if i < 0 || all[i].Out != "" || !all[i].Capacity.IsNull() && value.Compare(or(all[i].Load, value.Int(0)), all[i].Capacity) >= 0 {
		return -1, false, nil
	}
	return i, true, nil
}

// account tells of every member.
func account(recs []record.Record, all []Member, user *catalog.Field) (value.Value, error) {
	out := make([]candidate, len(recs))
	text := func(v value.Value) string {
		if v.IsNull() {
			return ""
		}
		return string(v.AppendDecimal(nil))
	}
	for i, r := range recs {
		out[i] = candidate{Member: fmt.Sprintf("%s_%d", r.Object().IDPrefix, r.ID()), Out: all[i].Out, Turn: text(all[i].Current), Load: text(all[i].Load)}
		if who := r.Get(user); !who.IsNull() && user.Ref != nil && !user.Ref.Polymorphic && !user.Ref.Many {
			out[i].User = fmt.Sprintf("%s_%d", user.Ref.Target().IDPrefix, who.Int())
		}
	}
	b, err := json.Marshal(out)
	return value.JSON(string(b)), err
}
