package record

import "github.com/tenon-platform/tenon/platform/errs"

// Notifier tells people what concerns them.
type Notifier interface {
	// Notify tells users what a message says of a record, in the transaction of the session; of equal
	// keys once, "" every time.
	Notify(se *Session, message string, rec Record, users []int64, key string) error
}

// NotifyThrough sets who tells people. It is called once, before the service is used.
func (s *Service) NotifyThrough(n Notifier) { s.notifier = n }

// Notify tells users what a message says of a record.
func (s *Session) Notify(message string, rec Record, users []int64, key string) error {
	if s.b.s.notifier == nil {
		return errs.New(errs.Unavailable, "nobody can be notified here", "此处无法发送通知")
	}
	return s.b.s.notifier.Notify(s, message, rec, users, key)
}
