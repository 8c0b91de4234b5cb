package gql

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
)

func TestReadBody(t *testing.T) {
	for body, want := range map[string]string{
		`{"query": "{a}"}`: `{{a}   false}`,
		` {"operationName": "x", "variables": {"a": 1e400}, "query": "{a}", "extensions": {"any": []}} `: `{{a} x {"a": 1e400} false}`,
		`{"query": "{a}", "operationName": null, "variables": null, "extensions": null}`:                 `{{a}  null false}`,
		`{"query": "{a(b: \"\ud83d\ude00\\ud800\")}"}`:                                                   `{{a(b: "😀\ud800")}   false}`,
	} {
		req, status, e := read(HTTPRequest{Method: "POST", ContentType: "application/json", Body: []byte(body)})
		if got := fmt.Sprintf("{%s %s %s %v}", req.Query, req.OperationName, req.Variables, req.ReadOnly); e != nil || got != want {
			t.Errorf("%s: %s %d %v", body, got, status, e)
		}
	}
}

func TestRefusedBodies(t *testing.T) {
	for body, says := range map[string]string{
		``: "byte 1", `{`: "byte", `{"query": "{a}`: "byte", `{"query": "{a}"} x`: "after", `{"query": "{a}"}{}`: "after",
		`[]`: "batches", `"x"`: "object", `null`: "object", `1`: "object", `{}`: "no query", `{"query": ""}`: "no query", `{"query": " \n"}`: "no query",
		`{"query": 1}`: "text", `{"query": "{a}", "operationName": 1}`: "text", `{"query": "{a}", "variables": []}`: "variables",
		`{"query": "{a}", "variables": "{}"}`: "variables", `{"query": "{a}", "extensions": []}`: "extensions",
		`{"query": "{a}", "foo": 1}`: `"foo"`, `{"Query": "{a}"}`: `"Query"`, `{"query": "{a}", "query": "{b}"}`: "twice", `{1: 2}`: "byte", `{"query" "x"}`: "byte", `{"query": tru}`: "byte",
		"{\"query\": \"{a}\xff\"}": "UTF-8", `{"query": "{a}", "variables": {"s": "\ud800"}}`: "surrogate", `{"query": "{a}", "variables": {"s": "\udc00x"}}`: "surrogate",
		`{"query": "{a}", "variables": {"s": "\ud800\u0041"}}`: "surrogate", `{"query": "{a}", "variables": ` + strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000) + "}": "byte",
	} {
		_, status, e := read(HTTPRequest{Method: "POST", ContentType: "application/json", Body: []byte(body)})
		if e == nil || status != 400 || e.Code != errs.InvalidInput || !strings.Contains(e.Message.En, says) || e.Message.Zh == "" {
			t.Errorf("%.60s: %d %v", body, status, e)
		}
	}
}

func TestReadQueryString(t *testing.T) {
	q := url.Values{"query": {"{a}"}, "variables": {`{"x": 1}`}, "operationName": {"o"}, "utm_source": {"x"}}.Encode()
	if req, _, e := read(HTTPRequest{Method: "GET", RawQuery: q}); e != nil || req.Query != "{a}" || string(req.Variables) != `{"x": 1}` || req.OperationName != "o" || !req.ReadOnly {
		t.Errorf("%+v %v", req, e)
	}
	for raw, says := range map[string]string{
		"query=%zz": "broken", "query=%7Ba%7D%ff": "UTF-8", "query=%7Ba%7D&variables=%ff": "UTF-8", "query=%7Ba%7D&operationName=%ff": "UTF-8",
		"query=%7Ba%7D&variables=3": "object", "": "no query", "query=%7Ba%7D&variables=" + url.QueryEscape(`{"s": "\ud800"}`): "surrogate",
	} {
		if _, status, e := read(HTTPRequest{Method: "GET", RawQuery: raw}); e == nil || status != 400 || !strings.Contains(e.Message.En, says) {
			t.Errorf("%s: %d %v", raw, status, e)
		}
	}
}
