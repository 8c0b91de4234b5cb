// Package socket speaks the protocol graphql-transport-ws with one client: several operations at
// once over one connection of texts. It knows no HTTP server and no schema.
package socket

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/gql"
)

// Protocol is the subprotocol's name.
const Protocol = "graphql-transport-ws"

// Codes that close a connection, as the protocol names them.
const (
	badRequest      = 4400
	unauthorized    = 4401
	forbidden       = 4403
	initTimeout     = 4408
	idTaken         = 4409
	tooManyInits    = 4429
	internalError   = 4500
	badSubprotocol  = 4406
	tooManyRequests = 4503
)

const (
	// waitForInit is how long a client may be silent at first; maxOperations is how many it may have
	// under way.
	waitForInit   = 10 * time.Second
	maxOperations = 100
)

// Conn is a connection of texts.
type Conn interface {
	Protocol() string
	Read() ([]byte, error)
	Write(text []byte) error
	Close(code int, reason string)
}

// Opener authenticates the client by the payload of its first message and gives the context of its
// operations.
type Opener func(ctx context.Context, payload map[string]any) (context.Context, error)

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// Serve serves a connection until either side ends it.
func Serve(ctx context.Context, conn Conn, x gql.Streamer, open Opener) {
	if conn.Protocol() != Protocol {
		conn.Close(badSubprotocol, "Subprotocol not acceptable")
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &session{conn: conn, x: x, open: open, running: map[string]context.CancelFunc{}}
	late := time.AfterFunc(waitForInit, func() { s.close(initTimeout, "Connection initialisation timeout") })
	defer func() {
		late.Stop()
		cancel()
		s.tasks.Wait()
		s.close(1000, "")
	}()
	for {
		raw, err := conn.Read()
		if err != nil {
			return
		}
		var m message
		if !utf8.Valid(raw) || json.Unmarshal(raw, &m) != nil {
			s.close(badRequest, "Invalid message received")
			return
		}
		if m.Type == "connection_init" {
			late.Stop()
		}
		if !s.handle(ctx, &m) {
			return
		}
	}
}

// session is one connection.
type session struct {
	conn  Conn
	x     gql.Streamer
	open  Opener
	ctx   context.Context // of operations; nil until the client is known
	tasks sync.WaitGroup

	mu      sync.Mutex // of writes, and of what follows
	closed  bool
	running map[string]context.CancelFunc
}

func (s *session) close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.conn.Close(code, reason)
	}
}

func (s *session) send(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("socket: closed")
	}
	return s.conn.Write(b)
}

// handle does what a message asks; false when the connection is over.
func (s *session) handle(ctx context.Context, m *message) bool {
	switch m.Type {
	case "connection_init":
		return s.init(ctx, m)
	case "ping":
		return s.send(message{Type: "pong", Payload: m.Payload}) == nil
	case "pong":
		return true
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.mu.Lock()
		stop := s.running[m.ID]
		delete(s.running, m.ID)
		s.mu.Unlock()
		if stop != nil {
			stop()
		}
		return true
	}
	s.close(badRequest, "Invalid message received")
	return false
}

func (s *session) init(ctx context.Context, m *message) bool {
	if s.ctx != nil {
		s.close(tooManyInits, "Too many initialisation requests")
		return false
	}
	var payload map[string]any
	if len(m.Payload) > 0 && json.Unmarshal(m.Payload, &payload) != nil {
		s.close(badRequest, "Invalid message received")
		return false
	}
	opened, err := s.open(ctx, payload)
	if err != nil {
		s.close(forbidden, "Forbidden")
		return false
	}
	s.ctx = opened
	return s.send(message{Type: "connection_ack"}) == nil
}

func (s *session) subscribe(m *message) bool {
	var p struct {
		Query         *string
		OperationName *string
		Variables     json.RawMessage
	}
	switch {
	case s.ctx == nil:
		s.close(unauthorized, "Unauthorized")
		return false
	case m.ID == "" || json.Unmarshal(m.Payload, &p) != nil || p.Query == nil:
		s.close(badRequest, "Invalid message received")
		return false
	}
	ctx, stop := context.WithCancel(s.ctx)
	s.mu.Lock()
	taken, many := s.running[m.ID] != nil, len(s.running) >= maxOperations
	if !taken && !many {
		s.running[m.ID] = stop
	}
	s.mu.Unlock()
	switch {
	case taken:
		stop()
		s.close(idTaken, "Subscriber for "+m.ID+" already exists")
		return false
	case many:
		stop()
		s.close(tooManyRequests, "Too many operations")
		return false
	}
	req := gql.Request{Query: *p.Query, Variables: p.Variables}
	if p.OperationName != nil {
		req.OperationName = *p.OperationName
	}
	s.tasks.Go(func() {
		defer stop()
		s.run(ctx, m.ID, req)
	})
	return true
}

// run carries out one operation and tells its answers.
func (s *session) run(ctx context.Context, id string, req gql.Request) {
	if !s.x.Subscribes(req) {
		s.last(id, s.x.Execute(ctx, req))
		return
	}
	stream, refused := s.x.Subscribe(ctx, req)
	if refused != nil {
		s.last(id, *refused)
		return
	}
	for {
		body, err := stream.Next(ctx)
		var e *errs.Error
		switch {
		case ctx.Err() != nil: // the client has had enough
			return
		case errors.As(err, &e):
			s.last(id, gql.Failure(ctx, e))
			return
		case err != nil:
			s.close(internalError, "Internal server error")
			return
		}
		if s.send(message{ID: id, Type: "next", Payload: body}) != nil {
			return
		}
	}
}

// last tells the answer of an operation that is over with it. A client that has completed the
// operation hears no more of it.
func (s *session) last(id string, r gql.Response) {
	s.mu.Lock()
	wanted := s.running[id] != nil
	delete(s.running, id)
	s.mu.Unlock()
	if !wanted {
		return
	}
	if r.RequestError {
		var refusal struct{ Errors json.RawMessage }
		if json.Unmarshal(r.Body, &refusal) == nil {
			_ = s.send(message{ID: id, Type: "error", Payload: refusal.Errors}) // a peer that is gone is noticed by the reader
		}
		return
	}
	if s.send(message{ID: id, Type: "next", Payload: r.Body}) == nil {
		_ = s.send(message{ID: id, Type: "complete"})
	}
}
