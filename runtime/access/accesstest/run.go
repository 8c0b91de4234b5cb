package accesstest

import (
	"slices"
	"testing"
)

// objects are those whose records are compared.
var objects = []string{"doc", "line", "part", "note", fileObject}

// Oracle compares the platform with the plain rules over random scenes, from a first seed on, until
// at least so many pairs of a user and an object are compared.
func Oracle(t *testing.T, e *Env, cases int, seed uint64) {
	done := 0
	for n := seed; done < cases; n++ {
		s := newScene(n)
		w := s.fill(t, e)
		for u := range nUsers {
			c := &comparison{t: t, s: s, w: w, u: u, keeps: e.Reduced}
			for _, o := range objects {
				c.object(o)
				done++
			}
			if u == int(n)%nUsers {
				c.subscription()
			}
			for _, d := range c.diff {
				t.Errorf("seed %d: %v", n, d)
			}
			if len(c.diff) > 0 {
				t.FailNow()
			}
		}
		must(t, w.DB.Close())
	}
	t.Logf("%d cases from seed %d", done, seed)
}

// Notices leaves one rule after another out of the plain rules: the comparison must find a
// difference, or it would not notice that the platform lacks the rule.
func Notices(t *testing.T, e *Env) {
	left := []string{"owner", "hierarchy", "unit", "subunits", "criteria", "team", "share", "territory", "queue", "brand", "parent", "restriction", "inactive", "exact audience", "belonging", "belonging below", "bound to it"}
	for n := uint64(1); len(left) > 0 && n <= 40; n++ {
		s := newScene(n)
		w := s.fill(t, e)
		left = slices.DeleteFunc(left, func(rule string) bool {
			s.without = rule
			for u := range nUsers {
				c := &comparison{t: t, s: s, w: w, u: u}
				for _, o := range []string{"doc", "part"} {
					// The list alone: what it shows is what the rule is about.
					if !s.allowed(u, o, "read") {
						continue
					}
					list := decode[nodes](c, c.ask("{ "+o+"s(first: 500) { totalCount nodes { id } } }"), o+"s")
					c.same(o, list.ids(), ids(o, s.visible(u, o)))
				}
				if len(c.diff) > 0 {
					return true
				}
			}
			return false
		})
		must(t, w.DB.Close())
	}
	if len(left) > 0 {
		t.Errorf("nothing would tell that these rules are missing: %v", left)
	}
}

// Explains compares what is explained with the plain rules over some scenes; each verdict has a
// reason of its own kind.
func Explains(t *testing.T, e *Env, scenes int) {
	for n := range uint64(scenes) {
		s := newScene(n + 1)
		w := s.fill(t, e)
		for u := range nUsers {
			for _, object := range []string{"doc", "line"} {
				for i := 0; i < s.count(object); i += 4 {
					if s.alive(object, i) {
						s.explained(t, w, u, object, i)
					}
				}
			}
		}
		must(t, w.DB.Close())
	}
}

func (s *scene) explained(t *testing.T, w *Tenant, u int, object string, i int) {
	t.Helper()
	x, err := w.Access.Explain(t.Context(), Principal(userID+int64(u)), w.Cat.Object(object), firstID[object]+int64(i))
	must(t, err)
	for _, v := range x.Verdict {
		if want := s.reaches(u, object, i, v.Op); v.Allowed != want {
			t.Errorf("user %d may %s %s %d: got %v, want %v", u, v.Op, object, i, v.Allowed, want)
		}
		last, denied := v.Reasons[len(v.Reasons)-1].Grants, false
		for _, r := range v.Reasons {
			denied = denied || !r.Grants
		}
		if v.Allowed == denied || v.Allowed && !last {
			t.Errorf("the reasons do not bear %v: %+v", v.Allowed, v.Reasons)
		}
	}
}
