// Package remote says what administrators see of other systems, and may do about them. It is the seam
// between the administration API and what calls those systems, which is workflow/connect's.
package remote

import (
	"context"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
)

// Admin is what administrators do. All of it is for administrators alone, which the caller has seen to.
type Admin interface {
	Secrets(ctx context.Context) ([]Secret, error)
	// SetSecret keeps a secret, which is never shown again.
	SetSecret(ctx context.Context, name, value string) error
	RemoveSecret(ctx context.Context, name string) error
	Connections(ctx context.Context) ([]Connection, error)
	// Probe calls another system without an effect, and keeps what came of it.
	Probe(ctx context.Context, name string) (Connection, error)
	// Enable lets a connection be used again that failed for too long, or switches it off.
	Enable(ctx context.Context, name string, on bool) (Connection, error)
	Deliveries(ctx context.Context, f Filter) ([]Delivery, error)
	// Redeliver sends a message once more, under the same id.
	Redeliver(ctx context.Context, id int64) (Delivery, error)
	Hooks(ctx context.Context) ([]Hook, error)
	// OpenHook makes the token of a hook, which is shown this once; an earlier one is over.
	OpenHook(ctx context.Context, name string, user int64) (token string, err error)
	CloseHook(ctx context.Context, name string) error
}

// Secret is a secret that is kept, as far as anybody may see it.
type Secret struct {
	Name  string
	SetAt time.Time
	SetBy string
	// UsedBy are the connections and hooks that name it.
	UsedBy []string
}

// Connection is a connection and how it does.
type Connection struct {
	*catalog.Connection
	Disabled     bool
	FailingSince time.Time // zero: the last call went well
	ProbedAt     time.Time // zero: never
	ProbeOK      bool
	ProbeFault   string // kind of the fault; "" when it went well
	ProbeDetail  string
	MissingKeys  []string // names of secrets that are not set
}

// Filter picks deliveries. The zero Filter picks all.
type Filter struct {
	Connection, Status, Record string
	Before                     int64 // those before one; 0: the newest
	First                      int
}

// Delivery is a message to another system or a person.
type Delivery struct {
	ID                          int64
	Message                     string // its id, as the receiver sees it
	Connection, Source, Type    string
	Record, To, Subject, Status string
	Created, Next, Ended        time.Time
	Attempts                    []Attempt // the last of them
	Tries                       int
}

// Attempt is one attempt to deliver.
type Attempt struct {
	At     time.Time `json:"at"`
	Fault  string    `json:"fault,omitempty"` // "" when it went well
	Status int       `json:"status,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// Hook is a hook and whether it is open.
type Hook struct {
	*catalog.Hook
	User     int64 // in whose name it writes; 0: it is closed
	OpenedAt time.Time
	UsedAt   time.Time
}
