// Package s3fake is a server for tests that speaks as much of S3 as package s3 uses: objects of one
// bucket are put, looked at, read in parts and deleted by requests that a key has signed.
package s3fake

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is the fake.
type Server struct {
	URL         string
	Bucket, Key string // of the access key, the signatures of which are not computed again

	mu      sync.Mutex
	objects map[string][]byte
	asked   []string
}

// New starts a server with an empty bucket; it ends with the test.
func New(t *testing.T, bucket, key string) *Server {
	s := &Server{Bucket: bucket, Key: key, objects: map[string][]byte{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// Keys are the names of the objects.
func (s *Server) Keys() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.objects {
		out = append(out, k)
	}
	return out
}

// Asked are the requests so far, as method and path.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_ = xml.NewEncoder(w).Encode(struct { // a client that has gone needs no answer
			XMLName xml.Name `xml:"Error"`
			Code    string
			Message string
		}{Code: code, Message: code})
	}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	s.mu.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+s.Key+"/") {
		refuse(w, r, http.StatusForbidden, "InvalidAccessKeyId")
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket != s.Bucket {
		refuse(w, r, http.StatusNotFound, "NoSuchBucket")
		return
	}
	if key == "" {
		if r.URL.Query().Has("location") {
			fmt.Fprint(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
		}
		return
	}
	switch r.Method {
	case http.MethodPut:
		s.put(w, r, key)
	case http.MethodGet, http.MethodHead:
		s.get(w, r, key)
	case http.MethodDelete:
		s.mu.Lock()
		delete(s.objects, key)
		s.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, r, http.StatusMethodNotAllowed, "MethodNotAllowed")
	}
}

func (s *Server) put(w http.ResponseWriter, r *http.Request, key string) {
	read := io.ReadAll
	if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		read = chunks
	}
	b, err := read(r.Body)
	if n := r.Header.Get("X-Amz-Decoded-Content-Length"); err != nil || n != "" && n != strconv.Itoa(len(b)) {
		refuse(w, r, http.StatusBadRequest, "IncompleteBody")
		return
	}
	s.mu.Lock()
	s.objects[key] = b
	s.mu.Unlock()
	w.Header().Set("ETag", `"e"`)
}

// chunks reads a body in the pieces in which it was signed.
func chunks(r io.Reader) ([]byte, error) {
	in := bufio.NewReader(r)
	var out bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n == 0 {
			return out.Bytes(), err
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, err
		}
		if _, err := in.Discard(2); err != nil {
			return nil, err
		}
	}
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, key string) {
	s.mu.Lock()
	b, ok := s.objects[key]
	s.mu.Unlock()
	if !ok {
		refuse(w, r, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", `"e"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), bytes.NewReader(b))
}
