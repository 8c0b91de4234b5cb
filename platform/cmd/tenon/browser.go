package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/tenon-platform/tenon/designer"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/docs"
)

// handleGraphiQL serves the page on which people write queries for either door. The page is public,
// what it asks is asked as whoever has signed in.
func (in *instance) handleGraphiQL(ctx context.Context, _ *httpd.Request) *httpd.Response {
	nonce, err := newNonce()
	if err != nil {
		return in.fail(ctx, err)
	}
	page, policy := designer.GraphiQL(nonce)
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: page,
		Header: map[string]string{"Content-Security-Policy": policy, "Cache-Control": "no-store"}}
}

// handleAsset serves a file of the page, as it is packed to who can unpack it. Pages ask for it with
// its version, so it may be kept.
func (in *instance) handleAsset(ctx context.Context, r *httpd.Request) *httpd.Response {
	name := r.Param("name")
	packed, mediaType, ok := designer.Asset(name)
	if !ok {
		return in.fail(ctx, errs.New(errs.NotFound, "there is no file %.60q", "没有文件 %.60q", name))
	}
	return kept(ctx, in, r, designer.Packed{Body: packed, Coding: "gzip", MediaType: mediaType})
}

// docs is who reads the pages under /docs: in the language that the address names, else the browser's.
func (in *instance) docs(ctx context.Context, r *httpd.Request) (*docs.Reader, error) {
	may, err := in.profile(ctx)
	if err != nil {
		return nil, err
	}
	c, _ := ident.From(ctx)
	out := &docs.Reader{Catalog: in.publish.Tenant.Catalog(), Profile: may, Locale: c.Locale, Lister: in.graph}
	if may.Catalog() != nil {
		out.Catalog = may.Catalog()
	}
	if lang := r.QueryParam("lang"); lang != "" {
		out.Locale = httpd.Locale(lang)
	}
	return out, nil
}

// handleDocs serves the pages that explain the API to its caller.
func (in *instance) handleDocs(ctx context.Context, r *httpd.Request) *httpd.Response {
	reader, err := in.docs(ctx, r)
	if err != nil {
		return in.fail(ctx, err)
	}
	var page *docs.Page
	if name := r.Param("object"); name != "" {
		page, err = reader.Object(ctx, strings.Clone(name))
	} else {
		page, err = reader.Index()
	}
	if err != nil {
		return in.fail(ctx, err)
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: page.HTML,
		Header: map[string]string{"Content-Security-Policy": page.Policy, "Cache-Control": "no-store", "Content-Language": reader.Locale}}
}
