package catalog

import (
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
)

// OtherName is what conditions over two records call the one that is there already by.
const OtherName = "other"

// NoOverlap holds records with the same keys apart in time; see model.NoOverlap.
type NoOverlap struct {
	Name     string
	Fields   []*Field
	Trees    []TreeKey
	From, To *Field // dates, or moments
	Where    *expr.Program
	When     *expr.Program // over the record and OtherName
	Message  model.Text
	Index    string           // physical name
	Reads    map[*Field]bool  // fields of the record whose change may make it collide
	Decl     *model.NoOverlap // as it was written
}

// TreeKey is a lookup into a tree, with the field of the tree's object that holds its paths.
type TreeKey struct{ Lookup, Path *Field }
