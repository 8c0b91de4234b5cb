package engine

import "sync"

// hands are the jobs that an engine has. It takes none of them up a second time, whatever the clock says:
// a lease tells others that its holder is alive, which the holder knows of itself. Else a job whose result
// waits long for its turn to be written would be taken up again and again, and never counted.
type hands struct {
	mu   sync.Mutex
	jobs map[int64]bool
}

// take notes that a job is in hand; false: it is already.
func (h *hands) take(id int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.jobs[id] {
		return false
	}
	if h.jobs == nil {
		h.jobs = map[int64]bool{}
	}
	h.jobs[id] = true
	return true
}

// drop notes that jobs are no longer in hand.
func (h *hands) drop(js ...held) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, j := range js {
		delete(h.jobs, j.ID)
	}
}

// has says whether a job is in hand.
func (h *hands) has(id int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.jobs[id]
}

// size is how many jobs are in hand.
func (h *hands) size() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.jobs)
}
