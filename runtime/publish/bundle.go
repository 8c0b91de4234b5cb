package publish

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing/fstest"
	"unicode/utf8"

	"github.com/klauspost/compress/s2"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/overlay"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/parallel"
)

// Bundle is the files of a tenant's packages: package name → slash path → content.
type Bundle map[string]map[string][]byte

// maxBundle bounds an unpacked bundle, in bytes.
const maxBundle = 256 << 20

// packedFormat is the first byte of a packed bundle. After it come the length of a part and two parts: the files that
// serve, and those that only a publish reads, most of the bytes. A part is, compressed, the number of packages, and
// of each its name, the number of its files, and of each file path and content; texts follow their lengths.
const packedFormat = 4

// wholeFormat is the first byte of what earlier versions packed: one part with all files follows.
const wholeFormat = 3

// pack makes a bundle the bytes that a revision keeps. Every start of a server reads the first part of them.
func (b Bundle) pack() string {
	serving, rest := b.parts()
	first := serving.packPart()
	return string(slices.Concat(binary.AppendUvarint([]byte{packedFormat}, uint64(len(first))), first, rest.packPart()))
}

func (b Bundle) packPart() []byte {
	out := binary.AppendUvarint(make([]byte, 0, b.packedSize()), uint64(len(b)))
	text := func(s string) { out = append(binary.AppendUvarint(out, uint64(len(s))), s...) }
	for _, name := range sortedKeys(b) {
		text(name)
		out = binary.AppendUvarint(out, uint64(len(b[name])))
		for _, path := range sortedKeys(b[name]) {
			text(path)
			out = append(binary.AppendUvarint(out, uint64(len(b[name][path]))), b[name][path]...)
		}
	}
	return s2.EncodeBetter(nil, out)
}

// packedSize is at least the number of bytes that packPart compresses.
func (b Bundle) packedSize() int {
	n := b.size() + binary.MaxVarintLen64
	for name, files := range b {
		n += len(name) + 2*binary.MaxVarintLen64
		for path := range files {
			n += len(path) + 2*binary.MaxVarintLen64
		}
	}
	return n
}

// Packed is a bundle as it travels to a server: packed, in base64. A large catalogue is a thirtieth as long as its text
// in JSON.
func (b Bundle) Packed() string { return base64.StdEncoding.EncodeToString([]byte(b.pack())) }

// Unpacked is the bundle that was packed. The error is an *errs.Error.
func Unpacked(packed string) (Bundle, error) {
	wrong := errs.New(errs.InvalidInput, "the packages are not packed as this version packs them", "软件包的打包方式与当前版本不符")
	p, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, wrong.Because(err)
	}
	b, err := unpack(string(p))
	if err != nil {
		return nil, wrong.Because(err)
	}
	for name, files := range b {
		for path, content := range files {
			if !utf8.ValidString(name) || !utf8.ValidString(path) || !utf8.Valid(content) {
				return nil, errs.New(errs.InvalidInput, "the file %[2]q of the package %[1]q is not valid UTF-8", "软件包 %[1]q 的文件 %[2]q 不是有效的 UTF-8 文本", name, path)
			}
		}
	}
	return b, nil
}

// unpack gives what pack was given.
func unpack(s string) (Bundle, error) {
	serving, rest, err := packedParts(s)
	if err != nil {
		return nil, err
	}
	b := Bundle{}
	for _, part := range [][]byte{serving, rest} {
		if part == nil {
			continue
		}
		if err := b.add(part); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// unpackServing gives of what pack was given the files that serve.
func unpackServing(s string) (Bundle, error) {
	part, rest, err := packedParts(s)
	if err != nil {
		return nil, err
	}
	b := Bundle{}
	if err := b.add(part); err != nil {
		return nil, err
	}
	if rest == nil {
		b, _ = b.parts()
	}
	return b, nil
}

// packedParts finds the parts of a packed bundle, and holds them to their limit; rest is nil where all is in one.
func packedParts(s string) (serving, rest []byte, err error) {
	switch {
	case s != "" && s[0] == wholeFormat:
		serving = []byte(s[1:])
	case s != "" && s[0] == packedFormat:
		u := unpacker{[]byte(s[1:]), nil}
		serving = u.text()
		if rest, err = u.rest, u.err; err != nil {
			return nil, nil, fmt.Errorf("unpack metadata: %w", err)
		}
	default:
		return nil, nil, errors.New("unpack metadata: the data directory was made by another version of the platform")
	}
	size := 0
	for _, part := range [][]byte{serving, rest} {
		if part == nil {
			continue
		}
		n, err := s2.DecodedLen(part)
		if size += n; err != nil || size > maxBundle {
			return nil, nil, fmt.Errorf("unpack metadata: %d bytes: %w", size, errors.Join(err, errTorn))
		}
	}
	return serving, rest, nil
}

// add takes the files of a packed part.
func (b Bundle) add(part []byte) error {
	whole, err := s2.Decode(nil, part)
	if err != nil {
		return fmt.Errorf("unpack metadata: %w", err)
	}
	u := unpacker{whole, nil}
	for range u.number() {
		name := string(u.text())
		files := b[name]
		if files == nil {
			files = map[string][]byte{}
			b[name] = files
		}
		for range u.number() {
			path := string(u.text())
			files[path] = u.text()
		}
	}
	if u.err != nil {
		return fmt.Errorf("unpack metadata: %w", u.err)
	}
	return nil
}

var errTorn = errors.New("it is not whole")

// unpacker reads what pack wrote; after an error everything is empty.
type unpacker struct {
	rest []byte
	err  error
}

// number is at most the bytes that are left: everything counted has some.
func (u *unpacker) number() uint64 {
	n, size := binary.Uvarint(u.rest)
	if u.err != nil || size <= 0 || n > uint64(len(u.rest)) {
		u.err = errTorn
		return 0
	}
	u.rest = u.rest[size:]
	return n
}

// text is a part of the whole, without a copy.
func (u *unpacker) text() []byte {
	n := u.number()
	if n > uint64(len(u.rest)) {
		u.err = errTorn
		return nil
	}
	out := u.rest[:n:n]
	u.rest = u.rest[n:]
	return out
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

// parts tells the files that serve from those that only a publish reads: cases and data, also what the tenant's own package
// changes of those of others. All packages are in the first part, even if they have no files there.
func (b Bundle) parts() (serving, rest Bundle) {
	serving, rest = make(Bundle, len(b)), Bundle{}
	for name, files := range b {
		serving[name] = make(map[string][]byte, len(files))
		for path, content := range files {
			into := serving
			if readAtPublish(name, path) {
				into = rest
			}
			if into[name] == nil {
				into[name] = map[string][]byte{}
			}
			into[name][path] = content
		}
	}
	return serving, rest
}

func readAtPublish(pkg, path string) bool {
	if _, file, ok := overlay.Split(path); ok && pkg == model.TenantPackage {
		path = file
	}
	return slices.ContainsFunc(onlyAtPublish, func(folder string) bool { return strings.HasPrefix(path, folder) })
}

// FS is one package as a file system.
func (b Bundle) FS(name string) fs.FS {
	f := packageFS{fstest.MapFS{}, b[name]}
	for p, c := range b[name] {
		f.MapFS[p] = &fstest.MapFile{Data: c, Mode: 0o644}
	}
	return f
}

// packageFS gives the files of a package as they are: who loads a package writes into none of them, and a copy of a
// large one is many megabytes.
type packageFS struct {
	fstest.MapFS
	files map[string][]byte
}

// ReadFile gives a file that must not be changed.
func (f packageFS) ReadFile(path string) ([]byte, error) {
	if content, ok := f.files[path]; ok {
		return content, nil
	}
	return f.MapFS.ReadFile(path)
}

// ReadFiles reads every file of a package directory that belongs to it: JSON and scripts.
func ReadFiles(fsys fs.FS) (map[string][]byte, error) {
	var paths []string
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
		if !e.IsDir() {
			paths = append(paths, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	type file struct {
		content []byte
		err     error
	}
	var total atomic.Int64
	out := make(map[string][]byte, len(paths))
	for i, f := range parallel.Map(paths, func(p string) (f file) {
		if total.Load() <= maxBundle {
			f.content, f.err = fs.ReadFile(fsys, p)
			total.Add(int64(len(f.content)))
		}
		return f
	}) {
		if f.err != nil {
			return nil, f.err
		}
		out[paths[i]] = f.content
	}
	if total.Load() > maxBundle {
		return nil, fmt.Errorf("package is larger than %d MB", maxBundle>>20)
	}
	return out, nil
}
