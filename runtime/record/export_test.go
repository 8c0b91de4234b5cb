package record

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// CandidateQuery is the statement that finds the records to compare with one.
var CandidateQuery = withKeyQuery

// Moves says whether a merge of records of o leads a reference to the master.
var Moves = moves

// ReferringQuery is the statement that finds what refers to a merged record over a field.
func ReferringQuery(f *catalog.Field) *driver.Query {
	return &driver.Query{Table: f.Object.Table, Select: allColumns(f.Object), Where: refersTo(f), Order: []driver.Order{{Expr: driver.Col{Name: catalog.ID}}}}
}
