package heap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// populate has the system put memory behind all pages that lie in b, and says whether it did. Systems before 5.14
// do not know how.
func populate(b []byte) bool {
	page := uintptr(os.Getpagesize())
	skip := -uintptr(unsafe.Pointer(&b[0])) % page
	if uintptr(len(b)) < skip+page {
		return false
	}
	b = b[skip : skip+(uintptr(len(b))-skip)/page*page]
	return unix.Madvise(b, unix.MADV_POPULATE_WRITE) == nil
}
