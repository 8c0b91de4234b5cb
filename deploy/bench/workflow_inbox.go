package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tenon-platform/tenon/deploy/bench/load"
)

// readers are how many people look into their inboxes at the same time.
const readers = 4

// inbox measures the first page of "my tasks". Polls of ten people each are submitted through the API,
// until everybody has a task; while the server is stopped, their instances and tasks are written as often
// as it takes, under names of their own: what inboxes read is as if so many had been submitted, in
// seconds rather than hours. Only the records that they are about are the same few.
func (b *workflow) inbox(ctx context.Context) error {
	records, err := b.claims(people/together, func(i int) map[string]any {
		var asked []string
		for k := range together {
			asked = append(asked, b.users[i*together+k].id)
		}
		return map[string]any{"peopleIds": asked}
	})
	if err != nil {
		return err
	}
	polls := make([]poll, len(records))
	for i, r := range records {
		got, err := b.ask(b.users[0].key, `mutation($r: ID!) { submit(process: "bench_poll", record: $r) { id } }`, map[string]any{"r": r})
		if err != nil {
			return fmt.Errorf("submit a poll: %w", err)
		}
		id, _ := member(member(got, "submit"), "id").(string)
		polls[i] = poll{id, r}
	}
	if err := b.proc.stop(); err != nil {
		return err
	}
	begin := time.Now()
	if err := multiply(filepath.Join(b.p.dir, "main.db"), polls, b.Inbox/(people/together)/together); err != nil {
		return fmt.Errorf("write the inboxes: %w", err)
	}
	progress("%s tasks were written in %.0f s", thousands(b.Inbox), time.Since(begin).Seconds())
	if b.proc, err = b.p.start(); err != nil {
		return err
	}
	if err := b.p.answers(ctx, b.proc); err != nil {
		return err
	}
	return b.look(ctx)
}

// look measures the first page of inboxes.
func (b *workflow) look(context.Context) error {
	var requests [][]byte
	for _, u := range b.users {
		if u.key == "" {
			continue
		}
		got, err := b.ask(u.key, `{ myTasks { hasNextPage nodes { id } } }`, nil)
		if err != nil {
			return err
		}
		if n, _ := member(member(got, "myTasks"), "nodes").([]any); len(n) != min(50, b.Inbox/people) {
			return fmt.Errorf("the first page of an inbox has %d tasks", len(n))
		}
		r, err := httpRequest("POST", "/graphql", b.p.addr, u.key, map[string]any{"query": `{ myTasks { nodes { id instance process recordId title node nodeName status created due } hasNextPage endCursor } }`})
		if err != nil {
			return err
		}
		requests = append(requests, r)
	}
	if err := b.p.profiling(b.proc, "inbox"); err != nil {
		return err
	}
	o := load.Options{Addr: b.p.addr, Requests: requests, Connections: readers, Duration: time.Second}
	if _, err := b.run(o); err != nil { // to warm up
		return fmt.Errorf("my tasks: %w", err)
	}
	o.Duration = time.Duration(b.seconds * float64(time.Second))
	s, err := b.run(o)
	if err != nil {
		return fmt.Errorf("my tasks: %w", err)
	}
	if err := b.p.endProfile(b.proc); err != nil {
		return err
	}
	b.add(workflowRow{Title: fmt.Sprintf("my tasks of %s, %d readers, pages of 50, p99", thousands(b.Inbox), readers), Unit: "ms", Goal: 50, Tenon: s.P99, CPU: s.CPU})
	return nil
}

// poll is an instance that was submitted, with its record.
type poll struct{ instance, record string }

// multiply makes as many instances of each poll as there are to be, the first of which is there.
func multiply(path string, polls []poll, times int) (err error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer func() {
		if e := c.Close(); err == nil {
			err = e
		}
	}()
	defer sqlitex.Save(c)(&err)
	for i, p := range polls {
		if err := sqlitex.Execute(c, `WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ?3)
			INSERT INTO _wf_inst SELECT (SELECT max(id) FROM _wf_inst) + n, 'apv_copy_' || ?4 || '_' || n, t.kind, t.process, t.version, t.object, t.record, NULL, t.status, t.over, t.rev,
				replace(t.state, ?1, 'apv_copy_' || ?4 || '_' || n), t.started + n, t.changed + n
			FROM copy, _wf_inst t WHERE t.name = ?1 AND n < ?3 AND ?2 = t.record`,
			&sqlitex.ExecOptions{Args: []any{p.instance, p.record, times, i}}); err != nil {
			return err
		}
		if err := sqlitex.Execute(c, `INSERT INTO _wf_task SELECT (SELECT max(id) FROM _wf_task) + row_number() OVER (), c.id, k.task, k.node, k.visit, k.assignee, k.status, k.open, k.created + c.id - t.id, k.due
			FROM _wf_inst t, _wf_task k, _wf_inst c WHERE t.name = ?1 AND k.inst = t.id AND c.name >= 'apv_copy_' || ?2 || '_' AND c.name < 'apv_copy_' || ?2 || '`+"`"+`'`,
			&sqlitex.ExecOptions{Args: []any{p.instance, i}}); err != nil {
			return err
		}
	}
	return sqlitex.ExecuteScript(c, `UPDATE _tenon_sequences SET value = (SELECT max(id) FROM _wf_inst) WHERE name = '_wf_inst';
		UPDATE _tenon_sequences SET value = (SELECT max(id) FROM _wf_task) WHERE name = '_wf_task';`, nil)
}
