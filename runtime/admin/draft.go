package admin

import (
	"context"
	"encoding/json"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
)

type draftResolver struct{ d publish.Draft }

func (d draftResolver) Version() int32       { return int32(d.d.Version) }
func (d draftResolver) Base() int32          { return int32(d.d.Base) }
func (d draftResolver) Files() (JSON, error) { return toJSON(d.d.Files) }
func (d draftResolver) Author() string       { return d.d.Author }

func (d draftResolver) At() *DateTime {
	if d.d.Version == 0 {
		return nil
	}
	return &DateTime{Time: d.d.At}
}

// Draft gives what is being changed.
func (r *resolver) Draft(ctx context.Context) (*draftResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	d, err := r.publish.Draft(ctx)
	return &draftResolver{d}, fail(err)
}

// SaveDraft keeps what is being changed.
func (r *resolver) SaveDraft(ctx context.Context, a struct {
	Files   JSON
	Version int32
}) (*draftResolver, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	var files map[string]*string
	if json.Unmarshal(a.Files, &files) != nil {
		return nil, fail(errs.New(errs.InvalidInput, "files gives each path its text or null", "files 须为“路径 → 文本或 null”的映射").On("files"))
	}
	c, _ := ident.From(ctx)
	d, err := r.publish.SaveDraft(ctx, files, int64(a.Version), c.Principal.Name)
	return &draftResolver{d}, fail(err)
}

// Check says what is wrong with packages.
func (r *resolver) Check(ctx context.Context, a struct {
	Packages *Packages
	Remove   *[]string
}) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	b, err := a.Packages.bundle()
	if err != nil {
		return nil, fail(err)
	}
	var remove []string
	if a.Remove != nil {
		remove = *a.Remove
	}
	findings, err := r.publish.Check(ctx, b, remove)
	if err != nil {
		return nil, fail(err)
	}
	if findings == nil {
		findings = diag.List{}
	}
	return toJSON(findings)
}

// Expression says what an expression means.
func (r *resolver) Expression(ctx context.Context, a struct {
	Packages     *Packages
	Object, Text string
	Condition    bool
}) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	b, err := a.Packages.bundle()
	if err != nil {
		return nil, fail(err)
	}
	x, err := r.publish.Expression(ctx, b, a.Object, a.Text, a.Condition)
	if err != nil {
		return nil, fail(err)
	}
	return toJSON(x)
}

// Evaluate tries an expression on a record. Expressions look at whatever they name, so that rights
// over metadata are not enough.
func (r *resolver) Evaluate(ctx context.Context, a struct {
	Record    graphql.ID
	Text      string
	Condition bool
}) (*string, error) {
	if err := onlyAdmins(ctx); err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	p, err := r.access.Profile(ctx, c.Principal)
	if err != nil {
		return nil, fail(err)
	}
	out, err := r.publish.Evaluate(ctx, p, string(a.Record), a.Text, a.Condition)
	if err != nil || out == "" {
		return nil, fail(err)
	}
	return &out, nil
}

// Functions lists those of expressions.
func (r *resolver) Functions(ctx context.Context) (JSON, error) {
	if err := r.needs(ctx, access.RightManageMetadata); err != nil {
		return nil, err
	}
	return toJSON(expr.Functions())
}
