package transfer

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/httpd"
)

func (s *Service) httpExport(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	var e Export
	err := error(nil)
	if r.Method == http.MethodPost {
		err = body(r, &e)
	} else {
		e, err = exportOf(r)
	}
	if err != nil {
		return nil, err
	}
	e.Object = r.Param("object")
	return s.export(ctx, e)
}

func (s *Service) export(ctx context.Context, e Export) (*httpd.Response, error) {
	x, err := s.Export(ctx, e)
	if err != nil {
		return nil, err
	}
	return streamed(ctx, x.ContentType, x.FileName, x.Write), nil
}

// exportOf reads an export from a query string: for links that browsers follow.
func exportOf(r *httpd.Request) (Export, error) {
	e := Export{Format: r.QueryParam("format"), Search: r.QueryParam("search"), Header: r.QueryParam("header"), Locale: r.QueryParam("locale"),
		Delimiter: r.QueryParam("delimiter"), Labels: r.QueryParam("labels") == "true", NoMark: r.QueryParam("noMark") == "true", Raw: r.QueryParam("raw") == "true"}
	if f := r.QueryParam("fields"); f != "" {
		e.Fields = strings.Split(f, ",")
	}
	for name, into := range map[string]*json.RawMessage{"filter": &e.Filter, "orderBy": &e.OrderBy} {
		text := r.QueryParam(name)
		if text == "" {
			continue
		}
		if !json.Valid([]byte(text)) {
			return e, errs.New(errs.InvalidInput, "%s is no JSON", "%s 不是 JSON", name).On(name)
		}
		*into = json.RawMessage(strings.Clone(text))
	}
	var err error
	e.Limit, err = number(r, "limit", 0, 1<<62)
	return e, err
}

func (s *Service) httpSavedExports(ctx context.Context, _ *httpd.Request) (*httpd.Response, error) {
	all, err := s.SavedExports(ctx)
	if err != nil {
		return nil, err
	}
	if all == nil {
		all = []SavedExport{}
	}
	return data(map[string]any{"exports": all})
}

// savedName is the name in the path of a request.
func savedName(r *httpd.Request) (string, error) {
	name, err := url.PathUnescape(r.Param("name"))
	if err != nil {
		return "", errs.New(errs.InvalidInput, "the name is not encoded as it should be", "名称编码有误").On("name")
	}
	return name, nil
}

func (s *Service) httpSavedExport(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	name, err := savedName(r)
	if err != nil {
		return nil, err
	}
	x, err := s.SavedExport(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.export(ctx, x.Export)
}

func (s *Service) httpSaveExport(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	name, err := savedName(r)
	if err != nil {
		return nil, err
	}
	var e Export
	if err := body(r, &e); err != nil {
		return nil, err
	}
	x, err := s.SaveExport(ctx, name, e)
	if err != nil {
		return nil, err
	}
	return data(x)
}

func (s *Service) httpDeleteExport(ctx context.Context, r *httpd.Request) (*httpd.Response, error) {
	name, err := savedName(r)
	if err == nil {
		err = s.DeleteExport(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	return data(nil)
}
