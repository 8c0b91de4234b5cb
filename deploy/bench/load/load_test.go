package load

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestQuantiles(t *testing.T) {
	for _, c := range []struct {
		name string
		step time.Duration // the i-th of 1000 latencies is i·step
		q    float64
		want time.Duration
	}{
		{"small", time.Nanosecond, 0.01, 10},
		{"median", time.Microsecond, 0.5, 500 * time.Microsecond},
		{"tail", time.Millisecond, 0.99, 990 * time.Millisecond},
		{"all", time.Second, 1, 1000 * time.Second},
	} {
		var h histogram
		for i := 1; i <= 1000; i++ {
			h.add(time.Duration(i) * c.step)
		}
		got := h.quantile(c.q)
		if got < c.want || got > c.want+c.want/buckets+1 {
			t.Errorf("%s: %v, want %v and at most 1/%d more", c.name, got, c.want, buckets)
		}
	}
	var none histogram
	if got := none.quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
}

func TestBucketsAreContiguous(t *testing.T) {
	for b := range 1000 {
		if got := bucketOf(upper(b)); got != b {
			t.Fatalf("the upper end of bucket %d is in bucket %d", b, got)
		}
		if got := bucketOf(upper(b) + 1); got != b+1 {
			t.Fatalf("what follows bucket %d is in bucket %d", b, got)
		}
	}
}

func TestSizeOf(t *testing.T) {
	for _, c := range []struct {
		answer string
		size   int
		fails  string
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 38 + 5, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: y\r\n\r\n", 44, ""},
		{"HTTP/1.1 200 OK\r\nContent-Le", 0, ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, "without Content-Length"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 0, "length"},
		{"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0, "length"},
	} {
		n, err := sizeOf([]byte(c.answer))
		if n != c.size || (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%q: %d, %v; want %d, %q", c.answer, n, err, c.size, c.fails)
		}
	}
}

func TestRun(t *testing.T) {
	var served, posted atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		served.Add(1)
		switch {
		case r.URL.Path == "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case r.URL.Path == "/errors":
			_, err = w.Write([]byte(`{"errors":[{"message":"no"}]}`))
		default:
			posted.Add(int64(len(b)))
			_, err = w.Write([]byte(`{"data":{}}`))
		}
		if err != nil {
			t.Error(err)
		}
	}))
	defer s.Close()
	res, err := Run(context.Background(), Options{Addr: s.Listener.Addr().String(), Connections: 3, Duration: 50 * time.Millisecond, Requests: [][]byte{
		[]byte("POST /good HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"),
		[]byte("GET /good HTTP/1.1\r\nHost: x\r\n\r\n"),
		[]byte("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n"),
		[]byte("GET /errors HTTP/1.1\r\nHost: x\r\n\r\n"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	n := served.Load()
	if res.Requests != n || n < 4 {
		t.Errorf("%d requests were counted, %d served", res.Requests, n)
	}
	if want := (n+1)/4 + n/4; res.Failures != want {
		t.Errorf("%d failures of %d requests, want %d", res.Failures, n, want)
	}
	if want := (n + 3) / 4 * 4; posted.Load() != want {
		t.Errorf("%d bytes were posted, want %d", posted.Load(), want)
	}
	if res.Failure == "" || res.P50 <= 0 || res.P99 < res.P50 || res.Rate() <= 0 {
		t.Errorf("the result is %+v", res)
	}
}

func TestRunReportsBrokenConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
		}
	}()
	_, err = Run(context.Background(), Options{Addr: l.Addr().String(), Connections: 1, Duration: time.Second,
		Requests: [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n")}})
	if err == nil {
		t.Error("a broken connection is no error")
	}
}
