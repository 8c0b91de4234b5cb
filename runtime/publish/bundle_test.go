package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenon-platform/tenon/platform/errs"
)

func sameFiles(x, y map[string][]byte) bool { return maps.EqualFunc(x, y, slices.Equal) }

// TestPackedBundle shows that a bundle comes back as it was kept, and that bytes which are not a whole one are refused.
func TestPackedBundle(t *testing.T) {
	b := Bundle{"empty": {}, "one": {"tenon.json": []byte("{}"), "objects/经销商.json": []byte(strings.Repeat("多", 1000)), "none": {}}}
	packed := b.pack()
	got, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(b, got, sameFiles) {
		t.Errorf("got %v", got)
	}
	if b.pack() != packed {
		t.Error("the same bundle has two forms")
	}
	for n := range len(packed) {
		if _, err := unpack(packed[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are taken for a whole", n, len(packed))
		}
	}
	if _, err := unpack("\x1f\x8b" + packed); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("another format: %v", err)
	}
}

// TestTravellingBundle: a bundle arrives as it was sent; what is none, or holds what is no text, is refused with a code.
func TestTravellingBundle(t *testing.T) {
	b := Bundle{"one": {"tenon.json": []byte("{}"), "scripts/a.js": []byte("// 多")}}
	got, err := Unpacked(b.Packed())
	if err != nil || len(got) != 1 || !maps.EqualFunc(b["one"], got["one"], slices.Equal) {
		t.Errorf("got %v, %v", got, err)
	}
	for what, packed := range map[string]string{"no base64": "!", "no bundle": "AAAA", "nothing": "", "half": b.Packed()[:8],
		"a file": Bundle{"one": {"a.js": []byte("\xff")}}.Packed(), "a path": Bundle{"one": {"\xff": nil}}.Packed(), "a name": Bundle{"\xff": {"a": nil}}.Packed()} {
		var e *errs.Error
		if got, err := Unpacked(packed); !errors.As(err, &e) || e.Code != errs.InvalidInput || got != nil {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
}

// FuzzUnpack shows that no bytes stop the server: they are a bundle, or refused.
func FuzzUnpack(f *testing.F) {
	f.Add(Bundle{"a": {"b": []byte("c")}}.pack())
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := unpack(s); err == nil {
			if again, err := unpack(b.pack()); err != nil || len(again) != len(b) {
				t.Errorf("%v: %v", again, err)
			}
		}
	})
}

// TestServing: cases and data, and what the tenant's own package changes of them, are no part of what serves.
func TestServing(t *testing.T) {
	b := Bundle{
		"fleet": {"tenon.json": nil, "objects/van/object.json": nil, "tests/van.json": nil, "data/10-vans.json": nil, "overlays/x/tests/y.json": nil},
		"tenant": {"tenon.json": nil, "tests/own.json": nil, "overlays/fleet/objects/van/object.json": nil, "overlays/fleet/tests/van.json": nil,
			"overlays/fleet/data/10-vans.json": nil},
	}
	serving, rest := b.parts()
	for pkg, want := range map[string][]string{
		"fleet":  {"objects/van/object.json", "overlays/x/tests/y.json", "tenon.json"},
		"tenant": {"overlays/fleet/objects/van/object.json", "tenon.json"},
	} {
		if got := slices.Sorted(maps.Keys(serving[pkg])); !slices.Equal(got, want) {
			t.Errorf("of %s serve %v, want %v", pkg, got, want)
		}
		if len(serving[pkg])+len(rest[pkg]) != len(b[pkg]) {
			t.Errorf("of %s, some serve, %v are read when it is published, and others neither", pkg, rest[pkg])
		}
	}
	for what, packed := range map[string]string{"two parts": b.pack(), "one, of earlier versions": "\x03" + string(b.packPart())} {
		all, err := unpack(packed)
		if err != nil || !maps.EqualFunc(all, b, sameFiles) {
			t.Errorf("%s: %v, %v", what, all, err)
		}
		if got, err := unpackServing(packed); err != nil || !maps.EqualFunc(got, serving, sameFiles) {
			t.Errorf("of %s serve %v, %v", what, got, err)
		}
	}
	if len(b["fleet"]) != 5 || len(b["tenant"]) != 5 {
		t.Error("the bundle itself changed")
	}
}

// TestReadFiles: all files of a directory belong to a package but hidden ones, and one that cannot be read is told.
func TestReadFiles(t *testing.T) {
	dir := fstest.MapFS{"tenon.json": {Data: []byte("{}")}, ".git/config": {Data: []byte("x")}, "objects/.draft": {Data: []byte("x")}}
	for i := range 50 {
		dir[fmt.Sprintf("objects/thing_%d/object.json", i)] = &fstest.MapFile{Data: fmt.Append(nil, i)}
	}
	files, err := ReadFiles(dir)
	if err != nil || len(files) != 51 || string(files["tenon.json"]) != "{}" || string(files["objects/thing_49/object.json"]) != "49" {
		t.Errorf("%d files, %v", len(files), err)
	}
	broken := brokenFS{dir, "objects/thing_7/object.json"}
	if _, err := ReadFiles(broken); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

// brokenFS has a file that cannot be read.
type brokenFS struct {
	fstest.MapFS
	file string
}

func (b brokenFS) ReadFile(name string) ([]byte, error) {
	if name == b.file {
		return nil, fs.ErrPermission
	}
	return b.MapFS.ReadFile(name)
}
