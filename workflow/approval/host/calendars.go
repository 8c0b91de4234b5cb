package host

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// Calendar finds a business calendar by its code, or the default one; nil when there is none, so
// that time is counted by the wall.
func (w *World) Calendar(code string) *calendar.Calendar {
	o := w.serving(catalog.ServesCalendar, "code", "timezone", "weekly_hours", "is_default")
	if o == nil {
		return nil
	}
	field, v := "code", value.Text(code)
	if code == "" {
		field, v = "is_default", value.Bool(true)
	}
	found := w.by(o, field, v)
	if len(found) == 0 {
		return nil
	}
	spec := calendar.Spec{Key: text(found[0], "code"), Zone: text(found[0], "timezone"), Week: map[string][]string{}}
	var week map[string][][2]string
	if err := json.Unmarshal([]byte(text(found[0], "weekly_hours")), &week); err != nil {
		w.keep(fmt.Errorf("read the hours of the calendar %s: %w", spec.Key, err))
		return nil
	}
	for day, hours := range week {
		spec.Week[day] = shifts(hours)
	}
	exceptions := w.serving(catalog.ServesCalendarException, "calendar_id", "on_date", "kind")
	if exceptions != nil {
		for _, r := range w.by(exceptions, "calendar_id", value.Ref(found[0].ID())) {
			spec.Exceptions = append(spec.Exceptions, w.exception(r))
		}
	}
	c, findings := calendar.New(spec)
	if c == nil {
		w.keep(fmt.Errorf("the calendar %s: %w", spec.Key, findings.Err()))
	}
	return c
}

func (w *World) exception(r record.Record) calendar.Exception {
	day := time.Unix(r.Get(r.Object().Field("on_date")).Int()*86400, 0).UTC()
	x := calendar.Exception{Date: day.Format(time.DateOnly), Kind: text(r, "kind")}
	var hours [][2]string
	if raw := text(r, "hours"); raw != "" && x.Kind == "workday" {
		if err := json.Unmarshal([]byte(raw), &hours); err != nil {
			w.keep(fmt.Errorf("read the hours of %s: %w", x.Date, err))
		}
	}
	x.Hours = shifts(hours)
	return x
}

func shifts(hours [][2]string) []string {
	var out []string
	for _, h := range hours {
		out = append(out, h[0]+"-"+h[1])
	}
	return out
}
