// Package fake is a connector that sends nothing and remembers everything, for tests.
package fake

import (
	"context"
	"sync"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/workflow/connect"
)

// Connector remembers what was sent. It stands in for every type.
type Connector struct {
	Name string
	// Answer, if set, says what the other system answers.
	Answer func(c *model.Connection, m connect.Message) (connect.Receipt, error)

	mu   sync.Mutex
	sent []Sent
	fail []error
}

// Sent is a message and the connection that it went through.
type Sent struct {
	Connection string
	Message    connect.Message
}

var _ connect.Connector = (*Connector)(nil)

// Type is the type that it stands in for.
func (c *Connector) Type() string { return c.Name }

// Check takes everything.
func (c *Connector) Check(*model.Connection) []connect.Problem { return nil }

// Send remembers a message, unless it is to fail.
func (c *Connector) Send(_ context.Context, call *connect.Call, m connect.Message) (connect.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.fail) > 0 {
		err := c.fail[0]
		c.fail = c.fail[1:]
		if err != nil {
			return connect.Receipt{}, err
		}
	}
	c.sent = append(c.sent, Sent{call.Decl.Name, m})
	if c.Answer != nil {
		return c.Answer(call.Decl, m)
	}
	return connect.Receipt{}, nil
}

// Probe is always content.
func (c *Connector) Probe(context.Context, *connect.Call) error { return nil }

// Fail makes the next messages fail, one error each; nil lets one through.
func (c *Connector) Fail(errs ...error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = append(c.fail, errs...)
}

// Sent are the messages so far.
func (c *Connector) Sent() []Sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Sent(nil), c.sent...)
}
