package process

import "github.com/tenon-platform/tenon/platform/store/driver"

const (
	// ears are the lanes that wait for an event, or for a change of a record (event ""). They come and go in
	// the transactions of their runs, so that what is told after a wait has begun is heard.
	ears = "_wf_flow_ear"
	// schedules are how schedules stand that may be paused: how many runs have failed in a row, and whether no
	// run starts. One that is not there has failed not once, and goes on.
	schedules = "_wf_flow_schedule"
	// cascadeTable is what cascades of more than one run have used up of what they may, by their first run.
	cascadeTable = "_wf_flow_cascade"
)

// SystemTables are the tables that this package keeps in every tenant's store, besides the engine's.
func SystemTables() []driver.Table {
	text := func(n string) driver.Column { return driver.Column{Name: n, Type: driver.Text} }
	index := func(name string, unique bool, col string) driver.Index {
		return driver.Index{Name: name, Unique: unique, Columns: []driver.IndexColumn{{Column: col}}}
	}
	return []driver.Table{
		failureTable(),
		{Name: ears, Columns: []driver.Column{text("mark"), text("event"), text("record"), text("run"), {Name: "lane", Type: driver.Int}, {Name: "user_id", Type: driver.Ref}, text("scope")},
			Indexes: []driver.Index{index(ears+"_mark", true, "mark"), index(ears+"_event", false, "event"), index(ears+"_record", false, "record")}},
		{Name: schedules, Columns: []driver.Column{text("flow"), {Name: "failures", Type: driver.Int}, {Name: "paused", Type: driver.Bool}, {Name: "since", Type: driver.DateTime}, text("run")},
			Indexes: []driver.Index{index(schedules+"_flow", true, "flow")}},
		{Name: cascadeTable, Columns: []driver.Column{text("root"), {Name: "runs", Type: driver.Int}, {Name: "writes", Type: driver.Int}}, Indexes: []driver.Index{index(cascadeTable+"_root", true, "root")}},
	}
}
