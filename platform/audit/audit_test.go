package audit_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

func keys(t testing.TB, ids ...string) *seal.Ring {
	t.Helper()
	var text []string
	for _, id := range ids {
		text = append(text, id+":"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat(id[:1], 32))))
	}
	r, err := seal.Parse(strings.Join(text, ","))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type chain struct {
	t   testing.TB
	db  *store.DB
	log *audit.Log
}

func newChain(t testing.TB, n int) *chain {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(t.TempDir(), nil), "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &chain{t: t, db: db}
	c.open(keys(t, "1"))
	for i := range n {
		c.append(fmt.Sprint("entry ", i+1))
	}
	return c
}

func (c *chain) open(k *seal.Ring) {
	c.t.Helper()
	var err error
	if c.log, err = audit.Open(context.Background(), c.db, k, clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chain) append(subject string) {
	c.t.Helper()
	if err := c.log.Note(context.Background(), audit.Entry{Kind: audit.Login, Name: "ann", Subject: subject, Details: map[string]any{"n": 1}}); err != nil {
		c.t.Fatal(err)
	}
}

// verify gives how far the chain is whole, and where and why it is not.
func (c *chain) verify(kept audit.Head) (audit.Head, string) {
	c.t.Helper()
	at, fault, err := c.log.Verify(context.Background(), kept)
	if err != nil {
		c.t.Fatal(err)
	}
	if fault == nil {
		return at, ""
	}
	if fault.Why.Zh == "" {
		c.t.Error("no Chinese")
	}
	return at, fmt.Sprint(fault.Number, ": ", fault.Why.En)
}

var all = []string{"id", "at", "kind", "user_id", "name", "key", "address", "subject", "details", "signed", "hash"}

// row reads a row of the table as it is.
func row(ctx context.Context, db *store.DB, tx store.Tx, id int64) (out []value.Value, err error) {
	var cols []driver.Expr
	for _, n := range all {
		cols = append(cols, driver.Col{Name: n})
	}
	st, err := db.Prepare(&driver.Query{Table: "_audit", Select: cols, Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "id"}, R: driver.Const{Value: value.Ref(id)}}})
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, st, nil)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		for i := range all {
			out = append(out, rows.Value(i).Clone())
		}
	}
	return out, rows.Close()
}

// TestTampering: whoever writes to the store directly is found out, at the first place.
func TestTampering(t *testing.T) {
	ctx := context.Background()
	set := func(id int64, col string, v value.Value) func(*chain, store.Tx) error {
		return func(_ *chain, tx store.Tx) error {
			_, err := tx.Update(ctx, "_audit", id, []string{col}, []value.Value{v})
			return err
		}
	}
	remove := func(ids ...int64) func(*chain, store.Tx) error {
		return func(_ *chain, tx store.Tx) error { _, err := tx.Delete(ctx, "_audit", ids...); return err }
	}
	head := func(n int64) func(*chain, store.Tx) error {
		return func(c *chain, tx store.Tx) error {
			r, err := row(ctx, c.db, tx, n)
			if err != nil {
				return err
			}
			_, err = tx.Update(ctx, "_audit_head", 1, []string{"last", "hash"}, []value.Value{value.Int(n), r[10]})
			return err
		}
	}
	swap := func(c *chain, tx store.Tx) error {
		a, err := row(ctx, c.db, tx, 3)
		if err != nil {
			return err
		}
		b, err := row(ctx, c.db, tx, 4)
		if err != nil {
			return err
		}
		if _, err = tx.Update(ctx, "_audit", 3, all[1:], b[1:]); err != nil {
			return err
		}
		_, err = tx.Update(ctx, "_audit", 4, all[1:], a[1:])
		return err
	}
	insert := func(id int64) func(*chain, store.Tx) error {
		return func(c *chain, tx store.Tx) error {
			r, err := row(ctx, c.db, tx, 5)
			if err != nil {
				return err
			}
			r[0] = value.Ref(id)
			return tx.Insert(ctx, "_audit", all, r)
		}
	}
	for name, c := range map[string]struct {
		do   []func(*chain, store.Tx) error
		want string
	}{
		"nothing":              {nil, ""},
		"another subject":      {[]func(*chain, store.Tx) error{set(4, "subject", value.Text("x"))}, "4: the entry was changed"},
		"another time":         {[]func(*chain, store.Tx) error{set(1, "at", value.DateTime(1))}, "1: the entry was changed"},
		"another user":         {[]func(*chain, store.Tx) error{set(6, "user_id", value.Ref(9))}, "6: the entry was changed"},
		"other details":        {[]func(*chain, store.Tx) error{set(2, "details", value.Text(`{"n": 1}`))}, "2: the entry was changed"},
		"moved between cells":  {[]func(*chain, store.Tx) error{set(2, "name", value.Text("an")), set(2, "key", value.Text("n"))}, "2: the entry was changed"},
		"another hash":         {[]func(*chain, store.Tx) error{set(3, "hash", value.Text(strings.Repeat("0", 64)))}, "3: the entry was changed"},
		"another signing key":  {[]func(*chain, store.Tx) error{set(3, "signed", value.Text("9"))}, `3: the entry is signed with the key "9"`},
		"one is gone":          {[]func(*chain, store.Tx) error{remove(3)}, "3: the entry is missing"},
		"the first are gone":   {[]func(*chain, store.Tx) error{remove(1, 2)}, "1: the entry is missing"},
		"the last is gone":     {[]func(*chain, store.Tx) error{remove(6)}, "6: the entries from here to 6 are missing"},
		"all are gone":         {[]func(*chain, store.Tx) error{remove(1, 2, 3, 4, 5, 6)}, "1: the entries from here to 6"},
		"two are swapped":      {[]func(*chain, store.Tx) error{swap}, "3: the entry was changed, inserted or moved"},
		"one is added":         {[]func(*chain, store.Tx) error{insert(7)}, "7: the entry was changed, inserted or moved"},
		"one with the head":    {[]func(*chain, store.Tx) error{insert(7), head(7)}, "7: the entry was changed, inserted or moved"},
		"one beyond a gap":     {[]func(*chain, store.Tx) error{insert(9)}, "7: the entry is missing"},
		"cut off with the end": {[]func(*chain, store.Tx) error{remove(5, 6), head(4)}, "5: the chain was cut off: the entries from here to 6 are missing"},
		"the head alone":       {[]func(*chain, store.Tx) error{head(4)}, "6: the end of the chain is said to be at 4"},
	} {
		t.Run(name, func(t *testing.T) {
			ch := newChain(t, 6)
			kept, fault := ch.verify(audit.Head{})
			if fault != "" || kept.Number != 6 {
				t.Fatal(kept, fault)
			}
			err := ch.db.Update(ctx, func(tx store.Tx) error {
				for _, f := range c.do {
					if err := f(ch, tx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if at, fault := ch.verify(kept); !strings.HasPrefix(fault, c.want) || (fault == "") != (c.want == "") {
				t.Errorf("whole up to %d, then %q, want %q", at.Number, fault, c.want)
			}
		})
	}
}

// TestChain: entries go on under another key, pages hang together, and a transaction that fails
// leaves none.
func TestChain(t *testing.T) {
	ctx := context.Background()
	c := newChain(t, 3)
	c.open(keys(t, "2", "1"))
	c.append("under another key")
	if at, fault := c.verify(audit.Head{}); fault != "" || at.Number != 4 {
		t.Error(at, fault)
	}
	c.open(keys(t, "2"))
	if _, fault := c.verify(audit.Head{}); !strings.HasPrefix(fault, `1: the entry is signed with the key "1"`) {
		t.Error(fault)
	}
	c.open(keys(t, "2", "1"))
	failed := fmt.Errorf("no")
	err := c.db.Update(ctx, func(tx store.Tx) error {
		if err := c.log.Append(ctx, tx, audit.Entry{Kind: audit.Login}); err != nil {
			return err
		}
		return failed
	})
	if err != failed {
		t.Fatal(err)
	}
	var got []string
	for before := int64(0); ; {
		page, err := c.log.List(ctx, audit.Filter{Before: before, First: 3})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.Subject)
		}
		before = page[len(page)-1].Number
	}
	if fmt.Sprint(got) != "[under another key entry 3 entry 2 entry 1]" {
		t.Error(got)
	}
	for _, f := range []struct {
		audit.Filter
		n int
	}{{audit.Filter{Kind: "login"}, 4}, {audit.Filter{Kind: "logout"}, 0}, {audit.Filter{Name: "ann"}, 4}, {audit.Filter{Name: "bob"}, 0},
		{audit.Filter{Kind: "login", Name: "ann", Before: 3}, 2}, {audit.Filter{Kind: "login", Name: "bob"}, 0}} {
		f.First = 9
		if page, err := c.log.List(ctx, f.Filter); err != nil || len(page) != f.n {
			t.Errorf("%+v: %d, %v", f, len(page), err)
		}
	}
	for _, bad := range []string{"", "1", "x:y", "1:", "01:ab", "1:ab c"} {
		if _, err := audit.ParseHead(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	if h, err := audit.ParseHead("12:8f0c"); err != nil || h != (audit.Head{Number: 12, Hash: "8f0c"}) {
		t.Error(h, err)
	}
}

// BenchmarkAppend is what an entry costs the transaction that it is a part of.
func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	c := newChain(b, 1)
	err := c.db.Update(ctx, func(tx store.Tx) error {
		for b.Loop() {
			if err := c.log.Append(ctx, tx, audit.Entry{Kind: audit.Login, Name: "ann", Subject: "ann", Details: map[string]any{"session": "1"}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
