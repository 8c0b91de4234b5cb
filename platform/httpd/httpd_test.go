package httpd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
	"github.com/tenon-platform/tenon/platform/ident"
)

// patience is the read timeout of the servers here.
const patience = 400 * time.Millisecond

func plain(text string) *httpd.Response {
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(text)}
}

// listen serves a few routes and gives the address.
func listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httpd.New(httpd.Config{
		Mounts: []httpd.Mount{
			{Method: http.MethodPost, Path: "/size", Handler: func(_ context.Context, r *httpd.Request) *httpd.Response {
				return plain(fmt.Sprint(len(r.Body)))
			}},
			{Method: http.MethodPost, Path: "/upload", Streaming: true, Handler: upload},
			{Method: http.MethodPost, Path: "/ignore", Streaming: true, Handler: func(context.Context, *httpd.Request) *httpd.Response {
				return plain("ignored")
			}},
			{Method: http.MethodGet, Path: "/stream/:how", Public: true, Streaming: true, Handler: stream},
			{Method: http.MethodPost, Path: "/panic", Handler: func(context.Context, *httpd.Request) *httpd.Response { panic("secret") }},
			{Method: http.MethodGet, Path: "/open", Public: true, Handler: func(context.Context, *httpd.Request) *httpd.Response {
				return plain("open")
			}},
		},
		Authenticate: func(_ context.Context, token string) (ident.Principal, error) {
			if token != "good" {
				return ident.Principal{}, errs.New(errs.Unauthenticated, "no", "否")
			}
			return ident.Principal{Name: "t"}, nil
		},
		MaxBody: 64 << 10, ReadTimeout: patience,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), NewID: func() string { return "an-id" },
	})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Log(err) // a connection that a test left open
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// TestShutdownBesideAuthentication: what is waited for while callers are found may be waited for by goroutines that
// outlast the request, and the server is shut down without regard to them; the race detector watches.
func TestShutdownBesideAuthentication(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	bounded := false
	s := httpd.New(httpd.Config{
		Mounts: []httpd.Mount{{Method: http.MethodGet, Path: "/", Handler: func(context.Context, *httpd.Request) *httpd.Response { return plain("ok") }}},
		Authenticate: func(ctx context.Context, _ string) (ident.Principal, error) {
			_, bounded = ctx.Deadline()
			context.AfterFunc(ctx, func() {}) // as stores do, to end a statement
			return ident.Principal{Name: "t"}, nil
		},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), NewID: func() string { return "an-id" },
	})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	req, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer x")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !bounded {
		t.Error("finding out who calls may take for ever")
	}
}

// stream answers with ten parts, of which the last may fail.
func stream(_ context.Context, r *httpd.Request) *httpd.Response {
	in, out := io.Pipe()
	broken := r.Param("how") == "broken"
	go func() {
		for range 10 {
			if _, err := io.WriteString(out, strings.Repeat("x", 100_000)); err != nil {
				return
			}
		}
		if broken {
			out.CloseWithError(errs.New(errs.Internal, "broken", "坏"))
			return
		}
		out.Close()
	}()
	return &httpd.Response{Status: http.StatusOK, ContentType: "text/plain", Stream: in}
}

// TestStream: a streamed answer comes whole, or the client learns that it does not, and the
// connection serves further requests.
func TestStream(t *testing.T) {
	addr := listen(t)
	for range 3 {
		res, err := http.Get("http://" + addr + "/stream/whole")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || len(b) != 1_000_000 {
			t.Errorf("%d bytes came, %v", len(b), err)
		}
	}
	res, err := http.Get("http://" + addr + "/stream/broken")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("%d bytes came, and nothing told that there should be more", len(b))
	}
	if res, err = http.Head("http://" + addr + "/stream/whole"); err != nil || res.StatusCode != http.StatusOK {
		t.Error(res, err)
	}
}

func upload(_ context.Context, r *httpd.Request) *httpd.Response {
	if r.Stream == nil {
		return plain("nothing")
	}
	n, err := io.Copy(io.Discard, r.Stream)
	if err != nil {
		return httpd.RenderError(errs.From(err), "en", slog.Default(), func() string { return "" })
	}
	return plain(fmt.Sprint(n))
}

// talk sends bytes as they are and reads the answers until the server closes or falls silent.
func talk(t *testing.T, addr, request string) (status []int, bodies []string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(c, request) }() // the server may close before it has read all
	in := bufio.NewReader(c)
	for {
		if len(status) > 0 {
			if err := c.SetDeadline(time.Now().Add(patience / 4)); err != nil {
				t.Fatal(err)
			}
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return status, bodies
		}
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		status, bodies = append(status, res.StatusCode), append(bodies, string(b))
	}
}

func post(path, body string, headers ...string) string {
	h := append([]string{"Host: x", fmt.Sprintf("Content-Length: %d", len(body))}, headers...)
	return "POST " + path + " HTTP/1.1\r\n" + strings.Join(h, "\r\n") + "\r\n\r\n" + body
}

const key = "Authorization: Bearer good"

// TestOneRequestOneAnswer holds that no part of a body is ever read as a request of its own,
// whether the handler reads it, leaves it, or never runs.
func TestOneRequestOneAnswer(t *testing.T) {
	addr := listen(t)
	hidden := strings.Repeat("GET /open HTTP/1.1\r\nHost: x\r\n\r\n", 3)
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	cases := map[string]struct {
		request string
		want    []int
	}{
		"refused before the body is read":  {post("/size", strings.Repeat("a", 8192)+hidden), []int{401}},
		"refused, a small body":            {post("/size", hidden), []int{401}},
		"no such path":                     {post("/none", strings.Repeat("a", 8192)+hidden, key), []int{404}},
		"a method that is not allowed":     {post("/open", strings.Repeat("a", 8192)+hidden, key), []int{405}},
		"an unknown method":                {strings.Replace(post("/open", strings.Repeat("a", 8192)+hidden), "POST", "BREW", 1), []int{501}},
		"a handler that ignores its body":  {post("/ignore", strings.Repeat("a", 8192)+hidden, key), []int{200}},
		"larger than allowed":              {post("/size", strings.Repeat("a", 1<<20)+hidden, key), []int{413}},
		"read to its end":                  {post("/size", strings.Repeat("a", 9000)+hidden, key), []int{200}},
		"two requests":                     {post("/size", "abc", key) + post("/size", "abcd", key), []int{200, 200}},
		"two, the first refused":           {post("/size", strings.Repeat("a", 10000)) + post("/size", "abcd", key), []int{401, 200}},
		"chunked":                          {"POST /size HTTP/1.1\r\nHost: x\r\n" + key + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("abc") + chunk(hidden) + "0\r\n\r\n" + post("/size", "x", key), []int{200, 200}},
		"chunked and refused":              {"POST /size HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(hidden) + "0\r\n\r\n", []int{401}},
		"chunked and larger than allowed":  {"POST /size HTTP/1.1\r\nHost: x\r\n" + key + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(strings.Repeat("a", 100<<10)) + chunk(hidden) + "0\r\n\r\n", []int{413}},
		"a broken chunk":                   {"POST /size HTTP/1.1\r\nHost: x\r\n" + key + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + hidden, []int{400}},
		"two lengths":                      {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n" + hidden, []int{400}},
		"a length and chunks":              {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a negative length":                {"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n" + hidden, []int{400}},
		"a length over all bounds":         {"POST /size HTTP/1.1\r\nHost: x\r\n" + key + "\r\nContent-Length: 99999999999999999999\r\n\r\nabc", []int{400}},
		"not HTTP":                         {"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", []int{400}},
		"headers over all bounds":          {"GET /open HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 100<<10) + "\r\n\r\n", []int{431}},
		"a coding that is not understood":  {post("/size", "abc", key, "Content-Encoding: gzip"), []int{415}},
		"a form is not unpacked":           {post("/size", "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nx\r\n--b--\r\n", key, "Content-Type: multipart/form-data; boundary=b"), []int{200}},
		"a handler that panics":            {post("/panic", "abc", key) + post("/size", "x", key), []int{500, 200}},
		"a body that does not come":        {"POST /size HTTP/1.1\r\nHost: x\r\n" + key + "\r\nContent-Length: 99999\r\n\r\nabc", []int{408}},
		"headers that do not come":         {"POST /size HTTP/1.1\r\nHost: x\r\n", []int{408}},
		"a token of control characters":    {post("/size", "abc", "Authorization: Bearer \x01\x7f"), []int{401}},
		"an upload without a body":         {"POST /upload HTTP/1.1\r\nHost: x\r\n" + key + "\r\n\r\n", []int{200}},
		"a body that ends with the client": {post("/upload", strings.Repeat("a", 20000), key), []int{200}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, bodies := talk(t, addr, c.request)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Fatalf("answered %v %q, want %v", got, bodies, c.want)
			}
			for i, b := range bodies {
				if got[i] >= 400 {
					complete(t, b)
				}
			}
		})
	}
}

// complete checks that an error is coded, in both languages, and quotes nothing of the inside.
func complete(t *testing.T, body string) {
	t.Helper()
	var a struct {
		Errors []struct {
			Message    string
			Extensions struct {
				Code string
				En   string `json:"message_en"`
				Zh   string `json:"message_zh"`
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Errors) != 1 {
		t.Fatalf("%v in %q", err, body)
	}
	x := a.Errors[0].Extensions
	if x.Code == "" || x.En != a.Errors[0].Message || x.Zh == "" || x.Zh == x.En {
		t.Errorf("incomplete: %q", body)
	}
	for _, secret := range []string{"secret", ".go", "goroutine", "Buffer size", "127.0.0.1"} {
		if strings.Contains(body, secret) {
			t.Errorf("%q shows %q", body, secret)
		}
	}
}

// TestUploadsAreBoundedByIdleTime sends an upload for three times the read timeout, in parts, and
// one that stops half way.
func TestUploadsAreBoundedByIdleTime(t *testing.T) {
	addr := listen(t)
	send := func(parts int, then func()) (int, string) {
		r, w := io.Pipe()
		go func() {
			for range parts {
				if _, err := w.Write(bytes.Repeat([]byte("a"), 10000)); err != nil {
					return
				}
				time.Sleep(patience / 4)
			}
			then()
			w.Close()
		}()
		req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/upload", r)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer good")
		req.ContentLength = 120000
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
	began := time.Now()
	if status, body := send(12, func() {}); status != 200 || body != "120000" || time.Since(began) < 2*patience {
		t.Errorf("a slow upload was answered %d %s after %v", status, body, time.Since(began))
	}
	began = time.Now()
	status, body := send(2, func() { time.Sleep(4 * patience) })
	if status != 408 || !strings.Contains(body, "TIMEOUT") || time.Since(began) > 3*patience {
		t.Errorf("a stopped upload was answered %d %s after %v", status, body, time.Since(began))
	}
}

func TestHeadWhereGetIs(t *testing.T) {
	res, err := http.Head("http://" + listen(t) + "/open")
	if err != nil {
		t.Fatal(err)
	}
	if res.Body.Close(); res.StatusCode != 200 {
		t.Errorf("answered %d", res.StatusCode)
	}
}

func TestLocale(t *testing.T) {
	for accept, want := range map[string]string{
		"": "en", "zh": "zh-CN", "zh-TW,en": "zh-CN", "en-GB, zh;q=0.9": "en", "en;q=0.2, zh-CN;q=0.9": "zh-CN",
		"fr, zh;q=0.5, en;q=0.4": "zh-CN", "fr": "en", "*": "en", "zh;q=0": "en", "zh;q=x": "en", ";;,,=": "en", "ZH-hans": "zh-CN", "zhx": "en",
	} {
		if got := httpd.Locale(accept); got != want {
			t.Errorf("%q gives %s, want %s", accept, got, want)
		}
	}
}

func TestTakesGzip(t *testing.T) {
	for accept, want := range map[string]bool{"": false, "gzip": true, "br, GZIP;q=0.5": true, "gzip;q=0, *": false, "*": true, "*;q=0": false, "identity": false, "br": false, "gzip; q=oops": false} {
		if got := httpd.TakesGzip(accept); got != want {
			t.Errorf("TakesGzip(%q) = %v", accept, got)
		}
	}
}
