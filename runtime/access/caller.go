package access

import (
	"context"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// caller gathers what records say about one user, on one snapshot of the store.
type caller struct {
	ctx   context.Context
	tx    store.Tx
	c     *compiled
	user  int64
	known bool
	// roles are those of the user that the catalogue has, by place.
	roles  []*catalog.Role
	unit   string // path of the user's unit
	places []string
	codes  map[string]map[string]codeHit // platform role of objects → code
	teams  ids
	values map[Attr]value.Value
	me     standing
}

// codeHit says whether a code is of a record that the user belongs to, or of one above.
type codeHit struct{ itself bool }

// read finds everything about a user.
func (k *caller) read(p ident.Principal) error {
	k.values, k.codes, k.teams = map[Attr]value.Value{}, map[string]map[string]codeHit{}, ids{}
	names := append([]string(nil), p.Roles...)
	if err := k.person(&names); err != nil {
		return err
	}
	for _, n := range names {
		if r := k.c.byName[n]; r != nil && !slices.Contains(k.roles, r) {
			k.roles = append(k.roles, r)
		}
	}
	slices.SortFunc(k.roles, func(a, b *catalog.Role) int { return a.Place - b.Place })
	cat := k.c.cat
	k.me = standing{known: k.known, bound: newBits(len(cat.Bounds))}
	for i := range k.me.shared {
		k.me.shared[i], k.me.member[i] = newBits(len(cat.Objects)), newBits(len(cat.Teams))
	}
	if k.known && len(k.roles) > 0 {
		for _, step := range []func() error{k.territories, k.groups, k.bounds, k.shared, k.memberships, k.owners} {
			if err := step(); err != nil {
				return err
			}
		}
	}
	k.rules()
	return nil
}

func (k *caller) look(st driver.Stmt, fn func(driver.Rows), args ...value.Value) error {
	return look(k.ctx, k.tx, st, fn, args...)
}

func (k *caller) me1() value.Value { return value.Ref(k.user) }

// person reads the user's record, roles and unit. A user that is not active has no roles.
func (k *caller) person(names *[]string) error {
	if k.user == 0 {
		return nil
	}
	active, unit := k.c.q.user == nil, value.Null
	err := k.look(k.c.q.user, func(r driver.Rows) {
		s := r.Value(0)
		active, unit = s.IsNull() || s.Text() == "active", r.Value(1)
	}, k.me1())
	if err != nil {
		return err
	}
	if !active {
		*names = nil
		return nil
	}
	k.known = true
	k.values[Attr{Kind: User}] = k.me1()
	if err := k.look(k.c.q.roles, func(r driver.Rows) { *names = append(*names, strings.Clone(r.Value(0).Text())) }, k.me1()); err != nil {
		return err
	}
	if unit.IsNull() {
		return nil
	}
	if err := k.look(k.c.q.unitPath, func(r driver.Rows) { k.unit = strings.Clone(r.Value(0).Text()) }, unit); err != nil {
		return err
	}
	return k.codesOf(catalog.ServesOrgUnit, k.c.q.unitCodes, k.unit)
}

// codesOf notes the codes of the records on a path, whose last one the user belongs to.
func (k *caller) codesOf(of string, st driver.Stmt, path string) error {
	on := pathIDs(path)
	if len(on) == 0 {
		return nil
	}
	set := ids{}
	for _, n := range on {
		set[n] = struct{}{}
	}
	if k.codes[of] == nil {
		k.codes[of] = map[string]codeHit{}
	}
	return k.look(st, func(r driver.Rows) {
		code := strings.Clone(r.Value(1).Text())
		hit := k.codes[of][code]
		hit.itself = hit.itself || r.Value(0).Int() == on[len(on)-1]
		k.codes[of][code] = hit
	}, set.list())
}

func (k *caller) territories() error {
	err := k.look(k.c.q.territories, func(r driver.Rows) {
		if p := r.Value(0); !p.IsNull() && p.Text() != "" {
			k.places = append(k.places, strings.Clone(p.Text()))
		}
	}, k.me1())
	if err != nil {
		return err
	}
	all := ids{}
	for _, path := range k.places {
		if err := k.codesOf(catalog.ServesTerritory, k.c.q.placeCodes, path); err != nil {
			return err
		}
		if err := k.look(k.c.q.placesBelow, func(r driver.Rows) { all.add(r.Value(0)) }, value.Text(path)); err != nil {
			return err
		}
	}
	k.me.territory = len(all) > 0
	k.values[Attr{Kind: Territories}] = all.list()
	return nil
}

// groups reads teams, queues and brands.
func (k *caller) groups() error {
	k.codes[catalog.ServesTeam] = map[string]codeHit{}
	err := k.look(k.c.q.teams, func(r driver.Rows) {
		k.teams.add(r.Value(0))
		k.codes[catalog.ServesTeam][strings.Clone(r.Value(1).Text())] = codeHit{true}
	}, k.me1())
	if err != nil {
		return err
	}
	queues, brands := ids{}, ids{}
	if err := k.look(k.c.q.queues, func(r driver.Rows) { queues.add(r.Value(0)) }, k.me1()); err != nil {
		return err
	}
	if err := k.look(k.c.q.brands, func(r driver.Rows) { brands.add(r.Value(0)) }, k.me1()); err != nil {
		return err
	}
	k.me.queue = len(queues) > 0
	k.values[Attr{Kind: Queues}], k.values[Attr{Kind: Brands}] = queues.list(), brands.list()
	return nil
}

// bounds reads what the references of the user's own record lead to, with all that is below it.
func (k *caller) bounds() error {
	for n, q := range k.c.q.bounds {
		all, path := ids{}, ""
		err := k.look(q.of, func(r driver.Rows) {
			all.add(r.Value(0))
			if v := r.Value(1); !v.IsNull() {
				path = strings.Clone(v.Text())
			}
		}, k.me1())
		if err == nil && path != "" {
			err = k.look(q.below, func(r driver.Rows) { all.add(r.Value(0)) }, value.Text(path))
		}
		if err != nil {
			return err
		}
		if len(all) > 0 {
			k.me.bound.set(n)
			k.values[Attr{Kind: Bound, N: n}] = all.list()
		}
	}
	return nil
}

func (k *caller) roleNames() (out []string) {
	for _, r := range k.roles {
		out = append(out, r.Name)
	}
	return out
}

// reached is records by what one may do with them: 0 read, 1 edit too.
type reached [2]ids

func (k *caller) keep(kind AttrKind, n int, r reached, flags *[2]bits) {
	for i, set := range r {
		if len(set) > 0 {
			flags[i].set(n)
			k.values[Attr{Kind: kind, N: n, Edit: i == 1}] = set.list()
		}
	}
}

func (r *reached) add(v value.Value, edit bool) {
	if r[0] == nil {
		r[0], r[1] = ids{}, ids{}
	}
	r[0].add(v)
	if edit {
		r[1].add(v)
	}
}

// shared reads what was shared by hand: with the user, with teams, with the user's unit or one
// above, and with roles.
func (k *caller) shared() error {
	units := ids{}
	for _, n := range pathIDs(k.unit) {
		units[n] = struct{}{}
	}
	by := map[int]*reached{}
	err := k.look(k.c.q.shares, func(r driver.Rows) {
		prefix, n, ok := splitID(r.Value(0).Text())
		o := k.c.cat.ByPrefix[prefix]
		if !ok || o == nil {
			return
		}
		if by[o.Place] == nil {
			by[o.Place] = &reached{}
		}
		by[o.Place].add(value.Ref(n), r.Value(1).Text() == "edit")
	}, k.me1(), k.teams.list(), units.list(), texts(k.roleNames()))
	for n, r := range by {
		k.keep(Shared, n, *r, &k.me.shared)
	}
	return err
}

func splitID(s string) (prefix string, n int64, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i <= 0 {
		return "", 0, false
	}
	for _, c := range s[i+1:] {
		if c < '0' || c > '9' {
			return "", 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return strings.Clone(s[:i]), n, true
}

// memberships reads the records whose team the user is in.
func (k *caller) memberships() error {
	for n, st := range k.c.q.members {
		var all reached
		if err := k.look(st, func(r driver.Rows) { all.add(r.Value(0), !r.Value(1).IsNull() && r.Value(1).Text() == "edit") }, k.me1()); err != nil {
			return err
		}
		k.keep(Member, n, all, &k.me.member)
	}
	return nil
}

// owners finds the users whose records the caller reaches: by depth, from those below in the
// hierarchy of roles to those of all units below.
func (k *caller) owners() error {
	set := ids{k.user: {}}
	var lower []string
	for _, r := range k.c.cat.Roles {
		for _, mine := range k.roles {
			if r != mine && r.Below(mine) {
				lower = append(lower, r.Name)
				break
			}
		}
	}
	if len(lower) > 0 {
		if err := k.look(k.c.q.holders, func(r driver.Rows) { set.add(r.Value(0)) }, texts(lower)); err != nil {
			return err
		}
	}
	k.ownersAt(catalog.Own, set)
	on := pathIDs(k.unit)
	if !k.c.units || len(on) == 0 {
		k.ownersAt(catalog.Unit, set)
		k.ownersAt(catalog.Subunits, set)
		return nil
	}
	add := func(st driver.Stmt, arg value.Value, to ids) error {
		return k.look(st, func(r driver.Rows) { to.add(r.Value(0)) }, arg)
	}
	if err := add(k.c.q.unitUsers, ids{on[len(on)-1]: {}}.list(), set); err != nil {
		return err
	}
	k.ownersAt(catalog.Unit, set)
	units := ids{}
	if err := add(k.c.q.unitsBelow, value.Text(k.unit), units); err != nil {
		return err
	}
	if err := add(k.c.q.unitUsers, units.list(), set); err != nil {
		return err
	}
	k.ownersAt(catalog.Subunits, set)
	return nil
}

func (k *caller) ownersAt(d catalog.Depth, set ids) {
	k.me.alone[d] = len(set) == 1
	k.values[Attr{Kind: Owners, N: int(d)}] = set.list()
}

// rules finds the sharing rules and restrictions that concern the user.
func (k *caller) rules() {
	k.me.granted, k.me.restricted = newBits(len(k.c.cat.SharingRules)), newBits(len(k.c.cat.Restrictions))
	for _, r := range k.c.cat.SharingRules {
		if k.within(r.To) {
			k.me.granted.set(r.Place)
		}
	}
	for _, r := range k.c.cat.Restrictions {
		if r.From != nil && !k.within(*r.From) {
			continue
		}
		if !slices.ContainsFunc(r.Except, k.within) {
			k.me.restricted.set(r.Place)
		}
	}
}

// within says whether the user is one of an audience.
func (k *caller) within(a catalog.Audience) bool {
	if a.Role != nil {
		return slices.ContainsFunc(k.roles, func(r *catalog.Role) bool { return r == a.Role || a.Below && r.Below(a.Role) })
	}
	hit, ok := k.codes[a.Of][a.Code]
	return ok && (hit.itself || a.Below)
}
