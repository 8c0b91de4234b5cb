package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/graph"
)

// TestHTTP holds the transport to the GraphQL-over-HTTP specification in the points that matter
// most; the audit suite of graphql-http checks the whole of it.
func TestHTTP(t *testing.T) {
	w := newWorld(t, 1, nil)
	const gql, js = "application/graphql-response+json", "application/json"
	post := func(accept, body string) graph.HTTPRequest {
		return graph.HTTPRequest{Method: "POST", Accept: accept, ContentType: js, Body: []byte(body)}
	}
	get := func(accept, query string) graph.HTTPRequest {
		return graph.HTTPRequest{Method: "GET", Accept: accept, RawQuery: query}
	}
	for _, c := range []struct {
		name     string
		req      graph.HTTPRequest
		status   int
		media    string
		contains string
	}{
		{"post", post(gql, `{"query":"{__typename}"}`), 200, gql, `"__typename":"Query"`},
		{"older media type", post(js, `{"query":"{__typename}"}`), 200, js, `"Query"`},
		{"any media type", post("*/*", `{"query":"{__typename}"}`), 200, js, `"Query"`},
		{"no media type", post("", `{"query":"{__typename}"}`), 200, js, `"Query"`},
		{"foreign media type", post("text/html", `{"query":"{__typename}"}`), 406, js, `INVALID_INPUT`},
		{"get", get(gql, "query=%7B__typename%7D"), 200, gql, `"Query"`},
		{"get with variables", get(gql, "query=query($i:ID!)%7Bregion(id:$i)%7Bcode%7D%7D&variables=%7B%22i%22:%22region_1%22%7D"), 200, gql, `"R1"`},
		{"mutation by get", get(gql, "query=mutation%7BdeleteRegion(id:%22region_4%22)%7Bregion%7Bid%7D%7D%7D"), 405, gql, `INVALID_INPUT`},
		{"invalid operation", post(gql, `{"query":"{nope}"}`), 400, gql, `INVALID_INPUT`},
		{"invalid operation, older media type", post(js, `{"query":"{nope}"}`), 200, js, `INVALID_INPUT`},
		{"failed field", post(gql, `{"query":"mutation{updateRegion(id:\"region_9\",patch:{}){region{id}}}"}`), 200, gql, `NOT_FOUND`},
		{"broken json", post(gql, `{"query":`), 400, gql, `INVALID_INPUT`},
		{"batch", post(gql, `[{"query":"{__typename}"}]`), 400, gql, `INVALID_INPUT`},
		{"variables of a wrong kind", post(gql, `{"query":"{__typename}","variables":[1]}`), 400, gql, `INVALID_INPUT`},
		{"no query", post(gql, `{}`), 400, gql, `INVALID_INPUT`},
		{"form", graph.HTTPRequest{Method: "POST", Accept: gql, ContentType: "application/x-www-form-urlencoded", Body: []byte("query={__typename}")}, 415, gql, `INVALID_INPUT`},
		{"put", graph.HTTPRequest{Method: "PUT", Accept: gql}, 405, gql, `INVALID_INPUT`},
	} {
		ctx := ident.With(context.Background(), ident.Caller{Tenant: "shop", Principal: ident.Principal{Admin: true}, Locale: "en"})
		out := w.svc.ServeHTTP(ctx, access.Everything, c.req)
		if out.Status != c.status || !strings.HasPrefix(out.ContentType, c.media) || !strings.Contains(string(out.Body), c.contains) {
			t.Errorf("%s: %d %s %s", c.name, out.Status, out.ContentType, out.Body)
		}
		if (out.Allow != "") != (out.Status == 405) {
			t.Errorf("%s: Allow is %q", c.name, out.Allow)
		}
	}
}
