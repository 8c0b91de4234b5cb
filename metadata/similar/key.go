package similar

import "hash/fnv"

// Key is a short text that two texts of many common pairs of characters are likely to share: the
// two pairs that come first in an order that n decides. Of texts whose Dice is 0.8, one key is
// shared in about 2 of 5; so give several, of different n, and compare what shares any.
func Key(s string, n int64) string {
	x := runes(s, MaxRunes)
	if len(x) < 3 {
		return string(x)
	}
	var first, second string
	var low, next uint64
	for i := 1; i < len(x); i++ {
		pair := string(x[i-1 : i+1])
		rank := order(pair, n)
		switch {
		case pair == first || pair == second:
		case first == "" || rank < low:
			first, second, low, next = pair, first, rank, low
		case second == "" || rank < next:
			second, next = pair, rank
		}
	}
	return first + second
}

// order is the place of a pair of characters in the n-th order.
func order(pair string, n int64) uint64 {
	h := fnv.New64a()
	for i := range 8 {
		_, _ = h.Write([]byte{byte(n >> (8 * i))}) // never fails
	}
	_, _ = h.Write([]byte(pair))
	x := h.Sum64() // its last bytes stir it too little
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
