package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/deploy/bench/load"
)

// person is somebody who submits and decides.
type person struct {
	id  string // of the user's record
	key string // API key; "" for those who never ask
}

const (
	people   = 200 // among whom the tasks of inboxes are
	together = 10  // of them are asked by one poll
)

// ask sends an operation of the records' API in somebody's name and gives what is under "data".
func (b *workflow) ask(key, query string, vars map[string]any) (any, error) {
	return b.to("/graphql", key, query, vars)
}

func (b *workflow) to(path, key, query string, vars map[string]any) (any, error) {
	req, err := httpRequest("POST", path, b.p.addr, key, map[string]any{"query": query, "variables": vars})
	if err != nil {
		return nil, err
	}
	return send(b.p.addr, req)
}

// ids are those of the records that a mutation made.
func ids(v any, mutation, object string) []string {
	made, _ := member(v, mutation).([]any)
	if made == nil {
		made, _ = member(member(v, mutation), object+"s").([]any)
	}
	var out []string
	for _, m := range made {
		id, _ := member(member(m, object), "id").(string)
		out = append(out, id)
	}
	return out
}

// hire makes the people, the first of whom, as many as there are clients, have keys.
func (b *workflow) hire() error {
	got, err := b.ask(b.p.key, `{ sysOrgUnits(filter: {code: {eq: "HQ"}}) { nodes { id } } }`, nil)
	if err != nil {
		return fmt.Errorf("find the headquarters: %w", err)
	}
	unit, _ := first(member(member(got, "sysOrgUnits"), "nodes"))["id"].(string)
	var inputs, roles []any
	for i := range people {
		name := fmt.Sprintf("decider%03d", i)
		inputs = append(inputs, map[string]any{"username": name, "name": name, "orgUnitId": unit})
	}
	if got, err = b.ask(b.p.key, `mutation($in: [SysUserCreate!]!) { createSysUsers(inputs: $in) { sysUser { id } } }`, map[string]any{"in": inputs}); err != nil {
		return fmt.Errorf("make users: %w", err)
	}
	for _, id := range ids(got, "createSysUsers", "sysUser") {
		b.users = append(b.users, person{id: id})
		roles = append(roles, map[string]any{"userId": id, "role": "bench_decider"})
	}
	if len(b.users) != people {
		return fmt.Errorf("%d users were made, the answer is %v", len(b.users), got)
	}
	if _, err := b.ask(b.p.key, `mutation($in: [SysRoleAssignmentCreate!]!) { createSysRoleAssignments(inputs: $in) { sysRoleAssignment { id } } }`, map[string]any{"in": roles}); err != nil {
		return fmt.Errorf("give roles: %w", err)
	}
	for i := range min(max(b.Clients, 3), people) {
		login := fmt.Sprintf("decider%03d", i)
		if _, err := b.to("/admin/graphql", b.p.key, `mutation($l: String!, $u: ID) { createLogin(login: $l, user: $u) { login } }`, map[string]any{"l": login, "u": b.users[i].id}); err != nil {
			return fmt.Errorf("make a login: %w", err)
		}
		got, err := b.to("/admin/graphql", b.p.key, `mutation($l: String!) { createKey(login: $l) }`, map[string]any{"l": login})
		if err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		b.users[i].key, _ = member(got, "createKey").(string)
	}
	return nil
}

func first(v any) map[string]any {
	l, _ := v.([]any)
	if len(l) == 0 {
		return nil
	}
	m, _ := l[0].(map[string]any)
	return m
}

// claims makes records, 200 at a time, and gives their ids in order.
func (b *workflow) claims(n int, of func(i int) map[string]any) ([]string, error) {
	var out []string
	for from := 0; from < n; from += 200 {
		var inputs []any
		for i := from; i < min(from+200, n); i++ {
			in := of(i)
			in["name"] = fmt.Sprintf("claim %d", i)
			inputs = append(inputs, in)
		}
		got, err := b.ask(b.p.key, `mutation($in: [BenchClaimCreate!]!) { createBenchClaims(inputs: $in) { benchClaim { id } } }`, map[string]any{"in": inputs})
		if err != nil {
			return nil, fmt.Errorf("make claims: %w", err)
		}
		out = append(out, ids(got, "createBenchClaims", "benchClaim")...)
	}
	if len(out) != n || slices.Contains(out, "") {
		return nil, fmt.Errorf("%d claims were made of %d", len(out), n)
	}
	return out, nil
}

// each is one request of somebody to the records' API.
type each struct {
	key, query string
	vars       map[string]any
}

// burst sends requests once each, over as many connections as there are clients; every answer must
// be a success, and is given to keep, if any, in any order.
func (b *workflow) burst(all []each, keep func(i int, data any)) (*sample, error) {
	requests := make([][]byte, len(all))
	for i, e := range all {
		r, err := httpRequest("POST", "/graphql", b.p.addr, e.key, map[string]any{"query": e.query, "variables": e.vars})
		if err != nil {
			return nil, err
		}
		requests[i] = r
	}
	o := load.Options{Addr: b.p.addr, Requests: requests, Connections: b.Clients, Duration: time.Hour, Once: true}
	if keep != nil {
		o.Keep = func(i int, answer []byte) {
			_, body, _ := strings.Cut(string(answer), "\r\n\r\n")
			var a struct{ Data any }
			if json.Unmarshal([]byte(body), &a) == nil {
				keep(i, a.Data)
			}
		}
	}
	return b.run(o)
}
