package sqlite

import (
	"errors"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// mapped are the mappings of this process. It is one for all: SQLite's system calls are.
var mapped = newMappings(linux{})

// shareMappings makes SQLite map files by mapped. Its system calls are meant to be replaced, one by one, by name.
var shareMappings = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return errors.New("sqlite: it does not begin")
	}
	at := sqlite3.Xsqlite3_vfs_find(tls, 0)
	vfs := *(**sqlite3.Tsqlite3_vfs)(unsafe.Pointer(&at))
	set := *(*func(tls *libc.TLS, vfs, name, call uintptr) int32)(unsafe.Pointer(&struct{ p uintptr }{vfs.FxSetSystemCall}))
	for name, call := range map[string]uintptr{"mmap": pointer(mmap), "munmap": pointer(munmap), "mremap": pointer(mremap), "close": pointer(closeFile)} {
		text, err := libc.CString(name)
		if err != nil {
			return err
		}
		rc := set(tls, at, text, call)
		libc.Xfree(tls, text)
		if rc != sqlite3.SQLITE_OK {
			return errors.New("sqlite: its system call " + name + " cannot be replaced")
		}
	}
	return nil
})

// mmap is called for files of databases, which are mapped whole, to be read; and for shared memory of their logs.
func mmap(tls *libc.TLS, addr uintptr, n libc.Tsize_t, prot, flags, fd int32, off libc.Toff_t) uintptr {
	if addr == 0 && off == 0 && prot == unix.PROT_READ && flags == unix.MAP_SHARED {
		if at, ok := mapped.take(fd, uintptr(n)); ok {
			return at
		}
	}
	return libc.Xmmap(tls, addr, n, prot, flags, fd, off)
}

func munmap(tls *libc.TLS, addr uintptr, n libc.Tsize_t) int32 {
	if mapped.give(addr) || mapped.shared(addr) {
		return 0
	}
	return libc.Xmunmap(tls, addr, n)
}

// mremap refuses to move what others use; SQLite gives it back then, and maps the file anew.
func mremap(tls *libc.TLS, addr uintptr, n, want libc.Tsize_t, flags int32, more uintptr) uintptr {
	if mapped.shared(addr) {
		return ^uintptr(0)
	}
	return libc.Xmremap(tls, addr, n, want, flags, more)
}

func closeFile(tls *libc.TLS, fd int32) int32 {
	mapped.forget(fd)
	return libc.Xclose(tls, fd)
}

// linux is the mapper of the system.
type linux struct{}

func (linux) mmap(fd int32, size uintptr) (uintptr, bool) {
	at, err := unix.MmapPtr(int(fd), 0, nil, size, unix.PROT_READ, unix.MAP_SHARED)
	return uintptr(at), err == nil
}

func (linux) munmap(addr, size uintptr) {
	// It fails for what is not mapped alone.
	_ = unix.MunmapPtr(*(*unsafe.Pointer)(unsafe.Pointer(&addr)), size)
}

func (linux) identify(fd int32) (fileID, bool) {
	var st unix.Stat_t
	if err := unix.Fstat(int(fd), &st); err != nil {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), uint64(st.Ino)}, true
}
