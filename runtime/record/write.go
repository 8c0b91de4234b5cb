package record

import (
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

func (b *batch) create(op *Op, depth int) (*Result, error) {
	o := op.Object
	if err := b.can(o, access.Create); err != nil {
		return nil, err
	}
	r := &row{o, make([]value.Value, len(o.Fields))}
	id := op.ID
	if id == 0 {
		id = b.s.ids.next()
	}
	b.system(r, id)
	b.childless(r)
	if err := b.defaults(r); err != nil {
		return nil, err
	}
	var ps problems
	nest, err := b.input(op, r, true, &ps)
	if err != nil {
		return nil, err
	}
	if err := b.before(r, nest, depth, &ps); err != nil {
		return nil, err
	}
	if err := b.derived(r, func(f *catalog.Field) bool { _, ok := op.Input[f.APIName]; return ok }); err != nil {
		return nil, err
	}
	if err := b.mastersOpen(r); err != nil {
		return nil, err
	}
	if err := b.numbers(r); err != nil {
		return nil, err
	}
	if err := b.prepare("create", r, nil); err != nil {
		return nil, err
	}
	warnings, err := b.complete(r, nil, ps)
	if err != nil {
		return nil, err
	}
	if err := b.sharing(r, nil); err != nil {
		return nil, err
	}
	if err := b.insert(r); err != nil {
		return nil, err
	}
	if err := b.kept(r); err != nil {
		return nil, err
	}
	b.wrote(change{o, id, "create", nil, r})
	if err := b.after(r, nest, depth); err != nil {
		return nil, err
	}
	return result(r, true, warnings), nil
}

// system fills the system fields of a new record.
func (b *batch) system(r *row, id int64) {
	o := r.object
	user := value.Null
	if b.caller.Principal.UserID != 0 {
		user = value.Ref(b.caller.Principal.UserID)
	}
	set := func(name string, v value.Value) {
		if f := o.Field(name); f != nil {
			if f.Ref == nil && v.Kind() == value.KindRef && name != catalog.ID {
				v = value.Int(v.Int()) // no object serves users: the number alone is kept
			}
			r.set(f, v)
		}
	}
	set(catalog.ID, value.Ref(id))
	set(catalog.Version, value.Int(1))
	set(catalog.CreatedAt, b.now)
	set(catalog.UpdatedAt, b.now)
	set(catalog.CreatedBy, user)
	set(catalog.UpdatedBy, user)
	set(catalog.Owner, user)
}

// defaults fills the fields whose defaults do not depend on the record.
func (b *batch) defaults(r *row) error {
	for _, f := range r.object.Fields {
		if f.Default == nil || readsRecord(f.Default.Expr) {
			continue
		}
		if err := b.setDefault(r, f); err != nil {
			return err
		}
	}
	return nil
}

// derived fills the fields whose defaults read the record, such as the price of the product that a
// line names, once the record has what was given. They come in the order of the fields, so that one
// may read those before it.
func (b *batch) derived(r *row, given func(*catalog.Field) bool) error {
	for _, f := range r.object.Fields {
		if f.Default == nil || !readsRecord(f.Default.Expr) || given(f) || !r.get(f).IsNull() {
			continue
		}
		if err := b.setDefault(r, f); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) setDefault(r *row, f *catalog.Field) error {
	v := f.Default.Value
	if f.Default.Expr != nil {
		var err error
		if v, err = b.eval(f.Default.Expr, r, nil); err != nil {
			return fmt.Errorf("default of %s: %w", f.Name, err)
		}
	}
	r.set(f, fit(f, v))
	return nil
}

// readsRecord says whether an expression, which may be nil, reads fields.
func readsRecord(p *expr.Program) bool {
	return p != nil && slices.ContainsFunc(p.Inputs(), func(in expr.Input) bool { return in.Kind != expr.RoleInput && in.Kind != expr.SettingInput })
}

// complete computes and checks a record that is about to be written. All problems are reported.
func (b *batch) complete(r, old *row, ps problems) ([]Warning, error) {
	b.required(r, &ps)
	b.checked(r, old, &ps)
	if err := b.references(r, old, &ps); err != nil {
		return nil, err
	}
	if err := ps.err(); err != nil {
		return nil, err // rules over values that are wrong themselves would only confuse
	}
	if err := b.amounts(r); err != nil {
		return nil, err
	}
	if err := b.trees(r); err != nil {
		return nil, err
	}
	b.cache[rowKey{r.object, r.id()}] = r
	if err := b.formulas(r, old); err != nil {
		return nil, err
	}
	warnings, err := b.rules(r, old, false, &ps)
	if err != nil {
		return nil, err
	}
	if err := ps.err(); err != nil {
		return nil, err
	}
	if err := b.apart(r, old); err != nil {
		return nil, err
	}
	more, err := b.duplicates(r, old)
	return append(warnings, more...), err
}

func (b *batch) insert(r *row) error {
	cols, vals := make([]string, 0, len(r.object.Fields)), make([]value.Value, 0, len(r.object.Fields))
	for i, f := range r.object.Fields {
		if f.Column != "" {
			cols, vals = append(cols, f.Column), append(vals, r.vals[i])
		}
	}
	return b.tx.Insert(b.ctx, r.object.Table, cols, vals)
}

func (b *batch) update(op *Op, depth int) (*Result, error) {
	if err := b.can(op.Object, access.Update); err != nil {
		return nil, err
	}
	old, err := b.visible(op.Object, op.ID, access.Update)
	if err != nil {
		return nil, err
	}
	return b.change(op, old, depth)
}

func (b *batch) change(op *Op, old *row, depth int) (*Result, error) {
	if err := ifVersion(op, old); err != nil {
		return nil, err
	}
	r := old.clone()
	var ps problems
	nest, err := b.input(op, r, false, &ps)
	if err != nil {
		return nil, err
	}
	if err := b.before(r, nest, depth, &ps); err != nil {
		return nil, err
	}
	if b.differs(r, old) {
		if err := b.prepare("update", r, old); err != nil {
			return nil, err
		}
	}
	if err := b.unlocked(r, old); err != nil {
		return nil, err
	}
	warnings, err := b.complete(r, old, ps)
	if err != nil {
		b.cache[rowKey{op.Object, op.ID}] = old
		return nil, err
	}
	if b.differs(r, old) {
		if err := b.sharing(r, old); err != nil {
			return nil, err
		}
		b.stamp(r)
		if err := b.save(r, old); err != nil {
			return nil, err
		}
		if err := b.kept(r); err != nil {
			return nil, err
		}
		b.wrote(change{op.Object, r.id(), "update", old, r})
	}
	if err := b.after(r, nest, depth); err != nil {
		return nil, err
	}
	res := result(r, false, warnings)
	if b.opt.Before {
		res.Before = replaced(r, old)
	}
	return res, nil
}

// replaced are the values that a change of the record's own fields did away with.
func replaced(r, old *row) map[*catalog.Field]value.Value {
	out := map[*catalog.Field]value.Value{}
	for i, f := range r.object.Fields {
		if f.Column != "" && !f.System && !f.Computed() && r.vals[i] != old.vals[i] {
			out[f] = old.vals[i]
		}
	}
	return out
}

// target finds the record that an operation is about: one that the caller sees, may treat so, and
// that is as the caller knows it.
func (b *batch) target(op *Op, may access.Op) (*row, error) {
	if err := b.can(op.Object, may); err != nil {
		return nil, err
	}
	r, err := b.visible(op.Object, op.ID, may)
	if err != nil {
		return nil, err
	}
	return r, ifVersion(op, r)
}

func ifVersion(op *Op, r *row) error {
	v := r.get(op.Object.Field(catalog.Version)).Int()
	if op.IfVersion == nil || *op.IfVersion == v {
		return nil
	}
	return errs.New(errs.VersionConflict, "the record was changed meanwhile: it has version %d", "记录已被他人修改：当前版本为 %d", v).With("version", v)
}

func (b *batch) differs(r, old *row) bool {
	for i := range r.vals {
		if r.vals[i] != old.vals[i] && !value.Equal(r.vals[i], old.vals[i]) {
			return true
		}
	}
	return false
}

// stamp records who changes a record and when.
func (b *batch) stamp(r *row) {
	o := r.object
	r.set(o.Field(catalog.Version), value.Int(r.get(o.Field(catalog.Version)).Int()+1))
	r.set(o.Field(catalog.UpdatedAt), b.now)
	if u := b.caller.Principal.UserID; u != 0 {
		v := value.Ref(u)
		if o.Field(catalog.UpdatedBy).Ref == nil {
			v = value.Int(u)
		}
		r.set(o.Field(catalog.UpdatedBy), v)
	}
}

// save writes the columns that differ.
func (b *batch) save(r, old *row) error {
	var cols []string
	var vals []value.Value
	for i, f := range r.object.Fields {
		if f.Column != "" && r.vals[i] != old.vals[i] {
			cols, vals = append(cols, f.Column), append(vals, r.vals[i])
		}
	}
	b.cache[rowKey{r.object, r.id()}] = r
	if len(cols) == 0 {
		return nil
	}
	_, err := b.tx.Update(b.ctx, r.object.Table, r.id(), cols, vals)
	return err
}

// upsert finds the record by a unique key and changes it, or creates it.
func (b *batch) upsert(op *Op, depth int) (*Result, error) {
	o := op.Object
	key := keyOf(o, op.Key)
	if key == nil {
		return nil, errs.New(errs.InvalidInput, "the key names no unique key of %s", "该键不是 %s 的唯一键", o.Name).On("key")
	}
	given, err := b.connected(o, op.Key)
	if err != nil {
		return nil, err
	}
	found, err := b.byKey(o, key, given)
	if err != nil {
		return nil, err
	}
	if found != nil {
		// What the caller may not see is created, and refused as a duplicate by its key.
		seen, err := b.among(o, found.id(), access.Read)
		if err != nil {
			return nil, err
		}
		if seen {
			if err := b.can(o, access.Update); err != nil {
				return nil, err
			}
			if _, err := b.visible(o, found.id(), access.Update); err != nil {
				return nil, err
			}
			return b.change(op, found, depth)
		}
	}
	if op.Existing {
		return nil, errs.New(errs.NotFound, "there is no %s with this key", "没有此键的 %s", o.Name)
	}
	in := make(map[string]any, len(op.Input)+len(given))
	for k, v := range op.Input {
		in[k] = v
	}
	for k, v := range given {
		in[k] = v
	}
	fresh := *op
	fresh.Input = in
	return b.create(&fresh, depth)
}

func result(r *row, created bool, warnings []Warning) *Result {
	out := &Result{ID: r.id(), Version: r.get(r.object.Field(catalog.Version)).Int(), Created: created, Warnings: warnings,
		Row: make(map[*catalog.Field]value.Value, len(r.vals))}
	for i, f := range r.object.Fields {
		out.Row[f] = r.vals[i]
	}
	return out
}
