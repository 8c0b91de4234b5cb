package host

import (
	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/runtime/record"
	"github.com/tenon-platform/tenon/workflow/calendar"
	"github.com/tenon-platform/tenon/workflow/calendar/stored"
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
	var exceptions []record.Record
	if o := w.serving(catalog.ServesCalendarException, "calendar_id", "on_date", "kind"); o != nil {
		exceptions = w.by(o, "calendar_id", value.Ref(found[0].ID()))
	}
	c, err := stored.Calendar(found[0], exceptions)
	if err != nil {
		w.keep(err)
	}
	return c
}
