package heap

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// populate has the system put memory behind all pages that lie in b, and says whether it did. Systems before 5.14
// do not know how. It may take large pages, of which each costs little more than a small one; where large ones are off or
// none is left, small ones do.
func populate(b []byte) bool {
	page := uintptr(os.Getpagesize())
	skip := -uintptr(unsafe.Pointer(&b[0])) % page
	if uintptr(len(b)) < skip+page {
		return false
	}
	b = b[skip : skip+(uintptr(len(b))-skip)/page*page]
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // a system without large pages refuses, here and below
	err := unix.Madvise(b, unix.MADV_POPULATE_WRITE)
	_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) // what goes back is not to come again in large pages
	return err == nil
}
