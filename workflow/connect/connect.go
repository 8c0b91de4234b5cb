// Package connect says what a connector is: how the platform sends a message to one kind of other
// system. It guards what connectors call, bounds what comes back, and gives what goes wrong one shape.
// What is sent when, secrets at rest and retries are workflow/connect/door's; connectors themselves
// are in plugins/connectors.
package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/diag"
)

// Connector speaks to one kind of other system. It is safe for concurrent use and keeps nothing: what
// a call needs is in the Call. What goes wrong it gives as a *Fault, which holds no secret.
type Connector interface {
	// Type is what connections call it by.
	Type() string
	// Check tells what of a declaration it cannot work with.
	Check(c *model.Connection) []Problem
	// Send delivers a message. It may have been delivered before, under the same ID.
	Send(ctx context.Context, c *Call, m Message) (Receipt, error)
	// Probe finds out whether the other system is there and takes the credentials, without an effect.
	Probe(ctx context.Context, c *Call) error
}

// Problem is a key of a declaration that a connector cannot work with.
type Problem struct {
	Path string // of the key: "auth.type"
	Text diag.Text
}

// Message is what is sent. Which parts mean something depends on the connector.
type Message struct {
	ID      string // the same for every attempt, and no other message's
	At      time.Time
	To      string            // a person's address; "": the system itself
	Subject string            // one line of text
	Body    string            // text
	Data    json.RawMessage   // of webhooks: the body as it is signed
	Values  map[string]string // for the templates of a request
	// Typed are values as JSON: a text of a body that is nothing but {{name}} becomes this value.
	Typed map[string]json.RawMessage
}

// Receipt is what the other system said of a message that it took.
type Receipt struct {
	Status int               // of HTTP; 0: none
	Values map[string]string // what the connection keeps of the answer
}

// Vault keeps secrets, and tokens that were got with them.
type Vault interface {
	// Secret gives a secret that administrators have set; a Fault when there is none.
	Secret(ctx context.Context, name string) (string, error)
	// Token gives what Keep kept under a name, or nil.
	Token(ctx context.Context, name string) ([]byte, error)
	// Keep seals and keeps a token; nil forgets it.
	Keep(ctx context.Context, name string, token []byte) error
}

// Options of calls. The zero value is right but for tests.
type Options struct {
	Roots *x509.CertPool // that certificates are held against; nil: the system's
	// Open are addresses that may be called although they are private.
	Open func(netip.AddrPort) bool
}

// Call is a connection in use: whose address may be called, and with which secrets.
type Call struct {
	Decl  *model.Connection
	Vault Vault
	Clock clock.Clock
	// Client calls over HTTP, within the limits of the connection.
	Client *http.Client
	guard  *guard
}

// NewCall makes a call of a connection.
func NewCall(decl *model.Connection, v Vault, c clock.Clock, opt Options) *Call {
	g := newGuard(decl, opt)
	return &Call{Decl: decl, Vault: v, Clock: c, guard: g, Client: g.client()}
}

// Close lets go of what is kept open.
func (c *Call) Close() { c.Client.CloseIdleConnections() }

// Dial opens a connection to a host and port that the limits allow.
func (c *Call) Dial(ctx context.Context, address string) (net.Conn, error) {
	return c.guard.dial(ctx, "tcp", address)
}

// TLS is how certificates of a host are checked.
func (c *Call) TLS(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: c.guard.opt.Roots, MinVersion: tls.VersionTLS12}
}

// Secret is the secret that the connection names.
func (c *Call) Secret(ctx context.Context) (string, error) {
	return c.Vault.Secret(ctx, c.Decl.Auth.Secret)
}

const (
	usualTimeout = 10 * time.Second
	usualBody    = 1 << 20
)

// Within bounds a context by the time that a call of the connection may take.
func (c *Call) Within(ctx context.Context) (context.Context, context.CancelFunc) {
	d := usualTimeout
	if ms := c.Decl.Limits.Timeout; ms > 0 {
		d = time.Duration(ms) * time.Millisecond
	}
	return context.WithTimeout(ctx, d)
}

// MaxBody is how many bytes an answer may have.
func (c *Call) MaxBody() int64 {
	if kb := c.Decl.Limits.Body; kb > 0 {
		return int64(kb) << 10
	}
	return usualBody
}

// Set is connectors by type.
type Set map[string]Connector

// NewSet makes a set.
func NewSet(all ...Connector) Set {
	s := Set{}
	for _, c := range all {
		s[c.Type()] = c
	}
	return s
}

// ErrNoConnector says that nothing speaks to systems of a connection's type.
var ErrNoConnector = errors.New("connect: there is no such connector")
