package engine

import "sync"

// locks keep the commands of one instance from colliding; the revision makes it correct without. Each instance
// has a lock of its own while somebody holds it or waits: it is held until the commit is on disk, and commands
// of others must not wait for that, since many share one commit.
type locks struct {
	mu sync.Mutex
	of map[string]*lock
}

type lock struct {
	sync.Mutex
	wanted int // by how many: who holds it and who waits
}

// hold waits for the lock of an instance, and gives what ends it.
func (l *locks) hold(instance string) (release func()) {
	l.mu.Lock()
	if l.of == nil {
		l.of = map[string]*lock{}
	}
	one := l.of[instance]
	if one == nil {
		one = &lock{}
		l.of[instance] = one
	}
	one.wanted++
	l.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if one.wanted--; one.wanted == 0 {
			delete(l.of, instance)
		}
	}
}
