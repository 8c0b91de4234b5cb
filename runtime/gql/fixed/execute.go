package fixed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/graph-gophers/graphql-go"
	graphqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// What one operation may ask for.
const (
	maxOperation = 64 << 10 // bytes of its text
	maxTokens    = 5_000
	maxDepth     = 20 // nesting of selections; introspection needs most
	maxOverlaps  = 10_000
)

var _ gql.Executor = (*API)(nil)

// Writes says whether the operation asked for is a mutation.
func (a *API) Writes(req gql.Request) bool {
	if len(req.Query) > maxOperation {
		return false
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: req.Query}, maxTokens)
	if err != nil {
		return false
	}
	op := doc.Operations.ForName(req.OperationName)
	return op != nil && op.Operation != ast.Query
}

// Execute runs a request for the caller in the context.
func (a *API) Execute(ctx context.Context, req gql.Request) gql.Response {
	c, _ := ident.From(ctx)
	refuse := func(e *errs.Error) gql.Response {
		return gql.Refusal(gql.RefusalStatus(e), gql.FromCoded(e, c.Locale, nil)...)
	}
	if err := a.admit(ctx, c.Principal); err != nil {
		return refuse(err)
	}
	if len(req.Query) > maxOperation {
		return refuse(errs.New(errs.LimitExceeded, "the operation is longer than %d bytes", "操作文本超过 %d 字节", maxOperation).With("limit", maxOperation))
	}
	if _, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: req.Query}, maxTokens); err != nil {
		return gql.Refusal(400, gql.FromSyntax(err, req.Query, c.Locale))
	}
	var vars map[string]any
	if len(req.Variables) > 0 {
		if err := json.Unmarshal(req.Variables, &vars); err != nil {
			return refuse(errs.New(errs.InvalidInput, "variables must be a JSON object", "variables 必须是 JSON 对象").Because(err))
		}
	}
	res := a.schema().Exec(ctx, req.Query, req.OperationName, vars)
	found := a.entries(res.Errors, c.Locale)
	if !executed(res) {
		return gql.Refusal(400, found...)
	}
	body, err := json.Marshal(struct {
		Errors []*gql.Error    `json:"errors,omitempty"`
		Data   json.RawMessage `json:"data"`
	}{found, res.Data})
	if err != nil {
		return refuse(gql.Visible(err, a.log, a.newID))
	}
	return gql.Response{Body: body, Status: 200, Errors: len(found)}
}

// executed says whether a resolver may have run: errors of fields have a path.
func executed(res *graphql.Response) bool {
	if len(res.Errors) == 0 {
		return true
	}
	for _, q := range res.Errors {
		if q.Path != nil {
			return true
		}
	}
	return false
}

// entries turns the errors of an execution into coded ones in the caller's language.
func (a *API) entries(found []*graphqlerrors.QueryError, locale string) (out []*gql.Error) {
	for _, q := range found {
		var e *errs.Error
		switch cause := cmp.Or(q.ResolverError, q.Err); {
		case errors.As(cause, &e), errors.Is(cause, context.DeadlineExceeded), errors.Is(cause, context.Canceled):
			e = gql.Visible(cause, a.log, a.newID)
		case strings.HasPrefix(q.Message, "could not unmarshal"): // the library tells of types of Go
			e = errs.New(errs.InvalidInput, "an argument or a variable is of the wrong type", "参数或变量的类型有误").Because(cause)
		default:
			out = append(out, gql.FromValidation([]*graphqlerrors.QueryError{q}, locale)...)
			continue
		}
		out = append(out, gql.FromCoded(e, locale, q.Path)...)
	}
	return out
}

// panics makes an internal error of a panic: its words are for the log alone.
type panics struct{}

func (panics) MakePanicError(_ context.Context, p any) *graphqlerrors.QueryError {
	return &graphqlerrors.QueryError{Message: "panic", Err: errs.From(fmt.Errorf("panic: %v", p))}
}

type panicLog struct{ log *slog.Logger }

func (l panicLog) LogPanic(_ context.Context, p any) {
	l.log.Error("panic", "cause", p, "stack", string(debug.Stack()))
}
