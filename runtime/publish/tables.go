package publish

import "github.com/tenon-platform/tenon/platform/store/driver"

// Physical names of the tables in which a tenant keeps its metadata.
const (
	revisionTable = "_revision"
	stateTable    = "_state"
)

// stateID is the id of the one row of the state table.
const stateID = 1

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{
		{Name: revisionTable, Columns: []driver.Column{ // id is the revision's number
			{Name: "at", Type: driver.DateTime},
			{Name: "author", Type: driver.Text},
			{Name: "message", Type: driver.Text},
			{Name: "status", Type: driver.Text},  // applying, active (also of past revisions), failed
			{Name: "bundle", Type: driver.Bytes}, // all packages' files
			{Name: "storage", Type: driver.JSON}, // physical names
			{Name: "entries", Type: driver.JSON}, // what changed, as planned
		}},
		{Name: stateTable, Columns: []driver.Column{
			{Name: "revision", Type: driver.Int}, // the active one
			{Name: "job", Type: driver.JSON},     // the apply under way, or null
		}},
		draftTableOf(),
	}
}
