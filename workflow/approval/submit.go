package approval

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/errs"
)

// submit starts an instance.
func (m *machine) submit() *errs.Error {
	c := m.cmd
	if c.Instance == "" || c.Record == "" || c.Actor.ID == "" {
		return errs.New(errs.InvalidInput, "a submission names the instance, the record and who submits", "提交须指明实例、记录和提交人")
	}
	if m.def = m.org.Definition(c.Process, c.Version); m.def == nil {
		return errs.New(errs.DefinitionUnavailable, "process %s is not published", "流程 %s 未发布", c.Process)
	}
	m.st = &State{ID: c.Instance, Def: m.def.Pin, Type: "approval", Parent: c.Parent, Run: c.Run, Lane: c.Lane, Object: m.def.Object, Record: c.Record, Submitter: c.Actor.ID, Initiator: c.Actor.ID, Status: Draft}
	if c.Revokes != "" {
		m.st.Type, m.st.Revokes = "revocation", c.Revokes
	}
	if c.Object != "" && c.Object != m.def.Object {
		return errs.New(errs.InvalidInput, "process %s is for %s", "流程 %s 适用于 %s", c.Process, m.def.Object).On("object")
	}
	if err := m.admitted(); err != nil {
		return err
	}
	if running := m.org.Running(m.def.Key, m.def.Object, c.Record); m.def.Entry.Unique != "" && running != "" {
		return errs.New(errs.ActiveInstanceExists, "an approval is running on this record already", "该记录已有进行中的审批").With("instance", running)
	}
	return m.begin("instance.submitted")
}

// admitted checks who submits what.
func (m *machine) admitted() *errs.Error {
	if len(m.def.Entry.Submitters) > 0 {
		who, err := m.everyone(m.def.Entry.Submitters)
		if err != nil || !slices.Contains(who, m.cmd.Actor.ID) {
			return errs.New(errs.Forbidden, "you may not submit records to this process", "您无权提交此流程").Because(err)
		}
	}
	if ok, err := m.holds(m.def.Entry.When); err != nil || !ok {
		return errs.New(errs.EntryNotMet, "the record does not meet the conditions of this process", "记录不满足该流程的发起条件").Because(err)
	}
	return nil
}

// begin starts a round at the first node.
func (m *machine) begin(verb string) *errs.Error {
	if err := m.complete(m.def.Start.Required); err != nil {
		return err
	}
	if err := m.choose(m.cmd.Next, "selfSelect"); err != nil {
		return err
	}
	for _, id := range m.def.Start.SelfSelect {
		if err := m.chosen(id, "selfSelect"); err != nil {
			return err
		}
	}
	m.openRound(verb, nil)
	m.st.Lanes = append(m.st.Lanes, &Lane{ID: len(m.st.Lanes) + 1, Status: Active})
	m.enter(m.st.Lanes[len(m.st.Lanes)-1])
	return nil
}

// openRound counts the round, and closes the record over what it decides upon.
func (m *machine) openRound(verb string, data map[string]any) {
	m.st.Round++
	m.rehash(nil)
	m.setStatus(Running)
	m.snapshot()
	m.aboutInstance(verb, data)
	m.lock()
	m.actions("onSubmit", m.def.OnSubmit)
	m.publish("submitted", map[string]any{"round": m.st.Round})
}

// complete checks that fields have values.
func (m *machine) complete(fields []string) *errs.Error {
	f := m.form()
	var first *errs.Error
	for _, n := range fields {
		if v := f.Values[n]; v != nil && v != "" {
			continue
		}
		e := errs.New(errs.ValidationFail, "%s is required here", "此处必须填写 %s", n).On(n)
		if first == nil {
			first = e
		} else {
			first.More = append(first.More, e)
		}
	}
	return first
}

// choose keeps the people that somebody picked for later nodes.
func (m *machine) choose(next map[string][]string, kind string) *errs.Error {
	for id, users := range next {
		n := m.def.node(id)
		if n == nil || !slices.ContainsFunc(n.Participants, func(p Participant) bool { return p.Type == kind }) {
			return errs.New(errs.InvalidInput, "nobody is picked for %q here", "此处不能为 %q 选择人员", id).On("next")
		}
		for _, u := range users {
			if !m.org.Active(u) {
				return notActive(u).On("next")
			}
		}
		if m.st.Selected == nil {
			m.st.Selected = map[string][]string{}
		}
		m.st.Selected[id] = users
		if err := m.chosen(id, kind); err != nil {
			return err
		}
	}
	return nil
}

// chosen checks how many people were picked for a node.
func (m *machine) chosen(id, kind string) *errs.Error {
	for _, p := range m.def.node(id).Participants {
		if n := len(m.st.Selected[id]); p.Type == kind && (n < max(p.Min, 1) || p.Max > 0 && n > p.Max) {
			return errs.New(errs.ValidationFail, "pick %d to %d people for %s", "请为 %[3]s 选择 %[1]d 至 %[2]d 人", max(p.Min, 1), max(p.Max, p.Min, 1), id).On("next")
		}
	}
	return nil
}

func notActive(user string) *errs.Error {
	return errs.New(errs.InvalidInput, "there is no active user %s", "没有在用的用户 %s", user)
}
