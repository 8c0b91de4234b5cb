package approval

import (
	"github.com/tenon-platform/tenon/platform/errs"
)

// migrate moves a running instance to another version of its process: every node where a token
// stands is mapped to one of the same kind in the same block and branch; tasks keep their number,
// assignee and due time. It is all or nothing; a dry run is Apply without keeping the result.
func (m *machine) migrate() *errs.Error {
	if err := m.administer(); err != nil {
		return err
	}
	to := m.org.Definition(m.st.Def.Key, m.cmd.Version)
	if to == nil || to.Object != m.def.Object {
		return errs.New(errs.DefinitionUnavailable, "version %d of process %s is not available", "流程 %[2]s 的版本 %[1]d 不可用", m.cmd.Version, m.st.Def.Key)
	}
	if m.st.Status == Suspended {
		return invalidState("the process is %s", "流程当前状态为“%s”", m.st.Status)
	}
	if e := m.mappable(to); e != nil {
		return e
	}
	from := m.st.Def.Version
	kept := m.dueNow()
	for _, v := range m.st.Visits {
		was := v.Node
		v.Node = m.mapped(v.Node)
		if p, q := to.nodes[v.Node], m.def.nodes[was]; v.Status != Active && p != nil && q != nil && p.node.Kind != q.node.Kind {
			v.Node = v.Node + "@" + m.def.Pin.Hash[:8] // another kind of node has taken its id
		}
	}
	m.def, m.st.Def = to, to.Pin
	for _, l := range m.st.Lanes {
		m.realign(l)
	}
	m.aboutInstance("instance.migrated", map[string]any{"from": from, "to": to.Pin.Version, "nodeMap": m.cmd.NodeMap, "timers": or(m.cmd.Timers, "keep")})
	for _, v := range m.st.Visits {
		if v.Status != Active {
			continue
		}
		m.refresh(v, kept[v.ID])
	}
	return nil
}

// dueNow tells when the stages of each running clock are due, by visit.
func (m *machine) dueNow() map[int][]string {
	out := map[int][]string{}
	for _, v := range m.st.Visits {
		if n := m.def.node(v.Node); v.Clock != nil && n != nil {
			for _, s := range n.Timeouts {
				out[v.ID] = append(out[v.ID], s.After)
			}
		}
	}
	return out
}

func (m *machine) mapped(node string) string { return or(m.cmd.NodeMap[node], node) }

// mappable checks every node where a token stands, and every block around it.
func (m *machine) mappable(to *Definition) *errs.Error {
	wrong := map[string]string{}
	for _, v := range m.st.Visits {
		here := m.def.nodes[v.Node]
		if v.Status != Active || here == nil {
			continue
		}
		there := to.nodes[m.mapped(v.Node)]
		switch {
		case there == nil:
			wrong[v.Node] = "not_mapped"
		case there.node.Kind != here.node.Kind:
			wrong[v.Node] = "other_kind"
		case there.branch != here.branch || here.block != "" && there.block != m.mapped(here.block) || here.block == "" && there.block != "":
			wrong[v.Node] = "other_block"
		}
	}
	for _, l := range m.st.Lanes {
		if b := m.st.Visit(l.Block); b != nil && b.Status == Active && wrong[b.Node] == "" {
			if n := to.node(m.mapped(b.Node)); n == nil || branchOf(n, l.Branch) == nil {
				wrong[b.Node] = "branch_missing"
			}
		}
	}
	if m.st.Jump != nil || m.hasJump() {
		wrong["*"] = "returned_to_jump_back"
	}
	if len(wrong) == 0 {
		return nil
	}
	return errs.New(errs.MigrationNotPossible, "%d nodes cannot be carried over to version %d", "有 %d 个节点无法迁移到版本 %d", len(wrong), to.Pin.Version).With("nodes", wrong)
}

func (m *machine) hasJump() bool {
	for _, l := range m.st.Lanes {
		if l.Status == Active && l.Jump != nil {
			return true
		}
	}
	return false
}

// realign finds a token's index in the new sequence.
func (m *machine) realign(l *Lane) {
	if l.Status != Active {
		return
	}
	for _, v := range m.st.Visits {
		if v.Lane == l.ID && v.Status == Active {
			l.Index = m.indexOf(v)
		}
	}
}

// refresh applies what the plan says about timers and people at an active node.
func (m *machine) refresh(v *Visit, kept []string) {
	n := m.def.node(v.Node)
	if !asks(n) {
		return
	}
	switch {
	case len(n.Timeouts) == 0:
		v.Clock = nil
	case v.Clock == nil:
		v.Clock = &Clock{Since: v.Entered}
	}
	switch {
	case v.Clock == nil:
	case m.cmd.Timers == "reset":
		v.Clock = &Clock{Since: m.now}
	case v.Clock.After == nil:
		v.Clock.After = kept
	}
	if !m.cmd.Reresolve {
		return
	}
	for _, t := range m.st.tasksOf(v.ID) {
		if t.Status.open() {
			m.cancelTask(t, "reresolved")
		}
	}
	m.ask(v, n)
}
