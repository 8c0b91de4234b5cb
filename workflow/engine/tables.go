package engine

import "github.com/tenon-platform/tenon/platform/store/driver"

// Physical names of the system tables.
const (
	instances = "_wf_inst"
	tasks     = "_wf_task"
	audits    = "_wf_audit"
	commands  = "_wf_cmd"
	events    = "_wf_event"
	jobs      = "_wf_job"
	incidents = "_wf_incident"
)

// SystemTables are the tables that this package keeps in every tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{
		table(instances, []driver.Column{text("name"), text("kind"), text("process"), integer("version"), text("object"), text("record"), text("unique"),
			text("status"), {Name: "over", Type: driver.Bool}, integer("rev"), {Name: "state", Type: driver.JSON}, instant("started"), instant("changed")},
			unique("name", "name"), unique("unique", "unique"), index("record", "object", "record"), index("process", "process", "over")),
		table(tasks, []driver.Column{ref("inst"), integer("task"), text("node"), integer("visit"), text("assignee"), text("status"), {Name: "open", Type: driver.Bool}, instant("created"), instant("due")},
			unique("task", "inst", "task", "assignee"), index("inbox", "assignee", "open", "created")),
		table(audits, []driver.Column{ref("inst"), integer("seq"), text("verb"), instant("at"), {Name: "entry", Type: driver.JSON}}, unique("seq", "inst", "seq")),
		table(commands, []driver.Column{text("actor"), text("key"), text("digest"), {Name: "answer", Type: driver.JSON}, instant("at")}, unique("key", "actor", "key"), index("at", "at")),
		table(events, []driver.Column{ref("inst"), text("name"), {Name: "data", Type: driver.JSON}, instant("at")}), // id is the order of commits
		table(jobs, []driver.Column{text("pool"), text("kind"), text("key"), text("order"), ref("inst"), text("status"), instant("at"), integer("prio"), text("owner"), integer("epoch"),
			integer("attempt"), integer("max"), {Name: "payload", Type: driver.JSON}, text("error")},
			unique("key", "key"), index("ready", "pool", "status", "prio", "at"), index("order", "order"), index("inst", "inst")),
		table(incidents, []driver.Column{ref("inst"), ref("job"), text("code"), text("detail"), instant("at"), {Name: "open", Type: driver.Bool}}, index("open", "open"), index("job", "job")),
	}
}

func table(name string, cols []driver.Column, ix ...driver.Index) driver.Table {
	for i := range ix {
		ix[i].Name = name + "_" + ix[i].Name
	}
	return driver.Table{Name: name, Columns: cols, Indexes: ix}
}

func text(n string) driver.Column    { return driver.Column{Name: n, Type: driver.Text} }
func integer(n string) driver.Column { return driver.Column{Name: n, Type: driver.Int} }
func instant(n string) driver.Column { return driver.Column{Name: n, Type: driver.DateTime} }
func ref(n string) driver.Column     { return driver.Column{Name: n, Type: driver.Ref} }

func index(name string, cols ...string) driver.Index {
	ix := driver.Index{Name: name}
	for _, c := range cols {
		ix.Columns = append(ix.Columns, driver.IndexColumn{Column: c})
	}
	return ix
}

func unique(name string, cols ...string) driver.Index {
	ix := index(name, cols...)
	ix.Unique = true
	return ix
}
