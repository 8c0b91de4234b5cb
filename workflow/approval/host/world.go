package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/people"
)

// World is the people, the calendars and the record as one command finds them. Users and units are
// the numbers of their records. What cannot be read is as if it were not there, and Err tells.
type World struct {
	host    *Host
	ctx     context.Context
	tx      store.Tx
	cat     *catalog.Catalog
	session *record.Session
	object  *catalog.Object
	record  record.Record
	there   bool
	def     *approval.Definition // that was asked for last: it says what of the record is kept
	err     error
}

var _ approval.Org = (*World)(nil)

// Err is what went wrong while the world was asked.
func (w *World) Err() error { return w.err }

func (w *World) keep(err error) { w.err = errors.Join(w.err, err) }

// Definition finds a published version.
func (w *World) Definition(key string, version int) *approval.Definition {
	f, err := w.host.version(w.ctx, w.tx, w.cat, key, version)
	w.keep(err)
	if f == nil {
		return nil
	}
	w.def = f.def
	return f.def
}

// Running is asked of the engine instead.
func (w *World) Running(string, string, string) string { return "" }

// Input reads what an expression needs of the record.
func (w *World) Input(in expr.Input) (value.Value, error) {
	if !w.there {
		return value.Null, noRecord()
	}
	return w.session.Input(in, w.record)
}

// Coerce turns a JSON value into the value of a field.
func (w *World) Coerce(field string, v any) (value.Value, error) {
	f := w.object.Field(field)
	if f == nil {
		return value.Null, fmt.Errorf("%s has no field %s", w.object.Name, field)
	}
	out, e := f.Type.Coerce(number(v))
	if e != nil {
		return value.Null, e
	}
	return out.Clone(), nil
}

// Form is what the record holds now, by the snapshot of the definition.
func (w *World) Form() approval.Form {
	out := approval.Form{Values: map[string]any{}}
	if !w.there {
		return out
	}
	out.Rev = w.record.Version()
	var spec approval.Spec
	if w.def != nil {
		spec = w.def.Spec
	}
	for _, f := range w.object.Fields {
		if w.kept(f) {
			out.Values[f.Name] = w.plain(f, w.record)
		}
	}
	for _, r := range spec.Snapshot.Related {
		w.related(out.Values, r.Object, r.Via, r.Fields, r.Max)
	}
	return out
}

// Shown is what the form has of one field; nil where that is nothing.
func (w *World) Shown(f *catalog.Field) any {
	if !w.there || !w.kept(f) {
		return nil
	}
	return w.plain(f, w.record)
}

// kept says whether the snapshot of the definition has a field.
func (w *World) kept(f *catalog.Field) bool {
	if f.Name == catalog.ApprovalStatus || f.Column == "" || f.System && f.Name != catalog.Owner {
		return false
	}
	if w.def == nil || len(w.def.Snapshot.Fields) == 0 {
		return true
	}
	return slices.Contains(w.def.Snapshot.Fields, "*") || slices.Contains(w.def.Snapshot.Fields, f.Name)
}

// maxRelated is how many related rows are kept unless the definition says less.
const maxRelated = 500

func (w *World) related(into map[string]any, object, via string, fields []string, most int) {
	o := w.cat.Object(object)
	if o == nil || o.Field(via) == nil {
		return
	}
	if most <= 0 || most > maxRelated {
		most = maxRelated
	}
	link := o.Field(via)
	rows, err := w.session.Select("approval rows "+object+"."+via, o, func() driver.Expr { return is(link.Column, 0) },
		[]driver.Order{{Expr: query.ID}}, value.Ref(w.record.ID()))
	w.keep(err)
	list := []any{}
	for _, r := range rows[:min(most, len(rows))] {
		row := map[string]any{"id": string(query.AppendID(nil, o, r.ID()))}
		for _, name := range fields {
			if f := o.Field(name); f != nil && f.Column != "" {
				row[name] = w.plain(f, r)
			}
		}
		list = append(list, row)
	}
	into[object] = list
}

// plain is the value of a field as JSON.
func (w *World) plain(f *catalog.Field, r record.Record) any {
	v := r.Get(f)
	if v.IsNull() {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(f.Type.AppendJSON(nil, v))))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		w.keep(fmt.Errorf("read %s: %w", f.Name, err))
		return nil
	}
	return out
}

// serving is the object of a platform role, if it has the fields.
func (w *World) serving(role string, fields ...string) *catalog.Object {
	o := w.cat.Serving(role)
	if o == nil || slices.ContainsFunc(fields, func(n string) bool { return o.Field(n) == nil || o.Field(n).Column == "" }) {
		return nil
	}
	return o
}

// one finds a live record of the object that serves a role.
func (w *World) one(role, id string) (record.Record, bool) {
	o, n := w.cat.Serving(role), userID(id)
	if o == nil || n == 0 {
		return record.Record{}, false
	}
	r, ok, err := w.session.Find(o, n)
	w.keep(err)
	return r, ok
}

// text is a field's value, a reference as its number; "" when there is none.
func text(r record.Record, name string) string {
	f := r.Object().Field(name)
	if f == nil || f.Column == "" {
		return ""
	}
	switch v := r.Get(f); v.Kind() {
	case value.KindNull:
		return ""
	case value.KindRef, value.KindInt:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return strings.Clone(v.Text())
	}
}

// by reads the live records of an object of which a field has a value, oldest first.
func (w *World) by(o *catalog.Object, field string, v value.Value) []record.Record {
	if o == nil {
		return nil
	}
	f := o.Field(field)
	rows, err := w.session.Select("approval people "+o.Name+"."+field, o, func() driver.Expr { return is(f.Column, 0) }, []driver.Order{{Expr: query.ID}}, v)
	w.keep(err)
	return rows
}

// Person is the number of the user that a definition names: by number, id, external id or sign-in
// name. It is the name itself where there is no such user.
func (w *World) Person(name string) string {
	users := w.cat.Serving(catalog.ServesUser)
	if users == nil || userID(name) != 0 {
		return name
	}
	id, err := people.Find(w.session, name)
	w.keep(err)
	if id == 0 {
		return name
	}
	return strconv.FormatInt(id, 10)
}

// Active says whether a user may be asked.
func (w *World) Active(user string) bool {
	r, ok := w.one(catalog.ServesUser, user)
	if !ok {
		return false
	}
	return people.Works(r)
}

// Members lists the people of a role, a team, a post or a unit, oldest first.
func (w *World) Members(kind, id, dept string) []string {
	var out []string
	add := func(rows []record.Record, field string) {
		for _, r := range rows {
			if u := text(r, field); u != "" && !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	switch kind {
	case "role":
		add(w.by(w.serving(catalog.ServesRoleAssignment, "user_id", "role"), "role", value.Text(id)), "user_id")
	case "group":
		members := w.serving(catalog.ServesTeamMember, "team_id", "user_id")
		for _, t := range w.by(w.serving(catalog.ServesTeam, "code"), "code", value.Text(id)) {
			if members != nil {
				add(w.by(members, "team_id", value.Ref(t.ID())), "user_id")
			}
		}
	case "post":
		add(w.by(w.serving(catalog.ServesUser, "post"), "post", value.Text(id)), catalog.ID)
	case "dept":
		if unit := w.unit(id); unit != "" {
			add(w.by(w.serving(catalog.ServesUser, "org_unit_id"), "org_unit_id", value.Ref(userID(unit))), catalog.ID)
		}
	}
	if dept != "" {
		unit := w.unit(dept)
		out = slices.DeleteFunc(out, func(u string) bool { return w.Department(u) != unit })
	}
	return out
}

// unit is the number of a unit that is given by it, or by its code; "" when there is none.
func (w *World) unit(name string) string {
	if userID(name) != 0 {
		return name
	}
	if found := w.by(w.serving(catalog.ServesOrgUnit, "code"), "code", value.Text(name)); len(found) > 0 {
		return strconv.FormatInt(found[0].ID(), 10)
	}
	return ""
}

func (w *World) of(role, id, field string) string {
	r, ok := w.one(role, id)
	if !ok {
		return ""
	}
	return text(r, field)
}

// Manager is to whom a user reports.
func (w *World) Manager(user string) string { return w.of(catalog.ServesUser, user, "manager_id") }

// Department is the unit of a user.
func (w *World) Department(user string) string { return w.of(catalog.ServesUser, user, "org_unit_id") }

// Head is who leads a unit.
func (w *World) Head(dept string) string {
	return w.of(catalog.ServesOrgUnit, w.unit(dept), "manager_id")
}

// Parent is the unit above.
func (w *World) Parent(dept string) string {
	return w.of(catalog.ServesOrgUnit, w.unit(dept), "parent_id")
}

// Standing is to whom a user who is away has handed the tasks.
func (w *World) Standing(user, _ string, at time.Time) string {
	r, ok := w.one(catalog.ServesUser, user)
	if !ok || r.Object().Field("delegate_id") == nil {
		return ""
	}
	from, to := r.Object().Field("away_from"), r.Object().Field("away_to")
	if from == nil || to == nil || r.Get(from).IsNull() || at.Before(r.Get(from).AsTime()) || !r.Get(to).IsNull() && !at.Before(r.Get(to).AsTime()) {
		return ""
	}
	return text(r, "delegate_id")
}

func is(column string, p int) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: driver.Col{Name: column}, R: driver.Param{N: p}}
}
