package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/httpd"
)

// browser is somebody's browser: it keeps cookies, and pages of the site show the CSRF token.
type browser struct {
	*server
	session, csrf string
}

// send sends a request as a page of the site does, or with other headers.
func (b *browser) send(method, path, body string, header map[string]string) (int, http.Header, string) {
	b.t.Helper()
	h := map[string]string{"Authorization": "", "Sec-Fetch-Site": "same-origin", "Origin": b.url}
	if b.session != "" {
		h["Cookie"] = httpd.SessionCookie + "=" + b.session + "; " + httpd.CSRFCookie + "=" + b.csrf
		h[httpd.CSRFHeader] = b.csrf
	}
	for k, v := range header {
		h[k] = v
	}
	status, got, answer := b.call(method, path, body, h)
	for _, c := range (&http.Response{Header: got}).Cookies() {
		switch c.Name {
		case httpd.SessionCookie:
			b.session = c.Value
		case httpd.CSRFCookie:
			b.csrf = c.Value
		}
	}
	return status, got, answer
}

// ask sends an operation and decodes its data into out; it gives the code of the first error.
func (b *browser) ask(path, query string, vars map[string]any, out any) string {
	b.t.Helper()
	_, _, body := b.send(http.MethodPost, path, operation(query, vars), nil)
	return answered(b.t, body, out)
}

func answered(t *testing.T, body string, out any) string {
	t.Helper()
	var a struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if len(a.Errors) > 0 {
		return a.Errors[0].Extensions.Code
	}
	if out != nil {
		if err := json.Unmarshal(a.Data, out); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	return ""
}

// signIn signs in and gives the status and the code.
func (b *browser) signIn(login, password string) (int, string) {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"login": login, "password": password})
	if err != nil {
		b.t.Fatal(err)
	}
	status, _, answer := b.send(http.MethodPost, "/login", string(body), nil)
	return status, answered(b.t, answer, nil)
}

func (s *server) browser() *browser { return &browser{server: s} }

// admin is an operation of the administrator that must succeed.
func (s *server) admin(out any, query string, vars map[string]any) {
	s.t.Helper()
	_, _, body := s.call(http.MethodPost, "/admin/graphql", operation(query, vars), nil)
	if code := answered(s.t, body, out); code != "" {
		s.t.Fatalf("%s: %s", query, body)
	}
}

// redeem sets a password with an invitation.
func (s *server) redeem(token, password string) (int, string) {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"token": token, "password": password})
	if err != nil {
		s.t.Fatal(err)
	}
	status, _, answer := s.call(http.MethodPost, "/password", string(body), map[string]string{"Authorization": ""})
	return status, answer
}

const userPassword = "violet tram to the lake"

// invited gives a login to a demo user and sets its password.
func (s *server) invited(login string) {
	s.t.Helper()
	var made struct{ CreateLogin struct{ Token string } }
	s.admin(&made, `mutation($l: String!) { createLogin(login: $l) { token } }`, map[string]any{"l": login})
	if status, body := s.redeem(made.CreateLogin.Token, userPassword); status != http.StatusOK {
		s.t.Fatal(body)
	}
}

// given gives a demo user roles.
func (s *server) given(login string, roles ...string) {
	s.t.Helper()
	var found struct{ SysUserBy struct{ ID string } }
	s.query(&found, fmt.Sprintf(`{ sysUserBy(key: {username: %q}) { id } }`, login), nil)
	for _, role := range roles {
		s.query(&struct{}{}, fmt.Sprintf(`mutation { createSysRoleAssignment(input: {userId: %q, role: %q}) { warnings { rule } } }`, found.SysUserBy.ID, role), nil)
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

func advance(t *testing.T, s *server, period string) {
	t.Helper()
	if status, _, body := s.call(http.MethodPost, "/_test/clock", fmt.Sprintf(`{"advance": %q}`, period), nil); status != http.StatusOK {
		t.Fatal(body)
	}
}

// TestLogins takes a user from an invitation to signing out: over HTTP and the command line, as a
// browser, with everything that must be refused on the way.
func TestLogins(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--demo", "--test-clock")
	token := lastLine(must(t, "user", "create", "--data", data, "xu.jing"))
	b := s.browser()

	t.Run("before there is a password", func(t *testing.T) {
		if status, code := b.signIn("xu.jing", ""); status != 401 || code != "UNAUTHENTICATED" {
			t.Errorf("signed in without a password: %d %s", status, code)
		}
	})
	t.Run("the password has to be a good one", func(t *testing.T) {
		for _, bad := range []string{"short", "password12345", "P@ssw0rd2026!", "1234567890", "xu.jing12345", "aaaaaaaaaaaa", "qwertyuiop99", strings.Repeat("x1", 200)} {
			if status, body := s.redeem(token, bad); status != 422 || !strings.Contains(body, "VALIDATION_FAILED") {
				t.Errorf("%.20q: %d %s", bad, status, body)
			}
		}
	})
	t.Run("an invitation is good once", func(t *testing.T) {
		if status, body := s.redeem(token, userPassword); status != 200 || !strings.Contains(body, "xu.jing") {
			t.Fatal(status, body)
		}
		if status, body := s.redeem(token, userPassword); status != 401 {
			t.Errorf("a second time: %d %s", status, body)
		}
		if status, _ := s.redeem("tni_"+strings.Repeat("A", 43), userPassword); status != 401 {
			t.Error("an invented invitation is redeemed")
		}
	})
	t.Run("an invitation ends", func(t *testing.T) {
		old := lastLine(must(t, "user", "create", "--data", data, "zhou.weiming"))
		advance(t, s, "PT73H")
		if status, _ := s.redeem(old, userPassword); status != 401 {
			t.Error("an expired invitation is redeemed")
		}
		first := lastLine(must(t, "user", "password", "--data", data, "zhou.weiming"))
		second := lastLine(must(t, "user", "password", "--data", data, "zhou.weiming"))
		if status, _ := s.redeem(first, userPassword); status != 401 {
			t.Error("an invitation that was replaced is redeemed")
		}
		if status, body := s.redeem(second, userPassword); status != 200 {
			t.Error(body)
		}
	})
	t.Run("signed in", func(t *testing.T) {
		if status, code := b.signIn("XU.Jing", userPassword); status != 200 {
			t.Fatal(status, code)
		}
		var me struct {
			Me struct {
				Login, User, Name, Locale string
				Roles                     []string
				Admin                     bool
				Sessions                  []struct{ Current bool }
			}
		}
		if code := b.ask("/account/graphql", `{ me { login user name locale roles admin sessions { id current } } }`, nil, &me); code != "" {
			t.Fatal(code)
		}
		if me.Me.Login != "xu.jing" || me.Me.Admin || !strings.HasPrefix(me.Me.User, "sys_user_") || me.Me.Name == "" || me.Me.Locale != "zh-CN" ||
			fmt.Sprint(me.Me.Roles) != "[lead_owner sales_rep]" || len(me.Me.Sessions) != 1 || !me.Me.Sessions[0].Current {
			t.Errorf("%+v", me)
		}
		var seen, all struct{ Accounts struct{ TotalCount int } }
		if code := b.ask("/graphql", `{ accounts { totalCount } }`, nil, &seen); code != "" {
			t.Fatal(code)
		}
		s.query(&all, `{ accounts { totalCount } }`, nil)
		if seen.Accounts.TotalCount >= all.Accounts.TotalCount {
			t.Errorf("a representative sees %d of %d accounts", seen.Accounts.TotalCount, all.Accounts.TotalCount)
		}
		if code := b.ask("/admin/graphql", `{ version }`, nil, nil); code != "FORBIDDEN" {
			t.Errorf("a user administers: %q", code)
		}
	})
	t.Run("a session rotates at sign-in", func(t *testing.T) {
		was := b.session
		if status, _ := b.signIn("xu.jing", userPassword); status != 200 || b.session == was {
			t.Fatal("no other session")
		}
		if status, _, _ := s.call("POST", "/graphql", operation("{ __typename }", nil), map[string]string{"Authorization": "Bearer " + was}); status != 401 {
			t.Errorf("the earlier session answers %d", status)
		}
	})
	t.Run("the password changes", func(t *testing.T) {
		other := s.browser()
		if status, _ := other.signIn("xu.jing", userPassword); status != 200 {
			t.Fatal(status)
		}
		change := `mutation($o: String!, $n: String!) { changePassword(old: $o, new: $n) }`
		if code := b.ask("/account/graphql", change, map[string]any{"o": "something else", "n": "another tram to the lake"}, nil); code != "FORBIDDEN" {
			t.Errorf("with a wrong old one: %q", code)
		}
		if code := b.ask("/account/graphql", change, map[string]any{"o": userPassword, "n": "xu.jing"}, nil); code != "VALIDATION_FAILED" {
			t.Errorf("to the login name: %q", code)
		}
		if code := b.ask("/account/graphql", change, map[string]any{"o": userPassword, "n": "another tram to the lake"}, nil); code != "" {
			t.Fatal(code)
		}
		if code := other.ask("/graphql", "{ __typename }", nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("another session after a change: %q", code)
		}
		if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "" {
			t.Errorf("the own session after a change: %q", code)
		}
		if status, _ := s.browser().signIn("xu.jing", userPassword); status != 401 {
			t.Errorf("the old password: %d", status)
		}
	})
	t.Run("sessions of one's own alone", func(t *testing.T) {
		z := s.browser()
		if status, _ := z.signIn("zhou.weiming", userPassword); status != 200 {
			t.Fatal(status)
		}
		var theirs struct {
			Me struct{ Sessions []struct{ ID string } }
		}
		if code := z.ask("/account/graphql", `{ me { sessions { id } } }`, nil, &theirs); code != "" {
			t.Fatal(code)
		}
		end := `mutation($i: ID!) { endSession(id: $i) }`
		if code := b.ask("/account/graphql", end, map[string]any{"i": theirs.Me.Sessions[0].ID}, nil); code != "NOT_FOUND" {
			t.Errorf("somebody else's session ends: %q", code)
		}
		if code := z.ask("/account/graphql", end, map[string]any{"i": theirs.Me.Sessions[0].ID}, nil); code != "" {
			t.Error(code)
		}
		if code := z.ask("/account/graphql", `{ me { login } }`, nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a session that was ended: %q", code)
		}
	})
	t.Run("sessions end", func(t *testing.T) {
		for range 7 { // used every hour and a half it goes on, until the twelfth hour
			advance(t, s, "PT90M")
			if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "" {
				t.Fatalf("a session in use: %q", code)
			}
		}
		advance(t, s, "PT90M")
		if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("after twelve hours: %q", code)
		}
		if status, _ := b.signIn("xu.jing", "another tram to the lake"); status != 200 {
			t.Fatal(status)
		}
		advance(t, s, "PT2H")
		if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("after two idle hours: %q", code)
		}
	})
	t.Run("sign-out", func(t *testing.T) {
		if status, _ := b.signIn("xu.jing", "another tram to the lake"); status != 200 {
			t.Fatal(status)
		}
		was := b.session
		if status, _, body := b.send("POST", "/logout", "", nil); status != 200 || b.session != "" {
			t.Fatal(body)
		}
		if status, _, _ := s.call("POST", "/graphql", operation("{ __typename }", nil), map[string]string{"Authorization": "Bearer " + was}); status != 401 {
			t.Errorf("after signing out: %d", status)
		}
	})
	t.Run("a record that is not active", func(t *testing.T) {
		if status, _ := b.signIn("xu.jing", "another tram to the lake"); status != 200 {
			t.Fatal(status)
		}
		var me struct{ Me struct{ User string } }
		b.ask("/account/graphql", `{ me { user } }`, nil, &me)
		key := lastLine(must(t, "key", "create", "--data", data, "--user", "xu.jing"))
		byKey := func() int {
			status, _, _ := s.call("POST", "/graphql", operation("{ __typename }", nil), map[string]string{"Authorization": "Bearer " + key})
			return status
		}
		if status := byKey(); status != 200 {
			t.Fatal(status)
		}
		set := func(status string) {
			s.query(&struct{}{}, fmt.Sprintf(`mutation { updateSysUser(id: %q, patch: {status: %s}) { sysUser { id } } }`, me.Me.User, status), nil)
		}
		set("inactive")
		if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a session of an inactive user: %q", code)
		}
		if status := byKey(); status != 401 {
			t.Errorf("a key of an inactive user: %d", status)
		}
		if status, _ := s.browser().signIn("xu.jing", "another tram to the lake"); status != 401 {
			t.Errorf("an inactive user signs in: %d", status)
		}
		set("active")
		if status := byKey(); status != 200 {
			t.Errorf("a key of a user who is active again: %d", status)
		}
	})
	t.Run("disabled", func(t *testing.T) {
		if status, _ := b.signIn("xu.jing", "another tram to the lake"); status != 200 {
			t.Fatal(status)
		}
		must(t, "user", "disable", "--data", data, "xu.jing")
		if code := b.ask("/graphql", "{ __typename }", nil, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a session of a disabled login: %q", code)
		}
		if status, _ := s.browser().signIn("xu.jing", "another tram to the lake"); status != 401 {
			t.Errorf("a disabled login signs in: %d", status)
		}
		if out, ok := output(t, "user", "password", "--data", data, "xu.jing"); ok {
			t.Errorf("a disabled login is invited: %s", out)
		}
		if list := must(t, "user", "list", "--data", data); !strings.Contains(list, "xu.jing") || !strings.Contains(list, "disabled") {
			t.Error(list)
		}
		must(t, "user", "enable", "--data", data, "xu.jing")
		if status, _ := b.signIn("xu.jing", "another tram to the lake"); status != 200 {
			t.Errorf("enabled again: %d", status)
		}
	})
	t.Run("bad logins", func(t *testing.T) {
		for _, args := range [][]string{{"xu.jing"}, {"nobody.at.all"}, {"--user", "sys_user_999999", "ghost"}, {"--user", "account_1", "ghost"}, {"a b"}} {
			if out, ok := output(t, append([]string{"user", "create", "--data", data}, args...)...); ok {
				t.Errorf("%v made a login: %s", args, out)
			}
		}
	})
	if log := s.log.String(); strings.Contains(log, "internal error") || strings.Contains(log, "panic") {
		t.Errorf("the log has %s", log)
	}
}
