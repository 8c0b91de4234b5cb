package graph

import "time"

// Limits bound what one operation may ask for; each is answered with its code.
type Limits struct {
	Operation int           // bytes of an operation's text
	Variables int           // bytes of its variables
	Tokens    int           // tokens of an operation
	Depth     int           // nesting of selections
	Overlaps  int           // pairs of fields compared while validating
	Fields    int           // selected fields after fragments are spread
	Nesting   int           // levels of variables
	Filter    int           // levels of a filter
	Hops      int           // relations that a filter follows in a row
	Terms     int           // conditions of one list or aggregation
	Keys      int           // keys of one order, groups of one aggregation
	PageSize  int           // rows when first and last are absent
	MaxPage   int           // most rows of one page
	Skip      int           // most rows that a page passes over
	Batch     int           // rows of a bulk write
	Cost      int           // estimated rows × fields
	Time      time.Duration // of one operation
	Slow      time.Duration // of one read: beyond it, the answer names the index that it lacks; 0 for never
	Plans     int           // operations kept
	Shapes    int           // plans kept for one operation
	Schemas   int           // slices of the schema kept
}

// DefaultLimits are the limits where a tenant sets none.
func DefaultLimits() Limits {
	return Limits{Operation: 64 << 10, Variables: 8 << 20, Tokens: 20_000, Depth: 20, Overlaps: 100_000, Fields: 5_000,
		Nesting: 100, Filter: 50, Hops: 8, Terms: 300, Keys: 32, PageSize: 50, MaxPage: 500, Skip: 1_000_000, Batch: 1_000, Cost: 5_000_000, Time: 30 * time.Second, Slow: 100 * time.Millisecond, Plans: 1_000, Shapes: 64, Schemas: 128}
}
