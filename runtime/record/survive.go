package record

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/words"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
)

// Policy says which of the merged records a field's value is taken from. All but Master and From
// look at the records that have a value, the master first and then the others as they were given.
type Policy uint8

const (
	Master          Policy = iota // the master's, also where it has none
	NonEmpty                      // the first
	MostRecent                    // of the record that was changed last
	Earliest                      // of the record that was created first
	Longest                       // the longest as text
	Min                           // the least
	Max                           // the greatest
	Union                         // of lists: what is in any
	MostRestrictive               // of yes and no: yes where any says so
	From                          // of one record that is named
)

// Survivor is how one field gets its value.
type Survivor struct {
	Policy Policy
	From   int64 // with Policy From: id of the record
}

// Mergeable says whether the holder of a profile may choose what becomes of a field in a merge.
func Mergeable(p access.Profile, f *catalog.Field) bool {
	if f.KeyOf != nil || f.Column == "" || f.Computed() || f.ReadOnly || f.System && f.Name != catalog.Owner {
		return false
	}
	return p.CanRead(f) && p.CanWrite(f)
}

// survivors chooses the values that the master gets. Fields that the caller may not read or write
// stay as they are.
func (g *merging) survivors() (map[*catalog.Field]value.Value, error) {
	g.decisions = map[string]string{}
	for f := range g.m.Fields {
		if !Mergeable(g.b.access, f) {
			return nil, errs.New(errs.Forbidden, "%s cannot be written", "%s 不可写入", f.APIName).On(f.APIName)
		}
	}
	out := map[*catalog.Field]value.Value{}
	for _, f := range g.m.Object.Fields {
		s, given := g.m.Fields[f]
		if !given {
			if f.System || !Mergeable(g.b.access, f) {
				continue
			}
			s = Survivor{Policy: g.m.Otherwise}
		}
		v, from, err := g.survivor(f, s)
		if err != nil {
			if !given {
				continue // the policy means nothing for a field of this kind
			}
			return nil, err.On(f.APIName)
		}
		if !value.Equal(v, g.master.get(f)) {
			out[f], g.decisions[f.APIName] = v, from
		}
	}
	return out, nil
}

// survivor gives the value that a policy chooses, and the id of the record that it is of.
func (g *merging) survivor(f *catalog.Field, s Survivor) (value.Value, string, *errs.Error) {
	all := append([]*row{g.master}, g.others...)
	if s.Policy == Master {
		return g.master.get(f), idOf(g.m.Object, g.m.Master), nil
	}
	if s.Policy == From {
		i := slices.IndexFunc(all, func(r *row) bool { return r.id() == s.From })
		if i < 0 {
			return value.Null, "", errs.New(errs.InvalidInput, "the record is not among those that are merged", "该记录不在合并的记录之中")
		}
		return all[i].get(f), idOf(g.m.Object, s.From), nil
	}
	full := slices.DeleteFunc(all, func(r *row) bool { return blank(r.get(f)) })
	if len(full) == 0 {
		return g.master.get(f), idOf(g.m.Object, g.m.Master), nil
	}
	if s.Policy == Union {
		return union(f, full)
	}
	better, err := preference(f, s.Policy)
	if err != nil {
		return value.Null, "", err
	}
	best := full[0]
	for _, r := range full[1:] {
		if better(r, best) {
			best = r
		}
	}
	return best.get(f), idOf(g.m.Object, best.id()), nil
}

func blank(v value.Value) bool { return v.IsNull() || v.Kind() == value.KindList && v.Text() == "[]" }

// preference says when one record is taken rather than another that comes before it.
func preference(f *catalog.Field, p Policy) (func(r, best *row) bool, *errs.Error) {
	at := func(name string, sign int) func(r, best *row) bool {
		return func(r, best *row) bool {
			t := r.object.Field(name)
			return sign*value.Compare(r.get(t), best.get(t)) > 0
		}
	}
	switch p {
	case MostRecent:
		return at(catalog.UpdatedAt, 1), nil
	case Earliest:
		return at(catalog.CreatedAt, -1), nil
	case Longest:
		return func(r, best *row) bool { return length(f, r.get(f)) > length(f, best.get(f)) }, nil
	case Min, Max:
		if !ordered(f) {
			return nil, unfit(f)
		}
		sign := 1
		if p == Min {
			sign = -1
		}
		return func(r, best *row) bool { return sign*value.Compare(r.get(f), best.get(f)) > 0 }, nil
	case MostRestrictive:
		if f.Store.Type != driver.Bool {
			return nil, unfit(f)
		}
		return func(r, best *row) bool { return r.get(f).Bool() && !best.get(f).Bool() }, nil
	}
	return func(*row, *row) bool { return false }, nil // NonEmpty: the first
}

// ordered says whether the values of a field have an order that means something.
func ordered(f *catalog.Field) bool {
	switch f.Store.Type {
	case driver.Int, driver.Float, driver.Decimal, driver.Text, driver.Date, driver.Time, driver.DateTime:
		return f.Ref == nil
	}
	return false
}

func unfit(f *catalog.Field) *errs.Error {
	return errs.New(errs.InvalidInput, "the policy does not fit fields of type %s", "该策略不适用于类型为“%s”的字段", words.FieldType(f.Kind))
}

// length is how long a value is as the API shows it, in characters.
func length(f *catalog.Field, v value.Value) int {
	return utf8.RuneCount(f.Type.AppendJSON(nil, v))
}

// union is what is in any of the lists, in the order in which it comes up.
func union(f *catalog.Field, rows []*row) (value.Value, string, *errs.Error) {
	var out []json.RawMessage
	seen := map[string]bool{}
	for _, r := range rows {
		v := r.get(f)
		var items []json.RawMessage
		if v.Kind() != value.KindList || json.Unmarshal([]byte(v.Text()), &items) != nil {
			return value.Null, "", unfit(f)
		}
		for _, x := range items {
			if !seen[string(x)] {
				seen[string(x)] = true
				out = append(out, x)
			}
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return value.Null, "", errs.From(err)
	}
	return value.List(string(b)), "union", nil
}
