package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/designer"
	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
)

// TestSite serves the page and its files: in a coding that the client takes, to be kept for good, and
// nothing in place of what is missing.
func TestSite(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, "plain"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	site, err := designer.Open(fstest.MapFS{"index.html": {Data: []byte(`<html data-attrs=""><meta content="{nonce}">`)}, "routes.json": {Data: []byte(`[]`)},
		"assets/a-1.js.br": {Data: []byte("small")}, "assets/a-1.js.gz": {Data: packed.Bytes()}})
	if err != nil {
		t.Fatal(err)
	}
	in := opened(t, clock.System{})
	in.site.ui = site
	ctx := signedIn(ident.Principal{})
	for coding, want := range map[string][2]string{"gzip, deflate, br": {"br", "small"}, "gzip": {"gzip", packed.String()}, "identity": {"", "plain"}, "br;q=0": {"", "plain"}} {
		res := in.handleSiteFile(ctx, &httpd.Request{Coding: coding, Param: func(string) string { return "a-1.js" }})
		if res.Status != http.StatusOK || res.Header["Content-Encoding"] != want[0] || string(res.Body) != want[1] ||
			!strings.Contains(res.Header["Cache-Control"], "immutable") || res.Header["Vary"] != "Accept-Encoding" || res.ContentType != "text/javascript; charset=utf-8" {
			t.Errorf("%s: %d %v %q", coding, res.Status, res.Header, res.Body)
		}
	}
	missing := in.handleSiteFile(ctx, &httpd.Request{Coding: "br", Param: func(string) string { return "a-2.js" }})
	if missing.Status != http.StatusNotFound || strings.Contains(missing.Header["Cache-Control"], "immutable") || bytes.Contains(missing.Body, []byte("<html")) {
		t.Errorf("a chunk that is missing: %d %v %s", missing.Status, missing.Header, missing.Body)
	}
	one, two := in.handlePage(ctx, &httpd.Request{Path: "/o/dealer"}), in.handlePage(ctx, &httpd.Request{Path: "/o/dealer"})
	if one.Header["Cache-Control"] != "no-store" || one.Header["Content-Security-Policy"] == two.Header["Content-Security-Policy"] || !bytes.Contains(one.Body, []byte(`data-oidc="no"`)) {
		t.Errorf("the page: %v %s", one.Header, one.Body)
	}
}

// TestCommandBeforeServe: a command that comes while a directory is being prepared sees it prepared.
func TestCommandBeforeServe(t *testing.T) {
	dir := t.TempDir()
	s, err := openSite(t.Context(), &common{data: dir, store: "sqlite"}, clock.System{}, slog.New(slog.NewTextHandler(t.Output(), nil)), serving{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	asked, answer := make(chan struct{}), make(chan string, 1)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(asked) }})
	go func() {
		var res struct{ CreateKey string }
		if err := (&client{http: socketClient(dir)}).admin(ctx, `mutation { createKey(login: "admin") }`, nil, &res); err != nil {
			res.CreateKey = err.Error()
		}
		answer <- res.CreateKey
	}()
	<-asked
	if err := s.main.makeAdmin(t.Context(), "not-yet-there"); err != nil {
		t.Fatal(err)
	}
	s.serveControl()
	if got := <-answer; !strings.HasPrefix(got, "tnk_") {
		t.Errorf("the command got %q", got)
	}
}
