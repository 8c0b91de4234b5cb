package document

import (
	"sync"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Room is memory that documents are read into, one after another: the values of a large package take ten times as much
// as its files, and are needed no longer than it takes to look at each file.
type Room struct {
	nodes slab[Node]
	keys  slab[Key]
	items slab[*Node]
	open  []Key   // of the objects that are open; see parser
	below []*Node // of the objects and lists that are open
	names map[string]string
	last  *Document
}

// Parse is the function of that name, and folds the document that was read into the room before.
func (r *Room) Parse(file string, src []byte, findings *diag.List) *Document {
	if d := r.last; d != nil {
		if d.Fold(); d.Root != nil {
			*r = Room{} // which stays with its values
		}
	}
	r.nodes.used, r.keys.used, r.items.used = 0, 0, 0
	p := &parser{room: r, keys: r.open[:0], items: r.below[:0], names: r.names, findings: findings}
	r.last = p.parse(file, src)
	r.open, r.below, r.names = p.keys, p.items, p.names
	return r.last
}

// slab hands out parts of a block of memory.
type slab[T any] struct {
	block []T
	used  int
}

const smallestBlock = 256

// take gives room for n things. Where too little is left there is a new block; who has parts of the old one keeps them.
func (s *slab[T]) take(n int) []T {
	if s.used+n > len(s.block) {
		s.block, s.used = make([]T, max(n, 2*len(s.block), smallestBlock)), 0
	}
	s.used += n
	return s.block[s.used-n : s.used : s.used]
}

// Fold lets go of the values of a document as its file has them. At finds places nonetheless: it reads the file again,
// when it is asked for the first one. Values that were changed, and so are in no file, stay.
func (d *Document) Fold() {
	if d.Edited || d.Root == nil {
		return
	}
	d.Root = nil
	d.again = sync.OnceValue(func() *Node {
		var told diag.List // when it was read first
		return Parse(d.File, d.src, &told).Root
	})
}

// root is the whole value of a document, folded or not; nil when nobody knows it.
func (d *Document) root() *Node {
	if d.Root == nil && d.again != nil {
		return d.again()
	}
	return d.Root
}
