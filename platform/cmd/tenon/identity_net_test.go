package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate makes a certificate for 127.0.0.1, and gives its files and who trusts it.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put := func(name, kind string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	pool = x509.NewCertPool()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(c)
	return put("cert.pem", "CERTIFICATE", der), put("key.pem", "PRIVATE KEY", private), pool
}

// TestTLS: over TLS cookies are for TLS alone, and browsers are told to stay there.
func TestTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	s := serve(t, t.TempDir(), "--bare", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatal(s.url)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer c.CloseIdleConnections()
	res, err := c.Post(s.url+"/login", "application/json", strings.NewReader(fmt.Sprintf(`{"login": "admin", "password": %q}`, adminPassword)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	cookies := res.Cookies()
	if res.StatusCode != 200 || len(cookies) != 2 || !cookies[0].Secure || !cookies[1].Secure || !cookies[0].HttpOnly || cookies[1].HttpOnly ||
		cookies[0].SameSite != http.SameSiteStrictMode || cookies[1].SameSite != http.SameSiteStrictMode || res.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%d %+v %v", res.StatusCode, cookies, res.Header)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}}}
	if res, err := old.Get(s.url + "/healthz"); err == nil {
		res.Body.Close()
		t.Error("TLS 1.1 is spoken")
	}
	for _, args := range [][]string{{"--tls-cert", cert}, {"--tls-cert", cert, "--tls-key", cert}, {"--trust-proxy", "nobody"}} {
		if out, ok := output(t, append([]string{"serve", "--data", t.TempDir(), "--addr", "127.0.0.1:0"}, args...)...); ok {
			t.Errorf("%v serves: %s", args, out)
		}
	}
}

// TestHeaders: every answer forbids what nobody needs, and other sites get in only when an
// administrator says so, with a token, and never with a cookie.
func TestHeaders(t *testing.T) {
	s := serve(t, t.TempDir(), "--bare")
	for _, path := range []string{"/", "/healthz", "/graphql", "/nothing", "/export"} {
		_, h, _ := s.call("GET", path, "", map[string]string{"Authorization": ""})
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'", "Cross-Origin-Opener-Policy": "same-origin", "Cache-Control": "no-store"} {
			if !strings.HasPrefix(h.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
	}
	const shop = "https://shop.example.com"
	preflight := func(origin string) (int, http.Header) {
		status, h, _ := s.call("OPTIONS", "/graphql", "", map[string]string{"Authorization": "", "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"})
		return status, h
	}
	ask := func(origin string) (int, string) {
		status, h, _ := s.call("POST", "/graphql", operation("{ __typename }", nil), map[string]string{"Origin": origin, "Sec-Fetch-Site": "cross-site"})
		return status, h.Get("Access-Control-Allow-Origin")
	}
	if status, h := preflight(shop); status != 403 || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("nobody is allowed: %d %v", status, h)
	}
	for _, bad := range []string{"*", "https://*.example.com", "shop.example.com", "https://shop.example.com/", "https://user@shop.example.com", "javascript://x", "null", "https://Shop.example.com"} {
		_, _, body := s.call("POST", "/admin/graphql", operation(`mutation($o: [String!]) { setSignInSettings(origins: $o) { totp } }`, map[string]any{"o": []string{bad}}), nil)
		if code := answered(t, body, nil); code != "INVALID_INPUT" {
			t.Errorf("%s is allowed: %s", bad, body)
		}
	}
	s.admin(&struct{}{}, `mutation($o: [String!]) { setSignInSettings(origins: $o) { totp origins } }`, map[string]any{"o": []string{shop}})
	status, h := preflight(shop)
	if status != 204 || h.Get("Access-Control-Allow-Origin") != shop || h.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("the shop is allowed: %d %v", status, h)
	}
	if status, _ := preflight(shop + ".evil.example"); status != 403 {
		t.Errorf("another site with the same beginning: %d", status)
	}
	if status, allowed := ask(shop); status != 200 || allowed != shop {
		t.Errorf("with a key: %d %q", status, allowed)
	}
	if _, allowed := ask("https://evil.example"); allowed != "" {
		t.Errorf("another site reads: %q", allowed)
	}
	b := s.browser()
	if status, _ := b.signIn("admin", adminPassword); status != 200 {
		t.Fatal(status)
	}
	if status, _, _ := b.send("POST", "/graphql", operation("{ __typename }", nil), map[string]string{"Origin": shop, "Sec-Fetch-Site": "cross-site"}); status != 401 {
		t.Errorf("with a cookie: %d", status)
	}
}

// TestProxies: where a request comes from is believed of proxies that are trusted, and of nobody else.
func TestProxies(t *testing.T) {
	address := func(s *server, forwarded string) string {
		t.Helper()
		s.call("POST", "/login", `{"login": "nobody", "password": "x"}`, map[string]string{"Authorization": "", "X-Forwarded-For": forwarded})
		var list []entryView
		if err := json.Unmarshal([]byte(must(t, "audit", "list", "--data", s.data, "--last", "1", "--json")), &list); err != nil || len(list) != 1 {
			t.Fatal(err, list)
		}
		return *list[0].Address
	}
	plain := serve(t, t.TempDir(), "--bare")
	if got := address(plain, "192.0.2.1"); got != "127.0.0.1" {
		t.Errorf("a client says where it is: %s", got)
	}
	behind := serve(t, t.TempDir(), "--bare", "--trust-proxy", "127.0.0.1, 10.0.0.0/8")
	for forwarded, want := range map[string]string{"192.0.2.1": "192.0.2.1", "203.0.113.9, 192.0.2.1": "192.0.2.1", "192.0.2.1, 10.1.2.3": "192.0.2.1",
		"": "127.0.0.1", "garbage": "127.0.0.1", "10.9.9.9": "10.9.9.9", "2001:db8::1": "2001:db8::1"} {
		if got := address(behind, forwarded); got != want {
			t.Errorf("%q comes from %s, want %s", forwarded, got, want)
		}
	}
	req, err := http.NewRequest("POST", behind.url+"/login", strings.NewReader(`{"login": "nobody", "password": "x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header["X-Forwarded-For"] = []string{"203.0.113.9", "192.0.2.77"}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if out := must(t, "audit", "list", "--data", behind.data, "--last", "1"); !strings.Contains(out, "192.0.2.77") {
		t.Errorf("a client's own line is believed: %s", out)
	}
	_, h, _ := behind.call("POST", "/login", fmt.Sprintf(`{"login": "admin", "password": %q}`, adminPassword), map[string]string{"Authorization": "", "X-Forwarded-Proto": "https"})
	if !strings.Contains(h.Get("Set-Cookie"), "Secure") {
		t.Errorf("behind a proxy with TLS: %v", h)
	}
}
