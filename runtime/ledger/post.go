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

// credit is ledger.post.
type credit struct{}

// Signature declares the engine.
func (credit) Signature() *engine.Signature {
	return &engine.Signature{Name: "ledger.post", Doc: diag.Text{En: "Credits an account: pays its debt, and opens a lot with the rest.", Zh: "账户入账：先抵欠款，余额形成批次。"},
		Params: onAccount(nil, posting(
			engine.Param{Name: "amount", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "how much, above 0", Zh: "金额，须大于 0"}},
			engine.Param{Name: "expires", Kind: value.KindDate, Doc: diag.Text{En: "last day on which it can be used; null: it never expires", Zh: "可用的最后一天，空表示不过期"}},
			engine.Param{Name: "cap", Kind: value.KindDecimal, Doc: diag.Text{En: "the highest balance afterwards; null: any", Zh: "入账后余额上限，空表示不限"}},
			engine.Param{Name: "pending", Kind: value.KindBool, Doc: diag.Text{En: "whether it waits to be confirmed before it counts", Zh: "是否待确认后方计入"}},
			engine.Param{Name: "due", Kind: value.KindDateTime, Doc: diag.Text{En: "when a pending credit is confirmed by itself", Zh: "待入账自动确认的时刻"}})...),
		Results: results(),
		Refusals: []engine.Refusal{reused, {Name: "cap", Code: errs.LimitExceeded, Message: diag.Text{En: "The balance may not become so high.", Zh: "余额将超出上限。"}},
			{Name: "expired", Code: errs.ValidationFail, Message: diag.Text{En: "It would have expired already.", Zh: "有效期已过。"}}}}
}

// Run credits.
func (credit) Run(c *action.Call) (map[string]value.Value, error) {
	p, err := open(c)
	if err != nil {
		return nil, err
	}
	amount, err := p.amount(false)
	if err != nil {
		return nil, err
	}
	return p.post(amount, func(key, kind string, set map[*catalog.Field]value.Value) ([]record.Record, error) {
		e := entry{kind: kind, amount: amount, key: key, set: set}
		if err := p.terms(&e); err != nil {
			return nil, err
		}
		if !e.pending {
			e.left = p.opens(amount)
		}
		r, err := p.enter(e)
		return []record.Record{r}, err
	})
}

// terms reads what a credit is subject to.
func (p *call) terms(e *entry) error {
	most, err := p.Value("cap")
	if err != nil {
		return err
	}
	if !most.IsNull() && above(value.Add(p.balance, e.amount), most) {
		return action.Refuse("cap", "cap", text(most), "balance", text(p.balance))
	}
	if e.expires, err = p.Value("expires"); err != nil {
		return err
	}
	if !e.expires.IsNull() && p.l.Expires == nil {
		return errs.New(errs.InvalidInput, "the ledger keeps no dates of expiry", "该账本不记录有效期")
	}
	if !e.expires.IsNull() && above(p.se.Today(), e.expires) {
		return action.Refuse("expired")
	}
	wait, err := p.Value("pending")
	if err != nil {
		return err
	}
	if e.due, err = p.Value("due"); err != nil {
		return err
	}
	e.pending = wait.Kind() == value.KindBool && wait.Bool()
	switch {
	case e.pending && p.l.Status == nil:
		return errs.New(errs.InvalidInput, "the ledger has no pending entries", "该账本没有待入账流水")
	case !e.due.IsNull() && (!e.pending || p.l.Due == nil):
		return errs.New(errs.InvalidInput, "only pending entries of a ledger with due moments have one", "仅支持自动入账的账本的待入账流水可设入账时刻")
	}
	return nil
}

// opens is what is left of a new lot once the debt is paid; null where the ledger has no lots.
func (a *account) opens(amount value.Value) value.Value {
	if a.l.Remaining == nil {
		return value.Null
	}
	return value.Sub(amount, least(a.debt(), amount))
}

// debit is ledger.use, ledger.charge and ledger.hold.
type debit struct{ name string }

// Signature declares the engine.
func (d debit) Signature() *engine.Signature {
	s := &engine.Signature{Name: d.name, Results: results(), Refusals: []engine.Refusal{reused}}
	amount := engine.Param{Name: "amount", Kind: value.KindDecimal, Required: true, Doc: diag.Text{En: "how much, above 0", Zh: "金额，须大于 0"}}
	limits := []engine.Param{amount,
		{Name: "cap", Kind: value.KindDecimal, Doc: diag.Text{En: "the most that may be used at once; null: any", Zh: "单次使用上限，空表示不限"}},
		{Name: "overdraft", Kind: value.KindDecimal, Doc: diag.Text{En: "how much more than available may be used, 0 unless given", Zh: "可透支额，默认 0"}}}
	refusals := []engine.Refusal{reused,
		{Name: "insufficient", Code: errs.ValidationFail, Message: diag.Text{En: "The balance does not suffice.", Zh: "余额不足。"}},
		{Name: "cap", Code: errs.LimitExceeded, Message: diag.Text{En: "So much may not be used at once.", Zh: "超出单次使用上限。"}}}
	switch d.name {
	case "ledger.use":
		s.Doc = diag.Text{En: "Debits an account with what is available, the lots that expire first first.", Zh: "使用账户可用额，先到期的批次先用。"}
		s.Params, s.Refusals = onAccount(nil, posting(limits...)...), refusals
	case "ledger.hold":
		s.Doc = diag.Text{En: "Keeps a part of what is available aside until it is confirmed or cancelled.", Zh: "冻结部分可用额，直至确认或取消。"}
		s.Params, s.Refusals = onAccount([]string{"status"}, posting(limits...)...), refusals
	default:
		s.Doc = diag.Text{En: "Debits an account, also beyond what is available: the next credits pay the debt first.", Zh: "扣减账户，可超出可用额，欠款由后续入账优先抵扣。"}
		s.Params = onAccount(nil, posting(amount)...)
	}
	return s
}

// Run debits.
func (d debit) Run(c *action.Call) (map[string]value.Value, error) {
	p, err := open(c)
	if err != nil {
		return nil, err
	}
	amount, err := p.amount(false)
	if err != nil {
		return nil, err
	}
	return p.post(value.Neg(amount), func(key, kind string, set map[*catalog.Field]value.Value) ([]record.Record, error) {
		lots, err := p.open()
		if err != nil {
			return nil, err
		}
		if d.name != "ledger.charge" {
			if err := p.limits(amount, lots); err != nil {
				return nil, err
			}
		}
		return p.take(entry{kind: kind, amount: amount, key: key, set: set, pending: d.name == "ledger.hold"}, lots)
	})
}

// limits refuses to use more than is allowed or available.
func (p *call) limits(amount value.Value, lots []record.Record) error {
	most, err := p.Value("cap")
	if err != nil {
		return err
	}
	if !most.IsNull() && above(amount, most) {
		return action.Refuse("cap", "cap", text(most))
	}
	more, err := p.ValueOr("overdraft", p.zero())
	if err != nil {
		return err
	}
	// Who owes something already has used that much of the overdraft.
	has := p.available(lots)
	if above(amount, value.Sub(value.Add(has, more), p.debt())) {
		return action.Refuse("insufficient", "available", text(p.digits(has)))
	}
	return nil
}

// take debits an amount, above 0, from lots in their order: one entry for each, and one for what is
// beyond them.
func (a *account) take(e entry, lots []record.Record) (out []record.Record, err error) {
	rest, key := e.amount, e.key
	post := func(lot record.Record, amount value.Value) error {
		e.amount, e.lot, e.key = value.Neg(amount), lot, partKey(key, len(out))
		r, err := a.enter(e)
		out, rest = append(out, r), value.Sub(rest, amount)
		return err
	}
	for _, lot := range lots {
		if !above(rest, a.zero()) {
			return out, nil
		}
		part := least(rest, lot.Get(a.l.Remaining))
		if err := a.pour(lot, value.Neg(part)); err != nil {
			return nil, err
		}
		if err := post(lot, part); err != nil {
			return nil, err
		}
	}
	if above(rest, a.zero()) {
		err = post(record.Record{}, rest)
	}
	return out, err
}

// text is a number as a detail of an error.
func text(v value.Value) string { return string(v.AppendDecimal(nil)) }
