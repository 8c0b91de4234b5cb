package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// lookups are the prepared statements that find what records say about callers, under one
// catalogue. Those of objects that no package has are nil, and find nothing.
type lookups struct {
	version     driver.Stmt // the stored version
	user        driver.Stmt // status and unit of a user
	roles       driver.Stmt // roles of a user
	teams       driver.Stmt // ids and codes of a user's teams
	territories driver.Stmt // paths of a user's territories
	queues      driver.Stmt
	brands      driver.Stmt
	shares      driver.Stmt   // records shared by hand with a user, teams, units or roles
	members     []driver.Stmt // by catalog.RecordTeam.Place: records whose team has a user
	holders     driver.Stmt   // users that have one of some roles
	unitPath    driver.Stmt
	unitsBelow  driver.Stmt // ids of the units below a path
	unitCodes   driver.Stmt
	unitUsers   driver.Stmt // users of some units
	placesBelow driver.Stmt // ids of the territories below a path
	placeCodes  driver.Stmt
	bounds      []bound // by catalog.Bound.Place
}

// bound finds what a reference of a user's record leads to.
type bound struct {
	of    driver.Stmt // its id, with its path where it is in a tree
	below driver.Stmt // ids at or below a path; nil where there is no tree
}

type preparing struct {
	db  *store.DB
	err error
}

func (p *preparing) stmt(o *catalog.Object, where driver.Expr, selects ...driver.Expr) driver.Stmt {
	if o == nil || p.err != nil {
		return nil
	}
	alive := driver.IsNull{Arg: o.Field(catalog.DeletedAt).Col()}
	st, err := p.db.Prepare(&driver.Query{Table: o.Table, Select: selects, Where: driver.And{Args: []driver.Expr{where, alive}}})
	if err != nil {
		p.err = fmt.Errorf("access: prepare a look-up in %s: %w", o.Name, err)
	}
	return st
}

func col(o *catalog.Object, name string) driver.Expr {
	if o == nil {
		return nil
	}
	f := o.Field(name)
	if f == nil || f.Column == "" {
		return driver.Const{Value: value.Null}
	}
	return f.Col()
}

// over is a column of the record that a reference leads to.
func over(o *catalog.Object, ref string, name string) driver.Expr {
	if o == nil || o.Field(ref) == nil || o.Field(ref).Ref == nil {
		return driver.Const{Value: value.Null}
	}
	f := o.Field(ref)
	t := f.Ref.Target()
	return driver.Lookup{Ref: f.Col(), Table: t.Table, Expr: col(t, name)}
}

var p0, p1, p2, p3 = driver.Param{N: 0}, driver.Param{N: 1}, driver.Param{N: 2}, driver.Param{N: 3}

func is(l, r driver.Expr) driver.Expr { return driver.Cmp{Op: driver.Eq, L: l, R: r} }
func in(l, r driver.Expr) driver.Expr { return driver.In{Arg: l, List: r} }

func prepareLookups(db *store.DB, cat *catalog.Catalog) (*lookups, error) {
	p := &preparing{db: db}
	q := &lookups{}
	var err error
	if q.version, err = db.Prepare(&driver.Query{Table: versionTable, Select: []driver.Expr{driver.Col{Name: "version"}}, Where: is(id, driver.Const{Value: value.Ref(versionRow)})}); err != nil {
		return nil, fmt.Errorf("access: prepare the version: %w", err)
	}
	s := cat.Serving
	users, units, places := s(catalog.ServesUser), s(catalog.ServesOrgUnit), s(catalog.ServesTerritory)
	assigned, share := s(catalog.ServesRoleAssignment), s(catalog.ServesShare)
	ofUser := func(o *catalog.Object) driver.Expr { return is(col(o, "user_id"), p0) }
	q.user = p.stmt(users, is(id, p0), col(users, "status"), col(users, "org_unit_id"))
	q.roles = p.stmt(assigned, ofUser(assigned), col(assigned, "role"))
	q.holders = p.stmt(assigned, in(col(assigned, "role"), p0), col(assigned, "user_id"))
	m := s(catalog.ServesTeamMember)
	q.teams = p.stmt(m, ofUser(m), col(m, "team_id"), over(m, "team_id", "code"))
	m = s(catalog.ServesTerritoryUser)
	q.territories = p.stmt(m, ofUser(m), over(m, "territory_id", "path"))
	m = s(catalog.ServesQueueMember)
	q.queues = p.stmt(m, ofUser(m), col(m, "queue_id"))
	m = s(catalog.ServesBrandUser)
	q.brands = p.stmt(m, ofUser(m), col(m, "brand_id"))
	if share != nil {
		q.shares = p.stmt(share, driver.Or{Args: []driver.Expr{ofUser(share), in(col(share, "team_id"), p1), in(col(share, "org_unit_id"), p2), in(col(share, "role"), p3)}},
			col(share, "record"), col(share, "access_level"))
	}
	for _, t := range cat.Teams {
		level := driver.Expr(driver.Const{Value: value.Null})
		if t.Level != nil {
			level = t.Level.Col()
		}
		q.members = append(q.members, p.stmt(t.Object, is(t.User.Col(), p0), t.Record.Col(), level))
	}
	below := func(o *catalog.Object) driver.Expr {
		return driver.Match{Mode: "prefix", Arg: col(o, "path"), Pattern: p0}
	}
	q.unitPath = p.stmt(units, is(id, p0), col(units, "path"))
	q.unitsBelow = p.stmt(units, below(units), id)
	q.unitCodes = p.stmt(units, in(id, p0), id, col(units, "code"))
	q.unitUsers = p.stmt(users, in(col(users, "org_unit_id"), p0), id)
	q.placesBelow = p.stmt(places, below(places), id)
	q.placeCodes = p.stmt(places, in(id, p0), id, col(places, "code"))
	for _, b := range cat.Bounds {
		x, to := bound{}, b.User.Ref.Target()
		path := driver.Expr(driver.Const{Value: value.Null})
		if b.Path != nil {
			path = over(users, b.User.Name, b.Path.Name)
			x.below = p.stmt(to, driver.Match{Mode: "prefix", Arg: b.Path.Col(), Pattern: p0}, id)
		}
		x.of = p.stmt(users, is(id, p0), b.User.Col(), path)
		q.bounds = append(q.bounds, x)
	}
	return q, p.err
}

// look runs a look-up; of one that is nil nothing is found.
func look(ctx context.Context, tx store.Tx, st driver.Stmt, fn func(driver.Rows), args ...value.Value) error {
	if st == nil {
		return nil
	}
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

// ids is a set of ids.
type ids map[int64]struct{}

func (s ids) add(v value.Value) {
	if !v.IsNull() {
		s[v.Int()] = struct{}{}
	}
}

// list is the ids as a value of the store, in order, so that equal sets are equal values.
func (s ids) list() value.Value {
	all := make([]int64, 0, len(s))
	for n := range s {
		all = append(all, n)
	}
	slices.Sort(all)
	b := []byte{'['}
	for i, n := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return value.List(string(append(b, ']')))
}

func texts(names []string) value.Value {
	b, err := json.Marshal(names)
	if err != nil || len(names) == 0 {
		return value.List("[]")
	}
	return value.List(string(b))
}

// pathIDs are the ids in a tree's path "/1/4/9/", from the top.
func pathIDs(path string) (out []int64) {
	for start, i := 0, 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			continue
		}
		if n, err := strconv.ParseInt(path[start:i], 10, 64); err == nil {
			out = append(out, n)
		}
		start = i + 1
	}
	return out
}
