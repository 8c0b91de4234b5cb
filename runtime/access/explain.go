package access

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Explanation says what a user may do with a record, and why.
type Explanation struct {
	Roles   []string      `json:"roles"`
	Verdict []Verdict     `json:"verdict"`
	Fields  []FieldAccess `json:"fields"`
}

// Verdict is the answer for one operation, with each reason for and against it.
type Verdict struct {
	Op      string   `json:"op"` // read, update or delete
	Allowed bool     `json:"allowed"`
	Reasons []Reason `json:"reasons"`
}

// Reason is one rule that grants or denies.
type Reason struct {
	Grants  bool         `json:"grants"`
	Address addr.Address `json:"address"`
	Text    diag.Text    `json:"text"`
}

// FieldAccess is a field that the user may not do everything with.
type FieldAccess struct {
	Field string `json:"field"`
	Level string `json:"level"` // hidden, masked, part (of a roll-up), read
}

// Explain says what a user may do with a record of o that exists, and names each rule that grants
// or denies it.
func (s *Service) Explain(ctx context.Context, who ident.Principal, o *catalog.Object, record int64) (*Explanation, error) {
	if who.Admin {
		why := []Reason{{true, o.Addr(), diag.Textf("administrators may do everything", "管理员拥有全部权限")}}
		return &Explanation{Verdict: []Verdict{{"read", true, why}, {"update", true, why}, {"delete", true, why}}}, nil
	}
	p, err := s.profile(ctx, who)
	if err != nil {
		return nil, err
	}
	c, err := s.current()
	if err != nil {
		return nil, err
	}
	x := &explainer{ctx: ctx, db: s.tenant.Store, c: c, p: p, user: who.UserID}
	out := &Explanation{Roles: p.roles, Fields: p.limited(o)}
	for _, v := range []struct {
		name string
		op   Op
	}{{readAct, Read}, {updateAct, Update}, {deleteAct, Delete}} {
		reasons, err := x.verdict(o, record, v.name, v.op)
		if err != nil {
			return nil, fmt.Errorf("access: explain %s of %s: %w", v.name, o.Name, err)
		}
		ok := p.Can(o, v.op)
		if ok {
			if ok, err = x.holds(o, record, p.Rows(o, v.op, x.bind())); err != nil {
				return nil, err
			}
		}
		out.Verdict = append(out.Verdict, Verdict{v.name, ok, reasons})
	}
	return out, nil
}

type explainer struct {
	ctx  context.Context
	db   *store.DB
	c    *compiled
	p    *profile
	user int64
	own  *Values
}

// bind begins the values of a statement whose first parameter is the record.
func (x *explainer) bind() Bind {
	x.own = NewValues(1)
	return x.own.Bind
}

// holds asks the store whether a condition, bound by bind, is true of a record.
func (x *explainer) holds(o *catalog.Object, record int64, cond driver.Expr) (hit bool, err error) {
	if cond == nil {
		return true, nil
	}
	st, err := x.db.Prepare(&driver.Query{Table: o.Table, Select: []driver.Expr{id}, Where: driver.And{Args: []driver.Expr{is(id, p0), cond}}})
	if err != nil {
		return false, err
	}
	err = x.db.View(x.ctx, func(tx store.Tx) error {
		return look(x.ctx, tx, st, func(driver.Rows) { hit = true }, x.own.Append([]value.Value{value.Ref(record)}, x.p)...)
	})
	return hit, err
}

func (x *explainer) verdict(o *catalog.Object, record int64, act string, op Op) ([]Reason, error) {
	out, allowed := x.permission(o, act)
	if !allowed {
		return out, nil
	}
	grounds, err := x.reached(o, record, op)
	return append(out, grounds...), err
}

// permission is what casbin says: the first policy that lets the user do op with any record.
func (x *explainer) permission(o *catalog.Object, act string) ([]Reason, bool) {
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	ok, policy, err := x.c.enforcer.EnforceEx(userSubject+strconv.FormatInt(x.user, 10), x.c.tenant, objectPrefix+o.Name, act)
	if err != nil || !ok || len(policy) == 0 {
		return []Reason{{false, o.Addr(), diag.Textf("no permission set of the user's roles allows to %s records of %s", "用户角色的权限集均未授予对“%[2]s”的“%[1]s”权限", words.Value("ObjectPermission", "allow", act), o)}}, false
	}
	set := x.c.cat.Set(strings.TrimPrefix(policy[0], setSubject))
	return []Reason{{true, set.Addr().Object(o.Name), diag.Textf("the permission set %s allows to %s records of %s", "权限集“%[1]s”授予对“%[3]s”的“%[2]s”权限", set, words.Value("ObjectPermission", "allow", act), o)}}, true
}

// reached lists the rules by which the record itself is reached or withheld.
func (x *explainer) reached(o *catalog.Object, record int64, op Op) (out []Reason, err error) {
	for i := range x.p.withheld(o, op, NewValues(1).Bind) {
		g := x.p.withheld(o, op, x.bind())[i]
		ok, err := x.holds(o, record, g.cond)
		if err != nil {
			return nil, err
		}
		if !ok {
			out = append(out, Reason{false, g.of, g.why})
		}
	}
	switch {
	case x.p.reachesAll(o, op):
		return append(out, x.everywhere(o, op)), nil
	case o.Sharing == catalog.SharingParent:
		ok, err := x.holds(o, record, x.p.ofMaster(o, op, x.bind()))
		if err != nil {
			return nil, err
		}
		m := o.Master.Ref.Target()
		why := diag.Textf("its master (%s) is not the user's to reach like this", "其主记录（%s）不可由该用户如此访问", m)
		if ok {
			why = diag.Textf("the user may do so with its master (%s)", "该用户对其主记录（%s）拥有相应权限", m)
		}
		return append(out, Reason{ok, o.Master.Addr(), why}), nil
	}
	reached := false
	for i := range x.p.grants(o, op != Read, NewValues(1).Bind) {
		g := x.p.grants(o, op != Read, x.bind())[i]
		ok, err := x.holds(o, record, g.cond)
		if err != nil {
			return nil, err
		}
		if ok {
			reached = true
			out = append(out, Reason{true, g.of, g.why})
		}
	}
	if !reached {
		out = append(out, Reason{false, o.Addr().Property("sharing"), diag.Textf("records of %s are not everybody's, and nothing shares this one with the user", "“%s”的记录并非对所有人开放，且没有规则将该记录共享给该用户", o)})
	}
	return out, nil
}

func (x *explainer) everywhere(o *catalog.Object, op Op) Reason {
	if o.Sharing == catalog.SharingReadWrite || op == Read && o.Sharing == catalog.SharingRead {
		return Reason{true, o.Addr().Property("sharing"), diag.Textf("records of %s are open to everybody who has the permission", "“%s”的记录对所有拥有权限的用户开放", o)}
	}
	return Reason{true, o.Addr(), diag.Textf("a permission set reaches all records of %s, whoever owns them", "权限集可访问“%s”的全部记录，不论所有者", o)}
}

// limited lists the fields that the user does not see whole, or may not change.
func (p *profile) limited(o *catalog.Object) (out []FieldAccess) {
	for _, f := range o.Fields {
		level := ""
		switch {
		case f.KeyOf != nil: // nobody's to see
		case p.Part(f):
			level = "part"
		case p.Masked(f):
			level = "masked"
		case !p.CanRead(f):
			level = "hidden"
		case !p.CanWrite(f) && !f.ReadOnly && !f.Computed():
			level = "read"
		}
		if level != "" {
			out = append(out, FieldAccess{f.Name, level})
		}
	}
	return out
}
