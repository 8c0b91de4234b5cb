package access

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

var (
	id    driver.Expr = driver.Col{Name: catalog.ID}
	yes   driver.Expr = driver.Const{Value: value.Bool(true)}
	never driver.Expr = driver.Const{Value: value.Bool(false)}
)

// Rows is what grants access to a record, and nothing that withholds it.
func (p *profile) Rows(o *catalog.Object, op Op, bind Bind) driver.Expr {
	if !p.Can(o, op) {
		return never
	}
	all := conditions(p.withheld(o, op, bind))
	switch {
	case op == Create:
		return nil
	case op == Keep:
		if o.Sharing == catalog.SharingParent && !p.objects[editAll].has(o.Place) {
			all = append(all, p.ofMaster(o, Update, bind))
		}
	case p.reachesAll(o, op):
	case o.Sharing == catalog.SharingParent:
		all = append(all, p.ofMaster(o, op, bind))
	default:
		all = append(all, either(conditions(p.grants(o, op != Read, bind))))
	}
	return conjunction(all)
}

// reachesAll says whether nothing needs to be looked at to grant access to a record.
func (p *profile) reachesAll(o *catalog.Object, op Op) bool {
	if p.objects[editAll].has(o.Place) || o.Sharing == catalog.SharingReadWrite {
		return true
	}
	return op == Read && (p.objects[viewAll].has(o.Place) || o.Sharing == catalog.SharingRead)
}

// ground is one way in which a record is reached or withheld, with what to say of it.
type ground struct {
	cond driver.Expr
	of   addr.Address // of the metadata that says so
	why  diag.Text
}

// grants are the ways in which a record may be reached: one must hold.
func (p *profile) grants(o *catalog.Object, edit bool, bind Bind) (out []ground) {
	if p.me.known {
		out = append(out, p.owned(o, edit, bind))
	}
	n := 0
	if edit {
		n = 1
	}
	if p.me.shared[n].has(o.Place) {
		out = append(out, ground{driver.In{Arg: id, List: bind(Attr{Kind: Shared, N: o.Place, Edit: edit})}, o.Addr(),
			diag.Textf("it is shared by hand with the user, or with a team, unit or role of the user", "该记录被手工共享给该用户，或其团队、组织单元、角色")})
	}
	if o.Access == nil {
		return out
	}
	for _, t := range o.Access.Teams {
		if p.me.member[n].has(t.Place) {
			out = append(out, ground{driver.In{Arg: id, List: bind(Attr{Kind: Member, N: t.Place, Edit: edit})}, t.Object.Addr(),
				diag.Textf("the user is in its team (%s)", "该用户在记录团队中（%s）", t.Object)})
		}
	}
	if t := o.Access.Territory; t != nil && p.me.territory && (t.Edit || !edit) {
		out = append(out, ground{driver.In{Arg: t.Field.Col(), List: bind(Attr{Kind: Territories})}, t.Field.Addr(),
			diag.Textf("it lies in a territory of the user, or below one", "该记录位于用户负责的销售区域或其下级")})
	}
	if q := o.Access.Queue; q != nil && p.me.queue && (q.Edit || !edit) {
		out = append(out, ground{driver.In{Arg: q.Field.Col(), List: bind(Attr{Kind: Queues})}, q.Field.Addr(),
			diag.Textf("it waits in a queue of the user", "该记录位于用户所属队列")})
	}
	for _, b := range o.Access.Belonging {
		if p.me.bound.has(b.Bound.Place) && (b.Edit || !edit) {
			out = append(out, ground{driver.In{Arg: b.Field.Col(), List: bind(Attr{Kind: Bound, N: b.Bound.Place})}, b.Bound.User.Addr(),
				diag.Textf("it belongs to what the user's own record leads to by %s, or to something below it", "该记录属于用户记录的“%s”所指向的记录或其下级", b.Bound.User)})
		}
	}
	for _, r := range o.Access.Rules {
		if p.me.granted.has(r.Place) && (r.Edit || !edit) {
			out = append(out, ground{criterion(r.Where), o.Addr().Sharing(r.Name),
				diag.Textf("the sharing rule %s shares it with the user", "共享规则“%s”将其共享给该用户", r)})
		}
	}
	return out
}

// owned holds of records of the caller, of users below in the hierarchy of roles, and as deep in
// the organisation as the caller's permissions reach.
func (p *profile) owned(o *catalog.Object, edit bool, bind Bind) ground {
	depth := p.depth[0][o.Place]
	if edit {
		depth = p.depth[1][o.Place]
	}
	owner := o.Field(catalog.Owner).Col()
	if p.me.alone[depth] {
		return ground{driver.Cmp{Op: driver.Eq, L: owner, R: bind(Attr{Kind: User})}, o.Field(catalog.Owner).Addr(), diag.Textf("the user owns it", "该用户是记录所有者")}
	}
	why := diag.Textf("the user owns it, or has a role above one of its owner", "该用户是记录所有者，或其角色高于所有者的角色")
	if depth > catalog.Own {
		why = diag.Textf("the user owns it, has a role above one of its owner, or reaches the records of the owner's unit", "该用户是记录所有者，或其角色高于所有者的角色，或可访问所有者所在组织单元的记录")
	}
	return ground{driver.In{Arg: owner, List: bind(Attr{Kind: Owners, N: int(depth)})}, o.Field(catalog.Owner).Addr(), why}
}

// ofMaster holds when the caller may do the same with the record that this one is a detail of. To
// write details one must be allowed to change their master.
func (p *profile) ofMaster(o *catalog.Object, op Op, bind Bind) driver.Expr {
	if op != Read {
		op = Update
	}
	m := o.Master.Ref.Target()
	rows := p.Rows(m, op, bind)
	if rows == nil || rows == never {
		return rows
	}
	return driver.Exists{Table: m.Table, Link: driver.Link{Inner: id, Outer: o.Master.Col()}, Where: rows}
}

// withheld are the conditions that hold whatever else is granted: all of them must.
func (p *profile) withheld(o *catalog.Object, op Op, bind Bind) (out []ground) {
	if o.Access == nil {
		return nil
	}
	if !p.system[RightAllBrands] {
		for _, f := range o.Access.Isolation {
			out = append(out, ground{p.isolated(f, bind), f.Addr(), diag.Textf("it belongs to a brand that the user may not work for", "该记录所属品牌不在用户可访问的品牌范围内")})
		}
	}
	for _, r := range o.Access.Restrictions {
		if p.me.restricted.has(r.Place) && op != Keep && (op != Read || !r.Edit) {
			out = append(out, ground{untrue(criterion(r.Where)), o.Addr().Restriction(r.Name),
				diag.Textf("the restriction %s withholds it from the user", "限制规则“%s”禁止该用户访问", r)})
		}
	}
	return out
}

// isolated holds of records that have no brand, or one that the caller may work for.
func (p *profile) isolated(f *catalog.Field, bind Bind) driver.Expr {
	none := driver.IsNull{Arg: f.Col()}
	if !f.Ref.Many {
		return driver.Or{Args: []driver.Expr{none, driver.In{Arg: f.Col(), List: bind(Attr{Kind: Brands})}}}
	}
	empty := driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Const{Value: value.List("[]")}}
	brand := f.Ref.Target()
	return driver.Or{Args: []driver.Expr{none, empty, driver.Exists{Table: brand.Table,
		Link: driver.Link{Inner: id, Outer: f.Col(), OuterList: true}, Where: driver.In{Arg: id, List: bind(Attr{Kind: Brands})}}}}
}

func conditions(gs []ground) (out []driver.Expr) {
	for _, g := range gs {
		out = append(out, g.cond)
	}
	return out
}

// criterion is a rule's condition. The resolver has seen that it translates.
func criterion(p *expr.Program) driver.Expr {
	if p == nil {
		return yes
	}
	e, err := p.Filter(expr.Env{})
	if err != nil {
		return never
	}
	return e
}

// untrue is true when e is false or null.
func untrue(e driver.Expr) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Case{Arms: []driver.Arm{{When: e, Then: never}}, Else: yes}, R: yes}
}

// either is true when one of the conditions is; nil when one always is.
func either(es []driver.Expr) driver.Expr {
	for _, e := range es {
		if e == yes {
			return nil
		}
	}
	switch len(es) {
	case 0:
		return never
	case 1:
		return es[0]
	}
	return driver.Or{Args: es}
}

// conjunction is true when all of the conditions are; nil when there are none.
func conjunction(es []driver.Expr) driver.Expr {
	var all []driver.Expr
	for _, e := range es {
		switch e {
		case nil:
			continue
		case never:
			return never
		}
		all = append(all, e)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return driver.And{Args: all}
}
