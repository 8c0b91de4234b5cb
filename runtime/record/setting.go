package record

import (
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/setting"
)

// setting is what a setting is for a record: by its brand, if it has one with a value of its own.
func (b *batch) setting(key string, r *row) (value.Value, error) {
	s := b.cat.Setting(key)
	if s == nil {
		return value.Null, nil
	}
	if b.chosen == nil {
		st, err := b.plans.stmt("settings", setting.Query)
		if err != nil {
			return value.Null, err
		}
		if b.chosen, err = setting.Read(b.ctx, b.tx, st); err != nil {
			return value.Null, err
		}
	}
	brand := int64(0)
	if r != nil {
		if f := r.object.BrandOf(); f != nil && f.Column != "" {
			brand = r.get(f).Int()
		}
	}
	return b.chosen.Of(s, brand), nil
}
