// Package document reads JSON files strictly and keeps the place of every value, so that whoever
// looks at a value can say where it stands. Values can be changed, as upgrades of old formats do;
// their places stay those of the file. What keys mean is metadata/load's business.
package document

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Kind is the JSON type of a value.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Name is what people call the kind.
func (k Kind) Name() diag.Text {
	switch k {
	case Null:
		return diag.Text{En: "null", Zh: "null"}
	case Bool:
		return diag.Text{En: "true or false", Zh: "布尔值"}
	case Number:
		return diag.Text{En: "a number", Zh: "数字"}
	case String:
		return diag.Text{En: "text", Zh: "文本"}
	case Array:
		return diag.Text{En: "a list", Zh: "列表"}
	}
	return diag.Text{En: "an object", Zh: "对象"}
}

// Document is one file.
type Document struct {
	File string // as findings name it
	// Root is the whole value; nil when the file is no JSON, or the document is folded.
	Root *Node
	// Edited says that values are not what stands in the file.
	Edited bool
	src    []byte
	lines  []int // where each line begins; counted when somebody asks
	count  sync.Once
	again  func() *Node // reads a folded document; see Fold
}

// Node is one value.
type Node struct {
	Kind  Kind
	Text  string  // of a String, and the literal of a Number, Bool or Null
	Keys  []Key   // of an Object, in the order of the file
	Items []*Node // of an Array, and of an Object by key
	doc   *Document
	at    int // byte where it begins
	end   int // byte behind it; 0 of values that upgrades made
}

// Key is a key of an object.
type Key struct {
	Name string
	doc  *Document
	at   int
}

// Pos is where the value stands.
func (n *Node) Pos() diag.Pos { return n.doc.pos(n.at) }

// Pos is where the key stands.
func (k Key) Pos() diag.Pos { return k.doc.pos(k.at) }

// Source is the value as the file spells it. Appending to it cannot harm the file. It tells nothing
// of later changes to the value; nil for one that was not in the file.
func (n *Node) Source() []byte {
	if n.end == 0 {
		return nil
	}
	return n.doc.src[n.at:n.end:n.end]
}

// Forget lets go of the values: what was made of them stays, and At knows the file alone from then on.
func (d *Document) Forget() { d.Root, d.again, d.src, d.lines = nil, nil, nil, oneLine }

var oneLine = []int{0}

// At is the place of the longest known prefix of a path of keys and indexes such as "fields.3.type".
func (d *Document) At(path string) diag.Pos {
	n := d.root()
	if n == nil {
		return diag.Pos{File: d.File}
	}
	for path != "" {
		x, rest := n.step(path)
		if x == nil {
			break
		}
		n, path = x, rest
	}
	return n.Pos()
}

// step goes one step down a path. Keys may have points in them: the longest one counts.
func (n *Node) step(path string) (found *Node, rest string) {
	if n.Kind == Array {
		first, after, _ := strings.Cut(path, ".")
		if i, err := strconv.Atoi(first); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i], after
		}
		return nil, path
	}
	for i, k := range n.Keys {
		after, ok := strings.CutPrefix(path, k.Name)
		if ok && (after == "" || after[0] == '.') && (found == nil || len(after) < len(rest)) {
			found, rest = n.Items[i], after
		}
	}
	return found, strings.TrimPrefix(rest, ".")
}

// Get is the value of a key; nil when there is none.
func (n *Node) Get(key string) *Node {
	if i := n.index(key); i >= 0 {
		return n.Items[i]
	}
	return nil
}

func (n *Node) index(key string) int {
	for i, k := range n.Keys {
		if k.Name == key {
			return i
		}
	}
	return -1
}

// JSON is the value as JSON: as the file spells it, where that is what the value is.
func (n *Node) JSON() []byte {
	if n.end == 0 || n.doc.Edited {
		return n.AppendJSON(nil)
	}
	return n.Source()
}

// AppendJSON appends the value as compact JSON.
func (n *Node) AppendJSON(dst []byte) []byte {
	switch n.Kind {
	case String:
		return appendText(dst, n.Text)
	case Array:
		dst = append(dst, '[')
		for i, x := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = x.AppendJSON(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, x := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, n.Keys[i].Name), ':')
			dst = x.AppendJSON(dst)
		}
		return append(dst, '}')
	}
	return append(dst, n.Text...)
}

func appendText(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return append(dst, `""`...)
	}
	return append(dst, b...)
}

// pos is the place of a byte. Every value of a file has one, so it must not count from the start.
func (d *Document) pos(offset int) diag.Pos {
	d.count.Do(func() {
		d.lines = make([]int, 1, 1+bytes.Count(d.src, []byte{'\n'}))
		for i, c := range d.src {
			if c == '\n' {
				d.lines = append(d.lines, i+1)
			}
		}
	})
	offset = min(offset, len(d.src))
	line := sort.SearchInts(d.lines, offset+1)
	return diag.Pos{File: d.File, Line: line, Col: offset - d.lines[line-1] + 1}
}
