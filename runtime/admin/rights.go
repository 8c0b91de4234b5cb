package admin

import (
	"context"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
)

// admit lets in administrators, and who has a right to administer something: each operation then
// asks for its own right.
func (r *resolver) admit(ctx context.Context, who ident.Principal) *errs.Error {
	if who.Admin {
		return nil
	}
	p, err := r.access.Profile(ctx, who)
	if err != nil {
		return errs.From(err)
	}
	for _, right := range []string{access.RightManageMetadata, access.RightManageUsers, access.RightViewAudit} {
		if p.Has(right) {
			return nil
		}
	}
	return errs.New(errs.Forbidden, "only administrators may do this", "只有管理员可以执行此操作")
}

// needs refuses callers who are no administrators and lack a right. FORBIDDEN.
func (r *resolver) needs(ctx context.Context, right string) error {
	c, _ := ident.From(ctx)
	if c.Principal.Admin {
		return nil
	}
	p, err := r.access.Profile(ctx, c.Principal)
	if err == nil {
		err = access.Require(p, right)
	}
	return fail(err)
}

// onlyAdmins refuses everybody else: what gives more than any right does.
func onlyAdmins(ctx context.Context) error {
	if c, _ := ident.From(ctx); c.Principal.Admin {
		return nil
	}
	return fail(errs.New(errs.Forbidden, "only administrators may do this", "只有管理员可以执行此操作"))
}

// creates refuses callers who may not make a login, or not one of an administrator.
func (r *resolver) creates(ctx context.Context, admin bool) error {
	if admin {
		return onlyAdmins(ctx)
	}
	return r.needs(ctx, access.RightManageUsers)
}

// manages refuses callers who may not manage a login. Those of administrators only administrators
// manage: who could set their passwords would be one.
func (r *resolver) manages(ctx context.Context, login string) error {
	if err := r.needs(ctx, access.RightManageUsers); err != nil {
		return err
	}
	if err := r.guarded(ctx, login); err != nil {
		return err
	}
	l, err := r.auth.Login(ctx, login)
	if errs.CodeOf(err) == errs.NotFound {
		return nil // the operation says so
	}
	if err != nil {
		return fail(err)
	}
	if l.Admin {
		return onlyAdmins(ctx)
	}
	return nil
}
