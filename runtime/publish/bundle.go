package publish

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"testing/fstest"
)

// Bundle is the files of a tenant's packages: package name → slash path → content.
type Bundle map[string]map[string][]byte

// maxBundle bounds an unpacked bundle, in bytes.
const maxBundle = 256 << 20

func (b Bundle) pack() (string, error) {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if err := json.NewEncoder(z).Encode(b); err != nil {
		return "", fmt.Errorf("pack metadata: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("pack metadata: %w", err)
	}
	return buf.String(), nil
}

func unpack(s string) (Bundle, error) {
	z, err := gzip.NewReader(bytes.NewReader([]byte(s)))
	if err != nil {
		return nil, fmt.Errorf("unpack metadata: %w", err)
	}
	var b Bundle
	if err := json.NewDecoder(io.LimitReader(z, maxBundle)).Decode(&b); err != nil {
		return nil, fmt.Errorf("unpack metadata: %w", err)
	}
	return b, nil
}

// with gives a copy in which the given packages replace those of the same name.
func (b Bundle) with(changed Bundle) Bundle {
	out := make(Bundle, len(b)+len(changed))
	for n, f := range b {
		out[n] = f
	}
	for n, f := range changed {
		out[n] = f
	}
	return out
}

// without gives a copy that lacks the named packages.
func (b Bundle) without(names []string) Bundle {
	out := b.with(nil)
	for _, n := range names {
		delete(out, n)
	}
	return out
}

// FS is one package as a file system.
func (b Bundle) FS(name string) fs.FS {
	m := fstest.MapFS{}
	for p, c := range b[name] {
		m[p] = &fstest.MapFile{Data: c, Mode: 0o644}
	}
	return m
}

// ReadFiles reads every file of a package directory that belongs to it: JSON and scripts.
func ReadFiles(fsys fs.FS) (map[string][]byte, error) {
	out := map[string][]byte{}
	total := 0
	err := fs.WalkDir(fsys, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := e.Name(); p != "." && name[0] == '.' {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if total += len(b); total > maxBundle {
			return fmt.Errorf("package is larger than %d MB", maxBundle>>20)
		}
		out[p] = b
		return nil
	})
	return out, err
}
