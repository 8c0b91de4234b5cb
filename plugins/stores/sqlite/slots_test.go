package sqlite

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// missed counts what a connection wanted a slot for and had to ask the allocator for, since all slots were taken. The
// driver does not hand out SQLite's connection; its field is read.
func missed(t *testing.T, c *conn) int32 {
	t.Helper()
	db := uintptr(reflect.ValueOf(c.c).Elem().FieldByName("conn").Uint())
	tls := libc.NewTLS()
	defer tls.Close()
	at := tls.Alloc(8)
	defer tls.Free(8)
	if rc := sqlite3.Xsqlite3_db_status(tls, db, sqlite3.SQLITE_DBSTATUS_LOOKASIDE_MISS_FULL, at, at+4, 0); rc != sqlite3.SQLITE_OK {
		t.Fatalf("no status: %d", rc)
	}
	return libc.AtomicLoadPInt32(at + 4)
}

// TestSlots: a connection that keeps as many statements as a busy one does runs them without asking the allocator.
func TestSlots(t *testing.T) {
	c, err := openConn(filepath.Join(t.TempDir(), "t.db"), Options{}, writerCache)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	if err := c.exec("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, kind TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := c.exec("CREATE INDEX things_kind ON things (kind, name)"); err != nil {
		t.Fatal(err)
	}
	run := func() {
		for i := range 60 {
			if err := c.exec(fmt.Sprintf("SELECT name, id + %d FROM things WHERE kind > 'a' ORDER BY name", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	run() // which prepares them
	before := missed(t, c)
	run()
	if n := missed(t, c) - before; n > 0 {
		t.Errorf("%d times no slot was free", n)
	}
}
