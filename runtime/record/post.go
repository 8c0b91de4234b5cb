package record

import (
	"encoding/json"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Outgoing is a message to another system.
type Outgoing struct {
	ID                string // the message's own; posting it again does nothing
	Connection        string
	Source            string // what sends it
	Record            string // that it tells of; ""
	To, Subject, Body string
	Values            map[string]json.RawMessage // for the request of the connection
}

// Poster sends messages to other systems.
type Poster interface {
	// Posted sends a message once the transaction of the session has been committed.
	Posted(se *Session, m Outgoing) error
}

// PostThrough sets who sends messages. It is called once, before the service is used.
func (s *Service) PostThrough(p Poster) { s.poster = p }

// Post sends a message to another system once the session's transaction has been committed.
func (s *Session) Post(m Outgoing) error {
	if s.b.s.poster == nil {
		return errs.New(errs.Unavailable, "other systems are not called here", "此处不调用其他系统")
	}
	return s.b.s.poster.Posted(s, m)
}

// NewID gives an id that nothing else has.
func (s *Session) NewID() int64 { return s.b.s.NewID() }
