package setting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/live"
)

// Service reads and chooses the settings of one tenant. It asks for no permission: administrators
// alone reach it.
type Service struct {
	tenant *live.Tenant
	clock  clock.Clock
}

// New makes the service.
func New(t *live.Tenant, c clock.Clock) *Service { return &Service{tenant: t, clock: c} }

// View is a setting with what was chosen for it. Values are JSON, "null" for none.
type View struct {
	Setting *catalog.Setting
	Default string
	Value   string // what holds where no brand has one of its own
	Chosen  bool   // by an administrator
	Brands  []BrandValue
}

// BrandValue is the value of a brand.
type BrandValue struct {
	Brand string // its id
	Value string
}

// Event is one choice, newest first in a history.
type Event struct {
	At       time.Time
	By       string
	Brand    string // "": for the tenant
	Old, New string // JSON; "null": none of its own
}

// List shows the settings of a package, with "" of all.
func (s *Service) List(ctx context.Context, pkg string) (out []View, err error) {
	cat := s.tenant.Catalog()
	v, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range cat.Settings {
		if pkg == "" || x.Package == pkg {
			out = append(out, s.view(cat, v, x))
		}
	}
	return out, nil
}

func (s *Service) view(cat *catalog.Catalog, v *Values, x *catalog.Setting) View {
	out := View{Setting: x, Default: shown(x, x.Default), Value: shown(x, v.Of(x, 0))}
	_, out.Chosen = v.own(x, 0)
	for p := range v.last {
		if own, ok := v.own(x, p.brand); p.key == x.Key && p.brand != 0 && ok {
			out.Brands = append(out.Brands, BrandValue{brandID(cat, p.brand), shown(x, own)})
		}
	}
	slices.SortFunc(out.Brands, func(a, b BrandValue) int { return cmp.Compare(a.Brand, b.Brand) })
	return out
}

func shown(s *catalog.Setting, v value.Value) string {
	if v.IsNull() {
		return "null"
	}
	return string(s.Type.AppendJSON(nil, v))
}

func brandID(cat *catalog.Catalog, id int64) string {
	if o := cat.Serving(catalog.ServesBrand); o != nil && id != 0 {
		return fmt.Sprintf("%s_%d", o.IDPrefix, id)
	}
	return ""
}

// History tells every choice of a setting, the newest first.
func (s *Service) History(ctx context.Context, key string) (out []Event, err error) {
	cat := s.tenant.Catalog()
	if _, err := find(cat, key); err != nil {
		return nil, err
	}
	v, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	was := map[int64]string{}
	for _, c := range v.changes {
		if c.Key != key {
			continue
		}
		now := cmp.Or(c.Value, "null")
		out = append(out, Event{c.At.AsTime(), c.By, brandID(cat, c.Brand), cmp.Or(was[c.Brand], "null"), now})
		was[c.Brand] = now
	}
	slices.Reverse(out)
	return out, nil
}

func (s *Service) read(ctx context.Context) (v *Values, err error) {
	st, err := s.tenant.Store.Prepare(Query())
	if err != nil {
		return nil, err
	}
	err = s.tenant.Store.View(ctx, func(tx store.Tx) error {
		v, err = Read(ctx, tx, st)
		return err
	})
	return v, err
}

func find(cat *catalog.Catalog, key string) (*catalog.Setting, error) {
	if x := cat.Setting(key); x != nil {
		return x, nil
	}
	e := errs.New(errs.NotFound, "there is no setting %q", "没有设置 %q", key).On("name")
	var known []string
	for _, x := range cat.Settings {
		known = append(known, x.Key)
	}
	return nil, e.Near(key, known)
}

// Set chooses the value of a setting, JSON, for a brand, or with 0 for the tenant; null takes the
// choice back. Operations that begin afterwards see it.
func (s *Service) Set(ctx context.Context, key string, raw []byte, brand int64) (View, error) {
	cat := s.tenant.Catalog()
	x, err := find(cat, key)
	if err != nil {
		return View{}, err
	}
	v, bad := x.Read(raw)
	if bad != nil {
		c := *bad
		return View{}, c.On("value")
	}
	if brand != 0 && !x.ByBrand {
		return View{}, errs.New(errs.InvalidInput, "the setting %s has one value for all brands", "设置 %s 不区分品牌", key).On("brand")
	}
	chosen := value.Null
	if !v.IsNull() {
		chosen = value.JSON(shown(x, v))
	}
	st, err := s.tenant.Store.Prepare(Query())
	if err != nil {
		return View{}, err
	}
	var all *Values
	err = s.tenant.Store.Update(ctx, func(tx store.Tx) error {
		if s.tenant.Catalog() != cat {
			return errs.New(errs.VersionConflict, "the metadata changed meanwhile; try again", "元数据已变更，请重试")
		}
		if err := s.alive(ctx, tx, cat, brand); err != nil {
			return err
		}
		if all, err = Read(ctx, tx, st); err != nil {
			return err
		}
		if all.last[place{key, brand}] == chosen.Text() {
			return nil
		}
		id, err := tx.NextSequence(ctx, table, 1)
		if err != nil {
			return err
		}
		of := value.Null
		if brand != 0 {
			of = value.Ref(brand)
		}
		who, _ := ident.From(ctx)
		err = tx.Insert(ctx, table, []string{"id", "setting", "brand", "value", "at", "by"}, []value.Value{value.Ref(id), value.Text(key), of, chosen,
			value.Instant(s.clock.Now()), value.Text(who.Principal.Name)})
		all.last[place{key, brand}] = chosen.Text()
		return err
	})
	if err != nil {
		return View{}, err
	}
	return s.view(cat, all, x), nil
}

// alive refuses a brand that is not there.
func (s *Service) alive(ctx context.Context, tx store.Tx, cat *catalog.Catalog, brand int64) error {
	if brand == 0 {
		return nil
	}
	o := cat.Serving(catalog.ServesBrand)
	st, err := s.tenant.Store.Prepare(&driver.Query{Table: o.Table, Select: []driver.Expr{driver.Col{Name: catalog.ID}}, Where: driver.And{Args: []driver.Expr{
		driver.Cmp{Op: driver.Eq, L: driver.Col{Name: catalog.ID}, R: driver.Param{N: 0}}, driver.IsNull{Arg: o.Field(catalog.DeletedAt).Col()}}}})
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, st, []value.Value{value.Ref(brand)})
	if err != nil {
		return err
	}
	found := rows.Next()
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	if err == nil && !found {
		err = errs.New(errs.NotFound, "there is no such brand", "没有该品牌").On("brand")
	}
	return err
}
