package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Proposal is a plan as a value: what Apply takes. The files of its packages travel beside it, for
// whoever asks for a plan has them.
type Proposal struct {
	Base     int64    `json:"base"` // the revision it was made against
	Packages Bundle   `json:"-"`
	Remove   []string `json:"remove,omitempty"`   // packages to uninstall
	Restores int64    `json:"restores,omitempty"` // the revision that it goes back to; 0: none
	// Settle says whose value holds of properties that both an upgrade and the tenant changed, by
	// their addresses: Local or Vendor.
	Settle map[string]string `json:"settle,omitempty"`
	// Runs says, by the keys of flows that are removed or switched off, what becomes of their runs: finish, drain or
	// cancel. Of others the flow's own setting says it.
	Runs      map[string]string `json:"runs,omitempty"`
	Conflicts []pack.Conflict   `json:"conflicts,omitempty"` // settled or not; one that is not is a finding, too
	Entries   []plan.Entry      `json:"entries"`
	Findings  diag.List         `json:"findings,omitempty"` // with errors, Entries is empty and Apply refuses
	Digest    string            `json:"digest"`             // of everything above, and of the files: what was changed is refused
	Message   string            `json:"message,omitempty"`
}

// Destructive says whether the proposal loses data.
func (p *Proposal) Destructive() bool { return (&plan.Plan{Entries: p.Entries}).Destroys() }

func (p *Proposal) digest() (string, error) {
	q := *p
	q.Digest, q.Message, q.Findings, q.Conflicts = "", "", nil, nil
	b, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("digest plan: %w", err)
	}
	files := p.Packages.digest()
	sum := sha256.Sum256(append(b, files[:]...))
	return hex.EncodeToString(sum[:]), nil
}

// Propose plans a change of packages: what would change, and how much of the real data it touches.
func (s *Service) Propose(ctx context.Context, packages Bundle, remove []string) (*Proposal, error) {
	return s.ProposeWith(ctx, packages, remove, Choices{})
}

// Choices are what a proposal leaves to who asks for it; see Proposal.
type Choices struct{ Settle, Runs map[string]string }

// ProposeWith is Propose with choices.
func (s *Service) ProposeWith(ctx context.Context, packages Bundle, remove []string, with Choices) (*Proposal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.propose(ctx, &Proposal{Packages: packages, Remove: remove, Settle: with.Settle, Runs: with.Runs})
}

// propose fills in what a proposal of packages leads to.
func (s *Service) propose(ctx context.Context, p *Proposal) (*Proposal, error) {
	old := s.Tenant.Catalog()
	p.Base, p.Entries = old.Revision, []plan.Entry{}
	cat, _, findings, err := s.outcome(ctx, p)
	if err != nil {
		return nil, err
	}
	p.Findings = findings
	if findings.HasErrors() {
		return p, nil
	}
	if err := checkRuns(old, cat, p.Runs); err != nil {
		return nil, err
	}
	entries, err := s.count(ctx, old, cat, p.Runs)
	if err != nil {
		return nil, err
	}
	p.Entries = entries
	p.Digest, err = p.digest()
	return p, err
}

// outcome is the catalogue and the bundle that a proposal leads to.
func (s *Service) outcome(ctx context.Context, p *Proposal) (*catalog.Catalog, Bundle, diag.List, error) {
	old := s.Tenant.Catalog()
	next, unsettled, err := s.meet(p)
	if err != nil {
		return nil, nil, nil, err
	}
	var past *Revision
	if p.Restores > 0 {
		if past, err = readRevision(ctx, s.Tenant.Store, p.Restores); err != nil {
			return nil, nil, nil, err
		}
	}
	files := next.digest()
	r := s.resolvedAs(files, next, old.Storage, past, old.Revision+1)
	cat, findings := r.cat, r.findings
	if !findings.HasErrors() {
		red, err := s.prove(ctx, p, files, r.packages)
		if err != nil {
			return nil, nil, nil, err
		}
		findings = slices.Concat(findings, red)
		s.settle(p, next.size())
	}
	return cat, next, slices.Concat(unsettled, findings), nil
}

// count is the difference of two catalogues with every probe answered from the data.
func (s *Service) count(ctx context.Context, old, cat *catalog.Catalog, runs map[string]string) ([]plan.Entry, error) {
	d := s.difference(old, cat)
	out := []plan.Entry{}
	for _, e := range d.Entries {
		if e.Probe != nil {
			n, err := s.probe(ctx, e.Probe)
			if err != nil {
				return nil, fmt.Errorf("count the impact on %s: %w", e.Address, err)
			}
			e.Count = n
			if how := runs[strings.TrimPrefix(e.Probe.Flow, "flow:")]; e.Runs != "" && how != "" {
				e.Impact, e.Runs = plan.EndOfRuns(how), how
			}
			if e.Class == plan.Destructive && n != nil && *n == 0 && e.Probe.Kind == plan.Unconvertible {
				e.Class = plan.Rewriting // every value fits the new type
			}
		}
		out = append(out, e)
	}
	if d.Access {
		more, err := s.accessEntries(ctx, old, cat)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// check refuses a proposal that cannot be applied as it stands, and gives the catalogue it leads to.
func (s *Service) check(ctx context.Context, p *Proposal, allowDestructive bool) (*catalog.Catalog, Bundle, error) {
	if p.Restores > 0 {
		past, err := readRevision(ctx, s.Tenant.Store, p.Restores)
		if err != nil {
			return nil, nil, err
		}
		p.Packages = past.bundle
	}
	want, err := p.digest()
	if err != nil {
		return nil, nil, err
	}
	if want != p.Digest {
		return nil, nil, errs.New(errs.InvalidInput, "the plan was altered after it was made; plan again", "该计划在生成后被改动，请重新生成")
	}
	old := s.Tenant.Catalog()
	if p.Base != old.Revision {
		return nil, nil, errs.New(errs.VersionConflict, "the metadata moved from revision %d to %d since the plan; plan again",
			"自生成计划以来元数据已从版本 %d 变为 %d，请重新生成计划", p.Base, old.Revision).With("active", old.Revision)
	}
	cat, next, findings, err := s.outcome(ctx, p)
	if err == nil {
		err = findings.Err()
	}
	if err != nil {
		return nil, nil, err
	}
	now, err := s.count(ctx, old, cat, p.Runs)
	if err != nil {
		return nil, nil, err
	}
	if err := sameCounts(p.Entries, now); err != nil {
		return nil, nil, err
	}
	for _, e := range now {
		if e.Blocking && e.Count != nil && *e.Count > 0 {
			return nil, nil, errs.New(errs.ValidationFail, "%s: %d %s", "%s：%d %s", e.Address, *e.Count, e.Impact.En).
				With("address", e.Address.String()).With("count", *e.Count)
		}
	}
	if !allowDestructive && (&plan.Plan{Entries: now}).Destroys() {
		return nil, nil, errs.New(errs.ValidationFail, "the plan loses data; allow destructive changes to apply it",
			"该计划会丢失数据；如确需执行，请允许破坏性变更")
	}
	return cat, next, nil
}

// sameCounts refuses when a destructive or blocking count moved since the plan: what was reviewed
// is no longer what would happen.
func sameCounts(planned, now []plan.Entry) error {
	type change struct {
		op plan.Op
		of addr.Address
	}
	was := map[change]*int64{}
	for _, e := range planned {
		was[change{e.Op, e.Address}] = e.Count
	}
	for _, e := range now {
		if e.Class != plan.Destructive && !e.Blocking {
			continue
		}
		p := was[change{e.Op, e.Address}]
		if p == nil || e.Count == nil || *p != *e.Count {
			return errs.New(errs.VersionConflict, "the data behind %s moved since the plan; plan again",
				"自生成计划以来 %s 涉及的数据已变化，请重新生成计划", e.Address)
		}
	}
	return nil
}
