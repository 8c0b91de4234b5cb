package process

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/engine"
)

// keptStates is how much stored state, in bytes, is kept parsed in each of two generations. An instance has two
// or three thousand, and takes four times as many when it is parsed.
const keptStates = 1 << 20

// states remembers what states mean that were read lately: inboxes show the same instances again and again, to
// many people, and parsing them is most of what that costs. A state is found by its whole text, so that one
// that was never committed, or was taken back, can stand for no other. What is read here is shared, and must
// not be changed.
type states struct {
	mu       sync.Mutex
	now, old map[string]parsed // by instance; what is used in a generation goes on to the next
	size     int               // bytes of the texts of now
}

type parsed struct {
	text  string
	state *approval.State
}

// of gives the state of an instance.
func (s *states) of(i *engine.Instance) (*approval.State, error) {
	if i.Kind != Name {
		return nil, NoInstance(i.Name)
	}
	if st := s.find(i.Name, i.State); st != nil {
		return st, nil
	}
	st := &approval.State{}
	if err := json.Unmarshal(i.State, st); err != nil {
		return nil, fmt.Errorf("approval: read the state of %s: %w", i.Name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(i.Name, parsed{string(i.State), st})
	return st, nil
}

func (s *states) find(name string, text json.RawMessage) *approval.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.now[name]
	if ok && p.text == string(text) {
		return p.state
	}
	if p, ok = s.old[name]; ok && p.text == string(text) {
		s.keep(name, p)
		return p.state
	}
	return nil
}

// keep must be called with the lock.
func (s *states) keep(name string, p parsed) {
	if s.now == nil || s.size+len(p.text) > keptStates {
		s.now, s.old, s.size = map[string]parsed{}, s.now, 0
	}
	s.size += len(p.text) - len(s.now[name].text)
	s.now[name] = p
}
