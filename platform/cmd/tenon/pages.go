package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"

	"github.com/tenon-platform/tenon/designer"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// siteMounts are the routes of what people see: the workspace where the binary has it, else the small
// page to start from.
func (in *instance) siteMounts() []httpd.Mount {
	if in.site.ui == nil {
		return []httpd.Mount{{Method: http.MethodGet, Path: "/", Public: true, Handler: in.handleWelcome}}
	}
	var out []httpd.Mount
	for _, path := range designer.Routes() {
		out = append(out, httpd.Mount{Method: http.MethodGet, Path: path, Public: true, Handler: in.handlePage})
	}
	return append(out, httpd.Mount{Method: http.MethodGet, Path: "/assets/:name", Public: true, Handler: in.handleSiteFile})
}

// handlePage serves the one page of the workspace and the designer. It is public: what it asks is asked
// as whoever has signed in.
func (in *instance) handlePage(ctx context.Context, r *httpd.Request) *httpd.Response {
	nonce, err := newNonce()
	if err != nil {
		return in.fail(ctx, err)
	}
	attrs := `data-oidc="no"`
	if in.oidc != nil {
		attrs = `data-oidc="yes"`
	}
	page, policy := in.site.ui.Page(r.Path, nonce, attrs, r.Cookie != nil && r.Cookie(httpd.CSRFCookie) != "")
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: page,
		Header: map[string]string{"Content-Security-Policy": policy, "Cache-Control": "no-store"}}
}

// newNonce is a number that a page's style sheets carry, used once.
func newNonce() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// handleSiteFile serves a file that the page loads. Its name says what is in it, so it may be kept.
func (in *instance) handleSiteFile(ctx context.Context, r *httpd.Request) *httpd.Response {
	name := r.Param("name")
	var codings []string
	if httpd.TakesBrotli(r.Coding) {
		codings = append(codings, "br")
	}
	f, ok := in.site.ui.File(name, append(codings, "gzip")...)
	if !ok {
		return in.fail(ctx, errs.New(errs.NotFound, "there is no file %.60q", "没有文件 %.60q", name))
	}
	return kept(ctx, in, r, f)
}

// kept answers with a packed file that browsers may keep for good, unpacked for who cannot unpack it.
func kept(ctx context.Context, in *instance, r *httpd.Request, f designer.Packed) *httpd.Response {
	res := &httpd.Response{Status: http.StatusOK, ContentType: f.MediaType, Body: f.Body,
		Header: map[string]string{"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}}
	if f.Coding == "" {
		return res
	}
	if f.Coding != "gzip" || httpd.TakesGzip(r.Coding) {
		res.Header["Content-Encoding"] = f.Coding
		return res
	}
	z, err := gzip.NewReader(bytes.NewReader(f.Body))
	if err == nil {
		res.Body, err = io.ReadAll(z)
	}
	if err != nil {
		return in.fail(ctx, fmt.Errorf("unpack a file: %w", err))
	}
	return res
}
