package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestGraphiQL serves the page with all that it needs from the binary itself, to anybody; the
// browser's part is in deploy/conformance.
func TestGraphiQL(t *testing.T) {
	s := serve(t, t.TempDir(), "--bare")
	anybody := map[string]string{"Authorization": ""}
	status, header, page := s.call(http.MethodGet, "/graphiql", "", anybody)
	policy := header.Get("Content-Security-Policy")
	if status != http.StatusOK || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self'; ") {
		t.Errorf("the page: %d %s", status, policy)
	}
	if regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(page) {
		t.Errorf("the page loads from elsewhere: %s", page)
	}
	nonce := regexp.MustCompile(`'nonce-([\w-]{22})'`).FindStringSubmatch(policy)
	if nonce == nil || !strings.Contains(page, `content="`+nonce[1]+`"`) {
		t.Errorf("the policy %s and the page differ in the nonce", policy)
	}
	if _, again, _ := s.call(http.MethodGet, "/graphiql", "", anybody); again.Get("Content-Security-Policy") == policy {
		t.Error("the nonce is the same twice")
	}
	sum := len(page)
	for _, m := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		status, header, file := s.call(http.MethodGet, m[1], "", map[string]string{"Authorization": "", "Accept-Encoding": "identity"})
		if status != http.StatusOK || header.Get("Content-Encoding") != "" || !strings.Contains(header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", m[1], status, header)
		}
		if strings.Contains(file, "unpkg.com") || strings.Contains(file, "cdn.") {
			t.Errorf("%s names a CDN", m[1])
		}
		_, _, same := s.call(http.MethodGet, m[1], "", anybody) // the client unpacks it
		if same != file {
			t.Errorf("%s is another file when it is packed", m[1])
		}
		sum += len(file)
	}
	if sum < 500_000 || sum > 2_000_000 {
		t.Errorf("the page has %d bytes", sum)
	}
	if status, _, body := s.call(http.MethodGet, "/graphiql/..%2fembed.go", "", anybody); status != http.StatusNotFound || !strings.Contains(body, "NOT_FOUND") {
		t.Errorf("another file: %d %s", status, body)
	}
}
