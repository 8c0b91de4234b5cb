package httpd

import (
	"context"
	"errors"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

const (
	// maxMessage bounds one message of a WebSocket, in bytes; pingEvery is how often a silent peer
	// is asked whether it is there, and slowest how long it may take to answer or to read.
	maxMessage = 1 << 20
	pingEvery  = 20 * time.Second
	slowest    = 30 * time.Second
)

// Socket is an open WebSocket that carries texts. Read is for one goroutine at a time, and so are
// the others together.
type Socket interface {
	// Protocol is the subprotocol that both sides chose; "" when they share none.
	Protocol() string
	Read() ([]byte, error)
	Write(text []byte) error
	// Close tells the peer why, with a code from 1000 to 4999.
	Close(code int, reason string)
}

// SocketMount is a route that upgrades to WebSockets. Serve owns the socket and returns when it is
// over; its context ends with the connection and with the server.
type SocketMount struct {
	Protocols []string
	Serve     func(ctx context.Context, s Socket, who Authenticator)
}

// Authenticator finds the caller behind a token; "" stands for what came with the request for the
// socket: a header or a cookie. A cookie counts only together with its CSRF token. Asked again, it
// tells whether the token still holds.
type Authenticator func(ctx context.Context, token, csrf string) (ident.Caller, error)

// upgrade answers a request for a WebSocket. Browsers let any page ask for one and send the cookies
// along, so only pages of this very site may, and those of the sites that may call with a token.
func (s *Server) upgrade(c *fiber.Ctx, m *SocketMount) error {
	caller, by := s.from(c), s.token(c)
	own := s.again(by.token, caller)
	who := func(ctx context.Context, token, csrf string) (ident.Caller, error) {
		if token != "" {
			return s.again(token, caller)(ctx)
		}
		found, err := own(ctx)
		if err == nil && by.cookie && !s.matches(by.token, csrf) {
			return caller, errForged
		}
		return found, err
	}
	welcome := !s.foreign(c) || s.allows(c.Get("Origin"))
	up := websocket.FastHTTPUpgrader{Subprotocols: m.Protocols, HandshakeTimeout: slowest, CheckOrigin: func(*fasthttp.RequestCtx) bool { return welcome },
		Error: func(*fasthttp.RequestCtx, int, error) {}}
	err := up.Upgrade(c.Context(), func(conn *websocket.Conn) {
		s.lasting.Add(1)
		defer s.lasting.Add(-1)
		ctx, cancel := context.WithCancel(s.closing)
		sock := newSocket(ctx, conn)
		// The connection is taken away when this function returns.
		defer func() { cancel(); <-sock.idle }()
		m.Serve(ctx, sock, who)
	})
	if err != nil {
		return errs.New(errs.InvalidInput, "this is no request for a WebSocket from a page of this host", "这不是来自本站页面的 WebSocket 请求").Because(err)
	}
	return nil
}

type socket struct {
	conn *websocket.Conn
	idle chan struct{} // closed when nobody asks any more
}

// newSocket keeps asking whether the peer is there, and ends the reading when it is not, or when
// the context ends.
func newSocket(ctx context.Context, conn *websocket.Conn) *socket {
	s := &socket{conn, make(chan struct{})}
	conn.SetReadLimit(maxMessage)
	conn.SetPongHandler(func(string) error { return s.alive() })
	go func() {
		defer close(s.idle)
		t := time.NewTicker(pingEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				// A peer that does not take it is noticed by the reader.
				_ = conn.WriteControl(websocket.PingMessage, nil, clock.Deadline(slowest))
			case <-ctx.Done():
				_ = conn.SetReadDeadline(clock.Deadline(0))
				return
			}
		}
	}()
	return s
}

func (s *socket) alive() error { return s.conn.SetReadDeadline(clock.Deadline(pingEvery + slowest)) }

func (s *socket) Protocol() string { return s.conn.Subprotocol() }

func (s *socket) Read() ([]byte, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	kind, b, err := s.conn.ReadMessage()
	if err == nil && kind != websocket.TextMessage {
		err = errors.New("httpd: a binary message on a socket for texts")
	}
	return b, err
}

func (s *socket) Write(text []byte) error {
	if err := s.conn.SetWriteDeadline(clock.Deadline(slowest)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, text)
}

func (s *socket) Close(code int, reason string) {
	// The peer may be gone already.
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), clock.Deadline(slowest))
	_ = s.conn.Close()
}

// again authenticates the caller of a request anew, for answers that go on for long.
func (s *Server) again(token string, was ident.Caller) func(context.Context) (ident.Caller, error) {
	return func(ctx context.Context) (ident.Caller, error) {
		if s.cfg.Local != nil {
			was.Principal = *s.cfg.Local
			return was, nil
		}
		if token == "" {
			return was, errUnauthenticated
		}
		p, err := s.cfg.Authenticate(ident.With(ctx, was), token)
		if err == nil && p.Pending {
			err = errPending
		}
		was.Principal = p
		return was, err
	}
}
