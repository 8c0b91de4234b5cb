package catalog

import (
	"slices"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// Connection is a declared way to another system.
type Connection struct {
	Name, Package string
	Decl          *model.Connection
	Notify        *Field // of users, that holds a person's address; nil: people are not notified so
}

// Webhook is what another system is told of records.
type Webhook struct {
	Name, Package string
	Decl          *model.Webhook
	Connection    *Connection
	Object        *Object
	Changed       []*Field
	Fields        []*Field
	When          *expr.Program // nil: always
}

// Hook is what another system may tell.
type Hook struct {
	Name, Package string
	Decl          *model.Hook
	Object        *Object
	Key           []HookField // of upsert and action
	Set           []HookField // what is written, or the action's input
	Action        *Action     // nil: it writes the record itself
}

// HookField is a field, and where the body of a message has its value.
type HookField struct {
	Field *Field
	Path  string
}

// Message is what people are told of a record.
type Message struct {
	Name, Package string
	Decl          *model.Message
	Object        *Object
	// Subject and Body are by language.
	Subject, Body map[string]Template
}

// Template is a text with expressions in it, in order.
type Template []TemplatePart

// TemplatePart is plain text, or an expression whose value stands there.
type TemplatePart struct {
	Text  string
	Value *expr.Program
}

// Addr is the connection's address.
func (c *Connection) Addr() addr.Address { return addr.Connection(c.Name) }

// Connection finds a connection by name, or gives nil.
func (c *Catalog) Connection(name string) *Connection {
	return find(c.Connections, func(x *Connection) bool { return x.Name == name })
}

// Webhook finds a webhook by name, or gives nil.
func (c *Catalog) Webhook(name string) *Webhook {
	return find(c.Webhooks, func(x *Webhook) bool { return x.Name == name })
}

// Hook finds a hook by name, or gives nil.
func (c *Catalog) Hook(name string) *Hook {
	return find(c.Hooks, func(x *Hook) bool { return x.Name == name })
}

// Message finds a message by name, or gives nil.
func (c *Catalog) Message(name string) *Message {
	return find(c.Messages, func(x *Message) bool { return x.Name == name })
}

func find[T any](all []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}
