package packtest

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"sync"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/record"
)

// The two ways in which cases show a thing that decides: it lets something pass, and it refuses.
const (
	Passes  = "passes"
	Refuses = "refuses"
)

// Gap is a rule, an action, an approval or a flow of a package that none of its cases shows in one of
// the ways. Of a flow, passing is a run, and refusing a trigger whose condition is not met.
type Gap struct {
	Package string       `json:"package"`
	Address addr.Address `json:"address"`
	Lacks   string       `json:"lacks"` // Passes or Refuses
}

// coverage is what the steps of cases have shown. Jobs run beside each other, and tell of flows.
type coverage struct {
	mu    sync.Mutex
	on    bool // a step is under way, rather than what is there before
	of    map[Gap]bool
	words map[string]*regexp.Regexp // that find mutations in operations, by name
}

func newCoverage() *coverage {
	return &coverage{of: map[Gap]bool{}, words: map[string]*regexp.Regexp{}}
}

func (s *coverage) switched(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

func (s *coverage) note(pkg string, a addr.Address, passes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.of[Gap{pkg, a, way(passes)}] = true
	}
}

func way(passes bool) string {
	if passes {
		return Passes
	}
	return Refuses
}

// judged hears that the trigger of a flow was asked.
func (s *coverage) judged(f *catalog.Flow, met bool) { s.note(f.Package, f.Addr(), met) }

// write tells which rules of its object a write has broken, and which it concerns and met.
func (s *coverage) write(op record.Op, st *model.TestStep, out outcome) {
	for _, r := range op.Object.Rules {
		at := op.Object.Addr().Rule(r.Name)
		refused := func(e *errs.Error) bool {
			if e.Rule != "" || r.Field == nil {
				return e.Rule == r.Name
			}
			return e.Field == r.Field.Name // a check of the platform comes before the rule
		}
		switch {
		case slices.Contains(out.warnings, r.Name) || slices.ContainsFunc(out.errs, refused):
			s.note(r.Package, at, false)
		case len(out.errs) == 0 && concerns(op.Object, r, st):
			s.note(r.Package, at, true)
		}
	}
}

// concerns says whether a step writes something that a rule looks at.
func concerns(o *catalog.Object, r *catalog.Rule, st *model.TestStep) bool {
	for _, in := range r.When.Inputs() {
		at := in.Field
		if len(in.Path) > 0 {
			at = in.Path[0]
		}
		for name := range st.Values {
			if at == name || reads(o.Field(at), name) {
				return true
			}
		}
	}
	return false
}

// reads says whether a formula of a record reads a field of it.
func reads(f *catalog.Field, name string) bool {
	if f == nil || f.Formula == nil {
		return false
	}
	for _, in := range f.Formula.Program.Inputs() {
		if in.Field == name && len(in.Path) == 0 || len(in.Path) > 0 && in.Path[0] == name {
			return true
		}
	}
	return false
}

// operation tells which actions an operation asks for.
func (s *coverage) operation(cat *catalog.Catalog, st *model.TestStep, out outcome) {
	for _, a := range actions(cat) {
		if s.words[a.Mutation] == nil {
			s.words[a.Mutation] = regexp.MustCompile(`\b` + a.Mutation + `\s*[({]`)
		}
		if s.words[a.Mutation].MatchString(st.GraphQL) {
			s.note(a.Package, a.Addr(), len(out.errs) == 0)
		}
	}
}

func actions(cat *catalog.Catalog) (out []*catalog.Action) {
	for _, o := range cat.Objects {
		out = append(out, o.Actions...)
	}
	return out
}

// decided tells how an approval ended that a step of the case gave a command to.
func (s *scenario) decided(ctx context.Context, record string, key string) error {
	p := s.cat.Approval(key)
	r, err := s.find(ctx, record)
	if p == nil || err != nil {
		return err
	}
	a, err := s.newest(ident.With(ctx, ident.System(tenantName)), r)
	if err != nil {
		return nil // there is none: it was refused
	}
	if a.Status == "approved" || a.Status == "rejected" {
		s.shown.note(p.Package, p.Addr(), a.Status == "approved")
	}
	return nil
}

// gaps are what a package declares and its cases have not shown, in order of the addresses.
func (s *coverage) gaps(cat *catalog.Catalog, pkg string) (out []Gap) {
	want := func(of string, a addr.Address, refuses bool) {
		for _, lacks := range []string{Passes, Refuses} {
			if g := (Gap{pkg, a, lacks}); of == pkg && (refuses || lacks == Passes) && !s.of[g] {
				out = append(out, g)
			}
		}
	}
	for _, o := range cat.Objects {
		for _, r := range o.Rules {
			want(r.Package, o.Addr().Rule(r.Name), true)
		}
	}
	for _, a := range actions(cat) {
		want(a.Package, a.Addr(), len(a.Checks) > 0 || len(a.Decl.Errors) > 0)
	}
	for _, a := range cat.Approvals {
		want(a.Package, a.Addr(), true)
	}
	for _, f := range cat.Flows {
		if !f.Set.Off {
			want(f.Package, f.Addr(), f.When != nil || len(f.Changed) > 0)
		}
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return cmp.Compare(a.Address.String(), b.Address.String()) })
	return out
}
