package graph

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// ServeHTTP answers one request under a profile as the GraphQL-over-HTTP specification says.
func (s *Service) ServeHTTP(ctx context.Context, p access.Profile, r gql.HTTPRequest) gql.HTTPResponse {
	return gql.Serve(ctx, executor{s, p}, r)
}

// executor is the service under one profile.
type executor struct {
	*Service
	profile access.Profile
}

func (x executor) Execute(ctx context.Context, req gql.Request) gql.Response {
	return x.Service.Execute(ctx, x.profile, req)
}

func (x executor) Writes(req gql.Request) bool {
	if len(req.Query) > x.lim.Operation {
		return false
	}
	_, op, bad := parse(req, x.lim.Tokens, "")
	return bad == nil && op.Operation != ast.Query
}
