package resolve

import (
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/engine"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// ledgers resolves the objects whose records are entries of accounts.
func (r *resolver) ledgers() {
	for _, o := range r.cat.Objects {
		d := r.decls.get(o.Name)
		if d.def.Ledger == nil {
			continue
		}
		c := &ledgerCheck{r: r, o: o, d: d, l: &catalog.Ledger{Decl: d.def.Ledger}}
		c.resolve()
		o.Ledger, o.Guarded = c.l, true
	}
}

// ledgerFields says what each key of a ledger is.
var ledgerFields = spec.Of[model.Ledger]()

type ledgerCheck struct {
	r *resolver
	o *catalog.Object
	d *objectDecl
	l *catalog.Ledger
}

func (c *ledgerCheck) errorf(code, key, en, zh string, args ...any) *diag.Finding {
	path := "ledger"
	if key != "" {
		path += "." + key
	}
	return c.r.errorf(code, c.o.Addr().Property("ledger"), c.d.def.Pos.At(path), diag.Textf(en, zh, args...))
}

func (c *ledgerCheck) resolve() {
	v, l := c.l.Decl, c.l
	l.Account = c.field(v.Account, "account", isReference)
	l.Amount = c.field(v.Amount, "amount", isNumber)
	l.Type = c.field(v.Type, "type", isChoice)
	l.Balance = c.field(v.Balance, "balance", isNumber)
	l.Key = c.field(v.Key, "key", func(f *catalog.Field) bool { return f.Store.Type == driver.Text && c.unique(f) })
	l.At = c.field(v.At, "at", isMoment)
	l.Lot = c.field(v.Lot, "lot", c.toItself)
	l.Remaining = c.field(v.Remaining, "remaining", isNumber)
	l.Expires = c.field(v.Expires, "expires", func(f *catalog.Field) bool { return f.Store.Type == driver.Date })
	l.Undoes = c.field(v.Undoes, "undoes", c.toItself)
	l.Status = c.field(v.Status, "status", isChoice)
	l.Due = c.field(v.Due, "due", isMoment)
	c.together()
	for key, code := range map[string]string{"pending": v.Pending, "posted": v.Posted, "cancelled": v.Cancelled} {
		c.code(l.Status, code, key)
	}
	c.code(l.Type, v.Expiry, "expiry")
	l.Pending, l.Posted, l.Cancelled, l.Expiry = v.Pending, v.Posted, v.Cancelled, v.Expiry
	seen := map[*catalog.Field]bool{}
	for _, f := range l.Fields() {
		if seen[f] {
			c.errorf("bad-ledger", "", "the field %s has two tasks in the ledger", "字段 %s 在账本中重复使用", f.Name)
		}
		seen[f] = true
	}
}

// field finds the stored field that a key of the declaration names; ok says whether it can do what
// the ledger needs of it.
func (c *ledgerCheck) field(name, key string, ok func(*catalog.Field) bool) *catalog.Field {
	if name == "" {
		return nil // a missing required key is reported when the file is read
	}
	f := c.o.ByName[name]
	if f == nil {
		c.errorf("unknown-field", key, "%s has no field %q", "%s 没有字段 %q", c.o.Name, name).Suggestion = diag.DidYouMean(name, c.d.fieldNames())
		return nil
	}
	if f.Column == "" || f.Computed() || f.System || !ok(f) {
		is := ledgerFields.Get(key).Doc
		c.r.errorf("bad-ledger", c.o.Addr().Property("ledger"), c.d.def.Pos.At("ledger."+key), diag.Text{
			En: fmt.Sprintf("%s cannot be %q of a ledger: it must be a %s", name, key, is.En),
			Zh: fmt.Sprintf("%s 不能作为账本的 %s：须为%s", name, key, is.Zh)})
		return nil
	}
	return f
}

func isReference(f *catalog.Field) bool {
	return f.Ref != nil && !f.Ref.Many && !f.Ref.Polymorphic
}

func isNumber(f *catalog.Field) bool {
	return f.Store.Type == driver.Decimal || f.Store.Type == driver.Int
}

func isMoment(f *catalog.Field) bool { return f.Store.Type == driver.DateTime }

func isChoice(f *catalog.Field) bool {
	_, ok := f.Type.(chooser)
	return ok && f.Store.Type == driver.Text
}

func (c *ledgerCheck) toItself(f *catalog.Field) bool {
	return isReference(f) && f.Ref.Target() == c.o
}

func (c *ledgerCheck) unique(f *catalog.Field) bool {
	return slices.ContainsFunc(c.o.Keys, func(k *catalog.Key) bool { return len(k.Fields) == 1 && k.Fields[0] == f && k.Where == nil })
}

// together reports keys that are of no use without others, and numbers that do not fit each other.
func (c *ledgerCheck) together() {
	v := c.l.Decl
	needs := func(key, value string, others map[string]string) {
		for _, other := range sorted(others) {
			if value != "" && others[other] == "" {
				c.errorf("bad-ledger", key, "%s needs %s beside it", "%s 须与 %s 同时声明", key, other)
			}
		}
	}
	needs("lot", v.Lot, map[string]string{"remaining": v.Remaining})
	needs("remaining", v.Remaining, map[string]string{"lot": v.Lot})
	needs("expires", v.Expires, map[string]string{"remaining": v.Remaining, "expiry": v.Expiry})
	needs("expiry", v.Expiry, map[string]string{"expires": v.Expires})
	needs("due", v.Due, map[string]string{"status": v.Status})
	needs("status", v.Status, map[string]string{"pending": v.Pending, "posted": v.Posted, "cancelled": v.Cancelled, "undoes": v.Undoes})
	for key, code := range map[string]string{"pending": v.Pending, "posted": v.Posted, "cancelled": v.Cancelled} {
		needs(key, code, map[string]string{"status": v.Status})
	}
	for _, f := range []*catalog.Field{c.l.Balance, c.l.Remaining} {
		if f != nil && c.l.Amount != nil && (f.Store.Type != c.l.Amount.Store.Type || f.Store.Scale != c.l.Amount.Store.Scale) {
			c.errorf("bad-ledger", "amount", "%s must keep the same numbers as %s", "%s 的数字类型与小数位须与 %s 一致", f.Name, c.l.Amount.Name)
		}
	}
}

// code holds a code against the choices of a field.
func (c *ledgerCheck) code(f *catalog.Field, code, key string) {
	if f == nil || code == "" {
		return
	}
	if known := codesOf(f); !slices.Contains(known, code) {
		c.errorf("unknown-value", key, "%s has no value %q", "%s 没有取值 %q", f.Name, code).Suggestion = diag.DidYouMean(code, known)
	}
}

func codesOf(f *catalog.Field) (out []string) {
	if c, ok := f.Type.(chooser); ok {
		for _, v := range c.Choices() {
			out = append(out, v.Code)
		}
	}
	return out
}

// ledgerOf is the ledger that the parameter names; nil where that was reported.
func (c *actionCheck) ledgerOf(call *catalog.EngineCall, param string) *catalog.Object {
	if a := call.Args[param]; a != nil {
		return a.Object
	}
	return nil
}

// ledgerArgument finds a ledger that has what the engine needs.
func (c *actionCheck) ledgerArgument(p *engine.Param, name, at string) *catalog.Object {
	o := c.object(name, at)
	if o == nil {
		return nil
	}
	if o.Ledger == nil {
		c.errorf("bad-argument", at, "%s is no ledger", "%s 不是账本", name)
		return nil
	}
	has := map[string]bool{"lot": o.Ledger.Lot != nil, "expires": o.Ledger.Expires != nil, "undoes": o.Ledger.Undoes != nil,
		"status": o.Ledger.Status != nil, "due": o.Ledger.Due != nil}
	for _, key := range p.Keys {
		if !has[key] {
			c.errorf("bad-argument", at, "the ledger %s declares no %s, which this engine needs", "账本 %s 未声明该引擎所需的 %s", name, key)
			return nil
		}
	}
	return o
}

// account holds the record whose account a call means against the ledger's accounts.
func (c *actionCheck) account(call *catalog.EngineCall, p *engine.Param, path string) {
	l := c.ledgerOf(call, p.In)
	if l == nil || l.Ledger == nil || l.Ledger.Account == nil {
		return
	}
	of, at := c.a.Object, path
	if a := call.Args[p.Name]; a != nil {
		of, at = c.r.cat.ByName[a.Programs[0].Type().Object], path+".with."+p.Name
	} else if c.a.OnObject {
		of = nil
	}
	if want := l.Ledger.Account.Ref.Target(); of != want {
		c.errorf("bad-argument", at, "the accounts of %s belong to records of %s; %q must lead to one", "%s 的账户属于 %s 的记录，%q 须指向其一", l.Name, want.Name, p.Name)
	}
}

// entryType finds a type of entries.
func (c *actionCheck) entryType(call *catalog.EngineCall, p *engine.Param, code, at string) *catalog.EngineArg {
	l := c.ledgerOf(call, p.In)
	if l == nil || l.Ledger.Type == nil {
		return nil
	}
	if known := codesOf(l.Ledger.Type); !slices.Contains(known, code) {
		c.errorf("unknown-value", at, "%s has no value %q", "%s 没有取值 %q", l.Ledger.Type.Name, code).Suggestion = diag.DidYouMean(code, known)
		return nil
	}
	return &catalog.EngineArg{Words: []string{code}}
}
