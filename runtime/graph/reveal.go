package graph

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
)

// maxReason bounds the reason for a reveal, in bytes.
const maxReason = 1000

// revealField is a compiled request for the whole value of a masked field.
type revealField struct {
	obj    *catalog.Object
	stmt   driver.Stmt
	args   args
	cols   query.Columns
	fields map[string]*catalog.Field // by API name
	srcs   map[string]query.Source
	field  func(vars map[string]any) any
	reason func(vars map[string]any) any
}

// reveal adds the mutation that shows masked values of an object whole, and takes it down.
func (b *builder) reveal(o *catalog.Object) {
	var names []string
	for _, f := range o.Fields {
		if f.KeyOf == nil && b.profile.CanReveal(f) {
			names = append(names, f.APIName)
		}
	}
	if len(names) == 0 {
		return
	}
	b.typ(enumKind, o.TypeName+"Revealed", "Fields whose values are shown masked, and whole on request.").values = names
	b.writable().field("reveal"+o.TypeName, "JSON", "The whole value of a masked field. It is recorded who was shown what, and why.", rootReveal{o},
		arg("id", "ID!"), arg("field", o.TypeName+"Revealed!"), arg("reason", "String!"))
}

func (c *compiler) reveal(o *catalog.Object, s *selected, m *member) (*revealField, *errs.Error) {
	r := &revealField{obj: o, fields: map[string]*catalog.Field{}, srcs: map[string]query.Source{}}
	as := s.first().Arguments
	in, _ := c.argument(as, m.arg("id"))
	params, err := r.args.bind(c, in, in.name, idOperators(o)[0].Coerce)
	if err != nil {
		return nil, err
	}
	in, _ = c.argument(as, m.arg("field"))
	r.field = in.getter()
	in, _ = c.argument(as, m.arg("reason"))
	r.reason = in.getter()
	r.cols.Add(query.ID)
	for _, f := range o.Fields {
		if f.KeyOf != nil || !c.s.profile.CanReveal(f) {
			continue
		}
		src, ferr := r.cols.Field(f)
		if ferr != nil {
			return nil, errs.From(ferr)
		}
		r.fields[f.APIName], r.srcs[f.APIName] = f, src
	}
	read := query.Read{Object: o, Columns: &r.cols, Unordered: true, Where: []driver.Expr{driver.Cmp{Op: driver.Eq, L: query.ID, R: params[0]}}}
	stmt, perr := c.db.Prepare(read.Statement(c.s.profile, r.args.attr))
	if perr != nil {
		return nil, errs.From(perr)
	}
	r.stmt = stmt
	return r, nil
}

// reveal shows one value and takes it down, in one transaction: what is not recorded is not shown.
func (x *exec) reveal(r *revealField) error {
	name, _ := r.field(x.vars).(string)
	reason, _ := r.reason(x.vars).(string)
	f := r.fields[name]
	switch {
	case f == nil:
		return errs.New(errs.InvalidInput, "%s is not masked", "%s 未脱敏", name).On("field")
	case reason == "" || len(reason) > maxReason:
		return errs.New(errs.InvalidInput, "a reason has 1 to %d bytes", "原因须为 1 到 %d 字节", maxReason).On("reason")
	}
	args := make([]value.Value, r.args.n)
	if err := r.args.fill(args, x); err != nil {
		return err
	}
	mark := len(x.out)
	return x.svc.tenant.Store.Update(x.ctx, func(tx store.Tx) error {
		x.undo(mark, "")
		rows, err := tx.Query(x.ctx, r.stmt, args)
		if err != nil {
			return err
		}
		var id int64
		if rows.Next() {
			id = rows.Value(0).Int()
			src := r.srcs[name]
			if v := src.Value(rows, x.env); v.IsNull() {
				x.write("null")
			} else {
				x.out = f.Type.AppendJSON(x.out, v)
			}
		}
		err = rows.Err()
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err == nil && id == 0 {
			err = errs.New(errs.NotFound, "there is no %s with this id", "没有此编号的 %s", r.obj.Name).On("id")
		}
		if err != nil {
			return err
		}
		return x.recordReveal(tx, r.obj, id, f, reason)
	})
}

func (x *exec) recordReveal(tx store.Tx, o *catalog.Object, id int64, f *catalog.Field, reason string) error {
	n, err := tx.NextSequence(x.ctx, access.RevealTable, 1)
	if err != nil {
		return err
	}
	c, _ := ident.From(x.ctx)
	err = tx.Insert(x.ctx, access.RevealTable, []string{"id", "at", "by", "name", "object", "record", "field", "reason"},
		[]value.Value{value.Ref(n), value.DateTime(x.now.Micros), value.Ref(c.Principal.UserID), value.Text(c.Principal.Name),
			value.Text(o.Name), value.Ref(id), value.Text(f.Name), value.Text(reason)})
	if err != nil {
		return err
	}
	return x.svc.audit.Append(x.ctx, tx, audit.Entry{Kind: audit.Reveal, Subject: string(query.AppendID(nil, o, id)),
		Details: map[string]any{"field": f.Name, "reason": reason}})
}
