package files

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/blob"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// Mounts are the routes of files:
//
//	POST /files?object=account&field=logo&name=x.png   upload a file (the body): {"data": {"id": …, "name", "size", "type", "hash"}},
//	                                                   whose id a mutation gives to the field within a day
//	     &id=account_12                                for a record that is there already: refused early where it may not be changed
//	     &type=text/csv                                what the content must be; else the Content-Type
//	GET  /files/0123…cdef                              download, also in parts (Range)
//	     ?size=256                                     a thumbnail of a PNG, JPEG, GIF or WebP picture: 64, 256 or 1024 pixels
func (s *Service) Mounts(fail func(ctx context.Context, err error) *httpd.Response) []httpd.Mount {
	mount := func(method, path string, h func(context.Context, *httpd.Request) (*httpd.Response, error)) httpd.Mount {
		return httpd.Mount{Method: method, Path: path, Streaming: true, Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
			res, err := h(ctx, r)
			if err != nil {
				return fail(ctx, err)
			}
			return res
		}}
	}
	return []httpd.Mount{
		mount(http.MethodPost, "/files", s.httpUpload),
		mount(http.MethodGet, "/files/:id", s.httpDownload),
	}
}

func (s *Service) httpUpload(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	u := Upload{Object: r.QueryParam("object"), Field: r.QueryParam("field"), Record: r.QueryParam("id"), Name: r.QueryParam("name"), Type: r.QueryParam("type")}
	if u.Type == "" {
		u.Type = r.ContentType
	}
	info, err := s.Upload(ctx, u, r.Stream)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(map[string]any{"data": info})
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return &httpd.Response{Status: http.StatusCreated, ContentType: "application/json; charset=utf-8", Body: b,
		Header: map[string]string{"Location": "/files/" + info.ID, "Cache-Control": "no-store"}}, nil
}

func (s *Service) httpDownload(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	f, err := s.Find(ctx, r.Param("id"))
	if err != nil {
		return nil, err
	}
	if size := r.QueryParam("size"); size != "" {
		edge, e := strconv.Atoi(size)
		if e != nil {
			edge = 0
		}
		if f, err = s.Thumbnail(ctx, f, edge); err != nil {
			return nil, err
		}
		if f == nil { // swept while it was made
			return nil, noFile()
		}
	}
	return s.send(ctx, r, f)
}

// send answers with a file, or the part of it that the client asks for.
func (s *Service) send(ctx context.Context, r *httpd.Request, f *field.FileInfo) (*httpd.Response, error) {
	h, err := blob.Parse(f.Hash)
	if err != nil {
		return nil, err
	}
	etag := `"` + f.Hash + `"`
	header := headers(f)
	header["ETag"], header["Accept-Ranges"] = etag, "bytes"
	from, length, status := int64(0), f.Size, http.StatusOK
	if r.Range != "" && (r.IfRange == "" || r.IfRange == etag) {
		a, n, ok := byteRange(r.Range, f.Size)
		if !ok {
			res := errs.New(errs.InvalidInput, "the file has no such part", "文件没有此区段").With("status", http.StatusRequestedRangeNotSatisfiable).With("size", f.Size)
			return nil, res
		}
		if n > 0 {
			from, length, status = a, n, http.StatusPartialContent
			header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", a, a+n-1, f.Size)
		}
	}
	body, err := s.Blobs.Get(ctx, h, from, length)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", f.ID, err)
	}
	return &httpd.Response{Status: status, ContentType: f.Type, Header: header, Stream: body, Length: length}, nil
}

// inline are the types that a browser may show where it stands; it saves all others. None of them
// holds anything that runs.
var inline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// headers keep a file that somebody uploaded from doing anything in the name of this site. What may
// be read now may be forbidden later: so a copy is used only after asking.
func headers(f *field.FileInfo) map[string]string {
	how := "attachment"
	if inline[f.Type] {
		how = "inline"
	}
	return map[string]string{
		"Content-Disposition":          how + "; filename*=UTF-8''" + strings.ReplaceAll(url.PathEscape(f.Name), "'", "%27"),
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Cache-Control":                "private, no-cache",
	}
}
