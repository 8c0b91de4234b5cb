package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// handleSchemas lists the JSON Schemas of metadata, as a catalogue that editors read.
func (in *instance) handleSchemas(ctx context.Context, _ *httpd.Request) *httpd.Response {
	set, err := in.schemas()
	if err != nil {
		return in.fail(ctx, err)
	}
	b, err := set.Catalogue("/schemas/")
	if err != nil {
		return in.fail(ctx, err)
	}
	return cached("application/json; charset=utf-8", b)
}

// handleSchema gives the JSON Schema of one kind of file: /schemas/object or /schemas/object.json.
func (in *instance) handleSchema(ctx context.Context, r *httpd.Request) *httpd.Response {
	set, err := in.schemas()
	if err != nil {
		return in.fail(ctx, err)
	}
	kind := strings.TrimSuffix(r.Param("kind"), ".json")
	b := set.Get(kind)
	if b == nil {
		return in.fail(ctx, errs.New(errs.NotFound, "there is no schema %q; /schemas lists them", "没有 Schema %q，列表见 /schemas", kind))
	}
	return cached("application/schema+json; charset=utf-8", b)
}

// cached is an answer that changes only with the build: clients ask again now and then, and get
// the body again only when it is another.
func cached(contentType string, body []byte) *httpd.Response {
	sum := sha256.Sum256(body)
	return &httpd.Response{Status: http.StatusOK, ContentType: contentType, Body: body,
		Header: map[string]string{"ETag": `"` + hex.EncodeToString(sum[:16]) + `"`, "Cache-Control": "public, max-age=300"}}
}
