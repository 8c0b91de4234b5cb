package access

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// scoped restricts a profile to what an API key is for. It only ever takes away: what the user may
// not do, no scope allows.
type scoped struct {
	Profile
	scope    *ident.Scope
	key      string
	readOnly bool
	actions  map[string]bool // object.action; nil: all
}

var _ Profile = (*scoped)(nil)

func within(p Profile, s *ident.Scope) (Profile, error) {
	out := &scoped{Profile: p, scope: s, readOnly: s.ReadOnly, actions: set(s.Actions)}
	b, err := json.Marshal(ident.Scope{ReadOnly: s.ReadOnly, Objects: sorted(s.Objects), Actions: sorted(s.Actions)})
	if err != nil {
		return nil, fmt.Errorf("access: %w", err)
	}
	sum := sha256.Sum256(b)
	out.key = p.Key() + "/" + hex.EncodeToString(sum[:12])
	return out, nil
}

func set(names []string) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

func (s *scoped) reaches(o *catalog.Object) bool { return s.scope.Reaches(o.Name) }

func (s *scoped) Key() string { return s.key }

func (s *scoped) Can(o *catalog.Object, op Op) bool {
	return s.reaches(o) && (!s.readOnly || op == Read) && s.Profile.Can(o, op)
}

// Rows of what the key does not reach are none.
func (s *scoped) Rows(o *catalog.Object, op Op, bind Bind) driver.Expr {
	if !s.reaches(o) || s.readOnly && op != Read {
		return driver.Const{Value: value.Bool(false)}
	}
	return s.Profile.Rows(o, op, bind)
}

func (s *scoped) CanRead(f *catalog.Field) bool { return s.reaches(f.Object) && s.Profile.CanRead(f) }

func (s *scoped) CanWrite(f *catalog.Field) bool {
	return !s.readOnly && s.reaches(f.Object) && s.Profile.CanWrite(f)
}

// Part of a roll-up needs that the key reaches what is rolled up; what formulas look up is a matter
// of rows.
func (s *scoped) Part(f *catalog.Field) bool {
	return s.reaches(f.Object) && (f.Rollup == nil || s.reaches(f.Rollup.Child)) && s.Profile.Part(f)
}

func (s *scoped) Masked(f *catalog.Field) bool { return s.reaches(f.Object) && s.Profile.Masked(f) }

// CanReveal is not for keys that read alone: a reveal writes down that it happened, and why.
func (s *scoped) CanReveal(f *catalog.Field) bool {
	return !s.readOnly && s.reaches(f.Object) && s.Profile.CanReveal(f)
}

func (s *scoped) May(o *catalog.Object, permission string) bool {
	return !s.readOnly && s.reaches(o) && s.Profile.May(o, permission)
}

// Starts says whether the holder of a profile may ask for an action by its name. What the action
// needs besides is asked of the profile.
func Starts(p Profile, a *catalog.Action) bool {
	s, ok := p.(*scoped)
	return !ok || !s.readOnly && s.reaches(a.Object) && (s.actions == nil || s.actions[a.Object.Name+"."+a.Name])
}

// Has is true of no right to administer: those are not for keys that are restricted.
func (s *scoped) Has(right string) bool {
	ok := right == RightExport || right == RightAllBrands || right == RightImport && !s.readOnly
	return ok && s.Profile.Has(right)
}

// CheckScope refuses a scope that names what there is not: a mistyped name would otherwise wait for
// an object to come. INVALID_INPUT.
func CheckScope(cat *catalog.Catalog, s *ident.Scope) error {
	for _, n := range s.Objects {
		if cat.Object(n) == nil {
			return errs.New(errs.InvalidInput, "there is no object %s", "没有对象 %s", n).On("objects")
		}
	}
	for _, n := range s.Actions {
		if !hasAction(cat, n) {
			return errs.New(errs.InvalidInput, "there is no action %s; actions are named object.action", "没有动作 %s；动作名形如 object.action", n).On("actions")
		}
	}
	return nil
}

func hasAction(cat *catalog.Catalog, name string) bool {
	object, action, _ := strings.Cut(name, ".")
	o := cat.Object(object)
	return o != nil && o.Action(action) != nil
}
