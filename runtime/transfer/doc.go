// Package transfer moves many records in and out: imports of CSV, XLSX and JSONL files, exports of lists,
// and bulk loading (Load). It writes through runtime/record and reads through GraphQL like everybody
// else, so that rules, permissions and field security are the same everywhere.
//
// # Imports
//
// An import is a job in the store. A file is uploaded, read as table.Format says, mapped by
// mapping.Settings, checked in a dry run if the caller wishes, and written in batches of 1,000 rows.
// How far a job has come, the findings and the undo log are committed in the transaction of the
// rows they are about. So a process that is killed at any moment goes on behind the last batch that
// is there, and writes no row twice.
//
// A row with a finding is left out, and the others are written. With Spec.Atomic all rows are
// written or none: the whole file is checked first, nothing is written if any row has an error, and
// if a row is refused later after all, because somebody has changed something since, the rows
// already written are taken back from the undo log. This is not one transaction: rows of a finished
// batch can be seen by others while the import goes on, and vanish again when it fails. A row that
// somebody has changed in that time stays, and is told.
//
// Undo takes an import back: records that it created are removed for good, and fields that it
// changed get the values that they had. A record that was changed or deleted since, or that another
// record refers to, stays as it is and is told; it can be tried again. Versions go on counting, and
// history, where an object keeps it, tells of the import and of its undo. Running numbers that were
// given stay given.
//
// # HTTP
//
// Answers are {"data": …} or {"errors": […]}; see Mounts for the routes.
package transfer
