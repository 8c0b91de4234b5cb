package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// codeAt is what an authenticator shows.
func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha1.New, key)
	step := at.Unix() / 30
	for shift := 56; shift >= 0; shift -= 8 {
		m.Write([]byte{byte(step >> shift)})
	}
	sum := m.Sum(nil)
	from := sum[19] & 15
	n := int(sum[from]&0x7f)<<24 | int(sum[from+1])<<16 | int(sum[from+2])<<8 | int(sum[from+3])
	return fmt.Sprintf("%06d", n%1_000_000)
}

// signInWith signs in with a code, and gives the status and the body.
func (b *browser) signInWith(login, password, code string) (int, string) {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"login": login, "password": password, "code": code})
	if err != nil {
		b.t.Fatal(err)
	}
	status, _, answer := b.send("POST", "/login", string(body), nil)
	return status, answer
}

func (b *browser) enrol(password string) (secret string) {
	b.t.Helper()
	var e struct{ BeginTotp struct{ Secret, URI string } }
	if code := b.ask("/account/graphql", `mutation($p: String!) { beginTotp(password: $p) { secret uri } }`, map[string]any{"p": password}, &e); code != "" {
		b.t.Fatal(code)
	}
	if !strings.Contains(e.BeginTotp.URI, "secret="+e.BeginTotp.Secret) {
		b.t.Fatal(e.BeginTotp.URI)
	}
	return e.BeginTotp.Secret
}

const finish = `mutation($c: String!) { finishTotp(code: $c) }`

// TestAuthenticator sets an authenticator up, signs in with it, loses it, and has it required.
func TestAuthenticator(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--demo", "--test-clock")
	advance(t, s, "PT1S") // from now on the clock stands
	s.invited("xu.jing")
	b := s.browser()
	if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
		t.Fatal(status)
	}
	if code := b.ask("/account/graphql", `mutation { beginTotp(password: "wrong") { secret } }`, nil, nil); code != "FORBIDDEN" {
		t.Errorf("without the password: %q", code)
	}
	if code := b.ask("/account/graphql", finish, map[string]any{"c": "123456"}, nil); code != "INVALID_STATE" {
		t.Errorf("before it is begun: %q", code)
	}
	secret := b.enrol(userPassword)
	now := func() string { return codeAt(t, secret, s.now(t)) }
	if status, _ := s.browser().signIn("xu.jing", userPassword); status != 200 {
		t.Error("an enrolment that is not complete asks for codes")
	}
	if code := b.ask("/account/graphql", finish, map[string]any{"c": "000000"}, nil); code != "FORBIDDEN" {
		t.Errorf("finished with a wrong code: %q", code)
	}
	var done struct{ FinishTotp []string }
	if code := b.ask("/account/graphql", finish, map[string]any{"c": now()}, &done); code != "" || len(done.FinishTotp) != 10 {
		t.Fatal(code, done)
	}
	recovery := done.FinishTotp

	t.Run("at sign-in", func(t *testing.T) {
		try := func(name, code string, want int) {
			t.Helper()
			if status, body := s.browser().signInWith("xu.jing", userPassword, code); status != want {
				t.Errorf("%s: %d %s", name, status, body)
			}
		}
		if status, body := s.browser().signInWith("xu.jing", userPassword, ""); status != 401 || !strings.Contains(body, `"totp":"required"`) {
			t.Errorf("no code: %d %s", status, body)
		}
		if _, body := s.browser().signInWith("xu.jing", "wrong", ""); strings.Contains(body, "totp") {
			t.Errorf("a wrong password tells of the authenticator: %s", body)
		}
		try("the code that enrolled", now(), 401)
		advance(t, s, "PT30S")
		try("the next code", now(), 200)
		try("the same again", now(), 401)
		advance(t, s, "PT30S")
		late := now()
		advance(t, s, "PT30S")
		try("one step late", late, 200)
		advance(t, s, "PT30S")
		advance(t, s, "PT30S")
		early := codeAt(t, secret, s.now(t).Add(30*time.Second))
		try("two steps late", codeAt(t, secret, s.now(t).Add(-60*time.Second)), 401)
		try("one step early", early, 200)
		try("older than the last", now(), 401)
		advance(t, s, "PT2M")
		try("a recovery code", strings.ToUpper(recovery[0]), 200)
		try("a recovery code again", recovery[0], 401)
	})
	t.Run("the secret is sealed", func(t *testing.T) {
		advance(t, s, "PT10M")
		for _, file := range []string{secret, recovery[1], strings.ReplaceAll(recovery[1], "-", "")} {
			err := filepath.WalkDir(data, func(path string, e os.DirEntry, err error) error {
				if err != nil || !e.Type().IsRegular() {
					return err
				}
				raw, err := os.ReadFile(path)
				if err == nil && strings.Contains(string(raw), file) {
					t.Errorf("%s has it", path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if st, err := os.Stat(filepath.Join(data, "secret.keys")); err != nil || st.Mode().Perm() != 0o600 {
			t.Error(err, st)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if status, body := b.signInWith("xu.jing", userPassword, now()); status != 200 {
			t.Fatal(body)
		}
		off := `mutation($p: String!, $c: String!) { disableTotp(password: $p, code: $c) }`
		if code := b.ask("/account/graphql", off, map[string]any{"p": userPassword, "c": now()}, nil); code != "FORBIDDEN" {
			t.Errorf("with the code of the sign-in: %q", code)
		}
		advance(t, s, "PT30S")
		if code := b.ask("/account/graphql", off, map[string]any{"p": "wrong", "c": now()}, nil); code != "FORBIDDEN" {
			t.Errorf("without the password: %q", code)
		}
		if code := b.ask("/account/graphql", off, map[string]any{"p": userPassword, "c": now()}, nil); code != "" {
			t.Fatal(code)
		}
		if status, _ := s.browser().signIn("xu.jing", userPassword); status != 200 {
			t.Errorf("without an authenticator: %d", status)
		}
	})
	t.Run("required", func(t *testing.T) {
		s.admin(&struct{}{}, `mutation { setSignInSettings(totp: "all") { totp } }`, nil)
		if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
			t.Fatal(status)
		}
		if code := b.ask("/graphql", `{ __typename }`, nil, nil); code != "FORBIDDEN" {
			t.Errorf("before an authenticator is set up: %q", code)
		}
		if code := b.ask("/account/graphql", fmt.Sprintf(`mutation { createKey(password: %q) }`, userPassword), nil, nil); code != "FORBIDDEN" {
			t.Errorf("a key around it: %q", code)
		}
		header := map[string][]string{"Cookie": {"tenon_session=" + b.session}, "Origin": {s.url}}
		if got := s.socket(t, header, map[string]any{"csrf": b.csrf}, `subscription { accountChanged { cursor } }`); got != "closed" {
			t.Errorf("a socket: %s", got)
		}
		secret = b.enrol(userPassword)
		if code := b.ask("/account/graphql", finish, map[string]any{"c": now()}, nil); code != "" {
			t.Fatal(code)
		}
		if code := b.ask("/graphql", `{ __typename }`, nil, nil); code != "" {
			t.Errorf("with an authenticator: %q", code)
		}
	})
	t.Run("lost", func(t *testing.T) {
		s.admin(&struct{}{}, `mutation { resetTotp(login: "xu.jing") setSignInSettings(totp: "none") { totp } }`, nil)
		if code := b.ask("/graphql", `{ __typename }`, nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a session after an administrator took the authenticator away: %q", code)
		}
		if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
			t.Errorf("without it: %d", status)
		}
	})
}

// TestLockOut: guessing passwords is slow, and tells nothing.
func TestLockOut(t *testing.T) {
	s := serve(t, t.TempDir(), "--demo", "--test-clock")
	advance(t, s, "PT1S")
	s.invited("xu.jing")
	b := s.browser()
	try := func(login, password string) (int, string, string) {
		body, err := json.Marshal(map[string]string{"login": login, "password": password})
		if err != nil {
			t.Fatal(err)
		}
		status, header, answer := s.call("POST", "/login", string(body), map[string]string{"Authorization": "", "Accept-Language": "zh-CN"})
		return status, header.Get("Retry-After"), answer
	}
	for range 9 {
		if status, _, _ := try("xu.jing", "wrong"); status != 401 {
			t.Fatal(status)
		}
	}
	if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
		t.Fatal("nine failures lock out")
	}
	same := map[string]string{}
	for _, login := range []string{"xu.jing", "nobody.at.all"} {
		for i := range 10 {
			status, _, body := try(login, "wrong")
			if status != 401 {
				t.Fatalf("%s: %d after %d failures", login, status, i)
			}
			same[login] += body
		}
		status, after, body := try(login, userPassword)
		if status != 429 || after != "60" || !strings.Contains(body, "LIMIT_EXCEEDED") || !strings.Contains(body, "60 秒") {
			t.Errorf("%s is locked: %d, %s, %s", login, status, after, body)
		}
		same[login] += body
	}
	if same["xu.jing"] != same["nobody.at.all"] {
		t.Errorf("the answers tell who exists:\n%s\n%s", same["xu.jing"], same["nobody.at.all"])
	}
	if code := b.ask("/graphql", `{ __typename }`, nil, nil); code != "" {
		t.Errorf("a session of a login that is locked out: %q", code)
	}
	advance(t, s, "PT1M")
	for range 10 {
		if status, _, _ := try("xu.jing", "wrong"); status != 401 {
			t.Fatal(status)
		}
	}
	if _, after, _ := try("xu.jing", userPassword); after != "120" {
		t.Errorf("a second lock lasts %s seconds", after)
	}
	s.admin(&struct{}{}, `mutation { setLoginDisabled(login: "xu.jing", disabled: false) { name } }`, nil)
	if status, _, body := try("xu.jing", userPassword); status != 200 {
		t.Errorf("after an administrator let the login in again: %d %s", status, body)
	}
	// Of one address, whatever the logins: 39 failures until here.
	for i := range 11 {
		if status, _, body := try(fmt.Sprint("other", i), "wrong"); status != 401 {
			t.Fatal(i, status, body)
		}
	}
	if status, after, _ := try("zhou.weiming", "wrong"); status != 429 || after != "60" {
		t.Errorf("an address that guesses is not locked out: %d %s", status, after)
	}
	if status, _ := s.redeem("tni_x", userPassword); status != 429 {
		t.Errorf("an address that is locked out redeems: %d", status)
	}
}
