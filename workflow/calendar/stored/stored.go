// Package stored makes business calendars of records: one of the object that serves "calendar", and
// those of "calendar_exception" below it. How they are found is the business of who asks.
package stored

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// Calendar makes a calendar of its record and its exceptions.
func Calendar(rec record.Record, exceptions []record.Record) (*calendar.Calendar, error) {
	spec := calendar.Spec{Key: text(rec, "code"), Zone: text(rec, "timezone"), Week: map[string][]string{}}
	var week map[string][][2]string
	if err := json.Unmarshal([]byte(text(rec, "weekly_hours")), &week); err != nil {
		return nil, fmt.Errorf("read the hours of the calendar %s: %w", spec.Key, err)
	}
	for day, hours := range week {
		spec.Week[day] = shifts(hours)
	}
	for _, r := range exceptions {
		x, err := exception(r)
		if err != nil {
			return nil, fmt.Errorf("read an exception of the calendar %s: %w", spec.Key, err)
		}
		spec.Exceptions = append(spec.Exceptions, x)
	}
	c, findings := calendar.New(spec)
	if c == nil {
		return nil, fmt.Errorf("the calendar %s: %w", spec.Key, findings.Err())
	}
	return c, nil
}

func exception(r record.Record) (calendar.Exception, error) {
	day := time.Unix(r.Get(r.Object().Field("on_date")).Int()*86400, 0).UTC()
	x := calendar.Exception{Date: day.Format(time.DateOnly), Kind: text(r, "kind")}
	raw := text(r, "hours")
	if raw == "" || x.Kind != "workday" {
		return x, nil
	}
	var hours [][2]string
	if err := json.Unmarshal([]byte(raw), &hours); err != nil {
		return x, fmt.Errorf("the hours of %s: %w", x.Date, err)
	}
	x.Hours = shifts(hours)
	return x, nil
}

// text is a field's text; "" where the object has no such field.
func text(r record.Record, field string) string {
	f := r.Object().Field(field)
	if f == nil {
		return ""
	}
	return r.Get(f).Text()
}

func shifts(hours [][2]string) []string {
	var out []string
	for _, h := range hours {
		out = append(out, h[0]+"-"+h[1])
	}
	return out
}
