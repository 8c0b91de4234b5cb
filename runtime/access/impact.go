package access

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxCounts bounds how many pairs of a user and an object are counted for one plan.
const maxCounts = 5000

// Impact is what another catalogue would change in who may read what of one object.
type Impact struct {
	Object     *catalog.Object // of the new catalogue
	Gain, Lose Reach
	Fields     []FieldImpact
	NotCounted bool // new conditions ask for what is not stored yet
	Unfinished bool // there were too many users to count them all: at least so many
}

// Reach is users, and the records that they reach together, each counted once for each user.
type Reach struct{ Users, Records int64 }

// FieldImpact is how many users would see a field that they do not, or no more.
type FieldImpact struct {
	Field      string
	Gain, Lose int64
}

// Compare counts, on the data as it is, what each user who has a role would gain and lose.
func Compare(ctx context.Context, db *store.DB, tenant string, old, new *catalog.Catalog) ([]Impact, error) {
	was, err := compile(tenant, db, old)
	if err != nil {
		return nil, err
	}
	next, err := compile(tenant, db, new)
	if errors.Is(err, driver.ErrNoTable) {
		return nil, nil // nobody has a role yet
	}
	if err != nil {
		return nil, err
	}
	m := &comparing{ctx: ctx, db: db, by: map[*catalog.Object]*Impact{}}
	err = db.View(ctx, func(tx store.Tx) error {
		m.tx = tx
		users, err := was.assigned(ctx, db, tx)
		if err != nil {
			return err
		}
		for _, u := range users {
			a, err := was.read(ctx, tx, ident.Principal{UserID: u})
			if err != nil {
				return err
			}
			b, err := next.read(ctx, tx, ident.Principal{UserID: u})
			if err != nil {
				return err
			}
			if err := m.user(a, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("access: compare what users may read: %w", err)
	}
	var out []Impact
	for _, o := range new.Objects {
		if i := m.by[o]; i != nil && i.any() {
			out = append(out, *i)
		}
	}
	return out, nil
}

// any says whether anything changes, or may.
func (i *Impact) any() bool {
	return i.Gain.Users > 0 || i.Lose.Users > 0 || len(i.Fields) > 0 || i.NotCounted || i.Unfinished
}

// assigned lists the users that have a role.
func (c *compiled) assigned(ctx context.Context, db *store.DB, tx store.Tx) ([]int64, error) {
	o := c.cat.Serving(catalog.ServesRoleAssignment)
	if o == nil {
		return nil, nil
	}
	st, err := db.Prepare(&driver.Query{Table: o.Table, Group: []driver.Expr{col(o, "user_id")}, Aggs: []driver.Agg{{Func: driver.Count}},
		Order: []driver.Order{{Expr: driver.Output{N: 0}}}})
	if err != nil {
		return nil, err
	}
	var out []int64
	err = look(ctx, tx, st, func(r driver.Rows) {
		if v := r.Value(0); !v.IsNull() {
			out = append(out, v.Int())
		}
	})
	return out, err
}

type comparing struct {
	ctx    context.Context
	db     *store.DB
	tx     store.Tx
	by     map[*catalog.Object]*Impact
	counts int
}

func (m *comparing) of(o *catalog.Object) *Impact {
	if m.by[o] == nil {
		m.by[o] = &Impact{Object: o}
	}
	return m.by[o]
}

// user compares one user's two profiles.
func (m *comparing) user(a, b *profile) error {
	for _, o := range b.cat.Objects {
		was := a.cat.Object(o.Name)
		if was == nil || was.Table != o.Table {
			continue // new objects have no records
		}
		m.fields(a, b, was, o)
		own := NewValues(0)
		before, after := a.Rows(was, Read, own.Bind), b.Rows(o, Read, NewValues(0).Bind)
		if reflect.DeepEqual(before, after) && reflect.DeepEqual(own.Append(nil, a), own.Append(nil, b)) {
			continue
		}
		if m.counts++; m.counts > maxCounts {
			m.of(o).Unfinished = true
			continue
		}
		if err := m.records(a, b, was, o); err != nil {
			return err
		}
	}
	return nil
}

// records counts what one user gains and loses of an object.
func (m *comparing) records(a, b *profile, was, o *catalog.Object) error {
	gain, err := m.count(o, b, o, a, was)
	if err == nil {
		var lose int64
		if lose, err = m.count(o, a, was, b, o); err == nil {
			m.of(o).Gain.add(gain)
			m.of(o).Lose.add(lose)
			return nil
		}
	}
	if errors.Is(err, driver.ErrNoTable) || errors.Is(err, driver.ErrUnsupported) {
		m.of(o).NotCounted = true
		return nil
	}
	return err
}

func (r *Reach) add(records int64) {
	if records > 0 {
		r.Users++
		r.Records += records
	}
}

// count counts the live records that one profile reaches and the other does not.
func (m *comparing) count(table *catalog.Object, with *profile, o *catalog.Object, without *profile, p *catalog.Object) (n int64, err error) {
	own := NewValues(0)
	in := with.Rows(o, Read, own.Bind)
	other := NewValues(len(own.attrs))
	out := without.Rows(p, Read, other.Bind)
	if in == never || out == nil {
		return 0, nil
	}
	where := []driver.Expr{driver.IsNull{Arg: table.Field(catalog.DeletedAt).Col()}, untrue(out)}
	if in != nil {
		where = append(where, in)
	}
	st, err := m.db.Prepare(&driver.Query{Table: table.Table, Where: driver.And{Args: where}, Aggs: []driver.Agg{{Func: driver.Count}}})
	if err != nil {
		return 0, err
	}
	args := other.Append(own.Append([]value.Value(nil), with), without)
	err = look(m.ctx, m.tx, st, func(r driver.Rows) { n = r.Value(0).Int() }, args...)
	return n, err
}

// fields notes which fields one user would see that are hidden now, or the other way round.
func (m *comparing) fields(a, b *profile, was, o *catalog.Object) {
	for _, f := range o.Fields {
		g := was.Field(f.Name)
		if g == nil {
			continue
		}
		before, after := a.Can(was, Read) && a.CanRead(g), b.Can(o, Read) && b.CanRead(f)
		if before == after || a.Can(was, Read) != b.Can(o, Read) {
			continue // of objects that appear or vanish as a whole the records are counted
		}
		i := m.of(o)
		n := len(i.Fields)
		for k := range i.Fields {
			if i.Fields[k].Field == f.Name {
				n = k
			}
		}
		if n == len(i.Fields) {
			i.Fields = append(i.Fields, FieldImpact{Field: f.Name})
		}
		if after {
			i.Fields[n].Gain++
		} else {
			i.Fields[n].Lose++
		}
	}
}
