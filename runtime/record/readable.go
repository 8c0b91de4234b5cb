package record

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Readable refuses, as FORBIDDEN, an expression over a record of an object that reads what the
// session's profile may not: fields that are hidden or masked, and records that are not seen, also
// behind references. Computed fields are asked for as fields: what they are computed from is the
// platform's business. With own the record is the one that the caller writes, seen or not.
func (s *Session) Readable(p *expr.Program, o *catalog.Object, of Record, own bool, named map[string]Named) error {
	if s.b.access == access.Everything {
		return nil
	}
	for _, in := range p.Reads() {
		if err := s.b.readable(in, o, of.row, own, named); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) readable(in expr.Input, o *catalog.Object, r *row, own bool, named map[string]Named) error {
	path, first := in.Path, in.Field
	if len(path) > 0 {
		first = path[0]
	}
	n, known := named[first]
	switch {
	case known && (len(path) == 0 || n.Object == nil && n.Of == nil): // an id, or what the process itself holds
		return nil
	case known && n.Object != nil:
		if len(path) == 1 && in.Field == catalog.ID {
			return nil
		}
		var err error
		if r, err = b.find(n.Object, n.ID); err != nil {
			return err
		}
		o, path, own = n.Object, path[1:], false
	case known:
		o, path = n.Of, path[1:]
	}
	if o == nil {
		return nil
	}
	if err := b.shows(o, r, own); err != nil {
		return err
	}
	for i, hop := range path {
		f := o.Field(hop)
		if !b.access.CanRead(f) {
			return unreadable(f)
		}
		ref := r.get(f)
		if known && n.Of != nil && i == 0 {
			ref = n.Values[hop]
		}
		o, r = f.Ref.Target(), nil
		if !ref.IsNull() {
			var err error
			if r, err = b.find(o, ref.Int()); err != nil {
				return err
			}
		}
		if err := b.shows(o, r, false); err != nil {
			return err
		}
	}
	if in.Kind == expr.AggInput {
		return b.summable(in.Agg)
	}
	if f := o.Field(in.Field); f != nil && !b.access.CanRead(f) {
		return unreadable(f)
	}
	return nil
}

// shows refuses a record that the caller does not see.
func (b *batch) shows(o *catalog.Object, r *row, own bool) error {
	ok := b.access.Can(o, access.Read)
	if ok && r != nil && !own {
		var err error
		if ok, err = b.among(o, r.id(), access.Read); err != nil {
			return err
		}
	}
	if !ok {
		return errs.New(errs.Forbidden, "the expression reads a record of %s that you may not see", "表达式读取了您无权查看的 %s 记录", o.Name)
	}
	return nil
}

// summable refuses an aggregate over children of which the caller sees some alone, or by fields that
// the caller may not read.
func (b *batch) summable(a *expr.Aggregate) error {
	child := b.cat.Object(a.Child.Object)
	rows := b.access.Rows(child, access.Read, func(at access.Attr) driver.Expr { return driver.Const{Value: b.access.Value(at)} })
	if !b.access.Can(child, access.Read) || rows != nil {
		return errs.New(errs.Forbidden, "the expression counts records of %s of which you may not see all", "表达式统计了您无权全部查看的 %s 记录", child.Name)
	}
	reads := []expr.Input{{Field: a.Child.Via}}
	for _, p := range []*expr.Program{a.Expr, a.Where} {
		if p != nil {
			reads = append(reads, p.Reads()...)
		}
	}
	for _, in := range reads {
		if len(in.Path) > 0 || in.Kind == expr.AggInput {
			return errs.New(errs.Forbidden, "the expression counts records of %s by more than their own fields", "表达式按 %s 自身字段以外的内容统计", child.Name)
		}
		if f := child.Field(in.Field); f != nil && !b.access.CanRead(f) {
			return unreadable(f)
		}
	}
	return nil
}

func unreadable(f *catalog.Field) error {
	return errs.New(errs.Forbidden, "the expression reads %s of %s, which you may not", "表达式读取了您无权查看的 %[2]s 的 %[1]s", f.Name, f.Object.Name)
}

// Sets refuses values for fields that the session's profile may not write.
func (s *Session) Sets(vals map[*catalog.Field]value.Value) error {
	for f := range vals {
		if !s.b.access.CanWrite(f) {
			return errs.New(errs.Forbidden, "you may not change %s of %s", "您无权修改 %[2]s 的 %[1]s", f.Name, f.Object.Name)
		}
	}
	return nil
}
