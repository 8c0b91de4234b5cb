package resolve

import (
	"slices"
	"sort"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/spec"
)

var (
	setKeys        = spec.Of[model.PermissionSet]()
	permissionKeys = spec.Of[model.ObjectPermission]()
	sharedKeys     = spec.Of[model.SharedBy]()
	denyKeys       = spec.Of[model.RestrictionRule]()
)

var depths = map[string]catalog.Depth{"": catalog.Own, "own": catalog.Own, "unit": catalog.Unit, "subunits": catalog.Subunits}

var levels = map[string]catalog.Level{"none": catalog.Hidden, "masked": catalog.Masked, "reveal": catalog.Revealable, "read": catalog.Readable, "edit": catalog.Editable}

var levelNames = []string{"none", "masked", "reveal", "read", "edit"}

// access resolves permission sets, roles and sharing.
func (r *resolver) access() {
	r.deciders()
	for _, p := range r.ordered {
		for i := range p.Sets {
			r.set(p.Manifest.Name, &p.Sets[i])
		}
	}
	sort.Slice(r.cat.Sets, func(i, j int) bool { return r.cat.Sets[i].Name < r.cat.Sets[j].Name })
	r.roles()
	for _, p := range r.ordered {
		for i := range p.Sharing {
			r.sharing(&p.Sharing[i])
		}
	}
	for i, o := range r.cat.Objects {
		o.Place = i
		for _, f := range o.Fields {
			f.Slot = r.cat.Slots
			r.cat.Slots++
		}
		if o.Sharing == catalog.SharingParent && o.Master == nil {
			r.errorf("no-master", o.Addr().Property("sharing"), r.decls.get(o.Name).def.Pos.At("sharing"),
				diag.Textf("%s has no master whose sharing it could take over", "%s 没有可沿用其共享设置的主记录", o.Name))
		}
	}
}

// served are the fields that objects need to play the roles that access is decided by.
var served = map[string][]string{
	catalog.ServesUser:           {},
	catalog.ServesOrgUnit:        {"code", "path"},
	catalog.ServesTerritory:      {"code", "path"},
	catalog.ServesTeam:           {"code"},
	catalog.ServesQueue:          {},
	catalog.ServesRoleAssignment: {"user_id", "role"},
	catalog.ServesTeamMember:     {"user_id", "team_id"},
	catalog.ServesQueueMember:    {"user_id", "queue_id"},
	catalog.ServesTerritoryUser:  {"user_id", "territory_id"},
	catalog.ServesBrandUser:      {"user_id", "brand_id"},
	catalog.ServesShare:          {"record", "user_id", "team_id", "org_unit_id", "role", "access_level"},
}

// deciders marks the objects whose records say who may do what, and looks at their fields.
func (r *resolver) deciders() {
	for _, o := range r.cat.Objects {
		fields, ok := served[o.Serves]
		if !ok {
			continue
		}
		o.Decides = true
		for _, name := range fields {
			if f := o.ByName[name]; f == nil || f.Column == "" {
				e := r.errorf("missing-field", o.Addr(), r.decls.get(o.Name).def.Pos.At("serves"),
					diag.Textf("an object that serves %s needs the stored field %s", "承担 %s 的对象须有已存储的字段 %s", o.Serves, name))
				e.Suggestion = diag.DidYouMean(name, r.decls.get(o.Name).fieldNames())
			}
		}
	}
}

func (r *resolver) set(pkg string, d *model.PermissionSet) {
	of := addr.Set(d.Name)
	if r.cat.Set(d.Name) != nil {
		r.errorf("duplicate-name", of, d.Pos.At("name"), diag.Textf("the permission set %s is declared twice", "权限集 %s 重复声明", d.Name))
		return
	}
	s := &catalog.PermissionSet{Name: d.Name, Package: pkg, Label: d.Label}
	for i, right := range d.System {
		if r.oneOf(of, d.Pos.Place("system."+itoa(i)), right, setKeys.Get("system").Enum) {
			s.System = append(s.System, right)
		}
	}
	for _, name := range sorted(d.Objects) {
		p := r.permission(d, name)
		if p == nil {
			continue
		}
		s.Objects = append(s.Objects, p)
		if files := r.attached(d, p); files != nil {
			s.Objects = append(s.Objects, files)
		}
	}
	r.cat.Sets = append(r.cat.Sets, s)
}

// oneOf reports a value that is none of those known.
func (r *resolver) oneOf(of addr.Address, at func() diag.Pos, s string, known []string) bool {
	if slices.Contains(known, s) {
		return true
	}
	f := r.errorf("bad-value", of, at(), diag.Textf("%q is not known here", "%q 不是此处的有效值", s))
	f.Suggestion = diag.DidYouMean(s, known)
	return false
}

func (r *resolver) permission(d *model.PermissionSet, name string) *catalog.ObjectPermission {
	of, path := addr.Set(d.Name).Object(name), "objects."+name
	o := r.cat.ByName[name]
	if o == nil {
		f := r.errorf("unknown-object", of, d.Pos.At(path), diag.Textf("there is no object %q", "没有对象 %q", name))
		f.Suggestion = diag.DidYouMean(name, r.names)
		return nil
	}
	in := d.Objects[name]
	p := &catalog.ObjectPermission{Object: o, ViewAll: in.ViewAll || in.EditAll, EditAll: in.EditAll, Actions: in.Actions}
	for i, op := range in.Allow {
		if !r.oneOf(of, d.Pos.Place(path+".allow."+itoa(i)), op, permissionKeys.Get("allow").Enum) {
			continue
		}
		p.Read = p.Read || op == "read"
		p.Create = p.Create || op == "create"
		p.Update = p.Update || op == "update"
		p.Delete = p.Delete || op == "delete"
	}
	if !p.Read && (p.Create || p.Update || p.Delete || p.ViewAll) {
		r.errorf("needs-read", of, d.Pos.At(path+".allow"), diag.Textf("who may write records of %s must be allowed to read them", "允许写入 %s 的前提是允许读取", name))
	}
	for key, depth := range map[string]string{"depth": in.Depth, "editDepth": in.EditDepth} {
		if _, ok := depths[depth]; !ok {
			r.oneOf(of, d.Pos.Place(path+"."+key), depth, permissionKeys.Get(key).Enum)
		}
	}
	p.Depth, p.EditDepth = max(depths[in.Depth], depths[in.EditDepth]), depths[in.EditDepth]
	p.Fields, p.Named = r.levels(d, o, in), map[*catalog.Field]bool{}
	for name := range in.Fields {
		if f := o.ByName[name]; f != nil {
			p.Named[f] = true
		}
	}
	return p
}

// levels are what a set lets one do with each field of an object.
func (r *resolver) levels(d *model.PermissionSet, o *catalog.Object, in model.ObjectPermission) []catalog.Level {
	of, path := addr.Set(d.Name).Object(o.Name), "objects."+o.Name+".fields."
	out := make([]catalog.Level, len(o.Fields))
	unnamed := &disclosure{r.cat, d, map[*catalog.Field]catalog.Level{}}
	for i, f := range o.Fields {
		out[i] = unnamed.of(f)
	}
	for _, name := range sorted(in.Fields) {
		f := o.ByName[name]
		if f == nil {
			e := r.errorf("unknown-field", of, d.Pos.At(path+name), diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, name))
			e.Suggestion = diag.DidYouMean(name, r.decls.get(o.Name).fieldNames())
			continue
		}
		level, ok := levels[in.Fields[name]]
		switch {
		case !ok:
			r.oneOf(of, d.Pos.Place(path+name), in.Fields[name], levelNames)
		case f.Name == catalog.ID || f.Name == catalog.Version:
			r.errorf("bad-level", of, d.Pos.At(path+name), diag.Textf("%s is always shown", "%s 始终可见", name))
		case (level == catalog.Masked || level == catalog.Revealable) && f.Ref != nil:
			r.errorf("bad-level", of, d.Pos.At(path+name), diag.Textf("%s leads to records and cannot be masked; hide it", "%s 引用记录，不能脱敏，请设为不可见", name))
		}
		out[f.Place] = level
	}
	return out
}

// roles resolves the roles and their hierarchy.
func (r *resolver) roles() {
	type declared struct {
		d   *model.Role
		pkg string
	}
	var all []declared
	for _, p := range r.ordered {
		for i := range p.Roles {
			d := &p.Roles[i]
			if slices.ContainsFunc(all, func(x declared) bool { return x.d.Name == d.Name }) {
				r.errorf("duplicate-name", addr.Role(d.Name), d.Pos.At("name"), diag.Textf("the role %s is declared twice", "角色 %s 重复声明", d.Name))
				continue
			}
			all = append(all, declared{d, p.Manifest.Name})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].d.Name < all[j].d.Name })
	for i, x := range all {
		r.cat.Roles = append(r.cat.Roles, &catalog.Role{Place: i, Name: x.d.Name, Package: x.pkg, Label: x.d.Label})
	}
	for i, x := range all {
		role := r.cat.Roles[i]
		for n, name := range x.d.Permissions {
			s := r.cat.Set(name)
			if s == nil {
				f := r.errorf("unknown-permissions", role.Addr(), x.d.Pos.At("permissions."+itoa(n)), diag.Textf("there is no permission set %q", "没有权限集 %q", name))
				f.Suggestion = diag.DidYouMean(name, setNames(r.cat))
				continue
			}
			role.Sets = append(role.Sets, s)
		}
		if x.d.Parent != "" {
			role.Parent = r.role(role.Addr(), x.d.Pos.At("parent"), x.d.Parent)
		}
	}
	for i, x := range all { // a loop would have no top
		at := r.cat.Roles[i]
		for n := 0; at != nil; at, n = at.Parent, n+1 {
			if n > len(all) {
				r.errorf("cyclic-roles", r.cat.Roles[i].Addr(), x.d.Pos.At("parent"), diag.Textf("the roles above %s form a loop", "角色 %s 的上级形成循环", x.d.Name))
				r.cat.Roles[i].Parent = nil
				break
			}
		}
	}
}

func setNames(c *catalog.Catalog) (out []string) {
	for _, s := range c.Sets {
		out = append(out, s.Name)
	}
	return out
}

func (r *resolver) role(of addr.Address, at diag.Pos, name string) *catalog.Role {
	role := r.cat.Role(name)
	if role == nil {
		var known []string
		for _, x := range r.cat.Roles {
			known = append(known, x.Name)
		}
		f := r.errorf("unknown-role", of, at, diag.Textf("there is no role %q", "没有角色 %q", name))
		f.Suggestion = diag.DidYouMean(name, known)
	}
	return role
}

// edits reads an access: read, or edit.
func (r *resolver) edits(of addr.Address, at func() diag.Pos, s string) bool {
	if s != "" {
		r.oneOf(of, at, s, sharedKeys.Get("access").Enum)
	}
	return s == "edit"
}
