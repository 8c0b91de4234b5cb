package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestSlowUpload loads records over TCP for longer than the server waits for a request: an upload
// is bounded by the pauses in it, not by its length.
func TestSlowUpload(t *testing.T) {
	const wait, parts, rows = 400 * time.Millisecond, 12, 50
	data := t.TempDir()
	s := serve(t, data, "--bare", "--read-timeout", wait.String())
	must(t, "apply", "--data", data, "testdata/shop")
	count := func() int {
		var c struct{ Clients struct{ TotalCount int } }
		s.query(&c, "{ clients { totalCount } }", nil)
		return c.Clients.TotalCount
	}
	began := time.Now()
	status, body := s.upload(t, parts, func(part int) string {
		time.Sleep(wait / 4)
		var b strings.Builder
		for i := range rows {
			fmt.Fprintf(&b, "c%d-%d\n", part, i)
		}
		return b.String()
	})
	if status != http.StatusOK || !strings.Contains(body, fmt.Sprintf(`"rows":%d`, parts*rows)) || count() != parts*rows {
		t.Errorf("the slow upload was answered %d %s, %d records are there", status, body, count())
	}
	if took := time.Since(began); took < 2*wait {
		t.Errorf("the upload took %v only", took)
	}
	began = time.Now()
	status, body = s.upload(t, 2, func(part int) string {
		if part == 1 {
			time.Sleep(4 * wait)
		}
		return "never\n"
	})
	if status != http.StatusRequestTimeout || time.Since(began) > 3*wait {
		t.Errorf("the upload that stopped was answered %d %s after %v", status, body, time.Since(began))
	}
	words(t, refused{code: "TIMEOUT", says: "did not arrive"}, "en", body)
	if n := count(); n != parts*rows {
		t.Errorf("the upload that stopped left %d records more", n-parts*rows)
	}
}

// upload sends clients in parts, as they are made.
func (s *server) upload(t *testing.T, parts int, part func(int) string) (int, string) {
	t.Helper()
	r, w := io.Pipe()
	go func() {
		text := "code\n"
		for i := range parts {
			if _, err := io.WriteString(w, text+part(i)); err != nil {
				return // the server has answered already
			}
			text = ""
		}
		w.Close()
	}()
	req, err := http.NewRequest(http.MethodPost, s.url+"/import/client?format=csv", r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	return res.StatusCode, string(b)
}
