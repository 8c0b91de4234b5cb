package record

import (
	"slices"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/setting"
)

// Physical names of the system tables that writes go to.
const (
	HistoryTable = "_history"
	OutboxTable  = "_outbox"
)

// SystemTables are the tables that writes of records need in every tenant's store.
func SystemTables() []driver.Table {
	columns := []driver.Column{
		{Name: "object", Type: driver.Text}, // physical name, which no rename changes
		{Name: "record", Type: driver.Ref},
		{Name: "version", Type: driver.Int},
		{Name: "at", Type: driver.DateTime},
		{Name: "by", Type: driver.Ref},
		{Name: "verb", Type: driver.Text},
		{Name: "changes", Type: driver.JSON}, // field → [old, new], as the API shows values
	}
	return slices.Concat([]driver.Table{
		{Name: HistoryTable, Columns: columns, Indexes: []driver.Index{{Name: "_history_record",
			Columns: []driver.IndexColumn{{Column: "object"}, {Column: "record"}}}}},
		{Name: OutboxTable, Columns: columns}, // id is the order of commits
		onceSystemTable(),
		mergeSystemTable(),
		mergedSystemTable(),
		{Name: ratesTable, Columns: []driver.Column{{Name: "seen", Type: driver.Text}}},
	}, fileSystemTables(), access.SystemTables(), setting.SystemTables())
}
