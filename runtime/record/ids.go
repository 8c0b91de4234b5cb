package record

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

// idEpoch is the instant from which ids count.
var idEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ids makes record ids: 41 bits of milliseconds, 10 bits of node, 12 bits of sequence. They grow
// with time, so new records lie side by side in the store.
type ids struct {
	mu    sync.Mutex
	clock clock.Clock
	node  int64
	last  int64 // milliseconds
	seq   int64
}

func newIDs(c clock.Clock) (*ids, error) {
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, fmt.Errorf("choose a node number: %w", err)
	}
	return &ids{clock: c, node: int64(binary.BigEndian.Uint16(b[:]) & 0x3ff)}, nil
}

// next is an id greater than all before, also when the clock stands still or goes back.
func (g *ids) next() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	ms := g.clock.Now().Sub(idEpoch).Milliseconds()
	if ms <= g.last {
		ms = g.last
		if g.seq++; g.seq > 0xfff {
			ms, g.seq = ms+1, 0
		}
	} else {
		g.seq = 0
	}
	g.last = ms
	return ms<<22 | g.node<<12 | g.seq
}
