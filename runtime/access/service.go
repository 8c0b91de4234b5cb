package access

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/casbin/casbin/v2"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/live"
)

// maxCallers is how many callers' profiles are kept.
const maxCallers = 20_000

// Service gives the callers of one tenant their profiles.
type Service struct {
	tenant *live.Tenant
	raised *store.Watch // the version of what records say
	mu     sync.RWMutex
	now    *compiled
}

// NewService makes the service.
func NewService(t *live.Tenant) *Service {
	return &Service{tenant: t, raised: t.Store.Watch(versionTable)}
}

// compiled is everything that follows from one catalogue, and what is known of its callers.
type compiled struct {
	tenant string
	cat    *catalog.Catalog
	q      *lookups
	byName map[string]*catalog.Role
	roles  []*rights  // by Role.Place
	units  bool       // some permission reaches as far as units
	of     []derived  // fields that are computed of children
	looked []lookedUp // fields that are computed over lookups

	mu       sync.RWMutex
	enforcer *casbin.Enforcer
	sets     map[string]*rights // by set of roles
	callers  map[callerKey]known
	seen     atomic.Pointer[seenVersion]
}

// seenVersion is the version as it was read at a mark of its table.
type seenVersion struct{ mark, version int64 }

// callerKey tells callers apart: by their record, and by roles that they bring along.
type callerKey struct {
	user  int64
	roles string
}

// known is a caller's profile as of a version.
type known struct {
	version int64
	p       *profile
}

// Profile gives what a caller may do now. Administrators may do everything; a caller without
// roles sees nothing. A key may do no more than its scope says, whoever its user is.
func (s *Service) Profile(ctx context.Context, p ident.Principal) (Profile, error) {
	out := Everything
	if !p.Admin && (p.Scope == nil || !p.Scope.Admin) {
		own, err := s.profile(ctx, p)
		if err != nil {
			return nil, err
		}
		out = own
	}
	if p.Scope == nil {
		return out, nil
	}
	return within(out, p.Scope)
}

func (s *Service) profile(ctx context.Context, who ident.Principal) (*profile, error) {
	c, err := s.current()
	if err != nil {
		return nil, err
	}
	key := callerKey{user: who.UserID}
	if len(who.Roles) > 0 {
		key.roles = strings.Join(who.Roles, "\x00")
	}
	mark, exact := s.raised.Mark()
	if seen := c.seen.Load(); exact && seen != nil && seen.mark == mark {
		if have, ok := c.caller(key); ok && have.version == seen.version {
			return have.p, nil
		}
	}
	var out *profile
	err = s.tenant.Store.View(ctx, func(tx store.Tx) error {
		version, err := c.version(ctx, tx)
		if err != nil {
			return err
		}
		c.seen.Store(&seenVersion{mark, version})
		if have, ok := c.caller(key); ok && have.version == version {
			out = have.p
			return nil
		}
		if out, err = c.read(ctx, tx, who); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.callers) >= maxCallers {
			clear(c.callers)
		}
		c.callers[key] = known{version, out}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("access: find what %s may do: %w", who.Name, err)
	}
	return out, nil
}

func (c *compiled) caller(k callerKey) (known, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	have, ok := c.callers[k]
	return have, ok
}

// current is what follows from the active catalogue.
func (s *Service) current() (*compiled, error) {
	cat := s.tenant.Catalog()
	s.mu.RLock()
	c := s.now
	s.mu.RUnlock()
	if c != nil && c.cat == cat {
		return c, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil && s.now.cat == cat {
		return s.now, nil
	}
	c, err := compile(s.tenant.Name, s.tenant.Store, cat)
	if err != nil {
		return nil, err
	}
	s.now = c
	return c, nil
}

func compile(tenant string, db *store.DB, cat *catalog.Catalog) (*compiled, error) {
	c := &compiled{tenant: tenant, cat: cat, of: derive(cat), looked: lookUp(cat), byName: map[string]*catalog.Role{}, sets: map[string]*rights{}, callers: map[callerKey]known{}}
	var err error
	if c.q, err = prepareLookups(db, cat); err != nil {
		return nil, err
	}
	if c.enforcer, err = policies(tenant, cat); err != nil {
		return nil, err
	}
	if c.roles, err = compileRoles(tenant, cat, c.enforcer); err != nil {
		return nil, err
	}
	for _, r := range cat.Roles {
		c.byName[r.Name] = r
		c.units = c.units || c.roles[r.Place].units
	}
	return c, nil
}

func (c *compiled) version(ctx context.Context, tx store.Tx) (n int64, err error) {
	err = look(ctx, tx, c.q.version, func(r driver.Rows) { n = r.Value(0).Int() })
	return n, err
}

// read makes a caller's profile from what the records say.
func (c *compiled) read(ctx context.Context, tx store.Tx, who ident.Principal) (*profile, error) {
	k := &caller{ctx: ctx, tx: tx, c: c, user: who.UserID}
	if err := k.read(who); err != nil {
		return nil, err
	}
	set := newBits(len(c.cat.Roles))
	for _, r := range k.roles {
		set.set(r.Place)
	}
	p := &profile{rights: c.rightsOf(k.roles, set), cat: c.cat, roles: k.roleNames(), me: k.me, values: k.values}
	p.key = keyOf(set, &k.me)
	w := &withdrawal{p: p}
	p.disclose(c.of, w)
	p.withhold(c.looked, w)
	c.mu.Lock()
	defer c.mu.Unlock()
	if who.UserID == 0 {
		return p, nil
	}
	return p, assign(c.enforcer, c.tenant, who.UserID, p.roles)
}

// rightsOf adds up the rights of some roles, once for each set of them.
func (c *compiled) rightsOf(roles []*catalog.Role, set bits) *rights {
	key := keyOf(set, &standing{})
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.sets[key]
	if r == nil {
		r = newRights(c.cat)
		for _, role := range roles {
			r.add(c.roles[role.Place])
		}
		c.sets[key] = r
	}
	return r
}

// Values binds the attributes that a statement refers to, in the order that they were met.
type Values struct {
	attrs []Attr
	from  int
}

// NewValues binds attributes to parameters from a number on.
func NewValues(from int) *Values { return &Values{from: from} }

// Bind gives the parameter of an attribute; the same attribute has one.
func (v *Values) Bind(a Attr) driver.Expr {
	for i, have := range v.attrs {
		if have == a {
			return driver.Param{N: v.from + i}
		}
	}
	v.attrs = append(v.attrs, a)
	return driver.Param{N: v.from + len(v.attrs) - 1}
}

// Append appends the values that a caller has for the parameters.
func (v *Values) Append(args []value.Value, p Profile) []value.Value {
	for _, a := range v.attrs {
		args = append(args, p.Value(a))
	}
	return args
}
