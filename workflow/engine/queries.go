package engine

import (
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

func col(n string) driver.Expr { return driver.Col{Name: n} }

func param(n int) driver.Expr { return driver.Param{N: n} }

func is(n string, p int) driver.Expr { return driver.Cmp{Op: driver.Eq, L: col(n), R: param(p)} }

func same(n, v string) driver.Expr {
	return driver.Cmp{Op: driver.Eq, L: col(n), R: driver.Const{Value: value.Text(v)}}
}

func all(args ...driver.Expr) driver.Expr { return driver.And{Args: args} }

func cols(names ...string) []driver.Expr {
	out := make([]driver.Expr, len(names))
	for i, n := range names {
		out[i] = col(n)
	}
	return out
}

var jobColumns = []string{"id", "pool", "kind", "key", "order", "inst", "status", "at", "prio", "owner", "epoch", "attempt", "max", "payload", "error"}

var instanceColumns = []string{"id", "name", "kind", "process", "version", "object", "record", "status", "over", "rev", "state", "started", "changed"}

// queries are what the engine reads.
func queries() map[string]*driver.Query {
	byID := []driver.Order{{Expr: col("id")}}
	one := driver.Const{Value: value.Int(1)}
	yes := driver.Const{Value: value.Bool(true)}
	taskColumns := cols("id", "inst", "task", "node", "visit", "assignee", "status", "open", "created", "due")
	return map[string]*driver.Query{
		"instance":      {Table: instances, Select: cols(instanceColumns...), Where: is("name", 0)},
		"instance name": {Table: instances, Select: cols("name", "kind"), Where: is("id", 0)},
		"unique":        {Table: instances, Select: cols("name"), Where: is("unique", 0)},
		"of record":     {Table: instances, Select: cols(instanceColumns...), Where: all(is("object", 0), is("record", 1)), Order: byID},
		"tasks":         {Table: tasks, Select: taskColumns, Where: is("inst", 0), Order: byID},
		"inbox": {Table: tasks, Select: taskColumns, Where: all(is("assignee", 0), driver.Cmp{Op: driver.Eq, L: col("open"), R: yes}),
			Order: []driver.Order{{Expr: col("created")}, {Expr: col("id")}}, After: []driver.Expr{param(1), param(2)}, Limit: param(3)},
		"done": {Table: tasks, Select: taskColumns, Where: all(is("assignee", 0), driver.Cmp{Op: driver.Eq, L: col("open"), R: driver.Const{Value: value.Bool(false)}},
			driver.Not{Arg: driver.In{Arg: col("status"), List: driver.Const{Value: value.List(`["queued","suspended","delegated","approved_pending_after"]`)}}}),
			Order: []driver.Order{{Expr: col("created"), Desc: true}, {Expr: col("id"), Desc: true}}, After: []driver.Expr{param(1), param(2)}, Limit: param(3)},
		"running": {Table: instances, Select: cols("name", "process", "version"), Where: driver.Cmp{Op: driver.Eq, L: col("over"), R: driver.Const{Value: value.Bool(false)}}, Order: byID},
		"waiting": {Table: tasks, Select: cols("inst"), Where: all(is("assignee", 0),
			driver.In{Arg: col("status"), List: driver.Const{Value: value.List(`["queued","claimable","pending","suspended","delegated","approved_pending_after"]`)}}), Order: byID},
		"audit":   {Table: audits, Select: cols("seq", "verb", "at", "entry"), Where: all(is("inst", 0), driver.Cmp{Op: driver.Gt, L: col("seq"), R: param(1)}), Order: []driver.Order{{Expr: col("seq")}, {Expr: col("id")}}, Limit: param(2)},
		"command": {Table: commands, Select: cols("id", "digest", "answer", "at"), Where: all(is("actor", 0), is("key", 1))},
		"events":  {Table: events, Select: cols("id", "inst", "name", "data", "at"), Where: driver.Cmp{Op: driver.Gt, L: col("id"), R: param(0)}, Order: byID, Limit: param(1)},
		"job":     {Table: jobs, Select: cols(jobColumns...), Where: is("id", 0)},
		"under": {Table: jobs, Select: cols("id"), Where: driver.Or{Args: []driver.Expr{is("key", 0), // "0" is what comes behind "/"
			all(driver.Cmp{Op: driver.Gt, L: col("key"), R: param(1)}, driver.Cmp{Op: driver.Lt, L: col("key"), R: param(2)})}}, Order: byID, Limit: param(3)},
		"key": {Table: jobs, Select: cols("id"), Where: is("key", 0)},
		"priority": {Table: jobs, Select: cols("prio"), Where: all(is("pool", 0), same("status", open), driver.Cmp{Op: driver.Gt, L: col("prio"), R: param(1)}),
			Order: []driver.Order{{Expr: col("prio")}, {Expr: col("at")}, {Expr: col("id")}}, Limit: one},
		"due": {Table: jobs, Select: cols(jobColumns...), Where: all(is("pool", 0), same("status", open), is("prio", 1), driver.Cmp{Op: driver.Le, L: col("at"), R: param(2)}),
			Order: []driver.Order{{Expr: col("at")}, {Expr: col("id")}}, Limit: param(3)},
		"ahead":     {Table: jobs, Select: cols("id"), Where: all(is("order", 0), driver.Or{Args: []driver.Expr{same("status", open), same("status", waiting)}}), Order: byID, Limit: one},
		"successor": {Table: jobs, Select: cols("id"), Where: all(is("order", 0), same("status", waiting)), Order: byID, Limit: one},
		"next": {Table: jobs, Select: cols("at", "id"), Where: all(is("pool", 0), same("status", open), is("prio", 1)),
			Order: []driver.Order{{Expr: col("at")}, {Expr: col("id")}}, Limit: one},
		"dead":      {Table: jobs, Select: cols(jobColumns...), Where: same("status", dead), Order: byID, Limit: param(0)},
		"incidents": {Table: incidents, Select: cols("id", "inst", "job", "code", "detail", "at"), Where: driver.Cmp{Op: driver.Eq, L: col("open"), R: yes}, Order: byID, Limit: param(0)},
	}
}
