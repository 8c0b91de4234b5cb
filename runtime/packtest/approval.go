package packtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/query"
)

// Steps that give commands to approvals go through the API, as everybody's do.

// arguments are the GraphQL types of what commands take.
var arguments = map[string]string{"comment": "String", "reason": "String", "data": "JSON", "to": "String", "resume": "String", "user": "ID", "users": "[ID!]", "signature": "String",
	"next": "JSON", "sign": "ApprovalSigners", "addSignAfter": "ApprovalSigners", "incident": "Int", "version": "Int", "nodeMap": "JSON", "timers": "String"}

// ofTask are the commands that are about a task; the others are about an instance.
var ofTask = []string{"approve", "reject", "return", "abstain", "transfer", "delegate", "recall", "addSign", "removeSign", "claim", "unclaim", "takeBack", "reassign"}

// command submits a record, or gives a command to its newest approval.
func (s *scenario) command(ctx context.Context, st *model.TestStep) outcome {
	r, err := s.find(ctx, st.Record)
	if err != nil {
		return outcome{errs: flat(err)}
	}
	kind, vars, types := "submit", map[string]any{"process": st.Submit, "record": r.String()}, map[string]string{"process": "String", "record": "ID"}
	if st.Act != "" {
		kind = st.Act
		name, id, err := s.target(ctx, st.Act, r)
		if err != nil {
			return outcome{errs: flat(err)}
		}
		vars, types = map[string]any{name: id}, map[string]string{name: "ID"}
	}
	for name, raw := range st.With {
		if types[name] = arguments[name]; types[name] == "" {
			return outcome{errs: flat(fmt.Errorf("a command takes no %s", name))}
		}
		v, err := s.value(ctx, raw)
		if err != nil {
			return outcome{errs: flat(err)}
		}
		if m, ok := v.(map[string]any); ok && name == "data" {
			v = byAPIName(r.object, m)
		}
		vars[name] = v
	}
	var declared, given []string
	for _, name := range sortedKeys(types) {
		declared, given = append(declared, "$"+name+": "+types[name]+"!"), append(given, name+": $"+name)
	}
	return s.execute(ctx, fmt.Sprintf("mutation(%s) { %s(%s) { id } }", strings.Join(declared, ", "), kind, strings.Join(given, ", ")), vars)
}

// byAPIName calls the fields of values by the names of the API.
func byAPIName(o *catalog.Object, values map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range values {
		if f := o.Field(name); f != nil {
			name = f.APIName
		}
		out[name] = v
	}
	return out
}

// seenTask is a task as the API shows it.
type seenTask struct {
	ID, Node, Status, Assignee string
	Pool                       []string
}

// seenApproval is the newest approval of a record as the API shows it.
type seenApproval struct {
	ID, Status string
	Tasks      []seenTask
}

// newest finds the newest approval of a record that the caller may know of.
func (s *scenario) newest(ctx context.Context, r ref) (*seenApproval, error) {
	out := s.execute(ctx, "query($r: ID!) { approvals(record: $r) { id status tasks { id node status assignee pool } } }", map[string]any{"r": r.String()})
	if len(out.errs) > 0 {
		return nil, out.errs[0]
	}
	var data struct{ Approvals []seenApproval }
	if err := json.Unmarshal(out.data, &data); err != nil {
		return nil, err
	}
	if len(data.Approvals) == 0 {
		c, _ := ident.From(ctx)
		return nil, fmt.Errorf("%s knows of no approval of this record", c.Principal.Name)
	}
	return &data.Approvals[0], nil
}

// target is what a command is about: the caller's task that waits, else the last of the caller's;
// of a reassignment, the first that waits.
func (s *scenario) target(ctx context.Context, kind string, r ref) (name, id string, err error) {
	a, err := s.newest(ctx, r)
	if err != nil {
		return "", "", err
	}
	if !slices.Contains(ofTask, kind) {
		return "instance", a.ID, nil
	}
	me := ""
	if users := s.cat.Serving(catalog.ServesUser); users != nil {
		c, _ := ident.From(ctx)
		me = string(query.AppendID(nil, users, c.Principal.UserID))
	}
	last := a.ID + ":0"
	for _, t := range a.Tasks {
		waits := t.Status == "pending" || t.Status == "claimable"
		if waits && (t.Assignee == me || slices.Contains(t.Pool, me) || kind == "reassign") {
			return "task", t.ID, nil
		}
		if t.Assignee == me {
			last = t.ID
		}
	}
	return "task", last, nil
}

// approval holds the newest approval of a record against what is expected.
func (s *scenario) approval(ctx context.Context, want *model.ExpectedApproval, path string) error {
	r, err := s.find(ctx, want.Record)
	if err != nil {
		return err
	}
	a, err := s.newest(ident.With(ctx, ident.System(tenantName)), r)
	if err != nil {
		s.fail("expectation-failed", path, "there is no approval of %s", "%s 没有审批", want.Record)
		return nil
	}
	if want.Status != "" && a.Status != want.Status {
		s.fail("expectation-failed", path+".status", "the approval is %s, want %s", "审批状态为 %s，应为 %s", a.Status, want.Status)
	}
	if want.Waits == nil {
		return nil
	}
	got, wanted := map[string][]string{}, map[string][]string{}
	for _, t := range a.Tasks {
		switch t.Status {
		case "pending":
			got[t.Node] = append(got[t.Node], t.Assignee)
		case "claimable":
			got[t.Node] = append(got[t.Node], t.Pool...)
		}
	}
	for node, keys := range want.Waits {
		for _, key := range keys {
			u, err := s.find(ctx, key)
			if err != nil {
				return err
			}
			wanted[node] = append(wanted[node], u.String())
		}
	}
	if g, w := waiting(got), waiting(wanted); g != w {
		s.fail("expectation-failed", path+".waits", "it waits for %s, want %s", "等待处理：%s，应为 %s", g, w)
	}
	return nil
}

func waiting(by map[string][]string) string {
	var out []string
	for _, node := range sortedKeys(by) {
		people := slices.Clone(by[node])
		sort.Strings(people)
		out = append(out, node+": "+strings.Join(people, " "))
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, "; ")
}
