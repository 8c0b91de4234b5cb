package host

import (
	"encoding/json"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/workflow/calendar"
)

// Bounds of what is computed with a calendar.
const (
	maxSpan     = 20 * 366 * 24 * time.Hour
	maxWorkdays = 5000
)

// calendar reads the first argument: a calendar, as workflow/calendar has it.
func (h *Host) calendar(args []json.RawMessage) (*calendar.Calendar, error) {
	if !h.s.Decl.Calendar {
		return nil, errs.New(errs.Forbidden, "the script %s does not declare that it uses calendars", "脚本 %s 未声明使用日历", h.s.Name)
	}
	if len(args) == 0 {
		return nil, errs.New(errs.InvalidInput, "there is no calendar", "缺少日历")
	}
	if c := h.calendars[string(args[0])]; c != nil {
		return c, nil
	}
	var spec calendar.Spec
	if err := argument(args, 0, &spec); err != nil {
		return nil, err
	}
	c, found := calendar.New(spec)
	if c == nil {
		return nil, &errs.Error{Code: errs.InvalidInput, Message: found[0].Summary}
	}
	h.calendars[string(args[0])] = c
	return c, nil
}

// moment reads an instant, such as "2026-03-02T09:00:00+08:00".
func moment(args []json.RawMessage, i int) (time.Time, error) {
	var s string
	if err := argument(args, i, &s); err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, errs.New(errs.InvalidInput, "argument %d is no instant between 1970 and 2200 such as 2026-03-02T09:00:00Z", "第 %d 个参数不是 1970 至 2200 年间的时刻，格式如 2026-03-02T09:00:00Z", i+1)
	}
	return t, nil
}

func (h *Host) at(args []json.RawMessage) (*calendar.Calendar, time.Time, error) {
	c, err := h.calendar(args)
	if err != nil {
		return nil, time.Time{}, err
	}
	t, err := moment(args, 1)
	return c, t, err
}

func (h *Host) between(args []json.RawMessage) (c *calendar.Calendar, a, b time.Time, err error) {
	if c, a, err = h.at(args); err != nil {
		return
	}
	if b, err = moment(args, 2); err == nil && a.Sub(b).Abs() > maxSpan {
		err = errs.New(errs.InvalidInput, "the moments lie more than 20 years apart", "两个时刻相距超过 20 年")
	}
	return
}

func (h *Host) open(args []json.RawMessage) (any, error) {
	c, t, err := h.at(args)
	if err != nil {
		return nil, err
	}
	return c.Open(t), nil
}

func (h *Host) workday(args []json.RawMessage) (any, error) {
	c, t, err := h.at(args)
	if err != nil {
		return nil, err
	}
	return c.IsWorkday(t), nil
}

func (h *Host) minutes(args []json.RawMessage) (any, error) {
	c, a, b, err := h.between(args)
	if err != nil {
		return nil, err
	}
	return c.Minutes(a, b), nil
}

func (h *Host) workdays(args []json.RawMessage) (any, error) {
	c, a, b, err := h.between(args)
	if err != nil {
		return nil, err
	}
	return c.Workdays(a, b), nil
}

// add is (calendar, instant, duration such as "PT8H").
func (h *Host) add(args []json.RawMessage) (any, error) {
	c, t, err := h.at(args)
	if err != nil {
		return nil, err
	}
	var s string
	if err := argument(args, 2, &s); err != nil {
		return nil, err
	}
	d, err := calendar.ParseDuration(s)
	if err != nil || d < 0 || d > maxSpan/20 {
		return nil, errs.New(errs.InvalidInput, "%q is no business time of at most a year, such as PT8H", "%q 不是一年以内的工作时长，格式如 PT8H", s)
	}
	return c.Add(t, d).Format(time.RFC3339), nil
}

// addDays is (calendar, instant, working days).
func (h *Host) addDays(args []json.RawMessage) (any, error) {
	c, t, err := h.at(args)
	if err != nil {
		return nil, err
	}
	var n int
	if err := argument(args, 2, &n); err != nil {
		return nil, err
	}
	if n < 0 || n > maxWorkdays {
		return nil, errs.New(errs.InvalidInput, "a number of working days from 0 to %d is needed", "工作日数须为 0 至 %d", maxWorkdays)
	}
	return c.AddDays(t, n).Format(time.RFC3339), nil
}
