// Package ident carries who asks, for which tenant and in which language through a context.
// What the caller may do is decided by runtime/access, not here.
package ident

import "context"

// Principal is an authenticated caller.
type Principal struct {
	UserID int64    // id of the user record; 0 for the platform itself
	Name   string   // login name, for audit and logs
	Roles  []string // role names
	Admin  bool     // may administer the tenant
	Key    string   // id of the API key used, "" for a session
	Budget int64    // what the key's operations may cost in a minute; 0: as much as they like
}

// Caller is everything a request knows about where it comes from.
type Caller struct {
	Tenant    string
	Principal Principal
	Locale    string // BCP 47; "en" when unknown
}

// System is the platform acting for itself, in migrations and jobs.
func System(tenant string) Caller {
	return Caller{Tenant: tenant, Principal: Principal{Name: "system", Admin: true}, Locale: "en"}
}

type key struct{}

// With puts the caller into a context.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From gets the caller; ok is false where nobody was put in.
func From(ctx context.Context) (c Caller, ok bool) {
	c, ok = ctx.Value(key{}).(Caller)
	return c, ok
}
