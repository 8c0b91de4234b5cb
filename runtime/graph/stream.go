package graph

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// Streamer gives the service as it streams to one caller. again finds the caller's profile anew for
// every batch of changes: who has signed out, or may no longer see something, is told no more of it.
func (s *Service) Streamer(again func(context.Context) (access.Profile, error)) gql.Streamer {
	return streamer{executor{Service: s}, again}
}

type streamer struct {
	executor
	again func(context.Context) (access.Profile, error)
}

// Execute runs an operation under what the caller may do now: a socket outlives what was granted
// when it was opened.
func (x streamer) Execute(ctx context.Context, req gql.Request) gql.Response {
	p, err := x.again(ctx)
	if err != nil {
		caller, _ := ident.From(ctx)
		e := x.visible(err)
		return gql.Refusal(gql.RefusalStatus(e), gql.FromCoded(e, caller.Locale, nil)...)
	}
	return x.Service.Execute(ctx, p, req)
}

func (x streamer) Subscribes(req gql.Request) bool {
	if len(req.Query) > x.lim.Operation {
		return false
	}
	_, op, bad := parse(req, x.lim.Tokens, "")
	return bad == nil && op.Operation == ast.Subscription
}

func (x streamer) Subscribe(ctx context.Context, req gql.Request) (gql.Stream, *gql.Response) {
	sub, refused := x.Service.Subscribe(ctx, x.again, req)
	if refused != nil {
		return nil, refused
	}
	return sub, nil
}
