package sla

import (
	"slices"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
)

// worse are the states of promises that are open, the worst first.
var worse = []string{string(Breached), "at_risk", "on_track", string(Paused)}

// Worst is the state that stands for some clocks: the worst of those that are open; where none is,
// breached if a promise was broken, met if one was kept, and none.
func Worst(clocks []*Clock, at time.Time) string {
	states, ended := map[string]bool{}, map[Status]bool{}
	for _, c := range clocks {
		if open(c) {
			states[c.State(at)] = true
		} else {
			ended[c.Status] = true
		}
	}
	if i := slices.IndexFunc(worse, func(s string) bool { return states[s] }); i >= 0 {
		return worse[i]
	}
	for _, s := range []Status{Breached, Met} {
		if ended[s] {
			return string(s)
		}
	}
	return "none"
}

// show gives the record's field for it the worst state of its clocks.
func show(se *record.Session, s *catalog.SLA, r record.Record, all map[string]*task) error {
	if s.Status == nil {
		return nil
	}
	var clocks []*Clock
	for _, m := range s.Milestones {
		if t := all[m.Name]; t != nil {
			clocks = append(clocks, &t.clock)
		}
	}
	now, ok, err := se.Find(s.Object, r.ID())
	if err != nil || !ok {
		return err
	}
	state := value.Text(Worst(clocks, se.Now().AsTime()))
	if was := now.Get(s.Status); !was.IsNull() && was.Text() == state.Text() {
		return nil
	}
	_, err = se.Update(now, map[*catalog.Field]value.Value{s.Status: state})
	return err
}

// calendarOf finds a calendar by its code.
func calendarOf(se *record.Session, code string) (value.Value, error) {
	o := se.Catalog().Serving(catalog.ServesCalendar)
	if o == nil || o.Field("code") == nil {
		return value.Null, nil
	}
	f := o.Field("code")
	rs, err := se.Select("sla.calendar.code", o, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Param{N: 0}} },
		[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Text(code))
	if err != nil {
		return value.Null, err
	}
	if len(rs) == 0 {
		return value.Null, errs.New(errs.NotFound, "there is no calendar %s", "没有日历 %s", code)
	}
	return value.Ref(rs[0].ID()), nil
}

// ownersCalendar is the calendar of whoever owns a record; null: none of one's own.
func ownersCalendar(se *record.Session, r record.Record) (value.Value, error) {
	owner := r.Get(r.Object().Field(catalog.Owner))
	users := se.Catalog().Serving(catalog.ServesUser)
	if owner.IsNull() || users == nil || users.Field("calendar_id") == nil {
		return value.Null, nil
	}
	u, ok, err := se.Find(users, owner.Int())
	if err != nil || !ok {
		return value.Null, err
	}
	return u.Get(users.Field("calendar_id")), nil
}
