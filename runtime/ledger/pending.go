package ledger

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// settle is ledger.confirm and ledger.cancel, of what is pending: holds, and credits that wait.
type settle struct{ name string }

// Signature declares the engine.
func (s settle) Signature() *engine.Signature {
	doc := diag.Text{En: "Makes what is pending count.", Zh: "确认待入账或冻结的记账。"}
	if s.name == "ledger.cancel" {
		doc = diag.Text{En: "Gives up what is pending: held amounts are available again, waiting credits never come.", Zh: "取消待入账或冻结的记账：冻结额恢复可用，待入账作废。"}
	}
	return &engine.Signature{Name: s.name, Doc: doc, Params: onAccount([]string{"status"},
		engine.Param{Name: "of", Form: engine.Exprs, Required: true, Doc: diag.Text{En: "key of the pending posting", Zh: "待处理记账的幂等键"}}),
		Results: results(),
		Refusals: []engine.Refusal{noSuch, {Name: "settled", Code: errs.ValidationFail,
			Message: diag.Text{En: "The posting is not pending any more.", Zh: "该笔记账已处理，不再处于待处理状态。"}}}}
}

// Run settles. Done twice, the second time gives the answer again.
func (s settle) Run(c *action.Call) (map[string]value.Value, error) {
	p, err := open(c)
	if err != nil {
		return nil, err
	}
	was, err := p.former(true, func(record.Record) bool { return true })
	if err != nil {
		return nil, err
	}
	to := p.l.Posted
	if s.name == "ledger.cancel" {
		to = p.l.Cancelled
	}
	switch was[0].Get(p.l.Status).Text() {
	case to:
		return p.answer(was, true)
	case p.l.Pending:
	default:
		return nil, action.Refuse("settled", "status", was[0].Get(p.l.Status).Text())
	}
	for i, r := range was {
		if s.name == "ledger.cancel" {
			was[i], err = p.cancel(r)
		} else {
			was[i], err = p.confirm(r)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.answer(was, false)
}

// confirm makes a pending entry count.
func (a *account) confirm(r record.Record) (record.Record, error) {
	amount := r.Get(a.l.Amount)
	vals := map[*catalog.Field]value.Value{a.l.Status: value.Text(a.l.Posted)}
	if above(amount, a.zero()) {
		if left := a.opens(amount); !left.IsNull() {
			vals[a.l.Remaining], a.left = left, value.Add(a.left, left)
		}
	} else {
		a.held = value.Add(a.held, amount)
	}
	a.balance = value.Add(a.balance, amount)
	vals[a.l.Balance] = a.balance
	return a.se.Amend(r, vals)
}

// cancel gives a pending entry up; what a hold kept aside returns to its lot.
func (a *account) cancel(r record.Record) (record.Record, error) {
	amount := value.Neg(r.Get(a.l.Amount))
	vals := map[*catalog.Field]value.Value{a.l.Status: value.Text(a.l.Cancelled)}
	if above(amount, a.zero()) {
		lot, err := a.lotOf(r)
		if err != nil {
			return r, err
		}
		if lot.Object() != nil {
			if err := a.refill(lot, amount); err != nil {
				return r, err
			}
		}
		a.held = value.Sub(a.held, amount)
	}
	return a.se.Amend(r, vals)
}
