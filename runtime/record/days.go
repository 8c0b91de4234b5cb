package record

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/runtime/access"
)

// RefreshDays computes the roll-ups anew whose conditions look at the day, if it is another one than when
// it last did; what depends on them follows. Writes bring them up to date at once, as any roll-up. It says
// how many values differed.
func (s *Service) RefreshDays(ctx context.Context) (n int, err error) {
	cat := s.deps.Tenant.Catalog()
	of := map[*catalog.Object][]*catalog.Field{}
	for _, o := range cat.Objects {
		for _, f := range o.Fields {
			if f.Rollup != nil && f.Rollup.Where != nil && f.Rollup.Where.UsesNow() {
				of[o] = append(of[o], f)
			}
		}
	}
	if len(of) == 0 {
		return 0, nil
	}
	was, today := "", ""
	err = s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		b := s.batch(ctx, tx, cat, access.Everything, Options{})
		today = b.now.AsTime().In(b.zone()).Format("2006-01-02")
		var err error
		was, err = b.seen(daysRow)
		return err
	})
	if err != nil || was == today {
		return 0, err
	}
	for _, o := range cat.Objects {
		if of[o] == nil {
			continue
		}
		drift, err := s.reconcile(ctx, o, of[o], true)
		if n += len(drift); err != nil {
			return n, err
		}
	}
	return n, s.saw(ctx, daysRow, today)
}
