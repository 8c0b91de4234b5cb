package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/workflow/approval/approvaltest"
)

// inner are commands that nobody gives: the platform does when what they tell of happens.
var inner = []string{"userLeft", "recordChanged", "recordDeleted", "orgChanged", "recompute", "event", "childDone", "actionDone", "actionsFailed", "timer", "fly"}

// command gives a command, "bob approve task=1 comment="fine"", and gives the code of what it is answered.
func (p *played) command(l string) string {
	p.t.Helper()
	words := approvaltest.Words(l)
	who, kind := words[0], words[1]
	args := map[string]any{}
	for _, w := range words[2:] {
		k, v, _ := strings.Cut(w, "=")
		var x any
		if json.Unmarshal([]byte(v), &x) != nil {
			x = v
		}
		args[k] = x
	}
	if slices.Contains(inner, kind) {
		return p.happens(who, kind, args)
	}
	if strings.HasPrefix(who, "admin:") {
		who = "root"
	}
	if kind == "submit" && args["parent"] != nil {
		return p.byParent(who)
	}
	if kind == "retryIncident" && p.early { // whose child may start now
		p.must("root", `mutation { updateOpp(id: %q, patch: {qty: 3}) { opp { id } } }`, p.record)
	}
	if p.change != nil && !p.told {
		if code := p.edit("root"); code != "" {
			p.t.Fatalf("the record cannot be changed: %s", code)
		}
	}
	if s, is := args["sign"].(map[string]any); is && kind == "approve" && s["type"] != "after" {
		return "INVALID_INPUT" // there is no such operation
	}
	if kind == "comment" && args["comment"] == nil {
		args["comment"] = ""
	}
	if n, older := args["version"].(float64); older && kind == "submit" { // before the next one was published
		files := maps.Clone(p.defs)
		files[p.first] = p.versions[int(n)-1]
		p.publish(company(files))
		defer p.publish(company(p.defs))
		delete(args, "version")
	}
	query, vars := p.operation(kind, args)
	a := p.ask(who, query, vars)
	if id, ok := dig(a.Data, "submit", "id").(string); ok {
		if id != p.instance {
			p.instance, p.seen = id, 0
		}
		name, _ := args["instance"].(string)
		p.instances[name] = id
	}
	p.drain()
	return a.code()
}

// happens lets happen what an inner command tells of, where it has not by what stood before. No person can report it.
func (p *played) happens(who, kind string, args map[string]any) string {
	p.t.Helper()
	if who, is := strings.CutPrefix(who, "admin:"); is && who == "root" {
		p.silent = true
		return p.happens("pat", kind, args) // who may write what is locked
	}
	switch kind {
	case "recordChanged", "recordDeleted":
	default:
		if who != "system" {
			return p.unknown(who, kind)
		}
	}
	switch kind {
	case "childDone":
		return p.childDone(args)
	case "recompute":
		return p.recompute()
	case "recordDeleted":
		code := p.do(who, `mutation { deleteOpp(id: %q) { __typename } }`, p.record).code()
		if code == "NOT_FOUND" && p.deleted {
			return "" // which is nothing that happens
		}
		p.deleted = p.deleted || code == ""
		return code
	case "recordChanged":
		return p.edit(who)
	case "userLeft", "orgChanged":
		p.drain()
		return ""
	}
	p.t.Fatalf("nobody can let %s happen", kind)
	return ""
}

// edit changes the record as the script has said.
func (p *played) edit(who string) string {
	p.t.Helper()
	p.told = true
	return p.ask(who, `mutation($id: ID!, $in: OppPatch!) { updateOpp(id: $id, patch: $in) { opp { id } } }`, map[string]any{"id": p.record, "in": p.change}).code()
}

// argumentTypes are those of arguments.
var argumentTypes = map[string]string{"task": "ID!", "instance": "ID!", "process": "String!", "record": "ID!", "user": "ID!", "users": "[ID!]!", "sign": "ApprovalSigners!", "addSignAfter": "ApprovalSigners!", "data": "JSON!", "next": "JSON!",
	"nodeMap": "JSON!", "ifRevision": "Int!", "version": "Int!", "incident": "Int!", "reresolve": "Boolean!"}

// operation writes a command as an operation of the API.
func (p *played) operation(kind string, args map[string]any) (string, map[string]any) {
	p.t.Helper()
	vars := map[string]any{}
	for k, v := range args {
		switch k {
		case "task":
			vars["task"] = fmt.Sprintf("%s:%v", p.instance, v)
		case "ifRev":
			vars["ifRevision"] = v
		case "ifFormHash":
			if v = p.hashes[len(p.hashes)-1]; args[k] == "before" {
				v = p.hashes[len(p.hashes)-2]
			}
			vars[k] = v
		case "user":
			vars[k] = p.who(v)
		case "users":
			vars[k] = p.whom(strings.Split(fmt.Sprint(v), ","))
		case "sign", "addSignAfter":
			s := v.(map[string]any)
			if kind == "approve" { // who decides asks those after the own decision
				delete(s, "type")
				k = "addSignAfter"
			}
			users, _ := s["users"].([]any)
			s["users"] = p.whom(texts(users))
			vars[k] = s
		case "next":
			for node, list := range v.(map[string]any) {
				v.(map[string]any)[node] = p.whom(texts(list.([]any)))
			}
			vars[k] = v
		case "to", "comment", "reason", "resume", "timers", "signature":
			vars[k] = fmt.Sprint(v)
		case "data": // decimals are texts in the API
			for name, x := range v.(map[string]any) {
				if n, ok := x.(float64); ok && name != "qty" {
					v.(map[string]any)[name] = strconv.FormatFloat(n, 'f', -1, 64)
				}
			}
			vars[k] = v
		case "instance", "type":
		default:
			vars[k] = v
		}
	}
	switch _, task := vars["task"]; {
	case kind == "submit":
		vars["record"] = p.record
		if vars["process"] == nil {
			vars["process"] = p.first
		}
	case !task:
		vars["instance"] = p.instance
	}
	var heads, given []string
	for k := range vars {
		typ := argumentTypes[k]
		if typ == "" {
			typ = "String!"
		}
		heads, given = append(heads, fmt.Sprintf("$%s: %s", k, typ)), append(given, fmt.Sprintf("%s: $%s", k, k))
	}
	return fmt.Sprintf("mutation(%s) { %s(%s) { id } }", strings.Join(heads, ", "), kind, strings.Join(given, ", ")), vars
}

func texts(list []any) (out []string) {
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func (p *played) whom(names []string) []string {
	out := []string{}
	for _, n := range names {
		out = append(out, p.who(n))
	}
	return out
}

// who is the id of somebody; of a name that nobody has, one that nobody has.
func (p *played) who(name any) string {
	if n, ok := p.people[fmt.Sprint(name)]; ok {
		return fmt.Sprintf("person_%d", n)
	}
	return "person_9"
}
