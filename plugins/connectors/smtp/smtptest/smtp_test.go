// Package smtptest holds the mail connector against a real server, github.com/emersion/go-smtp.
package smtptest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	server "github.com/emersion/go-smtp"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/plugins/connectors/smtp"
	"github.com/tenon-platform/tenon/workflow/connect"
	"github.com/tenon-platform/tenon/workflow/connect/connecttest"
)

// box takes mails, from who signs in.
type box struct {
	mu    sync.Mutex
	mails [][]byte
	ids   []string
}

func (b *box) NewSession(*server.Conn) (server.Session, error) { return &session{box: b}, nil }

type session struct {
	box *box
	in  bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "tenon" || password != connecttest.Secret {
			return server.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(string, *server.MailOptions) error {
	if !s.in {
		return server.ErrAuthRequired
	}
	return nil
}

func (s *session) Rcpt(to string, _ *server.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &server.SMTPError{Code: 550, EnhancedCode: server.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, b)
	s.box.ids = append(s.box.ids, m.Header.Get("Message-ID"))
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// took gives the ids of the mails since the last call.
func (b *box) took() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.ids
	b.ids = nil
	return out
}

// certificate is one for this machine, and what it is held against.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	srv.StartTLS()
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return srv.TLS.Certificates[0], roots
}

// serve starts servers; implicit says that TLS begins with the connection.
func serve(b *box, implicit bool) func(*testing.T, connecttest.Mode) *connecttest.Server {
	return func(t *testing.T, m connecttest.Mode) *connecttest.Server {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		cert, roots := certificate(t)
		out := &connecttest.Server{Address: "smtp://" + l.Addr().String(), Roots: roots}
		if m == connecttest.Untrusted {
			out.Roots = x509.NewCertPool()
		}
		config := &tls.Config{Certificates: []tls.Certificate{cert}}
		if implicit {
			out.Address = "smtps://" + l.Addr().String()
			l = tls.NewListener(l, config)
		}
		if do := rude[m]; do != nil {
			go accept(l, do)
			t.Cleanup(func() { l.Close() })
			return out
		}
		s := server.NewServer(b)
		s.Domain, s.ErrorLog = "mail.example", quiet{}
		if !implicit {
			s.TLSConfig = config
		}
		go func() { _ = s.Serve(l) }()
		t.Cleanup(func() { s.Close() })
		return out
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func accept(l net.Listener, do func(net.Conn)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			do(c)
		}()
	}
}

// rude are servers that misbehave before anything is encrypted or said.
var rude = map[connecttest.Mode]func(net.Conn){
	connecttest.Silent: func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	connecttest.Slow: func(c net.Conn) {
		for _, err := c.Write([]byte("220-")); err == nil; _, err = c.Write([]byte(".")) {
			time.Sleep(20 * time.Millisecond)
		}
	},
	connecttest.Huge: func(c net.Conn) {
		line := []byte("220-" + strings.Repeat("x", 400) + "\r\n")
		for _, err := c.Write(line); err == nil; _, err = c.Write(line) {
		}
	},
	connecttest.Busy:     func(c net.Conn) { _, _ = c.Write([]byte("421 come back later\r\n")) },
	connecttest.Down:     func(net.Conn) {},
	connecttest.Nonsense: func(c net.Conn) { _, _ = c.Write([]byte("nonsense\r\n")); _, _ = io.Copy(io.Discard, c) },
}

func declare(address string) *model.Connection {
	return &model.Connection{Name: "mail", Type: "smtp", Address: address, From: "Tenon <tenon@example.com>", Auth: model.ConnectionAuth{Type: "basic", User: "tenon", Secret: "secret"}}
}

var message = connect.Message{ID: "msg_1", To: "ann@example.com", Subject: "您好\r\nBcc: all@example.com", Body: "Line one\n.\nLast = line 您好"}

func TestSuite(t *testing.T) {
	const http = "mail servers redirect nobody"
	for name, implicit := range map[string]bool{"STARTTLS": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			b := &box{}
			connecttest.Run(t, connecttest.Harness{Connector: smtp.Connector{}, Declare: declare, Message: message, Serve: serve(b, implicit), Took: b.took,
				Lacks: map[connecttest.Mode]string{connecttest.Elsewhere: http, connecttest.Foreign: http, connecttest.Downgrading: http}})
		})
	}
}

// TestMail: what arrives is what was sent; no text of it adds a header, and who is not there is refused.
func TestMail(t *testing.T) {
	b := &box{}
	srv := serve(b, false)(t, connecttest.Well)
	decl := declare(srv.Address)
	decl.Limits.Private = true
	m := message
	m.At = time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	c := connect.NewCall(decl, connecttest.NewVault(true), nil, connect.Options{Roots: srv.Roots})
	defer c.Close()
	if _, err := (smtp.Connector{}).Send(t.Context(), c, m); err != nil {
		t.Fatal(err)
	}
	got, err := mail.ReadMessage(bytes.NewReader(b.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "您好 Bcc: all@example.com" || got.Header.Get("Bcc") != "" || got.Header.Get("Message-ID") != "<msg_1@example.com>" ||
		got.Header.Get("Date") != "Mon, 02 Mar 2026 09:00:00 +0800" || got.Header.Get("From") != `"Tenon" <tenon@example.com>` {
		t.Errorf("%q %v", got.Header, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
	if err != nil || strings.ReplaceAll(strings.TrimSuffix(string(body), "\r\n"), "\r\n", "\n") != m.Body {
		t.Errorf("%q %v", body, err)
	}
	for _, to := range []string{"nobody@example.com", "", "a@b\r\nRCPT TO:<x@y>"} {
		m.To = to
		_, err := smtp.Connector{}.Send(t.Context(), c, m)
		if f := connect.FaultOf(t.Context(), err); f == nil || f.Kind != connect.Rejected {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if len(b.mails) != 1 {
		t.Errorf("%d mails", len(b.mails))
	}
}

// TestPlainLine: a password does not go over a line that is not encrypted.
func TestPlainLine(t *testing.T) {
	b := &box{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.NewServer(b)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "mail.example", true, quiet{}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	decl := declare("smtp://" + l.Addr().String())
	c := connect.NewCall(decl, connecttest.NewVault(true), nil, connect.Options{Open: func(netip.AddrPort) bool { return true }})
	defer c.Close()
	_, err = smtp.Connector{}.Send(t.Context(), c, message)
	if f := connect.FaultOf(t.Context(), err); f == nil || f.Kind != connect.Insecure {
		t.Error(err)
	}
}
