package record

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

const (
	// maxMerged is how many records one merge takes into the master, maxMoved how many records
	// that refer to them it changes, and maxMergeDepth how far records below that collide are
	// merged in turn.
	maxMerged     = 20
	maxMoved      = 10_000
	maxMergeDepth = 5
	// MergeUndo is how long a merge can be taken back.
	MergeUndo = 30 * 24 * time.Hour
)

// Collision says what becomes of two records that refer to merged ones and would now share a
// unique key.
type Collision uint8

const (
	KeepAdvanced Collision = iota // the one that is further on stays and takes in the other; else that of the master
	KeepMaster                    // that of the master
	KeepLatest                    // the one that was changed last
	Refuse                        // the merge is refused
)

// Merge asks to make one record of several. The master stays; what refers to the others refers to
// it from then on, and the others go to the recycle bin.
type Merge struct {
	Object     *catalog.Object
	Master     int64 // 0: the one of Others that is furthest on, then the oldest
	Others     []int64
	Fields     map[*catalog.Field]Survivor // how single fields get their value
	Otherwise  Policy                      // how the others do that the caller may read and write
	Collisions Collision
	IfVersion  *int64 // of the master
}

// Merge merges records, for a caller who may change the master and delete the others. Its one
// result is the master, with the merge. The error, if any, is an *errs.Error, ErrCatalogMoved or a
// *Replayed.
func (s *Service) Merge(ctx context.Context, cat *catalog.Catalog, p access.Profile, m Merge, opt Options) ([]Result, error) {
	if cat.Object(m.Object.Name) != m.Object {
		return nil, ErrCatalogMoved
	}
	return s.Transact(ctx, cat, p, opt, func(se *Session) ([]Result, error) {
		m := m // the transaction may run more than once
		g := &merging{b: se.b, m: &m, movedOf: map[string]int{}}
		return g.all()
	})
}

// merging is one merge under way.
type merging struct {
	b         *batch
	m         *Merge
	master    *row
	others    []*row
	moved     int
	movedOf   map[string]int    // by object
	decisions map[string]string // API name of a field → id of the record that its value is of
}

func (g *merging) all() ([]Result, error) {
	if err := g.gather(); err != nil {
		return nil, err
	}
	chosen, err := g.survivors()
	if err != nil {
		return nil, err
	}
	from := len(g.b.log)
	for _, other := range g.others {
		if err := g.reparent(other, g.master, 0); err != nil {
			return nil, err
		}
	}
	var warnings []Warning
	for _, other := range g.others {
		more, err := g.retire(other, chosen)
		if err != nil {
			return nil, err
		}
		warnings = append(warnings, more...)
	}
	more, err := g.finish(chosen)
	if err != nil {
		return nil, err
	}
	if err := g.acyclic(g.b.log[from:]); err != nil {
		return nil, err
	}
	if err := g.b.closeCases(g.master, g.others); err != nil {
		return nil, err
	}
	done, err := g.b.logMerge(g, g.b.log[from:])
	if err != nil {
		return nil, err
	}
	res := result(g.master, false, append(warnings, more...))
	res.Merge = done
	return []Result{*res}, nil
}

// gather finds the records and holds them against what the caller may do.
func (g *merging) gather() error {
	b, o := g.b, g.m.Object
	for _, op := range []access.Op{access.Read, access.Update, access.Delete} {
		if err := b.can(o, op); err != nil {
			return err
		}
	}
	if g.m.Master == 0 {
		if err := g.elect(); err != nil {
			return err
		}
	}
	var err error
	if g.master, err = b.visible(o, g.m.Master, access.Update); err != nil {
		return err
	}
	if err := ifVersion(&Op{Object: o, IfVersion: g.m.IfVersion}, g.master); err != nil {
		return err
	}
	if err := b.removable(g.master); err != nil { // it is no longer what was locked
		return err
	}
	if n := len(g.m.Others); n == 0 || n > maxMerged {
		return errs.New(errs.LimitExceeded, "a merge takes 1 to %d other records", "一次合并须有 1 到 %d 条其他记录", maxMerged).On("others").With("limit", maxMerged)
	}
	seen := map[int64]bool{g.m.Master: true}
	for _, id := range g.m.Others {
		if seen[id] {
			return errs.New(errs.InvalidInput, "a record is named twice", "记录重复").On("others")
		}
		seen[id] = true
		r, err := b.visible(o, id, access.Delete)
		if err != nil {
			return err
		}
		g.others = append(g.others, r)
	}
	return nil
}

// elect chooses the master among the records: the one furthest on, then the oldest.
func (g *merging) elect() error {
	o, at := g.m.Object, g.m.Object.Field(catalog.CreatedAt)
	if n := len(g.m.Others); n > maxMerged+1 {
		return errs.New(errs.LimitExceeded, "a merge takes 1 to %d other records", "一次合并须有 1 到 %d 条其他记录", maxMerged).On("others").With("limit", maxMerged)
	}
	far := stage
	if o.Stage != nil && !g.b.access.CanRead(o.Stage) {
		far = func(*row) int { return 0 } // which record stays would tell
	}
	var best *row
	for _, id := range g.m.Others {
		r, err := g.b.visible(o, id, access.Read)
		if err != nil {
			return err
		}
		if best == nil || cmp.Or(cmp.Compare(far(best), far(r)), value.Compare(r.get(at), best.get(at)), cmp.Compare(id, best.id())) < 0 {
			best = r
		}
	}
	if best == nil {
		return errs.New(errs.InvalidInput, "there is nothing to merge", "没有要合并的记录").On("others")
	}
	g.m.Master = best.id()
	g.m.Others = slices.DeleteFunc(slices.Clone(g.m.Others), func(id int64) bool { return id == g.m.Master })
	return nil
}

// stage is how far a record has come; 0 where nothing tells.
func stage(r *row) int {
	f := r.object.Stage
	if f == nil {
		return 0
	}
	c, ok := f.Type.(interface{ Choices() []model.PicklistValue })
	if !ok {
		return 0
	}
	return 1 + slices.IndexFunc(c.Choices(), func(v model.PicklistValue) bool { return v.Code == r.get(f).Text() })
}

// retire puts a merged record into the recycle bin. Its external id goes to a master without one,
// so that what is brought under it still finds the record.
func (g *merging) retire(other *row, chosen map[*catalog.Field]value.Value) ([]Warning, error) {
	b, o := g.b, g.m.Object
	old, err := b.find(o, other.id())
	if err != nil {
		return nil, err
	}
	r, warnings, err := b.remove(old)
	if err != nil {
		return nil, err
	}
	ext := o.Field(catalog.ExternalID)
	if _, taken := chosen[ext]; taken || !g.master.get(ext).IsNull() || r.get(ext).IsNull() {
		return warnings, nil
	}
	chosen[ext] = r.get(ext)
	n := r.clone()
	n.set(ext, value.Null)
	if err := b.save(n, r); err != nil {
		return nil, err
	}
	b.wrote(change{o, n.id(), "update", r, n})
	return warnings, nil
}

// finish gives the master the chosen values. Its rules and keys hold as for any change.
func (g *merging) finish(chosen map[*catalog.Field]value.Value) ([]Warning, error) {
	b := g.b
	old, err := b.find(g.m.Object, g.m.Master)
	if err != nil {
		return nil, err
	}
	r := old.clone()
	for f, v := range chosen {
		r.set(f, v)
		if !moves(f, g.m.Object) {
			continue
		}
		for _, other := range g.others { // a value of one of them may be another of them
			if slices.Contains(b.pointsTo(f, r.get(f)), rowKey{g.m.Object, other.id()}) {
				r.set(f, b.instead(f, r, other, r))
			}
		}
	}
	warnings, err := b.complete(r, old, nil)
	if err != nil {
		return nil, err
	}
	if g.master = old; b.differs(r, old) {
		b.stamp(r)
		if err := b.save(r, old); err != nil {
			return nil, err
		}
		if err := b.kept(r); err != nil {
			return nil, err
		}
		b.wrote(change{r.object, r.id(), "update", old, r})
		g.master = r
	}
	return warnings, nil
}

// acyclic refuses a merge that would make a loop of records that refer to their own kind.
func (g *merging) acyclic(log []change) error {
	for _, c := range log {
		for _, f := range c.object.Fields {
			if f.Ref == nil || f.System || f.Ref.Many || f.Ref.Polymorphic || f.Column == "" || f.Ref.Target() != c.object {
				continue
			}
			r, err := g.b.find(c.object, c.id)
			if err != nil {
				return err
			}
			if r == nil || !r.alive() {
				continue
			}
			var ps problems
			if err := g.b.acyclic(f, r, &ps); err != nil {
				return err
			}
			if err := ps.err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// closeCases settles what stewards were to look at and what the merge has answered.
func (b *batch) closeCases(master *row, others []*row) error {
	o := b.cat.Serving(catalog.RoleDuplicateCase)
	if o == nil {
		return nil
	}
	status := o.Field("status")
	merged, bad := Coerced(status, value.Text("merged"))
	if bad != nil {
		return nil // its cases are never merged
	}
	ids := []int64{master.id()}
	for _, r := range others {
		ids = append(ids, r.id())
	}
	for i, x := range ids {
		for _, y := range ids[i+1:] {
			known, err := b.casesOf(o, master.object, x, y)
			if err != nil {
				return err
			}
			for _, c := range known {
				if c.get(status) == merged {
					continue
				}
				vals := map[*catalog.Field]value.Value{status: merged}
				if by := o.Field("resolved_by_id"); by != nil && by.Ref != nil && b.caller.Principal.UserID != 0 {
					vals[by] = value.Ref(b.caller.Principal.UserID)
				}
				if _, err := (&Session{b: b}).Update(Record{c}, vals); err != nil {
					return fmt.Errorf("close a case: %w", err)
				}
			}
		}
	}
	return nil
}
