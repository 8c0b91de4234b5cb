package fixed

import (
	"strconv"
	"time"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/platform/auth"
	"github.com/tenon-platform/tenon/platform/ident"
)

// Moment is a time that may be missing.
func Moment(t time.Time) *DateTime {
	if t.IsZero() {
		return nil
	}
	return &DateTime{t}
}

// Scope is the input by which a key is restricted.
type Scope struct {
	ReadOnly         *bool
	Objects, Actions *[]string
}

// Scope is what the input means; nil for nil.
func (s *Scope) Scope() *ident.Scope {
	if s == nil {
		return nil
	}
	out := &ident.Scope{ReadOnly: s.ReadOnly != nil && *s.ReadOnly}
	if s.Objects != nil {
		out.Objects = *s.Objects
	}
	if s.Actions != nil {
		out.Actions = *s.Actions
	}
	return out
}

// Key shows an API key.
type Key struct {
	ID        graphql.ID
	Label     string
	CreatedAt *DateTime
	UsedAt    *DateTime
	ExpiresAt *DateTime
	Budget    *float64
	ReadOnly  bool
	Objects   []string
	Actions   []string
}

// KeysOf shows API keys.
func KeysOf(keys []*auth.Key) (out []Key) {
	for _, k := range keys {
		v := Key{ID: id(k.ID), Label: k.Label, CreatedAt: Moment(k.Created), UsedAt: Moment(k.Used), ExpiresAt: Moment(k.Ends), Objects: []string{}, Actions: []string{}}
		if k.Budget > 0 {
			n := float64(k.Budget)
			v.Budget = &n
		}
		if s := k.Scope; s != nil {
			v.ReadOnly, v.Objects, v.Actions = s.ReadOnly, append(v.Objects, s.Objects...), append(v.Actions, s.Actions...)
		}
		out = append(out, v)
	}
	return out
}

// Session shows somebody's being signed in.
type Session struct {
	ID        graphql.ID
	CreatedAt DateTime
	UsedAt    DateTime
	ExpiresAt DateTime
	Address   string
	Agent     string
	Current   bool
}

// SessionsOf shows sessions; current is the id of the caller's.
func SessionsOf(all []*auth.Session, current string) (out []Session) {
	for _, s := range all {
		out = append(out, Session{ID: id(s.ID), CreatedAt: DateTime{s.Created}, UsedAt: DateTime{s.Used}, ExpiresAt: DateTime{s.Ends},
			Address: s.Address, Agent: s.Agent, Current: string(id(s.ID)) == current})
	}
	return out
}

func id(n int64) graphql.ID { return graphql.ID(strconv.FormatInt(n, 10)) }
