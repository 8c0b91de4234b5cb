package admin

import (
	"context"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// entryResolver shows an entry of the audit log. Numbers of entries are Floats: an Int ends at 2³¹.
type entryResolver struct {
	e audit.Entry
	r *resolver
}

func (v entryResolver) Number() float64        { return float64(v.e.Number) }
func (v entryResolver) At() DateTime           { return DateTime{Time: v.e.At} }
func (v entryResolver) Kind() string           { return v.e.Kind }
func (v entryResolver) Login() string          { return v.e.Name }
func (v entryResolver) User() *string          { return (*string)(v.r.userID(v.e.UserID)) }
func (v entryResolver) Key() *string           { return text(v.e.Key) }
func (v entryResolver) Address() *string       { return text(v.e.Address) }
func (v entryResolver) Subject() string        { return v.e.Subject }
func (v entryResolver) Details() (JSON, error) { return toJSON(v.e.Details) }

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// AuditLog gives entries, the newest first.
func (r *resolver) AuditLog(ctx context.Context, a struct {
	Before      *float64
	First       int32
	Kind, Login string
}) (out []entryResolver, err error) {
	f := audit.Filter{First: int(a.First), Kind: a.Kind, Name: a.Login}
	if a.Before != nil {
		if f.Before = int64(*a.Before); f.Before <= 0 {
			return nil, fail(errs.New(errs.InvalidInput, "before is the number of an entry", "before 须为条目编号").On("before"))
		}
	}
	all, err := r.audit.List(ctx, f)
	for _, e := range all {
		out = append(out, entryResolver{e, r})
	}
	return out, fail(err)
}

type verification struct {
	Number float64
	Head   string
	fault  *audit.Fault
}

func (v *verification) Fault() *faultResolver {
	if v.fault == nil {
		return nil
	}
	return &faultResolver{float64(v.fault.Number), v.fault.Why}
}

type faultResolver struct {
	Number float64
	why    diag.Text
}

func (f *faultResolver) Why(a struct{ Locale string }) string { return f.why.In(a.Locale) }

// VerifyAudit reads the whole chain.
func (r *resolver) VerifyAudit(ctx context.Context, a struct{ Head string }) (*verification, error) {
	var kept audit.Head
	if a.Head != "" {
		var err error
		if kept, err = audit.ParseHead(a.Head); err != nil {
			return nil, fail(errs.New(errs.InvalidInput, "a head is the number and the hash that an earlier verification gave", "head 须为此前验证给出的编号与哈希").On("head").Because(err))
		}
	}
	at, fault, err := r.audit.Verify(ctx, kept)
	if err != nil {
		return nil, fail(err)
	}
	return &verification{float64(at.Number), at.String(), fault}, nil
}
