package gql

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Stream is the answers to one subscription, one after another. It is for one goroutine.
type Stream interface {
	// Next waits for the next answer, a whole response. The error is the context's, after which it
	// may be called again, or an *errs.Error that ends the stream.
	Next(ctx context.Context) ([]byte, error)
}

// Streamer runs any operation as the caller in the context.
type Streamer interface {
	Executor
	// Subscribe begins a subscription; a request that cannot be served gives a Response instead.
	Subscribe(ctx context.Context, req Request) (Stream, *Response)
	// Subscribes says whether the operation asked for is a subscription, as far as it parses.
	Subscribes(req Request) bool
}

const (
	// MediaEvents is the media type of server-sent events.
	MediaEvents = "text/event-stream"
	// heartbeat is how often a silent stream says that it is alive, for the proxies between.
	heartbeat = 12 * time.Second
)

// WantsEvents says whether a client asks for server-sent events.
func WantsEvents(accept string) bool {
	for _, part := range strings.Split(accept, ",") {
		if t, _, err := mime.ParseMediaType(part); err == nil && t == MediaEvents {
			return true
		}
	}
	return false
}

// ServeEvents answers one request with server-sent events, in the mode of GraphQL over SSE that
// takes a connection for each operation. A request that cannot be read gives an HTTPResponse.
func ServeEvents(ctx context.Context, x Streamer, r HTTPRequest) (func(ctx context.Context, send func([]byte) error), *HTTPResponse) {
	req, status, e := read(r)
	if e == nil && req.ReadOnly && x.Writes(req) && !x.Subscribes(req) {
		status, e = http.StatusMethodNotAllowed, errs.New(errs.InvalidInput, "mutations are not allowed by GET", "GET 请求不允许变更操作")
	}
	if e != nil {
		out := refuse(ctx, MediaJSON, status, e)
		return nil, &out
	}
	req.ReadOnly = false
	// What the request was read from is gone once the events are written.
	req.Query, req.OperationName, req.Variables = strings.Clone(req.Query), strings.Clone(req.OperationName), append([]byte(nil), req.Variables...)
	return func(ctx context.Context, send func([]byte) error) {
		// An error of send says that nobody listens any more.
		if sendAll(ctx, x, req, send) == nil {
			_ = send([]byte("event: complete\ndata:\n\n"))
		}
	}, nil
}

func sendAll(ctx context.Context, x Streamer, req Request, send func([]byte) error) error {
	next := func(body []byte) error {
		return send(append(append([]byte("event: next\ndata: "), body...), "\n\n"...))
	}
	if !x.Subscribes(req) {
		return next(x.Execute(ctx, req).Body)
	}
	s, refused := x.Subscribe(ctx, req)
	if refused != nil {
		return next(refused.Body)
	}
	if err := send([]byte(":\n\n")); err != nil { // the headers, too, go out at once
		return err
	}
	for {
		wait, cancel := context.WithTimeout(ctx, heartbeat)
		body, err := s.Next(wait)
		cancel()
		var e *errs.Error
		switch {
		case err == nil:
			err = next(body)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			err = send([]byte(":\n\n"))
		case errors.As(err, &e):
			return next(Failure(ctx, e).Body)
		}
		if err != nil {
			return err
		}
	}
}
