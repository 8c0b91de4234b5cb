package publish

import (
	"context"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/plan"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// filler gives existing records the values of new and retyped fields while writers go on; what
// they write meanwhile is caught up in the swap.
type filler struct {
	s     *Service
	cat   *catalog.Catalog
	specs []record.FillSpec
	since int64 // event after which writes are caught up
	total int64 // records
}

func (s *Service) newFiller(ctx context.Context, cat *catalog.Catalog, fills []plan.Fill) (*filler, error) {
	f := &filler{s: s, cat: cat}
	var err error
	if f.since, err = s.Records.Position(ctx); err != nil {
		return nil, err
	}
	for _, x := range fills {
		spec := record.FillSpec{Object: x.Object, Default: x.Default, Compute: x.Compute}
		for _, c := range x.Convert {
			spec.Convert = append(spec.Convert, record.Convert{Column: c.Old.Column, To: c.New, Value: func(v value.Value) value.Value {
				out, ok := convert(c.Old, c.New, v)
				if !ok {
					return value.Null // the plan has counted it, and it was allowed
				}
				return out
			}})
		}
		n, err := s.countWhere(ctx, x.Object.Table, nil)
		if err != nil {
			return nil, err
		}
		f.total += *n
		f.specs = append(f.specs, spec)
	}
	return f, nil
}

func (f *filler) run(ctx context.Context) error {
	for _, spec := range f.specs {
		for after := int64(0); ; {
			last, n, err := f.s.Records.Fill(ctx, f.cat, spec, after)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			f.s.prog.step(int64(n))
			after = last
		}
	}
	return nil
}
