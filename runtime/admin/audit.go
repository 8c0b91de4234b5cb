package admin

import (
	"context"

	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql/fixed"
)

func (r *resolver) log() fixed.AuditLog { return fixed.AuditLog{Log: r.audit, User: r.userID} }

// AuditLog gives entries, the newest first.
func (r *resolver) AuditLog(ctx context.Context, a fixed.AuditPage) ([]fixed.AuditEntry, error) {
	if err := r.needs(ctx, access.RightViewAudit); err != nil {
		return nil, err
	}
	return r.log().List(ctx, a)
}

// AuditKinds are the kinds of entries.
func (r *resolver) AuditKinds(ctx context.Context) ([]fixed.AuditKind, error) {
	if err := r.needs(ctx, access.RightViewAudit); err != nil {
		return nil, err
	}
	return fixed.AuditKinds(), nil
}

// VerifyAudit reads the whole chain.
func (r *resolver) VerifyAudit(ctx context.Context, a struct{ Head string }) (*fixed.Verification, error) {
	if err := r.needs(ctx, access.RightViewAudit); err != nil {
		return nil, err
	}
	return r.log().Verify(ctx, a.Head)
}
