package admin

import (
	"context"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/query"
	"github.com/tenon-platform/tenon/runtime/setting"
)

type settingResolver struct{ v setting.View }

func (s settingResolver) Name() string    { return s.v.Setting.Key }
func (s settingResolver) Package() string { return s.v.Setting.Package }
func (s settingResolver) Type() string    { return s.v.Setting.Kind }
func (s settingResolver) Label(a struct{ Locale string }) string {
	return s.v.Setting.Label.In(a.Locale)
}
func (s settingResolver) Help(a struct{ Locale string }) string { return s.v.Setting.Help.In(a.Locale) }
func (s settingResolver) ByBrand() bool                         { return s.v.Setting.ByBrand }
func (s settingResolver) Default() *JSON                        { return orNull(s.v.Default) }
func (s settingResolver) Value() *JSON                          { return orNull(s.v.Value) }
func (s settingResolver) Chosen() bool                          { return s.v.Chosen }

func (s settingResolver) Brands() []brandValueResolver {
	out := make([]brandValueResolver, len(s.v.Brands))
	for i, b := range s.v.Brands {
		out[i] = brandValueResolver{graphql.ID(b.Brand), JSON(b.Value)}
	}
	return out
}

type brandValueResolver struct {
	Brand graphql.ID
	Value JSON
}

func orNull(text string) *JSON {
	if text == "null" {
		return nil
	}
	j := JSON(text)
	return &j
}

func (r *resolver) Settings(ctx context.Context, a struct{ Package *string }) ([]settingResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	pkg := ""
	if a.Package != nil {
		pkg = *a.Package
	}
	all, err := r.publish.Settings.List(ctx, pkg)
	out := make([]settingResolver, len(all))
	for i, v := range all {
		out[i] = settingResolver{v}
	}
	return out, fail(err)
}

type settingChangeResolver struct {
	At    DateTime
	By    string
	Brand *graphql.ID
	Old   *JSON
	New   *JSON
}

func (r *resolver) SettingHistory(ctx context.Context, a struct{ Name string }) ([]settingChangeResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	all, err := r.publish.Settings.History(ctx, a.Name)
	out := make([]settingChangeResolver, len(all))
	for i, e := range all {
		out[i] = settingChangeResolver{At: DateTime{Time: e.At}, By: e.By, Old: orNull(e.Old), New: orNull(e.New)}
		if id := graphql.ID(e.Brand); id != "" {
			out[i].Brand = &id
		}
	}
	return out, fail(err)
}

func (r *resolver) SetSetting(ctx context.Context, a struct {
	Name  string
	Value *JSON
	Brand *graphql.ID
}) (*settingResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	raw, brand := []byte("null"), int64(0)
	if a.Value != nil {
		raw = *a.Value
	}
	if a.Brand != nil {
		o := r.publish.Tenant.Catalog().Serving(catalog.ServesBrand)
		if o == nil {
			return nil, fail(errs.New(errs.NotFound, "there is no such brand", "没有该品牌").On("brand"))
		}
		id, bad := query.ParseID(o, string(*a.Brand))
		if bad != nil {
			return nil, fail(bad.On("brand"))
		}
		brand = id
	}
	v, err := r.publish.Settings.Set(ctx, a.Name, raw, brand)
	if err != nil {
		return nil, fail(err)
	}
	return &settingResolver{v}, nil
}
