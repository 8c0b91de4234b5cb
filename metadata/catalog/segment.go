package catalog

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// Segment is records of an object that belong together.
type Segment struct {
	Name, Package string
	Object        *Object
	Field         *Field        // tells whether a record belongs
	When          *expr.Program // nil: people say so
	Hour, Minute  int           // of the day at which all records are looked at again
	Decl          *model.Segment
}

// Addr is the segment's address.
func (s *Segment) Addr() addr.Address { return addr.Segment(s.Name) }

// Digest tells conditions apart: another one has another digest.
func (s *Segment) Digest() string {
	sum := sha256.Sum256([]byte(s.Object.Name + "\x00" + s.Field.Name + "\x00" + s.Decl.When))
	return hex.EncodeToString(sum[:8])
}

// Segment finds a segment by name, or gives nil.
func (c *Catalog) Segment(name string) *Segment {
	return find(c.Segments, func(x *Segment) bool { return x.Name == name })
}
