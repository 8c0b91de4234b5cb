package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// An apply goes through these stages. Until the swap commits, the old catalogue serves and what
// was added is invisible; the swap is one transaction; what follows only reclaims space. So a
// kill at any point leaves the old or the new state, and Resume carries on from the stored stage.
const (
	stageAdd     = "add"     // new tables, columns and indexes
	stageFill    = "fill"    // values for existing rows, in batches
	stageSwap    = "swap"    // one transaction
	stageReclaim = "reclaim" // drop what only the old catalogue used
	stageSeed    = "seed"    // load the packages' data
)

// job is the stored progress of an apply.
type job struct {
	Revision int64           `json:"revision"`
	Stage    string          `json:"stage"`
	Drop     []drop          `json:"drop,omitempty"`  // what reclaim is to remove
	Seeds    map[string]bool `json:"seeds,omitempty"` // packages whose data is to be loaded, and whether demo data too
	// Restores is the revision that it goes back to; 0: none.
	Restores int64 `json:"restores,omitempty"`
	// Runs is what is asked for the runs of flows that start none any more.
	Runs map[string]string `json:"runs,omitempty"`
	// Prior is what an earlier apply left to do behind its swap. The swap takes it over.
	Prior *job `json:"prior,omitempty"`
}

// leftover is what of a stored job outlives the start of another: what lies behind a swap.
func (j *job) leftover() *job {
	if j == nil || j.Stage == stageReclaim || j.Stage == stageSeed {
		return j
	}
	return j.Prior
}

// swapped is the job behind the swap.
func (j *job) swapped(drop []drop) *job {
	out := &job{Revision: j.Revision, Stage: stageReclaim, Drop: drop, Seeds: map[string]bool{}}
	maps.Copy(out.Seeds, j.Seeds)
	if j.Prior != nil {
		out.Drop = slices.Concat(j.Prior.Drop, drop)
		for name, demo := range j.Prior.Seeds {
			out.Seeds[name] = out.Seeds[name] || demo
		}
	}
	return out
}

// drop is a driver change that removes something, in storable form.
type drop struct {
	Table  string `json:"table"`
	Column string `json:"column,omitempty"`
	Index  string `json:"index,omitempty"`
}

func (d drop) change() driver.Change {
	switch {
	case d.Column != "":
		return driver.DropColumn{Table: d.Table, Column: d.Column}
	case d.Index != "":
		return driver.DropIndex{Table: d.Table, Index: d.Index}
	}
	return driver.DropTable{Name: d.Table}
}

// live says whether a catalogue uses what d would remove: an index that came back.
func (d drop) live(cat *catalog.Catalog) bool {
	for _, o := range cat.Objects {
		if o.Table == d.Table && d.Index != "" {
			return slices.ContainsFunc(o.Storage.Indexes, func(x driver.Index) bool { return x.Name == d.Index })
		}
	}
	return false
}

func drops(cs []driver.Change) (out []drop) {
	for _, c := range cs {
		switch c := c.(type) {
		case driver.DropTable:
			out = append(out, drop{Table: c.Name})
		case driver.DropColumn:
			out = append(out, drop{Table: c.Table, Column: c.Column})
		case driver.DropIndex:
			out = append(out, drop{Table: c.Table, Index: c.Index})
		}
	}
	return out
}

// undo lists what removes the additions of an apply that failed before its swap.
func undo(cs []driver.Change) (out []driver.Change) {
	for i := len(cs) - 1; i >= 0; i-- {
		switch c := cs[i].(type) {
		case driver.CreateTable:
			out = append(out, driver.DropTable{Name: c.Table.Name})
		case driver.AddColumn:
			out = append(out, driver.DropColumn{Table: c.Table, Column: c.Column.Name})
		case driver.CreateIndex:
			out = append(out, driver.DropIndex{Table: c.Table, Index: c.Index.Name})
		}
	}
	return out
}

// Progress is how far the apply under way has come; Stage is "" when there is none.
type Progress struct {
	Revision int64  `json:"revision"`
	Stage    string `json:"stage"`
	Done     int64  `json:"done"` // rows of the stage
	Total    int64  `json:"total"`
}

type progress struct {
	mu sync.Mutex
	p  Progress
}

func (p *progress) set(v Progress) { p.mu.Lock(); p.p = v; p.mu.Unlock() }
func (p *progress) step(n int64)   { p.mu.Lock(); p.p.Done += n; p.mu.Unlock() }

// Progress tells how far the apply under way has come.
func (s *Service) Progress() Progress {
	s.prog.mu.Lock()
	defer s.prog.mu.Unlock()
	return s.prog.p
}

// ApplyOptions of an Apply.
type ApplyOptions struct {
	AllowDestructive bool
	Author, Message  string
	Demo             bool // load the packages' demo data too
}

// Apply carries out a proposal, all or nothing, while the tenant goes on serving. The error is an
// *errs.Error or a *diag.Failed.
func (s *Service) Apply(ctx context.Context, p *Proposal, opt ApplyOptions) (*Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cat, next, err := s.check(ctx, p, opt.AllowDestructive)
	if err != nil {
		return nil, err
	}
	return s.start(ctx, cat, next, p, opt)
}

// start records the revision that is to be, and runs the stages.
func (s *Service) start(ctx context.Context, cat *catalog.Catalog, next Bundle, p *Proposal, opt ApplyOptions) (*Revision, error) {
	rev := &Revision{Number: cat.Revision, At: s.opt.Clock.Now(), Author: opt.Author, Message: opt.Message,
		Status: Applying, Entries: p.Entries, bundle: next, storage: cat.Storage}
	st, err := readState(ctx, s.Tenant.Store)
	if err != nil {
		return nil, err
	}
	j := &job{Revision: rev.Number, Stage: stageAdd, Seeds: map[string]bool{}, Restores: p.Restores, Runs: p.Runs, Prior: st.job.leftover()}
	for n := range p.Packages {
		j.Seeds[n] = opt.Demo
	}
	err = s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		// A failed apply of the same number may have left its row.
		if _, err := tx.Delete(ctx, revisionTable, rev.Number); err != nil {
			return err
		}
		if err := insertRevision(ctx, tx, rev); err != nil {
			return err
		}
		return s.saveJob(ctx, tx, j)
	})
	if err != nil {
		return nil, fmt.Errorf("record the apply: %w", err)
	}
	return s.run(ctx, cat, rev, j)
}

// run carries an apply through the stages from where it stands.
func (s *Service) run(ctx context.Context, cat *catalog.Catalog, rev *Revision, j *job) (*Revision, error) {
	defer s.prog.set(Progress{})
	if j.Stage == stageAdd || j.Stage == stageFill || j.Stage == stageSwap {
		d := s.difference(s.Tenant.Catalog(), cat)
		if err := s.upToSwap(ctx, cat, rev, j, d); err != nil {
			return nil, s.fail(ctx, rev, j, d, err)
		}
	}
	return rev, s.afterSwap(ctx, rev, j)
}

func (s *Service) upToSwap(ctx context.Context, cat *catalog.Catalog, rev *Revision, j *job, d *plan.Plan) error {
	s.prog.set(Progress{Revision: rev.Number, Stage: stageAdd, Total: int64(len(d.Steps.Before))})
	if err := s.Tenant.Store.Change(ctx, d.Steps.Before...); err != nil {
		return fmt.Errorf("add tables, columns and indexes: %w", err)
	}
	f, err := s.newFiller(ctx, cat, d.Steps.Fill)
	if err != nil {
		return fmt.Errorf("prepare the backfill: %w", err)
	}
	s.prog.set(Progress{Revision: rev.Number, Stage: stageFill, Total: f.total})
	if err := f.run(ctx); err != nil {
		return fmt.Errorf("fill new columns: %w", err)
	}
	s.prog.set(Progress{Revision: rev.Number, Stage: stageSwap})
	return s.swap(ctx, cat, rev, j, f, drops(d.Steps.After))
}

// swap makes the new catalogue the active one: the rows written during the backfill are caught
// up, and revision, state and the serving catalogue change in the same transaction.
func (s *Service) swap(ctx context.Context, cat *catalog.Catalog, rev *Revision, j *job, f *filler, drop []drop) error {
	old, next := s.Tenant.Catalog(), j.swapped(drop)
	err := s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if err := s.Records.CatchUp(ctx, tx, cat, f.specs, f.since); err != nil {
			return err
		}
		if _, err := tx.Update(ctx, revisionTable, rev.Number, []string{"status"}, []value.Value{value.Text(Active)}); err != nil {
			return err
		}
		if err := s.saveState(ctx, tx, rev.Number, next); err != nil {
			return err
		}
		if err := s.opt.Audit.Append(ctx, tx, published(rev, j)); err != nil {
			return err
		}
		for _, f := range s.opt.Activated {
			if err := f(ctx, tx, Activation{Old: old, New: cat, At: s.opt.Clock.Now(), Runs: j.Runs}); err != nil {
				return err
			}
		}
		// Writers queued behind this transaction must see the new catalogue.
		s.Tenant.Swap(cat)
		return nil
	})
	if err != nil {
		s.Tenant.Swap(old)
		return fmt.Errorf("swap: %w", err)
	}
	rev.Status = Active
	s.active = rev.pack()
	*j = *next
	return nil
}

// published is what is taken down of a publish: which revision, what it goes back to, how much it
// changes, and which permissions.
func published(rev *Revision, j *job) audit.Entry {
	e := audit.Entry{Kind: audit.Published, Name: rev.Author, Subject: fmt.Sprintf("revision %d", rev.Number),
		Details: map[string]any{"message": rev.Message, "changes": len(rev.Entries)}}
	if j.Restores > 0 {
		e.Kind, e.Details["restores"] = audit.RolledBack, j.Restores
	}
	access := []string{}
	for _, c := range rev.Entries {
		k := c.Address.Kind()
		if k == addr.KindSet || k == addr.KindRole || k == addr.KindSharing || k == addr.KindLimit {
			access = append(access, string(c.Op)+c.Address.String())
		}
	}
	if len(access) > 0 {
		e.Details["permissions"], e.Details["access"] = len(access), access[:min(len(access), maxAudited)]
	}
	return e
}

// maxAudited is how many changes of permissions are named in the audit log.
const maxAudited = 100

// afterSwap reclaims space and loads the packages' data. The new catalogue already serves, so a
// failure here leaves the job for Resume.
func (s *Service) afterSwap(ctx context.Context, rev *Revision, j *job) error {
	if j.Stage == stageReclaim {
		s.prog.set(Progress{Revision: rev.Number, Stage: stageReclaim, Total: int64(len(j.Drop))})
		for _, d := range j.Drop {
			if !d.live(s.Tenant.Catalog()) {
				if err := s.Tenant.Store.Change(ctx, d.change()); err != nil {
					return fmt.Errorf("reclaim %s: %w", d.Table, err)
				}
			}
			s.prog.step(1)
		}
		j.Stage, j.Drop = stageSeed, nil
		if err := s.store(ctx, rev.Number, j); err != nil {
			return err
		}
	}
	s.prog.set(Progress{Revision: rev.Number, Stage: stageSeed})
	if err := s.seed(ctx, rev.bundle, j.Seeds); err != nil {
		return err
	}
	s.last = nil
	if rev.bundle.size() > muchMetadata && !s.opt.Passing {
		// Reading a large catalogue leaves several times its size behind; that is given back once the
		// caller has let go of it, too.
		time.AfterFunc(time.Second, debug.FreeOSMemory)
	}
	return s.store(ctx, rev.Number, nil)
}

// fail records that an apply failed before its swap and takes its additions back.
func (s *Service) fail(ctx context.Context, rev *Revision, j *job, d *plan.Plan, cause error) error {
	var dup *driver.DuplicateError
	if errors.As(cause, &dup) {
		cause = errs.New(errs.ValidationFail, "records share the key %s of %s", "%[2]s 中有记录的键 %[1]s 重复", dup.Index, dup.Table).Because(cause)
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.Tenant.Store.Change(ctx, undo(d.Steps.Before)...); err != nil {
		return errors.Join(cause, fmt.Errorf("take additions back: %w", err))
	}
	err := s.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Update(ctx, revisionTable, rev.Number, []string{"status"}, []value.Value{value.Text(Failed)}); err != nil {
			return err
		}
		return s.saveState(ctx, tx, s.Tenant.Catalog().Revision, j.Prior)
	})
	if err != nil {
		return errors.Join(cause, fmt.Errorf("record the failure: %w", err))
	}
	return cause
}

// Resume carries on an apply that a stop of the process cut off. It is called once, after Open.
func (s *Service) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := readState(ctx, s.Tenant.Store)
	if err != nil || st.job == nil {
		return err
	}
	rev, err := readRevision(ctx, s.Tenant.Store, st.job.Revision)
	if err != nil {
		return err
	}
	s.opt.Log.Info("resuming an apply", "revision", rev.Number, "stage", st.job.Stage)
	cat, findings := s.resolve(rev.bundle, rev.storage, nil, rev.Number)
	if err := findings.Err(); err != nil {
		return fmt.Errorf("resume revision %d: %w", rev.Number, err)
	}
	_, err = s.run(ctx, cat, rev, st.job)
	return err
}

func (s *Service) store(ctx context.Context, revision int64, j *job) error {
	err := s.Tenant.Store.Update(ctx, func(tx store.Tx) error { return s.saveState(ctx, tx, revision, j) })
	if err != nil {
		return fmt.Errorf("record progress: %w", err)
	}
	return nil
}

func (s *Service) saveJob(ctx context.Context, tx store.Tx, j *job) error {
	return s.saveState(ctx, tx, s.Tenant.Catalog().Revision, j)
}

func (s *Service) saveState(ctx context.Context, tx store.Tx, revision int64, j *job) error {
	jv := value.Null
	if j != nil {
		b, err := json.Marshal(j)
		if err != nil {
			return fmt.Errorf("write job: %w", err)
		}
		jv = value.JSON(string(b))
	}
	cols, vals := []string{"revision", "job"}, []value.Value{value.Int(revision), jv}
	found, err := tx.Update(ctx, stateTable, stateID, cols, vals)
	if err != nil || found {
		return err
	}
	return tx.Insert(ctx, stateTable, append([]string{"id"}, cols...), append([]value.Value{value.Ref(stateID)}, vals...))
}

// Rollback proposes going back to the packages of an earlier revision: itself a plan.
func (s *Service) Rollback(ctx context.Context, revision int64) (*Proposal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rev, err := readRevision(ctx, s.Tenant.Store, revision)
	if err != nil {
		return nil, err
	}
	var remove []string
	for n := range s.bundle() {
		if _, ok := rev.bundle[n]; !ok {
			remove = append(remove, n)
		}
	}
	p, err := s.propose(ctx, &Proposal{Packages: rev.bundle, Remove: remove, Restores: revision})
	if p != nil {
		p.Message = fmt.Sprintf("roll back to revision %d", revision)
	}
	return p, err
}
