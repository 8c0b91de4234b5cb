package auth

import (
	"context"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
)

// published is who is active by a rule that nothing writes to the store: as after the swap of a publish.
type published struct{ rule string }

func (p *published) Active(context.Context, store.Tx, int64) (bool, error) {
	return p.rule == "all", nil
}
func (p *published) Tables() []string { return nil }
func (p *published) Rule() any        { return p.rule }

// TestRememberedByRule: whom a new rule does not call active is let in no more, however often and lately a
// session or key of theirs was good, and though nothing was written since.
func TestRememberedByRule(t *testing.T) {
	ctx := context.Background()
	s, _ := opened(t)
	in, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good})
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.CreateKey(ctx, NewKey{Login: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	people := &published{"all"}
	s.People = people
	for range 3 { // uses are taken down first, which makes everything be looked up again
		for _, token := range []string{in.Token, key} {
			if _, err := s.Authenticate(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, x := range []struct {
		rule string
		want errs.Code
	}{{"none", errs.Unauthenticated}, {"all", ""}} {
		people.rule = x.rule
		for _, token := range []string{in.Token, key} {
			if _, err := s.Authenticate(ctx, token); err == nil != (x.want == "") || err != nil && errs.CodeOf(err) != x.want {
				t.Errorf("with %q: %v", x.rule, err)
			}
		}
	}
}
