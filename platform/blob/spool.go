package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tenon-platform/tenon/platform/errs"
)

// Spool holds a content while it arrives: its hash, which is its name, is known at its end only.
type Spool struct {
	f    *os.File
	Hash Hash
	Size int64
}

// Take reads all of r into a file of dir. More than limit bytes are refused with LIMIT_EXCEEDED.
func Take(_ context.Context, dir string, r io.Reader, limit int64) (_ *Spool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("take a file in: %w", err)
	}
	f, err := os.CreateTemp(dir, "part-*")
	if err != nil {
		return nil, fmt.Errorf("take a file in: %w", err)
	}
	s := &Spool{f: f}
	// The file has no name from here on: whatever ends the process, nothing of it stays.
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("take a file in: %w", err), f.Close())
	}
	sum := sha256.New()
	s.Size, err = io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, limit+1))
	if err == nil && s.Size > limit {
		err = errs.New(errs.LimitExceeded, "the file is larger than %d bytes", "文件超过 %d 字节", limit).With("limit", limit).With("status", 413)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.Hash = Hash(sum.Sum(nil))
	return s, nil
}

// Reader reads the content from its beginning.
func (s *Spool) Reader() io.Reader { return io.NewSectionReader(s.f, 0, s.Size) }

// Close lets go of the content.
func (s *Spool) Close() error { return s.f.Close() }
