// Package counter holds guarded counters: numbers that concurrent use can never carry over a
// limit, per key and, if wanted, per window of time. Each is a record of the object that serves
// "counter", changed in the transaction of the action that uses it. Capacity with waiting lists
// and balances with lots are other engines' business.
package counter

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
)

// Engines are the engines of this package.
func Engines() []action.Engine { return []action.Engine{take{}, give{}} }

// windows are the periods after which a counter begins anew, in the tenant's time zone.
var windows = []string{"day", "week", "month", "quarter", "year"}

// params are those that both engines have.
func params(more ...engine.Param) []engine.Param {
	return append([]engine.Param{
		{Name: "counter", Form: engine.Word, Required: true, Doc: diag.Text{En: "what is counted, as one word", Zh: "计数器名称"}},
		{Name: "key", Form: engine.Exprs, Doc: diag.Text{En: "what each counts for itself: records or values", Zh: "分别计数的键：记录或值"}},
		{Name: "amount", Kind: value.KindDecimal, Doc: diag.Text{En: "how much, 1 unless given", Zh: "数量，默认 1"}},
		{Name: "window", Form: engine.Word, Enum: windows, Doc: diag.Text{En: "period after which counting begins anew; unless given, never", Zh: "重新计数的周期，不填则不重置"}},
	}, more...)
}

// take is counter.take.
type take struct{}

// Signature declares the engine.
func (take) Signature() *engine.Signature {
	return &engine.Signature{Name: "counter.take", Serves: []string{catalog.RoleCounter},
		Doc:    diag.Text{En: "Counts, and refuses what would carry the counter over its limit.", Zh: "计数，超出上限则拒绝。"},
		Params: params(engine.Param{Name: "limit", Kind: value.KindDecimal, Doc: diag.Text{En: "the most that may be taken; null: any number", Zh: "上限，空表示不限"}}),
		Results: []engine.Result{
			{Name: "used", Kind: value.KindDecimal, Doc: diag.Text{En: "taken so far, this included", Zh: "已用数量（含本次）"}},
			{Name: "remaining", Kind: value.KindDecimal, Doc: diag.Text{En: "what is left; null without a limit", Zh: "剩余数量，不限时为空"}}},
		Refusals: []engine.Refusal{{Name: "limit", Code: errs.LimitExceeded, Message: diag.Text{En: "The limit is reached.", Zh: "已达上限。"}}}}
}

// Run takes.
func (take) Run(c *action.Call) (map[string]value.Value, error) {
	n, err := open(c)
	if err != nil {
		return nil, err
	}
	limit, err := c.Value("limit")
	if err != nil {
		return nil, err
	}
	used := value.Add(n.used, n.amount)
	if !limit.IsNull() && value.Compare(used, limit) > 0 {
		return nil, action.Refuse("limit", "limit", text(limit), "used", text(n.used))
	}
	if err := n.save(used, limit); err != nil {
		return nil, err
	}
	return map[string]value.Value{"used": n.fit(used), "remaining": n.fit(value.Sub(limit, used))}, nil
}

// give is counter.give.
type give struct{}

// Signature declares the engine.
func (give) Signature() *engine.Signature {
	return &engine.Signature{Name: "counter.give", Serves: []string{catalog.RoleCounter},
		Doc: diag.Text{En: "Gives back what was taken, so that it can be taken again.", Zh: "归还已占用的数量。"},
		Params: params(engine.Param{Name: "taken_at", Kind: value.KindDateTime,
			Doc: diag.Text{En: "when it was taken: what was taken in an earlier window is not counted any more", Zh: "占用时刻；属于更早周期的不再计入"}}),
		Results: []engine.Result{{Name: "used", Kind: value.KindDecimal, Doc: diag.Text{En: "taken so far", Zh: "已用数量"}}}}
}

// Run gives back.
func (give) Run(c *action.Call) (map[string]value.Value, error) {
	n, err := open(c)
	if err != nil {
		return nil, err
	}
	at, err := c.Value("taken_at")
	if err != nil {
		return nil, err
	}
	if w := c.Word("window"); w != "" && !at.IsNull() && windowStart(at.AsTime().In(c.Zone()), w) != n.start {
		return map[string]value.Value{"used": n.fit(n.used)}, nil
	}
	used := value.Sub(n.used, n.amount)
	if value.Compare(used, value.Int(0)) < 0 {
		used = value.Int(0)
	}
	if n.found {
		if err := n.save(used, n.rec.Get(n.obj.Field("limit_value"))); err != nil {
			return nil, err
		}
	}
	return map[string]value.Value{"used": n.fit(used)}, nil
}

// number is one counter in its present window.
type number struct {
	c            *action.Call
	obj          *catalog.Object
	key          string
	rec          record.Record
	found        bool
	used, amount value.Value
	start        value.Value // of the window; null without one
}

func open(c *action.Call) (*number, error) {
	n := &number{c: c, obj: c.Catalog().Serving(catalog.RoleCounter), used: value.Int(0), start: value.Null}
	keys, err := c.Keys("key")
	if err != nil {
		return nil, err
	}
	if n.amount, err = c.ValueOr("amount", value.Int(1)); err != nil {
		return nil, err
	}
	if value.Compare(n.amount, value.Int(0)) <= 0 {
		return nil, errs.New(errs.InvalidInput, "a counter takes and gives amounts above 0", "计数数量须大于 0")
	}
	if w := c.Word("window"); w != "" {
		n.start = windowStart(c.Now().AsTime().In(c.Zone()), w)
	}
	n.key = keyOf(append([]string{c.Word("counter")}, keys...))
	f := n.obj.Field("key")
	rs, err := c.Select("counter", n.obj, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 0}} }, nil, value.Text(n.key))
	if err != nil || len(rs) == 0 {
		return n, err
	}
	n.rec, n.found = rs[0], true
	if n.start.IsNull() || n.rec.Get(n.obj.Field("window_start")) == n.start {
		n.used = n.rec.Get(n.obj.Field("used"))
	}
	return n, nil
}

// fit gives a number with the digits that counters keep.
func (n *number) fit(v value.Value) value.Value { return v.Rescale(n.obj.Field("used").Store.Scale) }

func (n *number) save(used, limit value.Value) error {
	vals := map[*catalog.Field]value.Value{n.obj.Field("used"): used, n.obj.Field("limit_value"): limit, n.obj.Field("window_start"): n.start}
	var err error
	if n.found {
		_, err = n.c.Update(n.rec, vals)
	} else {
		vals[n.obj.Field("key")] = value.Text(n.key)
		_, err = n.c.Create(n.obj, vals)
	}
	return err
}

// maxKey is the length of the longest key that is kept as it is.
const maxKey = 200

// keyOf joins parts so that different ones give different keys.
func keyOf(parts []string) string {
	escape := strings.NewReplacer("%", "%25", ":", "%3A")
	for i, p := range parts {
		parts[i] = escape.Replace(p)
	}
	key := strings.Join(parts, ":")
	if len(key) <= maxKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return parts[0][:min(len(parts[0]), maxKey/2)] + ":" + hex.EncodeToString(sum[:])
}

// windowStart is the first moment of the window that a local time lies in. Weeks begin on Monday.
func windowStart(t time.Time, window string) value.Value {
	y, m, d := t.Date()
	switch window {
	case "week":
		d -= (int(t.Weekday()) + 6) % 7
	case "month":
		d = 1
	case "quarter":
		m, d = m-(m-1)%3, 1
	case "year":
		m, d = 1, 1
	}
	return value.Instant(time.Date(y, m, d, 0, 0, 0, 0, t.Location()))
}

// text is a number without zeros at its end.
func text(v value.Value) string {
	s := string(v.AppendDecimal(nil))
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
