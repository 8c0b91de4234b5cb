package httpd

import (
	"crypto/subtle"
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/tenon-platform/tenon/platform/errs"
)

// CSRFHeader carries the token that goes along with what a session's cookie is to change.
const CSRFHeader = "X-CSRF-Token"

// SessionCookie holds the session's token for browsers, CSRFCookie the token for CSRFHeader, which
// pages of this site read from there.
const (
	SessionCookie = "tenon_session"
	CSRFCookie    = "tenon_csrf"
)

// safe says whether a method changes nothing.
func safe(method string) bool {
	return slices.Contains([]string{fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions}, method)
}

// foreign says whether a page of another site makes the browser send the request. Other programs
// send neither header.
func (s *Server) foreign(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin, host := c.Get("Origin"), string(c.Context().Host())
	// A proxy that this server was not told of may have taken TLS off.
	return origin != "" && origin != "https://"+host && (s.scheme(c) == "https" || origin != "http://"+host)
}

// scheme is how the client reached this site.
func (s *Server) scheme(c *fiber.Ctx) string {
	if c.Context().IsTLS() {
		return "https"
	}
	if s.trusted(peer(c)) && c.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}

// peer is the other end of the connection.
func peer(c *fiber.Ctx) netip.Addr {
	a, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	return a.Unmap()
}

func (s *Server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// address is the network address of the client: the other end of the connection, or what proxies
// that are trusted say of it. What a client says of itself stands left of that, and is not read.
func (s *Server) address(c *fiber.Ctx) string {
	a := peer(c)
	var hops []string
	for _, line := range c.Request().Header.PeekAll("X-Forwarded-For") { // proxies may add lines to a client's
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && s.trusted(a); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		a = next.Unmap()
	}
	return a.String()
}

// shown is what a request shows of its caller.
type shown struct {
	token  string
	cookie bool // browsers send it along for whoever asks
}

// token is what the caller shows: an API key, or the cookie of a session; nothing when another site
// makes the browser send the cookie.
func (s *Server) token(c *fiber.Ctx) shown {
	if token, ok := strings.CutPrefix(c.Get("Authorization"), "Bearer "); ok {
		return shown{token: token}
	}
	token := c.Cookies(SessionCookie)
	if token != "" && s.foreign(c) {
		return shown{}
	}
	return shown{token, token != ""}
}

// forged refuses what changes something with a cookie alone: only pages of this site know the token
// that goes along.
func (s *Server) forged(c *fiber.Ctx, by shown) error {
	if safe(c.Method()) || !by.cookie || s.matches(by.token, c.Get(CSRFHeader)) {
		return nil
	}
	return errForged
}

func (s *Server) matches(session, csrf string) bool {
	return s.cfg.CSRF != nil && subtle.ConstantTimeCompare([]byte(s.cfg.CSRF(session)), []byte(csrf)) == 1
}

var errForged = errs.New(errs.Forbidden, "with a session's cookie, send the token of the cookie "+CSRFCookie+" in the header "+CSRFHeader,
	"使用会话 Cookie 时，须在请求头 "+CSRFHeader+" 中发送 Cookie "+CSRFCookie+" 的值")

var errForeign = errs.New(errs.Forbidden, "another site may not do this", "不允许来自其他站点的请求")

// allows says whether pages of another site may call.
func (s *Server) allows(origin string) bool {
	return origin != "" && s.cfg.Origins != nil && slices.Contains(s.cfg.Origins(), origin)
}

// cors tells browsers whether a page of another site may call. Such pages call with a token: their
// cookies are never read, and browsers are not told to send them.
func (s *Server) cors(c *fiber.Ctx) error {
	origin := c.Get("Origin")
	preflight := c.Method() == fiber.MethodOptions && origin != "" && c.Get("Access-Control-Request-Method") != ""
	if origin != "" {
		c.Vary("Origin")
	}
	if s.cfg.Local == nil && s.allows(origin) {
		c.Set("Access-Control-Allow-Origin", origin)
		c.Set("Access-Control-Expose-Headers", "Content-Disposition, ETag, Retry-After")
	} else if preflight {
		return errForeign
	}
	if !preflight {
		return c.Next()
	}
	c.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
	c.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Accept-Language")
	c.Set("Access-Control-Max-Age", "600")
	return c.SendStatus(fiber.StatusNoContent)
}

// securityHeaders are those of every answer; handlers say otherwise where theirs is a page.
func (s *Server) securityHeaders(c *fiber.Ctx) error {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	c.Set("Cache-Control", "no-store")
	if s.cfg.Local == nil && s.scheme(c) == "https" {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return c.Next()
}
