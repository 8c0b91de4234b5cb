// Package http is the connector for anything that speaks JSON over HTTP: the declaration of a connection
// says how a message becomes a request, and what is kept of the answer.
package http

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Connector is the connector.
type Connector struct{}

var _ connect.Connector = Connector{}

// Type is "http".
func (Connector) Type() string { return "http" }

// Check needs a request.
func (Connector) Check(c *model.Connection) []connect.Problem {
	out := connect.Needs(c, "http https", "none basic bearer api_key oauth2_client oauth2_refresh")
	if c.Request == nil {
		out = append(out, connect.Problem{Path: "request", Text: diag.Text{En: "say how a message becomes a request", Zh: "须给出消息对应的请求"}})
	}
	return out
}

// Send sends the request of a message. Its ID goes along as the header Idempotency-Key.
func (Connector) Send(ctx context.Context, c *connect.Call, m connect.Message) (connect.Receipt, error) {
	q := c.Decl.Request
	if q == nil {
		return connect.Receipt{}, connect.Faultf(connect.Misconfigured, "the connection has no request")
	}
	vals := values(m)
	method := q.Method
	if method == "" {
		method = http.MethodPost
	}
	var body any
	if len(q.Body) > 0 {
		body = build(q.Body, vals, m.Typed)
	} else if method != http.MethodGet && method != http.MethodDelete && m.Data != nil {
		body = m.Data
	}
	r, err := connect.JSON(ctx, method, strings.TrimSuffix(c.Decl.Address, "/")+fill(q.Path, vals, url.PathEscape), body)
	if err != nil {
		return connect.Receipt{}, err
	}
	for name, text := range q.Headers {
		r.Header.Set(name, fill(text, vals, oneLine))
	}
	r.Header.Set("Idempotency-Key", m.ID)
	a, err := c.Do(ctx, r)
	if err != nil {
		return connect.Receipt{Status: a.Status}, err
	}
	kept, err := keep(q.Result, a.Body)
	return connect.Receipt{Status: a.Status, Values: kept}, err
}

// Probe asks for the address with GET. Every answer but a refusal of the credentials says that somebody
// is there.
func (Connector) Probe(ctx context.Context, c *connect.Call) error {
	r, err := connect.JSON(ctx, http.MethodGet, c.Decl.Address, nil)
	if err != nil {
		return err
	}
	_, err = c.Do(ctx, r)
	if f := connect.FaultOf(ctx, err); f != nil && f.Kind == connect.Rejected {
		return nil
	}
	return err
}

func values(m connect.Message) map[string]string {
	out := map[string]string{"id": m.ID, "to": m.To, "subject": m.Subject, "body": m.Body}
	for k, v := range m.Values {
		out[k] = v
	}
	return out
}

// fill puts values in the places of {{name}}; names that are not known give nothing.
func fill(text string, vals map[string]string, escape func(string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{{")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			return b.String()
		}
		b.WriteString(escape(vals[strings.TrimSpace(name)]))
		text = after
	}
}

func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

func plain(s string) string { return s }

// build makes the JSON of a body from texts by path. A text that is nothing but the name of a value that
// has a type becomes that value.
func build(body map[string]string, vals map[string]string, typed map[string]json.RawMessage) map[string]any {
	paths := make([]string, 0, len(body))
	for p := range body {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	out := map[string]any{}
	for _, p := range paths {
		at := out
		keys := strings.Split(p, ".")
		for _, k := range keys[:len(keys)-1] {
			next, ok := at[k].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[k] = next
			}
			at = next
		}
		last := keys[len(keys)-1]
		if raw, ok := typed[alone(body[p])]; ok {
			at[last] = raw
		} else {
			at[last] = fill(body[p], vals, plain)
		}
	}
	return out
}

// alone is the name that a text stands for which is nothing but {{name}}; "" for others.
func alone(text string) string {
	rest, opens := strings.CutPrefix(strings.TrimSpace(text), "{{")
	name, closes := strings.CutSuffix(rest, "}}")
	if !opens || !closes || strings.Contains(name, "{{") {
		return ""
	}
	return strings.TrimSpace(name)
}

// maxKept bounds a value that is kept of an answer, in bytes.
const maxKept = 4 << 10

// keep takes what the connection keeps out of the JSON of an answer.
func keep(result map[string]string, body []byte) (map[string]string, error) {
	if len(result) == 0 {
		return nil, nil
	}
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, connect.Faultf(connect.Broken, "the answer is no JSON")
	}
	out := map[string]string{}
	for name, path := range result {
		at := doc
		for _, k := range strings.Split(path, ".") {
			m, _ := at.(map[string]any)
			at = m[k]
		}
		switch v := at.(type) {
		case nil:
		case string:
			out[name] = v
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("http: keep %s: %w", name, err)
			}
			out[name] = string(raw)
		}
		if len(out[name]) > maxKept {
			return nil, connect.Faultf(connect.TooLarge, "%s has more than %d bytes", name, maxKept)
		}
	}
	return out, nil
}
