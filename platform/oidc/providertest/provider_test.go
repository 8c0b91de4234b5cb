package providertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// people is the provider's storage, which tells of groups, too.
type people struct {
	*storage.Storage
	groups map[string][]string
}

func (p people) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := p.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	info.AppendClaims("groups", p.groups[subject])
	return nil
}

const password = "verysecure"

// provider starts an OpenID provider that has alice, of the group sales, mallory, of none, and
// somebody with the name of a user of Tenon, for one client.
func provider(t *testing.T, client, secret, callback string) (issuer string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users.json")
	users := map[string]map[string]any{}
	for id, name := range map[string]string{"1": "alice", "2": "mallory", "3": "xu.jing"} {
		users[id] = map[string]any{"ID": id, "Username": name, "Password": password, "FirstName": name, "LastName": "Example", "Email": name + "@example.com", "EmailVerified": true, "PreferredLanguage": "en"}
	}
	b, err := json.Marshal(users)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := storage.StoreFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	storage.RegisterClients(storage.WebClient(client, secret, callback))
	s := httptest.NewUnstartedServer(nil)
	issuer = "http://" + s.Listener.Addr().String()
	s.Config.Handler = exampleop.SetupServer(issuer, people{storage.NewStorage(store), map[string][]string{"1": {"sales", "other"}, "3": {"sales"}}},
		slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	s.Start()
	t.Cleanup(s.Close)
	return issuer
}

// log is what a process prints, while it is printed.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *log) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

type tenon struct {
	t              *testing.T
	bin, data, url string
	addr           string
	out            log
}

// creates makes records of those who have none; links gives those of a name their record.
var (
	creates = map[string]any{"createUsers": map[string]any{"claims": map[string]string{"username": "preferred_username", "name": "name", "email": "email"},
		"values": map[string]any{"orgUnit": map[string]any{"connect": map[string]any{"code": "HQ"}}, "locale": "en"}}}
	links = map[string]any{"linkUsers": true}
)

// build builds Tenon, and finds a new data directory and a free address for it.
func build(t *testing.T) *tenon {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s := &tenon{t: t, bin: filepath.Join(t.TempDir(), "tenon"), data: t.TempDir(), url: "http://" + addr, addr: addr}
	build := exec.Command("go", "build", "-o", s.bin, "./platform/cmd/tenon")
	build.Dir = "../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return s
}

// serve builds Tenon and serves a new data directory with demo data and the provider.
func serve(t *testing.T, provision map[string]any) *tenon {
	t.Helper()
	s := build(t)
	settings := map[string]any{"issuer": provider(t, "tenon", "a secret", s.url+"/login/oidc/callback"), "clientId": "tenon", "publicUrl": s.url, "roles": map[string][]string{"sales": {"sales_rep"}}}
	maps.Copy(settings, provision)
	s.start(s.write(t.TempDir(), "oidc", settings), "--demo")
	return s
}

// write writes the settings of a provider.
func (s *tenon) write(dir, name string, settings map[string]any) (file string) {
	s.t.Helper()
	config, err := json.Marshal(settings)
	if err != nil {
		s.t.Fatal(err)
	}
	file = filepath.Join(dir, name+".json")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// start serves with the providers of a file or directory.
func (s *tenon) start(providers string, args ...string) {
	t := s.t
	t.Helper()
	cmd := exec.Command(s.bin, append([]string{"serve", "--data", s.data, "--addr", s.addr, "--oidc", providers}, args...)...)
	cmd.Env = append(os.Environ(), "TENON_OIDC_SECRET=a secret", "TENON_OIDC_SECRET_ACME=another secret", "TENON_LANG=en")
	cmd.Stdout, cmd.Stderr = &s.out, &s.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v %s", err, &s.out)
		}
	})
	for deadline := time.Now().Add(time.Minute); !strings.Contains(s.out.String(), "is ready"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(&s.out)
		}
	}
}

// command runs a verb beside the server.
func (s *tenon) command(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(s.bin, append(args, "--data", s.data)...)
	cmd.Env = append(os.Environ(), "TENON_LANG=en")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v %s", err, out)
	}
	return string(out)
}

// visitor is a browser. It keeps the address that the provider sent it back with.
type visitor struct {
	*http.Client
	t        *testing.T
	url      string
	callback *url.URL
	kept     []*http.Cookie // when it was sent back
}

func (s *tenon) visitor(t *testing.T) *visitor { return s.visitorOf(t, s.url) }

// visitorOf is a browser at an address of the server; it finds all hosts of the examples here.
func (s *tenon) visitorOf(t *testing.T, url string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, url: url}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err == nil && strings.HasSuffix(host, ".example") {
			addr = net.JoinHostPort("127.0.0.1", port)
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	v.Client = &http.Client{Jar: jar, Transport: transport, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == "/login/oidc/callback" {
			v.callback, v.kept = req.URL, jar.Cookies(req.URL)
		}
		return nil
	}}
	return v
}

// signIn goes through the whole sign-in and gives the last answer's status and body.
func (v *visitor) signIn(name string) (int, string) {
	v.t.Helper()
	res, err := v.Get(v.url + "/login/oidc")
	if err != nil {
		v.t.Fatal(err)
	}
	res.Body.Close()
	at := res.Request.URL
	if at.Query().Get("authRequestID") == "" {
		v.t.Fatalf("sent to %s", at)
	}
	return v.read(v.PostForm("http://"+at.Host+"/login/username", url.Values{"id": {at.Query().Get("authRequestID")}, "username": {name}, "password": {password}}))
}

func (v *visitor) read(res *http.Response, err error) (int, string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// ask reads with the cookies alone.
func (v *visitor) ask(path, query string) string {
	v.t.Helper()
	_, body := v.read(v.Get(v.url + path + "?query=" + url.QueryEscape(query)))
	return body
}

const whoami = `{ me { login user name roles admin } }`

// TestSignIn signs people in with a real provider: code flow, PKCE, first and later sign-ins, roles
// by groups, and what has to be refused.
func TestSignIn(t *testing.T) {
	s := serve(t, creates)
	alice := s.visitor(t)
	if status, body := alice.signIn("alice"); status != 200 || !strings.Contains(body, "<form") {
		t.Fatal(status, body, &s.out)
	}
	first := alice.ask("/account/graphql", whoami)
	for _, want := range []string{`"login":"alice"`, `"user":"sys_user_`, `"name":"alice Example"`, `"roles":["sales_rep"]`, `"admin":false`} {
		if !strings.Contains(first, want) {
			t.Errorf("%s lacks %s", first, want)
		}
	}
	if body := alice.ask("/graphql", `{ accounts { totalCount } }`); strings.Contains(body, "errors") {
		t.Error(body)
	}
	for _, q := range []string{"code_challenge=", "code_challenge_method=S256", "nonce=", "state="} {
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Get(s.url + "/login/oidc")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if !strings.Contains(res.Header.Get("Location"), q) {
			t.Errorf("%s lacks %s", res.Header.Get("Location"), q)
		}
	}

	t.Run("again", func(t *testing.T) {
		again := s.visitor(t)
		if status, body := again.signIn("alice"); status != 200 {
			t.Fatal(status, body)
		}
		if got := again.ask("/account/graphql", whoami); got != first {
			t.Errorf("another user: %s", got)
		}
	})
	t.Run("without a group", func(t *testing.T) {
		mallory := s.visitor(t)
		if status, body := mallory.signIn("mallory"); status != 200 {
			t.Fatal(status, body)
		}
		if body := mallory.ask("/account/graphql", whoami); !strings.Contains(body, `"roles":[]`) {
			t.Error(body)
		}
		if body := mallory.ask("/graphql", `{ accounts { totalCount } }`); !strings.Contains(body, "errors") {
			t.Error(body)
		}
	})
	t.Run("with the name of a user", func(t *testing.T) {
		v := s.visitor(t)
		if status, body := v.signIn("xu.jing"); status != 401 || !strings.Contains(body, "UNAUTHENTICATED") {
			t.Errorf("somebody gets a user's record by the name: %d %s", status, body)
		}
	})
	t.Run("replayed", func(t *testing.T) {
		plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		send := func(name string, change func(q url.Values, req *http.Request)) {
			t.Helper()
			u := *alice.callback
			req := &http.Request{Method: "GET", URL: &u, Header: http.Header{}}
			for _, c := range alice.kept {
				req.AddCookie(c)
			}
			q := u.Query()
			change(q, req)
			u.RawQuery = q.Encode()
			res, err := plain.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != 401 {
				t.Errorf("%s: %d", name, res.StatusCode)
			}
			for _, c := range res.Cookies() {
				if c.Name == "tenon_session" {
					t.Errorf("%s: signed in", name)
				}
			}
		}
		if len(alice.kept) == 0 {
			t.Fatal("no flow was kept")
		}
		send("the same once more", func(url.Values, *http.Request) {})
		send("another state", func(q url.Values, _ *http.Request) { q.Set("state", "x") })
		send("another code", func(q url.Values, _ *http.Request) { q.Set("code", "x") })
		send("no code", func(q url.Values, _ *http.Request) { q.Del("code") })
		send("another browser", func(_ url.Values, r *http.Request) { r.Header.Del("Cookie") })
		send("a flow that was tampered with", func(_ url.Values, r *http.Request) { r.Header.Set("Cookie", "tenon_oidc=1.AAAA") })
	})
	t.Run("disabled", func(t *testing.T) {
		s.command("user", "disable", "alice")
		if body := alice.ask("/account/graphql", whoami); !strings.Contains(body, "UNAUTHENTICATED") {
			t.Error(body)
		}
		if status, body := s.visitor(t).signIn("alice"); status != 401 {
			t.Errorf("a disabled login signs in: %d %s", status, body)
		}
	})
	log := s.command("audit", "list")
	for _, want := range []string{`"by":"oidc"`, "login.created", "login.failed", "not linked", "not completed", "login disabled"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(s.out.String(), "internal error") {
		t.Error(fmt.Sprint(&s.out))
	}
}

// TestLinked: where names are the provider's alone, they are those of the users' records, and nobody
// else gets in.
func TestLinked(t *testing.T) {
	s := serve(t, links)
	v := s.visitor(t)
	if status, body := v.signIn("xu.jing"); status != 200 {
		t.Fatal(status, body)
	}
	if body := v.ask("/account/graphql", `{ me { login locale roles totpRequired } }`); !strings.Contains(body, `"login":"xu.jing","locale":"zh-CN","roles":["lead_owner","sales_rep"]`) {
		t.Error(body)
	}
	if status, body := s.visitor(t).signIn("alice"); status != 401 {
		t.Errorf("somebody without a record: %d %s", status, body)
	}
}
