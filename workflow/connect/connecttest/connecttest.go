// Package connecttest is what every connector must do when the other system behaves badly. A
// connector's test is one call of Run.
package connecttest

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Mode is how the other system behaves.
type Mode string

const (
	Well           Mode = "well"
	BadCredentials Mode = "bad credentials"
	Silent         Mode = "silent"       // takes the call and never answers
	Slow           Mode = "slow"         // answers a byte at a time, without end
	Huge           Mode = "huge"         // answers without end, fast
	Busy           Mode = "busy"         // asks to come back later
	Elsewhere      Mode = "elsewhere"    // redirects to another address of a private network
	Untrusted      Mode = "untrusted"    // has a certificate that nobody signed
	Down           Mode = "down"         // fails
	Nonsense       Mode = "nonsense"     // does not speak as it should
	Downgrading    Mode = "unencrypted"  // is asked over TLS, and redirects to where nothing is encrypted
	Foreign        Mode = "foreign host" // redirects to a host that the connection does not name
)

// Secret is what the good credentials are.
const Secret = "s3cret-c0rrect-h0rse"

// Server is a fake of the other system.
type Server struct {
	Address string // as the declaration has it
	// Roots are what its certificate is held against; nil: it has none.
	Roots *x509.CertPool
	// After is, of Busy, how long it asks to wait.
	After time.Duration
}

// Harness is a connector with fakes of what it speaks to.
type Harness struct {
	Connector connect.Connector
	// Declare gives a connection to an address, with credentials whose secret is called "secret".
	Declare func(address string) *model.Connection
	// Message is one that the other system takes.
	Message connect.Message
	// Serve starts a fake that behaves so, and stops it with the test; nil: systems of this kind cannot.
	Serve func(t *testing.T, m Mode) *Server
	// Lacks are the modes that Serve does not know, each with the reason.
	Lacks map[Mode]string
	// Took tells the IDs of the messages that fakes took.
	Took func() []string
}

// Vault keeps secrets for tests.
type Vault struct {
	mu      sync.Mutex
	Secrets map[string]string
	Tokens  map[string][]byte
}

// Secret gives a secret.
func (v *Vault) Secret(_ context.Context, name string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s, ok := v.Secrets[name]; ok {
		return s, nil
	}
	return "", connect.Faultf(connect.Misconfigured, "the secret %s is not set", name)
}

// Token gives a kept token.
func (v *Vault) Token(_ context.Context, name string) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.Tokens[name], nil
}

// Keep keeps a token.
func (v *Vault) Keep(_ context.Context, name string, token []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Tokens[name] = token
	return nil
}

// NewVault has the good secret, or one that is wrong.
func NewVault(good bool) *Vault {
	s := Secret
	if !good {
		s = "wr0ng-" + Secret
	}
	return &Vault{Secrets: map[string]string{"secret": s, "refresh": s}, Tokens: map[string][]byte{}}
}

// suite runs the cases of one harness.
type suite struct {
	h   Harness
	now *clock.Fixed
}

// Run holds a connector against everything that must hold of all.
func Run(t *testing.T, h Harness) {
	s := &suite{h: h, now: clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC))}
	t.Run("well", s.well)
	for _, c := range []struct {
		mode Mode
		want connect.Kind
	}{{BadCredentials, connect.Credentials}, {Silent, connect.TimedOut}, {Slow, connect.TimedOut}, {Huge, connect.TooLarge}, {Busy, connect.Throttled},
		{Elsewhere, connect.Blocked}, {Foreign, connect.Blocked}, {Downgrading, connect.Blocked}, {Untrusted, connect.Insecure}, {Down, connect.Broken}, {Nonsense, connect.Broken}} {
		t.Run(string(c.mode), func(t *testing.T) { s.bad(t, c.mode, c.want) })
	}
	t.Run("private address", s.private)
	t.Run("nobody there", s.nobody)
	t.Run("cancelled", s.cancelled)
	t.Run("no secret", s.noSecret)
}

func (s *suite) serve(t *testing.T, m Mode) *Server {
	t.Helper()
	if why := s.h.Lacks[m]; why != "" {
		t.Skipf("lacks %s: %s", m, why)
	}
	return s.h.Serve(t, m)
}

// call makes a call of a server at this machine; other private addresses stay closed.
func (s *suite) call(t *testing.T, srv *Server, v connect.Vault, change func(*model.Connection)) *connect.Call {
	t.Helper()
	decl := s.h.Declare(srv.Address)
	decl.Limits.Timeout = 400
	decl.Limits.Body = 16
	if change != nil {
		change(decl)
	}
	u, err := url.Parse(srv.Address)
	if err != nil {
		t.Fatal(err)
	}
	open := func(a netip.AddrPort) bool { return a.String() == u.Host }
	if change != nil {
		open = nil
	}
	c := connect.NewCall(decl, v, s.now, connect.Options{Roots: srv.Roots, Open: open})
	t.Cleanup(c.Close)
	return c
}

func (s *suite) send(ctx context.Context, c *connect.Call) error {
	ctx, stop := c.Within(ctx)
	defer stop()
	_, err := s.h.Connector.Send(ctx, c, s.h.Message)
	return err
}

func (s *suite) probe(ctx context.Context, c *connect.Call) error {
	ctx, stop := c.Within(ctx)
	defer stop()
	return s.h.Connector.Probe(ctx, c)
}

func (s *suite) well(t *testing.T) {
	srv := s.serve(t, Well)
	c := s.call(t, srv, NewVault(true), nil)
	if problems := s.h.Connector.Check(c.Decl); len(problems) > 0 {
		t.Fatalf("the declaration is refused: %v", problems)
	}
	if err := s.probe(t.Context(), c); err != nil {
		t.Fatal("probe:", err)
	}
	for range 2 { // a message that is sent twice is the same one to the other system
		if err := s.send(t.Context(), c); err != nil {
			t.Fatal("send:", err)
		}
	}
	if took := s.h.Took(); len(took) != 2 || took[0] != took[1] || took[0] == "" {
		t.Errorf("the other system took %q", took)
	}
}

// bad holds sending and probing to a fault, in time, without a secret in it.
func (s *suite) bad(t *testing.T, m Mode, want connect.Kind) {
	srv := s.serve(t, m)
	for name, do := range map[string]func(context.Context, *connect.Call) error{"send": s.send, "probe": s.probe} {
		v := NewVault(m != BadCredentials)
		watch := clock.Start()
		err := do(t.Context(), s.call(t, srv, v, nil))
		f := connect.FaultOf(t.Context(), err)
		if f == nil || f.Kind != want {
			t.Errorf("%s: %v, want %s", name, err, want)
			continue
		}
		if strings.Contains(err.Error(), Secret) {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
		if watch.Elapsed() > 3*time.Second {
			t.Errorf("%s took %s", name, watch.Elapsed())
		}
		if m == Busy && f.After != srv.After {
			t.Errorf("%s: asked to wait %s, want %s", name, f.After, srv.After)
		}
	}
}

// private: an address of this machine is not called unless the connection allows it.
func (s *suite) private(t *testing.T) {
	srv := s.serve(t, Well)
	err := s.send(t.Context(), s.call(t, srv, NewVault(true), func(*model.Connection) {}))
	if f := connect.FaultOf(t.Context(), err); f == nil || f.Kind != connect.Blocked {
		t.Errorf("%v, want %s", err, connect.Blocked)
	}
	if err := s.send(t.Context(), s.call(t, srv, NewVault(true), func(d *model.Connection) { d.Limits.Private = true })); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

func (s *suite) nobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	u, _ := url.Parse(s.h.Declare("http://x").Address)
	srv := s.serve(t, Well)
	if v, err := url.Parse(srv.Address); err == nil {
		u = v
	}
	u.Host = at
	err = s.send(t.Context(), s.call(t, &Server{Address: u.String(), Roots: srv.Roots}, NewVault(true), nil))
	if f := connect.FaultOf(t.Context(), err); f == nil || f.Kind != connect.Unreachable {
		t.Errorf("%v, want %s", err, connect.Unreachable)
	}
}

func (s *suite) cancelled(t *testing.T) {
	srv := s.serve(t, Silent)
	c := s.call(t, srv, NewVault(true), nil)
	c.Decl.Limits.Timeout = 20_000
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	err := s.send(ctx, c)
	if f := connect.FaultOf(ctx, err); f == nil || f.Kind != connect.Cancelled {
		t.Errorf("%v, want %s", err, connect.Cancelled)
	}
}

func (s *suite) noSecret(t *testing.T) {
	srv := s.serve(t, Well)
	if s.h.Declare(srv.Address).Auth.Secret == "" {
		t.Skip("lacks secrets")
	}
	v := NewVault(true)
	v.Secrets = nil
	err := s.send(t.Context(), s.call(t, srv, v, nil))
	if f := connect.FaultOf(t.Context(), err); f == nil || f.Kind != connect.Misconfigured || !strings.Contains(f.Detail, "secret") {
		t.Errorf("%v, want %s", err, connect.Misconfigured)
	}
}
