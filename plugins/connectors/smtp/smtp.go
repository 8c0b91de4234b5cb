// Package smtp is the connector that sends mail to people through a mail server.
package smtp

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "smtp".
func (Connector) Type() string { return "smtp" }

// Check needs a mail address as from.
func (Connector) Check(c *model.Connection) []connect.Problem {
	out := connect.Needs(c, "smtp smtps", "none basic")
	if _, err := mail.ParseAddress(c.From); err != nil {
		out = append(out, connect.Problem{Path: "from", Text: diag.Text{En: "the mail address of the sender is needed", Zh: "须填写发件人邮箱地址"}})
	}
	return out
}

// Send sends a mail. Its ID is the Message-ID, by which mail readers know a repetition.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	from, err := mail.ParseAddress(c.Decl.From)
	if err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "the sender is no mail address")
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return connect.Receipt{}, connect.Faultf(connect.Rejected, "the receiver has no mail address")
	}
	text, err := compose(from, to, m)
	if err != nil {
		return connect.Receipt{}, err
	}
	err = session(ctx, c, func(s *smtp.Client) error {
		if err := s.Mail(from.Address); err != nil {
			return err
		}
		if err := s.Rcpt(to.Address); err != nil {
			return err
		}
		w, err := s.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		return w.Close()
	})
	return connect.Receipt{}, err
}

// Probe signs in, and sends nothing.
func (Connector) Probe(ctx context.Context, c *connect.Call) error {
	return session(ctx, c, func(s *smtp.Client) error { return s.Noop() })
}

// session opens one with the server, encrypted where the server can, and ends it.
func session(ctx context.Context, c *connect.Call, do func(*smtp.Client) error) error {
	u, err := url.Parse(c.Decl.Address)
	if err != nil {
		return connect.Faultf(connect.Misconfigured, "the address cannot be read")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	conn, err := c.Dial(ctx, net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return connect.FaultOf(ctx, err)
	}
	defer conn.Close()
	end := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // whatever is being read or written fails then
	defer end()
	err = talk(ctx, c, conn, u, do)
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return &connect.Fault{Kind: connect.Cancelled}
		}
		return &connect.Fault{Kind: connect.TimedOut}
	}
	return faultOf(ctx, err)
}

func talk(ctx context.Context, c *connect.Call, conn net.Conn, u *url.URL, do func(*smtp.Client) error) error {
	secure := u.Scheme == "smtps"
	if secure {
		t := tls.Client(conn, c.TLS(u.Hostname()))
		if err := t.HandshakeContext(ctx); err != nil {
			return err
		}
		conn = t
	}
	s, err := smtp.NewClient(&limited{conn, c.MaxBody()}, u.Hostname())
	if err != nil {
		return err
	}
	if ok, _ := s.Extension("STARTTLS"); ok && !secure {
		if err := s.StartTLS(c.TLS(u.Hostname())); err != nil {
			return err
		}
		secure = true
	}
	if c.Decl.Auth.Type == "basic" {
		secret, err := c.Secret(ctx)
		if err != nil {
			return err
		}
		if !secure && !c.Decl.Limits.Private {
			return connect.Faultf(connect.Insecure, "the server would get the password without encryption")
		}
		if err := s.Auth(login{c.Decl.Auth.User, secret}); err != nil {
			return err
		}
	}
	if err := do(s); err != nil {
		return err
	}
	_ = s.Quit() // the server has taken the mail, whatever it says to a farewell
	return nil
}

// login is the mechanism PLAIN. Whether the line is safe enough was asked before.
type login struct{ user, password string }

func (l login) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + l.user + "\x00" + l.password), nil
}

func (l login) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, connect.Faultf(connect.Credentials, "the server asks for more than a password")
	}
	return nil, nil
}

// limited bounds what a server says in one session.
type limited struct {
	net.Conn
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, &connect.Fault{Kind: connect.TooLarge}
	}
	n, err := l.Conn.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// faultOf gives what a mail server says its kind.
func faultOf(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var f *connect.Fault
	if errors.As(err, &f) {
		return f
	}
	var said *textproto.Error
	if !errors.As(err, &said) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return connect.Faultf(connect.Broken, "the server hung up")
		}
		return connect.FaultOf(ctx, err)
	}
	kind := connect.Rejected
	switch code := said.Code; {
	case code == 530 || code == 534 || code == 535 || code == 538:
		kind = connect.Credentials
	case code == 421 || code == 450 || code == 451 || code == 452 || code == 454:
		kind = connect.Throttled
	case code >= 400 && code < 500:
		kind = connect.Broken
	}
	return connect.Faultf(kind, "%d %s", said.Code, said.Msg)
}

// compose writes a mail. Nothing in it can add a header: subjects are encoded, addresses parsed.
func compose(from, to *mail.Address, m connect.Message) ([]byte, error) {
	var b bytes.Buffer
	_, host, _ := strings.Cut(from.Address, "@")
	for _, h := range [][2]string{{"From", from.String()}, {"To", to.String()}, {"Subject", mime.QEncoding.Encode("utf-8", oneLine(m.Subject))}, {"Date", m.At.Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", m.ID, host)}, {"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"}} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(m.Body)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }), " ")
}
