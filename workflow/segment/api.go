package segment

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/resolve"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/graph"
)

//go:embed schema.graphql
var schema string

// Fixed is the part of the GraphQL API that segments are. It is for administrators: others see who belongs by
// the field, as far as they see the record.
func (s *Service) Fixed() graph.Fixed { return graph.Fixed{SDL: schema, Run: s.run} }

func (s *Service) run(ctx context.Context, p access.Profile, field string, args map[string]any) (json.RawMessage, error) {
	if c, _ := ident.From(ctx); !c.Principal.Admin || c.Principal.Scope != nil && !c.Principal.Scope.Admin {
		return nil, errs.New(errs.Forbidden, "only administrators look after segments", "只有管理员可以管理细分群体")
	}
	out, err := s.answer(ctx, p, field, args)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *Service) answer(ctx context.Context, p access.Profile, field string, args map[string]any) (any, error) {
	cat := s.deps.Tenant.Catalog()
	if field == "segments" {
		out := []any{}
		for _, x := range cat.Segments {
			one, err := s.show(ctx, p, cat, x)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
		return out, nil
	}
	name, _ := args["segment"].(string)
	x := cat.Segment(name)
	if x == nil {
		return nil, errs.New(errs.NotFound, "there is no segment %q", "没有细分群体 %q", name).On("segment")
	}
	if field == "previewSegment" {
		return s.preview(ctx, p, cat, x, args)
	}
	if x.When == nil {
		return nil, errs.New(errs.InvalidInput, "people say who belongs to %s", "%s 的归属由人员决定", name).On("segment")
	}
	err := s.deps.Tenant.Store.Update(ctx, func(tx store.Tx) error {
		key := key(x.Name, x.Digest())
		if err := s.engine.Drop(ctx, tx, key); err != nil {
			return err
		}
		j, err := look{Segment: x.Name, Digest: x.Digest()}.job(s.engine.Now())
		if err != nil {
			return err
		}
		return s.engine.Enqueue(ctx, tx, j)
	})
	if err != nil {
		return nil, err
	}
	return s.show(ctx, p, cat, x)
}

func (s *Service) show(ctx context.Context, p access.Profile, cat *catalog.Catalog, x *catalog.Segment) (map[string]any, error) {
	n, err := s.count(ctx, p, cat, x.Object, driver.Cmp{Op: driver.Eq, L: x.Field.Col(), R: driver.Const{Value: value.Bool(true)}})
	out := map[string]any{"name": x.Name, "label": x.Decl.Label.In(locale(ctx)), "object": x.Object.Name, "field": x.Field.Name, "when": nil, "members": n}
	if x.When != nil {
		out["when"] = x.Decl.When
	}
	return out, err
}

func locale(ctx context.Context) string {
	c, _ := ident.From(ctx)
	return c.Locale
}

// count counts records that the caller sees.
func (s *Service) count(ctx context.Context, p access.Profile, cat *catalog.Catalog, o *catalog.Object, where driver.Expr) (n int64, err error) {
	err = s.deps.Tenant.Store.View(ctx, func(tx store.Tx) error {
		got, err := s.deps.Records.Seeing(ctx, tx, cat, p).Figures(o, []driver.Expr{where}, []driver.Agg{{Func: driver.Count}})
		if err == nil {
			n = got[0].Int()
		}
		return err
	})
	return n, err
}

// preview counts who would belong by a condition that the store can look for.
func (s *Service) preview(ctx context.Context, p access.Profile, cat *catalog.Catalog, x *catalog.Segment, args map[string]any) (any, error) {
	when, program := args["when"], x.When
	if src, given := when.(string); given {
		var wrong []expr.Problem
		program, wrong = expr.Compile(src, expr.Options{Scope: resolve.Scope(cat), Object: x.Object.Name, Zone: cat.Zone, Loc: expr.Location(cat.Zone), Want: expr.Type{Kind: value.KindBool}})
		if program == nil {
			e := errs.New(errs.InvalidInput, "the condition is none", "条件无效").On("when")
			if len(wrong) > 0 {
				e.Message = wrong[0].Summary
			}
			return nil, e
		}
	}
	if program == nil {
		return nil, errs.New(errs.InvalidInput, "people say who belongs to %s", "%s 的归属由人员决定", x.Name).On("segment")
	}
	where, err := program.Filter(expr.Env{NowMicros: value.Instant(s.engine.Now()).Int()})
	if err != nil {
		return nil, errs.New(errs.InvalidInput, "the store cannot look for this: save it, and refresh the segment", "存储无法按此条件查找：请保存后刷新").On("when").Because(err)
	}
	return s.count(ctx, p, cat, x.Object, where)
}
