package access

import "github.com/tenon-platform/tenon/platform/store/driver"

// RevealTable keeps who was shown the whole value of a masked field, and when. Nothing changes or
// removes its rows.
const RevealTable = "_reveal"

func revealTable() driver.Table {
	return driver.Table{Name: RevealTable, Columns: []driver.Column{
		{Name: "at", Type: driver.DateTime},
		{Name: "by", Type: driver.Ref},
		{Name: "name", Type: driver.Text}, // of the user, as signed in
		{Name: "object", Type: driver.Text},
		{Name: "record", Type: driver.Ref},
		{Name: "field", Type: driver.Text},
		{Name: "reason", Type: driver.Text},
	}, Indexes: []driver.Index{{Name: "_reveal_record", Columns: []driver.IndexColumn{{Column: "object"}, {Column: "record"}}}}}
}
