// Package httpd is the HTTP server: mounts, authentication of callers, limits, error rendering,
// health. What is served comes in as handlers that know nothing of the server's library.
package httpd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/valyala/fasthttp"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

// Request is what a handler sees of a request. Its strings and bytes are valid until the handler
// returns.
type Request struct {
	Method      string
	Path        string
	RawQuery    string
	Accept      string
	ContentType string
	Range       string // the headers by which a client asks for a part of the answer
	IfRange     string
	Coding      string // Accept-Encoding; see TakesGzip
	Body        []byte
	Param       func(name string) string // of the route
	QueryParam  func(name string) string
	Header      func(name string) string // of the request; the credentials are not among them
	Cookie      func(name string) string
	Stream      io.Reader // the body, for handlers mounted with Streaming; nil when there is none
	Agent       string    // how the client calls itself
	Session     string    // the token of the session's cookie, "" without one
	Secure      bool      // the client came over TLS
	// Again authenticates the caller anew, for answers that go on for long.
	Again func(ctx context.Context) (ident.Caller, error)
}

// Response is a handler's answer.
type Response struct {
	Status      int
	ContentType string
	Header      map[string]string // with an ETag, a client that has the answer is told so by 304
	Cookies     []string          // each as a Set-Cookie header has it
	Body        []byte
	// Events, when set, writes the body bit by bit; each part is sent at once. It is called after
	// the handler has returned; its context ends with the server. An error of send says that nobody
	// listens any more.
	Events func(ctx context.Context, send func(part []byte) error)
	// Stream, when set, is the body, and closed at its end or when the client goes away. When
	// reading it fails the connection is broken off, so that no client takes the part for the whole.
	Stream io.ReadCloser
	Length int64 // bytes that Stream gives; 0: nobody knows
}

// Handler answers requests. The caller is in the context (platform/ident) unless the mount is Public.
type Handler func(ctx context.Context, r *Request) *Response

// Mount is one route.
type Mount struct {
	Method    string // "" for all
	Path      string // fiber's syntax: /import/:object
	Public    bool   // no caller is needed
	Streaming bool   // the body is not buffered, and not bounded by MaxBody
	Reads     bool   // it is for keys that read alone, too, whatever the method: the handler sees to it
	Foreign   bool   // pages of other sites may send here, too: only for what is Public and does nothing by who the browser knows
	Pending   bool   // it is for callers, too, who have to set an authenticator up first
	Free      bool   // it costs nothing to answer, and waits for no turn
	Handler   Handler
	Socket    *SocketMount // serves requests for a WebSocket; nil: there are none here
}

// Config of a server.
type Config struct {
	Mounts []Mount
	// Authenticate finds the caller behind a bearer token.
	Authenticate func(ctx context.Context, token string) (ident.Principal, error)
	// CSRF gives the token that goes along with a session's; nil: cookies change nothing.
	CSRF func(session string) string
	// Origins are the other sites whose pages may call with a bearer token, as https://host:port;
	// nil: none. It is asked each time.
	Origins func() []string
	// Proxies are the networks of proxies that are believed what they say of clients.
	Proxies []netip.Prefix
	// Choose finds the server of the tenant that a request is for, from its host and the header
	// TenantHeader; nil: this one. done is called when the request has been answered. A server that is
	// only chosen needs no listener. It may take as long as wait.
	Choose func(wait time.Duration, host, header string) (of *Server, done func(), err error)
	// Admit refuses requests, before anybody asks who calls; nil: none.
	Admit func(ctx context.Context, path string) error
	// Turn waits until a request may be answered, so that those of others are not kept waiting; nil: at
	// once. What streams takes none: it waits for its client.
	Turn func(ctx context.Context) (held context.Context, done func(), err error)
	// Local, when set, is the caller of every request: for a listener that only its owner can reach.
	Local   *ident.Principal
	Tenant  string
	MaxBody int           // bytes; 0: 4 MB
	Timeout time.Duration // of a handler that does not stream; 0: 30 s
	// ReadTimeout bounds the reading of a request, and of a streamed body the wait for its next
	// part: an upload takes as long as it takes. 0: 60 s; a Local server waits for ever.
	ReadTimeout time.Duration
	Log         *slog.Logger
	NewID       func() string // ids of internal errors, in the log and in the answer
}

// TenantHeader is the header by which a request says which tenant it is for.
const TenantHeader = "Tenant"

// Server serves HTTP.
type Server struct {
	app     *fiber.App
	handle  fasthttp.RequestHandler // without the guard
	cfg     Config
	lasting atomic.Int64    // answers that go on for long
	closing context.Context // ends when the server is shut down
	close   context.CancelFunc
}

// New makes a server.
func New(cfg Config) *Server {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 4 << 20
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Local != nil {
		cfg.ReadTimeout = 0
	} else if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = 60 * time.Second
	}
	s := &Server{cfg: cfg}
	s.closing, s.close = context.WithCancel(context.Background())
	s.app = fiber.New(fiber.Config{
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true, // it would be kept before anybody knows who calls
		Immutable:                    true, // values kept past a handler must not become another request's
		BodyLimit:                    cfg.MaxBody,
		StreamRequestBody:            true,
		ReadTimeout:                  cfg.ReadTimeout,
		IdleTimeout:                  120 * time.Second,
		ServerHeader:                 "",
		ErrorHandler:                 s.renderError,
	})
	s.app.Server().Handler = s.guard(s.app.Server().Handler)
	s.app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.logPanic}), s.securityHeaders, s.cors, s.admit)
	s.mount(cfg.Mounts)
	s.handle = s.app.Handler()
	return s
}

func (s *Server) admit(c *fiber.Ctx) error {
	if s.cfg.Admit != nil {
		if err := s.cfg.Admit(context.Background(), c.Path()); err != nil {
			return err
		}
	}
	return c.Next()
}

// Lasting is how many answers go on now that may go on for as long as callers like.
func (s *Server) Lasting() int { return int(s.lasting.Load()) }

// Quit ends the answers that may go on for as long as callers like.
func (s *Server) Quit() { s.close() }

func (s *Server) mount(mounts []Mount) {
	methods := map[string][]string{} // by path, of those that do not take all
	for _, m := range mounts {
		if m.Method == "" {
			s.app.All(m.Path, s.handler(m))
			continue
		}
		s.app.Add(m.Method, m.Path, s.handler(m))
		methods[m.Path] = append(methods[m.Path], m.Method)
		if m.Method == fiber.MethodGet {
			s.app.Add(fiber.MethodHead, m.Path, s.handler(m))
			methods[m.Path] = append(methods[m.Path], fiber.MethodHead)
		}
	}
	for path, allowed := range methods {
		s.app.All(path, func(*fiber.Ctx) error { return notAllowed(allowed) })
	}
	s.app.Use(func(c *fiber.Ctx) error {
		return errs.New(errs.NotFound, "there is nothing at %s", "%s 不存在", c.Path())
	})
}

// guard stands around every request and holds what the library leaves open: a request has one
// length and a known method, and what is left of its body is never taken for the next request.
func (s *Server) guard(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		body := newBodyReader(ctx)
		switch {
		case twoLengths(ctx.Request.Header.RawHeaders()):
			body.end = errTwoLengths // where it ends is anybody's guess
			s.refuse(ctx, errTwoLengths)
		case !slices.Contains(fiber.DefaultMethods, string(ctx.Method())):
			s.refuse(ctx, errs.New(errs.InvalidInput, "the method is unknown", "未知的请求方法").With("status", fiber.StatusNotImplemented))
		default:
			ctx.SetUserValue(bodyKey{}, body)
			s.choose(ctx, next)
		}
		if !body.drain() {
			ctx.SetConnectionClose()
		}
	}
}

// choose hands a request to the server of its tenant.
func (s *Server) choose(ctx *fasthttp.RequestCtx, own fasthttp.RequestHandler) {
	if s.cfg.Choose == nil {
		own(ctx)
		return
	}
	of, done, err := s.cfg.Choose(s.cfg.Timeout, string(ctx.Host()), string(ctx.Request.Header.Peek(TenantHeader)))
	if err != nil {
		s.refuse(ctx, errs.From(err))
		return
	}
	defer done()
	if of != nil {
		own = of.handle
	}
	own(ctx)
}

var errTwoLengths = errs.New(errs.InvalidInput, "the request has two lengths", "请求含有两个长度")

// bodyKey finds the body's reader among the values of a request.
type bodyKey struct{}

func (s *Server) refuse(ctx *fasthttp.RequestCtx, e *errs.Error) {
	res := RenderError(e, Locale(string(ctx.Request.Header.Peek("Accept-Language"))), s.cfg.Log, s.cfg.NewID)
	ctx.SetStatusCode(res.Status)
	ctx.SetContentType(res.ContentType)
	ctx.Response.Header.Set("Cache-Control", "no-store")
	ctx.Response.Header.Set("X-Content-Type-Options", "nosniff")
	ctx.SetBody(res.Body)
}

func (s *Server) logPanic(c *fiber.Ctx, p any) {
	s.cfg.Log.Error("panic", "path", c.Path(), "cause", p, "stack", string(debug.Stack()))
}

// Serve serves until the listener is closed or Shutdown is called.
func (s *Server) Serve(l net.Listener) error { return s.app.Listener(l) }

// Shutdown stops taking requests and waits for those under way, at most until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.close()
	return s.app.ShutdownWithContext(ctx)
}

// header reads the headers of a request, without those that hold credentials.
func header(c *fiber.Ctx) func(string) string {
	return func(name string) string {
		if strings.EqualFold(name, fiber.HeaderAuthorization) || strings.EqualFold(name, fiber.HeaderCookie) {
			return ""
		}
		return c.Get(name)
	}
}

func (s *Server) handler(m Mount) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if m.Socket != nil && websocket.FastHTTPIsWebSocketUpgrade(c.Context()) {
			return s.upgrade(c, m.Socket)
		}
		caller, by, err := s.admitted(c, m)
		if err != nil {
			return err
		}
		r := &Request{Method: c.Method(), Path: c.Path(), RawQuery: string(c.Request().URI().QueryString()),
			Accept: c.Get("Accept"), ContentType: c.Get("Content-Type"), Range: c.Get("Range"), IfRange: c.Get("If-Range"),
			Coding: c.Get("Accept-Encoding"),
			Param:  func(n string) string { return c.Params(n) }, QueryParam: func(n string) string { return c.Query(n) }, Header: header(c), Cookie: func(n string) string { return c.Cookies(n) }, Again: s.again(by.token, caller),
			Agent: c.Get("User-Agent"), Secure: s.scheme(c) == "https"}
		if by.cookie {
			r.Session = by.token
		}
		ctx := ident.With(context.Background(), caller)
		body, ok := c.Context().UserValue(bodyKey{}).(*bodyReader)
		if !ok {
			return errors.New("httpd: a request came around the guard")
		}
		if coding := c.Get("Content-Encoding"); coding != "" && coding != "identity" {
			return errs.New(errs.InvalidInput, "send the body as it is, without a content coding", "请发送未经编码的请求体").With("status", fiber.StatusUnsupportedMediaType)
		}
		if m.Streaming {
			if body.idle = s.cfg.ReadTimeout; body.src != nil {
				r.Stream = body
			}
		} else {
			if r.Body, err = body.all(c.Request().Header.ContentLength(), s.cfg.MaxBody); err != nil {
				return err
			}
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
			defer cancel()
			if s.cfg.Turn != nil && !m.Free {
				held, done, err := s.cfg.Turn(ctx)
				if err != nil {
					return err
				}
				defer done()
				ctx = held
			}
		}
		res := m.Handler(ctx, r)
		for k, v := range res.Header {
			c.Set(k, v)
		}
		for _, v := range res.Cookies {
			c.Response().Header.Add("Set-Cookie", v)
		}
		if res.Header["ETag"] != "" && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) && c.Fresh() {
			c.Status(fiber.StatusNotModified)
			if res.Stream != nil {
				return res.Stream.Close()
			}
			return nil
		}
		c.Status(res.Status)
		if res.ContentType != "" {
			c.Response().Header.SetContentType(res.ContentType)
		}
		if res.Events != nil {
			s.stream(c, ident.With(s.closing, caller), res.Events)
			return nil
		}
		length := -1
		if res.Length > 0 {
			length = int(res.Length)
		}
		if res.Stream != nil && c.Method() == fiber.MethodHead {
			c.Response().SkipBody = true
			c.Response().Header.SetContentLength(length)
			return res.Stream.Close()
		}
		if res.Stream != nil {
			s.lasting.Add(1)
			c.Response().SetBodyStream(&paced{res.Stream, c.Context().Conn(), sync.OnceFunc(func() { s.lasting.Add(-1) })}, length)
			return nil
		}
		c.Response().SetBodyRaw(res.Body)
		return nil
	}
}

// stream sends a body bit by bit.
func (s *Server) stream(c *fiber.Ctx, ctx context.Context, events func(context.Context, func([]byte) error)) {
	conn := c.Context().Conn()
	s.lasting.Add(1)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer s.lasting.Add(-1)
		events(ctx, func(part []byte) error {
			if err := conn.SetWriteDeadline(clock.Deadline(slowest)); err != nil {
				return err
			}
			if _, err := w.Write(part); err != nil {
				return err
			}
			return w.Flush()
		})
		// Connections are used again, and other answers have no deadline.
		_ = conn.SetWriteDeadline(time.Time{})
	})
}

// paced gives the client the same time for every part of a body.
type paced struct {
	io.ReadCloser
	conn  net.Conn
	ended func()
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if late := p.conn.SetWriteDeadline(clock.Deadline(slowest)); err == nil {
		err = late
	}
	return n, err
}

func (p *paced) Close() error {
	defer p.ended()
	return errors.Join(p.ReadCloser.Close(), p.conn.SetWriteDeadline(time.Time{}))
}

var errUnauthenticated = errs.New(errs.Unauthenticated, "sign in, or send a valid API key", "请登录，或提供有效的 API 密钥")

// admitted finds who calls, and refuses what that caller may not send here at all.
func (s *Server) admitted(c *fiber.Ctx, m Mount) (ident.Caller, shown, error) {
	by := s.token(c)
	if s.cfg.Local == nil && m.Public && !m.Foreign && !safe(c.Method()) && s.foreign(c) {
		return ident.Caller{}, by, errForeign
	}
	caller, err := s.caller(c, by.token, m.Public)
	if err == nil && s.cfg.Local == nil && !m.Public {
		err = s.forged(c, by) // after who calls: a cookie that is none is taken down, whatever comes along
	}
	if err == nil && caller.Principal.Pending && !m.Pending {
		err = errPending
	}
	if err == nil && !m.Reads && !safe(c.Method()) && caller.Principal.Scope != nil && caller.Principal.Scope.ReadOnly {
		err = errs.New(errs.Forbidden, "this key may only read", "此密钥只能读取")
	}
	return caller, by, err
}

var errPending = errs.New(errs.Forbidden, "set an authenticator up first", "请先设置身份验证器").With("totp", "enrol")

// from is what is known of a request before anybody asks who calls.
func (s *Server) from(c *fiber.Ctx) ident.Caller {
	out := ident.Caller{Tenant: s.cfg.Tenant, Locale: Locale(c.Get("Accept-Language")), Address: ident.Local}
	if s.cfg.Local == nil {
		out.Address = s.address(c)
	}
	return out
}

// caller finds who calls. A public route is served to anybody.
func (s *Server) caller(c *fiber.Ctx, token string, public bool) (ident.Caller, error) {
	out := s.from(c)
	if s.cfg.Local != nil {
		out.Principal = *s.cfg.Local
		return out, nil
	}
	if public {
		return out, nil
	}
	if token == "" {
		return out, errUnauthenticated
	}
	// The context of the library's request is none to wait on: its server takes it away when it shuts down.
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Timeout)
	defer cancel()
	p, err := s.cfg.Authenticate(ident.With(ctx, out), token)
	if err != nil {
		return out, err
	}
	out.Principal = p
	return out, nil
}
