package gql

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

// Media types of GraphQL over HTTP.
const (
	MediaGraphQL = "application/graphql-response+json; charset=utf-8"
	MediaJSON    = "application/json; charset=utf-8"
)

// HTTPRequest is what GraphQL over HTTP reads of a request.
type HTTPRequest struct {
	Method, Accept, ContentType, RawQuery string
	Body                                  []byte
}

// HTTPResponse is the answer; Allow is set with status 405.
type HTTPResponse struct {
	Status      int
	ContentType string
	Allow       string
	Body        []byte
}

// Serve answers one request as the GraphQL-over-HTTP specification says.
func Serve(ctx context.Context, x Executor, r HTTPRequest) HTTPResponse {
	media := negotiate(r.Accept)
	if media == "" {
		return refuse(ctx, MediaJSON, http.StatusNotAcceptable, errs.New(errs.InvalidInput, "the answer is JSON; accept application/json or application/graphql-response+json", "响应为 JSON，请接受 application/json 或 application/graphql-response+json"))
	}
	req, status, e := read(r)
	if e != nil {
		out := refuse(ctx, media, status, e)
		if status == http.StatusMethodNotAllowed {
			out.Allow = "GET, POST"
		}
		return out
	}
	if req.ReadOnly && x.Writes(req) {
		out := refuse(ctx, media, http.StatusMethodNotAllowed, errs.New(errs.InvalidInput, "mutations are not allowed by GET", "GET 请求不允许变更操作"))
		out.Allow = "POST"
		return out
	}
	res := x.Execute(ctx, req)
	out := HTTPResponse{Status: res.Status, ContentType: media, Body: res.Body}
	if media == MediaJSON && res.RequestError && res.Status < 500 {
		out.Status = http.StatusOK // what clients of the older media type expect
	}
	return out
}

func refuse(ctx context.Context, media string, status int, e *errs.Error) HTTPResponse {
	c, _ := ident.From(ctx)
	return HTTPResponse{Status: status, ContentType: media, Body: Refusal(status, FromCoded(e, c.Locale, nil)...).Body}
}

// negotiate picks the media type of the answer; "" when the client takes neither. A client that
// names none gets the older one, as the specification advises.
func negotiate(accept string) string {
	switch strings.TrimSpace(accept) {
	case "", "*/*", "application/json":
		return MediaJSON
	case "application/graphql-response+json":
		return MediaGraphQL
	}
	for _, part := range strings.Split(accept, ",") {
		t, params, err := mime.ParseMediaType(part)
		if err != nil || params["q"] == "0" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
			continue
		}
		switch t {
		case "application/graphql-response+json":
			return MediaGraphQL
		case "application/json", "*/*", "application/*":
			return MediaJSON
		}
	}
	return ""
}
