// Package gql is what our GraphQL doors share: GraphQL over HTTP, and errors as entries of a
// response. It knows no schema, no executor and no HTTP server.
package gql

import (
	"context"
	"encoding/json"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Request is one GraphQL request.
type Request struct {
	Query         string
	OperationName string
	Variables     json.RawMessage
	// ReadOnly refuses mutations: for requests by GET.
	ReadOnly bool

	vars map[string]any // the variables, when they were read already
}

// Vars are the variables; numbers stay as they are written.
func (r *Request) Vars() (map[string]any, *errs.Error) {
	if r.vars != nil {
		return r.vars, nil
	}
	return variables(r.Variables, false)
}

// Response is the answer to one request.
type Response struct {
	Body         []byte
	Status       int  // of HTTP
	RequestError bool // nothing was executed: there is no "data"
	Errors       int
}

// Executor runs requests as the caller in the context.
type Executor interface {
	Execute(ctx context.Context, req Request) Response
	// Writes says whether the operation asked for is anything but a query, as far as it parses.
	Writes(req Request) bool
}
