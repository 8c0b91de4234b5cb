package packtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/runtime/publish"
)

// Closure is a package with all that it requires: the tenant's own, which comes after all others and
// may refer to any, with all at hand.
func Closure(p *model.Package, all []*model.Package) (out []*model.Package) {
	if p.Manifest.Name == "tenant" {
		return all
	}
	byName := map[string]*model.Package{}
	for _, x := range all {
		byName[x.Manifest.Name] = x
	}
	var add func(p *model.Package)
	add = func(p *model.Package) {
		if p == nil || slices.Contains(out, p) {
			return // one that is missing is said by the resolver
		}
		out = append(out, p)
		for name := range p.Manifest.Requires {
			add(byName[name])
		}
	}
	add(p)
	return out
}

// Prove runs the cases of the processes of a package before it is published. Each that fails is an
// error with its name and what is different.
func Prove(opt Options) publish.Prove {
	return func(ctx context.Context, p *model.Package, all []*model.Package) (found diag.List, err error) {
		opt := opt
		opt.OfProcesses = true
		if opt.Dir, err = os.MkdirTemp(opt.Dir, "prove-"); err != nil {
			return nil, fmt.Errorf("make a directory for the cases: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(opt.Dir)) }()
		results, _, err := Run(ctx, p, Closure(p, all), opt)
		for _, r := range results {
			for _, f := range r.Failures {
				found.Errorf("case-failed", addr.Package(p.Manifest.Name).String(), f.Pos,
					diag.Text{En: fmt.Sprintf("the case %q fails: %s", r.Name, f.Summary.En), Zh: fmt.Sprintf("用例 %q 未通过：%s", r.Name, f.Summary.Zh)})
			}
		}
		return found, err
	}
}
