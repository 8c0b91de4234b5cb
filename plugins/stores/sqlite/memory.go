package sqlite

import (
	"errors"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Each connection has slots for small things, so many times so many bytes (a third of it in slots of 128). Statements that
// are kept prepared hold some for good; the forty that SQLite has by itself are gone after ten of them, and then each run of any statement
// asks the allocator, which is one for all connections, for its cursors and registers: a twelfth of a nested read.
const (
	slotSize = 1200
	slots    = 400
)

// roomySlots must come before SQLite begins.
var roomySlots = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	args := libc.NewVaList(int32(slotSize), int32(slots))
	if args == 0 {
		return errors.New("sqlite: no memory")
	}
	defer libc.Xfree(tls, args)
	if rc := sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_LOOKASIDE, args); rc != sqlite3.SQLITE_OK {
		return errors.New("sqlite: it has begun before it was configured")
	}
	return nil
})

// The allocator under SQLite cuts blocks, of sizes that are powers of two, from pieces of 64 KiB, and gives a piece back
// to the system when its last block is freed.
const (
	smallestBlock = 1 << 4
	largestBlock  = 1 << 14
	journalBlock  = 1 << 11 // what a savepoint keeps changed pages in, four for each
	pieceSize     = 1 << 16
)

// keepMemory keeps a piece for each size of block, and some for savepoints, for good. What SQLite needs for a moment, for a
// statement or the balancing of a tree, would otherwise cost four system calls and fresh memory each time: a tenth of a
// create.
var keepMemory = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	for size := smallestBlock; size <= largestBlock; size <<= 1 {
		pieces := 1
		if size == journalBlock {
			pieces = 4
		}
		keepPieces(tls, size, pieces)
	}
})

// keepPieces takes blocks until they come from so many pieces, or there is no memory, and frees all but the first of each.
func keepPieces(tls *libc.TLS, size, pieces int) {
	seen := map[uintptr]bool{}
	var spare []uintptr
	for len(seen) < pieces {
		block := libc.Xmalloc(tls, libc.Tsize_t(size))
		if block == 0 {
			break
		}
		if piece := block &^ (pieceSize - 1); !seen[piece] {
			seen[piece] = true
			continue
		}
		spare = append(spare, block)
	}
	for _, block := range spare {
		libc.Xfree(tls, block)
	}
}
