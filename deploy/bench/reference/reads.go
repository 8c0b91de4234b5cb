package main

import (
	"errors"
	"strconv"

	"zombiezen.com/go/sqlite"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// errNotFound says that there is no row with the id.
var errNotFound = errors.New("not found")

var (
	fullColumns = columns(column{name: "id", kind: key, prefix: data.OpportunityPrefix}, column{name: "name"},
		column{name: "accountId", kind: key, prefix: data.AccountPrefix}, column{name: "salesRep"}, column{name: "stage"},
		column{name: "amount", kind: cents}, column{name: "probability", kind: whole}, column{name: "closeDate"}, column{name: "openedAt"},
		column{name: "nextStep"})
	listColumns = columns(column{name: "id", kind: key, prefix: data.OpportunityPrefix}, column{name: "name"},
		column{name: "accountId", kind: key, prefix: data.AccountPrefix}, column{name: "salesRep"}, column{name: "stage"},
		column{name: "amount", kind: cents}, column{name: "closeDate"}, column{name: "openedAt"})
	accountColumns = columns(column{name: "id", kind: key, prefix: data.AccountPrefix}, column{name: "name"}, column{name: "industry"},
		column{name: "region"}, column{name: "tier"}, column{name: "annualRevenue", kind: cents})
	contactColumns = columns(column{name: "id", kind: key, prefix: data.ContactPrefix}, column{name: "name"}, column{name: "email"},
		column{name: "title"})
	latestColumns = columns(column{name: "id", kind: key, prefix: data.OpportunityPrefix}, column{name: "name"}, column{name: "stage"},
		column{name: "amount", kind: cents}, column{name: "closeDate"})
	stageColumns = columns(column{name: "stage"})
)

// reader is one read connection with its statements.
type reader struct {
	conn                                                        *sqlite.Conn
	one, list, next, accounts, contacts, opportunities, byStage *sqlite.Stmt

	out []byte // of the last answer
}

func newReader(file string) (*reader, error) {
	c, err := openConn(file)
	if err != nil {
		return nil, err
	}
	r := &reader{conn: c}
	for _, s := range []struct {
		st  **sqlite.Stmt
		sql string
	}{
		{&r.one, `SELECT id, name, account_id, sales_rep, stage, amount, probability, close_date, opened_at, next_step FROM opportunity WHERE id = ?`},
		// Without the plus SQLite takes (stage, amount) and sorts, which costs up to 19 ms where this costs 0.05.
		{&r.list, `SELECT id, name, account_id, sales_rep, stage, amount, close_date, opened_at FROM opportunity
			WHERE stage = ? AND +amount > ? ORDER BY close_date DESC, id LIMIT 50`},
		{&r.next, `SELECT id, name, account_id, sales_rep, stage, amount, close_date, opened_at FROM opportunity
			WHERE stage = ?1 AND close_date <= ?2 AND (close_date < ?2 OR id > ?3) ORDER BY close_date DESC, id LIMIT 50`},
		{&r.accounts, `SELECT id, name, industry, region, tier, annual_revenue FROM account WHERE region = ? ORDER BY id LIMIT 20`},
		{&r.contacts, `SELECT id, name, email, title FROM contact WHERE account_id = ? ORDER BY id LIMIT 5`},
		{&r.opportunities, `SELECT id, name, stage, amount, close_date FROM opportunity WHERE account_id = ? ORDER BY close_date DESC, id LIMIT 5`},
		{&r.byStage, `SELECT stage, count(*), sum(amount) FROM opportunity GROUP BY stage ORDER BY stage`},
	} {
		if *s.st, err = c.Prepare(s.sql); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return r, nil
}

func (r *reader) get(id int64) (err error) {
	r.one.BindInt64(1, id)
	ok, err := r.one.Step()
	if err == nil && !ok {
		err = errNotFound
	}
	if err == nil {
		r.out = append(appendRow(append(r.out[:0], `{"data":{"opportunity":`...), r.one, fullColumns), "}}}"...)
	}
	return errors.Join(err, r.one.Reset())
}

func (r *reader) page(stage string, above int64) (err error) {
	r.list.BindText(1, stage)
	r.list.BindInt64(2, above)
	r.out, err = appendList(append(r.out[:0], `{"data":{"opportunities":`...), r.list, listColumns, nil)
	r.out = append(r.out, "}}"...)
	return err
}

// after is the page behind a row, which closes on a day.
func (r *reader) after(stage, closed string, id int64) (err error) {
	r.next.BindText(1, stage)
	r.next.BindText(2, closed)
	r.next.BindInt64(3, id)
	r.out, err = appendList(append(r.out[:0], `{"data":{"opportunities":`...), r.next, listColumns, nil)
	r.out = append(r.out, "}}"...)
	return err
}

func (r *reader) nested(region string) (err error) {
	r.accounts.BindText(1, region)
	r.out, err = appendList(append(r.out[:0], `{"data":{"accounts":`...), r.accounts, accountColumns, func(dst []byte) ([]byte, error) {
		account := r.accounts.ColumnInt64(0)
		r.contacts.BindInt64(1, account)
		dst, err := appendList(append(dst, `,"contacts":`...), r.contacts, contactColumns, nil)
		if err != nil {
			return dst, err
		}
		r.opportunities.BindInt64(1, account)
		return appendList(append(dst, `,"opportunities":`...), r.opportunities, latestColumns, nil)
	})
	r.out = append(r.out, "}}"...)
	return err
}

func (r *reader) group() error {
	r.out = append(r.out[:0], `{"data":{"stages":[`...)
	for first := true; ; first = false {
		ok, err := r.byStage.Step()
		if err != nil || !ok {
			r.out = append(r.out, "]}}"...)
			return errors.Join(err, r.byStage.Reset())
		}
		if !first {
			r.out = append(r.out, ',')
		}
		r.out = append(appendRow(append(r.out, `{"key":`...), r.byStage, stageColumns), `},"count":`...)
		r.out = append(strconv.AppendInt(r.out, r.byStage.ColumnInt64(1), 10), `,"sum":{"amount":"`...)
		r.out = append(appendCents(r.out, r.byStage.ColumnInt64(2)), `"}}`...)
	}
}
