package catalog

import (
	"github.com/tenon-platform/tenon/metadata/addr"
	"github.com/tenon-platform/tenon/metadata/expr"
	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/metadata/similar"
)

// What is done when a rule finds a record: the values of DuplicateRule.Action.
const (
	DuplicateWarn  = "warn"
	DuplicateBlock = "block"
	DuplicateQueue = "queue"
)

// DuplicateRule finds records that are likely to be the same; see model.DuplicateRule.
type DuplicateRule struct {
	Name, Package string
	Object        *Object
	Label         model.Text
	Keys          []*DuplicateKey
	Where         *expr.Program // over one record; nil: all
	Match         []*DuplicateMatch
	Threshold     similar.Score
	Action        string
	Message       model.Text
	// Reads are the fields that the rule looks at, those that they are computed of included: a
	// write that changes none of them finds nothing new, and who may not read one of them is not
	// told which record was found.
	Reads map[*Field]bool
	Decl  *model.DuplicateRule // as it was written
}

// Addr is the rule's address.
func (r *DuplicateRule) Addr() addr.Address { return r.Object.Addr().Duplicate(r.Name) }

// DuplicateKey is a stored value by whose index the records to compare are found.
type DuplicateKey struct {
	Field *Field
	Index string // physical name; "" where another index of the object begins with the field
}

// DuplicateMatch compares one field of two records.
type DuplicateMatch struct {
	Field   *Field
	Form    func(string) string // brings values into one form; nil: as they are
	Like    func(a, b string) similar.Score
	Weight  int
	AtLeast similar.Score
}
