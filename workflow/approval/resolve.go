package approval

import (
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
)

// person is somebody who is to be asked, or a pool of whom one is.
type person struct {
	user   string
	weight int
	via    string
	queue  string   // "role:x" or "dept:x"
	pool   []string // who is in it now
}

// resolve finds people, in order, and how they were found.
func (m *machine) resolve(p Participant, node string) ([]person, error) {
	if ok, err := m.holds(p.When); err != nil || !ok {
		return nil, err
	}
	weight := max(p.Weight, 1)
	if p.Type == "queue" {
		kind, id := "role", p.Role
		if p.Dept != "" {
			kind, id = "dept", p.Dept
		}
		pool := slices.DeleteFunc(m.org.Members(kind, id, ""), func(u string) bool { return !m.org.Active(u) })
		if len(pool) == 0 {
			return nil, nil
		}
		return []person{{weight: weight, via: "queue " + id, queue: kind + ":" + id, pool: pool}}, nil
	}
	users, via, err := m.find(p, node)
	if err != nil {
		return nil, err
	}
	out := make([]person, 0, len(users))
	for _, u := range users {
		if u != "" {
			out = append(out, person{user: u, weight: weight, via: via})
		}
	}
	return out, nil
}

// find lists the users that a participant stands for, and names the way.
func (m *machine) find(p Participant, node string) ([]string, string, error) {
	switch p.Type {
	case "users":
		return m.named(p.IDs), "users", nil
	case "submitter":
		return []string{m.st.Submitter}, "submitter", nil
	case "selfSelect", "prevSelect":
		return m.st.Selected[node], p.Type, nil
	case "role", "group", "post":
		return m.members(p)
	case "deptMembers", "deptHead":
		return m.department(p)
	case "manager", "managerChain":
		return m.managers(p)
	case "field":
		return m.byField(p.Path)
	case "expr":
		x, err := m.eval(p.Expr)
		if err != nil {
			return nil, "", err
		}
		users, err := ids(x)
		return users, "expr", err
	case "script":
		users, err := m.org.Script(p.Script)
		return users, "script " + p.Script, err
	}
	return nil, "", errs.New(errs.InvalidState, "there are no participants of type %q", "没有类型为 %q 的参与者", p.Type)
}

// named are the ids of users that the definition names.
func (m *machine) named(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = m.org.Person(n)
	}
	return out
}

func (m *machine) members(p Participant) ([]string, string, error) {
	id := p.Role + p.Group + p.Post
	if p.Scope == "" {
		return m.org.Members(p.Type, id, ""), p.Type + " " + id, nil
	}
	depts, err := m.departments(p.Scope)
	var out []string
	for _, d := range depts {
		out = append(out, m.org.Members(p.Type, id, d)...)
	}
	return out, p.Type + " " + id + " in " + strings.Join(depts, ","), err
}

// departments reads "submitter", an expression, or an id.
func (m *machine) departments(of string) ([]string, error) {
	switch {
	case of == "" || of == "submitter":
		if d := m.org.Department(m.st.Submitter); d != "" {
			return []string{d}, nil
		}
		return nil, nil
	case m.def.programs[of] != nil:
		x, err := m.eval(of)
		if err != nil {
			return nil, err
		}
		return ids(x)
	}
	return []string{of}, nil
}

func (m *machine) department(p Participant) ([]string, string, error) {
	depts, err := m.departments(p.Of)
	var out []string
	for _, d := range depts {
		own := d
		for range p.Up {
			d = m.org.Parent(d)
		}
		if p.Type == "deptMembers" {
			out = append(out, m.org.Members("dept", d, "")...)
			continue
		}
		if p.IncludeSelfDept && d != own {
			out = append(out, m.org.Head(own))
		}
		out = append(out, m.org.Head(d))
	}
	return out, p.Type, err
}

// managers finds one manager, or the chain of them, nearest first.
func (m *machine) managers(p Participant) ([]string, string, error) {
	base := []string{m.st.Submitter}
	if p.Of != "" && p.Of != "submitter" {
		base = []string{m.org.Person(p.Of)}
		if m.def.programs[p.Of] != nil {
			x, err := m.eval(p.Of)
			if err != nil {
				return nil, "", err
			}
			if base, err = ids(x); err != nil {
				return nil, "", err
			}
		}
	}
	var out []string
	via := p.Type
	for _, u := range base {
		chain, cycle := m.chain(u)
		if cycle {
			via = p.Type + " (cycle_detected)"
		}
		if p.Type == "managerChain" {
			out = append(out, m.stretch(chain, p)...)
			continue
		}
		level := max(p.Level, 1)
		if level > len(chain) && p.FallUp {
			level = len(chain)
		}
		if level >= 1 && level <= len(chain) {
			out = append(out, chain[level-1])
		}
	}
	return out, via, nil
}

// chain lists the managers above a user, nearest first; it stops where they go in a circle.
func (m *machine) chain(user string) (out []string, cycle bool) {
	seen := map[string]bool{user: true}
	for u := m.org.Manager(user); u != ""; u = m.org.Manager(u) {
		if seen[u] {
			return out, true
		}
		seen[u] = true
		out = append(out, u)
	}
	return out, false
}

// stretch cuts a chain: up to a level, or to the first manager who holds the role or is the user;
// to the top when none does.
func (m *machine) stretch(chain []string, p Participant) []string {
	end := len(chain)
	for i, u := range chain {
		if p.To.Level == i+1 || p.To.User != "" && m.org.Person(p.To.User) == u || p.To.Role != "" && slices.Contains(m.org.Members("role", p.To.Role, ""), u) {
			end = i + 1
			break
		}
	}
	return chain[min(max(p.From, 1)-1, end):end]
}

// byField reads users out of the record; a department stands for its head.
func (m *machine) byField(path string) ([]string, string, error) {
	x, err := m.eval(path)
	if err != nil {
		return nil, "", err
	}
	found, err := ids(x)
	out := slices.Clone(found)
	for i, id := range out {
		if head := m.org.Head(id); head != "" {
			out[i] = head
		}
	}
	return out, "field " + path, err
}

// everyone resolves participants without the rules of a node: administrators, submitters, copies.
func (m *machine) everyone(ps []Participant) ([]string, error) {
	var out []string
	for _, p := range ps {
		found, err := m.resolve(p, "")
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			for _, u := range append([]string{x.user}, x.pool...) {
				if u != "" && !slices.Contains(out, u) {
					out = append(out, u)
				}
			}
		}
	}
	return out, nil
}

// admins are the active administrators of the process.
func (m *machine) admins() []string {
	all, err := m.everyone(m.def.Admins)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(u string) bool { return !m.org.Active(u) })
}
