package assign

import (
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

// claim is pool.claim: whether the caller may take a record out of a pool. It writes nothing, since
// what a claim is written as is the action's business; the transaction of the action makes the
// check and that write one.
type claim struct{}

// Signature declares the engine.
func (claim) Signature() *engine.Signature {
	no := func(name, en, zh string) engine.Refusal {
		return engine.Refusal{Name: name, Code: errs.ValidationFail, Message: diag.Text{En: en, Zh: zh}}
	}
	return &engine.Signature{Name: "pool.claim",
		Doc: diag.Text{En: "Refuses what may not be claimed by the caller, for the first reason in order: it is not in the pool, the caller is no member, the pool is for administrators, the caller gave it back too lately, or holds too many. A daily limit is counter.take's.",
			Zh: "按顺序检查调用者可否领取：不在池中、非成员、仅管理员分配、冷却期内、超出保有量；每日上限由 counter.take 控制。"},
		Params: []engine.Param{
			{Name: "pool", Kind: value.KindRef, Required: true, Doc: diag.Text{En: "the pool; null: the record is in none", Zh: "所属池，空表示不在池中"}},
			{Name: "in_pool", Kind: value.KindBool, Required: true, Doc: diag.Text{En: "condition: the record can be claimed now", Zh: "条件：记录当前可领取"}},
			{Name: "members", Form: engine.Children, In: "pool", Required: true, Doc: diag.Text{En: "members of the pool", Zh: "池成员"}},
			{Name: "user", Form: engine.Field, In: "members", Required: true, Doc: diag.Text{En: "reference of a member to the user", Zh: "成员的用户引用字段"}},
			{Name: "eligible", Form: engine.ChildExpr, In: "members", Kind: value.KindBool, Doc: diag.Text{En: "condition: other members are none", Zh: "条件：不满足者视为非成员"}},
			{Name: "admin_only", Kind: value.KindBool, Doc: diag.Text{En: "condition: nobody claims from the pool", Zh: "条件：仅管理员分配"}},
			{Name: "returns", Form: engine.Children, Doc: diag.Text{En: "log of the record, for the cooldown", Zh: "记录的流转日志，用于冷却期"}},
			{Name: "returned_by", Form: engine.Field, In: "returns", Doc: diag.Text{En: "reference of the log to who lost the record", Zh: "日志中失去记录的用户字段"}},
			{Name: "returned_at", Form: engine.Field, In: "returns", Doc: diag.Text{En: "when that was", Zh: "日志中的时刻字段"}},
			{Name: "returned", Form: engine.ChildExpr, In: "returns", Kind: value.KindBool, Doc: diag.Text{En: "condition: other entries do not count", Zh: "条件：其余日志不计"}},
			{Name: "cooldown_hours", Kind: value.KindDecimal, Doc: diag.Text{En: "hours for which who lost the record cannot claim it; null: none", Zh: "冷却小时数，空表示无"}},
			{Name: "held", Form: engine.Children, In: "pool", Doc: diag.Text{En: "records of the pool, for the limit", Zh: "池中的记录，用于保有量"}},
			{Name: "holder", Form: engine.Field, In: "held", Doc: diag.Text{En: "reference to who holds such a record", Zh: "记录持有人的引用字段"}},
			{Name: "holds", Form: engine.ChildExpr, In: "held", Kind: value.KindBool, Doc: diag.Text{En: "condition: other records do not count", Zh: "条件：其余记录不计"}},
			{Name: "holding_limit", Kind: value.KindDecimal, Doc: diag.Text{En: "the most that one member holds; null: any number", Zh: "每人保有量上限，空表示不限"}},
			{Name: "member_limit", Form: engine.ChildExpr, In: "members", Kind: value.KindDecimal, Doc: diag.Text{En: "a member's own limit, in place of it", Zh: "成员个人上限，优先于池上限"}}},
		Results: []engine.Result{
			{Name: "member", Kind: value.KindRef, In: "members", Doc: diag.Text{En: "the caller's membership", Zh: "调用者的成员记录"}},
			{Name: "held", Kind: value.KindInt, Doc: diag.Text{En: "how many the caller holds", Zh: "调用者现有数量"}}},
		Refusals: []engine.Refusal{
			no("not_in_pool", "The record cannot be claimed: it is not in the pool.", "记录不在池中，无法领取。"),
			no("not_member", "You are no member of the pool.", "您不是该池成员。"),
			no("admin_only", "Records of this pool are given out by its administrators.", "该池仅由管理员分配。"),
			no("cooldown", "You gave this record back too lately.", "您退回该记录后尚在冷却期。"),
			no("holding_limit", "You hold as many records of this pool as you may.", "您在该池的保有量已达上限。")}}
}

// Run refuses, or tells who claims.
func (claim) Run(c *action.Call) (map[string]value.Value, error) {
	in, err := holds(c, "in_pool")
	if err != nil {
		return nil, err
	}
	pool, err := c.Value("pool")
	if err != nil {
		return nil, err
	}
	if !in || pool.IsNull() {
		return nil, action.Refuse("not_in_pool")
	}
	me := value.Ref(c.Caller().Principal.UserID)
	member, found, err := membership(c, pool, me)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, action.Refuse("not_member")
	}
	if admins, err := holds(c, "admin_only"); err != nil {
		return nil, err
	} else if admins {
		return nil, action.Refuse("admin_only")
	}
	if err := cooled(c, me); err != nil {
		return nil, err
	}
	n, err := room(c, pool, me, member)
	return map[string]value.Value{"member": value.Ref(member.ID()), "held": value.Int(n)}, err
}

// holds computes a condition; it is false when it is not given.
func holds(c *action.Call, name string) (bool, error) {
	v, err := c.Value(name)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// below reads the children that a parameter names whose field is the user, and that meet the
// condition of another parameter.
func below(c *action.Call, name, by, where string, parent, user value.Value) ([]record.Record, error) {
	arg, f := c.Arg(name), c.Field(by)
	if err := c.Settle(); err != nil {
		return nil, err
	}
	rs, err := c.Select(fmt.Sprintf("claim.%s.%s.%s", arg.Object.Name, arg.Field.Name, f.Name), arg.Object, func() driver.Expr {
		return driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Eq, L: arg.Field.Col(), R: driver.Param{N: 0}}, driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 1}}}}
	}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, parent, user)
	if err != nil || !c.Given(where) {
		return rs, err
	}
	var out []record.Record
	for _, r := range rs {
		v, err := c.Eval(c.Arg(where).Programs[0], r, nil)
		if err != nil {
			return nil, err
		}
		if v.Kind() == value.KindBool && v.Bool() {
			out = append(out, r)
		}
	}
	return out, nil
}

func membership(c *action.Call, pool, me value.Value) (record.Record, bool, error) {
	rs, err := below(c, "members", "user", "eligible", pool, me)
	if err != nil || len(rs) == 0 {
		return record.Record{}, false, err
	}
	return rs[0], true, nil
}

// cooled refuses while the record was lately lost by the caller.
func cooled(c *action.Call, me value.Value) error {
	hours, err := c.Value("cooldown_hours")
	if err != nil || hours.IsNull() || c.Arg("returns") == nil {
		return err
	}
	by, at := c.Field("returned_by"), c.Field("returned_at")
	if by == nil || at == nil || c.Record.Object() == nil {
		return errs.New(errs.InvalidInput, "a cooldown needs a record, and who lost it when: returned_by and returned_at", "冷却期需要 returned_by 与 returned_at")
	}
	rs, err := below(c, "returns", "returned_by", "returned", value.Ref(c.Record.ID()), me)
	if err != nil {
		return err
	}
	micros := value.Round(value.Mul(hours, value.Int(3_600_000_000)), 0)
	since := value.Sub(value.Int(c.Now().Int()), micros)
	for _, r := range rs {
		if v := r.Get(at); !v.IsNull() && value.Compare(value.Int(v.Int()), since) > 0 {
			return action.Refuse("cooldown")
		}
	}
	return nil
}

// room counts what the caller holds, and refuses when that is as many as may be.
func room(c *action.Call, pool, me value.Value, member record.Record) (int64, error) {
	if c.Arg("held") == nil {
		return 0, nil
	}
	if c.Field("holder") == nil {
		return 0, errs.New(errs.InvalidInput, "to count what one holds, holder is needed", "统计保有量需要 holder")
	}
	rs, err := below(c, "held", "holder", "holds", pool, me)
	if err != nil {
		return 0, err
	}
	limit := value.Null
	if c.Given("member_limit") {
		if limit, err = c.Eval(c.Arg("member_limit").Programs[0], member, nil); err != nil {
			return 0, err
		}
	}
	if limit.IsNull() {
		if limit, err = c.Value("holding_limit"); err != nil {
			return 0, err
		}
	}
	n := int64(len(rs))
	if !limit.IsNull() && value.Compare(value.Int(n), limit) >= 0 {
		return n, action.Refuse("holding_limit", "held", n)
	}
	return n, nil
}
