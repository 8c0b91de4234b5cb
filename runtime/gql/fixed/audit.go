package fixed

import (
	"context"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
)

// AuditLog shows the audit log.
type AuditLog struct {
	Log  *audit.Log
	User func(id int64) *graphql.ID // shows a user's id
}

// AuditPage are the arguments of a page of the log.
type AuditPage struct {
	Before      *float64
	First       int32
	Kind, Login string
}

// List gives a page of the log, the newest entries first.
func (l AuditLog) List(ctx context.Context, a AuditPage) (out []AuditEntry, err error) {
	f := audit.Filter{First: int(a.First), Kind: a.Kind, Name: a.Login}
	if a.Before != nil {
		if f.Before = int64(*a.Before); f.Before <= 0 {
			return nil, errs.New(errs.InvalidInput, "before is the number of an entry", "before 须为条目编号").On("before")
		}
	}
	all, err := l.Log.List(ctx, f)
	for _, e := range all {
		out = append(out, AuditEntry{e, l.User(e.UserID)})
	}
	return out, Fail(err)
}

// Verify reads the whole chain.
func (l AuditLog) Verify(ctx context.Context, head string) (*Verification, error) {
	var kept audit.Head
	if head != "" {
		var err error
		if kept, err = audit.ParseHead(head); err != nil {
			return nil, errs.New(errs.InvalidInput, "a head is the number and the hash that an earlier verification gave", "head 须为此前验证给出的编号与哈希").On("head").Because(err)
		}
	}
	at, fault, err := l.Log.Verify(ctx, kept)
	if err != nil {
		return nil, Fail(err)
	}
	return &Verification{float64(at.Number), at.String(), fault}, nil
}

// AuditEntry shows an entry of the log. Numbers of entries are Floats: an Int ends at 2³¹.
type AuditEntry struct {
	e    audit.Entry
	user *graphql.ID
}

func (v AuditEntry) Number() float64        { return float64(v.e.Number) }
func (v AuditEntry) At() DateTime           { return DateTime{v.e.At} }
func (v AuditEntry) Kind() string           { return v.e.Kind.String() }
func (v AuditEntry) Login() string          { return v.e.Name }
func (v AuditEntry) User() *graphql.ID      { return v.user }
func (v AuditEntry) Key() *string           { return text(v.e.Key) }
func (v AuditEntry) Address() *string       { return text(v.e.Address) }
func (v AuditEntry) Subject() string        { return v.e.Subject }
func (v AuditEntry) Details() (JSON, error) { return ToJSON(v.e.Details) }

// Says tells what happened in the language asked for.
func (v AuditEntry) Says(a struct{ Locale string }) string { return v.e.Kind.Says().In(a.Locale) }

// AuditKind shows a kind of entries.
type AuditKind struct{ k audit.Kind }

func (v AuditKind) Kind() string                          { return v.k.String() }
func (v AuditKind) Says(a struct{ Locale string }) string { return v.k.Says().In(a.Locale) }

// AuditKinds are all kinds of entries.
func AuditKinds() (out []AuditKind) {
	for _, k := range audit.Kinds() {
		out = append(out, AuditKind{k})
	}
	return out
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Verification is what reading the whole log found.
type Verification struct {
	Number float64
	Head   string
	fault  *audit.Fault
}

func (v *Verification) Fault() *Fault {
	if v.fault == nil {
		return nil
	}
	return &Fault{float64(v.fault.Number), v.fault.Why}
}

// Fault is the first place where the log is broken.
type Fault struct {
	Number float64
	why    diag.Text
}

func (f *Fault) Why(a struct{ Locale string }) string { return f.why.In(a.Locale) }
