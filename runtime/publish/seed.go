package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// seedBatch is how many seed records one transaction writes.
const seedBatch = 500

// seed loads the data of packages, with demo data where wanted says so, in dependency order and then in order of file names.
// A record that already exists, by external id, is left alone: an admin's changes stay.
func (s *Service) seed(ctx context.Context, b Bundle, wanted map[string]bool) error {
	pkgs, findings := s.loaded(b)
	if err := findings.Err(); err != nil {
		return err
	}
	byName := map[string]*model.Package{}
	for _, p := range pkgs {
		byName[p.Manifest.Name] = p
	}
	cat := s.Tenant.Catalog()
	l := &seeder{s: s, cat: cat, ids: map[string]string{}}
	ctx = ident.With(ctx, ident.System(s.Tenant.Name))
	for _, p := range cat.Packages {
		demo, ok := wanted[p.Name]
		if !ok || byName[p.Name] == nil {
			continue
		}
		for _, d := range byName[p.Name].Data {
			if d.Demo && !demo {
				continue
			}
			if err := l.load(ctx, p.Name, d); err != nil {
				return fmt.Errorf("load data of %s: %w", p.Name, err)
			}
		}
	}
	return nil
}

type seeder struct {
	s   *Service
	cat *catalog.Catalog
	ids map[string]string // "package:key" → id as the API shows it
}

func (l *seeder) load(ctx context.Context, pkg string, d model.Data) error {
	o := l.cat.Object(d.Object)
	if o == nil {
		return errs.New(errs.InvalidInput, "data for the unknown object %s", "数据引用了未知对象 %s", d.Object)
	}
	for _, part := range seedParts(pkg, d.Records, seedBatch) {
		if err := l.batch(ctx, pkg, o, part); err != nil {
			return fmt.Errorf("%s: %w", d.Object, err)
		}
	}
	return nil
}

func (l *seeder) batch(ctx context.Context, pkg string, o *catalog.Object, recs []model.SeedRecord) error {
	if err := l.find(ctx, pkg, o, recs); err != nil {
		return err
	}
	var ops []record.Op
	var keys []string
	for _, r := range recs {
		key := pkg + ":" + r.Key
		if l.ids[key] != "" {
			continue
		}
		in, err := l.values(ctx, pkg, o, r)
		if err != nil {
			return fmt.Errorf("record %s: %w", r.Key, err)
		}
		in[o.Field(catalog.ExternalID).APIName] = key
		id := l.s.Records.NewID() // known at once, for records of the same batch that refer to this one
		l.ids[key] = o.IDPrefix + "_" + strconv.FormatInt(id, 10)
		ops, keys = append(ops, record.Op{Verb: record.Create, Object: o, ID: id, Input: in}), append(keys, r.Key)
	}
	if len(ops) == 0 {
		return nil
	}
	_, err := l.s.Records.Write(ctx, access.Everything, ops, record.Options{Atomic: true, Loader: true})
	if err != nil {
		if e := errs.From(err); e.Index != nil && *e.Index < len(keys) {
			return fmt.Errorf("record %s: %w", keys[*e.Index], err)
		}
		return err
	}
	l.s.prog.step(int64(len(ops)))
	return nil
}

// find looks up which of the records exist already.
func (l *seeder) find(ctx context.Context, pkg string, o *catalog.Object, recs []model.SeedRecord) error {
	keys := make([]string, len(recs))
	for i, r := range recs {
		keys[i] = pkg + ":" + r.Key
	}
	return l.lookup(ctx, o, keys)
}

func (l *seeder) lookup(ctx context.Context, o *catalog.Object, keys []string) error {
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	ext := driver.Col{Name: o.Field(catalog.ExternalID).Column}
	st, err := l.s.Tenant.Store.Prepare(&driver.Query{Table: o.Table, Select: []driver.Expr{driver.Col{Name: "id"}, ext},
		Where: driver.In{Arg: ext, List: driver.Param{N: 0}}})
	if err != nil {
		return err
	}
	return l.s.Tenant.Store.View(ctx, func(tx store.Tx) error {
		return each(ctx, tx, st, []value.Value{value.List(string(list))}, func(r driver.Rows) error {
			l.ids[r.Value(1).Clone().Text()] = o.IDPrefix + "_" + strconv.FormatInt(r.Value(0).Int(), 10)
			return nil
		})
	})
}

// values turns a seed record into input: references resolved, relative dates made absolute.
func (l *seeder) values(ctx context.Context, pkg string, o *catalog.Object, r model.SeedRecord) (map[string]any, error) {
	in := make(map[string]any, len(r.Values)+1)
	for name, raw := range r.Values {
		f := o.Field(name)
		if f == nil {
			return nil, errs.New(errs.InvalidInput, "unknown field %s", "未知字段 %s", name)
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		v, err := l.value(ctx, pkg, f, v)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", name, err)
		}
		in[f.APIName] = v
	}
	return in, nil
}

func (l *seeder) value(ctx context.Context, pkg string, f *catalog.Field, v any) (any, error) {
	switch x := v.(type) {
	case string:
		return Relative(x, l.s.opt.Clock.Now(), l.cat.Zone)
	case []any:
		for i := range x {
			y, err := l.value(ctx, pkg, f, x[i])
			if err != nil {
				return nil, err
			}
			x[i] = y
		}
		return x, nil
	case map[string]any:
		if key, ok := x["ref"].(string); ok && f.Ref != nil && len(x) == 1 {
			return l.ref(ctx, pkg, f, key)
		}
	}
	return v, nil
}

// ref finds the id of another seed record: "key" of the same package, or "package:key".
func (l *seeder) ref(ctx context.Context, pkg string, f *catalog.Field, key string) (any, error) {
	if !strings.Contains(key, ":") {
		key = pkg + ":" + key
	}
	for _, t := range f.Ref.Targets {
		if l.ids[key] != "" {
			break
		}
		if err := l.lookup(ctx, t, []string{key}); err != nil {
			return nil, err
		}
	}
	if l.ids[key] == "" {
		return nil, errs.New(errs.InvalidInput, "refers to %s, which was not loaded before it", "引用了尚未加载的记录 %s", key)
	}
	return l.ids[key], nil
}

var relativeForm = regexp.MustCompile(`^=(TODAY|NOW)(?:([+-]\d+)([dhmwMy])?)?$`)

// Relative turns "=TODAY-30" and "=NOW-2h" into a date or an instant; other text stays. Units are
// d (days, the default), w, M (months), y, and for NOW also h and m (minutes). zone is the IANA name
// of the time zone that days are of.
func Relative(s string, now time.Time, zone string) (string, error) {
	if !strings.HasPrefix(s, "=") {
		return s, nil
	}
	m := relativeForm.FindStringSubmatch(s)
	if m == nil {
		return s, nil
	}
	n := 0
	if m[2] != "" {
		var err error
		if n, err = strconv.Atoi(m[2]); err != nil {
			return "", errs.New(errs.InvalidInput, "%q is no relative date", "%q 不是相对日期", s)
		}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return "", fmt.Errorf("time zone: %w", err)
	}
	t := now.In(loc)
	switch m[3] {
	case "", "d":
		t = t.AddDate(0, 0, n)
	case "w":
		t = t.AddDate(0, 0, 7*n)
	case "M":
		t = t.AddDate(0, n, 0)
	case "y":
		t = t.AddDate(n, 0, 0)
	case "h":
		t = t.Add(time.Duration(n) * time.Hour)
	case "m":
		t = t.Add(time.Duration(n) * time.Minute)
	}
	if m[1] == "TODAY" {
		return t.Format(time.DateOnly), nil
	}
	return t.UTC().Format(time.RFC3339), nil
}
