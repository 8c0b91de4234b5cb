package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// warehouse is another system that orders are told: it knows an order by its Idempotency-Key.
type warehouse struct {
	url string

	mu     sync.Mutex
	calls  []string // method, path and body of each
	keys   []string // of each call that has one
	orders map[string]string
	answer func(w http.ResponseWriter, r *http.Request) bool // nil or false: as it does
}

func newWarehouse(t *testing.T) *warehouse {
	t.Helper()
	h := &warehouse{orders: map[string]string{}}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	h.url = srv.URL
	return h
}

func (h *warehouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	key := r.Header.Get("Idempotency-Key")
	h.calls = append(h.calls, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
	h.keys = append(h.keys, key)
	if h.answer != nil && h.answer(w, r) {
		return
	}
	if id, asked := strings.CutPrefix(r.URL.Path, "/known/"); asked {
		if h.orders[id] == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"order": {"number": %q}}`, h.orders[id])
		return
	}
	if h.orders[key] == "" {
		h.orders[key] = fmt.Sprintf("W%d", len(h.orders)+1)
	}
	fmt.Fprintf(w, `{"order": {"number": %q}}`, h.orders[key])
}

// seen gives the calls since the last time, and their keys.
func (h *warehouse) seen() (calls, keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls, keys = h.calls, h.keys
	h.calls, h.keys = nil, nil
	return calls, keys
}

func (h *warehouse) answers(f func(w http.ResponseWriter, r *http.Request) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = f
}

// status lets every call be answered with a status, after something is done.
func (h *warehouse) status(n int, header ...string) {
	h.answers(func(w http.ResponseWriter, _ *http.Request) bool {
		if len(header) == 2 {
			w.Header().Set(header[0], header[1])
		}
		w.WriteHeader(n)
		return true
	})
}

// takesAndBreaks lets the warehouse take a call and break off before it answers.
func (h *warehouse) takesAndBreaks() {
	h.answers(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/known/") {
			return false
		}
		key := r.Header.Get("Idempotency-Key")
		if h.orders[key] == "" {
			h.orders[key] = fmt.Sprintf("W%d", len(h.orders)+1)
		}
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
		return true
	})
}

// ordering are files with a flow that tells a warehouse of new leads; more are settings of its call.
func ordering(url, more string) map[string]string {
	out := leads(map[string]string{"order": `{"key": "order", "trigger": {"type": "record", "object": "lead", "on": ["create"]}, "steps": [
		{"id": "ask", "type": "http", "connection": "depot", "with": {"name": "name", "points": "score", "hot": "score > 50", "who": "id"}` + more + `},
		{"id": "keep", "type": "update", "set": {"note": "ask.number", "rating": "IF(ask.status = 200, \"ok\", \"?\")"}}]}`})
	out["connections/depot.json"] = fmt.Sprintf(`{"name": "depot", "label": {"en": "Depot", "zh-CN": "仓库"}, "type": "http", "address": %q, "limits": {"private": true, "timeout": 2000},
		"request": {"path": "/orders/{{name}}", "body": {"lead.name": "{{name}}", "lead.points": "{{points}}", "lead.hot": "{{hot}}", "text": "points: {{points}}"}, "result": {"number": "order.number"}}}`, url)
	return out
}

const nativeKey = `, "idempotency": "native_key"`
