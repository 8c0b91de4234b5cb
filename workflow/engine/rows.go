package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
)

// Rows are what is stored of all processes of a tenant at one moment, for those who check it.
type Rows struct {
	Instances []*Instance
	Uniques   map[string][]string // instances by the mark that no two may share
	Audit     map[string][]AuditEntry
	Tasks     map[string][]Task // one for each row, by instance
	Jobs      []JobRow
	Commands  map[string]int // how often each actor's key is there
	Incidents []Incident     // that are open
}

// JobRow is a job with who has it.
type JobRow struct {
	Job
	Status string // open, waiting or dead
	Owner  string // "" for nobody
}

// ReadRows reads everything; it is for stores of a size that fits into memory.
func ReadRows(ctx context.Context, db *store.DB) (*Rows, error) {
	var out *Rows
	err := db.View(ctx, func(tx store.Tx) error {
		r := &reader{ctx: ctx, db: db, tx: tx, names: map[int64]string{}, out: &Rows{Uniques: map[string][]string{}, Audit: map[string][]AuditEntry{}, Tasks: map[string][]Task{}, Commands: map[string]int{}}}
		out = r.out
		return r.all()
	})
	if err != nil {
		return nil, fmt.Errorf("engine: read the rows of processes: %w", err)
	}
	return out, nil
}

type reader struct {
	ctx   context.Context
	db    *store.DB
	tx    store.Tx
	names map[int64]string // of instances
	out   *Rows
}

func (r *reader) each(table string, columns []string, order string, read func(driver.Rows)) error {
	st, err := r.db.Prepare(&driver.Query{Table: table, Select: cols(columns...), Order: []driver.Order{{Expr: col(order)}, {Expr: col("id")}}})
	if err != nil {
		return err
	}
	rows, err := r.tx.Query(r.ctx, st, nil)
	if err != nil {
		return err
	}
	for rows.Next() {
		read(rows)
	}
	return errors.Join(rows.Err(), rows.Close())
}

func (r *reader) all() error {
	text := func(rows driver.Rows, i int) string {
		if rows.Value(i).IsNull() {
			return ""
		}
		return strings.Clone(rows.Value(i).Text())
	}
	out := r.out
	return errors.Join(
		r.each(instances, append(instanceColumns[:len(instanceColumns):len(instanceColumns)], "unique"), "started", func(rows driver.Rows) {
			i := readInstance(rows)
			r.names[i.id] = i.Name
			out.Instances = append(out.Instances, i)
			if u := text(rows, len(instanceColumns)); u != "" {
				out.Uniques[u] = append(out.Uniques[u], i.Name)
			}
		}),
		r.each(audits, []string{"inst", "seq", "verb", "at", "entry"}, "seq", func(rows driver.Rows) {
			name := r.names[rows.Value(0).Int()]
			out.Audit[name] = append(out.Audit[name], AuditEntry{rows.Value(1).Int(), text(rows, 2), rows.Value(3).AsTime(), json.RawMessage(text(rows, 4))})
		}),
		r.each(tasks, []string{"inst", "task", "node", "visit", "assignee", "status", "open", "due"}, "task", func(rows driver.Rows) {
			name := r.names[rows.Value(0).Int()]
			x := Task{Number: int(rows.Value(1).Int()), Node: text(rows, 2), Visit: int(rows.Value(3).Int()), Assignees: []string{text(rows, 4)}, Status: text(rows, 5), Open: rows.Value(6).Bool()}
			if v := rows.Value(7); !v.IsNull() {
				x.Due = v.AsTime()
			}
			out.Tasks[name] = append(out.Tasks[name], x)
		}),
		r.each(jobs, append(jobColumns[:len(jobColumns):len(jobColumns)], "id"), "at", func(rows driver.Rows) {
			j := readJob(rows)
			j.Instance = r.names[j.inst]
			out.Jobs = append(out.Jobs, JobRow{j.Job, text(rows, 6), text(rows, 9)})
		}),
		r.each(commands, []string{"actor", "key"}, "at", func(rows driver.Rows) { out.Commands[text(rows, 0)+" "+text(rows, 1)]++ }),
		r.each(incidents, []string{"id", "job", "code", "detail", "at", "open"}, "at", func(rows driver.Rows) {
			if rows.Value(5).Bool() {
				out.Incidents = append(out.Incidents, Incident{rows.Value(0).Int(), rows.Value(1).Int(), text(rows, 2), text(rows, 3), rows.Value(4).AsTime()})
			}
		}))
}

// Check tells what is wrong with rows, whatever the processes mean by them, at a moment by the engine's
// clock: the invariants are those of the design, by their numbers.
func (r *Rows) Check(now time.Time) error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for _, i := range r.Instances {
		for n, e := range r.Audit[i.Name] {
			if e.Seq != int64(n+1) {
				bad("I5: entry %d of the audit of %s is number %d", n+1, i.Name, e.Seq)
			}
		}
		for _, t := range r.Tasks[i.Name] {
			if i.About.Over && t.Open {
				bad("I2: task %d of %s waits for %v, and the instance is %s", t.Number, i.Name, t.Assignees, i.About.Status)
			}
		}
	}
	for mark, names := range r.Uniques {
		if len(names) > 1 {
			bad("I8: %v share %s", names, mark)
		}
	}
	for key, n := range r.Commands {
		if n > 1 {
			bad("I11: the command of %s was kept %d times", key, n)
		}
	}
	r.checkJobs(now, bad)
	return errors.Join(wrong...)
}

func (r *Rows) checkJobs(now time.Time, bad func(format string, args ...any)) {
	keys, heads := map[string]int{}, map[string]int64{}
	reported := map[int64]bool{}
	for _, i := range r.Incidents {
		reported[i.Job] = true
	}
	for _, j := range r.Jobs {
		if j.Status == dead && !reported[j.ID] {
			bad("I1: job %d (%s) is dead, and no incident tells", j.ID, j.Kind)
		}
		if j.Key != "" {
			if keys[j.Key]++; keys[j.Key] > 1 {
				bad("I11: the key %s has two jobs", j.Key)
			}
		}
		if j.Order != "" && j.Status != dead {
			if head, ok := heads[j.Order]; !ok || j.ID < head {
				heads[j.Order] = j.ID
			}
		}
		if j.Owner != "" && now.Sub(j.At.Add(-Lease)) > 2*Lease {
			bad("I13: %s has had job %d since %s", j.Owner, j.ID, j.At.Add(-Lease).Format(time.RFC3339))
		}
	}
	for _, j := range r.Jobs {
		if j.Order != "" && j.Status != dead && (j.Status == open) != (heads[j.Order] == j.ID) {
			bad("I12: job %d of the order %s is %s, and the first is %d", j.ID, j.Order, j.Status, heads[j.Order])
		}
	}
}
