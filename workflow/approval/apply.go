package approval

import (
	"maps"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/value"
)

// Apply carries out one command. st is nil for "submit" and is never changed; the result shares
// nothing with it that a later Apply would change. With an error nothing has happened: no audit,
// no effects. A command that turns out to mean nothing any more (a timer that lost against a
// person) gives st itself back. All that it returns must be stored together, or not at all.
func Apply(st *State, cmd Command, now time.Time, org Org) (*State, []Entry, []Effect, *errs.Error) {
	m := &machine{cmd: cmd, now: now.UTC().Truncate(time.Millisecond), org: org, edits: map[string]value.Value{}, raw: map[string]any{}}
	if st == nil {
		if cmd.Kind != "submit" {
			return nil, nil, nil, errs.New(errs.NotFound, "there is no such instance", "没有此流程实例")
		}
		if err := m.submit(); err != nil {
			return nil, nil, nil, err
		}
	} else {
		do := handlers[cmd.Kind]
		if do == nil {
			return nil, nil, nil, errs.New(errs.InvalidInput, "%q is no command", "%q 不是有效的命令", cmd.Kind)
		}
		m.st = st.clone()
		m.def = org.Definition(st.Def.Key, st.Def.Version)
		if m.def == nil || m.def.Pin.Hash != st.Def.Hash {
			return nil, nil, nil, errs.New(errs.DefinitionUnavailable, "version %d of process %s is not available", "流程 %[2]s 的版本 %[1]d 不可用", st.Def.Version, st.Def.Key)
		}
		if err := m.guard(); err != nil {
			return nil, nil, nil, err
		}
		if err := do(m); err != nil {
			return nil, nil, nil, err
		}
		if m.idle {
			return st, nil, nil, nil
		}
	}
	m.reconcile()
	m.st.Rev++
	return m.st, m.audit, m.effects, nil
}

// handlers are the commands that an existing instance takes.
var handlers map[string]func(*machine) *errs.Error

func init() {
	handlers = map[string]func(*machine) *errs.Error{
		"approve": (*machine).approve, "reject": (*machine).reject, "abstain": (*machine).abstain, "return": (*machine).giveBack,
		"transfer": (*machine).transfer, "delegate": (*machine).delegate, "recall": (*machine).recall,
		"addSign": (*machine).addSign, "removeSign": (*machine).removeSign, "claim": (*machine).claim, "unclaim": (*machine).unclaim,
		"takeBack": (*machine).takeBack, "withdraw": (*machine).withdraw, "resubmit": (*machine).resubmit, "urge": (*machine).urge,
		"cc": (*machine).copyTo, "comment": (*machine).comment, "view": (*machine).view,
		"suspend": (*machine).suspend, "resume": (*machine).resume, "terminate": (*machine).terminate, "jump": (*machine).jump,
		"reassign": (*machine).reassign, "retryIncident": (*machine).retryIncident, "migrate": (*machine).migrate,
		"timer": (*machine).timer, "actionDone": (*machine).actionDone, "childDone": (*machine).childDone, "event": (*machine).event,
		"actionsFailed": (*machine).actionsFailed, "recordChanged": (*machine).recordChanged, "recordDeleted": (*machine).recordDeleted,
		"userLeft": (*machine).userLeft, "orgChanged": (*machine).orgChanged, "recompute": (*machine).recompute,
	}
}

// Commands lists the kinds of commands, sorted.
func Commands() []string {
	return append([]string{"submit"}, slices.Sorted(maps.Keys(handlers))...)
}

// machine is the work of one command.
type machine struct {
	def     *Definition
	st      *State
	cmd     Command
	now     time.Time
	org     Org
	audit   []Entry
	effects []Effect
	edits   map[string]value.Value // what this command writes to the record
	raw     map[string]any         // the same as JSON values
	steps   int
	idle    bool // nothing happened
}

func (m *machine) emit(e Effect) { m.effects = append(m.effects, e) }

func (m *machine) publish(name string, data map[string]any) {
	m.emit(Effect{Kind: Publish, Name: name, Data: data})
}

// tell notifies people, each once.
func (m *machine) tell(about string, task int, users ...string) {
	users = slices.Compact(slices.Sorted(slices.Values(users)))
	users = slices.DeleteFunc(users, func(u string) bool { return u == "" })
	if len(users) > 0 {
		m.emit(Effect{Kind: Notify, Name: about, Task: task, Users: users})
	}
}

// guard checks what the caller believed to be true.
func (m *machine) guard() *errs.Error {
	if r := m.cmd.IfRev; r != nil && *r != m.st.Rev {
		return errs.New(errs.VersionConflict, "the instance has moved on since you read it", "流程实例在您读取之后已有变化").With("rev", m.st.Rev)
	}
	if h := m.cmd.IfFormHash; h != "" && h != m.st.FormHash {
		return errs.New(errs.RecordChanged, "the record has changed since you read it", "记录在您读取之后已被修改").
			With("formHash", m.st.FormHash).With("diff", m.changedSince(h))
	}
	return nil
}

// changedSince lists the fields that differ between an earlier form and the present one.
func (m *machine) changedSince(hash string) []string {
	out := []string{}
	at := slices.IndexFunc(m.st.Forms, func(c Change) bool { return c.From == hash })
	if at < 0 {
		return out
	}
	for _, c := range m.st.Forms[at:] {
		out = append(out, c.Fields...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// form is the form with the edits of this command.
func (m *machine) form() Form {
	f := m.org.Form()
	if len(m.raw) == 0 {
		return f
	}
	f.Values = maps.Clone(f.Values)
	if f.Values == nil {
		f.Values = map[string]any{}
	}
	maps.Copy(f.Values, m.raw)
	return f
}

// rehash takes note of what the form holds now.
func (m *machine) rehash(fields []string) {
	f := m.form()
	h := hashOf(f.Values)
	m.st.RecordRev = f.Rev
	if h == m.st.FormHash {
		return
	}
	if m.st.FormHash != "" {
		slices.Sort(fields)
		m.st.Forms = append(m.st.Forms, Change{m.st.FormHash, h, fields})
		if n := len(m.st.Forms); n > maxForms {
			m.st.Forms = m.st.Forms[n-maxForms:]
		}
	}
	m.st.FormHash = h
}

// guardHash is the hash of the fields whose change forbids jumping back.
func (m *machine) guardHash() string {
	f, guarded := m.form(), map[string]any{}
	for _, n := range m.def.Resume.JumpBackGuard {
		guarded[n] = f.Values[n]
	}
	return hashOf(guarded)
}

func (m *machine) setStatus(s Status) {
	m.st.Status = s
	m.emit(Effect{Kind: SetStatus, Status: s})
}

// actions emits the automation of a phase; the audit says so once they are part of the transaction.
func (m *machine) actions(phase string, as []Action) {
	if len(as) == 0 {
		return
	}
	m.emit(Effect{Kind: RunActions, Phase: phase, Actions: as})
	m.record(Entry{Verb: "actions.applied", Data: map[string]any{"phase": phase, "count": len(as)}})
}

// lock closes the record; the audit says so.
func (m *machine) lock() {
	mode := or(m.def.Lock.Mode, "none")
	if mode == "none" {
		return
	}
	m.st.Locked = true
	m.emit(Effect{Kind: SetLock, Lock: mode, Fields: m.def.Lock.Fields})
	m.record(Entry{Verb: "record.locked", Data: map[string]any{"mode": mode}})
}

func (m *machine) unlock() {
	if !m.st.Locked {
		return
	}
	m.st.Locked = false
	m.emit(Effect{Kind: SetLock, Lock: "none"})
	m.record(Entry{Verb: "record.unlocked"})
}

// snapshot keeps what the round is about.
func (m *machine) snapshot() {
	f := m.form()
	m.emit(Effect{Kind: TakeShot, Round: m.st.Round, Form: &f, Hash: m.st.FormHash})
}
