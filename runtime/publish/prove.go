package publish

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
)

// longProved is how long the cases of a publish may take.
const longProved = 60 * time.Second

// Prove runs the cases that the processes of a package carry, apart from the tenant: all are the
// packages that it would be installed with. What it finds keeps the package from being published.
type Prove func(ctx context.Context, p *model.Package, all []*model.Package) (diag.List, error)

// proving is what was proved last: the same files need it no second time, when a plan is applied.
type proving struct {
	files    [sha256.Size]byte
	findings diag.List
}

// prove lets the cases of the changed packages among all of a bundle run, whose files have that digest. Going back to an earlier revision asks
// for none: it was published once.
func (s *Service) prove(ctx context.Context, p *Proposal, files [sha256.Size]byte, all []*model.Package) (diag.List, error) {
	if s.opt.Prove == nil || p.Restores > 0 {
		return nil, nil
	}
	if s.proved != nil && s.proved.files == files {
		return s.proved.findings, nil
	}
	ctx, cancel := context.WithTimeout(ctx, longProved)
	defer cancel()
	var out diag.List
	for _, x := range all {
		if p.Packages[x.Manifest.Name] == nil || !slices.ContainsFunc(x.Tests, func(t model.Tests) bool { return t.OfProcess }) {
			continue
		}
		found, err := s.opt.Prove(ctx, x, all)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			out.Errorf("cases-too-long", addr.Package(x.Manifest.Name).String(), x.Tests[0].Pos.At(""),
				diag.Textf("the cases of the processes take more than %d seconds", "流程用例耗时超过 %d 秒", int(longProved.Seconds())))
			break
		}
		if err != nil {
			return nil, fmt.Errorf("run the cases of the package %s: %w", x.Manifest.Name, err)
		}
		out = append(out, found...)
	}
	s.proved = &proving{files, out}
	return out, nil
}
