package sqlite

import (
	"math/bits"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Blocks of memory for SQLite are of sizes that are powers of two, as the allocator under it cuts them; what is larger than
// the largest is asked of it, and given back, each time.
const (
	smallestBlock = 5  // as a power of two
	largestBlock  = 17 // what a connection's many small things lie in
	blockHeader   = 8  // in front of what SQLite gets: how many bytes it asked for
)

// keptMemory is how many bytes of free blocks stay for whoever asks next.
const keptMemory = 4 << 20

// memoryMethods is where SQLite copies them from.
var memoryMethods sqlite3.Tsqlite3_mem_methods

// keepMemory has SQLite take its memory from kept, if it has not begun yet.
var keepMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	memoryMethods = sqlite3.Tsqlite3_mem_methods{FxMalloc: pointer(allocate), FxFree: pointer(release), FxRealloc: pointer(resize), FxSize: pointer(asked), FxRoundup: pointer(roundUp),
		FxInit: pointer(begin), FxShutdown: pointer(end)}
	args := libc.NewVaList(uintptr(unsafe.Pointer(&memoryMethods)))
	defer libc.Xfree(tls, args)
	// It refuses when somebody else in the process uses SQLite already; then its memory comes from where it did.
	_ = sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_MALLOC, args)
})

// pointer is a function as SQLite, which was C, keeps it.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// kept are the free blocks of this process. There is one for all: SQLite's memory is.
var kept freeBlocks

// freeBlocks are blocks that SQLite does not need for a moment. The allocator under it maps and unmaps pieces of 64 KiB
// as blocks come and go; a statement, a savepoint or a connection that is closed would cost system calls and fresh memory for
// each piece: a tenth of a create, a quarter of the installing of packages.
type freeBlocks struct {
	mu    sync.Mutex
	lists [largestBlock + 1]uintptr // by size; each block holds the address of the next
	bytes int
}

// take gives a block of a size, 0 if none is there.
func (f *freeBlocks) take(size int) uintptr {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.lists[size]
	if at != 0 {
		f.lists[size] = *word(at)
		f.bytes -= 1 << size
	}
	return at
}

// give keeps a block, if there is room.
func (f *freeBlocks) give(at uintptr, size int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bytes+1<<size > keptMemory {
		return false
	}
	*word(at) = f.lists[size]
	f.lists[size] = at
	f.bytes += 1 << size
	return true
}

// word is what lies at an address outside of Go's memory.
func word(at uintptr) *uintptr { return *(**uintptr)(unsafe.Pointer(&at)) }

// blockSize is the power of two of a block with room for n bytes.
func blockSize(n int) int { return max(smallestBlock, bits.Len(uint(n+blockHeader-1))) }

func allocate(tls *libc.TLS, n int32) uintptr {
	size, bytes := blockSize(int(n)), int(n)+blockHeader
	var at uintptr
	if size <= largestBlock {
		bytes = 1 << size
		at = kept.take(size)
	}
	if at == 0 {
		if at = libc.Xmalloc(tls, libc.Tsize_t(bytes)); at == 0 {
			return 0
		}
	}
	*word(at) = uintptr(n)
	return at + blockHeader
}

func release(tls *libc.TLS, p uintptr) {
	at, size := p-blockHeader, blockSize(int(asked(tls, p)))
	if size > largestBlock || !kept.give(at, size) {
		libc.Xfree(tls, at)
	}
}

func resize(tls *libc.TLS, p uintptr, n int32) uintptr {
	had := asked(tls, p)
	if size := blockSize(int(n)); size <= largestBlock && size == blockSize(int(had)) {
		*word(p - blockHeader) = uintptr(n)
		return p
	}
	other := allocate(tls, n)
	if other == 0 {
		return 0
	}
	libc.Xmemcpy(tls, other, p, libc.Tsize_t(min(had, n)))
	release(tls, p)
	return other
}

// asked is how much of a block SQLite has asked for. To tell it of more, which is there, would cost more than it gains: its hash
// tables, which it holds to a size, would then be built anew with each name.
func asked(_ *libc.TLS, p uintptr) int32 { return int32(*word(p - blockHeader)) }

// roundUp is what SQLite may as well ask for.
func roundUp(_ *libc.TLS, n int32) int32 { return (n + 7) &^ 7 }

func begin(*libc.TLS, uintptr) int32 { return sqlite3.SQLITE_OK }

func end(*libc.TLS, uintptr) {}
