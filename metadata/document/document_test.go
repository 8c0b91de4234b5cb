package document_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/metadata/document"
	"github.com/tenon-platform/tenon/platform/diag"
)

func parse(t *testing.T, src string) *document.Node {
	t.Helper()
	var found diag.List
	d := document.Parse("f.json", []byte(src), &found)
	if len(found) > 0 {
		t.Fatalf("%s: %+v", src, found)
	}
	return d.Root
}

// TestPlaces: every value and key knows where it stands, in bytes, behind a mark of UTF-8 too.
func TestPlaces(t *testing.T) {
	n := parse(t, "\xef\xbb\xbf{\n  \"名\": [1,\n\ttrue]}")
	list := n.Get("名")
	for want, got := range map[string]diag.Pos{"f.json:1:1": n.Pos(), "f.json:2:3": n.Keys[0].Pos(), "f.json:2:10": list.Pos(),
		"f.json:2:11": list.Items[0].Pos(), "f.json:3:2": list.Items[1].Pos()} {
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestEdits changes a document as upgrades do; what is new stands where it was made from.
func TestEdits(t *testing.T) {
	n := parse(t, `{"a": 1, "b": "x", "c": null}`)
	if !n.Rename("a", "first") || n.Rename("nothing", "more") || n.Remove("nothing") != nil {
		t.Error("a key that is not there was there")
	}
	c := n.Remove("c")
	o := document.NewObject(n.Get("b"))
	o.Set("words", document.NewList(n.Get("b"), n.Get("b"), document.NewText(c, "\"<\n"), document.NewLiteral(c, document.Bool, "true")))
	n.Set("b", o)
	n.Set("d", c)
	if got, want := string(n.AppendJSON(nil)), `{"first":1,"b":{"words":["x","\"\u003c\n",true]},"d":null}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	words := n.Get("b").Get("words")
	for want, got := range map[string]diag.Pos{"f.json:1:2": n.Keys[0].Pos(), "f.json:1:15": words.Pos(), "f.json:1:25": words.Items[1].Pos()} {
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzParse: what is read is what encoding/json reads, and is written so that it reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a": [1, -0.5e+3, "\ud83d\ude00\u0000", {}], "b": null}`, `"\/"`, `[]`, " 0 ", `{"a":1,"a":2}`, `{"": tru}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var found diag.List
		d := document.Parse("f.json", []byte(src), &found)
		if d.Root == nil || len(found) > 0 {
			return
		}
		b := d.Root.AppendJSON(nil)
		var was, is any
		if err := json.Unmarshal(b, &is); err != nil {
			t.Fatalf("%q is written as %q: %v", src, b, err)
		}
		if src[0] == 0xef {
			return // encoding/json reads no mark of UTF-8
		}
		if err := json.Unmarshal([]byte(src), &was); err != nil || !reflect.DeepEqual(was, is) {
			t.Errorf("%q is read as %q: %v", src, b, err)
		}
	})
}

// TestRoom: documents that are read into one room are as those that have their own, while they are looked at; folded
// ones know all places nonetheless, whatever was read meanwhile.
func TestRoom(t *testing.T) {
	large := `{"list": [` + strings.Repeat(`{"key": "a\n", "of": [1, true, null]}, `, 500) + `{}]}`
	files := []string{`{"a": {"b": [1, "x"]}}`, large, `[]`, `{"a": 1}`, `"text"`, large, `{"broken": `, `{"twice": 1, "twice": 2}`}
	var room document.Room
	var told, toldAlone diag.List
	read, alone := make([]*document.Document, len(files)), make([]*document.Document, len(files))
	for i, src := range files {
		read[i] = room.Parse("f.json", []byte(src), &told)
		alone[i] = document.Parse("f.json", []byte(src), &toldAlone)
		if (read[i].Root == nil) != (alone[i].Root == nil) {
			t.Fatalf("%.40s: %v", src, read[i].Root)
		}
		if n := read[i].Root; n != nil && string(n.AppendJSON(nil)) != string(alone[i].Root.AppendJSON(nil)) {
			t.Errorf("%.40s: %.200s", src, n.AppendJSON(nil))
		}
	}
	if !reflect.DeepEqual(told, toldAlone) || len(told) != 2 {
		t.Errorf("%v, alone %v", told, toldAlone)
	}
	read[len(read)-1].Fold()
	for i, d := range read {
		if d.Root != nil {
			t.Errorf("%.40s keeps its values", files[i])
		}
		for _, path := range []string{"", "a.b.1", "list.499.of.2", "list.500", "twice", "nothing"} {
			if got, want := d.At(path), alone[i].At(path); got != want {
				t.Errorf("%.40s: %s is at %v, not at %v", files[i], path, got, want)
			}
		}
	}
	if len(told) != 2 {
		t.Errorf("looking for places has found %v", told[2:])
	}
	read[0].Forget()
	if got := read[0].At("a.b"); got != (diag.Pos{File: "f.json", Line: 0, Col: 0}) {
		t.Errorf("what is forgotten is at %v", got)
	}
}

// TestEditedStays: what was changed is in no file, and so is kept.
func TestEditedStays(t *testing.T) {
	var room document.Room
	var told diag.List
	d := room.Parse("f.json", []byte(`{"a": 1, "b": 2}`), &told)
	d.Root.Remove("a")
	d.Edited = true
	d.Fold()
	room.Parse("g.json", []byte(`[3, 4, 5, 6]`), &told)
	if d.Root == nil || string(d.Root.AppendJSON(nil)) != `{"b":2}` || d.At("b").Col != 15 {
		t.Errorf("%v, b at %v", d.Root, d.At("b"))
	}
}
