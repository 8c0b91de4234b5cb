package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/designer"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/gql/socket"
	"github.com/tenon-platform/tenon/runtime/transfer"
)

// mounts are the routes of an instance.
func (in *instance) mounts() []httpd.Mount {
	return append(slices.Concat(in.siteMounts(), in.clockMounts(), in.oidcMounts(), in.moves.Mounts(in.fail), in.files.Mounts(in.fail), in.flows.Mounts(in.profile, in.fail), in.autos.Mounts(in.profile, in.fail), in.remote.Mounts(in.fail), in.capture.Mounts()), []httpd.Mount{
		{Path: "/graphql", Reads: true, Handler: in.handleGraphQL, Socket: &httpd.SocketMount{Protocols: []string{socket.Protocol}, Serve: in.serveSocket}},
		{Method: http.MethodGet, Path: "/graphql/schema.graphql", Handler: in.handleSDL},
		{Path: "/admin/graphql", Handler: in.handleAdmin},
		{Path: "/account/graphql", Reads: true, Pending: true, Handler: in.handleAccount},
		{Method: http.MethodPost, Path: "/import/:object", Streaming: true, Handler: in.handleImport},
		{Method: http.MethodGet, Path: "/graphiql", Public: true, Handler: in.handleGraphiQL},
		{Method: http.MethodGet, Path: "/graphiql/:name", Public: true, Handler: in.handleAsset},
		{Method: http.MethodGet, Path: "/docs", Handler: in.handleDocs},
		{Method: http.MethodGet, Path: "/docs/:object", Handler: in.handleDocs},
		{Method: http.MethodGet, Path: "/schemas", Public: true, Handler: in.handleSchemas},
		{Method: http.MethodGet, Path: "/schemas/:kind", Public: true, Handler: in.handleSchema},
		{Method: http.MethodPost, Path: "/login", Public: true, Handler: in.handleLogin},
		{Method: http.MethodPost, Path: "/password", Public: true, Handler: in.handlePassword},
		{Method: http.MethodPost, Path: "/logout", Pending: true, Handler: in.handleLogout},
		{Method: http.MethodGet, Path: "/healthz", Public: true, Free: true, Handler: text("ok")},
		{Method: http.MethodGet, Path: "/readyz", Public: true, Free: true, Handler: text("ready")},
		{Method: http.MethodGet, Path: "/metrics", Handler: in.handleMetrics},
		{Method: http.MethodGet, Path: "/api/meta", Handler: in.handleMeta},
		{Method: http.MethodGet, Path: "/api/meta/:object", Handler: in.handleMeta},
	}...)
}

func text(s string) httpd.Handler {
	return func(context.Context, *httpd.Request) *httpd.Response {
		return &httpd.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte(s + "\n")}
	}
}

func (in *instance) fail(ctx context.Context, err error) *httpd.Response {
	c, _ := ident.From(ctx)
	return httpd.RenderError(errs.From(err), c.Locale, in.log, errorID)
}

func jsonResponse(body []byte) *httpd.Response {
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: body}
}

func (in *instance) handleAdmin(ctx context.Context, r *httpd.Request) *httpd.Response {
	return answerGraphQL(gql.Serve(ctx, in.admin, graphQLRequest(r)))
}

// handleImport loads the rows of the body; only administrators may, for a load may set ids.
func (in *instance) handleImport(ctx context.Context, r *httpd.Request) *httpd.Response {
	c, _ := ident.From(ctx)
	if !c.Principal.Admin {
		return in.fail(ctx, errs.New(errs.Forbidden, "only administrators may load files", "只有管理员可以批量加载"))
	}
	if r.Stream == nil {
		return in.fail(ctx, errs.New(errs.InvalidInput, "the body is empty", "请求体为空"))
	}
	opt := transfer.Options{Object: r.Param("object"), Format: r.QueryParam("format"), Key: r.QueryParam("key")}
	if u := r.QueryParam("upsert"); u != "" {
		opt.Upsert = strings.Split(u, ",")
	}
	if err := in.audit.Note(ctx, audit.Entry{Kind: audit.Load, Subject: opt.Object, Details: map[string]any{"format": opt.Format, "upsert": opt.Upsert}}); err != nil {
		return in.fail(ctx, err)
	}
	sum, err := transfer.Load(ctx, in.publish.Tenant, in.publish.Records, r.Stream, opt)
	if err != nil {
		return in.fail(ctx, err)
	}
	b, err := json.Marshal(map[string]any{"data": sum})
	if err != nil {
		return in.fail(ctx, err)
	}
	return jsonResponse(b)
}

// handleMetrics renders counters in Prometheus' text format.
func (in *instance) handleMetrics(ctx context.Context, _ *httpd.Request) *httpd.Response {
	st := in.db.Stats()
	size, err := in.db.Size(ctx)
	if err != nil {
		return in.fail(ctx, err)
	}
	body := fmt.Sprintf(`# HELP tenon_store_queries_total Statements run by the store.
# TYPE tenon_store_queries_total counter
tenon_store_queries_total %d
# HELP tenon_store_commits_total Write transactions committed.
# TYPE tenon_store_commits_total counter
tenon_store_commits_total %d
# HELP tenon_store_bytes Size of the store on disk.
# TYPE tenon_store_bytes gauge
tenon_store_bytes %d
# HELP tenon_revision Active revision of the metadata.
# TYPE tenon_revision gauge
tenon_revision %d
`, st.Queries, st.Commits, size, in.publish.Tenant.Catalog().Revision)
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/plain; version=0.0.4; charset=utf-8", Body: []byte(body)}
}

func (in *instance) handleWelcome(_ context.Context, _ *httpd.Request) *httpd.Response {
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: designer.Welcome,
		Header: map[string]string{"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" +
			designer.ScriptHash() + "'; connect-src 'self'; frame-ancestors 'none'"}}
}
