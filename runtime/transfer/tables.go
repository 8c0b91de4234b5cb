package transfer

import "github.com/tenon-platform/tenon/platform/store/driver"

// Physical names of the tables in which imports are kept.
const (
	importTable  = "_import"
	rowTable     = "_import_row"
	findingTable = "_import_finding"
	exportTable  = "_export"
)

// rowBits is how many bits of an id in rowTable and findingTable count rows; those above are the
// import's id, so that what belongs to one import is one range of ids, in order.
const rowBits = 32

func firstOf(job int64) int64 { return job << rowBits }
func lastOf(job int64) int64  { return job<<rowBits | (1<<rowBits - 1) }

// jobTables are the tables of imports and of saved exports.
func jobTables() []driver.Table {
	return []driver.Table{
		{Name: importTable, Columns: []driver.Column{
			{Name: "object", Type: driver.Text},
			{Name: "status", Type: driver.Text},
			{Name: "owner", Type: driver.JSON}, // the caller who began it
			{Name: "created", Type: driver.DateTime},
			{Name: "changed", Type: driver.DateTime},
			{Name: "spec", Type: driver.JSON},
			{Name: "state", Type: driver.JSON},
		}},
		{Name: rowTable, Columns: []driver.Column{ // what an import has written, to take it back
			{Name: "job", Type: driver.Int},
			{Name: "row", Type: driver.Int}, // as findings number it
			{Name: "record", Type: driver.Ref},
			{Name: "version", Type: driver.Int}, // that it left the record with
			{Name: "before", Type: driver.JSON}, // column → value that it replaced; null for a new record
		}, Indexes: []driver.Index{{Name: "_import_row_record", Unique: true, Columns: []driver.IndexColumn{{Column: "job"}, {Column: "record"}}}}},
		{Name: findingTable, Columns: []driver.Column{{Name: "finding", Type: driver.JSON}}},
		{Name: exportTable, Columns: []driver.Column{
			{Name: "owner", Type: driver.Text},
			{Name: "name", Type: driver.Text},
			{Name: "changed", Type: driver.DateTime},
			{Name: "spec", Type: driver.JSON},
		}, Indexes: []driver.Index{{Name: "_export_name", Unique: true, Columns: []driver.IndexColumn{{Column: "owner"}, {Column: "name"}}}}},
	}
}
