package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Entry is one line of an instance's audit. Entries of an instance are numbered without gaps and
// chained: each carries the hash of the one before and its own.
type Entry struct {
	Seq       int64          `json:"seq"`
	Instance  string         `json:"instance"`
	At        int64          `json:"at"` // milliseconds since the Unix epoch
	Verb      string         `json:"verb"`
	Actor     Actor          `json:"actor"`
	Node      string         `json:"node,omitempty"`
	Visit     int            `json:"visit,omitempty"` // the n-th of the node
	Task      int            `json:"task,omitempty"`
	Data      map[string]any `json:"data,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Comment   string         `json:"comment,omitempty"`
	Def       int            `json:"defVersion"`
	RecordRev int64          `json:"recordRev"`
	FormHash  string         `json:"formHash"`
	IP        string         `json:"ip,omitempty"`
	Client    string         `json:"client,omitempty"`
	Command   string         `json:"cmdId,omitempty"`
	Prev      string         `json:"prevHash"`
	Hash      string         `json:"hash"`
}

// digest is the hash of an entry without its own hash.
func (e Entry) digest() string {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil { // Data holds JSON values only
		b = []byte(fmt.Sprintf("%+v", e))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// VerifyChain says where a chain of audit entries is broken; after is the hash before the first
// ("" for a whole audit). Entries may come from storage.
func VerifyChain(after string, entries []Entry) error {
	for i, e := range entries {
		if i > 0 && (e.Seq != entries[i-1].Seq+1 || e.Instance != entries[i-1].Instance) {
			return fmt.Errorf("audit: entry %d follows %d", e.Seq, entries[i-1].Seq)
		}
		if after == "" && i == 0 && e.Seq != 1 {
			return fmt.Errorf("audit: the first entry is number %d", e.Seq)
		}
		if e.Prev != after || e.Hash != e.digest() {
			return fmt.Errorf("audit: entry %d was altered", e.Seq)
		}
		after = e.Hash
	}
	return nil
}

// record appends an entry.
func (m *machine) record(e Entry) {
	s := m.st
	s.Seq++
	e.Seq, e.Instance, e.At, e.Def = s.Seq, s.ID, m.now.UnixMilli(), s.Def.Version
	e.RecordRev, e.FormHash, e.IP, e.Client, e.Command, e.Prev = s.RecordRev, s.FormHash, m.cmd.IP, m.cmd.Client, m.cmd.ID, s.Hash
	if e.Actor.Type == "" {
		e.Actor = m.cmd.Actor
	}
	e.Data = plain(e.Data)
	e.Hash = e.digest()
	s.Hash = e.Hash
	m.audit = append(m.audit, e)
}

// plain brings data into the shapes that JSON gives back, so that an entry that was stored and
// read has the hash that it was written with.
func plain(data map[string]any) map[string]any {
	if len(data) == 0 {
		return nil
	}
	b, err := json.Marshal(data)
	var out map[string]any
	if err != nil || json.Unmarshal(b, &out) != nil {
		return nil
	}
	return out
}

// aboutInstance records something of the whole instance and its status.
func (m *machine) aboutInstance(verb string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["status"], data["round"] = m.st.Status, m.st.Round
	m.record(Entry{Verb: verb, Data: data, Reason: or(m.cmd.Reason, m.st.Reason), Comment: m.cmd.Comment})
}

// aboutNode records something of a visit.
func (m *machine) aboutNode(verb string, v *Visit, reason string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["status"] = v.Status
	m.record(Entry{Verb: verb, Node: v.Node, Visit: v.N, Reason: reason, Data: data})
}

// aboutTask records something of a task and its status.
func (m *machine) aboutTask(verb string, t *Task, by Actor, reason string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["status"], data["assignee"] = t.Status, t.Assignee
	e := Entry{Verb: verb, Task: t.ID, Reason: reason, Data: data, Actor: by}
	if v := m.st.Visit(t.Visit); v != nil {
		e.Node, e.Visit = v.Node, v.N
	}
	if by == m.cmd.Actor && (verb == "task.decided" || verb == "task.opined") {
		e.Comment = m.cmd.Comment
	}
	m.record(e)
}
