package pack_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"io"
	"io/fs"
	"testing"

	"github.com/tenon-platform/tenon/metadata/pack"
	"github.com/tenon-platform/tenon/platform/errs"
)

func files() map[string][]byte {
	return map[string][]byte{
		"tenon.json":            []byte(`{"name": "fleet", "version": "1.0.0"}`),
		"objects/a/object.json": []byte(`{"name": "a", "label": "A", "rules": [{"name": "r", "when": "n < 0"}, {"name": "s", "when": "n > 9"}], "fields": [{"name": "n", "type": "int"}]}`),
	}
}

func key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func build(t *testing.T, files map[string][]byte, key ed25519.PrivateKey) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := pack.Build(&b, files, key); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestArchiveGoesRound(t *testing.T) {
	for _, key := range []ed25519.PrivateKey{nil, key()} {
		b := build(t, files(), key)
		if !bytes.Equal(b, build(t, files(), key)) {
			t.Error("two builds of the same files differ")
		}
		got, info, err := pack.Open(b)
		if err != nil {
			t.Fatal(err)
		}
		if info.Name != "fleet" || info.Version != "1.0.0" || len(info.Digest) != 64 || (info.Signer != "") != (key != nil) {
			t.Errorf("it says of itself %+v", info)
		}
		for p, want := range files() {
			if !bytes.Equal(got[p], want) {
				t.Errorf("%s reads %q", p, got[p])
			}
		}
	}
}

// rezip writes an archive anew, with its entries as edit makes them.
func rezip(t *testing.T, b []byte, edit func(name string, content []byte) (string, []byte), more ...string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	write := func(name string, content []byte) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if name, content := edit(f.Name, content); name != "" {
			write(name, content)
		}
	}
	for _, name := range more {
		write(name, []byte("{}"))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTamperedArchivesAreRefused(t *testing.T) {
	same := func(name string, content []byte) (string, []byte) { return name, content }
	drop := func(victim string) func(string, []byte) (string, []byte) {
		return func(name string, content []byte) (string, []byte) {
			if name == victim {
				return "", nil
			}
			return name, content
		}
	}
	change := func(victim, old, new string) func(string, []byte) (string, []byte) {
		return func(name string, content []byte) (string, []byte) {
			if name == victim {
				return name, bytes.Replace(content, []byte(old), []byte(new), 1)
			}
			return name, content
		}
	}
	whole := build(t, files(), key())
	other := build(t, map[string][]byte{"tenon.json": []byte(`{"name": "other", "version": "1.0.0"}`)}, key())
	var foreign []byte
	rezip(t, other, func(name string, content []byte) (string, []byte) {
		if name == "signature" {
			foreign = content
		}
		return name, content
	})
	for name, b := range map[string][]byte{
		"no zip":             []byte("PK nothing"),
		"empty":              nil,
		"cut off":            whole[:len(whole)-9],
		"changed file":       rezip(t, whole, change("files/objects/a/object.json", "n < 0", "n < 1")),
		"file missing":       rezip(t, whole, drop("files/objects/a/object.json")),
		"file beside":        rezip(t, whole, same, "files/objects/b/object.json"),
		"file twice":         rezip(t, whole, same, "files/tenon.json"),
		"path upwards":       rezip(t, whole, same, "files/../x.json"),
		"path from the root": rezip(t, whole, same, "files//x.json"),
		"no checksums":       rezip(t, whole, drop("checksums")),
		"changed signature":  rezip(t, whole, change("signature", "\n", "A\n")),
		"foreign signature": rezip(t, whole, func(name string, content []byte) (string, []byte) {
			if name == "signature" {
				return name, foreign
			}
			return name, content
		}),
		"no manifest": build2(t),
	} {
		if _, _, err := pack.Open(b); err == nil {
			t.Errorf("%s: it was taken", name)
		} else if e := errs.From(err); e.Code != errs.InvalidInput || e.Message.Zh == "" || e.Message.Zh == e.Message.En {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// build2 is a zip with checksums of no file.
func build2(t *testing.T) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if _, err := w.Create("checksums"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestConflicts(t *testing.T) {
	own := map[string][]byte{"overlays/fleet/objects/a/object.json": []byte(`{
		"set": {"rules.r.when": "n < 5", "label": "Local", "fields.n.label": "N", "help": "h"}, "remove": ["rules.s"]}`),
		"overlays/other/objects/a/object.json": []byte(`{"set": {"label": "O"}}`),
		"extend/a.json":                        []byte(`{"object": "a", "overrides": {"fields.n.help": "x"}}`),
		"extend/b.json":                        []byte(`{"object": "b", "overrides": {"fields.n.help": "x"}}`)}
	changes := pack.Changes(own, "fleet", files())
	if len(changes) != 6 {
		t.Fatalf("%d changes: %+v", len(changes), changes)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"what the customer left alone", `"type": "int"`, `"type": "decimal"`, ""},
		{"both the same", `"label": "A"`, `"label": "Local"`, ""},
		{"a rule of both", `"n < 0"`, `"n < 1"`, `rules.r.when "n < 0" "n < 1" "n < 5"`},
		{"what an extension overrides", `"name": "n", `, `"name": "n", "help": "y", `, `fields.n.help null "y" "x"`},
		{"the label of both", `"label": "A"`, `"label": "B"`, `label "A" "B" "Local"`},
		{"what the customer took away", `"n > 9"`, `"n > 8"`, `rules.s {"name":"s","when":"n > 9"} {"name":"s","when":"n > 8"} null`},
		{"the vendor takes away what the customer changed", `{"name": "r", "when": "n < 0"}, `, ``, `rules.r.when "n < 0" null "n < 5"`},
		{"the vendor adds what the customer added", `"label": "A"`, `"label": "A", "help": "v"`, `help null "v" "h"`},
		{"another order", `{"name": "r", "when": "n < 0"}, {"name": "s", "when": "n > 9"}`, `{"name": "s", "when": "n > 9"}, {"when": "n < 0", "name": "r"}`, ""},
	} {
		next := files()
		next["objects/a/object.json"] = bytes.Replace(next["objects/a/object.json"], []byte(c.old), []byte(c.new), 1)
		got := ""
		for _, x := range pack.Conflicts("fleet", files(), next, changes) {
			got += x.Path + " " + string(x.Base) + " " + string(x.Vendor) + " " + string(x.Local)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	gone := files()
	delete(gone, "objects/a/object.json")
	if got := pack.Conflicts("fleet", files(), gone, changes); len(got) != 2 {
		t.Errorf("without the file there are %d conflicts: %+v", len(got), got)
	}
}

func TestWithout(t *testing.T) {
	const file, extend = "overlays/fleet/objects/a/object.json", "extend/a.json"
	own := map[string][]byte{"tenon.json": []byte("{}"), file: []byte(`{"set": {"label": "L"}, "remove": ["rules.s"]}`),
		extend: []byte(`{"object": "a", "overrides": {"fields.n.help": "x"}}`)}
	without := func(own map[string][]byte, in, path string) map[string][]byte {
		t.Helper()
		out, err := pack.Without(own, pack.Conflict{Package: "fleet", File: "objects/a/object.json", Path: path, In: in})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	one := without(own, file, "label")
	if got := pack.Changes(one, "fleet", files()); len(got) != 2 || got[1].Path != "rules.s" {
		t.Errorf("what is left is %+v", got)
	}
	none := without(one, file, "rules.s")
	if none[file] != nil {
		t.Errorf("an overlay of nothing stays: %s", none[file])
	}
	if bare := without(none, extend, "fields.n.help"); len(pack.Changes(bare, "fleet", files())) != 0 || bare[extend] == nil {
		t.Errorf("the extension is now %s", bare[extend])
	}
	if len(pack.Changes(own, "fleet", files())) != 3 {
		t.Error("the files given were changed")
	}
}

func FuzzOpen(f *testing.F) {
	var b bytes.Buffer
	if _, err := pack.Build(&b, files(), key()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		got, info, err := pack.Open(b)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if more, err := pack.Build(&again, got, nil); err != nil || more.Digest != info.Digest {
			t.Errorf("what was opened cannot be built: %v", err)
		}
		if _, _, err := pack.Open(again.Bytes()); err != nil {
			t.Error(err)
		}
		for p := range got {
			if !fs.ValidPath(p) {
				t.Errorf("a file is called %q", p)
			}
		}
	})
}
