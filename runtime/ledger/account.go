package ledger

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// account is one account under one transaction. What it knows of balances is summed from the
// entries, so that it is exact by construction, and followed up in memory afterwards.
type account struct {
	se      *record.Session
	o       *catalog.Object
	l       *catalog.Ledger
	id      int64 // of the record whose account it is
	balance value.Value
	held    value.Value // amount of pending debits, above 0
	left    value.Value // what is left of all lots, expired ones too
}

func openAccount(se *record.Session, o *catalog.Object, id int64) (*account, error) {
	a := &account{se: se, o: o, l: o.Ledger, id: id}
	var err error
	if a.balance, err = a.sum("balance", a.l.Amount, a.isPosted); err != nil {
		return nil, err
	}
	a.held, a.left = a.zero(), a.zero()
	if a.l.Status != nil {
		held, err := a.sum("held", a.l.Amount, func() driver.Expr {
			return driver.And{Args: []driver.Expr{eq(a.l.Status, value.Text(a.l.Pending)), driver.Cmp{Op: driver.Lt, L: a.l.Amount.Col(), R: driver.Const{Value: a.zero()}}}}
		})
		if err != nil {
			return nil, err
		}
		a.held = value.Neg(held)
	}
	if a.l.Remaining != nil {
		if a.left, err = a.sum("left", a.l.Remaining, func() driver.Expr { return nil }); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func eq(f *catalog.Field, v value.Value) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Const{Value: v}}
}

// isPosted is the condition that an entry counts; nil: all do.
func (a *account) isPosted() driver.Expr {
	if a.l.Status == nil {
		return nil
	}
	return eq(a.l.Status, value.Text(a.l.Posted))
}

// key names a statement about the ledger.
func (a *account) key(what string) string { return "ledger." + what + "." + a.o.Name }

// mine is the condition that an entry is of the account and meets another one; nil: none.
func (a *account) mine(also driver.Expr) driver.Expr {
	all := []driver.Expr{driver.Cmp{Op: driver.Eq, L: a.l.Account.Col(), R: driver.Param{N: 0}}}
	if also != nil {
		all = append(all, also)
	}
	return driver.And{Args: all}
}

// sum adds a field of the account's entries that meet a condition.
func (a *account) sum(what string, f *catalog.Field, where func() driver.Expr) (value.Value, error) {
	vals, err := a.se.Aggregate(a.key(what), func() *driver.Query {
		alive := driver.IsNull{Arg: a.o.Field(catalog.DeletedAt).Col()}
		return &driver.Query{Table: a.o.Table, Where: driver.And{Args: []driver.Expr{alive, a.mine(where())}},
			Aggs: []driver.Agg{{Func: driver.Sum, Expr: f.Col()}}}
	}, value.Ref(a.id))
	if err != nil {
		return value.Null, err
	}
	if len(vals) == 0 || vals[0].IsNull() {
		return a.zero(), nil
	}
	return vals[0], nil
}

// zero is 0 as the ledger stores numbers.
func (a *account) zero() value.Value {
	if a.l.Amount.Store.Type == driver.Int {
		return value.Int(0)
	}
	return value.Int(0).Rescale(a.l.Amount.Store.Scale)
}

// digits gives a number with the digits that the ledger keeps, half-up.
func (a *account) digits(v value.Value) value.Value { return v.Rescale(a.l.Amount.Store.Scale) }

// debt is what is owed beyond all lots: the next credits pay it first.
func (a *account) debt() value.Value {
	d := value.Sub(value.Add(a.left, a.held), a.balance)
	if a.l.Remaining == nil || !above(d, a.zero()) {
		return a.zero()
	}
	return d
}

func above(a, b value.Value) bool { return value.Compare(a, b) > 0 }

func least(a, b value.Value) value.Value {
	if above(a, b) {
		return b
	}
	return a
}

// maxLots bounds how many open lots one account may have.
const maxLots = 10_000

// lots are those that can be used on a day, in the order in which they are: what expires first
// first, then what came first.
func (a *account) lots(today value.Value) ([]record.Record, error) {
	rs, err := a.se.Select(a.key("lots"), a.o, func() driver.Expr {
		return a.mine(driver.Cmp{Op: driver.Gt, L: a.l.Remaining.Col(), R: driver.Const{Value: a.zero()}})
	}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(a.id))
	if err != nil {
		return nil, err
	}
	if len(rs) > maxLots {
		return nil, errs.New(errs.LimitExceeded, "an account has at most %d open lots", "一个账户最多 %d 个未用完的批次", maxLots)
	}
	rs = slices.DeleteFunc(rs, func(r record.Record) bool {
		return !above(r.Get(a.l.Remaining), a.zero()) || a.expired(r, today)
	})
	slices.SortStableFunc(rs, func(x, y record.Record) int {
		return cmp.Or(compareNull(a.expires(x), a.expires(y)), value.Compare(a.entered(x), a.entered(y)))
	})
	return rs, nil
}

// compareNull orders null behind everything.
func compareNull(x, y value.Value) int {
	switch {
	case x.IsNull() && y.IsNull():
		return 0
	case x.IsNull():
		return 1
	case y.IsNull():
		return -1
	}
	return value.Compare(x, y)
}

func (a *account) expires(r record.Record) value.Value {
	if a.l.Expires == nil {
		return value.Null
	}
	return r.Get(a.l.Expires)
}

func (a *account) expired(r record.Record, today value.Value) bool {
	e := a.expires(r)
	return !e.IsNull() && above(today, e)
}

// entered is when an entry was posted.
func (a *account) entered(r record.Record) value.Value {
	if a.l.At != nil {
		return r.Get(a.l.At)
	}
	return r.Get(a.o.Field(catalog.CreatedAt))
}

// available is what can be used: the lots that are not expired, or, without lots, the balance less
// what is held.
func (a *account) available(lots []record.Record) value.Value {
	if a.l.Remaining == nil {
		return value.Sub(a.balance, a.held)
	}
	n := a.zero()
	for _, r := range lots {
		n = value.Add(n, r.Get(a.l.Remaining))
	}
	return n
}

// open reads the lots that can be used today; none where the ledger has none.
func (a *account) open() ([]record.Record, error) {
	if a.l.Remaining == nil {
		return nil, nil
	}
	return a.lots(a.se.Today())
}

// entry is what is to be posted.
type entry struct {
	kind    string // code of the type
	amount  value.Value
	key     string
	lot     record.Record // that a debit uses or a return fills; the zero Record: none
	left    value.Value   // of the lot that a credit opens; null: it opens none
	expires value.Value
	undoes  record.Record
	pending bool
	due     value.Value
	set     map[*catalog.Field]value.Value
}

// enter appends an entry, and follows the balance.
func (a *account) enter(e entry) (record.Record, error) {
	l := a.l
	vals := map[*catalog.Field]value.Value{}
	put := func(f *catalog.Field, v value.Value) {
		if f != nil {
			vals[f] = v
		}
	}
	for f, v := range e.set {
		vals[f] = v
	}
	balance := a.balance
	if !e.pending {
		balance = value.Add(balance, e.amount)
	}
	put(l.Account, value.Ref(a.id))
	put(l.Amount, e.amount)
	put(l.Type, value.Text(e.kind))
	put(l.Balance, balance)
	put(l.Key, value.Text(e.key))
	put(l.At, a.se.Now())
	put(l.Lot, refTo(e.lot))
	put(l.Remaining, e.left)
	put(l.Expires, e.expires)
	put(l.Undoes, refTo(e.undoes))
	put(l.Due, e.due)
	if l.Status != nil {
		vals[l.Status] = value.Text(l.Posted)
		if e.pending {
			vals[l.Status] = value.Text(l.Pending)
		}
	}
	rec, err := a.se.Enter(a.o, vals)
	if err != nil {
		return rec, err
	}
	a.balance = balance
	if e.pending && above(a.zero(), e.amount) {
		a.held = value.Sub(a.held, e.amount)
	}
	if !e.left.IsNull() {
		a.left = value.Add(a.left, e.left)
	}
	return rec, nil
}

func refTo(r record.Record) value.Value {
	if r.Object() == nil {
		return value.Null
	}
	return value.Ref(r.ID())
}

// pour changes what is left of a lot by an amount.
func (a *account) pour(lot record.Record, by value.Value) error {
	now, ok, err := a.se.Find(a.o, lot.ID())
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("ledger: the lot %d of %s is gone", lot.ID(), a.o.Name)
	}
	left := now.Get(a.l.Remaining)
	if left.IsNull() { // the whole credit paid a debt
		left = a.zero()
	}
	a.left = value.Add(a.left, by)
	_, err = a.se.Amend(now, map[*catalog.Field]value.Value{a.l.Remaining: value.Add(left, by)})
	return err
}
