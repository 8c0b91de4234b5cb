package gql

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"

	graphqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Error is one entry of "errors".
type Error struct {
	Message    string         `json:"message"`
	Locations  []Location     `json:"locations,omitempty"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Location is a place in the operation's text; both count from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Broken is the body of an answer that could not be encoded.
const Broken = `{"errors":[{"message":"something went wrong on our side","extensions":{"code":"INTERNAL"}}]}`

// FromCoded turns a coded error and those that came with it into entries. Causes are left out.
func FromCoded(e *errs.Error, locale string, path []any) []*Error {
	out := []*Error{{Message: e.Message.In(locale), Path: path, Extensions: extensions(e)}}
	for _, more := range e.More {
		out = append(out, FromCoded(more, locale, path)...)
	}
	return out
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

// Visible is an error as the caller may see it: causes of internal ones go to the log alone,
// under the id that the answer shows.
func Visible(err error, log *slog.Logger, newID func() string) *errs.Error {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled): // engines tell a deadline as either
		return errs.New(errs.Timeout, "the operation took too long", "操作超时")
	case errors.Is(err, driver.ErrTooComplex):
		return errs.New(errs.LimitExceeded, "the operation is too complex; filter over fewer relations or by fewer conditions", "操作过于复杂，请减少过滤条件或跨越的关联").Because(err)
	case errors.Is(err, driver.ErrBusy), errors.Is(err, driver.ErrClosed):
		return errs.New(errs.Unavailable, "the store is busy; try again", "存储繁忙，请重试").Because(err)
	}
	e := errs.From(err)
	if e.Code != errs.Internal {
		return e
	}
	id := newID()
	log.Error("internal error", "id", id, "cause", e.Error())
	return errs.New(errs.Internal, "something went wrong on our side", "系统内部错误").With("id", id)
}

// FromValidation turns the findings of graph-gophers into entries.
func FromValidation(found []*graphqlerrors.QueryError, locale string) []*Error {
	out := make([]*Error, 0, len(found))
	for _, f := range found {
		e := &errs.Error{Code: errs.InvalidInput, Message: diag.Text{En: f.Message, Zh: chinese(f.Message)}}
		switch f.Rule {
		case "MaxDepthExceeded", "OverlapValidationLimitExceeded":
			e.Code = errs.LimitExceeded
		}
		x := FromCoded(e, locale, f.Path)[0]
		for _, l := range f.Locations {
			x.Locations = append(x.Locations, Location{l.Line, l.Column})
		}
		out = append(out, x)
	}
	return out
}

// FromSyntax turns the error of a document that gqlparser does not parse into an entry.
func FromSyntax(err error, text, locale string) *Error {
	said, places := explain(err)
	if strings.Contains(said, "<Invalid>") { // the parser's words for an error of the lexer
		if lexical := scan(text); lexical != nil {
			said, places = explain(lexical)
		}
	}
	e := &errs.Error{Code: errs.InvalidInput, Message: diag.Text{En: "syntax error: " + said, Zh: "语法错误：" + chinese(said)}}
	if strings.HasPrefix(said, "exceeded ") {
		e.Code, e.Message = errs.LimitExceeded, diag.Text{En: said, Zh: chinese(said)}
	}
	x := FromCoded(e, locale, nil)[0]
	x.Locations = places
	return x
}

func explain(err error) (said string, places []Location) {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return err.Error(), nil
	}
	for _, l := range g.Locations {
		places = append(places, Location{l.Line, l.Column})
	}
	return g.Message, places
}

// scan gives the first error of the lexer.
func scan(text string) error {
	l := lexer.New(&ast.Source{Input: text})
	for {
		tok, err := l.ReadToken()
		if tok.Kind == lexer.Invalid {
			return err
		}
		if err != nil || tok.Kind == lexer.EOF {
			return nil
		}
	}
}

// Refusal is a response without data: nothing was executed.
func Refusal(status int, found ...*Error) Response {
	body, err := json.Marshal(struct {
		Errors []*Error `json:"errors"`
	}{found})
	if err != nil { // details that are not JSON
		body = []byte(Broken)
	}
	return Response{Body: body, Status: status, RequestError: true, Errors: len(found)}
}

// Failure is the answer to a request that ends with an error, in the caller's language.
func Failure(ctx context.Context, e *errs.Error) Response {
	c, _ := ident.From(ctx)
	return Refusal(RefusalStatus(e), FromCoded(e, c.Locale, nil)...)
}

// RefusalStatus is the HTTP status of a request that was not executed.
func RefusalStatus(e *errs.Error) int {
	switch e.Code {
	case errs.LimitExceeded, errs.CostExceeded, errs.NotFound, errs.ValidationFail:
		return 400
	}
	return e.Code.Status()
}
