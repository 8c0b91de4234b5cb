package sla

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar/stored"
)

// maxExceptions bounds the days of one calendar that differ.
const maxExceptions = 5000

// HoursOf gives the hours of a calendar, a record of the object that serves "calendar", by its id;
// null is the default calendar and, where there is none, around the clock. The value is the
// calendar's id.
func HoursOf(c *record.Session, id value.Value) (Hours, value.Value, error) {
	o := c.Catalog().Serving(catalog.ServesCalendar)
	if o == nil {
		return Always{}, value.Null, nil
	}
	var rec record.Record
	if id.IsNull() {
		f := o.Field("is_default")
		rs, err := c.Select("sla.calendar.default", o, func() driver.Expr {
			return driver.Cmp{Op: driver.Eq, L: f.Col(), R: driver.Const{Value: value.Bool(true)}}
		}, []driver.Order{{Expr: driver.Col{Name: catalog.ID}}})
		if err != nil || len(rs) == 0 {
			return Always{}, value.Null, err
		}
		rec = rs[0]
	} else {
		found, ok, err := c.Find(o, id.Int())
		if err != nil {
			return nil, id, err
		}
		if !ok {
			return nil, id, errs.New(errs.NotFound, "there is no such calendar", "没有该日历")
		}
		rec = found
	}
	h, err := read(c, rec)
	return h, value.Ref(rec.ID()), err
}

// read makes a calendar of its record and those of its exceptions.
func read(c *record.Session, rec record.Record) (Hours, error) {
	var exceptions []record.Record
	if x := c.Catalog().Serving(catalog.ServesCalendarException); x != nil {
		of := x.Field("calendar_id")
		rs, err := c.Select("sla.calendar.exceptions", x, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: of.Col(), R: driver.Param{N: 0}} },
			[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(rec.ID()))
		if err != nil {
			return nil, err
		}
		if len(rs) > maxExceptions {
			return nil, errs.New(errs.LimitExceeded, "a calendar can have at most %d exceptions", "日历例外最多 %d 条", maxExceptions)
		}
		exceptions = rs
	}
	cal, err := stored.Calendar(rec, exceptions)
	if err != nil {
		return nil, errs.New(errs.ValidationFail, "the calendar is broken", "日历有误").Because(err)
	}
	return cal, nil
}
