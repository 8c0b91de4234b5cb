package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
)

func (b *bench) id(i int) string { return fmt.Sprintf("w%d", i) }

func (b *bench) steps() (*result, error) {
	begin := time.Now()
	handles, err := all(b, b.three, b.id)
	if err == nil {
		err = results(handles)
	}
	took := time.Since(begin).Seconds()
	return &result{Rate: float64(3*b.n) / took, Seconds: took}, err
}

// decisions counts a decision when its message is stored, and the time until all are written.
func (b *bench) decisions() (*result, error) {
	begin := time.Now()
	handles, err := all(b, b.decide, b.id)
	if err != nil {
		return nil, err
	}
	r := &result{Started: float64(b.n) / time.Since(begin).Seconds()}
	took := make([]time.Duration, 3*b.n)
	begin = time.Now()
	err = b.each(3*b.n, func(i int) error {
		sent := time.Now()
		err := dbos.Send(b.ctx, b.id(i%b.n), "approve", "decision")
		took[i] = time.Since(sent)
		return err
	})
	if err == nil {
		err = results(handles)
	}
	r.Seconds = time.Since(begin).Seconds()
	r.Rate = float64(3*b.n) / r.Seconds
	slices.Sort(took)
	r.P99 = float64(took[len(took)*99/100].Microseconds()) / 1000
	return r, err
}

// timers lets all workflows sleep until one moment, by which they have all begun to.
func (b *bench) timers() (*result, error) {
	at := b.moment()
	handles, err := all(b, b.sleep, func(int) time.Time { return at })
	if err != nil {
		return nil, err
	}
	if time.Now().After(at) {
		return nil, fmt.Errorf("the timers were due before all of them were set")
	}
	time.Sleep(time.Until(at))
	err = results(handles)
	return &result{Seconds: time.Since(at).Seconds()}, err
}

// moment is by when all workflows have begun to sleep.
func (b *bench) moment() time.Time {
	return time.Now().Add(5*time.Second + time.Duration(b.n)*6*time.Millisecond)
}

// start starts workflows that have their steps before them when all are stored, tells so, and is killed.
func (b *bench) start() (*result, error) {
	at := b.moment()
	if _, err := all(b, b.later, func(int) time.Time { return at }); err != nil {
		return nil, err
	}
	fmt.Println(`{"started": true}`)
	select {}
}

// recover goes on with the workflows that were in flight. They are due when it begins.
func (b *bench) recover(path, mode string) (*result, error) {
	time.Sleep(time.Until(b.moment())) // no earlier than the moment that the killed process set
	begin := time.Now()
	if err := b.open(path, mode); err != nil {
		return nil, err
	}
	written := func() (n int, err error) {
		err = b.db.QueryRow("SELECT coalesce(sum(score), 0) FROM claim").Scan(&n)
		return n, err
	}
	before, err := written()
	if err != nil {
		return nil, err
	}
	if err := dbos.Launch(b.ctx); err != nil {
		return nil, err
	}
	r := &result{}
	for {
		n, err := written()
		if err != nil {
			return nil, err
		}
		if n > before && r.Ready == 0 {
			r.Ready = time.Since(begin).Seconds()
		}
		if n == 3*b.n { // the score of the last step is 3
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.Seconds = time.Since(begin).Seconds()
	return r, nil
}
