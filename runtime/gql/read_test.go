package gql

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"reflect"
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
		``: "byte 1", `{`: "byte", `{"query": "{a}`: "byte", `{"query": "{a}"} x`: "byte 18", `{"query": "{a}"}{}`: "byte 17",
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

// FuzzEachKey holds the scanner of requests to encoding/json: the same members, or the same refusal.
func FuzzEachKey(f *testing.F) {
	for _, s := range []string{`{}`, `{"a": 1}`, ` {"a" : "x\"}" , "b":[1,{"c":"]"}], "d":null}`, `{"\u0061": -1.5e3,"":true}`, `[1]`, `"x"`, `{"a": {"b": {}}, "c": []}`, `{"a":1}}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkText(body) != nil || checkPairs(body) != nil {
			return // refused before
		}
		got := map[string]string{}
		e := eachKey(body, func(key string, raw json.RawMessage) *errs.Error {
			got[key] = string(raw)
			return nil
		})
		var want map[string]json.RawMessage
		err := json.Unmarshal(body, &want)
		if e != nil {
			if err == nil && want != nil && !strings.Contains(e.Message.En, "twice") {
				t.Fatalf("refused %q: %v", body, e)
			}
			return
		}
		if err != nil || want == nil || len(got) != len(want) {
			t.Fatalf("read %q as %v, encoding/json as %v %v", body, got, want, err)
		}
		for k, raw := range want {
			if got[k] != string(raw) {
				t.Fatalf("%q: %q is %q, want %q", body, k, got[k], raw)
			}
		}
	})
}

// FuzzVariables holds the reader of variables to encoding/json.
func FuzzVariables(f *testing.F) {
	for _, s := range []string{`{}`, `null`, ``, ` {"a" : [1, -2.5e-3, {"b": "x\"y", "c": {}}, [], [ ] , true,false , null], "\u0061\n": {"": "\ud83d\ude00"}} `, `{"a":1,"a":{"b":2}}`, `[1]`, `{"a":01}`, `{"a":1}}`, `{"a":"\ud800abcdefg", "b": "\ud800\u0041", "c": "\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if checkText(raw) != nil {
			return // refused before
		}
		got, e := variables(raw, json.Valid(raw))
		if len(bytes.TrimSpace(raw)) == 0 {
			return
		}
		var want map[string]any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		err := d.Decode(&want)
		if _, more := d.Token(); err == nil && more != io.EOF {
			err = more
		}
		if (e != nil) != (err != nil) && json.Valid(raw) || e == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v %v, encoding/json %v %v", raw, got, e, want, err)
		}
	})
}
