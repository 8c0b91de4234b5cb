// Package ident carries who asks, for which tenant and in which language through a context.
// What the caller may do is decided by runtime/access, not here.
package ident

import (
	"context"
	"slices"
)

// Principal is an authenticated caller.
type Principal struct {
	UserID  int64    // id of the user record; 0 for the platform itself
	Name    string   // login name, for audit and logs
	Roles   []string // role names
	Admin   bool     // may administer the tenant
	Key     string   // id of the API key used, "" for a session
	Session string   // id of the session, "" for a key
	Pending bool     // has to set an authenticator up before anything else
	Budget  int64    // what the key's operations may cost in a minute; 0: as much as they like
	Scope   *Scope   // what the key is restricted to; nil: to what its user may do
}

// Scope restricts an API key beyond what its user may do. Who calls with one administers nothing.
type Scope struct {
	ReadOnly bool     `json:"readOnly,omitempty"`
	Objects  []string `json:"objects,omitempty"` // names of those it reaches; empty: all
	Actions  []string `json:"actions,omitempty"` // those it may start, as object.action; empty: all of the objects that it reaches
	// Admin says that the user is an administrator, so that this alone restricts what records are reached.
	Admin bool `json:"admin,omitempty"`
}

// Reaches says whether a scope lets the records of an object be reached; nil reaches all.
func (s *Scope) Reaches(object string) bool {
	return s == nil || len(s.Objects) == 0 || slices.Contains(s.Objects, object)
}

// Local is the address of requests over the control socket.
const Local = "local"

// Caller is everything a request knows about where it comes from.
type Caller struct {
	Tenant    string
	Principal Principal
	Locale    string // BCP 47; "en" when unknown
	Address   string // of the network that the request came from; Local for the control socket
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
