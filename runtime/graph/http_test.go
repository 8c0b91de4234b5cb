package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// TestHTTP holds the transport to the GraphQL-over-HTTP specification in the points that matter
// most; the audit suite of graphql-http checks the whole of it.
func TestHTTP(t *testing.T) {
	w := newWorld(t, 1, nil)
	const typed, plain = "application/graphql-response+json", "application/json"
	post := func(accept, body string) gql.HTTPRequest {
		return gql.HTTPRequest{Method: "POST", Accept: accept, ContentType: plain, Body: []byte(body)}
	}
	get := func(accept, query string) gql.HTTPRequest {
		return gql.HTTPRequest{Method: "GET", Accept: accept, RawQuery: query}
	}
	for _, c := range []struct {
		name     string
		req      gql.HTTPRequest
		status   int
		media    string
		contains string
	}{
		{"post", post(typed, `{"query":"{__typename}"}`), 200, typed, `"__typename":"Query"`},
		{"older media type", post(plain, `{"query":"{__typename}"}`), 200, plain, `"Query"`},
		{"any media type", post("*/*", `{"query":"{__typename}"}`), 200, plain, `"Query"`},
		{"no media type", post("", `{"query":"{__typename}"}`), 200, plain, `"Query"`},
		{"foreign media type", post("text/html", `{"query":"{__typename}"}`), 406, plain, `INVALID_INPUT`},
		{"get", get(typed, "query=%7B__typename%7D"), 200, typed, `"Query"`},
		{"get with variables", get(typed, "query=query($i:ID!)%7Bregion(id:$i)%7Bcode%7D%7D&variables=%7B%22i%22:%22region_1%22%7D"), 200, typed, `"R1"`},
		{"mutation by get", get(typed, "query=mutation%7BdeleteRegion(id:%22region_4%22)%7Bregion%7Bid%7D%7D%7D"), 405, typed, `INVALID_INPUT`},
		{"invalid operation", post(typed, `{"query":"{nope}"}`), 400, typed, `INVALID_INPUT`},
		{"invalid operation, older media type", post(plain, `{"query":"{nope}"}`), 200, plain, `INVALID_INPUT`},
		{"failed field", post(typed, `{"query":"mutation{updateRegion(id:\"region_9\",patch:{}){region{id}}}"}`), 200, typed, `NOT_FOUND`},
		{"broken json", post(typed, `{"query":`), 400, typed, `INVALID_INPUT`},
		{"batch", post(typed, `[{"query":"{__typename}"}]`), 400, typed, `INVALID_INPUT`},
		{"variables of a wrong kind", post(typed, `{"query":"{__typename}","variables":[1]}`), 400, typed, `INVALID_INPUT`},
		{"no query", post(typed, `{}`), 400, typed, `INVALID_INPUT`},
		{"form", gql.HTTPRequest{Method: "POST", Accept: typed, ContentType: "application/x-www-form-urlencoded", Body: []byte("query={__typename}")}, 415, typed, `INVALID_INPUT`},
		{"put", gql.HTTPRequest{Method: "PUT", Accept: typed}, 405, typed, `INVALID_INPUT`},
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
