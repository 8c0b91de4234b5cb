package auth

import (
	"context"
	"encoding/base32"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
)

// TestRefusalsAreTakenDown: what was tampered with, is over, was taken back or used before opens
// nothing, and the audit log says what was tried.
func TestRefusalsAreTakenDown(t *testing.T) {
	ctx := context.Background()
	s, clk := opened(t)
	signIn := func() string {
		t.Helper()
		in, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good})
		if err != nil {
			t.Fatal(err)
		}
		return in.Token
	}
	key := func(ends time.Time) string {
		t.Helper()
		k, err := s.CreateKey(ctx, NewKey{Login: "admin", Ends: ends})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	session := signIn()
	tampered := session[:len(session)-1] + map[bool]string{true: "B", false: "A"}[session[len(session)-1] == 'A']
	ended := signIn()
	p, err := s.Authenticate(ctx, ended)
	if err == nil {
		err = s.SignOut(ctx, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	short := key(clk.Now().Add(time.Hour))
	revoked := key(time.Time{})
	if p, err = s.Authenticate(ctx, revoked); err == nil {
		err = s.RevokeKey(ctx, "admin", p.Key)
	}
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Invite(ctx, "admin")
	if err == nil {
		_, err = s.Redeem(ctx, token, "another tram to the lake")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(ctx, short); err != nil {
		t.Fatal(err)
	}
	clk.Advance(2 * time.Hour)
	authenticate := func(token string) error { _, err := s.Authenticate(ctx, token); return err }
	for _, c := range []struct {
		name, kind, why string
		try             func() error
	}{
		{"a session that was tampered with", "token.refused", "unknown session", func() error { return authenticate(tampered) }},
		{"a session once more, after it ended", "token.refused", "unknown session", func() error { return authenticate(ended) }},
		{"a session from before the password changed", "token.refused", "unknown session", func() error { return authenticate(session) }},
		{"a key that expired", "token.refused", "key expired", func() error { return authenticate(short) }},
		{"a key that was revoked", "token.refused", "unknown key", func() error { return authenticate(revoked) }},
		{"a key that was tampered with", "token.refused", "unknown key", func() error { return authenticate(short[:len(short)-2] + "AA") }},
		{"a token of another kind", "token.refused", "none of ours", func() error { return authenticate(token) }},
		{"an invitation once more", "invitation.refused", "", func() error { _, err := s.Redeem(ctx, token, "a third tram to the lake"); return err }},
	} {
		clk.Advance(time.Hour) // refusals of one address are taken down once in a while
		if err := c.try(); errs.CodeOf(err) != errs.Unauthenticated {
			t.Errorf("%s: %v", c.name, err)
		}
		log, err := s.Audit.List(ctx, audit.Filter{First: 1})
		if err != nil || len(log) != 1 || log[0].Kind.String() != c.kind || c.why != "" && log[0].Details["why"] != c.why {
			t.Errorf("%s: taken down as %+v, %v", c.name, log, err)
		}
	}
	late := signInWith(t, s, "another tram to the lake")
	clk.Advance(sessionLife + time.Hour)
	if err := authenticate(late); errs.CodeOf(err) != errs.Unauthenticated {
		t.Error(err)
	}
	log, err := s.Audit.List(ctx, audit.Filter{First: 1})
	if err != nil || log[0].Details["why"] != "session expired" {
		t.Errorf("a session that expired: %+v, %v", log, err)
	}
	if _, fault, err := s.Audit.Verify(ctx, audit.Head{}); fault != nil || err != nil {
		t.Error(fault, err)
	}
}

func signInWith(t *testing.T, s *Service, password string) string {
	t.Helper()
	in, err := s.SignIn(context.Background(), Attempt{Login: "admin", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return in.Token
}

func codeAt(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	return hotp(raw, now.Unix()/totpStep, totpDigits)
}

// TestCodesAreSpent: a code of an authenticator opens one session; sent again it opens none, and that
// is taken down.
func TestCodesAreSpent(t *testing.T) {
	ctx := context.Background()
	s, clk := opened(t)
	token := signInWith(t, s, good)
	p, err := s.Authenticate(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.BeginTOTP(ctx, p, good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.FinishTOTP(ctx, p, codeAt(t, e.Secret, clk.Now())); err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Minute)
	code := codeAt(t, e.Secret, clk.Now())
	if _, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good, Code: code}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignIn(ctx, Attempt{Login: "admin", Password: good, Code: code}); errs.CodeOf(err) != errs.Unauthenticated {
		t.Errorf("a code is taken twice: %v", err)
	}
	log, err := s.Audit.List(ctx, audit.Filter{First: 1})
	if err != nil || len(log) != 1 || log[0].Kind != audit.LoginFailed {
		t.Errorf("taken down as %+v, %v", log, err)
	}
}
