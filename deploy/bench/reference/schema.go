package main

import (
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// Money is in cents; dates and instants are the text that answers show.
const schema = `
CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL, industry TEXT, region TEXT NOT NULL, tier TEXT, annual_revenue INTEGER) STRICT;
CREATE TABLE contact (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account, name TEXT NOT NULL, email TEXT, title TEXT) STRICT;
CREATE TABLE opportunity (id INTEGER PRIMARY KEY, name TEXT NOT NULL, account_id INTEGER NOT NULL REFERENCES account, sales_rep TEXT,
  stage TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0), probability INTEGER, close_date TEXT NOT NULL, opened_at TEXT, next_step TEXT) STRICT;
CREATE INDEX account_region ON account (region);
CREATE INDEX contact_account ON contact (account_id);`

// The names of the index sets.
const (
	composite = "composite" // each read is served by an index of its own: the limit of reads
	single    = "single"    // one column each, as a table without thought has them: the limit of writes
)

var indexSets = map[string]string{
	composite: `
CREATE INDEX opportunity_list ON opportunity (stage, close_date DESC, id, amount);
CREATE INDEX opportunity_account ON opportunity (account_id, close_date DESC);
CREATE INDEX opportunity_group ON opportunity (stage, amount);`,
	single: `
CREATE INDEX opportunity_account ON opportunity (account_id);
CREATE INDEX opportunity_stage ON opportunity (stage);
CREATE INDEX opportunity_amount ON opportunity (amount);
CREATE INDEX opportunity_close_date ON opportunity (close_date);`,
}

// openConn opens the file with the settings that Tenon's store has.
func openConn(file string) (*sqlite.Conn, error) {
	c, err := sqlite.OpenConn(file, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	for _, p := range []string{"synchronous=FULL", "cache_size=-65536", "mmap_size=268435456", "temp_store=MEMORY", "foreign_keys=ON"} {
		if err := sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", p, err), c.Close())
		}
	}
	return c, nil
}

// load makes the tables and fills them in one transaction.
func load(file, indexes string, set *data.Set) (err error) {
	more, ok := indexSets[indexes]
	if !ok {
		return fmt.Errorf("unknown index set %q", indexes)
	}
	c, err := openConn(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := sqlitex.ExecuteScript(c, schema+more, nil); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	if err := fill(c, set); err != nil {
		return fmt.Errorf("fill the tables: %w", err)
	}
	return sqlitex.ExecuteTransient(c, "PRAGMA wal_checkpoint(TRUNCATE)", nil)
}

func fill(c *sqlite.Conn, set *data.Set) (err error) {
	defer sqlitex.Transaction(c)(&err)
	for _, a := range set.Accounts {
		if err := insert(c, "INSERT INTO account VALUES (?,?,?,?,?,?)", a.ID, a.Name, a.Industry, a.Region, a.Tier, a.Revenue*100); err != nil {
			return err
		}
	}
	for _, x := range set.Contacts {
		if err := insert(c, "INSERT INTO contact VALUES (?,?,?,?,?)", x.ID, x.Account, x.Name, x.Email, x.Title); err != nil {
			return err
		}
	}
	for _, o := range set.Opportunities {
		if err := insert(c, "INSERT INTO opportunity VALUES (?,?,?,?,?,?,?,?,?,?)", o.ID, o.Name, o.Account, o.SalesRep, o.Stage,
			o.Amount*100, o.Probability, o.CloseDate, o.OpenedAt, o.NextStep); err != nil {
			return err
		}
	}
	return nil
}

// insert binds int64 and string values.
func insert(c *sqlite.Conn, sql string, vals ...any) error {
	st, err := c.Prepare(sql)
	if err != nil {
		return err
	}
	for i, v := range vals {
		if n, ok := v.(int64); ok {
			st.BindInt64(i+1, n)
		} else {
			st.BindText(i+1, v.(string))
		}
	}
	if _, err := st.Step(); err != nil {
		return err
	}
	return st.Reset()
}
