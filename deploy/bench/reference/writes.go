package main

import (
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// maxGroup is the most writes of one commit.
const maxGroup = 32

// opportunity is the body of a create; amounts are in cents.
type opportunity struct {
	Name        string `json:"name"`
	Account     int64  `json:"account"`
	SalesRep    string `json:"salesRep"`
	Stage       string `json:"stage"`
	Amount      int64  `json:"amount"`
	Probability int64  `json:"probability"`
	CloseDate   string `json:"closeDate"`
	OpenedAt    string `json:"openedAt"`
	NextStep    string `json:"nextStep"`
}

// patch is the body of an update.
type patch struct {
	Amount   int64  `json:"amount"`
	NextStep string `json:"nextStep"`
}

// job is one write that waits for the writer.
type job struct {
	do   func(*writer) error
	done chan error
}

// writer is the one write connection; it commits together what has gathered while the last commit
// was written to disk.
type writer struct {
	conn                    *sqlite.Conn
	begin, commit, rollback *sqlite.Stmt
	insertOne, updateOne    *sqlite.Stmt
	jobs                    chan job
	stopped                 chan struct{}
}

func newWriter(file string) (*writer, error) {
	c, err := openConn(file)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c, jobs: make(chan job, maxGroup), stopped: make(chan struct{})}
	for _, s := range []struct {
		st  **sqlite.Stmt
		sql string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
		{&w.insertOne, `INSERT INTO opportunity (name, account_id, sales_rep, stage, amount, probability, close_date, opened_at, next_step)
			VALUES (?,?,?,?,?,?,?,?,?)`},
		{&w.updateOne, "UPDATE opportunity SET amount = ?, next_step = ? WHERE id = ?"},
	} {
		if *s.st, err = c.Prepare(s.sql); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare %s: %w", s.sql, err), c.Close())
		}
	}
	go w.run()
	return w, nil
}

// write waits until do is committed.
func (w *writer) write(do func(*writer) error) error {
	j := job{do, make(chan error, 1)}
	w.jobs <- j
	return <-j.done
}

// close ends the writer; nothing may be written any more.
func (w *writer) close() error {
	close(w.jobs)
	<-w.stopped
	return w.conn.Close()
}

func (w *writer) run() {
	defer close(w.stopped)
	for first := range w.jobs {
		group := []job{first}
		err := exec(w.begin)
		if err == nil {
			group, err = w.fill(group)
		}
		if err == nil {
			err = exec(w.commit)
		}
		if err != nil && !w.conn.AutocommitEnabled() {
			err = errors.Join(err, exec(w.rollback))
		}
		for _, j := range group {
			j.done <- err
		}
	}
}

// fill carries out the first job and those that are waiting, and gives those that succeeded; the
// others have been answered. A job is one statement, whose failure undoes that statement alone.
func (w *writer) fill(group []job) ([]job, error) {
	next := group[0]
	group = group[:0]
	for {
		err := next.do(w)
		if w.conn.AutocommitEnabled() {
			return append(group, next), errors.Join(errors.New("the transaction was rolled back"), err)
		}
		if err != nil {
			next.done <- err
		} else {
			group = append(group, next)
		}
		if len(group) == maxGroup {
			return group, nil
		}
		select {
		case j, ok := <-w.jobs:
			if !ok {
				return group, nil
			}
			next = j
		default:
			return group, nil
		}
	}
}

// exec steps a statement that gives no rows.
func exec(st *sqlite.Stmt) error {
	_, err := st.Step()
	return errors.Join(err, st.Reset())
}

// insert gives the id of the new row.
func (w *writer) insert(o *opportunity) (int64, error) {
	st := w.insertOne
	st.BindText(1, o.Name)
	st.BindInt64(2, o.Account)
	st.BindText(3, o.SalesRep)
	st.BindText(4, o.Stage)
	st.BindInt64(5, o.Amount)
	st.BindInt64(6, o.Probability)
	st.BindText(7, o.CloseDate)
	st.BindText(8, o.OpenedAt)
	st.BindText(9, o.NextStep)
	err := exec(st)
	return w.conn.LastInsertRowID(), err
}

func (w *writer) update(id int64, p *patch) error {
	w.updateOne.BindInt64(1, p.Amount)
	w.updateOne.BindText(2, p.NextStep)
	w.updateOne.BindInt64(3, id)
	if err := exec(w.updateOne); err != nil {
		return err
	}
	if w.conn.Changes() == 0 {
		return errNotFound
	}
	return nil
}
