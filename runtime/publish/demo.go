package publish

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/record"
)

// RemoveDemo purges the demo records of an installed package, the last loaded first. What other
// records need stays: kept names those by their keys. Records are told from others by the external
// ids that loading gave them, so those that people renamed or changed go, too.
func (s *Service) RemoveDemo(ctx context.Context, pkg string) (kept []string, removed int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.bundle()
	if now[pkg] == nil {
		return nil, 0, errs.New(errs.NotFound, "no package %s is installed", "没有安装软件包 %s", pkg)
	}
	packages, findings := s.loaded(now)
	if err := findings.Err(); err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(packages, func(p *model.Package) bool { return p.Manifest.Name == pkg })
	cat := s.Tenant.Catalog()
	l := &seeder{s: s, cat: cat, ids: map[string]string{}}
	ctx = ident.With(ctx, ident.System(s.Tenant.Name))
	kept = []string{}
	for _, d := range slices.Backward(packages[i].Data) {
		o := cat.Object(d.Object)
		if !d.Demo || o == nil {
			continue
		}
		k, n, err := l.purge(ctx, pkg, o, d.Records)
		if err != nil {
			return kept, removed, fmt.Errorf("remove the demo records of %s: %w", pkg, err)
		}
		kept, removed = append(kept, k...), removed+n
	}
	return kept, removed, nil
}

// Demo gives the external ids of the demo records that the installed packages have, loaded or not.
func (s *Service) Demo() (map[string]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	packages, findings := s.loaded(s.bundle())
	if err := findings.Err(); err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range packages {
		for _, d := range p.Data {
			for _, r := range d.Records {
				if d.Demo {
					out[p.Manifest.Name+":"+r.Key] = true
				}
			}
		}
	}
	return out, nil
}

// purge takes records away, the last first. Within one object records may need each other in any
// order, so that it goes on while it gets anywhere.
func (l *seeder) purge(ctx context.Context, pkg string, o *catalog.Object, recs []model.SeedRecord) (kept []string, removed int, err error) {
	if err := l.find(ctx, pkg, o, recs); err != nil {
		return nil, 0, err
	}
	left := slices.Clone(recs)
	slices.Reverse(left)
	left = slices.DeleteFunc(left, func(r model.SeedRecord) bool { return l.ids[pkg+":"+r.Key] == "" })
	for {
		var stuck []model.SeedRecord
		for batch := range slices.Chunk(left, seedBatch) {
			refused, err := l.purgeBatch(ctx, pkg, o, batch)
			if err != nil {
				return nil, removed, err
			}
			stuck, removed = append(stuck, refused...), removed+len(batch)-len(refused)
		}
		if len(stuck) == 0 || len(stuck) == len(left) {
			for _, r := range stuck {
				kept = append(kept, o.Name+" "+r.Key)
			}
			return kept, removed, nil
		}
		left = stuck
	}
}

// purgeBatch gives those of the records that could not be taken away.
func (l *seeder) purgeBatch(ctx context.Context, pkg string, o *catalog.Object, recs []model.SeedRecord) (refused []model.SeedRecord, err error) {
	ops := make([]record.Op, len(recs))
	for i, r := range recs {
		_, number, _ := cutLast(l.ids[pkg+":"+r.Key], "_")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("id of %s: %w", r.Key, err)
		}
		ops[i] = record.Op{Verb: record.Erase, Object: o, ID: id}
	}
	results, err := l.s.Records.Write(ctx, access.Everything, ops, record.Options{Through: true})
	if err != nil {
		return nil, err
	}
	for i, r := range results {
		if r.Err != nil && r.Err.Code != errs.NotFound { // it may have gone with its master
			refused = append(refused, recs[i])
		}
	}
	return refused, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
