package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/tenon-platform/tenon/platform/httpd"
)

// as sends an operation with a key and gives the code of the first error.
func (s *server) as(key, query string, out any) string {
	s.t.Helper()
	_, _, body := s.call(http.MethodPost, "/graphql", operation(query, nil), map[string]string{"Authorization": "Bearer " + key})
	return answered(s.t, body, out)
}

// door is a request with a key; it gives the status.
func (s *server) door(key, method, path, body string) (int, string) {
	s.t.Helper()
	status, _, answer := s.call(method, path, body, map[string]string{"Authorization": "Bearer " + key, "Content-Type": "text/csv"})
	return status, answer
}

// socket opens a WebSocket, begins a subscription and gives the first message that is no
// acknowledgement; "" when none comes within a second.
func (s *server) socket(t *testing.T, header http.Header, payload map[string]any, query string) string {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 5 * time.Second}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(s.url, "http")+"/graphql", header)
	if err != nil {
		if res != nil {
			return fmt.Sprint("refused with ", res.StatusCode)
		}
		t.Fatal(err)
	}
	defer conn.Close()
	send := func(v any) {
		_ = conn.WriteJSON(v) // the server may have closed already: the reading tells
	}
	send(map[string]any{"type": "connection_init", "payload": payload})
	send(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": query}})
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		_, b, err := conn.ReadMessage()
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			return ""
		}
		if err != nil { // with a code, unless the close overtakes what was sent last
			return "closed"
		}
		if !strings.Contains(string(b), "connection_ack") {
			return string(b)
		}
	}
}

// TestKeys: a key does what its user may do, within its scope, at every door, until it is revoked or
// expires.
func TestKeys(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--demo", "--test-clock")
	s.invited("xu.jing")
	s.given("xu.jing", "data_exporter", "data_importer")
	make := func(args ...string) string {
		t.Helper()
		return lastLine(must(t, append([]string{"key", "create", "--data", data}, args...)...))
	}
	full := make("--user", "xu.jing", "--label", "all")
	reads := make("--user", "xu.jing", "--scope", "read-only")
	accounts := make("--user", "xu.jing", "--scope", "account")
	root := make("--scope", "account")
	var all, seen struct{ Accounts struct{ TotalCount int } }
	s.query(&all, `{ accounts { totalCount } }`, nil)
	var mine struct {
		CreateAccount struct{ Account struct{ ID string } }
	}
	if code := s.as(full, `mutation { createAccount(input: {name: "Mine"}) { account { id } } }`, &mine); code != "" {
		t.Fatal(code)
	}
	const count, contacts = `{ accounts { totalCount } }`, `{ contacts { totalCount } }`
	create := `mutation { createAccount(input: {name: "Made by a key"}) { account { id } } }`

	t.Run("graphql", func(t *testing.T) {
		for _, c := range []struct{ name, key, query, code string }{
			{"a full key reads", full, count, ""}, {"and others' objects", full, contacts, ""}, {"and writes", full, create, ""},
			{"reading reads", reads, contacts, ""}, {"reading writes nothing", reads, create, "FORBIDDEN"},
			{"accounts are read", accounts, count, ""}, {"and written", accounts, create, ""},
			{"contacts are not there", accounts, contacts, "FORBIDDEN"},
			{"nor reached from accounts", accounts, `{ accounts { nodes { contacts { totalCount } } } }`, "INVALID_INPUT"},
			{"nor by a filter", accounts, `{ accounts(filter: {contacts: {some: {name: {eq: "x"}}}}) { totalCount } }`, "INVALID_INPUT"},
			{"nor by their ids", accounts, `mutation { deleteContact(id: "contact_1") { contact { id } } }`, "FORBIDDEN"},
			{"an administrator's accounts", root, count, ""}, {"and nothing else", root, contacts, "FORBIDDEN"},
		} {
			if code := s.as(c.key, c.query, nil); code != c.code {
				t.Errorf("%s: %q, want %q", c.name, code, c.code)
			}
		}
		if s.as(full, count, &seen); seen.Accounts.TotalCount >= all.Accounts.TotalCount {
			t.Errorf("a key of a representative sees %d of %d accounts", seen.Accounts.TotalCount, all.Accounts.TotalCount)
		}
		if s.as(root, count, &seen); seen.Accounts.TotalCount < all.Accounts.TotalCount {
			t.Errorf("an administrator's key sees %d of %d accounts", seen.Accounts.TotalCount, all.Accounts.TotalCount)
		}
		var one struct{ Node *struct{ ID string } }
		var some struct {
			Contacts struct{ Nodes []struct{ ID string } }
		}
		if s.as(full, `{ contacts(first: 1) { nodes { id } } }`, &some); len(some.Contacts.Nodes) > 0 {
			if code := s.as(accounts, fmt.Sprintf(`{ node(id: %q) { id } }`, some.Contacts.Nodes[0].ID), &one); code == "" && one.Node != nil {
				t.Error("node finds what the key does not reach")
			}
		}
	})
	t.Run("administration", func(t *testing.T) {
		for _, key := range []string{root, full} {
			if status, body := s.door(key, "POST", "/import/account?format=csv", "name\nX\n"); status != 403 {
				t.Errorf("a load: %d %s", status, body)
			}
			_, _, body := s.call("POST", "/admin/graphql", operation("{ version }", nil), map[string]string{"Authorization": "Bearer " + key})
			if code := answered(t, body, nil); code != "FORBIDDEN" {
				t.Errorf("administration: %s", body)
			}
		}
		_, _, body := s.call("POST", "/account/graphql", operation(`mutation { changePassword(old: "x", new: "y") }`, nil), map[string]string{"Authorization": "Bearer " + full})
		if code := answered(t, body, nil); code != "FORBIDDEN" {
			t.Errorf("a key changes the password: %s", body)
		}
	})
	t.Run("exports", func(t *testing.T) {
		for _, c := range []struct {
			key, path string
			status    int
		}{{full, "/export/contact", 200}, {reads, "/export/contact", 200}, {accounts, "/export/account", 200}, {accounts, "/export/contact", 404}, {root, "/export/contact", 404}} {
			if status, body := s.door(c.key, "GET", c.path, ""); status != c.status {
				t.Errorf("%s: %d, want %d: %.200s", c.path, status, c.status, body)
			}
		}
		if status, body := s.door(reads, "POST", "/export/account", `{}`); status != 200 {
			t.Errorf("a key that reads exports by POST: %d %s", status, body)
		}
		if status, _ := s.door(reads, "PUT", "/export/saved/x", `{"object": "account"}`); status != 403 {
			t.Errorf("a key that reads saves an export: %d", status)
		}
	})
	t.Run("imports", func(t *testing.T) {
		if status, body := s.door(reads, "POST", "/import?object=account&name=a.csv", "name\nX\n"); status != 403 {
			t.Errorf("a key that reads imports: %d %s", status, body)
		}
		if status, body := s.door(accounts, "POST", "/import?object=contact&name=a.csv", "name\nX\n"); status != 404 {
			t.Errorf("an import beyond the scope: %d %s", status, body)
		}
		status, body := s.door(full, "POST", "/import?object=contact&name=a.csv", "name\nX\n")
		var job struct{ Data struct{ ID string } }
		if err := json.Unmarshal([]byte(body), &job); err != nil || status != 201 || job.Data.ID == "" {
			t.Fatal(status, body)
		}
		for _, path := range []string{"", "/file", "/findings"} {
			if status, _ := s.door(accounts, "GET", fmt.Sprintf("/import/%s%s", job.Data.ID, path), ""); status != 404 {
				t.Errorf("the user's import of what the key does not reach%s: %d", path, status)
			}
		}
		if status, _ := s.door(full, "GET", fmt.Sprintf("/import/%s", job.Data.ID), ""); status != 200 {
			t.Errorf("the user's import: %d", status)
		}
	})
	t.Run("files", func(t *testing.T) {
		upload := func(key, object, field string) (int, string) {
			status, _, body := s.call("POST", "/files?object="+object+"&field="+field+"&name=a.txt", "Quarterly figures", map[string]string{"Authorization": "Bearer " + key, "Content-Type": "text/plain"})
			var f struct{ Data struct{ ID string } }
			if err := json.Unmarshal([]byte(body), &f); err != nil {
				t.Fatal(body)
			}
			return status, f.Data.ID
		}
		brands := make("--scope", "brand")
		status, id := upload(brands, "brand", "logo")
		if status != 201 {
			t.Fatal(status)
		}
		for name, c := range map[string]struct {
			key    string
			status int
		}{"its own upload": {brands, 200}, "another key's upload": {root, 404}, "a user's": {full, 404}} {
			if status, _ := s.door(c.key, "GET", "/files/"+id, ""); status != c.status {
				t.Errorf("%s: %d", name, status)
			}
		}
		if code := s.as(brands, fmt.Sprintf(`mutation { createBrand(input: {code: "keys", name: "Keys", status: active, logo: %q}) { brand { id } } }`, id), nil); code != "" {
			t.Fatal(code)
		}
		for name, c := range map[string]struct {
			key    string
			status int
		}{"within the scope": {brands, 200}, "beyond the scope": {root, 404}, "without a scope": {s.key, 200}} {
			if status, _ := s.door(c.key, "GET", "/files/"+id, ""); status != c.status {
				t.Errorf("%s: %d", name, status)
			}
		}
		if status, _ := upload(root, "brand", "logo"); status != 404 {
			t.Errorf("an upload beyond the scope: %d", status)
		}
		if status, _ := upload(make("--scope", "read-only"), "brand", "logo"); status != 403 {
			t.Errorf("an upload by a key that reads: %d", status)
		}
	})
	t.Run("subscriptions", func(t *testing.T) {
		bearer := func(key string) map[string]any { return map[string]any{"authorization": "Bearer " + key} }
		if got := s.socket(t, nil, bearer(accounts), `subscription { contactChanged { cursor } }`); !strings.Contains(got, "error") {
			t.Errorf("contacts are watched: %s", got)
		}
		if got := s.socket(t, nil, bearer(accounts), `subscription { accountChanged { cursor } }`); got != "" {
			t.Errorf("accounts are not watched: %s", got)
		}
		if got := s.socket(t, nil, bearer("tnk_"+strings.Repeat("x", 43)), `subscription { accountChanged { cursor } }`); got != "closed" {
			t.Errorf("an invented key: %s", got)
		}
		_, _, body := s.call("GET", "/graphql?query="+url.QueryEscape(`subscription { contactChanged { cursor } }`), "", map[string]string{"Authorization": "Bearer " + accounts, "Accept": "text/event-stream"})
		if !strings.Contains(body, "errors") {
			t.Errorf("server-sent events of contacts: %s", body)
		}
	})
	t.Run("bad scopes", func(t *testing.T) {
		for _, scope := range []string{"nothing", "account.nothing", "read-only,nothing.nothing"} {
			if out, ok := output(t, "key", "create", "--data", data, "--scope", scope); ok {
				t.Errorf("a key for %s: %s", scope, out)
			}
		}
	})
	t.Run("listed and revoked", func(t *testing.T) {
		var keys []keyView
		if err := json.Unmarshal([]byte(must(t, "key", "list", "--data", data, "--user", "xu.jing", "--json")), &keys); err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		for _, k := range keys {
			if k.UsedAt == nil {
				t.Errorf("%+v was used", k)
			}
			ids[fmt.Sprintf("%s %v %v", k.Label, k.ReadOnly, k.Objects)] = k.ID
		}
		if len(ids) != 3 || ids["all false []"] == "" {
			t.Fatalf("%+v", keys)
		}
		if out, ok := output(t, "key", "revoke", "--data", data, "--user", "admin", ids["all false []"]); ok {
			t.Errorf("revoked as somebody else's: %s", out)
		}
		must(t, "key", "revoke", "--data", data, "--user", "xu.jing", ids["all false []"])
		if code := s.as(full, count, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a revoked key: %q", code)
		}
		b := s.browser()
		if status, _ := b.signIn("xu.jing", userPassword); status != 200 {
			t.Fatal(status)
		}
		var made struct{ CreateKey string }
		if code := b.ask("/account/graphql", `mutation { createKey(password: "wrong", label: "x") }`, nil, nil); code != "FORBIDDEN" {
			t.Errorf("a key without the password: %q", code)
		}
		if code := b.ask("/account/graphql", fmt.Sprintf(`mutation { createKey(password: %q, label: "own", scope: {readOnly: true}) }`, userPassword), nil, &made); code != "" {
			t.Fatal(code)
		}
		if code := s.as(made.CreateKey, count, nil); code != "" {
			t.Errorf("one's own key: %q", code)
		}
		if code := b.ask("/account/graphql", fmt.Sprintf(`mutation { revokeKey(id: %q) }`, ids[" false [account]"]), nil, nil); code != "" {
			t.Error(code)
		}
		if code := s.as(accounts, count, nil); code != "UNAUTHENTICATED" {
			t.Errorf("a key that its user revoked: %q", code)
		}
	})
	t.Run("expired", func(t *testing.T) {
		var k struct{ CreateKey string }
		s.admin(&k, `mutation($x: DateTime) { createKey(login: "xu.jing", expires: $x) }`, map[string]any{"x": s.now(t).Add(time.Hour).Format(time.RFC3339)})
		if code := s.as(k.CreateKey, count, nil); code != "" {
			t.Fatal(code)
		}
		advance(t, s, "PT61M")
		if code := s.as(k.CreateKey, count, nil); code != "UNAUTHENTICATED" {
			t.Errorf("an expired key: %q", code)
		}
	})
}

// now is the server's time.
func (s *server) now(t *testing.T) time.Time {
	t.Helper()
	_, _, body := s.call("GET", "/_test/clock", "", nil)
	var v struct{ Now time.Time }
	answered(t, body, &v)
	return v.Now
}

// TestKeyActions: a key may be restricted to some of the actions that its user may start.
func TestKeyActions(t *testing.T) {
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, map[string]string{
		"tenon.json":                      `{"name": "desk", "version": "1.0.0", "label": "Desk"}`,
		"objects/note/object.json":        `{"name": "note", "label": "Note", "fields": [{"name": "name", "type": "text", "label": "Name"}]}`,
		"objects/note/actions/stamp.json": `{"name": "stamp", "label": "Stamp", "on": "record", "steps": [{"update": "id", "set": {"name": "'stamped'"}}]}`,
		"objects/note/actions/tear.json":  `{"name": "tear", "label": "Tear", "on": "record", "steps": [{"update": "id", "set": {"name": "'torn'"}}]}`,
	}))
	var made struct {
		CreateNote struct{ Note struct{ ID string } }
	}
	s.query(&made, `mutation { createNote(input: {name: "x"}) { note { id } } }`, nil)
	key := lastLine(must(t, "key", "create", "--data", data, "--scope", "note,note.stamp"))
	reads := lastLine(must(t, "key", "create", "--data", data, "--scope", "read-only"))
	run := func(key, action string) string {
		return s.as(key, fmt.Sprintf(`mutation { note%s(id: %q) { note { name } } }`, action, made.CreateNote.Note.ID), nil)
	}
	if code := run(key, "Stamp"); code != "" {
		t.Errorf("the action of the scope: %q", code)
	}
	if code := run(key, "Tear"); code == "" {
		t.Error("another action is started")
	}
	if code := run(reads, "Stamp"); code == "" {
		t.Error("a key that reads starts an action")
	}
	var note struct{ Note struct{ Name string } }
	if s.query(&note, fmt.Sprintf(`{ note(id: %q) { name } }`, made.CreateNote.Note.ID), nil); note.Note.Name != "stamped" {
		t.Errorf("the note is %q", note.Note.Name)
	}
}

// TestForgery: what a browser can be made to send by pages of other sites changes nothing.
func TestForgery(t *testing.T) {
	s := serve(t, t.TempDir(), "--bare")
	b := s.browser()
	if status, _ := b.signIn("admin", adminPassword); status != 200 {
		t.Fatal(status)
	}
	write := operation(`mutation { setLoginDisabled(login: "nobody", disabled: true) { name } }`, nil)
	for _, c := range []struct {
		name   string
		header map[string]string
		code   string
	}{
		{"a page of this site", nil, "NOT_FOUND"},
		{"without the token", map[string]string{httpd.CSRFHeader: ""}, "FORBIDDEN"},
		{"with another token", map[string]string{httpd.CSRFHeader: strings.Repeat("A", 43)}, "FORBIDDEN"},
		{"of another site", map[string]string{"Sec-Fetch-Site": "cross-site"}, "UNAUTHENTICATED"},
		{"of a sister site", map[string]string{"Sec-Fetch-Site": "same-site"}, "UNAUTHENTICATED"},
		{"an old browser, of another site", map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, "UNAUTHENTICATED"},
		{"a sandboxed page", map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}, "UNAUTHENTICATED"},
		{"another port", map[string]string{"Sec-Fetch-Site": "", "Origin": "http://127.0.0.1:1"}, "UNAUTHENTICATED"},
		{"no browser at all", map[string]string{"Sec-Fetch-Site": "", "Origin": ""}, "NOT_FOUND"},
		{"a cut cookie", map[string]string{"Cookie": httpd.SessionCookie + "=" + b.session[:20]}, "UNAUTHENTICATED"},
		{"a session that was tampered with", map[string]string{"Cookie": "", "Authorization": "Bearer " + b.session[:len(b.session)-2] + "AA"}, "UNAUTHENTICATED"},
	} {
		_, _, body := b.send("POST", "/admin/graphql", write, c.header)
		if code := answered(t, body, nil); code != c.code {
			t.Errorf("%s: %q, want %q", c.name, code, c.code)
		}
	}
	form := map[string]string{"Content-Type": "multipart/form-data; boundary=x", httpd.CSRFHeader: ""}
	if status, _, _ := b.send("POST", "/import?object=client&name=a.csv", "--x\r\n\r\n", form); status != 403 {
		t.Errorf("a multipart form: %d", status)
	}
	if status, _, _ := b.send("POST", "/login", fmt.Sprintf(`{"login": "admin", "password": %q}`, adminPassword), map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": ""}); status != 403 {
		t.Errorf("another site signs in: %d", status)
	}
	if status, header, _ := b.send("GET", "/account/graphql?query=%7Bme%7Blogin%7D%7D", "", map[string]string{httpd.CSRFHeader: ""}); status != 200 || header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("reading needs no token: %d %v", status, header)
	}
	cookie := http.Header{"Cookie": {httpd.SessionCookie + "=" + b.session}, "Origin": {s.url}}
	const query = `subscription { nothingChanged { cursor } }`
	if got := s.socket(t, cookie, map[string]any{}, query); got != "closed" {
		t.Errorf("a socket without the token: %s", got)
	}
	if got := s.socket(t, cookie, map[string]any{"csrf": b.csrf}, query); !strings.Contains(got, "error") || !strings.Contains(got, `"id":"1"`) {
		t.Errorf("a socket with the token: %s", got)
	}
	cookie.Set("Origin", "https://evil.example")
	if got := s.socket(t, cookie, map[string]any{"csrf": b.csrf}, query); got != "refused with 400" {
		t.Errorf("a socket of another site: %s", got)
	}
}
