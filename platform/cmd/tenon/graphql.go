package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/event"
	"github.com/tenon-platform/tenon/runtime/gql"
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
	return graph.New(graph.Deps{Tenant: in.publish.Tenant, Writer: in.publish.Records, Feed: in.feed, Clock: in.clock, CursorKey: key,
		Limits: graph.DefaultLimits(), Log: in.log, NewID: errorID}), nil
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
	return answerGraphQL(in.graph.ServeHTTP(ctx, access.Everything, graphQLRequest(r)))
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

func (in *instance) handleSDL(ctx context.Context, _ *httpd.Request) *httpd.Response {
	sdl, err := in.graph.SDL(access.Everything)
	if err != nil {
		return in.fail(ctx, errs.From(err))
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/graphql; charset=utf-8", Body: []byte(sdl)}
}
