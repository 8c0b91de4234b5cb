package heap

import (
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// largePage is the size of a large page, in bytes. Systems whose pages are larger take what is whole of them.
const largePage = 2 << 20

// onRequest says whether the system gives large pages to those who ask for them, and to nobody else.
func onRequest() bool {
	mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	return err == nil && strings.Contains(string(mode), "[madvise]")
}

// large asks for large pages where b lies, until the function that it gives is called. Pages that are there by then
// stay as they are, but the system no longer fills up with empty memory those that the heap gives back in part.
func large(b []byte) (done func()) {
	skip := -uintptr(unsafe.Pointer(&b[0])) % largePage
	if uintptr(len(b)) < skip+largePage {
		return func() {}
	}
	b = b[skip : skip+(uintptr(len(b))-skip)/largePage*largePage]
	if unix.Madvise(b, unix.MADV_HUGEPAGE) != nil {
		return func() {} // it is as it was
	}
	// The place alone is kept: what is there by then belongs to the heap.
	at, size := uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))
	return func() { _, _, _ = unix.Syscall(unix.SYS_MADVISE, at, size, unix.MADV_NOHUGEPAGE) }
}
