package auth

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/seal"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/stores/sqlite"
)

// everybody is active but user 13.
type everybody struct{}

func (everybody) Active(_ context.Context, _ store.Tx, user int64) (bool, error) {
	return user != 13, nil
}

func (everybody) Tables() []string { return nil }
func (everybody) Rule() any        { return nil }

const good = "violet tram to the lake"

// cheap is the cost of passwords in tests.
var cheap = Cost{Time: 1, Memory: 64, Threads: 1}

func opened(t testing.TB) (*Service, *clock.Fixed) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, sqlite.New(t.TempDir(), nil), "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, table := range SystemTables() {
		if err := db.Change(ctx, driver.CreateTable{Table: table}); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := seal.Open("", t.TempDir()+"/keys")
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))
	log, err := audit.Open(ctx, db, keys, clk)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Deps{DB: db, Clock: clk, People: everybody{}, Audit: log, Secrets: keys, Cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetPassword(ctx, "admin", 0, good, true); err != nil {
		t.Fatal(err)
	}
	return s, clk
}

// TestCostRises: a hash of another cost is replaced at the next sign-in, and only then.
func TestCostRises(t *testing.T) {
	ctx := context.Background()
	s, _ := opened(t)
	before, err := s.Login(ctx, "admin")
	if err != nil {
		t.Fatal(err)
	}
	s.Cost = Cost{Time: 2, Memory: 128, Threads: 1}
	if _, err := s.SignIn(ctx, Attempt{Login: "admin", Password: "wrong"}); errs.CodeOf(err) != errs.Unauthenticated {
		t.Fatal(err)
	}
	if l, err := s.Login(ctx, "admin"); err != nil || l.hash != before.hash {
		t.Error("a wrong password replaces the hash", err)
	}
	for range 2 {
		if _, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Login(ctx, "admin")
	if err != nil || !strings.Contains(l.hash, "$m=128,t=2,p=1$") {
		t.Error(l.hash, err)
	}
}

// TestNothingTellsWhoExists: a login that does not exist is hashed for as one that does.
func TestNothingTellsWhoExists(t *testing.T) {
	ctx := context.Background()
	s, clk := opened(t)
	s.Cost = Cost{Time: 2, Memory: 32 << 10, Threads: 1}
	if err := s.SetPassword(ctx, "ann", 0, good, false); err != nil {
		t.Fatal(err)
	}
	least := map[string]time.Duration{}
	for range 20 { // a busy machine makes single ones slow; without the hashing they are a thousand times apart
		for _, login := range []string{"ann", "bob"} {
			w := clock.Start()
			if _, err := s.SignIn(ctx, Attempt{Login: login, Password: "wrong"}); errs.CodeOf(err) != errs.Unauthenticated {
				t.Fatal(err)
			}
			if d := w.Elapsed(); least[login] == 0 || d < least[login] {
				least[login] = d
			}
		}
		if known, unknown := least["ann"], least["bob"]; unknown >= known/3 && known >= unknown/3 {
			return
		}
		clk.Advance(time.Hour) // what failed is forgotten
	}
	t.Errorf("a known login takes %v, an unknown one %v", least["ann"], least["bob"])
}

// TestTokens: what is stored gives no token back, and tokens of one kind are none of another.
func TestTokens(t *testing.T) {
	ctx := context.Background()
	s, clk := opened(t)
	in, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good})
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.CreateKey(ctx, NewKey{Login: "admin", Scope: &ident.Scope{ReadOnly: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{in.Token, key} {
		p, err := s.Authenticate(ctx, token)
		if err != nil || p.Name != "admin" || p.Admin != (token == in.Token) {
			t.Errorf("%+v %v", p, err)
		}
		swapped := map[bool]string{true: keyPrefix, false: sessionPrefix}[token == in.Token] + token[4:]
		for _, bad := range []string{"", token[:len(token)-1], token + "A", strings.ToUpper(token), swapped, digest(token), "tni_" + token[4:], token[:20] + "\x00" + token[21:]} {
			if _, err := s.Authenticate(ctx, bad); errs.CodeOf(err) != errs.Unauthenticated {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
	for _, table := range []string{sessionTable, keyTable} {
		st, err := s.DB.Prepare(&driver.Query{Table: table, Select: cols("digest")})
		if err != nil {
			t.Fatal(err)
		}
		err = s.DB.View(ctx, func(tx store.Tx) error {
			return each(ctx, tx, st, nil, func(r driver.Rows) error {
				if d := r.Value(0).Text(); strings.Contains(in.Token+key, d) || len(d) != 43 {
					t.Errorf("%s stores %q", table, d)
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// A login of a user who is not active stands still, whatever it holds.
	if err := s.DB.Update(ctx, func(tx store.Tx) error {
		_, err := tx.UpdateWhere(ctx, loginTable, is("login"), []value.Value{value.Text("admin")}, []string{"user_id"}, []value.Value{value.Ref(13)})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{in.Token, key} {
		if _, err := s.Authenticate(ctx, token); errs.CodeOf(err) != errs.Unauthenticated {
			t.Error(err)
		}
	}
	clk.Advance(sessionLife)
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Sessions(ctx, "admin"); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

// TestSessionsAreBounded: the oldest sessions of a login give way.
func TestSessionsAreBounded(t *testing.T) {
	ctx := context.Background()
	s, clk := opened(t)
	var first string
	for i := range maxSessions + 3 {
		in, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = in.Token
		}
		clk.Advance(time.Second)
	}
	if all, err := s.Sessions(ctx, "admin"); err != nil || len(all) != maxSessions {
		t.Errorf("%d sessions, %v", len(all), err)
	}
	if _, err := s.Authenticate(ctx, first); errs.CodeOf(err) != errs.Unauthenticated {
		t.Error(err)
	}
}

// TestOneInvitationOnce: of many who redeem one invitation at the same time, one does.
func TestOneInvitationOnce(t *testing.T) {
	ctx := context.Background()
	s, _ := opened(t)
	token, _, err := s.Create(ctx, NewLogin{Name: "ann", UserID: 1})
	if err != nil {
		t.Fatal(err)
	}
	const n = 8
	done := make(chan error, n)
	for range n {
		go func() { _, err := s.Redeem(ctx, token, good); done <- err }()
	}
	won := 0
	for range n {
		if err := <-done; err == nil {
			won++
		} else if errs.CodeOf(err) != errs.Unauthenticated {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d redeemed it", won)
	}
}

// BenchmarkAuthenticate is what every request pays to know who calls.
func BenchmarkAuthenticate(b *testing.B) {
	ctx := context.Background()
	s, _ := opened(b)
	in, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good})
	if err != nil {
		b.Fatal(err)
	}
	key, err := s.CreateKey(ctx, NewKey{Login: "admin"})
	if err != nil {
		b.Fatal(err)
	}
	for name, token := range map[string]string{"session": in.Token, "key": key} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Authenticate(ctx, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
