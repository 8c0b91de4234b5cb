package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

// call runs a verb in this process.
func call(args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	env := &env{out: &o, err: &e, tr: newTranslator(func(string) string { return "en" })}
	code = run(context.Background(), env, args)
	return o.String(), e.String(), code
}

// opened is an instance on a new data directory.
func opened(t *testing.T, clk clock.Clock) *instance {
	t.Helper()
	dir, err := os.MkdirTemp("", "tenon") // a socket's path has little room
	if err != nil {
		t.Fatal(err)
	}
	engine, err := testEngine(dir)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openInstance(context.Background(), &common{data: dir, store: "sqlite", engine: engine}, clk, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return in
}

func get(t *testing.T, c *http.Client, path, ifNoneMatch string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://tenon"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ifNoneMatch != "" {
		req.Header.Set("If-None-Match", ifNoneMatch)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err == nil {
		err = res.Body.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

// TestServedSchemas: the catalogue leads to every schema, and a client that has one is told so.
func TestServedSchemas(t *testing.T) {
	in := opened(t, clock.NewFixed(time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)))
	c := socketClient(in.dir)
	defer c.CloseIdleConnections()
	_, body := get(t, c, "/schemas", "")
	var list struct {
		Schemas []struct {
			Name, URL string
			FileMatch []string
		}
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Schemas) < 6 {
		t.Fatalf("%d schemas are listed", len(list.Schemas))
	}
	for _, s := range list.Schemas {
		res, body := get(t, c, s.URL, "")
		tag := res.Header.Get("ETag")
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/schema+json; charset=utf-8" || tag == "" ||
			!strings.Contains(res.Header.Get("Cache-Control"), "max-age") || !strings.Contains(body, "urn:tenon:schema:"+s.Name) {
			t.Errorf("%s: %d %v", s.URL, res.StatusCode, res.Header)
		}
		if out, _, _ := call("schema", s.Name); out != body {
			t.Errorf("tenon schema %s prints another schema than is served", s.Name)
		}
		if res, body := get(t, c, s.URL, tag); res.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s again: %d, %d bytes", s.URL, res.StatusCode, len(body))
		}
		if res, _ := get(t, c, s.URL, `"another"`); res.StatusCode != 200 {
			t.Errorf("%s with an old tag: %d", s.URL, res.StatusCode)
		}
	}
	if res, body := get(t, c, "/schemas/nothing", ""); res.StatusCode != 404 || !strings.Contains(body, "NOT_FOUND") {
		t.Errorf("an unknown schema answers %d %s", res.StatusCode, body)
	}
}

// TestSchemaVerb: list, print, write, and say what is wrong.
func TestSchemaVerb(t *testing.T) {
	if out, _, code := call("schema"); code != exitOK || !strings.Contains(out, "objects/*/object.json") {
		t.Errorf("list: %d %s", code, out)
	}
	if _, errs, code := call("schema", "objct"); code != exitUsage || !strings.Contains(errs, `"object"`) {
		t.Errorf("a misspelt kind: %d %s", code, errs)
	}
	dir := filepath.Join(t.TempDir(), "schema")
	if _, errs, code := call("schema", "--out", dir); code != exitOK {
		t.Fatalf("write: %d %s", code, errs)
	}
	want, _, _ := call("schema", "object")
	if got, err := os.ReadFile(filepath.Join(dir, "object.json")); err != nil || string(got) != want {
		t.Errorf("the file differs from what is printed: %v", err)
	}
}
