package expr

// Program is a checked expression: immutable and safe for concurrent use.
type Program struct{}
