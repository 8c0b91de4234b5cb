package publish

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/overlay"
)

// Bundle is the files of a tenant's packages: package name → slash path → content.
type Bundle map[string]map[string][]byte

// maxBundle bounds an unpacked bundle, in bytes.
const maxBundle = 256 << 20

// Text is a bundle as it travels and is kept: files are text, which the loader has made sure of.
type Text map[string]map[string]string

// Text is the bundle as text.
func (b Bundle) Text() Text {
	out := make(Text, len(b))
	for name, files := range b {
		out[name] = make(map[string]string, len(files))
		for path, content := range files {
			out[name][path] = string(content)
		}
	}
	return out
}

// Bundle is the bundle of a text.
func (t Text) Bundle() Bundle {
	out := make(Bundle, len(t))
	for name, files := range t {
		out[name] = make(map[string][]byte, len(files))
		for path, content := range files {
			out[name][path] = []byte(content)
		}
	}
	return out
}

// packed is how a revision keeps its bundle, zipped.
type packed struct {
	Format   int  `json:"format"`
	Packages Text `json:"packages"`
}

const packedFormat = 2

func (b Bundle) pack() (string, error) {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		return "", fmt.Errorf("pack metadata: %w", err)
	}
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	if err := e.Encode(packed{packedFormat, b.Text()}); err != nil {
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
	var p packed
	if err := json.NewDecoder(io.LimitReader(z, maxBundle)).Decode(&p); err != nil {
		return nil, fmt.Errorf("unpack metadata: %w", err)
	}
	if p.Format != packedFormat {
		return nil, fmt.Errorf("unpack metadata: the data directory was made by another version of the platform (format %d, not %d)", p.Format, packedFormat)
	}
	return p.Packages.Bundle(), nil
}

// size is the number of bytes of all files.
func (b Bundle) size() (n int) {
	for _, files := range b {
		for _, content := range files {
			n += len(content)
		}
	}
	return n
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

// onlyAtPublish are the folders of a package whose files no catalogue holds: cases and data.
var onlyAtPublish = []string{"tests/", "data/"}

// serving gives a copy without the files that only a publish reads, and without what the tenant's own
// package changes of those of others.
func (b Bundle) serving() Bundle {
	out := make(Bundle, len(b))
	for name, files := range b {
		out[name] = maps.Clone(files)
		maps.DeleteFunc(out[name], func(path string, _ []byte) bool {
			if _, file, ok := overlay.Split(path); ok && name == model.TenantPackage {
				path = file
			}
			return slices.ContainsFunc(onlyAtPublish, func(folder string) bool { return strings.HasPrefix(path, folder) })
		})
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
