package packages_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/value"
)

// TestSeedsFitTheirFields reads every value as the record runtime would, tries the rules that
// look at the record alone, and holds unique keys against each other.
func TestSeedsFitTheirFields(t *testing.T) {
	cat, all := resolved(t)
	s := &seeder{now: time.Date(2026, 8, 3, 2, 0, 0, 0, time.UTC), ids: map[string]string{}, keys: map[string]string{}}
	for _, p := range all {
		for _, d := range p.Data {
			o := cat.Object(d.Object)
			if o == nil {
				t.Errorf("%s: data for the unknown object %s", p.Manifest.Name, d.Object)
				continue
			}
			for _, rec := range d.Records {
				s.record(t, p.Manifest.Name, o, rec)
			}
		}
	}
}

// seeder plays the loading of the data without a store.
type seeder struct {
	now  time.Time
	pkg  string
	ids  map[string]string // "package:key" → id
	keys map[string]string // object, key and values → the record that has them
}

// seed is one seed record with its values read.
type seed struct {
	name   string
	object *catalog.Object
	values map[*catalog.Field]value.Value
}

func (s *seeder) record(t *testing.T, pkg string, o *catalog.Object, rec model.SeedRecord) {
	t.Helper()
	s.pkg = pkg
	r := &seed{name: pkg + ":" + rec.Key, object: o, values: map[*catalog.Field]value.Value{}}
	for _, f := range o.Fields {
		if f.Default != nil && f.Default.Expr == nil {
			r.values[f] = f.Default.Value
		}
	}
	for name, raw := range rec.Values {
		f := o.Field(name)
		if f == nil || f.Computed() {
			t.Errorf("%s: %s has no field %s that takes values", r.name, o.Name, name)
			continue
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var in any
		if err := d.Decode(&in); err != nil {
			t.Fatal(err)
		}
		v, err := f.Type.Coerce(s.input(t, f, in))
		if err != nil {
			t.Errorf("%s: %s: %s", r.name, name, err.Message.En)
			continue
		}
		r.values[f] = v
	}
	r.required(t)
	r.rules(t, s.now)
	s.unique(t, r)
	s.ids[r.name] = o.IDPrefix + "_" + strconv.Itoa(len(s.ids)+1)
}

// input turns references into ids of their target and relative moments into moments.
func (s *seeder) input(t *testing.T, f *catalog.Field, in any) any {
	t.Helper()
	switch x := in.(type) {
	case string:
		return s.absolute(t, f, x)
	case []any:
		for i := range x {
			x[i] = s.input(t, f, x[i])
		}
	case map[string]any:
		if key, ok := x["ref"].(string); ok && len(x) == 1 && f.Ref != nil {
			if !strings.Contains(key, ":") {
				key = s.pkg + ":" + key
			}
			return s.ids[key]
		}
	}
	return in
}

func (s *seeder) absolute(t *testing.T, f *catalog.Field, in string) string {
	t.Helper()
	if days, ok := strings.CutPrefix(in, "=TODAY"); ok {
		n, err := strconv.Atoi(days)
		if err != nil && days != "" {
			t.Errorf("%s: bad relative date %s", f.Name, in)
		}
		return s.now.AddDate(0, 0, n).Format(time.DateOnly)
	}
	if after, ok := strings.CutPrefix(in, "=NOW"); ok {
		d, err := time.ParseDuration(after)
		if err != nil {
			t.Errorf("%s: bad relative moment %s", f.Name, in)
		}
		return s.now.Add(d).Format(time.RFC3339)
	}
	return in
}

func (r *seed) required(t *testing.T) {
	t.Helper()
	for _, f := range r.object.Fields {
		if f.Required && !f.Computed() && r.values[f].IsNull() && (f.Default == nil || f.Default.Expr == nil) {
			t.Errorf("%s: %s is required", r.name, f.Name)
		}
	}
}

// rules tries the rules whose inputs all lie in the record itself.
func (r *seed) rules(t *testing.T, now time.Time) {
	t.Helper()
	env := expr.Env{NowMicros: now.UnixMicro(), IsNew: true}
	for _, rule := range r.object.Rules {
		if v, ok := r.eval(rule.When, env); ok && rule.Create && !rule.Warning && v.Kind() == value.KindBool && v.Bool() {
			t.Errorf("%s: breaks the rule %s: %s", r.name, rule.Name, rule.Message.In("en"))
		}
	}
}

func (r *seed) eval(p *expr.Program, env expr.Env) (value.Value, bool) {
	in := make([]value.Value, len(p.Inputs()))
	for i, x := range p.Inputs() {
		f := r.object.Field(x.Field)
		if x.Kind != expr.FieldInput || len(x.Path) > 0 || f == nil || f.Rollup != nil {
			return value.Null, false
		}
		in[i] = r.values[f]
		if f.Formula != nil {
			v, ok := r.eval(f.Formula.Program, env)
			if !ok {
				return value.Null, false
			}
			in[i] = v
		}
	}
	return p.Eval(in, env), true
}

// unique finds two seeds with the same values of a unique key.
func (s *seeder) unique(t *testing.T, r *seed) {
	t.Helper()
	for _, k := range r.object.Keys {
		id := r.object.Name + "." + k.Name
		whole := true
		if k.Where != nil {
			v, ok := r.eval(k.Where, expr.Env{NowMicros: s.now.UnixMicro()})
			whole = ok && v.Kind() == value.KindBool && v.Bool()
		}
		for _, f := range k.Fields {
			v := r.values[f]
			if whole = whole && !v.IsNull() && !f.Computed(); whole {
				id += "|" + strings.ToLower(string(f.Type.AppendJSON(nil, v)))
			}
		}
		if !whole {
			continue
		}
		if other, ok := s.keys[id]; ok {
			t.Errorf("%s and %s have the same %s", other, r.name, k.Name)
		}
		s.keys[id] = r.name
	}
}
