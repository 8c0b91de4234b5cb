package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// pdf is the beginning of a PDF file, and enough to be known as one.
const pdf = "%PDF-1.7\n%âãÏÓ\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"

// stored is a file as the API describes it.
type stored struct {
	ID, Name, Type, Hash string
	Size                 int64
}

// send uploads a file and gives the answer.
func (s *server) send(query, mediaType, content string) (int, stored, string) {
	s.t.Helper()
	status, _, body := s.call(http.MethodPost, "/files?"+query, content, map[string]string{"Content-Type": mediaType})
	var a struct{ Data stored }
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		s.t.Fatalf("%s: %v", body, err)
	}
	return status, a.Data, body
}

// TestFileOverHTTP uploads a file, gives it to a record, and downloads it.
func TestFileOverHTTP(t *testing.T) {
	s := serve(t, t.TempDir())
	status, f, body := s.send("object=brand&field=logo&name=..%2F..%2Fetc%2F%E5%90%88%E5%90%8C.pdf", "application/pdf", pdf)
	if status != http.StatusCreated || f.Name != "合同.pdf" || f.Type != "application/pdf" || f.Size != int64(len(pdf)) || len(f.Hash) != 64 {
		t.Fatal(status, body)
	}
	var made struct {
		CreateBrand struct {
			Brand struct {
				ID   string
				Logo stored
			}
		}
	}
	s.query(&made, `mutation($f: JSON) { createBrand(input: {code: "b", name: "B", status: active, logo: $f}) { brand { id logo } } }`, map[string]any{"f": f.ID})
	if made.CreateBrand.Brand.Logo != f {
		t.Errorf("the record shows %+v for %+v", made.CreateBrand.Brand.Logo, f)
	}
	status, h, got := s.call(http.MethodGet, "/files/"+f.ID, "", nil)
	if status != http.StatusOK || got != pdf || h.Get("Content-Type") != "application/pdf" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("ETag") != `"`+f.Hash+`"` || h.Get("Content-Disposition") != "attachment; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("downloaded: %d %v %q", status, h, got)
	}
}
