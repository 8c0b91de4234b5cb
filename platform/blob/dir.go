package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Dir keeps blobs in a directory, which is made when it is needed: ab/cd/abcd….
type Dir string

var _ Store = Dir("")

func (d Dir) path(h Hash) string {
	s := h.String()
	return filepath.Join(string(d), s[:2], s[2:4], s)
}

// Put writes beside the blob and renames, so that a blob is there whole or not at all.
func (d Dir) Put(_ context.Context, h Hash, size int64, r io.Reader) (err error) {
	path := d.path(h)
	if st, err := os.Stat(path); err == nil && st.Size() == size {
		return nil
	}
	if err := d.makeDirs(filepath.Dir(path)); err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	_, err = io.Copy(f, Verify(h, size, r))
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keep a blob: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return syncDir(filepath.Dir(path))
}

// makeDirs makes a directory below d, durably.
func (d Dir) makeDirs(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for p := path; len(p) >= len(d); p = filepath.Dir(p) {
		if err := syncDir(filepath.Dir(p)); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keep a blob: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get opens the file.
func (d Dir) Get(_ context.Context, h Hash, offset, length int64) (io.ReadCloser, error) {
	f, err := os.Open(d.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("read a blob: %w", err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, length), f}, nil
}

// Delete removes the file; its directories stay, for others come to them.
func (d Dir) Delete(_ context.Context, h Hash) error {
	if err := os.Remove(d.path(h)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a blob: %w", err)
	}
	return nil
}
