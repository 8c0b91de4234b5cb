package sqlite

import (
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

// roomySlots must come before SQLite begins. It refuses when somebody else in the process uses SQLite already; connections have
// forty slots then.
var roomySlots = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	args := libc.NewVaList(int32(slotSize), int32(slots))
	if args == 0 {
		return
	}
	defer libc.Xfree(tls, args)
	_ = sqlite3.Xsqlite3_config(tls, sqlite3.SQLITE_CONFIG_LOOKASIDE, args)
})
