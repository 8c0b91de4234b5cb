// Package audit takes down what happened to the security of a tenant: who signed in, whose keys and
// permissions changed, what was shown, moved in and taken out. Its rows are only ever appended, each
// signed together with the one before it, so that a change shows. What happens to records is told by
// their history and the outbox, not here.
package audit

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const (
	table     = "_audit"
	headTable = "_audit_head"
	headRow   = 1
	purpose   = "audit" // of the key that rows are signed with
	maxText   = 500     // bytes of a text that came from outside
)

func tables() []driver.Table {
	return []driver.Table{
		{Name: table, Columns: []driver.Column{ // its ids have no gaps
			{Name: "at", Type: driver.DateTime},
			{Name: "kind", Type: driver.Text},
			{Name: "user_id", Type: driver.Ref},
			{Name: "name", Type: driver.Text},    // login of who did it; of a sign-in what was typed
			{Name: "key", Type: driver.Text},     // id of the API key used
			{Name: "address", Type: driver.Text}, // where the request came from
			{Name: "subject", Type: driver.Text}, // what it was done to
			{Name: "details", Type: driver.Text}, // a JSON object, byte for byte as it was signed
			{Name: "signed", Type: driver.Text},  // id of the signing key
			{Name: "hash", Type: driver.Text},    // hex
		}, Indexes: []driver.Index{{Name: "_audit_kind", Columns: []driver.IndexColumn{{Column: "kind"}}}, {Name: "_audit_name", Columns: []driver.IndexColumn{{Column: "name"}}}}},
		{Name: headTable, Columns: []driver.Column{{Name: "last", Type: driver.Int}, {Name: "hash", Type: driver.Text}}},
	}
}

// Entry is one thing that happened.
type Entry struct {
	Number  int64
	At      time.Time
	Kind    Kind
	UserID  int64
	Name    string
	Key     string
	Address string
	Subject string
	Details map[string]any

	details, signed, hash string
}

// Head is the end of the chain: who keeps it elsewhere notices a chain that was cut off.
type Head struct {
	Number int64
	Hash   string
}

func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Number, h.Hash) }

// ParseHead reads what String gave.
func ParseHead(s string) (h Head, err error) {
	if _, err := fmt.Sscanf(s, "%d:%s", &h.Number, &h.Hash); err != nil || h.String() != s {
		return Head{}, errors.New("audit: a head is a number and a hash, such as 12:8f0c…")
	}
	return h, nil
}

// Log is the audit log of one tenant. A nil one keeps nothing: it is for tenants that are thrown
// away, in which packages are tested.
type Log struct {
	db    *store.DB
	keys  *seal.Ring
	clock clock.Clock

	head, chain driver.Stmt
	pages       [4]driver.Stmt // plain, by kind, by name, by both
}

// Open makes the log, and its tables where there are none.
func Open(ctx context.Context, db *store.DB, keys *seal.Ring, c clock.Clock) (*Log, error) {
	for _, t := range tables() {
		if err := db.Change(ctx, driver.CreateTable{Table: t}); err != nil {
			return nil, fmt.Errorf("create system table %s: %w", t.Name, err)
		}
	}
	l := &Log{db: db, keys: keys, clock: c}
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	var all []driver.Expr
	for _, n := range columns {
		all = append(all, col(n))
	}
	page := func(by ...string) driver.Query {
		where := []driver.Expr{driver.Cmp{Op: driver.Lt, L: col("id"), R: driver.Param{N: 0}}}
		for i, n := range by {
			where = append(where, driver.Cmp{Op: driver.Eq, L: col(n), R: driver.Param{N: 2 + i}})
		}
		return driver.Query{Table: table, Select: all, Order: []driver.Order{{Expr: col("id"), Desc: true}}, Limit: driver.Param{N: 1}, Where: driver.And{Args: where}}
	}
	for _, p := range []struct {
		st *driver.Stmt
		q  driver.Query
	}{
		{&l.head, driver.Query{Table: headTable, Select: []driver.Expr{col("last"), col("hash")}}},
		{&l.pages[0], page()},
		{&l.pages[1], page("kind")},
		{&l.pages[2], page("name")},
		{&l.pages[3], page("kind", "name")},
		{&l.chain, driver.Query{Table: table, Select: all, Order: []driver.Order{{Expr: col("id")}}, Limit: driver.Param{N: 1},
			Where: driver.Cmp{Op: driver.Gt, L: col("id"), R: driver.Param{N: 0}}}},
	} {
		var err error
		if *p.st, err = db.Prepare(&p.q); err != nil {
			return nil, fmt.Errorf("open the audit log: %w", err)
		}
	}
	return l, nil
}

var columns = []string{"id", "at", "kind", "user_id", "name", "key", "address", "subject", "details", "signed", "hash"}

// Append takes down an entry within the transaction of what it tells. Who did it and from where is
// taken from the context where the entry does not say.
func (l *Log) Append(ctx context.Context, tx store.Tx, e Entry) error {
	if l == nil {
		return nil
	}
	if c, ok := ident.From(ctx); ok {
		if e.Name == "" || e.Name == c.Principal.Name {
			e.UserID, e.Name, e.Key = c.Principal.UserID, c.Principal.Name, c.Principal.Key
		}
		e.Address = c.Address
	}
	e.Name = cmp.Or(e.Name, "unknown")
	e.At = l.clock.Now()
	e.Name, e.Address, e.Subject = clip(e.Name), clip(e.Address), clip(e.Subject)
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	b, err := json.Marshal(e.Details)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	e.details = string(b)
	last, err := l.readHead(ctx, tx)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	e.Number, e.signed = last.Number+1, l.keys.Current()
	if e.hash, err = l.sign(last.Hash, &e); err != nil {
		return err
	}
	err = tx.Insert(ctx, table, columns, []value.Value{value.Ref(e.Number), value.Instant(e.At), value.Text(e.Kind.name), value.Ref(e.UserID), value.Text(e.Name),
		value.Text(e.Key), value.Text(e.Address), value.Text(e.Subject), value.Text(e.details), value.Text(e.signed), value.Text(e.hash)})
	if err == nil {
		err = l.moveHead(ctx, tx, last.Number == 0, &e)
	}
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Note is Append in a transaction of its own, for what has no other.
func (l *Log) Note(ctx context.Context, e Entry) error {
	if l == nil {
		return nil
	}
	return l.db.Update(ctx, func(tx store.Tx) error { return l.Append(ctx, tx, e) })
}

func (l *Log) moveHead(ctx context.Context, tx store.Tx, first bool, e *Entry) error {
	cols, vals := []string{"last", "hash"}, []value.Value{value.Int(e.Number), value.Text(e.hash)}
	if !first {
		_, err := tx.Update(ctx, headTable, headRow, cols, vals)
		return err
	}
	return tx.Insert(ctx, headTable, append([]string{"id"}, cols...), append([]value.Value{value.Ref(headRow)}, vals...))
}

func (l *Log) readHead(ctx context.Context, tx store.Tx) (h Head, err error) {
	rows, err := tx.Query(ctx, l.head, nil)
	if err != nil {
		return h, err
	}
	if rows.Next() {
		h = Head{rows.Value(0).Int(), strings.Clone(rows.Value(1).Text())}
	}
	return h, errors.Join(rows.Err(), rows.Close())
}

// sign gives the hash of an entry behind another's: an HMAC over both, with every part's length, so
// that nothing can move from one column to the next.
func (l *Log) sign(before string, e *Entry) (string, error) {
	var b []byte
	for _, n := range []int64{e.Number, e.At.UnixMicro(), e.UserID} {
		b = binary.AppendVarint(b, n)
	}
	for _, s := range []string{before, e.Kind.name, e.Name, e.Key, e.Address, e.Subject, e.details} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	sum, err := l.keys.Sign(e.signed, purpose, b)
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	return hex.EncodeToString(sum), nil
}

func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "�")
}
