package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

// handler is a handler whose error is rendered for it.
type handler func(ctx context.Context, r *httpd.Request) (*httpd.Response, error)

// Mounts are the routes of imports and exports:
//
//	POST   /import?object=client&name=clients.csv   upload a file (the body): an import that is ready
//	GET    /import?object=client&before=12&first=50 the caller's imports, the newest first
//	GET    /import/12                               one, with its columns, samples, suggestions and progress
//	PATCH  /import/12                               {"format": …, "map": …, "atomic": true}
//	POST   /import/12/check                         dry run
//	POST   /import/12/run                           write, or go on
//	POST   /import/12/cancel
//	POST   /import/12/undo
//	GET    /import/12/findings?after=100&first=100  what is wrong with which rows
//	GET    /import/12/findings.csv                  all of it
//	GET    /import/12/file                          the uploaded file
//	DELETE /import/12                               with its file, findings and undo log; records stay
//
//	GET    /export/client?format=xlsx&fields=code,region.name&filter={"code": {"startsWith": "A"}}
//	POST   /export/client                           the same with an Export as the body
//	GET    /export                                  the caller's saved exports
//	PUT    /export/saved/monthly                    save an Export
//	GET    /export/saved/monthly                    carry it out
//	DELETE /export/saved/monthly
func (s *Service) Mounts(fail func(ctx context.Context, err error) *httpd.Response) []httpd.Mount {
	mount := func(method, path string, h handler) httpd.Mount {
		return httpd.Mount{Method: method, Path: path, Streaming: true, Reads: path == "/export/:object", Handler: func(ctx context.Context, r *httpd.Request) *httpd.Response {
			res, err := h(ctx, r)
			if err != nil {
				return fail(ctx, withProblems(err))
			}
			return res
		}}
	}
	return []httpd.Mount{
		mount(http.MethodPost, "/import", s.httpUpload),
		mount(http.MethodGet, "/import", s.httpImports),
		mount(http.MethodGet, "/import/:id", s.onImport(func(ctx context.Context, id int64, _ *httpd.Request) (*Job, error) { return s.Import(ctx, id) })),
		mount(http.MethodPatch, "/import/:id", s.onImport(s.httpConfigure)),
		mount(http.MethodDelete, "/import/:id", s.httpDelete),
		mount(http.MethodPost, "/import/:id/check", s.onImport(func(ctx context.Context, id int64, _ *httpd.Request) (*Job, error) { return s.Check(ctx, id) })),
		mount(http.MethodPost, "/import/:id/run", s.onImport(func(ctx context.Context, id int64, _ *httpd.Request) (*Job, error) { return s.Run(ctx, id) })),
		mount(http.MethodPost, "/import/:id/cancel", s.onImport(func(ctx context.Context, id int64, _ *httpd.Request) (*Job, error) { return s.Cancel(ctx, id) })),
		mount(http.MethodPost, "/import/:id/undo", s.onImport(func(ctx context.Context, id int64, _ *httpd.Request) (*Job, error) { return s.Undo(ctx, id) })),
		mount(http.MethodGet, "/import/:id/findings", s.httpFindings),
		mount(http.MethodGet, "/import/:id/findings.csv", s.httpFindingsCSV),
		mount(http.MethodGet, "/import/:id/file", s.httpFile),
		mount(http.MethodGet, "/export", s.httpSavedExports),
		mount(http.MethodGet, "/export/saved/:name", s.httpSavedExport),
		mount(http.MethodPut, "/export/saved/:name", s.httpSaveExport),
		mount(http.MethodDelete, "/export/saved/:name", s.httpDeleteExport),
		mount(http.MethodGet, "/export/:object", s.httpExport),
		mount(http.MethodPost, "/export/:object", s.httpExport),
	}
}

// withProblems puts everything that is wrong into the details of the first error.
func withProblems(err error) error {
	e := errs.From(err)
	if len(e.More) == 0 {
		return err
	}
	out := *e
	problems := make([]map[string]any, 0, len(e.More)+1)
	for _, x := range append([]*errs.Error{e}, e.More...) {
		problems = append(problems, map[string]any{"code": x.Code, "field": x.Field, "message_en": x.Message.En, "message_zh": x.Message.Zh})
	}
	return out.With("problems", problems)
}

func data(v any) (*httpd.Response, error) {
	b, err := json.Marshal(map[string]any{"data": v})
	if err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return &httpd.Response{Status: http.StatusOK, ContentType: "application/json; charset=utf-8", Body: b}, nil
}

// maxBody bounds the JSON bodies of requests, in bytes.
const maxBody = 4 << 20

// body decodes the JSON of a request, strictly: a mistyped key would otherwise do nothing.
func body(r *httpd.Request, v any) error {
	if r.Stream == nil {
		return errs.New(errs.InvalidInput, "the body is empty", "请求体为空")
	}
	b, err := io.ReadAll(io.LimitReader(r.Stream, maxBody+1))
	if err != nil {
		return err
	}
	if len(b) > maxBody {
		return errs.New(errs.LimitExceeded, "the request is larger than %d bytes", "请求超过 %d 字节", maxBody).With("status", http.StatusRequestEntityTooLarge)
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		e := errs.New(errs.InvalidInput, "the body is not as it should be", "请求体格式有误").Because(err)
		if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			e = errs.New(errs.InvalidInput, "the body has an unknown key %s", "请求体含有未知的键 %s", key)
		}
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			e = errs.New(errs.InvalidInput, "%s cannot be a %s", "%s 不能是 %s", t.Field, t.Value).On(t.Field)
		}
		return e
	}
	return nil
}

func importID(r *httpd.Request) (int64, error) {
	id, err := strconv.ParseInt(r.Param("id"), 10, 64)
	if err != nil || id <= 0 || id >= 1<<31 {
		return 0, noImport()
	}
	return id, nil
}

// number reads a whole number of the query string within bounds.
func number(r *httpd.Request, name string, def, most int64) (int64, error) {
	text := r.QueryParam(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, errs.New(errs.InvalidInput, "%s must be from 0 to %d", "%s 必须在 0 到 %d 之间", name, most).On(name)
	}
	return n, nil
}

// attachment is the header that makes browsers save an answer under a name.
func attachment(name string) map[string]string {
	return map[string]string{"Content-Disposition": "attachment; filename*=UTF-8''" + url.PathEscape(name), "Cache-Control": "no-store"}
}

// streamed answers with what write writes.
func streamed(ctx context.Context, mediaType, name string, write func(ctx context.Context, w io.Writer) error) *httpd.Response {
	ctx, cancel := context.WithCancel(ctx)
	in, out := io.Pipe()
	go func() {
		defer cancel()
		// A reader that has gone has no use for the error.
		_ = out.CloseWithError(write(ctx, out))
	}()
	return &httpd.Response{Status: http.StatusOK, ContentType: mediaType, Header: attachment(name), Stream: in}
}
