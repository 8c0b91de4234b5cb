package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The company of the scripts of workflow/approval, as files of a package: who is whose manager, in which department,
// with which roles, and one object that everything is about.
var (
	scriptManagers = map[string]string{"ann": "bob", "abe": "bob", "bob": "cat", "cat": "dan", "fay": "fox", "fin": "fox", "lea": "leo"}
	scriptDepts    = map[string]string{"ann": "sales-east", "abe": "sales-east", "bob": "sales-east", "cat": "sales", "dan": "top", "fay": "finance", "fin": "finance", "fox": "finance"}
	scriptHeads    = map[string]string{"sales-east": "bob", "sales": "cat", "top": "dan", "finance": "fox"}
	scriptAbove    = map[string]string{"sales-east": "sales", "sales": "top", "finance": "top"}
	scriptRoles    = map[string][]string{"finance": {"fay", "fin", "fox"}, "legal": {"lea", "leo"}, "gm": {"dan"}, "process_admin": {"pam", "pat"}, "vp": {"cat", "dan"}, "sales": {"ann", "abe"}, "fixer": {"pat"}, "nobody": {}, "all": {}}
	scriptPeople   = strings.Fields("ann abe bob cat dan fay fin fox lea leo pam pat u1 u2 u3 u4 u5 u6 u7 u8")
)

// oppFile is the object that the scripts are about.
const oppFile = `{"name": "opp", "label": {"en": "Opportunity", "zh-CN": "商机"}, "pluralLabel": {"en": "Opportunities", "zh-CN": "商机"}, "sharing": "read", "fields": [
	{"name": "amount", "type": "decimal", "scale": 2, "label": {"en": "Amount", "zh-CN": "金额"}},
	{"name": "discount", "type": "decimal", "scale": 4, "label": {"en": "Discount", "zh-CN": "折扣"}},
	{"name": "reason", "type": "text", "maxLength": 80, "label": {"en": "Reason", "zh-CN": "原因"}},
	{"name": "dept", "type": "lookup", "to": "dept", "label": {"en": "Department", "zh-CN": "部门"}},
	{"name": "reviewers", "type": "multilookup", "to": "person", "label": {"en": "Reviewers", "zh-CN": "评审人"}},
	{"name": "vip", "type": "bool", "label": {"en": "Important", "zh-CN": "重要"}},
	{"name": "due", "type": "datetime", "label": {"en": "Due", "zh-CN": "到期"}},
	{"name": "qty", "type": "int", "label": {"en": "Quantity", "zh-CN": "数量"}},
	{"name": "stage", "type": "text", "maxLength": 40, "label": {"en": "Stage", "zh-CN": "阶段"}}]}`

type seed struct {
	Key    string         `json:"key"`
	Values map[string]any `json:"values"`
}

func refTo(key string) map[string]string { return map[string]string{"ref": key} }

// company is the package of the scripts with some approvals, by key.
func company(approvals map[string]string) map[string]string {
	out := map[string]string{"objects/deal/object.json": "", "objects/deal_line/object.json": "", "permissions/look.json": "", "permissions/sell.json": "", "roles/boss.json": "", "roles/fixer.json": "", "roles/onlooker.json": "",
		"objects/opp/object.json": oppFile,
		"permissions/work.json":   `{"name": "work", "label": {"en": "Work", "zh-CN": "工作"}, "objects": {"opp": {"allow": ["read", "create", "update", "delete"], "viewAll": true, "editAll": true}, "person": {"allow": ["read"]}, "dept": {"allow": ["read"]}}}`,
		"roles/staff.json":        `{"name": "staff", "label": {"en": "Staff", "zh-CN": "员工"}, "permissions": ["work"]}`}
	out["scripts/pick.json"] = `{"name": "pick", "label": {"en": "Pick", "zh-CN": "选人"}, "input": [{"name": "record", "type": "record"}], "output": [{"name": "users", "type": "json"}], "records": [{"object": "opp"}]}`
	out["tables/risk.json"] = `{"name": "risk", "label": {"en": "Risk", "zh-CN": "风险"}, "hit": "first", "inputs": [{"name": "amount", "type": "decimal", "label": {"en": "Amount", "zh-CN": "金额"}}], "outputs": [{"name": "level", "type": "text", "label": {"en": "Level", "zh-CN": "级别"}}],
		"rows": [{"name": "high", "when": {"amount": ">= 1000"}, "then": {"level": "'high'"}}, {"name": "low", "then": {"level": "'low'"}}]}`
	out["scripts/pick.js"] = `function main() { return {users: ['u1', 'u2']} }`
	for _, key := range []string{"order", "pool", "sides", "seen", "machine", "fresh", "discount", "vote"} {
		out["approvals/"+key+".json"] = ""
	}
	for key, text := range approvals {
		out["approvals/"+key+".json"] = text
	}
	var depts, people, held []seed
	for _, d := range []string{"top", "sales", "sales-east", "finance"} {
		s := seed{"dept-" + d, map[string]any{"code": d}}
		if up := scriptAbove[d]; up != "" {
			s.Values["parent_id"] = refTo("dept-" + up)
		}
		depts = append(depts, s)
	}
	hold := func(who, role string) {
		held = append(held, seed{who + "-" + role, map[string]any{"user_id": refTo(who), "role": role}})
	}
	for _, who := range scriptPeople {
		s := seed{who, map[string]any{"username": who}}
		if d := scriptDepts[who]; d != "" {
			s.Values["org_unit_id"] = refTo("dept-" + d)
		}
		people = append(people, s)
		hold(who, "staff")
	}
	for _, role := range slices.Sorted(maps.Keys(scriptRoles)) {
		out["roles/"+role+".json"] = fmt.Sprintf(`{"name": %q, "label": {"en": %q, "zh-CN": %q}}`, role, role, role)
		for _, who := range scriptRoles[role] {
			hold(who, role)
		}
	}
	for name, x := range map[string]struct {
		object string
		of     []seed
	}{"data/11-depts.json": {"dept", depts}, "data/12-people.json": {"person", people}, "data/13-roles.json": {"held_role", held}} {
		b, err := json.Marshal(map[string]any{"object": x.object, "records": x.of})
		if err != nil {
			panic(err) // texts and maps alone
		}
		out[name] = string(b)
	}
	out["data/10-hours.json"] = `{"object": "hours", "records": [{"key": "cn", "values": {"code": "cn", "timezone": "Asia/Shanghai", "is_default": true, "weekly_hours": {` +
		strings.Join([]string{`"mon": HOURS`, `"tue": HOURS`, `"wed": HOURS`, `"thu": HOURS`, `"fri": HOURS`}, ", ") + `}}}]}`
	out["data/10-hours.json"] = strings.ReplaceAll(out["data/10-hours.json"], "HOURS", `[["09:00", "12:00"], ["13:30", "18:00"]]`)
	return out
}

// organise carries out a line that changes the company: "manager ann=bob".
func (o *office) organise(line string) {
	o.t.Helper()
	what, arg, _ := strings.Cut(line, " ")
	who, whom, _ := strings.Cut(arg, "=")
	switch what {
	case "manager":
		o.must("root", `mutation { updatePerson(id: %q, patch: {managerId: %q}) { person { id } } }`, o.id(who), o.id(whom))
	case "standing":
		o.must("root", `mutation { updatePerson(id: %q, patch: {delegateId: %q, awayFrom: "2026-01-01T00:00:00Z"}) { person { id } } }`, o.id(who), o.id(whom))
	case "role":
		o.hold(who, strings.Split(whom, ","))
	default:
		o.t.Fatalf("nobody knows how to do %q", line)
	}
}

// hold gives a role to these people and nobody else.
func (o *office) hold(role string, people []string) {
	o.t.Helper()
	has := map[any]any{}
	for _, x := range dig(o.must("root", `{ heldRoles(filter: {role: {eq: %q}}) { nodes { id user { id } } } }`, role), "heldRoles", "nodes").([]any) {
		has[dig(x, "user", "id")] = dig(x, "id")
	}
	var fresh, held []any
	for _, who := range people {
		if _, known := o.people[who]; !known && who != "" {
			fresh = append(fresh, map[string]any{"username": who})
		}
	}
	for fresh := range slices.Chunk(fresh, 50) {
		a := o.ask("root", `mutation($in: [PersonCreate!]!) { createPeople(inputs: $in) { person { id } } }`, map[string]any{"in": fresh})
		made, _ := a.Data["createPeople"].([]any)
		if len(made) != len(fresh) {
			o.t.Fatal(a.raw)
		}
		for i, x := range made {
			var n int64
			if _, err := fmt.Sscanf(dig(x, "person", "id").(string), "person_%d", &n); err != nil {
				o.t.Fatal(err)
			}
			o.people[dig(fresh[i], "username").(string)] = n
		}
	}
	for _, who := range people {
		if who != "" && has[o.id(who)] == nil {
			held = append(held, map[string]any{"userId": o.id(who), "role": role})
		}
		delete(has, o.id(who))
	}
	for held := range slices.Chunk(held, 50) {
		if a := o.ask("root", `mutation($in: [HeldRoleCreate!]!) { createHeldRoles(inputs: $in) { heldRole { id } } }`, map[string]any{"in": held}); len(a.Errors) > 0 {
			o.t.Fatal(a.raw)
		}
	}
	for _, id := range has {
		o.must("root", `mutation { deleteHeldRole(id: %q) { __typename } }`, id)
	}
}
