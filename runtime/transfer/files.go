package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/transfer/table"
)

// Files keeps uploaded files until their imports are done with. Names are chosen by the caller,
// of letters and digits.
type Files interface {
	// Put keeps all that r gives, durably, and tells how long it is. More than limit bytes are
	// refused and not kept.
	Put(ctx context.Context, name string, r io.Reader, limit int64) (int64, error)
	Open(ctx context.Context, name string) (File, error)
	// Delete removes a file; it is no error that there is none.
	Delete(ctx context.Context, name string) error
}

// File is a file at hand.
type File interface {
	table.Source
	io.Closer
}

// Dir keeps files in a directory, which is made when it is needed.
type Dir string

var _ Files = Dir("")

// Put writes beside the file and renames, so that a file is there whole or not at all.
func (d Dir) Put(_ context.Context, name string, r io.Reader, limit int64) (n int64, err error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return 0, fmt.Errorf("make the directory of uploads: %w", err)
	}
	part := filepath.Join(string(d), name+".part")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep the upload: %w", err)
	}
	n, err = io.Copy(f, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = errs.New(errs.LimitExceeded, "the file is larger than %d bytes", "文件超过 %d 字节", limit).With("limit", limit).With("status", 413)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(part, filepath.Join(string(d), name))
	}
	if err != nil {
		return n, errors.Join(err, os.Remove(part))
	}
	return n, syncDir(string(d))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("keep the upload: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

type dirFile struct {
	*os.File
	size int64
}

func (f dirFile) Size() int64 { return f.size }

// Open opens a file that was put.
func (d Dir) Open(_ context.Context, name string) (File, error) {
	f, err := os.Open(filepath.Join(string(d), name))
	if err != nil {
		return nil, fmt.Errorf("open the upload: %w", err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the upload: %w", err), f.Close())
	}
	return dirFile{f, st.Size()}, nil
}

// Delete removes a file, and what is left of one that was cut off.
func (d Dir) Delete(_ context.Context, name string) error {
	path := filepath.Join(string(d), name)
	for _, p := range []string{path, path + ".part"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the upload: %w", err)
		}
	}
	return nil
}
