package files

import (
	"strconv"
	"strings"
)

// byteRange reads a Range header of one part, as RFC 9110 writes it: where it begins and how many
// bytes it has. What is no range of bytes, or asks for several parts, is to be ignored: 0 bytes. ok
// is false for a part that a content of this size does not have.
func byteRange(header string, size int64) (from, length int64, ok bool) {
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	first, last, has := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !has || strings.Contains(spec, ",") {
		return 0, 0, true
	}
	if first == "" { // the last bytes
		n, err := count(last)
		if err != nil {
			return 0, 0, true
		}
		n = min(n, size)
		return size - n, n, n > 0
	}
	a, err := count(first)
	if err != nil {
		return 0, 0, true
	}
	z := size - 1
	if last != "" {
		if z, err = count(last); err != nil || z < a {
			return 0, 0, true
		}
		z = min(z, size-1)
	}
	if a >= size {
		return 0, 0, false
	}
	return a, z - a + 1, true
}

// count reads digits alone.
func count(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}
