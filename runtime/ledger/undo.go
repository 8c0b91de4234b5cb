package ledger

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// undo is ledger.release, which gives back what was used, and ledger.reverse, which also takes back
// what was credited.
type undo struct{ name string }

// Signature declares the engine.
func (u undo) Signature() *engine.Signature {
	doc := diag.Text{En: "Gives back what was used to the lots that it came from, or a part of it.", Zh: "将已使用额全部或部分退回原批次。"}
	if u.name == "ledger.reverse" {
		doc = diag.Text{En: "Undoes a posting or a part of it; the balance may become negative.", Zh: "冲回记账的全部或部分，余额可为负。"}
	}
	return &engine.Signature{Name: u.name, Doc: doc, Params: onAccount([]string{"undoes"}, posting(
		engine.Param{Name: "of", Form: engine.Exprs, Required: true, Doc: diag.Text{En: "key of the posting that is undone", Zh: "原记账的幂等键"}},
		engine.Param{Name: "amount", Kind: value.KindDecimal, Doc: diag.Text{En: "how much of it, above 0; what is left of it unless given", Zh: "撤销金额，默认全部余额"}})...),
		Results:  results(),
		Refusals: []engine.Refusal{reused, noSuch, excess}}
}

// Run undoes.
func (u undo) Run(c *action.Call) (map[string]value.Value, error) {
	p, err := open(c)
	if err != nil {
		return nil, err
	}
	amount, err := p.amount(true)
	if err != nil {
		return nil, err
	}
	was, err := p.former(u.name == "ledger.reverse", p.isPostedRecord)
	if err != nil {
		return nil, err
	}
	isCredit := above(was[0].Get(p.l.Amount), p.zero())
	want := amount
	if isCredit && !amount.IsNull() {
		want = value.Neg(amount)
	}
	return p.post(want, func(key, kind string, set map[*catalog.Field]value.Value) ([]record.Record, error) {
		parts, total, err := p.undoable(was)
		if err != nil {
			return nil, err
		}
		if amount.IsNull() {
			amount = total
		}
		if above(amount, total) || !above(amount, p.zero()) {
			return nil, action.Refuse("excess", "left", text(total))
		}
		e := entry{kind: kind, amount: amount, key: key, set: set}
		if isCredit {
			return p.takeBack(e, was[0])
		}
		return p.giveBack(e, parts)
	})
}

func (a *account) isPostedRecord(r record.Record) bool {
	return a.l.Status == nil || r.Get(a.l.Status).Text() == a.l.Posted
}

// former is the posting that the argument "of" names: debits, or, where they are asked for, credits.
func (p *call) former(credits bool, ok func(record.Record) bool) ([]record.Record, error) {
	key, err := p.keyOf("of")
	if err != nil {
		return nil, err
	}
	was, err := p.entries(key)
	if err != nil {
		return nil, err
	}
	if len(was) == 0 || was[0].Get(p.l.Account).Int() != p.id || !ok(was[0]) || !credits && above(was[0].Get(p.l.Amount), p.zero()) {
		return nil, action.Refuse("not_found")
	}
	return was, nil
}

// part is what can still be undone of an entry.
type part struct {
	of   record.Record
	left value.Value // above 0
}

// undoable is what can still be undone of a posting.
func (p *call) undoable(was []record.Record) (parts []part, total value.Value, err error) {
	total = p.zero()
	for _, r := range was {
		vals, err := p.Session.Aggregate(p.account.key("undone"), func() *driver.Query {
			alive := driver.IsNull{Arg: p.o.Field(catalog.DeletedAt).Col()}
			return &driver.Query{Table: p.o.Table, Aggs: []driver.Agg{{Func: driver.Sum, Expr: p.l.Amount.Col()}},
				Where: driver.And{Args: []driver.Expr{alive, driver.Cmp{Op: driver.Eq, L: p.l.Undoes.Col(), R: driver.Param{N: 0}}}}}
		}, value.Ref(r.ID()))
		if err != nil {
			return nil, total, err
		}
		left := r.Get(p.l.Amount)
		if len(vals) > 0 && !vals[0].IsNull() {
			left = value.Add(left, vals[0])
		}
		if left = value.Abs(left); above(left, p.zero()) {
			parts, total = append(parts, part{r, left}), value.Add(total, left)
		}
	}
	return parts, total, nil
}

// takeBack debits what was credited: from its own lot first, then from others, then as a debt.
func (p *call) takeBack(e entry, was record.Record) ([]record.Record, error) {
	lots, err := p.open()
	if err != nil {
		return nil, err
	}
	if p.l.Remaining != nil {
		lots = slices.DeleteFunc(lots, func(r record.Record) bool { return r.ID() == was.ID() })
		if above(was.Get(p.l.Remaining), p.zero()) {
			lots = slices.Insert(lots, 0, was)
		}
	}
	e.undoes = was
	return p.take(e, lots)
}

// giveBack credits what was debited, from the last entry to the first, so that what stays used is
// what would have been used of less. The debt is paid first; the rest returns to its lot.
func (p *call) giveBack(e entry, parts []part) (out []record.Record, err error) {
	rest, key := e.amount, e.key
	for _, x := range slices.Backward(parts) {
		if !above(rest, p.zero()) {
			break
		}
		amount := least(rest, x.left)
		rest = value.Sub(rest, amount)
		e.amount, e.undoes, e.left, e.key = amount, x.of, value.Null, partKey(key, len(out))
		if e.lot, err = p.lotOf(x.of); err != nil {
			return nil, err
		}
		if e.lot.Object() == nil { // it was a debt, which credits may have paid since
			e.left = p.opens(amount)
		} else if err := p.refill(e.lot, amount); err != nil {
			return nil, err
		}
		r, err := p.enter(e)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// refill returns an amount to a lot, less the debt, which is paid first.
func (a *account) refill(lot record.Record, amount value.Value) error {
	if back := value.Sub(amount, least(a.debt(), amount)); above(back, a.zero()) {
		return a.pour(lot, back)
	}
	return nil
}

// lotOf is the lot that a debit used; the zero Record where it used none.
func (a *account) lotOf(r record.Record) (record.Record, error) {
	if a.l.Lot == nil || r.Get(a.l.Lot).IsNull() {
		return record.Record{}, nil
	}
	lot, _, err := a.se.Find(a.o, r.Get(a.l.Lot).Int())
	return lot, err
}
