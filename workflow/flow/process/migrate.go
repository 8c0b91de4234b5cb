package process

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
)

func unavailable(key string) *errs.Error {
	return errs.New(errs.DefinitionUnavailable, "the flow %s is not available any more", "自动化 %s 已不可用", key)
}

// Migrating finds how a run may go over to a version of its flow, and that version; version 0 is the one that may
// start. An *errs.Error says that it cannot be had, or that there are no such steps or timers.
func (s *Service) Migrating(ctx context.Context, tx store.Tx, st *flow.State, c flow.Command) (*flow.Migration, *catalog.Flow, error) {
	f, version, err := s.host.Flow(ctx, tx, st.Flow, c.Version)
	if err != nil {
		return nil, nil, err
	}
	if f == nil {
		return nil, nil, errs.New(errs.DefinitionUnavailable, "there is no version %[2]d of the flow %[1]s that can be run", "自动化 %[1]s 没有可运行的版本 %[2]d", st.Flow, c.Version).On("version")
	}
	m := &flow.Migration{Version: version, Steps: c.Renames, Timers: c.Timers}
	if m.To, err = flow.ShapeOf(f.Source()); err != nil {
		return nil, nil, err
	}
	source, _, err := s.host.Source(ctx, tx, st.Flow, st.Version)
	if err != nil {
		return nil, nil, err
	}
	if m.From, err = flow.ShapeOf(source); err != nil {
		return nil, nil, err
	}
	if version == st.Version { // which is told as a problem of the run
		return m, f, nil
	}
	return m, f, checkRenames(m)
}

// checkRenames refuses names of steps that there are not, and two steps that are to be one.
func checkRenames(m *flow.Migration) error {
	if m.Timers != "" && m.Timers != "keep" && m.Timers != "reset" {
		return errs.New(errs.InvalidInput, "timers are kept (keep) or begin anew (reset)", "timers 须为 keep（保持）或 reset（重新开始）").On("timers")
	}
	from, to, seen := m.From.Steps(), m.To.Steps(), map[string]string{}
	for a, b := range m.Steps {
		if from[a] == "" || to[b] == "" {
			return errs.New(errs.InvalidInput, "there is no step %q, or none %q in the other version", "没有步骤 %q，或目标版本中没有 %q", a, b).On("steps")
		}
	}
	for a := range from {
		b := a
		if x, ok := m.Steps[a]; ok {
			b = x
		}
		if was, twice := seen[b]; twice && to[b] != "" {
			return errs.New(errs.InvalidInput, "the steps %q and %q would both be %q", "步骤 %q 和 %q 将同为 %q", min(was, a), max(was, a), b).On("steps")
		}
		seen[b] = a
	}
	return nil
}

// migrating decides a command that moves a run to another version.
func (k kind) migrating(ctx context.Context, tx store.Tx, st *flow.State, c flow.Command, in engine.Input) (engine.Step, error) {
	m, f, err := k.Migrating(ctx, tx, st, c)
	if err != nil {
		return engine.Step{}, err
	}
	c.Migration = m
	return engine.Step{Work: func(ctx context.Context, tx store.Tx) (engine.Step, error) { return k.work(ctx, tx, f, st, c, in) }}, nil
}

// remains is what is needed of a version to cancel its runs, where the catalogue no longer has what it names.
func (k kind) remains(ctx context.Context, tx store.Tx, st *flow.State) (*catalog.Flow, error) {
	source, _, err := k.host.Source(ctx, tx, st.Flow, st.Version)
	if err != nil || source == nil {
		return nil, err
	}
	shape, err := flow.ShapeOf(source)
	if err != nil {
		return nil, err
	}
	f := &catalog.Flow{Key: st.Flow, Set: shape.Decl.Settings, Lists: map[string][]*catalog.FlowStep{}, Steps: map[string]*catalog.FlowStep{}}
	if st.Key != "" {
		f.Limit = &catalog.FlowLimit{Max: 1}
	}
	return f, nil
}
