package record

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
)

func badNested(name string) *errs.Error {
	return errs.New(errs.InvalidInput, "%s takes create, connect, update or delete", "%s 只接受 create、connect、update 或 delete", name).On(name)
}

// before carries out the nested writes that the record itself refers to.
func (b *batch) before(r *row, nest []nested, depth int, ps *problems) error {
	for _, n := range nest {
		if n.ref == nil {
			continue
		}
		m, ok := n.in.(map[string]any)
		if !ok || len(m) != 1 {
			ps.add(badNested(n.ref.RelName))
			continue
		}
		target := n.ref.Ref.Target()
		switch {
		case m["create"] != nil:
			in, ok := m["create"].(map[string]any)
			if !ok {
				ps.add(badNested(n.ref.RelName))
				continue
			}
			res, err := b.do(&Op{Verb: Create, Object: target, Input: in}, depth+1)
			if err != nil {
				return err
			}
			b.link(r, n.ref, res.ID)
		case m["connect"] != nil:
			id, err := b.connect(target, m["connect"])
			var e *errs.Error
			switch {
			case errors.As(err, &e):
				ps.add(e.On(n.ref.RelName))
			case err != nil:
				return err
			default:
				was := r.get(n.ref)
				b.link(r, n.ref, id)
				if r.get(n.ref) != was {
					if err := b.seesReference(r, n.ref, ps); err != nil {
						return err
					}
				}
			}
		default:
			ps.add(badNested(n.ref.RelName))
		}
	}
	return nil
}

func (b *batch) link(r *row, f *catalog.Field, id int64) {
	v, e := f.Type.Coerce(fmt.Sprintf("%s_%d", f.Ref.Target().IDPrefix, id))
	if e == nil {
		r.set(f, v)
	}
}

// connect finds the record that a connect names: by id, or by a unique key.
func (b *batch) connect(o *catalog.Object, in any) (int64, error) {
	if m, ok := in.(map[string]any); ok {
		if id, ok := m["id"]; ok && len(m) == 1 {
			return parseID(o, id)
		}
		key := keyOf(o, m)
		if key == nil {
			return 0, errs.New(errs.InvalidInput, "connect needs an id or a unique key of %s", "connect 需要 %s 的编号或唯一键", o.Name)
		}
		r, err := b.byKey(o, key, m)
		seen := r != nil
		if err == nil && seen {
			seen, err = b.among(o, r.id(), access.Read)
		}
		if err == nil && !seen {
			err = errs.New(errs.NotFound, "there is no %s with this key", "没有此键的 %s", o.Name)
		}
		if err != nil {
			return 0, err
		}
		return r.id(), nil
	}
	return parseID(o, in)
}

func parseID(o *catalog.Object, in any) (int64, error) {
	s := strings.TrimPrefix(fmt.Sprint(in), o.IDPrefix+"_")
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 {
		return 0, errs.New(errs.InvalidInput, "%v is no id of %s", "%v 不是 %s 的编号", in, o.Name)
	}
	return id, nil
}

// after carries out the nested writes of records that refer to this one.
func (b *batch) after(r *row, nest []nested, depth int) error {
	for _, n := range nest {
		if n.inv == nil {
			continue
		}
		m, ok := n.in.(map[string]any)
		if !ok {
			return badNested(n.inv.Name)
		}
		ops, err := b.childOps(n.inv, r, m)
		if err != nil {
			return err
		}
		if len(ops) > MaxOps {
			return errs.New(errs.LimitExceeded, "at most %d records in one call", "一次最多 %d 条记录", MaxOps)
		}
		for i := range ops {
			if _, err := b.do(&ops[i], depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *batch) childOps(inv *catalog.Inverse, r *row, m map[string]any) (out []Op, err error) {
	self := fmt.Sprintf("%s_%d", r.object.IDPrefix, r.id())
	for key, v := range m {
		list, ok := v.([]any)
		if !ok {
			return nil, badNested(inv.Name)
		}
		for _, x := range list {
			op := Op{Object: inv.Child}
			switch key {
			case "create":
				in, ok := x.(map[string]any)
				if !ok {
					return nil, badNested(inv.Name)
				}
				op.Verb, op.Input = Create, map[string]any{inv.Via.APIName: self}
				for k, v := range in {
					op.Input[k] = v
				}
			case "connect":
				op.Verb, op.Input = Update, map[string]any{inv.Via.APIName: self}
				op.ID, err = b.connect(inv.Child, x)
			case "update":
				in, ok := x.(map[string]any)
				patch, ok2 := in["patch"].(map[string]any)
				if !ok || !ok2 {
					return nil, badNested(inv.Name)
				}
				op.Verb, op.Input = Update, patch
				op.ID, err = parseID(inv.Child, in["id"])
			case "delete":
				op.Verb = Delete
				op.ID, err = parseID(inv.Child, x)
			default:
				return nil, badNested(inv.Name)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, op)
		}
	}
	return out, nil
}
