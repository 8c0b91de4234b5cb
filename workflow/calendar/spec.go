package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/diag"
)

// Spec is a calendar as metadata.
type Spec struct {
	Key     string `json:"key"`
	Version int    `json:"version,omitempty"`
	Zone    string `json:"zone"` // IANA name
	// Week holds the hours of each weekday, "mon" to "sun", as "09:00-12:00". An end at or before
	// its begin lies on the next day; 24:00 is midnight. A weekday without an entry is closed.
	Week       map[string][]string `json:"week"`
	Exceptions []Exception         `json:"exceptions,omitempty"`
}

// Exception is a day, or a range of days, that differs from its weekday.
type Exception struct {
	Date string `json:"date"`         // "2026-05-01"
	To   string `json:"to,omitempty"` // the last day of a range; empty: Date alone
	Kind string `json:"kind"`         // "holiday" closes, "workday" opens
	// Hours of a workday; none: those of Monday.
	Hours []string `json:"hours,omitempty"`
	Name  string   `json:"name,omitempty"`
}

var weekdays = map[string]time.Weekday{"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday}

// maxRange bounds the days of one exception.
const maxRange = 366

// New checks a spec. With errors among the findings the calendar is nil. The address of each
// finding starts with "calendar.<key>".
func New(s Spec) (*Calendar, diag.List) {
	b := &builder{at: "calendar." + s.Key}
	c := &Calendar{key: s.Key, version: s.Version, days: map[day][]shift{}}
	var err error
	if c.zone, err = time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		b.fail("bad-zone", ".zone", "%q is no IANA time zone", "%q 不是 IANA 时区", s.Zone)
	}
	open := false
	for name, hours := range s.Week {
		w, ok := weekdays[name]
		if !ok {
			b.fail("bad-weekday", ".week", "%q is no weekday: write mon, tue, wed, thu, fri, sat or sun", "%q 不是星期：请写 mon、tue、wed、thu、fri、sat 或 sun", name)
			continue
		}
		c.week[w] = b.shifts(".week."+name, hours)
		open = open || len(c.week[w]) > 0
	}
	if !open && !b.findings.HasErrors() {
		b.fail("never-open", ".week", "the calendar has no hours on any weekday", "该日历任何一天都没有营业时间")
	}
	for i, e := range s.Exceptions {
		b.exception(c, fmt.Sprintf(".exceptions[%d]", i), e)
	}
	b.findings.Sort()
	if b.findings.HasErrors() {
		return nil, b.findings
	}
	return c, b.findings
}

type builder struct {
	at       string
	findings diag.List
}

func (b *builder) fail(code, where, en, zh string, args ...any) {
	b.findings.Errorf(code, b.at+where, diag.Pos{}, diag.Textf(en, zh, args...))
}

func (b *builder) exception(c *Calendar, where string, e Exception) {
	first, err := time.Parse(time.DateOnly, e.Date)
	last := first
	if err == nil && e.To != "" {
		last, err = time.Parse(time.DateOnly, e.To)
	}
	days := int(last.Sub(first)/(24*time.Hour)) + 1
	if err != nil || days < 1 || days > maxRange {
		b.fail("bad-date", where, "%q to %q is no range of at most %d days, written as 2026-05-01", "%q 到 %q 不是有效的日期范围（最多 %d 天，格式 2026-05-01）", e.Date, e.To, maxRange)
		return
	}
	var hours []shift
	switch {
	case e.Kind == "holiday" && len(e.Hours) > 0:
		b.fail("holiday-hours", where, "a holiday has no hours", "节假日不能有营业时间")
	case e.Kind == "holiday":
	case e.Kind == "workday" && len(e.Hours) > 0:
		hours = b.shifts(where+".hours", e.Hours)
	case e.Kind == "workday":
		if hours = c.week[time.Monday]; len(hours) == 0 {
			b.fail("no-hours", where, "the workday needs hours, because Monday has none", "周一没有营业时间，因此该工作日必须写明时间")
		}
	default:
		b.fail("bad-kind", where, "%q is neither holiday nor workday", "%q 既不是 holiday 也不是 workday", e.Kind)
	}
	for d, i := dayOf(first), 0; i < days; d, i = d.next(1), i+1 {
		if _, twice := c.days[d]; twice {
			b.fail("date-twice", where, "%04d-%02d-%02d has two exceptions", "%04d-%02d-%02d 有两条例外", d.year, int(d.month), d.day)
		}
		c.days[d] = hours
	}
}

// shifts reads hours and sorts them.
func (b *builder) shifts(where string, hours []string) []shift {
	out := make([]shift, 0, len(hours))
	for _, h := range hours {
		from, to, ok := strings.Cut(h, "-")
		f, okF := minutes(from)
		t, okT := minutes(to)
		if !ok || !okF || !okT || f == 24*60 {
			b.fail("bad-hours", where, "%q is no interval such as 09:00-12:00", "%q 不是形如 09:00-12:00 的时间段", h)
			continue
		}
		if t <= f {
			t += 24 * 60
		}
		out = append(out, shift{f, t})
	}
	slices.SortFunc(out, func(a, z shift) int { return cmp.Compare(a.from, z.from) })
	for i := 1; i < len(out); i++ {
		if out[i].from < out[i-1].to {
			b.fail("hours-overlap", where, "two intervals overlap", "两个时间段重叠")
		}
	}
	return out
}

// minutes reads "09:30" as 570.
func minutes(s string) (int, bool) {
	h, m, ok := strings.Cut(strings.TrimSpace(s), ":")
	hour, errH := strconv.Atoi(h)
	minute, errM := strconv.Atoi(m)
	if !ok || errH != nil || errM != nil || len(h) != 2 || len(m) != 2 || hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour == 24 && minute > 0 {
		return 0, false
	}
	return hour*60 + minute, true
}
