package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/gql/socket"
	"github.com/tenon-platform/tenon/runtime/graph"
)

func newGraph(in *instance) (*graph.Service, error) {
	key, err := cursorKey(in.dir)
	if err != nil {
		return nil, err
	}
	if in.feed, err = event.Open(in.publish.Tenant.Store, in.clock); err != nil {
		return nil, err
	}
	limits := graph.DefaultLimits()
	if in.site.serving.on {
		limits.Slow = in.site.serving.slow
	}
	return graph.New(graph.Deps{Tenant: in.publish.Tenant, Writer: in.publish.Records, Actions: in.publish.Actions, Feed: in.feed, Clock: in.clock, Audit: in.audit, CursorKey: key,
		Limits: limits, Log: in.log, NewID: errorID, Fixed: []graph.Fixed{in.flows.Fixed(), in.autos.Fixed(), in.notices.Fixed(), in.scans.Fixed(), in.groups.Fixed()}}), nil
}

// cursorKey is the secret that cursors are signed with; it is made once for a data directory.
func cursorKey(dir string) ([]byte, error) {
	file := filepath.Join(dir, "cursor.key")
	b, err := os.ReadFile(file)
	if err == nil && len(b) == 32 {
		return b, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the cursor key: %w", err)
	}
	b = make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("make the cursor key: %w", err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return nil, fmt.Errorf("write the cursor key: %w", err)
	}
	return b, nil
}

func (in *instance) handleGraphQL(ctx context.Context, r *httpd.Request) *httpd.Response {
	if !gql.WantsEvents(r.Accept) {
		may, err := in.profile(ctx)
		if err != nil {
			return in.fail(ctx, err)
		}
		return answerGraphQL(in.graph.ServeHTTP(ctx, may, graphQLRequest(r)))
	}
	events, refused := gql.ServeEvents(ctx, measured{in.graph.Streamer(in.profileOf(r.Again)), in, false}, graphQLRequest(r))
	if refused != nil {
		return answerGraphQL(*refused)
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: gql.MediaEvents, Header: map[string]string{"Cache-Control": "no-store"}, Events: events}
}

// profileOf finds the profile of a caller who may be somebody else, or nobody, by now.
func (in *instance) profileOf(again func(context.Context) (ident.Caller, error)) func(context.Context) (access.Profile, error) {
	return func(ctx context.Context) (access.Profile, error) {
		c, err := again(ctx)
		if err != nil {
			return nil, err
		}
		return in.access.Profile(ctx, c.Principal)
	}
}

// serveSocket serves GraphQL over a WebSocket. A client that cannot set headers sends its key in
// the first message: {"authorization": "Bearer …"}; one that has a session's cookie, the token that
// goes along: {"csrf": "…"}.
func (in *instance) serveSocket(ctx context.Context, s httpd.Socket, who httpd.Authenticator) {
	var token, csrf string
	again := func(ctx context.Context) (ident.Caller, error) { return who(ctx, token, csrf) }
	open := func(ctx context.Context, payload map[string]any) (context.Context, error) {
		for _, key := range []string{"authorization", "Authorization"} {
			if text, ok := payload[key].(string); ok {
				token = strings.TrimPrefix(text, "Bearer ")
			}
		}
		csrf, _ = payload["csrf"].(string)
		caller, err := again(ctx)
		return ident.With(ctx, caller), err
	}
	socket.Serve(ctx, s, measured{in.graph.Streamer(in.profileOf(again)), in, true}, open)
}

func graphQLRequest(r *httpd.Request) gql.HTTPRequest {
	return gql.HTTPRequest{Method: r.Method, Accept: r.Accept, ContentType: r.ContentType, RawQuery: r.RawQuery, Body: r.Body}
}

func answerGraphQL(res gql.HTTPResponse) *httpd.Response {
	out := &httpd.Response{Status: res.Status, ContentType: res.ContentType, Body: res.Body}
	if res.Allow != "" {
		out.Header = map[string]string{"Allow": res.Allow}
	}
	return out
}

// profile finds what the caller in the context may do now.
func (in *instance) profile(ctx context.Context) (access.Profile, error) {
	c, ok := ident.From(ctx)
	if !ok {
		return nil, errs.New(errs.Unauthenticated, "sign in, or send a valid API key", "请登录，或提供有效的 API 密钥")
	}
	return in.access.Profile(ctx, c.Principal)
}

func (in *instance) handleSDL(ctx context.Context, _ *httpd.Request) *httpd.Response {
	may, err := in.profile(ctx)
	if err != nil {
		return in.fail(ctx, err)
	}
	sdl, err := in.graph.SDL(may)
	if err != nil {
		return in.fail(ctx, errs.From(err))
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/graphql; charset=utf-8", Body: []byte(sdl)}
}
