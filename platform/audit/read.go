package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// MaxPage is the most entries that one page has.
const MaxPage = 500

// Filter picks entries. Before is the number that they lie before, 0 for the newest; of Kind and
// Name empty ones pick all.
type Filter struct {
	Before     int64
	First      int
	Kind, Name string
}

// List gives entries, the newest first.
func (l *Log) List(ctx context.Context, f Filter) (out []Entry, err error) {
	args := []value.Value{value.Ref(cmp.Or(f.Before, math.MaxInt64)), value.Int(int64(min(max(f.First, 1), MaxPage)))}
	which := 0
	for i, s := range []string{f.Kind, f.Name} {
		if s != "" {
			which |= 1 << i
			args = append(args, value.Text(s))
		}
	}
	err = l.db.View(ctx, func(tx store.Tx) error {
		out, err = l.read(ctx, tx, l.pages[which], args)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return out, nil
}

func (l *Log) read(ctx context.Context, tx store.Tx, st driver.Stmt, args []value.Value) (out []Entry, err error) {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		text := func(i int) string { return strings.Clone(rows.Value(i).Text()) }
		e := Entry{Number: rows.Value(0).Int(), At: rows.Value(1).AsTime(), Kind: named(text(2)), UserID: rows.Value(3).Int(), Name: text(4), Key: text(5),
			Address: text(6), Subject: text(7), details: text(8), signed: text(9), hash: text(10)}
		// Details that are no JSON object were changed: Verify tells.
		if json.Unmarshal([]byte(e.details), &e.Details) != nil || e.Details == nil {
			e.Details = map[string]any{}
		}
		out = append(out, e)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Fault is the first place where the chain is broken.
type Fault struct {
	Number int64
	Why    diag.Text
}

// Verify reads the whole chain. It gives how far the chain is whole, and the first fault, nil when
// there is none. A head that was kept elsewhere has to be part of the chain; the zero one is no
// condition.
func (l *Log) Verify(ctx context.Context, kept Head) (at Head, fault *Fault, err error) {
	// Readers may show the state of the last commit for as long as nobody writes. Whoever tampers does so behind
	// the store's back, and that is what is looked for: so look after another commit, which changes nothing.
	if err := l.db.Update(ctx, func(store.Tx) error { return nil }); err != nil {
		return at, nil, fmt.Errorf("verify the audit log: %w", err)
	}
	err = l.db.View(ctx, func(tx store.Tx) error {
		at, fault = Head{}, nil
		found := kept.Number == 0
		for {
			rows, err := l.read(ctx, tx, l.chain, []value.Value{value.Ref(at.Number), value.Int(1000)})
			if err != nil {
				return err
			}
			for i := range rows {
				if fault = l.check(at, &rows[i]); fault != nil {
					return nil
				}
				at = Head{rows[i].Number, rows[i].hash}
				if at.Number == kept.Number && at.Hash != kept.Hash {
					fault = broken(at.Number, "it is another entry than the one whose hash was kept", "该条目与留存的哈希不符")
					return nil
				}
				found = found || at == kept
			}
			if len(rows) == 0 {
				break
			}
		}
		end, err := l.readHead(ctx, tx)
		switch {
		case err != nil:
			return err
		case end != at && at.Number < end.Number:
			fault = broken(at.Number+1, "the entries from here to %d are missing", "从此处到 %d 的条目缺失", end.Number)
		case end != at:
			fault = broken(at.Number, "the end of the chain is said to be at %d", "链尾记录为 %d", end.Number)
		case !found:
			fault = broken(at.Number+1, "the chain was cut off: the entries from here to %d are missing", "链被截断：从此处到 %d 的条目缺失", kept.Number)
		}
		return nil
	})
	if err != nil {
		return at, nil, fmt.Errorf("verify the audit log: %w", err)
	}
	return at, fault, nil
}

// check holds one entry against the one before it.
func (l *Log) check(before Head, e *Entry) *Fault {
	if e.Number != before.Number+1 {
		return broken(before.Number+1, "the entry is missing", "该条目缺失")
	}
	hash, err := l.sign(before.Hash, e)
	if err != nil {
		return broken(e.Number, "the entry is signed with the key %q, which is not there", "该条目由不存在的密钥 %q 签名", e.signed)
	}
	if hash != e.hash {
		return broken(e.Number, "the entry was changed, inserted or moved", "该条目被修改、插入或移动")
	}
	return nil
}

func broken(n int64, en, zh string, args ...any) *Fault {
	return &Fault{Number: n, Why: diag.Textf(en, zh, args...)}
}
