package access

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// policyModel is RBAC with domains: a policy allows a permission set something within a tenant;
// users have roles, and roles have permission sets, within a tenant.
const policyModel = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.dom == p.dom && r.obj == p.obj && r.act == p.act && g(r.sub, p.sub, r.dom)
`

// Names of casbin's subjects, objects and acts.
const (
	userSubject  = "user:"
	roleSubject  = "role:"
	setSubject   = "set:"
	systemObject = "system"
	objectPrefix = "object:"
	actionPrefix = "action:"
	viewAllAct   = "viewAll"
	editAllAct   = "editAll"
	readAct      = "read"
	createAct    = "create"
	updateAct    = "update"
	deleteAct    = "delete"
)

var acts = map[string]int{readAct: int(Read), createAct: int(Create), updateAct: int(Update), deleteAct: int(Delete), viewAllAct: viewAll, editAllAct: editAll}

// policies generates casbin's rules from the metadata of a tenant.
func policies(tenant string, cat *catalog.Catalog) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(policyModel)
	if err != nil {
		return nil, fmt.Errorf("access: read the policy model: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("access: make the enforcer: %w", err)
	}
	var ps, gs [][]string
	for _, s := range cat.Sets {
		ps = append(ps, setPolicies(tenant, s)...)
	}
	for _, r := range cat.Roles {
		for _, s := range r.Sets {
			gs = append(gs, []string{roleSubject + r.Name, setSubject + s.Name, tenant})
		}
	}
	if len(ps) > 0 {
		if _, err := e.AddPoliciesEx(ps); err != nil {
			return nil, fmt.Errorf("access: add policies: %w", err)
		}
	}
	if len(gs) > 0 {
		if _, err := e.AddGroupingPoliciesEx(gs); err != nil {
			return nil, fmt.Errorf("access: add roles: %w", err)
		}
	}
	return e, nil
}

func setPolicies(tenant string, s *catalog.PermissionSet) (out [][]string) {
	sub := setSubject + s.Name
	add := func(obj, act string, yes bool) {
		if yes {
			out = append(out, []string{sub, tenant, obj, act})
		}
	}
	for _, p := range s.Objects {
		obj := objectPrefix + p.Object.Name
		add(obj, readAct, p.Read)
		add(obj, createAct, p.Create)
		add(obj, updateAct, p.Update)
		add(obj, deleteAct, p.Delete)
		add(obj, viewAllAct, p.ViewAll)
		add(obj, editAllAct, p.EditAll)
		for _, a := range p.Actions {
			add(obj, actionPrefix+a, true)
		}
	}
	for _, right := range s.System {
		add(systemObject, right, true)
	}
	return out
}

// compileRoles gives the rights of each role, by its place: what casbin's policies allow its
// permission sets, and what these say of fields.
func compileRoles(tenant string, cat *catalog.Catalog, e *casbin.Enforcer) ([]*rights, error) {
	all, err := e.GetPolicy()
	if err != nil {
		return nil, fmt.Errorf("access: list policies: %w", err)
	}
	bySet := map[string]*rights{}
	for _, s := range cat.Sets {
		r := newRights(cat)
		r.fine(s)
		bySet[setSubject+s.Name] = r
	}
	for _, p := range all {
		if r := bySet[p[0]]; r != nil && p[1] == tenant {
			r.coarse(cat, p[2], p[3])
		}
	}
	out := make([]*rights, len(cat.Roles))
	for i, role := range cat.Roles {
		out[i] = newRights(cat)
		sets, err := e.GetImplicitRolesForUser(roleSubject+role.Name, tenant)
		if err != nil {
			return nil, fmt.Errorf("access: permission sets of %s: %w", role.Name, err)
		}
		for _, s := range sets {
			if r := bySet[s]; r != nil {
				out[i].add(r)
			}
		}
	}
	return out, nil
}

// coarse takes in one policy.
func (r *rights) coarse(cat *catalog.Catalog, obj, act string) {
	if obj == systemObject {
		r.system[act] = true
		return
	}
	o := cat.Object(strings.TrimPrefix(obj, objectPrefix))
	if o == nil {
		return
	}
	if name, ok := strings.CutPrefix(act, actionPrefix); ok {
		r.actions[action{o.Place, name}] = true
		return
	}
	if n, ok := acts[act]; ok {
		r.objects[n].set(o.Place)
	}
}

// assign tells casbin the roles of a user.
func assign(e *casbin.Enforcer, tenant string, user int64, roles []string) error {
	sub := userSubject + strconv.FormatInt(user, 10)
	if _, err := e.DeleteRolesForUserInDomain(sub, tenant); err != nil {
		return fmt.Errorf("access: forget the roles of %s: %w", sub, err)
	}
	rules := make([][]string, len(roles))
	for i, r := range roles {
		rules[i] = []string{sub, roleSubject + r, tenant}
	}
	if len(rules) == 0 {
		return nil
	}
	if _, err := e.AddGroupingPoliciesEx(rules); err != nil {
		return fmt.Errorf("access: add the roles of %s: %w", sub, err)
	}
	return nil
}
