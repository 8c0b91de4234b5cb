package tenanttest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
	"github.com/tenon-platform/tenon/runtime/graph"
)

// api is the GraphQL API of a tenant over HTTP. A token stands for a caller and an access.
type api struct {
	url    string
	client *http.Client
	mu     sync.Mutex
	shown  []caller // by token
}

type caller struct {
	who     ident.Principal
	profile access.Profile
}

// serveAPI serves until the test ends.
func serveAPI(t testing.TB, g *graph.Service, log *slog.Logger) *api {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &api{url: "http://" + l.Addr().String() + "/graphql", client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	srv := httpd.New(httpd.Config{Tenant: "main", Log: log, NewID: func() string { return "an-id" },
		Authenticate: func(_ context.Context, token string) (ident.Principal, error) {
			c, err := a.caller(token)
			return c.who, err
		},
		Mounts: []httpd.Mount{{Path: "/graphql", Reads: true, Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
			c, err := a.caller(r.Header("Access"))
			if err != nil {
				return &httpd.Response{Status: http.StatusUnauthorized}
			}
			res := g.ServeHTTP(ctx, c.profile, gql.HTTPRequest{Method: r.Method, Accept: r.Accept, ContentType: r.ContentType, RawQuery: r.RawQuery, Body: r.Body})
			return &httpd.Response{Status: res.Status, ContentType: res.ContentType, Body: res.Body}
		}}}})
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	t.Cleanup(func() {
		a.client.CloseIdleConnections()
		stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(stop), <-done); err != nil {
			t.Error(err)
		}
	})
	if _, err := a.post(caller{}, "", nil); err != nil { // it serves: one that does not yet cannot be shut down
		t.Fatal(err)
	}
	return a
}

func (a *api) caller(token string) (caller, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, err := strconv.Atoi(token)
	if err != nil || n < 0 || n >= len(a.shown) {
		return caller{}, errors.New("no such caller")
	}
	return a.shown[n], nil
}

// post sends an operation and gives the body of the answer.
func (a *api) post(c caller, query string, variables json.RawMessage) (string, error) {
	a.mu.Lock()
	token := strconv.Itoa(len(a.shown))
	a.shown = append(a.shown, c)
	a.mu.Unlock()
	message := map[string]any{"query": query}
	if len(variables) > 0 {
		message["variables"] = variables
	}
	body, err := json.Marshal(message)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(http.MethodPost, a.url, strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	for k, v := range map[string]string{"Authorization": "Bearer " + token, "Access": token, "Content-Type": "application/json", "Accept": "application/graphql-response+json", "Accept-Language": "en"} {
		req.Header.Set(k, v)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err
}
