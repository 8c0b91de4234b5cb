package sla

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/action"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// maxExceptions bounds the days of one calendar that differ.
const maxExceptions = 5000

// hoursOf gives the hours of a calendar, a record of the object that serves "calendar", by its id;
// null is the default calendar and, where there is none, around the clock. The value is the
// calendar's id.
func hoursOf(c *action.Call, id value.Value) (Hours, value.Value, error) {
	o := c.Catalog().Serving(catalog.RoleCalendar)
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
	h, err := read(c, o, rec)
	return h, value.Ref(rec.ID()), err
}

// read makes a calendar of its record and those of its exceptions.
func read(c *action.Call, o *catalog.Object, rec record.Record) (Hours, error) {
	spec := calendar.Spec{Key: rec.Get(o.Field("code")).Text(), Zone: rec.Get(o.Field("timezone")).Text(), Week: map[string][]string{}}
	var week map[string][][2]string
	if err := json.Unmarshal([]byte(rec.Get(o.Field("weekly_hours")).Text()), &week); err != nil {
		return nil, fmt.Errorf("read the hours of calendar %s: %w", spec.Key, err)
	}
	for day, shifts := range week {
		spec.Week[day] = texts(shifts)
	}
	if x := c.Catalog().Serving(catalog.RoleCalendarException); x != nil {
		of := x.Field("calendar_id")
		rs, err := c.Select("sla.calendar.exceptions", x, func() driver.Expr { return driver.Cmp{Op: driver.Eq, L: of.Col(), R: driver.Param{N: 0}} },
			[]driver.Order{{Expr: driver.Col{Name: catalog.ID}}}, value.Ref(rec.ID()))
		if err != nil {
			return nil, err
		}
		if len(rs) > maxExceptions {
			return nil, errs.New(errs.LimitExceeded, "a calendar can have at most %d exceptions", "日历例外最多 %d 条", maxExceptions)
		}
		for _, r := range rs {
			e := calendar.Exception{Date: time.Unix(r.Get(x.Field("on_date")).Int()*86400, 0).UTC().Format(time.DateOnly), Kind: r.Get(x.Field("kind")).Text()}
			if v := r.Get(x.Field("hours")); !v.IsNull() && e.Kind == "workday" {
				var shifts [][2]string
				if err := json.Unmarshal([]byte(v.Text()), &shifts); err != nil {
					return nil, fmt.Errorf("read an exception of calendar %s: %w", spec.Key, err)
				}
				e.Hours = texts(shifts)
			}
			spec.Exceptions = append(spec.Exceptions, e)
		}
	}
	cal, found := calendar.New(spec)
	if cal == nil {
		return nil, errs.New(errs.ValidationFail, "the calendar %s is broken: %s", "日历 %s 有误：%s", spec.Key, found[0].Summary.En).Because(found.Err())
	}
	return cal, nil
}

func texts(shifts [][2]string) []string {
	out := make([]string, len(shifts))
	for i, s := range shifts {
		out[i] = s[0] + "-" + s[1]
	}
	return out
}
