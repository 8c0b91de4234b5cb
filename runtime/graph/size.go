package graph

import "sync/atomic"

// size remembers how large something got that is made anew for each request, so that the next one gets
// memory of that size at once, and not ever larger pieces.
type size struct{ n atomic.Int64 }

// The bounds of guesses: nothing large is kept ready because of one large answer.
const (
	fewBytes, manyBytes = 256, 256 << 10
	fewRows, manyRows   = 1, 4 << 10
)

func (s *size) bytes() int { return int(min(max(s.n.Load(), fewBytes), manyBytes)) }
func (s *size) rows() int  { return int(min(max(s.n.Load(), fewRows), manyRows)) }

// learn takes something larger at once, with an eighth to spare, and forgets it slowly when smaller
// ones follow.
func (s *size) learn(n int) {
	was := s.n.Load()
	now := int64(n + n/8)
	if now < was {
		now = was - (was-now)/16
	}
	if now != was {
		s.n.Store(now)
	}
}
