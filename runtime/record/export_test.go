package record

// CandidateQuery is the statement that finds the records to compare with one.
var CandidateQuery = withKeyQuery
