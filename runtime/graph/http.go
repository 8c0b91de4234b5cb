package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
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

// ServeHTTP answers one request as the GraphQL-over-HTTP specification says. It knows no server.
func (s *Service) ServeHTTP(ctx context.Context, p access.Profile, r HTTPRequest) HTTPResponse {
	media := negotiate(r.Accept)
	if media == "" {
		return s.refuse(ctx, MediaJSON, http.StatusNotAcceptable, errs.New(errs.InvalidInput, "the answer is JSON; accept application/json or application/graphql-response+json", "响应为 JSON，请接受 application/json 或 application/graphql-response+json"))
	}
	req, status, e := readRequest(r)
	if e != nil {
		out := s.refuse(ctx, media, status, e)
		if status == http.StatusMethodNotAllowed {
			out.Allow = "GET, POST"
		}
		return out
	}
	if req.ReadOnly && s.isMutation(req) {
		out := s.refuse(ctx, media, http.StatusMethodNotAllowed, errs.New(errs.InvalidInput, "mutations are not allowed by GET", "GET 请求不允许变更操作"))
		out.Allow = "POST"
		return out
	}
	res := s.Execute(ctx, p, req)
	out := HTTPResponse{Status: res.Status, ContentType: media, Body: res.Body}
	if media == MediaJSON && res.RequestError && res.Status < 500 {
		out.Status = http.StatusOK // what clients of the older media type expect
	}
	return out
}

// isMutation says whether the operation asked for is a mutation, as far as it parses.
func (s *Service) isMutation(req Request) bool {
	if len(req.Query) > s.lim.Operation {
		return false
	}
	_, op, bad := parse(req, s.lim.Tokens)
	return bad == nil && op.Operation != ast.Query
}

func (s *Service) refuse(ctx context.Context, media string, status int, e *errs.Error) HTTPResponse {
	c, _ := ident.From(ctx)
	return HTTPResponse{Status: status, ContentType: media, Body: requestError(status, toErrors(e, c.Locale, nil)...).Body}
}

// negotiate picks the media type of the answer; "" when the client takes neither. A client that
// names none gets the older one, as the specification advises.
func negotiate(accept string) string {
	if strings.TrimSpace(accept) == "" {
		return MediaJSON
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

func readRequest(r HTTPRequest) (Request, int, *errs.Error) {
	switch r.Method {
	case http.MethodGet:
		return fromQuery(r.RawQuery)
	case http.MethodPost:
		return fromBody(r)
	}
	return Request{}, http.StatusMethodNotAllowed, errs.New(errs.InvalidInput, "use GET or POST", "请使用 GET 或 POST")
}

func fromQuery(raw string) (req Request, status int, e *errs.Error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return req, 400, errs.New(errs.InvalidInput, "the query string is broken", "查询字符串有误").Because(err)
	}
	req = Request{Query: q.Get("query"), OperationName: q.Get("operationName"), ReadOnly: true}
	if v := q.Get("variables"); v != "" {
		req.Variables = json.RawMessage(v)
	}
	return check(req)
}

func check(req Request) (Request, int, *errs.Error) {
	if strings.TrimSpace(req.Query) == "" {
		return req, 400, errs.New(errs.InvalidInput, "the request has no query", "请求缺少 query")
	}
	var e *errs.Error
	if req.vars, e = decodeVariables(req.Variables); e != nil {
		return req, 400, e
	}
	return req, 0, nil
}

func fromBody(r HTTPRequest) (req Request, status int, e *errs.Error) {
	t, params, err := mime.ParseMediaType(r.ContentType)
	if err != nil || t != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return req, http.StatusUnsupportedMediaType, errs.New(errs.InvalidInput, "the body must be application/json", "请求体须为 application/json")
	}
	if b := bytes.TrimSpace(r.Body); len(b) > 0 && b[0] == '[' {
		return req, 400, errs.New(errs.InvalidInput, "batches are not supported; send one operation a request", "不支持批量请求，请逐个发送")
	}
	var body struct {
		Query         *string          `json:"query"`
		OperationName *string          `json:"operationName"`
		Variables     json.RawMessage  `json:"variables"`
		Extensions    *json.RawMessage `json:"extensions"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return req, 400, errs.New(errs.InvalidInput, "the body is no GraphQL request", "请求体不是 GraphQL 请求").Because(err)
	}
	if body.Extensions != nil {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(*body.Extensions, &m); err != nil {
			return req, 400, errs.New(errs.InvalidInput, "extensions must be an object", "extensions 须为对象").Because(err)
		}
	}
	if body.Query != nil {
		req.Query = *body.Query
	}
	if body.OperationName != nil {
		req.OperationName = *body.OperationName
	}
	req.Variables = body.Variables
	return check(req)
}
