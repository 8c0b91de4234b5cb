package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// jobTable is the physical name of the table of scans.
const jobTable = "_duplicate_scan"

// SystemTables are the tables that scans need in a tenant's store.
func SystemTables() []driver.Table {
	return []driver.Table{{Name: jobTable, Columns: []driver.Column{
		{Name: "object", Type: driver.Text},
		{Name: "status", Type: driver.Text},
		{Name: "owner", Type: driver.JSON}, // the caller who began it
		{Name: "created", Type: driver.DateTime},
		{Name: "changed", Type: driver.DateTime},
		{Name: "state", Type: driver.JSON},
	}, Indexes: []driver.Index{{Name: "_duplicate_scan_status", Columns: []driver.IndexColumn{{Column: "status"}, {Column: "changed"}}}}}}
}

// Status is where a scan stands.
type Status string

const (
	Running  Status = "RUNNING"
	Done     Status = "DONE"
	Failed   Status = "FAILED"
	Canceled Status = "CANCELED"
)

// job is one scan.
type job struct {
	id               int64
	object           string
	status           Status
	owner            ident.Caller
	created, changed time.Time
	state            state
}

// state is how far a scan has come. It is stored as JSON, with the cases that it counts.
type state struct {
	Total    int64      `json:"total"` // records that there were when it began
	Last     int64      `json:"last"`  // id of the last of them
	After    int64      `json:"after"` // id of the last record that was compared
	Records  int64      `json:"records"`
	Cases    int64      `json:"cases"`
	Finished *time.Time `json:"finished,omitempty"`
	Trouble  *trouble   `json:"trouble,omitempty"`
}

// trouble is why a scan failed.
type trouble struct {
	Code    errs.Code `json:"code"`
	Message diag.Text `json:"message"`
	ID      string    `json:"id,omitempty"` // in the log
}

// jobs keeps scans in the store.
type jobs struct{ get, all, running driver.Stmt }

func openJobs(db *store.DB) (*jobs, error) {
	j := &jobs{}
	col := func(n string) driver.Expr { return driver.Col{Name: n} }
	id, of := col("id"), []driver.Expr{}
	for _, n := range []string{"id", "object", "status", "owner", "created", "changed", "state"} {
		of = append(of, col(n))
	}
	for st, q := range map[*driver.Stmt]*driver.Query{
		&j.get: {Where: driver.Cmp{Op: driver.Eq, L: id, R: driver.Param{N: 0}}},
		&j.all: {Where: driver.Cmp{Op: driver.Lt, L: id, R: driver.Param{N: 0}}, Order: []driver.Order{{Expr: id, Desc: true}}, Limit: driver.Param{N: 1}},
		&j.running: {Where: driver.Cmp{Op: driver.Eq, L: col("status"), R: driver.Const{Value: value.Text(string(Running))}},
			Order: []driver.Order{{Expr: col("changed")}, {Expr: id}}},
	} {
		q.Table, q.Select = jobTable, of
		var err error
		if *st, err = db.Prepare(q); err != nil {
			return nil, fmt.Errorf("read scans: %w", err)
		}
	}
	return j, nil
}

// read reads the scans that a statement finds.
func (j *jobs) read(ctx context.Context, tx store.Tx, st driver.Stmt, args ...value.Value) (out []*job, err error) {
	rows, err := tx.Query(ctx, st, args)
	if err != nil {
		return nil, err
	}
	for err == nil && rows.Next() {
		x := &job{id: rows.Value(0).Int(), object: strings.Clone(rows.Value(1).Text()), status: Status(strings.Clone(rows.Value(2).Text())),
			created: rows.Value(4).AsTime(), changed: rows.Value(5).AsTime()}
		err = errors.Join(json.Unmarshal([]byte(rows.Value(3).Text()), &x.owner), json.Unmarshal([]byte(rows.Value(6).Text()), &x.state))
		out = append(out, x)
	}
	return out, errors.Join(err, rows.Err(), rows.Close())
}

func (j *jobs) find(ctx context.Context, tx store.Tx, id int64) (*job, error) {
	found, err := j.read(ctx, tx, j.get, value.Ref(id))
	if err == nil && len(found) == 0 {
		err = none()
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (j *jobs) insert(ctx context.Context, tx store.Tx, x *job, now time.Time) error {
	id, err := tx.NextSequence(ctx, jobTable, 1)
	if err != nil {
		return err
	}
	x.id, x.created, x.changed = id, now, now
	owner, err1 := json.Marshal(x.owner)
	state, err2 := json.Marshal(x.state)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("write a scan: %w", err)
	}
	return tx.Insert(ctx, jobTable, []string{"id", "object", "status", "owner", "created", "changed", "state"},
		[]value.Value{value.Ref(id), value.Text(x.object), value.Text(string(x.status)), value.JSON(string(owner)), value.Instant(now), value.Instant(now), value.JSON(string(state))})
}

func (j *jobs) save(ctx context.Context, tx store.Tx, x *job, now time.Time) error {
	state, err := json.Marshal(x.state)
	if err != nil {
		return fmt.Errorf("write scan %d: %w", x.id, err)
	}
	_, err = tx.Update(ctx, jobTable, x.id, []string{"status", "changed", "state"},
		[]value.Value{value.Text(string(x.status)), value.Instant(now), value.JSON(string(state))})
	return err
}
