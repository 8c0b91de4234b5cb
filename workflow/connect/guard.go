package connect

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
)

// maxRedirects is how many redirects one call follows.
const maxRedirects = 5

// guard holds what is called against what a connection allows.
type guard struct {
	decl *model.Connection
	opt  Options
	own  []string // hosts of the addresses that the declaration names
}

func newGuard(decl *model.Connection, opt Options) *guard {
	g := &guard{decl: decl, opt: opt}
	for _, a := range []string{decl.Address, decl.Auth.Token} {
		if u, err := url.Parse(a); err == nil && u.Host != "" {
			g.own = append(g.own, strings.ToLower(u.Hostname()))
		}
	}
	return g
}

// takes says whether a host may be called.
func (g *guard) takes(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, own := range g.own {
		if host == own {
			return true
		}
	}
	for _, h := range g.decl.Limits.Hosts {
		h = strings.ToLower(h)
		if below, wild := strings.CutPrefix(h, "*"); host == h || wild && strings.HasSuffix(host, below) {
			return true
		}
	}
	return false
}

// dial opens a connection. The address is looked at behind its name, when it is about to be called, so
// that a name cannot lead elsewhere meanwhile.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil || !g.takes(host) {
		return nil, Faultf(Blocked, "the host is not among those of the connection")
	}
	d := net.Dialer{KeepAlive: -1, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return Faultf(Blocked, "the address cannot be read")
		}
		if g.decl.Limits.Private || public(at.Addr()) || g.opt.Open != nil && g.opt.Open(at) {
			return nil
		}
		return Faultf(Blocked, "the address belongs to a private network")
	}}
	return d.DialContext(ctx, network, address)
}

// notPublic are networks beside those that net/netip knows of, from which nobody on the Internet answers,
// or behind which private ones may lie.
var notPublic = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10")

func prefixes(all ...string) (out []netip.Prefix) {
	for _, p := range all {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.Zone() != "" {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// client calls over HTTP within the guard.
func (g *guard) client() *http.Client {
	t := &http.Transport{DialContext: g.dial, TLSClientConfig: &tls.Config{RootCAs: g.opt.Roots, MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true}
	return &http.Client{Transport: t, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > maxRedirects:
			return Faultf(Broken, "it redirects without end")
		case r.URL.Scheme != "https" && via[0].URL.Scheme == "https":
			return Faultf(Blocked, "it redirects to where nothing is encrypted")
		case !g.takes(r.URL.Hostname()):
			return Faultf(Blocked, "it redirects to a host that is not among those of the connection")
		}
		return nil
	}}
}
