package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// sweepBatch is how many entries one transaction of a sweep handles.
const sweepBatch = 200

// Swept counts what a sweep did.
type Swept struct{ Expired, Confirmed int }

// Sweep takes the expired lots of all ledgers away and posts the pending credits that are due. It
// finds nothing to do the second time. It acts for nobody: what it writes has no author.
func Sweep(ctx context.Context, records *record.Service, live func() *catalog.Catalog) (n Swept, err error) {
	cat := live()
	for _, o := range cat.Objects {
		if o.Ledger == nil {
			continue
		}
		for more := true; more; {
			expired, confirmed := 0, 0
			_, err := records.Transact(ctx, cat, access.Everything, record.Options{}, func(se *record.Session) ([]record.Result, error) {
				var err error
				if confirmed, err = confirmDue(se, o); err == nil {
					expired, err = expireLots(se, o, 0, se.Today(), sweepBatch)
				}
				return nil, err
			})
			if errors.Is(err, record.ErrCatalogMoved) {
				return n, nil // the next sweep goes on with the new catalogue
			}
			if err != nil {
				return n, fmt.Errorf("sweep the ledger %s: %w", o.Name, err)
			}
			n.Expired, n.Confirmed = n.Expired+expired, n.Confirmed+confirmed
			more = expired == sweepBatch || confirmed == sweepBatch
		}
	}
	return n, nil
}

// accounts opens each account once.
type accounts struct {
	se *record.Session
	o  *catalog.Object
	by map[int64]*account
}

func (s *accounts) of(r record.Record) (*account, error) {
	id := r.Get(s.o.Ledger.Account).Int()
	if a := s.by[id]; a != nil {
		return a, nil
	}
	a, err := openAccount(s.se, s.o, id)
	s.by[id] = a
	return a, err
}

// confirmDue posts pending credits whose moment has come.
func confirmDue(se *record.Session, o *catalog.Object) (n int, err error) {
	l := o.Ledger
	if l.Due == nil {
		return 0, nil
	}
	rs, err := se.SelectSome("ledger.due."+o.Name, o, sweepBatch, func() driver.Expr {
		return driver.And{Args: []driver.Expr{eq(l.Status, value.Text(l.Pending)), driver.Cmp{Op: driver.Le, L: l.Due.Col(), R: driver.Param{N: 0}}}}
	}, []driver.Order{{Expr: l.Due.Col()}, {Expr: driver.Col{Name: catalog.ID}}}, se.Now())
	all := &accounts{se, o, map[int64]*account{}}
	for _, r := range rs {
		a, err := all.of(r)
		if err == nil {
			_, err = a.confirm(r)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

// expireLots takes away what is left of lots whose last day is before a day: of one account, or,
// with 0, of all.
func expireLots(se *record.Session, o *catalog.Object, of int64, day value.Value, most int) (n int, err error) {
	l := o.Ledger
	if l.Expires == nil {
		return 0, nil
	}
	key, args := "ledger.expire."+o.Name, []value.Value{day}
	if of != 0 {
		key, args = "ledger.expire.one."+o.Name, append(args, value.Ref(of))
	}
	rs, err := se.SelectSome(key, o, most, func() driver.Expr {
		all := []driver.Expr{driver.Cmp{Op: driver.Lt, L: l.Expires.Col(), R: driver.Param{N: 0}}}
		a := account{o: o, l: l}
		all = append(all, driver.Cmp{Op: driver.Gt, L: l.Remaining.Col(), R: driver.Const{Value: a.zero()}})
		if of != 0 {
			all = append(all, driver.Cmp{Op: driver.Eq, L: l.Account.Col(), R: driver.Param{N: 1}})
		}
		return driver.And{Args: all}
	}, []driver.Order{{Expr: l.Expires.Col()}, {Expr: driver.Col{Name: catalog.ID}}}, args...)
	all := &accounts{se, o, map[int64]*account{}}
	for _, r := range rs {
		a, err := all.of(r)
		if err == nil {
			err = a.expire(r)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, err
}

// expire takes away what is left of a lot. A release may fill it again: its version tells the
// expiries apart.
func (a *account) expire(lot record.Record) error {
	left := lot.Get(a.l.Remaining)
	if err := a.pour(lot, value.Neg(left)); err != nil {
		return err
	}
	_, err := a.enter(entry{kind: a.l.Expiry, amount: value.Neg(left), lot: lot, key: fmt.Sprintf("#expiry:%d:%d", lot.ID(), lot.Version())})
	return err
}

// maxExpire bounds how many lots one call of ledger.expire takes away.
const maxExpire = 1000

// expire is ledger.expire.
type expire struct{}

// Signature declares the engine.
func (expire) Signature() *engine.Signature {
	return &engine.Signature{Name: "ledger.expire", Doc: diag.Text{En: "Takes the expired lots of an account away at once; the platform does so every hour.", Zh: "立即清除账户中过期的批次；平台每小时自动执行。"},
		Params:  onAccount([]string{"expires"}, engine.Param{Name: "as_of", Kind: value.KindDate, Doc: diag.Text{En: "day on which the lots are looked at; today unless given", Zh: "判断过期的日期，默认今天"}}),
		Results: []engine.Result{{Name: "count", Kind: value.KindInt, Doc: diag.Text{En: "number of lots", Zh: "过期批次数"}}}}
}

// Run expires.
func (expire) Run(c *action.Call) (map[string]value.Value, error) {
	_, id, err := c.Parent("account")
	if err != nil {
		return nil, err
	}
	day, err := c.ValueOr("as_of", c.Today())
	if err != nil {
		return nil, err
	}
	n, err := expireLots(c.Session, c.Arg("ledger").Object, id, day, maxExpire)
	return map[string]value.Value{"count": value.Int(int64(n))}, err
}
