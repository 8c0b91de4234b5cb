package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// eval computes a program over a record as it will be, and as it was.
func (b *batch) eval(p *expr.Program, r, old *row) (value.Value, error) {
	in := make([]value.Value, len(p.Inputs()))
	for i, x := range p.Inputs() {
		v, err := b.inputValue(x, r, old)
		if err != nil {
			return value.Null, err
		}
		in[i] = v
	}
	env := expr.Env{NowMicros: b.now.Int(), IsNew: old == nil}
	if !p.UsesRates() {
		return p.Eval(in, env), nil
	}
	env.Rates = b.currencies()
	v := p.Eval(in, env)
	return v, b.rates.err
}

func (b *batch) inputValue(in expr.Input, r, old *row) (value.Value, error) {
	if b.named != nil && in.Kind != expr.RoleInput && in.Kind != expr.SettingInput {
		if v, known, err := b.namedValue(in); known || err != nil {
			return v, err
		}
	}
	if in.Kind == expr.RoleInput {
		p := b.caller.Principal
		return value.Bool(p.Admin || slices.Contains(p.Roles, in.Name)), nil
	}
	if in.Kind == expr.SettingInput {
		return b.setting(in.Name, r)
	}
	at := r
	if in.Kind == expr.PriorInput {
		at = old
	}
	return b.valueAt(in, at, in.Path)
}

// valueAt follows lookups from a record to the one that an input is about.
func (b *batch) valueAt(in expr.Input, at *row, path []string) (value.Value, error) {
	for _, hop := range path {
		if at == nil {
			return value.Null, nil
		}
		f := at.object.Field(hop)
		ref := at.get(f)
		if ref.IsNull() {
			return value.Null, nil
		}
		var err error
		if at, err = b.find(f.Ref.Target(), ref.Int()); err != nil {
			return value.Null, err
		}
	}
	if at == nil {
		return value.Null, nil
	}
	if in.Kind == expr.AggInput {
		return b.aggregateChildren(in.Agg, at)
	}
	return at.get(at.object.Field(in.Field)), nil
}

// aggregateChildren computes COUNT, EXISTS, SUM … over the live children of a record.
func (b *batch) aggregateChildren(a *expr.Aggregate, r *row) (value.Value, error) {
	child := b.cat.Object(a.Child.Object)
	conds := []driver.Expr{aliveExpr(child), childOf(child.Field(a.Child.Via), r)}
	w, err := b.where(a.Where)
	if err != nil {
		return value.Null, err
	}
	if w != nil {
		conds = append(conds, w)
	}
	agg := driver.Agg{Func: a.Func}
	if a.Expr != nil {
		if agg.Expr, err = a.Expr.Filter(expr.Env{NowMicros: b.now.Int()}); err != nil {
			return value.Null, err
		}
	}
	return b.aggregate(&driver.Query{Table: child.Table, Where: driver.And{Args: conds}, Aggs: []driver.Agg{agg}})
}

// childOf is the condition that a child's reference points to r.
func childOf(via *catalog.Field, r *row) driver.Expr {
	id := r.id()
	switch {
	case via.Ref.Polymorphic:
		return eq(via.Col(), driver.Const{Value: value.Text(fmt.Sprintf("%s_%d", r.object.IDPrefix, id))})
	case via.Ref.Many:
		return driver.Has{Arg: via.Col(), Elem: driver.Const{Value: value.Ref(id)}}
	}
	return eq(via.Col(), driver.Const{Value: value.Ref(id)})
}

func (b *batch) aggregate(q *driver.Query) (out value.Value, err error) {
	st, err := b.s.deps.Tenant.Store.Prepare(q)
	if err != nil {
		return out, err
	}
	err = b.each(st, nil, func(r driver.Rows) { out = r.Value(0).Clone() })
	return out, err
}

// formulas computes the stored formulas of a record, in order.
func (b *batch) formulas(r, old *row) error {
	for _, f := range r.object.Formulas {
		frozen, err := b.frozen(f, r, old)
		if err != nil {
			return err
		}
		if frozen {
			continue
		}
		v, err := b.eval(f.Formula.Program, r, old)
		if err != nil {
			return fmt.Errorf("compute %s.%s: %w", r.object.Name, f.Name, err)
		}
		v = fit(f, v)
		if f.InCurrency() { // what is converted has the digits of its own currency
			if v, err = b.inCurrency(r, v); err != nil {
				return err
			}
		}
		r.set(f, v)
	}
	return nil
}

// frozen says whether a formula's value stays: the condition that freezes it was true, and is.
func (b *batch) frozen(f *catalog.Field, r, old *row) (bool, error) {
	if f.Formula.Freeze == nil || old == nil || old.get(f).IsNull() {
		return false, nil
	}
	for _, x := range []*row{old, r} {
		v, err := b.eval(f.Formula.Freeze, x, old)
		if err != nil || v.Kind() != value.KindBool || !v.Bool() {
			return false, err
		}
	}
	return true, nil
}

// fit rounds and converts a computed value to what the field stores.
func fit(f *catalog.Field, v value.Value) value.Value {
	if v.IsNull() {
		return v
	}
	switch f.Store.Type {
	case driver.Decimal:
		return v.Rescale(f.Store.Scale)
	case driver.Int:
		if v.Kind() != value.KindInt {
			return value.Int(v.Rescale(0).Int())
		}
	case driver.Text:
		if v.Kind() == value.KindText && v.Text() == "" {
			return value.Null
		}
	}
	return v.Clone()
}

// rules evaluates the validation rules; warnings are returned, errors collected.
func (b *batch) rules(r, old *row, deleting bool, ps *problems) (out []Warning, err error) {
	for _, rule := range r.object.Rules {
		if on := !deleting && old == nil && rule.Create || !deleting && old != nil && rule.Update || deleting && rule.Delete; !on {
			continue
		}
		v, err := b.eval(rule.When, r, old)
		if err != nil {
			return nil, fmt.Errorf("rule %s.%s: %w", r.object.Name, rule.Name, err)
		}
		if v.Kind() != value.KindBool || !v.Bool() {
			continue
		}
		field := ""
		if rule.Field != nil {
			field = rule.Field.APIName
		}
		msg := diag.Text{En: rule.Message.In("en"), Zh: rule.Message.In("zh-CN")}
		if rule.Warning {
			out = append(out, Warning{Rule: rule.Name, Field: field, Message: msg})
			continue
		}
		ps.add(&errs.Error{Code: errs.ValidationFail, Message: msg, Field: field, Rule: rule.Name})
	}
	return out, nil
}

// numbers gives a new record its running numbers.
func (b *batch) numbers(r *row) error {
	for _, f := range r.object.Fields {
		if !r.get(f).IsNull() {
			continue
		}
		if g, ok := f.Type.(field.Generated); ok {
			v, err := b.generate(f, g)
			if err != nil {
				return err
			}
			r.set(f, v)
		}
		if f.AutoNumber == nil {
			continue
		}
		v, err := b.number(r.object, f)
		if err != nil {
			return fmt.Errorf("number %s.%s: %w", r.object.Name, f.Name, err)
		}
		r.set(f, v)
	}
	return nil
}

// maxGenerated is how often a generated value is made again because a record has it already.
const maxGenerated = 16

// generate makes a value that no other record has, where the field is a key.
func (b *batch) generate(f *catalog.Field, g field.Generated) (value.Value, error) {
	key := slices.ContainsFunc(f.Object.Keys, func(k *catalog.Key) bool { return len(k.Fields) == 1 && k.Fields[0] == f })
	for range maxGenerated {
		v, err := g.Generate(b.s.deps.Random)
		if err != nil {
			return value.Null, fmt.Errorf("generate %s.%s: %w", f.Object.Name, f.Name, err)
		}
		if !key {
			return v, nil
		}
		taken, err := b.rows("generated."+f.Object.Name+"."+f.Name, f.Object, func() driver.Expr { return eq(f.Col(), first) }, v)
		if err != nil || len(taken) == 0 {
			return v, err
		}
	}
	return value.Null, errs.New(errs.LimitExceeded, "all values that %s can have are taken", "%s 的可用值已用尽", f.APIName).On(f.APIName)
}

// number takes the next number of the format's period. The counter is transactional, so numbers
// have no gaps but those of records that were deleted.
func (b *batch) number(o *catalog.Object, f *catalog.Field) (value.Value, error) {
	now := b.now.AsTime().In(b.zone())
	period := ""
	out, rest := "", f.AutoNumber.Format
	type piece struct{ text, zeros string }
	var pieces []piece
	for rest != "" {
		i := strings.IndexByte(rest, '{')
		j := strings.IndexByte(rest, '}')
		if i < 0 || j < i {
			pieces = append(pieces, piece{text: rest})
			break
		}
		pieces = append(pieces, piece{text: rest[:i]})
		token := rest[i+1 : j]
		rest = rest[j+1:]
		if strings.Trim(token, "0") == "" {
			pieces = append(pieces, piece{zeros: token})
			continue
		}
		text := now.Format(strings.NewReplacer("YYYY", "2006", "YY", "06", "MM", "01", "DD", "02").Replace(token))
		period += text
		pieces = append(pieces, piece{text: text})
	}
	n, err := b.tx.NextSequence(b.ctx, "number:"+o.Table+"."+f.Column+":"+period, 1)
	if err != nil {
		return value.Null, err
	}
	for _, p := range pieces {
		if out += p.text; p.zeros != "" {
			out += fmt.Sprintf("%0*d", len(p.zeros), n)
		}
	}
	return value.Text(out), nil
}

// trees computes the materialised paths "/1/4/9/" of a record's trees.
func (b *batch) trees(r *row) error {
	for _, f := range r.object.Fields {
		if f.TreePath == nil {
			continue
		}
		path, err := b.treePath(f, r, 0)
		if err != nil {
			return err
		}
		r.set(f, value.Text(path))
	}
	return nil
}

// treePath is the parent's path and the record's own id; where the parent has no path yet, as
// in a backfill, it is made first.
func (b *batch) treePath(f *catalog.Field, r *row, depth int) (string, error) {
	up := r.get(f.TreePath.Parent)
	if up.IsNull() || depth > maxTree {
		return fmt.Sprintf("/%d/", r.id()), nil
	}
	p, err := b.find(r.object, up.Int())
	if err != nil || p == nil {
		return fmt.Sprintf("/%d/", r.id()), err
	}
	above := p.get(f).Text()
	if above == "" {
		if above, err = b.treePath(f, p, depth+1); err != nil {
			return "", err
		}
	}
	return above + fmt.Sprintf("%d/", r.id()), nil
}
