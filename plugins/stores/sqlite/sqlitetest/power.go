// Package sqlitetest makes of a store's files what is left of them when power fails: the file as it was, and as much
// of its log as had reached the disk.
package sqlitetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Copy copies a data directory that nobody writes to at the moment. What only helps running processes is left out.
func Copy(to, from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch at := filepath.Join(to, rel); {
		case e.IsDir():
			return os.MkdirAll(at, 0o750)
		case !e.Type().IsRegular() || strings.HasSuffix(rel, "-shm"):
			return nil
		default:
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(at, b, 0o600)
		}
	})
}

const (
	logHead   = 32
	frameHead = 24
)

// Log is the log of a store, as https://sqlite.org/fileformat.html#the_write_ahead_log describes it.
type Log struct {
	Salt    uint64  // differs whenever the log begins anew
	Frames  []int64 // where each frame ends, in bytes
	Commits []int64 // those of them that end a commit
}

// ReadLog reads the log of a database file. A store without one has no frames.
func ReadLog(db string) (Log, error) {
	b, err := os.ReadFile(db + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) < logHead {
		return Log{}, nil
	}
	if err != nil {
		return Log{}, err
	}
	page := int64(binary.BigEndian.Uint32(b[8:]))
	if page < 512 || page > 65536 {
		return Log{}, fmt.Errorf("the log of %s has pages of %d bytes", db, page)
	}
	l := Log{Salt: binary.BigEndian.Uint64(b[16:])}
	for at := int64(logHead); at+frameHead+page <= int64(len(b)); at += frameHead + page {
		if binary.BigEndian.Uint64(b[at+8:]) != l.Salt {
			break // left from before the log began anew
		}
		end := at + frameHead + page
		l.Frames = append(l.Frames, end)
		if binary.BigEndian.Uint32(b[at+4:]) != 0 {
			l.Commits = append(l.Commits, end)
		}
	}
	return l, nil
}

// Cut leaves the first bytes of the log of a database file.
func Cut(db string, size int64) error { return os.Truncate(db+"-wal", size) }

// Tear writes over what lies before a place in the log, as a sector does that was half written.
func Tear(db string, end int64) error {
	f, err := os.OpenFile(db+"-wal", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte("torn by a power failure"), end-100)
	return errors.Join(err, f.Close())
}
