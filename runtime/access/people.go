package access

import (
	"context"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Active says whether a user may sign in at all: there is a record, and its status, where it has
// one, is "active". User 0 stands for logins without a record.
func (s *Service) Active(ctx context.Context, tx store.Tx, user int64) (bool, error) {
	if user == 0 {
		return true, nil
	}
	c, err := s.current()
	if err != nil || c.q.user == nil {
		return false, err
	}
	active := false
	err = look(ctx, tx, c.q.user, func(r driver.Rows) {
		v := r.Value(0)
		active = v.IsNull() || v.Text() == "active"
	}, value.Ref(user))
	return active, err
}

// Tables are the tables of which one is written to whenever what Active says changes.
func (s *Service) Tables() []string { return []string{versionTable} }

// Rule is the catalogue that says which field of which object makes a user active.
func (s *Service) Rule() any { return s.tenant.Catalog() }

// UserNamed finds the record of the user with a sign-in name, in whatever case; 0 when there is none.
func (s *Service) UserNamed(ctx context.Context, name string) (id int64, err error) {
	users := s.tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil || users.Field("username") == nil {
		return 0, nil
	}
	p := &preparing{db: s.tenant.Store}
	st := p.stmt(users, driver.Match{Mode: "prefix", Arg: col(users, "username"), Pattern: p0}, driver.Col{Name: catalog.ID}, col(users, "username"))
	if p.err != nil {
		return 0, p.err
	}
	err = s.tenant.Store.View(ctx, func(tx store.Tx) error {
		id = 0
		return look(ctx, tx, st, func(r driver.Rows) {
			if strings.EqualFold(r.Value(1).Text(), name) {
				id = r.Value(0).Int()
			}
		}, value.Text(name))
	})
	return id, err
}

// Person is how a user is shown to others: the name of the record, and the language that it asks for.
type Person struct {
	Name, Locale string
}

// Person reads a user's record; the zero Person when there is none.
func (s *Service) Person(ctx context.Context, user int64) (who Person, err error) {
	users := s.tenant.Catalog().Serving(catalog.ServesUser)
	if users == nil || user == 0 {
		return who, nil
	}
	name := driver.Expr(driver.Const{Value: value.Null})
	if users.NameField != nil && users.NameField.Column != "" {
		name = users.NameField.Col()
	}
	p := &preparing{db: s.tenant.Store}
	st := p.stmt(users, is(id, p0), name, col(users, "locale"))
	if p.err != nil {
		return who, p.err
	}
	err = s.tenant.Store.View(ctx, func(tx store.Tx) error {
		return look(ctx, tx, st, func(r driver.Rows) { who = Person{strings.Clone(r.Value(0).Text()), strings.Clone(r.Value(1).Text())} }, value.Ref(user))
	})
	return who, err
}

// sorted gives names in order, each once, so that equal sets have equal keys.
func sorted(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}
