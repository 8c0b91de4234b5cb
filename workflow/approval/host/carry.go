package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/process"
)

// Carry writes what a command does to the record; see process.Host. It is the process that writes:
// what an approver may edit is the node's to say, and was checked.
func (h *Host) Carry(ctx context.Context, tx store.Tx, st *approval.State, effects []approval.Effect) error {
	cat := h.deps.Tenant.Catalog()
	o, id := recordOf(cat, st.Record)
	if o == nil {
		return noRecord()
	}
	return h.deps.Records.Within(ctx, tx, cat, access.Everything, func(se *record.Session) error {
		for _, e := range effects {
			rec, there, err := se.Find(o, id)
			if err != nil || !there { // a record that is gone has taken its lock along
				return err
			}
			if err := h.effect(ctx, tx, se, rec, st, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (h *Host) effect(ctx context.Context, tx store.Tx, se *record.Session, rec record.Record, st *approval.State, e approval.Effect) error {
	switch e.Kind {
	case approval.SetStatus:
		if catalog.IsTaskKey(st.Def.Key) { // the record is not being approved
			return nil
		}
		return mirror(se, rec, e.Status)
	case approval.WriteRecord:
		return write(se, rec, e.Data)
	case approval.SetLock:
		return h.lock(ctx, tx, se, rec, st, e)
	case approval.RunActions:
		f, err := h.version(ctx, tx, se.Catalog(), st.Def.Key, st.Def.Version)
		if err != nil {
			return err
		}
		if f == nil || f.steps[e.Phase] == nil {
			return fmt.Errorf("the steps %s of %s are not there", e.Phase, st.Def.Key)
		}
		return h.deps.Actions.Steps(se, f.steps[e.Phase], rec)
	}
	return nil
}

// number is a value of a command as fields take it: numbers of commands have been through JSON.
func number(v any) any {
	if n, ok := v.(float64); ok {
		return json.Number(strconv.FormatFloat(n, 'f', -1, 64))
	}
	return v
}

// write sets the fields that an approver gave.
func write(se *record.Session, rec record.Record, data map[string]any) error {
	vals := map[*catalog.Field]value.Value{}
	for name, v := range data {
		f := rec.Object().Field(name)
		if f == nil {
			return errs.New(errs.InvalidInput, "%s has no field %s", "%s 没有字段 %s", rec.Object().Name, name).On(name)
		}
		x, e := f.Type.Coerce(number(v))
		if e != nil {
			c := *e
			return c.On(f.APIName)
		}
		vals[f] = x.Clone()
	}
	_, err := se.Update(rec, vals)
	return err
}

// shownAs lists, for a state of an instance, the codes that a status field may know it by.
var shownAs = map[approval.Status][]string{
	approval.Running: {"running", "pending"}, approval.Returned: {"returned", "draft"}, approval.Draft: {"draft"}, approval.Approved: {"approved"},
	approval.Rejected: {"rejected"}, approval.Withdrawn: {"withdrawn"}, approval.Cancelled: {"cancelled", "withdrawn"},
	approval.Terminated: {"terminated", "cancelled", "withdrawn"}, approval.Suspended: {"suspended", "pending"}, approval.Error: {"error", "pending"},
}

// mirror shows the state of the instance in the record, where the object has a field for it.
func mirror(se *record.Session, rec record.Record, s approval.Status) error {
	f := rec.Object().Field(catalog.ApprovalStatus)
	if f == nil || f.Column == "" {
		return nil
	}
	shown := value.Text(string(s))
	if c, ok := f.Type.(interface{ Choices() []model.PicklistValue }); ok {
		shown = value.Null
		for _, code := range shownAs[s] {
			if offers(c.Choices(), code) {
				shown = value.Text(code)
				break
			}
		}
	}
	_, err := se.Update(rec, map[*catalog.Field]value.Value{f: shown})
	return err
}

func offers(choices []model.PicklistValue, code string) bool {
	for _, c := range choices {
		if c.Code == code {
			return true
		}
	}
	return false
}

// lock locks the record for an instance, or lets it go.
func (h *Host) lock(ctx context.Context, tx store.Tx, se *record.Session, rec record.Record, st *approval.State, e approval.Effect) error {
	name := "approval:" + st.ID
	if e.Lock == "none" {
		_, err := se.Unlock(rec, name)
		return err
	}
	f, err := h.version(ctx, tx, se.Catalog(), st.Def.Key, st.Def.Version)
	if err != nil || f == nil {
		return err
	}
	spec := record.LockSpec{Name: name, Reason: f.def.Label.In("en") + " / " + f.def.Label.In("zh-CN"), Override: known(se.Catalog(), f.def.Lock.Override)}
	if f.def.Lock.Mode == "fields" {
		for _, n := range f.def.Lock.Fields {
			if field := rec.Object().Field(n); field != nil && !field.Computed() {
				spec.Fields = append(spec.Fields, field.APIName)
			}
		}
		if len(spec.Fields) == 0 {
			return nil // what it would lock is there no more
		}
	}
	if e.Lock == "initiator" {
		spec.Except = userID(st.Initiator)
	}
	_, err = se.Lock(rec, spec)
	return err
}

// known are those of some roles that there still are.
func known(cat *catalog.Catalog, roles []string) []string {
	return slices.DeleteFunc(slices.Clone(roles), func(name string) bool {
		return !slices.ContainsFunc(cat.Roles, func(r *catalog.Role) bool { return r.Name == name })
	})
}

// Act runs the steps of a node in a transaction of its own, once for each key.
func (h *Host) Act(ctx context.Context, a process.Action, key string) (map[string]any, error) {
	cat := h.deps.Tenant.Catalog()
	o, id := recordOf(cat, a.Record)
	if o == nil {
		return nil, noRecord()
	}
	ctx = ident.With(ctx, ident.System(h.deps.Tenant.Name))
	opt := record.Options{Atomic: true, Through: true, Once: &record.Once{Key: key, Digest: key, Answer: func([]record.Result) (string, error) { return "done", nil }}}
	_, err := h.deps.Records.Transact(ctx, cat, access.Everything, opt, func(se *record.Session) ([]record.Result, error) {
		f, err := h.version(ctx, se.Tx(), cat, a.Process, a.Version)
		if err != nil {
			return nil, err
		}
		rec, there, err := se.Find(o, id)
		if err != nil {
			return nil, err
		}
		if f == nil || f.steps["node."+a.Node] == nil || !there {
			return nil, noRecord()
		}
		return nil, h.deps.Actions.Steps(se, f.steps["node."+a.Node], rec)
	})
	var before *record.Replayed
	if errors.As(err, &before) {
		err = nil
	}
	return nil, err
}
