package gql

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/gql/pieces"
)

// read reads the request; with an error comes the HTTP status.
func read(r HTTPRequest) (req Request, status int, e *errs.Error) {
	switch r.Method {
	case http.MethodGet:
		req, status, e = fromQuery(r.RawQuery)
	case http.MethodPost:
		req, status, e = fromBody(r)
	default:
		return req, http.StatusMethodNotAllowed, errs.New(errs.InvalidInput, "use GET or POST", "请使用 GET 或 POST")
	}
	if e != nil {
		return req, status, e
	}
	if strings.TrimSpace(req.Query) == "" {
		return req, 400, errs.New(errs.InvalidInput, "the request has no query", "请求缺少 query")
	}
	if req.vars, e = variables(req.Variables, r.Method == http.MethodPost); e != nil {
		return req, 400, e
	}
	return req, 0, nil
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
	if e := checkText([]byte(req.Query), []byte(req.OperationName), req.Variables); e != nil {
		return req, 400, e
	}
	return req, 400, checkPairs(req.Variables)
}

func fromBody(r HTTPRequest) (req Request, status int, e *errs.Error) {
	if !isJSON(r.ContentType) {
		return req, http.StatusUnsupportedMediaType, errs.New(errs.InvalidInput, "the body must be application/json", "请求体须为 application/json")
	}
	if e := checkText(r.Body); e != nil {
		return req, 400, e
	}
	if e := checkPairs(r.Body); e != nil {
		return req, 400, e
	}
	e = eachKey(r.Body, func(key string, raw json.RawMessage) *errs.Error { return req.set(key, raw) })
	return req, 400, e
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	t, params, err := mime.ParseMediaType(contentType)
	return err == nil && t == "application/json" && (params["charset"] == "" || strings.EqualFold(params["charset"], "utf-8"))
}

// set reads one member of the request's JSON object.
func (r *Request) set(key string, raw json.RawMessage) *errs.Error {
	switch key {
	case "query":
		return setText(&r.Query, key, raw)
	case "operationName":
		return setText(&r.OperationName, key, raw)
	case "variables":
		r.Variables = raw
		return nil
	case "extensions":
		if raw[0] != '{' && raw[0] != 'n' {
			return errs.New(errs.InvalidInput, "extensions must be an object", "extensions 须为对象")
		}
		return nil
	}
	return errs.New(errs.InvalidInput, "a request has no key %q; it has query, operationName, variables and extensions",
		"请求没有键 %q，可用的键为 query、operationName、variables 与 extensions", clip(key))
}

func setText(dst *string, key string, raw json.RawMessage) *errs.Error {
	switch raw[0] {
	case '"':
		*dst = pieces.Text(raw)
		return nil
	case 'n': // null: as if it were not there
		return nil
	}
	return errs.New(errs.InvalidInput, "%s must be text", "%s 须为文本", key)
}

// eachKey calls do with the members of the JSON object in body. Keys are exact and there once.
func eachKey(body []byte, do func(key string, raw json.RawMessage) *errs.Error) *errs.Error {
	if !json.Valid(body) {
		return noJSON(body)
	}
	switch pieces.First(body) {
	case '{':
	case '[':
		return errs.New(errs.InvalidInput, "batches are not supported; send one operation a request", "不支持批量请求，请逐个发送")
	default:
		return errs.New(errs.InvalidInput, "the body must be a JSON object", "请求体须为 JSON 对象")
	}
	var few [4]string
	seen := few[:0]
	var bad *errs.Error
	pieces.Members(body, func(name, val []byte) bool {
		key := pieces.Text(name)
		if slices.Contains(seen, key) {
			bad = errs.New(errs.InvalidInput, "the key %q is there twice", "键 %q 出现了两次", clip(key))
			return false
		}
		seen = append(seen, key)
		bad = do(key, json.RawMessage(val))
		return bad == nil
	})
	return bad
}

// noJSON says where the body stops to be JSON, in bytes from 1.
func noJSON(body []byte) *errs.Error {
	at := int64(1)
	var raw json.RawMessage
	err := json.Unmarshal(body, &raw)
	var s *json.SyntaxError
	if errors.As(err, &s) {
		at = max(at, s.Offset)
	}
	return errs.New(errs.InvalidInput, "the body is no JSON at byte %d", "请求体在第 %d 字节处不是 JSON", at).Because(err)
}

// variables reads the "variables" of a request; valid says that they are JSON in UTF-8 for sure.
func variables(raw []byte, valid bool) (map[string]any, *errs.Error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	if !valid && !utf8.Valid(raw) {
		return nil, errs.New(errs.InvalidInput, "the variables are not valid UTF-8", "变量不是有效的 UTF-8 文本")
	}
	if raw[0] != '{' || !valid && !json.Valid(raw) {
		return nil, errs.New(errs.InvalidInput, "variables must be a JSON object", "variables 必须是 JSON 对象")
	}
	m, _ := pieces.Value(raw).(map[string]any)
	return m, nil
}

// checkText refuses bytes that are not UTF-8.
func checkText(texts ...[]byte) *errs.Error {
	for _, t := range texts {
		if !utf8.Valid(t) {
			return errs.New(errs.InvalidInput, "the request is not valid UTF-8", "请求不是有效的 UTF-8 文本")
		}
	}
	return nil
}

func checkPairs(b []byte) *errs.Error {
	if halfPair(b) {
		return errs.New(errs.InvalidInput, "the request holds half of a surrogate pair, which is no character", "请求含有不成对的代理码位，不是有效字符")
	}
	return nil
}

// halfPair says whether JSON holds an escaped surrogate without its partner. Decoders replace
// those silently, and what is stored would not be what was sent.
func halfPair(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 >= len(b) {
			return false
		}
		if b = b[i:]; b[1] != 'u' {
			b = b[2:]
			continue
		}
		r, ok := pieces.Escape(b)
		switch {
		case !ok: // no JSON: the decoder will say so
			return false
		case r >= 0xdc00 && r < 0xe000:
			return true
		case r >= 0xd800 && r < 0xdc00:
			if low, ok := pieces.Escape(b[6:]); !ok || low < 0xdc00 || low >= 0xe000 {
				return true
			}
			b = b[6:]
		}
		b = b[6:]
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
