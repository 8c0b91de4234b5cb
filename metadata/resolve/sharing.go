package resolve

import (
	"reflect"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// sharing resolves the sharing of one object. Several packages may add to it.
func (r *resolver) sharing(d *model.Sharing) {
	o := r.cat.ByName[d.Object]
	if o == nil {
		f := r.errorf("unknown-object", addr.Object(d.Object), d.Pos.At("object"), diag.Textf("there is no object %q", "没有对象 %q", d.Object))
		f.Suggestion = diag.DidYouMean(d.Object, r.names)
		return
	}
	if o.Access == nil {
		o.Access = &catalog.Sharing{}
	}
	for i := range d.Rules {
		r.sharingRule(o, d, &d.Rules[i], "rules."+itoa(i))
	}
	for i := range d.Restrictions {
		r.restriction(o, d, &d.Restrictions[i], "restrictions."+itoa(i))
	}
	if d.Territory != nil {
		o.Access.Territory = r.sharedBy(o, d, d.Territory, "territory", catalog.ServesTerritory)
	}
	if d.Queue != nil {
		o.Access.Queue = r.sharedBy(o, d, d.Queue, "queue", catalog.ServesQueue)
	}
	for i := range d.Teams {
		r.recordTeam(o, d, &d.Teams[i], "teams."+itoa(i))
	}
	for i := range d.Belonging {
		r.belonging(o, d, &d.Belonging[i], "belonging."+itoa(i))
	}
	for i, name := range d.Isolation {
		if f := r.leading(o, name, o.Addr(), d.Pos.Place("isolation."+itoa(i)), catalog.ServesBrand, true); f != nil {
			o.Access.Isolation = append(o.Access.Isolation, f)
		}
	}
}

func (r *resolver) sharingRule(o *catalog.Object, d *model.Sharing, x *model.SharingRule, path string) {
	of := o.Addr().Sharing(x.Name)
	taken := x.Name == ""
	for _, have := range o.Access.Rules {
		taken = taken || have.Name == x.Name
	}
	if taken {
		r.errorf("duplicate-name", of, d.Pos.At(path+".name"), diag.Textf("the rule's name %q is empty or taken", "规则名称 %q 为空或重复", x.Name))
	}
	s := &catalog.SharingRule{Place: len(r.cat.SharingRules), Object: o, Name: x.Name, Label: x.Label, Edit: r.edits(of, d.Pos.Place(path+".access"), x.Access)}
	if x.Where != "" {
		s.Where = r.criterion(o, x.Where, of, d.Pos.Place(path+".where"))
	}
	s.To = r.audience(of, d.Pos, path+".to", x.To)
	o.Access.Rules = append(o.Access.Rules, s)
	r.cat.SharingRules = append(r.cat.SharingRules, s)
}

func (r *resolver) restriction(o *catalog.Object, d *model.Sharing, x *model.RestrictionRule, path string) {
	of := o.Addr().Restriction(x.Name)
	taken := x.Name == ""
	for _, have := range o.Access.Restrictions {
		taken = taken || have.Name == x.Name
	}
	if taken {
		r.errorf("duplicate-name", of, d.Pos.At(path+".name"), diag.Textf("the rule's name %q is empty or taken", "规则名称 %q 为空或重复", x.Name))
	}
	if x.Deny != "" {
		r.oneOf(of, d.Pos.Place(path+".deny"), x.Deny, denyKeys.Get("deny").Enum)
	}
	s := &catalog.Restriction{Place: len(r.cat.Restrictions), Object: o, Name: x.Name, Label: x.Label, Edit: x.Deny == "edit",
		Where: r.criterion(o, x.Where, of, d.Pos.Place(path+".where"))}
	if x.From != nil {
		a := r.audience(of, d.Pos, path+".from", *x.From)
		s.From = &a
	}
	for i, e := range x.Except {
		s.Except = append(s.Except, r.audience(of, d.Pos, path+".except."+itoa(i), e))
	}
	o.Access.Restrictions = append(o.Access.Restrictions, s)
	r.cat.Restrictions = append(r.cat.Restrictions, s)
}

// criterion compiles a condition that the store must be able to filter by, whenever it is asked.
func (r *resolver) criterion(o *catalog.Object, src string, of addr.Address, at func() diag.Pos) *expr.Program {
	before := len(r.findings)
	p := r.compile(src, o, at, of, expr.Options{Want: boolean})
	if p == nil || len(r.findings) > before {
		return p
	}
	if p.UsesNow() {
		r.errorf("not-a-filter", of, at(), diag.Textf("the condition depends on the time; access may not change by itself", "条件依赖当前时间；访问权限不能随时间自行变化"))
		return p
	}
	if _, err := p.Filter(expr.Env{}); err != nil {
		r.errorf("not-a-filter", of, at(), diag.Textf("records cannot be filtered by the condition %s", "无法按条件 %s 筛选记录", p.String()))
	}
	return p
}

// audience reads who is meant.
func (r *resolver) audience(of addr.Address, pos model.Positions, path string, a model.Audience) (out catalog.Audience) {
	given := 0
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if v.Field(i).String() != "" {
			given++
		}
	}
	if given != 1 {
		r.errorf("bad-audience", of, pos.At(path), diag.Textf("exactly one of role, roleAndBelow, unit, unitAndBelow, team, territory and territoryAndBelow must be given", "须且只能给出 role、roleAndBelow、unit、unitAndBelow、team、territory、territoryAndBelow 之一"))
		return out
	}
	for _, x := range []struct {
		key, val, of string
		below        bool
	}{
		{"role", a.Role, "", false}, {"roleAndBelow", a.RoleAndBelow, "", true},
		{"unit", a.Unit, catalog.ServesOrgUnit, false}, {"unitAndBelow", a.UnitAndBelow, catalog.ServesOrgUnit, true},
		{"team", a.Team, catalog.ServesTeam, false},
		{"territory", a.Territory, catalog.ServesTerritory, false}, {"territoryAndBelow", a.TerritoryAndBelow, catalog.ServesTerritory, true},
	} {
		switch {
		case x.val == "":
		case x.of == "":
			return catalog.Audience{Role: r.role(of, pos.At(path+"."+x.key), x.val), Below: x.below}
		default:
			if r.cat.Serving(x.of) == nil {
				r.errorf("nothing-serves", of, pos.At(path+"."+x.key), diag.Textf("no object serves %s", "没有对象承担 %s", x.of))
			}
			return catalog.Audience{Of: x.of, Code: x.val, Below: x.below}
		}
	}
	return out
}

// leading finds a stored reference to the object that plays a role.
func (r *resolver) leading(o *catalog.Object, name string, of addr.Address, at func() diag.Pos, serves string, many bool) *catalog.Field {
	f := o.ByName[name]
	if f == nil {
		e := r.errorf("unknown-field", of, at(), diag.Textf("%s has no field %q", "%s 没有字段 %q", o.Name, name))
		e.Suggestion = diag.DidYouMean(name, r.decls.get(o.Name).fieldNames())
		return nil
	}
	if f.Ref == nil || f.Ref.Polymorphic || f.Ref.Many && !many || f.Ref.Target().Serves != serves || f.Column == "" {
		r.errorf("bad-reference", of, at(), diag.Textf("%s must lead to the object that serves %s", "%s 须引用承担 %s 的对象", name, serves))
		return nil
	}
	return f
}

func (r *resolver) sharedBy(o *catalog.Object, d *model.Sharing, x *model.SharedBy, path, serves string) *catalog.SharedBy {
	edit := r.edits(o.Addr(), d.Pos.Place(path+".access"), x.Access)
	if f := r.leading(o, x.Field, o.Addr(), d.Pos.Place(path+".field"), serves, false); f != nil {
		return &catalog.SharedBy{Field: f, Edit: edit}
	}
	return nil
}

func (r *resolver) recordTeam(o *catalog.Object, d *model.Sharing, x *model.RecordTeam, path string) {
	of := o.Addr()
	c := r.cat.ByName[x.Object]
	if c == nil {
		f := r.errorf("unknown-object", of, d.Pos.At(path+".object"), diag.Textf("there is no object %q", "没有对象 %q", x.Object))
		f.Suggestion = diag.DidYouMean(x.Object, r.names)
		return
	}
	t := &catalog.RecordTeam{Place: len(r.cat.Teams), Of: o, Object: c}
	t.User = r.leading(c, x.User, of, d.Pos.Place(path+".user"), catalog.ServesUser, false)
	t.Record = c.ByName[x.Record]
	if t.Record == nil || t.Record.Ref == nil || t.Record.Ref.Polymorphic || t.Record.Ref.Many || t.Record.Ref.Target() != o {
		r.errorf("bad-reference", of, d.Pos.At(path+".record"), diag.Textf("%s.%s must lead to %s", "%s.%s 须引用 %s", c.Name, x.Record, o.Name))
		return
	}
	if x.Level != "" {
		if t.Level = c.ByName[x.Level]; t.Level == nil || t.Level.Store.Type != driver.Text || t.Level.Column == "" {
			f := r.errorf("unknown-field", of, d.Pos.At(path+".level"), diag.Textf("%s has no stored text field %q", "%s 没有已存储的文本字段 %q", c.Name, x.Level))
			f.Suggestion = diag.DidYouMean(x.Level, r.decls.get(c.Name).fieldNames())
		}
	}
	if t.User == nil {
		return
	}
	c.Decides = true
	o.Access.Teams = append(o.Access.Teams, t)
	r.cat.Teams = append(r.cat.Teams, t)
}

// belonging resolves who reaches records by what their own record leads to.
func (r *resolver) belonging(o *catalog.Object, d *model.Sharing, x *model.Belonging, path string) {
	users := r.cat.Serving(catalog.ServesUser)
	if users == nil {
		r.errorf("nothing-serves", o.Addr(), d.Pos.At(path), diag.Textf("no object serves %s", "没有对象承担 %s", catalog.ServesUser))
		return
	}
	at := func(of *catalog.Object, name, key string) *catalog.Field {
		f := of.ByName[name]
		if f == nil {
			e := r.errorf("unknown-field", o.Addr(), d.Pos.At(path+"."+key), diag.Textf("%s has no field %q", "%s 没有字段 %q", of.Name, name))
			e.Suggestion = diag.DidYouMean(name, r.decls.get(of.Name).fieldNames())
		}
		return f
	}
	user, field := at(users, x.User, "user"), at(o, x.Field, "field")
	if user == nil || field == nil {
		return
	}
	if !single(user) {
		r.errorf("bad-reference", o.Addr(), d.Pos.At(path+".user"), diag.Textf("%s of %s must lead to one record of one object", "%s（%s）须引用单一对象的一条记录", x.User, users.Name))
		return
	}
	to := user.Ref.Target()
	if field.Name == catalog.ID && o != to || field.Name != catalog.ID && (!single(field) || field.Ref.Target() != to) {
		r.errorf("bad-reference", o.Addr(), d.Pos.At(path+".field"), diag.Textf("%s must lead to %s, as %s of the user does", "%s 须与用户的 %[3]s 同样引用 %[2]s", x.Field, to.Name, x.User))
		return
	}
	o.Access.Belonging = append(o.Access.Belonging, &catalog.Belonging{Bound: r.bound(users, user), Field: field, Edit: r.edits(o.Addr(), d.Pos.Place(path+".access"), x.Access)})
}

// single says whether a field is a stored reference to one record of one object.
func single(f *catalog.Field) bool {
	return f.Ref != nil && !f.Ref.Polymorphic && !f.Ref.Many && f.Column != ""
}

// bound is a reference of the user's record, with what a change of it and of its tree decides.
func (r *resolver) bound(users *catalog.Object, user *catalog.Field) *catalog.Bound {
	for _, b := range r.cat.Bounds {
		if b.User == user {
			return b
		}
	}
	b := &catalog.Bound{Place: len(r.cat.Bounds), User: user}
	users.DecidesBy = append(users.DecidesBy, user)
	to := user.Ref.Target()
	for _, f := range to.Fields {
		if c, ok := f.Type.(field.Computed); ok && c.Computation().TreePath != nil && f.Column != "" {
			b.Path = f
			to.DecidesBy = append(to.DecidesBy, f)
			break
		}
	}
	r.cat.Bounds = append(r.cat.Bounds, b)
	return b
}
