package connecttest

import (
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

// HTTP serves fakes of systems that are spoken to over HTTP. well answers as the system does, bad
// credentials included.
func HTTP(well http.Handler) func(*testing.T, Mode) *Server {
	return func(t *testing.T, m Mode) *Server {
		t.Helper()
		out := &Server{}
		if m == Busy {
			out.After = 7 * time.Second
		}
		closing := make(chan struct{})
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { behave(t, m, well, closing, w, r) })
		if m == Untrusted || m == Downgrading {
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = log.New(io.Discard, "", 0)
			srv.StartTLS()
			t.Cleanup(func() { close(closing); srv.Close() })
			out.Address = srv.URL
			out.Roots = x509.NewCertPool()
			if m == Downgrading {
				out.Roots.AddCert(srv.Certificate())
			}
			return out
		}
		srv := httptest.NewServer(h)
		t.Cleanup(func() { close(closing); srv.CloseClientConnections(); srv.Close() })
		out.Address = srv.URL
		return out
	}
}

func behave(t *testing.T, m Mode, well http.Handler, closing chan struct{}, w http.ResponseWriter, r *http.Request) {
	switch m {
	case Silent:
		select {
		case <-closing:
		case <-r.Context().Done():
		}
	case Slow:
		for {
			if _, err := w.Write([]byte(" ")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-closing:
				return
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	case Huge:
		block := make([]byte, 4096)
		for i := range block {
			block[i] = ' '
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	case Busy:
		w.Header().Set("Retry-After", strconv.Itoa(7))
		w.WriteHeader(http.StatusTooManyRequests)
	case Elsewhere:
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect to a private address was followed") }))
		t.Cleanup(other.Close)
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	case Foreign:
		http.Redirect(w, r, "http://localhost.example.invalid/", http.StatusTemporaryRedirect)
	case Downgrading:
		http.Redirect(w, r, "http://"+r.Host+"/", http.StatusTemporaryRedirect)
	case Down:
		w.WriteHeader(http.StatusBadGateway)
	case Nonsense:
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = c.Write([]byte("nonsense\r\n\r\n"))
			_ = c.Close()
		}
	default:
		well.ServeHTTP(w, r)
	}
}

// Taken remembers the IDs of messages.
type Taken struct{ ids []string }

// Add remembers one.
func (t *Taken) Add(id string) { t.ids = append(t.ids, id) }

// Take gives those since the last call.
func (t *Taken) Take() []string {
	out := t.ids
	t.ids = nil
	return out
}
