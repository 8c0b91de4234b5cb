// Package fixed serves a GraphQL schema that is written down, not generated, executed by
// graph-gophers: administration and everybody's own account. What its resolvers do is theirs.
package fixed

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/graph-gophers/graphql-go"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
)

// API is one fixed schema of a tenant.
type API struct {
	schema func() *graphql.Schema
	admit  func(context.Context, ident.Principal) *errs.Error
	log    *slog.Logger
	newID  func() string
}

// Options of an API.
type Options struct {
	Admit func(context.Context, ident.Principal) *errs.Error // refuses callers that this API is not for
	Log   *slog.Logger
	NewID func() string // ids of internal errors, in the log and in the answer
}

// New makes an API of a schema and its root resolver. The schema is read when somebody asks: most tenants are opened
// for their records alone. One that does not fit its resolver panics.
func New(schema string, root any, o Options) *API {
	return &API{admit: o.Admit, log: o.Log, newID: o.NewID, schema: sync.OnceValue(func() *graphql.Schema {
		return graphql.MustParseSchema(schema, root, graphql.UseFieldResolvers(), graphql.MaxDepth(maxDepth),
			graphql.OverlapValidationLimit(maxOverlaps), graphql.PanicHandler(panics{}), graphql.Logger(panicLog{o.Log}))
	})}
}

// JSON is any JSON value.
type JSON json.RawMessage

// ImplementsGraphQLType names the scalar.
func (JSON) ImplementsGraphQLType(name string) bool { return name == "JSON" }

// UnmarshalGraphQL keeps the input as JSON.
func (j *JSON) UnmarshalGraphQL(in any) error {
	b, err := json.Marshal(in)
	*j = b
	return err
}

// MarshalJSON writes the value as it is.
func (j JSON) MarshalJSON() ([]byte, error) { return j, nil }

// ToJSON gives a value as the scalar.
func ToJSON(v any) (JSON, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, Fail(err)
	}
	return JSON(b), nil
}

// DateTime is an instant in RFC 3339.
type DateTime struct{ time.Time }

// ImplementsGraphQLType names the scalar.
func (DateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL reads RFC 3339.
func (d *DateTime) UnmarshalGraphQL(in any) error {
	s, _ := in.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errs.New(errs.InvalidInput, "a DateTime is text in RFC 3339, such as 2027-01-31T09:00:00Z", "DateTime 须为 RFC 3339 文本，如 2027-01-31T09:00:00Z").Because(err)
	}
	d.Time = t
	return nil
}

// Fail codes an error; findings come along as a detail.
func Fail(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := err.(*diag.Failed); ok {
		return (&errs.Error{Code: errs.ValidationFail, Message: f.Text()}).With("findings", f.Findings)
	}
	return errs.From(err)
}
