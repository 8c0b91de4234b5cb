// Package httpd is the HTTP server: mounts, authentication of callers, limits, error rendering,
// health. What is served comes in as handlers that know nothing of the server's library.
package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

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
	Body        []byte
	Param       func(name string) string // of the route
	QueryParam  func(name string) string
	Stream      io.Reader // the body, for handlers mounted with Streaming
}

// Response is a handler's answer.
type Response struct {
	Status      int
	ContentType string
	Header      map[string]string // with an ETag, a client that has the answer is told so by 304
	Body        []byte
}

// Handler answers requests. The caller is in the context (platform/ident) unless the mount is Public.
type Handler func(ctx context.Context, r *Request) *Response

// Mount is one route.
type Mount struct {
	Method    string // "" for all
	Path      string // fiber's syntax: /import/:object
	Public    bool   // no caller is needed
	Streaming bool   // the body is not buffered, and not bounded by MaxBody
	Handler   Handler
}

// Config of a server.
type Config struct {
	Mounts []Mount
	// Authenticate finds the caller behind a bearer token.
	Authenticate func(ctx context.Context, token string) (ident.Principal, error)
	// Local, when set, is the caller of every request: for a listener that only its owner can reach.
	Local   *ident.Principal
	Tenant  string
	MaxBody int           // bytes; 0: 4 MB
	Timeout time.Duration // of a handler that does not stream; 0: 30 s
	Log     *slog.Logger
	NewID   func() string // ids of internal errors, in the log and in the answer
}

// Server serves HTTP.
type Server struct {
	app *fiber.App
	cfg Config
}

// New makes a server.
func New(cfg Config) *Server {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 4 << 20
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	s := &Server{cfg: cfg}
	read := 60 * time.Second
	if cfg.Local != nil {
		read = 0 // a load over the owner's own socket takes as long as it takes
	}
	s.app = fiber.New(fiber.Config{
		DisableStartupMessage: true,
		Immutable:             true, // values kept past a handler must not become another request's
		BodyLimit:             cfg.MaxBody,
		StreamRequestBody:     true,
		ReadTimeout:           read,
		IdleTimeout:           120 * time.Second,
		ServerHeader:          "",
		ErrorHandler:          s.renderError,
	})
	s.app.Use(recover.New(), securityHeaders)
	for _, m := range cfg.Mounts {
		h := s.handler(m)
		if m.Method == "" {
			s.app.All(m.Path, h)
		} else {
			s.app.Add(m.Method, m.Path, h)
		}
	}
	s.app.Use(func(c *fiber.Ctx) error {
		return errs.New(errs.NotFound, "there is nothing at %s", "%s 不存在", c.Path())
	})
	return s
}

// Serve serves until the listener is closed or Shutdown is called.
func (s *Server) Serve(l net.Listener) error { return s.app.Listener(l) }

// Shutdown stops taking requests and waits for those under way, at most until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.app.ShutdownWithContext(ctx) }

func securityHeaders(c *fiber.Ctx) error {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "no-referrer")
	return c.Next()
}

func (s *Server) handler(m Mount) fiber.Handler {
	return func(c *fiber.Ctx) error {
		caller, err := s.caller(c, m.Public)
		if err != nil {
			return err
		}
		r := &Request{Method: c.Method(), Path: c.Path(), RawQuery: string(c.Request().URI().QueryString()),
			Accept: c.Get("Accept"), ContentType: c.Get("Content-Type"),
			Param: func(n string) string { return c.Params(n) }, QueryParam: func(n string) string { return c.Query(n) }}
		ctx := ident.With(context.Background(), caller)
		if m.Streaming {
			r.Stream = c.Context().RequestBodyStream()
		} else {
			if r.Body, err = s.body(c); err != nil {
				return err
			}
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
			defer cancel()
		}
		res := m.Handler(ctx, r)
		for k, v := range res.Header {
			c.Set(k, v)
		}
		if res.Header["ETag"] != "" && (c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead) && c.Fresh() {
			c.Status(fiber.StatusNotModified)
			return nil
		}
		c.Status(res.Status)
		if res.ContentType != "" {
			c.Response().Header.SetContentType(res.ContentType)
		}
		c.Response().SetBodyRaw(res.Body)
		return nil
	}
}

// body reads a whole body of at most MaxBody bytes, whatever length it claims to have.
func (s *Server) body(c *fiber.Ctx) ([]byte, error) {
	n := c.Request().Header.ContentLength()
	stream := c.Context().RequestBodyStream()
	if n > s.cfg.MaxBody {
		return nil, tooLarge(s.cfg.MaxBody)
	}
	if n >= 0 || stream == nil {
		return c.Body(), nil
	}
	b, err := io.ReadAll(io.LimitReader(stream, int64(s.cfg.MaxBody)+1))
	if err != nil {
		return nil, errs.New(errs.InvalidInput, "the body broke off", "请求体中断").Because(err)
	}
	if len(b) > s.cfg.MaxBody {
		return nil, tooLarge(s.cfg.MaxBody)
	}
	return b, nil
}

func tooLarge(limit int) error {
	return errs.New(errs.LimitExceeded, "the request is larger than %d bytes", "请求超过 %d 字节", limit).With("limit", limit).With("status", fiber.StatusRequestEntityTooLarge)
}

// caller finds who calls. A public route is served to anybody.
func (s *Server) caller(c *fiber.Ctx, public bool) (ident.Caller, error) {
	out := ident.Caller{Tenant: s.cfg.Tenant, Locale: locale(c.Get("Accept-Language"))}
	if s.cfg.Local != nil {
		out.Principal = *s.cfg.Local
		return out, nil
	}
	token, bearer := strings.CutPrefix(c.Get("Authorization"), "Bearer ")
	if !bearer {
		token = c.Cookies(SessionCookie)
		// A cookie alone must not carry a cross-site write: browsers name the site that asks.
		if site := c.Get("Sec-Fetch-Site"); token != "" && site != "" && site != "same-origin" && site != "none" {
			token = ""
		}
	}
	if token == "" {
		if public {
			return out, nil
		}
		return out, errs.New(errs.Unauthenticated, "sign in, or send a valid API key", "请登录，或提供有效的 API 密钥")
	}
	p, err := s.cfg.Authenticate(c.Context(), token)
	if err != nil && !public {
		return out, err
	}
	out.Principal = p
	return out, nil
}

// SessionCookie holds the session's token for browsers.
const SessionCookie = "tenon_session"

func locale(accept string) string {
	if strings.HasPrefix(strings.TrimSpace(accept), "zh") {
		return "zh-CN"
	}
	return "en"
}

func (s *Server) renderError(c *fiber.Ctx, err error) error {
	var fe *fiber.Error
	if errors.As(err, &fe) {
		err = fromFiber(fe)
	}
	e := errs.From(err)
	res := RenderError(e, locale(c.Get("Accept-Language")), s.cfg.Log, s.cfg.NewID)
	c.Response().Header.SetContentType(res.ContentType)
	return c.Status(res.Status).Send(res.Body)
}

func fromFiber(e *fiber.Error) error {
	switch e.Code {
	case fiber.StatusNotFound:
		return errs.New(errs.NotFound, "there is nothing here", "此处没有内容")
	case fiber.StatusRequestEntityTooLarge:
		return errs.New(errs.LimitExceeded, "the request is too large", "请求过大").With("status", e.Code)
	case fiber.StatusMethodNotAllowed:
		return errs.New(errs.InvalidInput, "the method is not allowed here", "此处不允许该方法").With("status", e.Code)
	}
	if e.Code < 500 {
		return errs.New(errs.InvalidInput, "%s", "%s", e.Message).With("status", e.Code)
	}
	return e
}

// RenderError gives the JSON of an error that happened outside of GraphQL. Causes go to the log
// under the id that the answer shows.
func RenderError(e *errs.Error, locale string, log *slog.Logger, newID func() string) *Response {
	ext := map[string]any{"code": e.Code, "message_zh": e.Message.Zh}
	status := e.Code.Status()
	if n, ok := e.Details["status"].(int); ok {
		status = n
	}
	if e.Details != nil {
		ext["details"] = e.Details
	}
	if e.Code == errs.Internal {
		id := newID()
		ext["id"] = id
		log.Error("internal error", "id", id, "cause", e.Error())
	}
	b, err := json.Marshal(map[string]any{"errors": []any{map[string]any{"message": e.Message.In(locale), "extensions": ext}}})
	if err != nil {
		log.Error("render error", "cause", err)
		b = []byte(`{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`)
	}
	return &Response{Status: status, ContentType: "application/json; charset=utf-8", Body: b}
}
