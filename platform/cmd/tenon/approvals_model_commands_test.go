package main

import (
	"fmt"

	"github.com/tenon-platform/tenon/workflow/approval"
)

// command makes a random command that has a chance to mean something: as the reducer gets it, and as
// the API does.
func (m *twin) command() (c approval.Command, who, field string, args map[string]string) {
	r := m.r
	field = pickOne(r, "approve", "approve", "approve", "approve", "reject", "return", "abstain", "transfer", "delegate", "recall", "addSign", "removeSign",
		"claim", "unclaim", "takeBack", "withdraw", "resubmit", "urge", "comment", "cc", "suspend", "resume", "terminate", "jump", "reassign", "retryIncident")
	if (field == "terminate" || field == "withdraw" || field == "suspend") && r.IntN(4) > 0 {
		field = "approve"
	}
	if m.st.Status == approval.Suspended && r.IntN(2) == 0 {
		field = "resume"
	}
	if m.st.Status == approval.Returned && r.IntN(2) == 0 {
		field = "resubmit"
	}
	who = pickOne(r, modelPeople...)
	c, args = approval.Command{Kind: field}, map[string]string{}
	if len(m.st.Tasks) > 0 {
		t := m.st.Tasks[r.IntN(len(m.st.Tasks))]
		for range 4 { // rather one that waits
			if t.Status == approval.Pending || t.Status == approval.Claimable {
				break
			}
			t = m.st.Tasks[r.IntN(len(m.st.Tasks))]
		}
		c.Task = t.ID
		if own := m.who(t.Assignee); own != "" && r.IntN(5) > 0 {
			who = own
		}
		if t.Status == approval.Claimable && r.IntN(3) > 0 {
			field, c.Kind, who = "claim", "claim", m.who(t.Pool[r.IntN(len(t.Pool))])
		}
	}
	if c.Task == 0 { // nobody is asked anything
		field, c.Kind = "comment", "comment"
	}
	other := pickOne(r, modelPeople...)
	set := func(name string, v any) { args[name] = written(v) }
	person := func(name string) { c.User = m.user(other); set(name, m.office.id(other)) }
	switch field {
	case "withdraw", "resubmit", "urge", "comment", "cc", "suspend", "resume", "terminate", "jump", "retryIncident":
		c.Task = 0
		set("instance", m.id)
	default:
		set("task", fmt.Sprintf("%s:%d", m.id, c.Task))
	}
	admin := false
	switch field {
	case "suspend", "resume", "terminate", "jump", "reassign", "retryIncident":
		who, admin = "pam", true
		c.Reason = "why"
		set("reason", c.Reason)
	case "withdraw", "resubmit":
		if r.IntN(4) > 0 {
			who = "ann"
		}
	case "reject", "comment":
		c.Comment = "words"
		set("comment", c.Comment)
	}
	switch field {
	case "transfer", "delegate", "reassign":
		person("user")
	case "cc":
		c.Users = []string{m.user(other)}
		set("users", []string{m.office.id(other)})
	case "return":
		c.To, c.Resume = pickOne(r, "initiator", "previous", "money", "boss"), pickOne(r, "", "rerun", "jump_back")
		set("to", c.To)
		if c.Resume != "" {
			set("resume", c.Resume)
		}
	case "jump":
		c.To = pickOne(r, "money", "law", "boss", "desk", "end")
		set("to", c.To)
	case "retryIncident":
		c.Incident = 1
		set("incident", 1)
	case "addSign":
		c.Sign = &approval.AddSign{Type: pickOne(r, "before", "parallel"), Users: []string{m.user(other)}, Method: pickOne(r, "", "any"), Binding: r.IntN(2) == 0}
		args["sign"] = fmt.Sprintf(`{type: %q, users: [%q], binding: %v`, c.Sign.Type, m.office.id(other), c.Sign.Binding)
		if c.Sign.Method != "" {
			args["sign"] += fmt.Sprintf(`, method: %q`, c.Sign.Method)
		}
		args["sign"] += "}"
	}
	switch field {
	case "urge", "cc", "comment":
		admin = who == "pam"
	case "transfer", "removeSign": // in her own name where the task is hers
		admin = who == "pam" && m.st.Task(c.Task).Assignee != m.user(who)
	}
	c.Actor = approval.Actor{Type: "user", ID: m.user(who)}
	if admin {
		c.Actor.Type = "admin"
	}
	return c, who, field, args
}
