package script

import (
	"context"
	"errors"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// Check has a worker compile a source, and run nothing, in the time that a busy machine may take for it. The
// error is as that of Run.
func (p *Pool) Check(ctx context.Context, name, source string) error {
	_, err := p.Run(ctx, Job{Tenant: checks, Name: name, Source: source, Function: "main", compile: true, Limits: Limits{Time: MaxLimits.Time}})
	return err
}

// checks is the tenant that scripts are checked as. No tenant is called so.
const checks = "<checks>"

// Vet finds what is wrong with the scripts of a catalogue. Where no worker can be had it finds nothing.
func (p *Pool) Vet(cat *catalog.Catalog, _ func(*catalog.Approval, string) diag.Pos) (found diag.List) {
	for _, s := range cat.Scripts {
		err := p.Check(context.Background(), "scripts/"+s.Name+".js", s.Source)
		var e *errs.Error
		if !errors.As(err, &e) || e.Code != errs.ScriptFailed && e.Code != errs.ScriptLimit {
			continue
		}
		pos := diag.Pos{File: s.File, Line: 1, Col: 1}
		if n, ok := e.Details["line"].(int); ok {
			pos.Line = n
		}
		if n, ok := e.Details["column"].(int); ok {
			pos.Col = n
		}
		found.Errorf("bad-script", s.Addr().String(), pos, diag.Text{En: strings.TrimSpace(e.Message.En), Zh: strings.TrimSpace(e.Message.Zh)})
	}
	return found
}
