package graph

import (
	"encoding/json"
	"errors"
	"strconv"

	graphqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/tenon-platform/tenon/platform/errs"
)

// gqlError is one entry of "errors".
type gqlError struct {
	Message    string         `json:"message"`
	Locations  []location     `json:"locations,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

type location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// toErrors turns a coded error and those that came with it into entries. Causes stay here.
func toErrors(e *errs.Error, locale string, path []any) []*gqlError {
	out := []*gqlError{toError(e, locale, path)}
	for _, more := range e.More {
		out = append(out, toErrors(more, locale, path)...)
	}
	return out
}

func toError(e *errs.Error, locale string, path []any) *gqlError {
	return &gqlError{Message: e.Message.In(locale), Path: path, Extensions: extensions(e)}
}

func extensions(e *errs.Error) map[string]any {
	x := map[string]any{"code": e.Code, "message_en": e.Message.En, "message_zh": e.Message.Zh}
	if e.Field != "" {
		x["field"] = e.Field
	}
	if e.Rule != "" {
		x["rule"] = e.Rule
	}
	if e.Index != nil {
		x["index"] = *e.Index
	}
	if len(e.Details) > 0 {
		x["details"] = e.Details
	}
	return x
}

// fromValidation turns the findings of graph-gophers into entries.
func fromValidation(found []*graphqlerrors.QueryError) []*gqlError {
	out := make([]*gqlError, 0, len(found))
	for _, f := range found {
		code := errs.InvalidInput
		if f.Rule == "MaxDepthExceeded" || f.Rule == "OverlapValidationLimitExceeded" {
			code = errs.LimitExceeded
		}
		g := &gqlError{Message: f.Message, Extensions: map[string]any{"code": code, "message_zh": "操作无效：" + f.Message}}
		for _, l := range f.Locations {
			g.Locations = append(g.Locations, location{l.Line, l.Column})
		}
		out = append(out, g)
	}
	return out
}

// findings are what validation found, without what it says of variables' values: those are
// checked by coerceVariables, for the operation at hand alone.
func findings(found []*graphqlerrors.QueryError) []*gqlError {
	var kept []*graphqlerrors.QueryError
	for _, f := range found {
		if f.Rule != "VariablesOfCorrectType" {
			kept = append(kept, f)
		}
	}
	return fromValidation(kept)
}

// fromSyntax turns the error of a document that does not parse into an entry.
func fromSyntax(err error) *gqlError {
	text, at := err.Error(), []location(nil)
	var g *gqlerror.Error
	if errors.As(err, &g) {
		text = g.Message
		for _, l := range g.Locations {
			at = append(at, location{l.Line, l.Column})
		}
	}
	return &gqlError{Message: "syntax error: " + text, Locations: at, Extensions: map[string]any{"code": errs.InvalidInput, "message_zh": "语法错误：" + text}}
}

// fail notes an error at the current path.
func (x *exec) fail(e *errs.Error) {
	path := make([]any, len(x.path))
	for i, s := range x.path {
		if path[i] = s.key; s.key == "" {
			path[i] = s.at
		}
	}
	x.errs = append(x.errs, toErrors(e, x.locale, path)...)
}

// requestError is a response without data: nothing was executed.
func requestError(status int, found ...*gqlError) Response {
	body, err := json.Marshal(struct {
		Errors []*gqlError `json:"errors"`
	}{found})
	if err != nil { // details that are not JSON
		body = []byte(`{"errors":[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]}`)
	}
	return Response{Body: body, Status: status, RequestError: true}
}

// finish puts the response together: errors first, so that readers of a stream meet them early.
func (x *exec) finish() Response {
	out := make([]byte, 0, len(x.out)+128)
	out = append(out, '{')
	if len(x.errs) > 0 {
		list, err := json.Marshal(x.errs)
		if err != nil {
			list = []byte(`[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]`)
		}
		out = append(append(append(out, `"errors":`...), list...), ',')
	}
	out = append(out, `"data":`...)
	out = append(out, x.out...)
	out = append(out, `,"extensions":{"cost":{"estimated":`...)
	out = strconv.AppendInt(out, int64(x.cost), 10)
	out = append(out, `,"rows":`...)
	out = strconv.AppendInt(out, int64(x.rows), 10)
	out = x.appendAdvice(out)
	out = append(out, `}}}`...)
	return Response{Body: out, Status: 200, Errors: len(x.errs)}
}

func appendText(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(dst, `""`...)
	}
	return append(dst, b...)
}
