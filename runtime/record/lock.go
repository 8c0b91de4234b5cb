package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// LockSpec is what a record is locked with. Locks of different names hold beside each other.
type LockSpec struct {
	Name     string   // "": by hand; else of the process that locks
	Reason   string   // for people
	Fields   []string // API names of the fields that are locked; none: the whole record, with its details
	Override []string // roles whose holders may write all the same
	Except   int64    // of a process: the user who may write all the same; 0: nobody
}

// lock is one lock as the record's "locks" shows and keeps it.
type lock struct {
	Name     string   `json:"name,omitempty"`
	Holder   string   `json:"holder,omitempty"` // id of the user; "" where nobody may write as its holder
	Reason   string   `json:"reason"`
	Mode     string   `json:"mode"` // all, or fields
	Fields   []string `json:"fields,omitempty"`
	Override []string `json:"override,omitempty"`
	At       string   `json:"at"`
	Columns  []string `json:"columns,omitempty"` // of the fields, which no rename changes
}

const (
	maxReason   = 500
	maxOverride = 50
)

// lockable says whether records of an object can be locked.
func lockable(o *catalog.Object) bool { return o.Features[catalog.LockFeature] }

// masterLockable says whether a master of an object's records, or a master of that, can be locked.
func masterLockable(o *catalog.Object) bool {
	for o.Master != nil {
		if o = o.Master.Ref.Target(); lockable(o) {
			return true
		}
	}
	return false
}

// locksOf are the locks of a record.
func locksOf(r *row) (out []lock, err error) {
	if r == nil || !lockable(r.object) {
		return nil, nil
	}
	v := r.get(r.object.Field(catalog.Locks))
	if v.IsNull() {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(v.Text()), &out); err != nil {
		return nil, fmt.Errorf("read the locks of %s_%d: %w", r.object.IDPrefix, r.id(), err)
	}
	return out, nil
}

// against are the locks of a record that bind the caller: who holds one, has a role that overrides
// it, or is the process of its name, is not bound.
func (b *batch) against(r *row) ([]lock, error) {
	all, err := locksOf(r)
	return slices.DeleteFunc(all, b.passes), err
}

func (b *batch) passes(l lock) bool {
	return b.opt.Through || l.Name != "" && l.Name == b.through || b.holds(l) || b.overrides(l)
}

func (b *batch) holds(l lock) bool {
	return l.Holder != "" && l.Holder == b.holder()
}

// overrides says whether the caller has a role that the lock names. Administrators have all roles;
// a lock that names none binds them, too.
func (b *batch) overrides(l lock) bool {
	p := b.caller.Principal
	return slices.ContainsFunc(l.Override, func(role string) bool { return p.Admin || slices.Contains(p.Roles, role) })
}

// holder is the caller's id as locks keep it; "" for callers who have no record.
func (b *batch) holder() string { return b.userID(b.caller.Principal.UserID) }

func (b *batch) userID(n int64) string {
	o := b.cat.Serving(catalog.ServesUser)
	if o == nil || n == 0 {
		return ""
	}
	return idOf(o, n)
}

// refusal is why a lock forbids a write; the reason only for those who may see it.
func (b *batch) refusal(r *row, l lock) *errs.Error {
	if !b.access.CanRead(r.object.Field(catalog.LockReason)) {
		return errs.New(errs.RecordLocked, "the record is locked", "记录已锁定")
	}
	return errs.New(errs.RecordLocked, "the record is locked: %s", "记录已锁定：%s", l.Reason).With("reason", l.Reason)
}

// unlocked refuses a change of a record of fields that a lock holds, or of anything where a lock
// holds a master.
func (b *batch) unlocked(r, old *row) error {
	if !lockable(r.object) && !masterLockable(r.object) {
		return nil
	}
	locks, err := b.against(old)
	if err != nil {
		return err
	}
	var ps problems
	changed := false
	for _, f := range r.object.Fields {
		if f.Column == "" || f.Computed() || old.get(f) == r.get(f) || byPlatform(f) || value.Equal(old.get(f), r.get(f)) {
			continue
		}
		changed = true
		if i := slices.IndexFunc(locks, func(l lock) bool { return l.Mode == "all" || slices.Contains(l.Columns, f.Column) }); i >= 0 {
			ps.add(b.refusal(r, locks[i]).On(f.APIName))
		}
	}
	if err := ps.err(); err != nil || !changed {
		return err
	}
	if err := b.mastersOpen(old); err != nil {
		return err
	}
	return b.mastersOpen(r)
}

// byPlatform says whether only the platform writes a field, at every write.
func byPlatform(f *catalog.Field) bool {
	switch f.Name {
	case catalog.ID, catalog.Version, catalog.CreatedAt, catalog.CreatedBy, catalog.UpdatedAt, catalog.UpdatedBy, catalog.DeletedAt:
		return true
	}
	return f.System && catalog.IsLockField(f.Name)
}

// removable refuses to remove, or bring back, a record that is locked in whole or in part.
func (b *batch) removable(r *row) error {
	locks, err := b.against(r)
	if err != nil {
		return err
	}
	if len(locks) > 0 {
		return b.refusal(r, locks[0])
	}
	return b.mastersOpen(r)
}

// mastersOpen refuses to write a detail of a record that is locked as a whole.
func (b *batch) mastersOpen(r *row) error {
	m := r.object.Master
	if !masterLockable(r.object) || r.get(m).IsNull() {
		return nil
	}
	up, err := b.find(m.Ref.Target(), r.get(m).Int())
	if err != nil || up == nil {
		return err
	}
	locks, err := b.against(up)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(locks, func(l lock) bool { return l.Mode == "all" }); i >= 0 {
		return b.refusal(up, locks[i]).On(m.APIName)
	}
	return b.mastersOpen(up)
}

// lockIt locks a record, or changes the lock of that name.
func (b *batch) lockIt(op *Op) (*Result, error) {
	return b.relock(op, func(old *row, all []lock) ([]lock, error) {
		l, err := b.newLock(old.object, op.Lock)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(x lock) bool { return x.Name == l.Name })
		if i < 0 {
			return append(all, l), nil
		}
		if !b.mayUnlock(all[i]) {
			return nil, b.refusal(old, all[i])
		}
		l.Holder = all[i].Holder // who overrides a lock does not take it over
		all[i] = l
		return all, nil
	})
}

// unlockIt takes the lock of a name away; there may be none.
func (b *batch) unlockIt(op *Op) (*Result, error) {
	return b.relock(op, func(old *row, all []lock) ([]lock, error) {
		i := slices.IndexFunc(all, func(x lock) bool { return x.Name == op.Lock.Name })
		if i < 0 {
			return all, nil
		}
		if !b.mayUnlock(all[i]) {
			return nil, b.refusal(old, all[i])
		}
		return slices.Delete(all, i, i+1), nil
	})
}

// mayUnlock says whether the caller may take a lock away: administrators always, so that none stays
// for ever.
func (b *batch) mayUnlock(l lock) bool { return b.caller.Principal.Admin || b.passes(l) }

func (b *batch) relock(op *Op, to func(*row, []lock) ([]lock, error)) (*Result, error) {
	if err := b.can(op.Object, access.Update); err != nil {
		return nil, err
	}
	old, err := b.visible(op.Object, op.ID, access.Update)
	if err != nil {
		return nil, err
	}
	if err := ifVersion(op, old); err != nil {
		return nil, err
	}
	r, err := b.setLocks(old, to)
	if err != nil {
		return nil, err
	}
	return result(r, false, nil), nil
}

// setLocks changes the locks of a record, and the fields that tell of the first of them.
func (b *batch) setLocks(old *row, to func(*row, []lock) ([]lock, error)) (*row, error) {
	o := old.object
	if !lockable(o) {
		return nil, errs.New(errs.InvalidInput, "records of %s cannot be locked", "%s 的记录不支持锁定", o.Name)
	}
	all, err := locksOf(old)
	if err != nil {
		return nil, err
	}
	if all, err = to(old, all); err != nil {
		return nil, err
	}
	r := old.clone()
	locked, by, at, reason, locks := value.Bool(false), value.Null, value.Null, value.Null, value.Null
	if len(all) > 0 {
		text, err := json.Marshal(all)
		if err != nil {
			return nil, fmt.Errorf("write the locks of %s_%d: %w", o.IDPrefix, r.id(), err)
		}
		first := all[0]
		locked, reason, locks = value.Bool(true), value.Text(first.Reason), value.JSON(string(text))
		if v, bad := o.Field(catalog.LockedAt).Type.Coerce(first.At); bad == nil {
			at = v
		}
		if f := o.Field(catalog.LockedBy); first.Holder != "" && f.Ref != nil {
			if v, bad := f.Type.Coerce(first.Holder); bad == nil {
				by = v
			}
		}
	}
	for name, v := range map[string]value.Value{catalog.Locked: locked, catalog.LockedBy: by, catalog.LockedAt: at, catalog.LockReason: reason, catalog.Locks: locks} {
		r.set(o.Field(name), v.Clone())
	}
	if !b.differs(r, old) {
		return old, nil
	}
	b.stamp(r)
	if err := b.save(r, old); err != nil {
		return nil, err
	}
	b.wrote(change{o, r.id(), "update", old, r})
	return r, nil
}

// newLock holds what is asked for against what can be.
func (b *batch) newLock(o *catalog.Object, s *LockSpec) (lock, error) {
	l := lock{Name: s.Name, Holder: b.holder(), Reason: strings.TrimSpace(s.Reason), Mode: "all", Override: s.Override,
		At: string(o.Field(catalog.LockedAt).Type.AppendJSON(nil, b.now))}
	l.At = strings.Trim(l.At, `"`)
	switch {
	case l.Reason == "" || len(l.Reason) > maxReason:
		return l, errs.New(errs.InvalidInput, "a lock needs a reason of at most %d bytes", "锁定须说明原因，最多 %d 字节", maxReason).On("reason")
	case len(s.Override) > maxOverride:
		return l, errs.New(errs.InvalidInput, "a lock names at most %d roles", "锁定最多指定 %d 个角色", maxOverride).On("override")
	}
	for _, role := range s.Override {
		if !slices.ContainsFunc(b.cat.Roles, func(x *catalog.Role) bool { return x.Name == role }) {
			return l, errs.New(errs.InvalidInput, "there is no role %q", "没有角色 %q", role).On("override")
		}
	}
	for _, name := range s.Fields {
		f := o.ByAPIName[name]
		if f == nil || f.Column == "" || f.Computed() || byPlatform(f) || !b.access.CanRead(f) {
			return l, errs.New(errs.InvalidInput, "%s has no field %s that could be locked", "%s 没有可锁定的字段 %s", o.Name, name).On("fields")
		}
		l.Mode, l.Fields, l.Columns = "fields", append(l.Fields, name), append(l.Columns, f.Column)
	}
	return l, nil
}

// Lock locks a record for the process that Name names, whoever the caller is: the caller is its
// holder only by hand. The process itself writes inside of Through.
func (s *Session) Lock(rec Record, spec LockSpec) (Record, error) {
	now, err := s.b.find(rec.row.object, rec.row.id())
	if err != nil {
		return rec, err
	}
	r, err := s.b.setLocks(now, func(old *row, all []lock) ([]lock, error) {
		l, err := s.b.newLock(old.object, &spec)
		if err != nil {
			return nil, err
		}
		l.Holder = s.b.userID(spec.Except)
		all = slices.DeleteFunc(all, func(x lock) bool { return x.Name == l.Name })
		return append(all, l), nil
	})
	return Record{r}, err
}

// Unlock takes the lock of a process away.
func (s *Session) Unlock(rec Record, name string) (Record, error) {
	now, err := s.b.find(rec.row.object, rec.row.id())
	if err != nil {
		return rec, err
	}
	r, err := s.b.setLocks(now, func(_ *row, all []lock) ([]lock, error) {
		return slices.DeleteFunc(all, func(x lock) bool { return x.Name == name }), nil
	})
	return Record{r}, err
}

// Through lets what fn writes pass the locks of a name.
func (s *Session) Through(name string, fn func() error) error {
	was := s.b.through
	s.b.through = name
	defer func() { s.b.through = was }()
	return fn()
}
