package record

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/similar"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// maxCandidates is how many records that share a key with one are compared with it, the oldest
// first. A key that more records share tells nothing.
const maxCandidates = 200

// maxTold is how many of the records that one rule finds a caller is told of, or stewards: those
// that are most alike.
const maxTold = 20

// Found is a record that a rule finds to be like another.
type Found struct {
	ID    int64
	Rule  *catalog.DuplicateRule
	Score similar.Score
}

// duplicates looks for records that are the same as one that is written, and does what the rules
// say. The transaction is the only one that writes, so of two that bring the same record at once
// the second finds the first.
func (b *batch) duplicates(r, old *row) ([]Warning, error) {
	var out []Warning
	for _, x := range r.object.Duplicates {
		if x.Action == catalog.DuplicateWarn && b.opt.Loader || old != nil && !concernsChange(x, r, old) {
			continue // nobody reads a loader's warnings
		}
		found, err := b.alike(x, r)
		if err != nil {
			return nil, fmt.Errorf("duplicate rule %s.%s: %w", r.object.Name, x.Name, err)
		}
		if found, err = b.undecided(r, found); err != nil {
			return nil, err
		}
		if len(found) == 0 {
			continue
		}
		found = found[:min(len(found), maxTold)]
		switch x.Action {
		case catalog.DuplicateBlock:
			return nil, b.blocked(x, found)
		case catalog.DuplicateQueue:
			_, err = b.enqueue(x, r, found)
		default:
			out, err = b.warn(out, x, found)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// undecided leaves out the records of which stewards have said that they are not the same as r.
func (b *batch) undecided(r *row, found []Found) ([]Found, error) {
	cases := b.cat.Serving(catalog.RoleDuplicateCase)
	if cases == nil || len(found) == 0 {
		return found, nil
	}
	var out []Found
	for _, f := range found {
		known, err := b.casesOf(cases, r.object, f.ID, r.id())
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(known, func(c *row) bool { return c.get(cases.Field("status")).Text() == "not_dup" }) {
			out = append(out, f)
		}
	}
	return out, nil
}

// concernsChange says whether a change touches what a rule looks at.
func concernsChange(x *catalog.DuplicateRule, r, old *row) bool {
	for f := range x.Reads {
		if r.get(f) != old.get(f) {
			return true
		}
	}
	return false
}

// alike finds the live records that a rule takes for the same as r, those that are most alike
// first, then the oldest.
func (b *batch) alike(x *catalog.DuplicateRule, r *row) ([]Found, error) {
	return b.alikeOf(x, r, b.withKey)
}

// alikeOf is alike among the records that candidates gives for each key.
func (b *batch) alikeOf(x *catalog.DuplicateRule, r *row, candidates func(*catalog.DuplicateKey, value.Value) ([]*row, error)) ([]Found, error) {
	if ok, err := b.concerns(x, r); err != nil || !ok {
		return nil, err
	}
	var out []Found
	seen := map[int64]bool{r.id(): true}
	for _, k := range x.Keys {
		v := r.get(k.Field)
		if v.IsNull() {
			continue
		}
		rows, err := candidates(k, v)
		if err != nil {
			return nil, err
		}
		for _, other := range rows {
			if seen[other.id()] || !other.alive() {
				continue
			}
			seen[other.id()] = true
			ok, err := b.concerns(x, other)
			if err != nil {
				return nil, err
			}
			if score, same := compare(x, r, other); ok && same {
				out = append(out, Found{other.id(), x, score})
			}
		}
	}
	slices.SortFunc(out, func(p, q Found) int { return cmp.Or(cmp.Compare(q.Score, p.Score), cmp.Compare(p.ID, q.ID)) })
	return out, nil
}

// concerns says whether a rule looks at a record at all.
func (b *batch) concerns(x *catalog.DuplicateRule, r *row) (bool, error) {
	if x.Where == nil {
		return true, nil
	}
	v, err := b.eval(x.Where, r, r)
	return v.Kind() == value.KindBool && v.Bool(), err
}

// withKey reads the records with the value of a key.
func (b *batch) withKey(k *catalog.DuplicateKey, v value.Value) ([]*row, error) {
	o := k.Field.Object
	st, err := b.plans.stmt("alike."+o.Name+"."+k.Field.Name, func() *driver.Query { return withKeyQuery(k) })
	if err != nil {
		return nil, err
	}
	var out []*row
	err = b.each(st, []value.Value{v}, func(rows driver.Rows) { out = append(out, scan(o, rows)) })
	for i, x := range out {
		if c := b.cache[rowKey{o, x.id()}]; c != nil {
			out[i] = c
		}
	}
	return out, err
}

func withKeyQuery(k *catalog.DuplicateKey) *driver.Query {
	o := k.Field.Object
	return &driver.Query{Table: o.Table, Select: allColumns(o), Where: driver.And{Args: []driver.Expr{eq(k.Field.Col(), first), aliveExpr(o)}},
		Order: []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, Limit: driver.Const{Value: value.Int(maxCandidates)}}
}

// compare gives how alike two records are, and whether that is enough for a rule.
func compare(x *catalog.DuplicateRule, r, other *row) (similar.Score, bool) {
	sum, weights := 0, 0
	for _, m := range x.Match {
		s := likeness(m, r.get(m.Field), other.get(m.Field))
		if s < m.AtLeast {
			return 0, false
		}
		sum, weights = sum+int(s)*m.Weight, weights+m.Weight
	}
	score := similar.Score((2*sum + weights) / (2 * weights))
	return score, score >= x.Threshold
}

// likeness compares two values. Nothing is like nothing.
func likeness(m *catalog.DuplicateMatch, a, b value.Value) similar.Score {
	if a.IsNull() || b.IsNull() {
		return 0
	}
	if m.Field.Store.Type != driver.Text {
		if value.Equal(a, b) {
			return similar.One
		}
		return 0
	}
	p, q := a.Text(), b.Text()
	if m.Form != nil {
		p, q = m.Form(p), m.Form(q)
	}
	if p == "" || q == "" {
		return 0
	}
	return m.Like(p, q)
}

// blocked is the refusal. That there is such a record cannot be hidden; which it is, is.
func (b *batch) blocked(x *catalog.DuplicateRule, found []Found) error {
	ids, err := b.shown(x, found)
	if err != nil {
		return err
	}
	e := &errs.Error{Code: errs.Duplicate, Message: saying(x), Rule: x.Name}
	return e.On(x.Match[0].Field.APIName).With("records", ids)
}

// warn adds what a caller is told of records that are likely to be the same: nothing, when none of
// them is among those that the caller may see.
func (b *batch) warn(out []Warning, x *catalog.DuplicateRule, found []Found) ([]Warning, error) {
	var seen []Found
	for _, f := range found {
		ok, err := b.sees(x.Object, f.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			seen = append(seen, f)
		}
	}
	if len(seen) == 0 {
		return out, nil
	}
	ids, err := b.shown(x, seen)
	return append(out, Warning{Rule: x.Name, Field: x.Match[0].Field.APIName, Message: saying(x), Records: ids}), err
}

func (b *batch) sees(o *catalog.Object, id int64) (bool, error) {
	if b.can(o, access.Read) != nil {
		return false, nil
	}
	return b.among(o, id, access.Read)
}

// shown are the ids of the found records that the caller may see. Who may not read all that a rule
// compares is shown none: writing a guess would tell whose value it is.
func (b *batch) shown(x *catalog.DuplicateRule, found []Found) ([]string, error) {
	out := []string{}
	if !Compares(b.access, x) {
		return out, nil
	}
	for _, f := range found {
		ok, err := b.sees(x.Object, f.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, idOf(x.Object, f.ID))
		}
	}
	return out, nil
}

// Compares says whether the holder of a profile may read everything that a rule compares.
func Compares(p access.Profile, x *catalog.DuplicateRule) bool {
	for f := range x.Reads {
		if !p.CanRead(f) {
			return false
		}
	}
	return true
}

func idOf(o *catalog.Object, id int64) string { return fmt.Sprintf("%s_%d", o.IDPrefix, id) }

// saying is what a rule says when it has found something.
func saying(x *catalog.DuplicateRule) diag.Text {
	if len(x.Message) > 0 {
		return diag.Text{En: x.Message.In("en"), Zh: x.Message.In("zh-CN")}
	}
	return diag.Textf("there is a record of %s already that is likely to be the same", "%s 中已有疑似相同的记录", x.Object.Name)
}

// enqueue keeps a case for each pair, unless there is one, whatever became of it. It gives how many
// are new.
func (b *batch) enqueue(x *catalog.DuplicateRule, r *row, found []Found) (n int, err error) {
	o := b.cat.Serving(catalog.RoleDuplicateCase)
	for _, f := range found {
		pair := []string{idOf(x.Object, min(f.ID, r.id())), idOf(x.Object, max(f.ID, r.id()))}
		known, err := b.casesOf(o, x.Object, f.ID, r.id())
		if err != nil {
			return n, err
		}
		if len(known) > 0 {
			continue
		}
		_, err = (&Session{b: b}).Create(o, map[*catalog.Field]value.Value{o.Field("object_name"): value.Text(x.Object.Name),
			o.Field("record_a"): value.Text(pair[0]), o.Field("record_b"): value.Text(pair[1]), o.Field("rule_code"): value.Text(x.Name), o.Field("score"): value.Decimal(int64(f.Score), 4), o.Field("status"): value.Text("open")})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// casesOf reads the cases of two records of an object, the older one first in each.
func (b *batch) casesOf(cases, o *catalog.Object, x, y int64) ([]*row, error) {
	cond := func(name string, n int) driver.Expr { return eq(cases.Field(name).Col(), driver.Param{N: n}) }
	return b.rows("case", cases, func() driver.Expr {
		return driver.And{Args: []driver.Expr{cond("object_name", 0), cond("record_a", 1), cond("record_b", 2), aliveExpr(cases)}}
	}, value.Text(o.Name), value.Text(idOf(o, min(x, y))), value.Text(idOf(o, max(x, y))))
}

// Draft asks for the duplicates of a record: of one that is there, by its id, or of values that may
// become one. Values are given by GraphQL name; with an id they stand in place of the record's.
type Draft struct {
	Object *catalog.Object
	ID     int64 // 0: there is no record yet
	Values map[string]any
}

// maxFound is how many duplicates are told of at once.
const maxFound = 100

// Duplicates finds the records that the object's rules take for the same, those that are most alike
// first, among those that the caller may see. Rules that look at what the caller may not read find
// nothing. NOT_FOUND when the caller may not see the record itself.
func (s *Service) Duplicates(ctx context.Context, tx store.Tx, cat *catalog.Catalog, p access.Profile, d Draft) ([]Found, error) {
	b := s.batch(ctx, tx, cat, p, Options{})
	if err := b.can(d.Object, access.Read); err != nil {
		return nil, err
	}
	r, err := b.draft(d)
	if err != nil {
		return nil, err
	}
	var out []Found
	for _, x := range d.Object.Duplicates {
		if !Compares(p, x) {
			continue
		}
		found, err := b.alike(x, r)
		if err != nil {
			return nil, fmt.Errorf("duplicate rule %s.%s: %w", d.Object.Name, x.Name, err)
		}
		if found, err = b.undecided(r, found); err != nil {
			return nil, err
		}
		for _, f := range found {
			seen, err := b.among(d.Object, f.ID, access.Read)
			if err != nil {
				return nil, err
			}
			if seen {
				out = append(out, f)
			}
		}
	}
	slices.SortStableFunc(out, func(p, q Found) int { return cmp.Compare(q.Score, p.Score) })
	return out[:min(len(out), maxFound)], nil
}

// draft is the record that duplicates are looked for of.
func (b *batch) draft(d Draft) (*row, error) {
	r := &row{d.Object, make([]value.Value, len(d.Object.Fields))}
	if d.ID != 0 {
		have, err := b.visible(d.Object, d.ID, access.Read)
		if err != nil {
			return nil, err
		}
		r = have.clone()
	} else {
		b.system(r, 0)
	}
	for name, v := range d.Values {
		f := d.Object.ByAPIName[name]
		if f == nil || f.Computed() || f.Column == "" {
			return nil, errs.New(errs.InvalidInput, "%s has no field %s to compare", "%s 没有可比较的字段 %s", d.Object.Name, name).On(name)
		}
		val, e := f.Type.Coerce(v)
		if e != nil {
			c := *e
			return nil, c.On(name)
		}
		r.set(f, val)
	}
	return r, b.formulas(r, nil)
}
