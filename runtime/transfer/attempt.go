package transfer

import (
	"errors"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/runtime/record"
)

// attempt writes a batch of rows of which some may be refused. A batch is one transaction; when a
// row of it fails, those before are committed by themselves and the others are tried on, so that
// each row is written at most twice, and n bad rows cost at most n transactions more.
type attempt[T any] struct {
	// live says whether a row has an operation; the others are only counted.
	live func(T) bool
	// try commits the rows, all or none.
	try func([]T) error
	// fail makes a row one without an operation. Its error ends the attempt.
	fail func(T, *errs.Error) error
	// moved plans the rows anew after a publish.
	moved func([]T) error
}

func (a attempt[T]) run(rows []T) error {
	for len(rows) > 0 {
		err := a.try(rows)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, record.ErrCatalogMoved):
			if err := a.moved(rows); err != nil {
				return err
			}
			continue
		}
		e := ofRow(err)
		if e == nil {
			return err
		}
		at := a.blamed(rows, e)
		if at < 0 { // any of them: halve until it is clear which
			half := len(rows) / 2
			if err := a.run(rows[:half]); err != nil {
				return err
			}
			rows = rows[half:]
			continue
		}
		if err := a.fail(rows[at], e); err != nil {
			return err
		}
		if a.count(rows[:at]) > 0 {
			if err := a.run(rows[:at]); err != nil {
				return err
			}
			rows = rows[at:]
		}
	}
	return nil
}

// ofRow gives the error of a row; nil for one that concerns the store or the caller as a whole.
func ofRow(err error) *errs.Error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code == errs.Internal || e.Code == errs.Unavailable || e.Code == errs.Timeout {
		return nil
	}
	return e
}

func (a attempt[T]) count(rows []T) (n int) {
	for _, r := range rows {
		if a.live(r) {
			n++
		}
	}
	return n
}

// blamed finds the row that an error is about; -1 when it does not say.
func (a attempt[T]) blamed(rows []T, e *errs.Error) int {
	want := 0
	switch {
	case e.Index != nil:
		want = *e.Index
	case a.count(rows) > 1:
		return -1
	}
	for i, r := range rows {
		if !a.live(r) {
			continue
		}
		if want == 0 {
			return i
		}
		want--
	}
	return -1
}
