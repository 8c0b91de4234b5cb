package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/audit"
	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// Exporting is an export whose first page is read.
type Exporting struct {
	FileName    string
	ContentType string

	s       *Service
	e       Export
	object  *catalog.Object
	profile access.Profile
	columns []exported
	query   string
	zone    *time.Location
	page    *page
	left    int64 // records still to be written; -1: all
}

var mediaTypes = map[string]string{
	CSV:   "text/csv; charset=utf-8",
	XLSX:  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	JSONL: "application/jsonl; charset=utf-8",
}

// Export begins an export as the caller in the context. What is wrong with it is told now; Write
// then reads page after page, each on a snapshot of its own, by keyset: a record that is changed
// meanwhile is there once or, when the change moves it in the order, at most once more.
func (s *Service) Export(ctx context.Context, e Export) (*Exporting, error) {
	c := caller(ctx)
	p, err := s.Profile(ctx, c.Principal)
	if err != nil {
		return nil, err
	}
	if err := access.Require(p, access.RightExport); err != nil {
		return nil, err
	}
	o, err := s.object(e.Object, p)
	if err != nil {
		return nil, err
	}
	if e.Locale == "" {
		e.Locale = c.Locale
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	x := &Exporting{s: s, e: e, object: o, profile: p, zone: s.zone(), left: -1, ContentType: mediaTypes[e.Format]}
	x.FileName = e.fileNameOf(o, s.Clock.Now().In(x.zone))
	if e.Limit > 0 {
		x.left = e.Limit
	}
	if x.columns, err = e.columns(o, p); err != nil {
		return nil, err
	}
	x.query = e.query(o, x.columns)
	x.page, err = x.read(ctx, "")
	return x, err
}

// check fills in defaults and refuses what is not known.
func (e *Export) check() error {
	if e.Format == "" {
		e.Format = CSV
	}
	if mediaTypes[e.Format] == "" {
		return errs.New(errs.InvalidInput, "unknown format %q; csv, xlsx and jsonl are known", "未知格式 %q，支持 csv、xlsx 与 jsonl", e.Format).On("format")
	}
	if e.Header != "" && e.Header != "label" && e.Header != "name" {
		return errs.New(errs.InvalidInput, "header is label or name", "header 须为 label 或 name").On("header")
	}
	if r, n := utf8.DecodeRuneInString(e.Delimiter); e.Delimiter != "" && (n != len(e.Delimiter) || r == utf8.RuneError || strings.ContainsRune("\"\r\n\x00", r)) {
		return errs.New(errs.InvalidInput, "the delimiter is one character, and neither a quote nor a line break", "分隔符须为单个字符，且不能是引号或换行").On("delimiter")
	}
	if e.Limit < 0 {
		return errs.New(errs.InvalidInput, "the limit must not be negative", "limit 不能为负数").On("limit")
	}
	return nil
}

// page is one page of records.
type page struct {
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
	Nodes []map[string]json.RawMessage
}

// read reads the page after a cursor.
func (x *Exporting) read(ctx context.Context, after string) (*page, error) {
	n := int64(x.s.Limits.Page)
	if x.left >= 0 {
		n = min(n, x.left)
	}
	vars := map[string]any{"n": n}
	if after != "" {
		vars["a"] = after
	}
	if len(x.e.Filter) > 0 {
		vars["f"] = x.e.Filter
	}
	if len(x.e.OrderBy) > 0 {
		vars["o"] = x.e.OrderBy
	}
	if x.e.Search != "" {
		vars["s"] = x.e.Search
	}
	b, err := json.Marshal(vars)
	if err != nil {
		return nil, errs.New(errs.InvalidInput, "filter or orderBy is no JSON", "filter 或 orderBy 不是 JSON").Because(err)
	}
	res := x.s.Lister.Execute(ctx, x.profile, gql.Request{Query: x.query, Variables: b, ReadOnly: true})
	return pageOf(res.Body)
}

// pageOf reads the answer to a page's query; its first error becomes one of ours.
func pageOf(body []byte) (*page, error) {
	var a struct {
		Data   struct{ Page *page }
		Errors []struct {
			Message    string
			Extensions struct {
				Code    errs.Code
				Field   string
				En      string `json:"message_en"`
				Zh      string `json:"message_zh"`
				Details map[string]any
			}
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		return nil, errs.From(err)
	}
	if len(a.Errors) > 0 {
		e := a.Errors[0]
		x := e.Extensions
		out := &errs.Error{Code: x.Code, Message: diag.Text{En: x.En, Zh: x.Zh}, Field: x.Field, Details: x.Details}
		if out.Code == "" {
			out.Code = errs.Internal
		}
		if out.Message.En == "" {
			out.Message.En = e.Message
		}
		return nil, out
	}
	if a.Data.Page == nil {
		return nil, errs.New(errs.Internal, "something went wrong on our side", "系统内部错误")
	}
	return a.Data.Page, nil
}

// Write writes the export to its end. Memory does not grow with the number of records.
func (x *Exporting) Write(ctx context.Context, w io.Writer) error {
	if err := x.s.Audit.Note(ctx, audit.Entry{Kind: audit.Export, Subject: x.object.Name, Details: map[string]any{"format": x.e.Format, "columns": len(x.columns),
		"filter": len(x.e.Filter) > 0, "search": x.e.Search != ""}}); err != nil {
		return err
	}
	out, err := x.format(w)
	if err != nil {
		return err
	}
	for {
		for _, n := range x.page.Nodes {
			if err := out.record(x.cells(n)); err != nil {
				return err
			}
		}
		if x.left >= 0 {
			x.left -= int64(len(x.page.Nodes))
		}
		next := x.page.PageInfo
		if !next.HasNextPage || next.EndCursor == nil || x.left == 0 {
			return out.end()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if x.page, err = x.read(ctx, *next.EndCursor); err != nil {
			return err
		}
	}
}

// cells are the values of a record, in the order of the columns; nil for null.
func (x *Exporting) cells(n map[string]json.RawMessage) []json.RawMessage {
	out := make([]json.RawMessage, len(x.columns))
	for i, c := range x.columns {
		v := n[key(i)]
		for range c.path {
			v = inside(v)
		}
		if string(v) != "null" {
			out[i] = v
		}
	}
	return out
}

func inside(v json.RawMessage) json.RawMessage {
	var m struct{ V json.RawMessage }
	if json.Unmarshal(v, &m) != nil {
		return nil
	}
	return m.V
}
