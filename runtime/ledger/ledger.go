// Package ledger keeps accounts: entries that are only ever appended, with a running balance, lots
// that are used up first in first out and expire, holds, releases and reversals. Which objects are
// ledgers is declared in their metadata; actions post to them by the engines here. Numbers without
// entries are runtime/counter's.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

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
func Engines() []action.Engine {
	return []action.Engine{credit{}, debit{name: "ledger.use"}, debit{name: "ledger.charge"}, debit{name: "ledger.hold"},
		undo{name: "ledger.release"}, undo{name: "ledger.reverse"}, settle{name: "ledger.confirm"}, settle{name: "ledger.cancel"}, balance{}, expire{}}
}

// onAccount are the parameters that every engine has; needs are keys of the declaration.
func onAccount(needs []string, more ...engine.Param) []engine.Param {
	return append([]engine.Param{
		{Name: "ledger", Form: engine.Ledger, Keys: needs, Required: true, Doc: diag.Text{En: "the ledger", Zh: "账本对象"}},
		{Name: "account", Form: engine.Account, Kind: value.KindRef, In: "ledger", Doc: diag.Text{En: "record whose account it is; the action's own unless given", Zh: "账户所属记录，默认为操作的记录"}},
	}, more...)
}

// posting are the further parameters of engines that post.
func posting(more ...engine.Param) []engine.Param {
	return append([]engine.Param{
		{Name: "type", Form: engine.EntryType, In: "ledger", Required: true, Doc: diag.Text{En: "type of the entries", Zh: "流水类型"}},
		{Name: "key", Form: engine.Exprs, Required: true, Doc: diag.Text{En: "what tells this posting from others: a repeated one happens once", Zh: "幂等键：重复提交只记一次"}},
		{Name: "set", Form: engine.Values, In: "ledger", Doc: diag.Text{En: "other values of the entries", Zh: "流水的其他字段值"}},
	}, more...)
}

func results() []engine.Result {
	return []engine.Result{
		{Name: "entry", Kind: value.KindRef, In: "ledger", Doc: diag.Text{En: "the first entry", Zh: "首条流水"}},
		{Name: "balance", Kind: value.KindDecimal, Doc: diag.Text{En: "balance afterwards", Zh: "记账后余额"}},
		{Name: "available", Kind: value.KindDecimal, Doc: diag.Text{En: "what can be used afterwards", Zh: "记账后可用额"}},
		{Name: "repeated", Kind: value.KindBool, Doc: diag.Text{En: "whether it was posted before", Zh: "是否为重复提交"}}}
}

var (
	reused = engine.Refusal{Name: "key_reused", Code: errs.KeyReused, Message: diag.Text{En: "Another posting has this key.", Zh: "该幂等键已用于其他记账。"}}
	noSuch = engine.Refusal{Name: "not_found", Code: errs.NotFound, Message: diag.Text{En: "The account has no such posting.", Zh: "账户中没有该笔记账。"}}
	excess = engine.Refusal{Name: "excess", Code: errs.ValidationFail, Message: diag.Text{En: "More is undone than is left of the posting.", Zh: "超出该笔记账的可撤销余额。"}}
)

// call is one posting under way.
type call struct {
	*action.Call
	*account
}

func open(c *action.Call) (*call, error) {
	_, id, err := c.Parent("account")
	if err != nil {
		return nil, err
	}
	a, err := openAccount(c.Session, c.Arg("ledger").Object, id)
	return &call{c, a}, err
}

// amount is the argument "amount", above 0; where it is optional, null if there is none.
func (p *call) amount(optional bool) (value.Value, error) {
	v, err := p.Value("amount")
	if err != nil || v.IsNull() && optional {
		return value.Null, err
	}
	if !v.IsNull() {
		v = p.digits(v)
	}
	if v.IsNull() || !above(v, p.zero()) {
		return v, errs.New(errs.InvalidInput, "a ledger takes amounts above 0", "记账金额须大于 0")
	}
	return v, nil
}

// maxKey is the length of the longest key that is kept as it is.
const maxKey = 100

// keyOf joins the parts of a key so that different ones give different keys. "#" is kept for the
// further entries of one posting.
func (p *call) keyOf(name string) (string, error) {
	parts, err := p.Keys(name)
	if err != nil {
		return "", err
	}
	escape := strings.NewReplacer("%", "%25", ":", "%3A", "#", "%23")
	for i, s := range parts {
		parts[i] = escape.Replace(s)
	}
	key := strings.Join(parts, ":")
	if strings.Trim(key, ":") == "" {
		return "", errs.New(errs.InvalidInput, "a posting needs a key", "记账需要幂等键")
	}
	if len(key) > maxKey {
		sum := sha256.Sum256([]byte(key))
		key = "#" + hex.EncodeToString(sum[:])
	}
	return key, nil
}

// partKey is the key of the n-th entry of a posting, from 0.
func partKey(key string, n int) string {
	if n == 0 {
		return key
	}
	return key + "#" + strconv.Itoa(n+1)
}

// entries are those of a posting, in order; none where there is no such posting.
func (a *account) entries(key string) (out []record.Record, err error) {
	for {
		rs, err := a.se.Select(a.key("key"), a.o, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: a.l.Key.Col(), R: driver.Param{N: 0}} }, nil,
			value.Text(partKey(key, len(out))))
		if err != nil || len(rs) == 0 {
			return out, err
		}
		out = append(out, rs[0])
	}
}

// post runs fn unless the key was posted before: then the first answer is given again, and another
// posting of the same key refused. want is the amount of all entries; null: whatever it was.
func (p *call) post(want value.Value, fn func(key, kind string, set map[*catalog.Field]value.Value) ([]record.Record, error)) (map[string]value.Value, error) {
	key, err := p.keyOf("key")
	if err != nil {
		return nil, err
	}
	kind := p.Word("type")
	was, err := p.entries(key)
	if err != nil {
		return nil, err
	}
	if len(was) > 0 {
		n := p.zero()
		for _, r := range was {
			n = value.Add(n, r.Get(p.l.Amount))
		}
		if was[0].Get(p.l.Account).Int() != p.id || was[0].Get(p.l.Type).Text() != kind || !want.IsNull() && !value.Equal(n, want) {
			return nil, action.Refuse("key_reused")
		}
		return p.answer(was, true)
	}
	set, err := p.Set("set")
	if err != nil {
		return nil, err
	}
	made, err := fn(key, kind, set)
	if err != nil {
		return nil, err
	}
	return p.answer(made, false)
}

func (p *call) answer(made []record.Record, repeated bool) (map[string]value.Value, error) {
	lots, err := p.open()
	if err != nil {
		return nil, err
	}
	after := p.balance
	if repeated {
		after = made[len(made)-1].Get(p.l.Balance)
	}
	return map[string]value.Value{"entry": value.Ref(made[0].ID()), "balance": decimal(p.digits(after)), "available": decimal(p.digits(p.available(lots))),
		"repeated": value.Bool(repeated)}, nil
}

// decimal is a number as expressions take decimals.
func decimal(v value.Value) value.Value {
	if v.Kind() == value.KindInt {
		return v.Rescale(0)
	}
	return v
}

// balance is ledger.balance.
type balance struct{}

// Signature declares the engine.
func (balance) Signature() *engine.Signature {
	return &engine.Signature{Name: "ledger.balance", Doc: diag.Text{En: "Tells the balance of an account and what can be used of it.", Zh: "查询账户余额与可用额。"},
		Params: onAccount(nil), Results: slices.DeleteFunc(append(results(), engine.Result{Name: "held", Kind: value.KindDecimal, Doc: diag.Text{En: "what is held", Zh: "冻结额"}}),
			func(r engine.Result) bool { return r.Name == "entry" || r.Name == "repeated" })}
}

// Run tells.
func (balance) Run(c *action.Call) (map[string]value.Value, error) {
	p, err := open(c)
	if err != nil {
		return nil, err
	}
	lots, err := p.open()
	if err != nil {
		return nil, err
	}
	return map[string]value.Value{"balance": decimal(p.digits(p.balance)), "available": decimal(p.digits(p.available(lots))), "held": decimal(p.digits(p.held))}, nil
}
