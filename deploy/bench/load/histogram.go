package load

import (
	"math/bits"
	"time"
)

// histogram counts latencies in buckets that are at most 1/32 of their value wide.
type histogram struct{ counts [64 * buckets]int64 }

const buckets = 32

func bucketOf(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < buckets {
		return int(n)
	}
	shift := bits.Len64(n) - 6 // so that n>>shift has six bits: 32 … 63
	return (shift+1)*buckets + int(n>>shift) - buckets
}

// upper is the greatest duration that falls into a bucket.
func upper(bucket int) time.Duration {
	if bucket < buckets {
		return time.Duration(bucket)
	}
	shift := bucket/buckets - 1
	return time.Duration((uint64(bucket%buckets+buckets)+1)<<shift - 1)
}

func (h *histogram) add(d time.Duration) { h.counts[bucketOf(d)]++ }

func (h *histogram) merge(o *histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
}

// quantile is the latency that a share q of the requests does not exceed; 0 when there were none.
func (h *histogram) quantile(q float64) time.Duration {
	var all int64
	for _, n := range h.counts {
		all += n
	}
	want := int64(q * float64(all))
	for i, n := range h.counts {
		if n > 0 {
			if want -= n; want <= 0 {
				return upper(i)
			}
		}
	}
	return 0
}
