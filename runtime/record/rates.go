package record

import (
	"context"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// rates knows currencies and what they are worth, as the records say that serve for it. An error
// of a look-up is kept, since expressions cannot have any.
type rates struct {
	b      *batch
	digits map[string]value.Value
	base   value.Value
	known  map[string]value.Value // by currency and day
	err    error
}

var _ expr.Rates = (*rates)(nil)

// currencies are the rates as the batch sees them; what it writes to them is seen from then on.
func (b *batch) currencies() *rates {
	if b.rates == nil {
		b.rates = &rates{b: b, digits: map[string]value.Value{}, base: value.Null, known: map[string]value.Value{}}
		b.rates.err = b.rates.load()
	}
	return b.rates
}

func (r *rates) load() error {
	o := r.b.cat.Serving(catalog.RoleCurrency)
	if o == nil {
		return nil
	}
	rows, err := r.b.rows("currencies", o, func() driver.Expr { return aliveExpr(o) })
	for _, x := range rows {
		code := x.get(o.Field("code"))
		r.digits[code.Text()] = x.get(o.Field("decimals"))
		if b := x.get(o.Field("is_base")); !b.IsNull() && b.Bool() {
			r.base = code
		}
	}
	return err
}

func (r *rates) Base() value.Value { return r.base }

func (r *rates) Digits(code string) value.Value { return r.digits[code] }

func (r *rates) Rate(code string, day value.Value) value.Value {
	if code == r.base.Text() && !r.base.IsNull() {
		return value.Int(1)
	}
	key := fmt.Sprintf("%s %d", code, day.Int())
	if v, ok := r.known[key]; ok {
		return v
	}
	o := r.b.cat.Serving(catalog.RoleRate)
	if o == nil {
		return value.Null
	}
	from := o.Field("effective_from").Col()
	rows, err := r.b.some("rate", o, 1, func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq(o.Field("currency_code").Col(), first), driver.Cmp{Op: driver.Le, L: from, R: driver.Param{N: 1}}, aliveExpr(o)}}
	}, []driver.Order{{Expr: from, Desc: true}}, value.Text(code), day)
	if err != nil && r.err == nil {
		r.err = err
	}
	v := value.Null
	if len(rows) > 0 {
		v = rows[0].get(o.Field("rate"))
	}
	r.known[key] = v
	return v
}

// amounts rounds the amounts that are written to the digits of the record's currency.
func (b *batch) amounts(r *row) error {
	for _, f := range r.object.Fields {
		if !f.Money || f.Computed() || f.Column == "" {
			continue
		}
		v, err := b.inCurrency(r, r.get(f))
		if err != nil {
			return err
		}
		r.set(f, v)
	}
	return nil
}

// inCurrency rounds an amount half-up to the digits of the record's currency. Without a currency
// that is known it stays as it is; a field keeps no more digits than its scale.
func (b *batch) inCurrency(r *row, v value.Value) (value.Value, error) {
	f := r.object.Field(catalog.Currency)
	if v.IsNull() || f == nil || f.Store.Type != driver.Text || r.get(f).IsNull() || b.cat.Serving(catalog.RoleCurrency) == nil {
		return v, nil
	}
	c := b.currencies()
	digits := c.Digits(r.get(f).Text())
	if c.err != nil || digits.IsNull() || digits.Int() >= int64(v.Scale()) {
		return v, c.err
	}
	return value.Round(v, int(digits.Int())).Rescale(v.Scale()), nil
}

// ratesTable has a row for each kind of stored values that change by themselves: what they were computed by.
const (
	ratesTable = "_rates"
	ratesRow   = 1 // amounts in other currencies
	daysRow    = 2 // roll-ups over windows of days
)

// RefreshRates computes the stored values anew that depend on exchange rates, if rates, currencies
// or, where it matters, the day changed since it last did. Frozen values stay. It says how many
// values differed.
func (s *Service) RefreshRates(ctx context.Context) (n int, err error) {
	cat := s.deps.Tenant.Catalog()
	var of []*catalog.Object
	daily := false
	for _, o := range cat.Objects {
		rated := false
		for _, f := range o.Formulas {
			rated = rated || f.Formula.Program.UsesRates()
			daily = daily || f.Formula.Program.UsesRates() && f.Formula.Program.UsesNow()
		}
		if rated {
			of = append(of, o)
		}
	}
	if len(of) == 0 {
		return 0, nil
	}
	was, is := "", ""
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		b := s.batch(ctx, tx, cat, access.Everything, Options{})
		var err error
		if was, err = b.seen(ratesRow); err == nil {
			is, err = b.ratesNow(daily)
		}
		return err
	})
	if err != nil || was == is {
		return 0, err
	}
	for _, o := range of {
		drift, err := s.Reconcile(ctx, o, true)
		if n += len(drift); err != nil {
			return n, err
		}
	}
	return n, s.saw(ctx, ratesRow, is)
}

// saw keeps what stored values were computed by.
func (s *Service) saw(ctx context.Context, row int64, is string) error {
	return s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		seen := []value.Value{value.Text(is)}
		found, err := tx.Update(ctx, ratesTable, row, []string{"seen"}, seen)
		if err != nil || found {
			return err
		}
		return tx.Insert(ctx, ratesTable, []string{"id", "seen"}, []value.Value{value.Ref(row), seen[0]})
	})
}

// seen is what was remembered, "" when nothing was.
func (b *batch) seen(row int64) (out string, err error) {
	st, err := b.plans.stmt("rates.seen", func() *driver.Query {
		return &driver.Query{Table: ratesTable, Select: []driver.Expr{driver.Col{Name: "seen"}}, Where: eq(driver.Col{Name: "id"}, first)}
	})
	if err != nil {
		return "", err
	}
	err = b.each(st, []value.Value{value.Ref(row)}, func(r driver.Rows) { out = r.Value(0).Clone().Text() })
	return out, err
}

// ratesNow is another text whenever rates or currencies were written, or the day is another one.
func (b *batch) ratesNow(daily bool) (string, error) {
	out := ""
	if daily {
		out = b.now.AsTime().In(b.zone()).Format("2006-01-02")
	}
	for _, role := range []string{catalog.RoleCurrency, catalog.RoleRate} {
		o := b.cat.Serving(role)
		st, err := b.plans.stmt("rates.now."+role, func() *driver.Query {
			return &driver.Query{Table: o.Table, Aggs: []driver.Agg{{Func: driver.Count}, {Func: driver.Sum, Expr: o.Field(catalog.Version).Col()}, {Func: driver.Max, Expr: o.Field(catalog.UpdatedAt).Col()}}}
		})
		if err != nil {
			return "", err
		}
		err = b.each(st, nil, func(r driver.Rows) {
			out += fmt.Sprintf(" %d/%s/%d", r.Value(0).Int(), r.Value(1).AppendDecimal(nil), r.Value(2).Int())
		})
		if err != nil {
			return "", err
		}
	}
	return out, nil
}
