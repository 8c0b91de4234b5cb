package clock

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// periodForm is an ISO 8601 duration in whole numbers.
var periodForm = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// Period is a length of time as people say it: a month has as many days as it has, and a day is one
// of the calendar.
type Period struct {
	Years, Months, Days int
	Time                time.Duration
}

// ParsePeriod reads an ISO 8601 duration such as P3D, P1M or PT8H30M, of whole numbers.
func ParsePeriod(s string) (Period, error) {
	m := periodForm.FindStringSubmatch(s)
	if m == nil || s == "P" || s[len(s)-1] == 'T' {
		return Period{}, fmt.Errorf("%q is no ISO 8601 duration such as P3D or PT8H", s)
	}
	var n [8]int
	for i := 1; i < len(m); i++ {
		if m[i] == "" {
			continue
		}
		var err error
		if n[i], err = strconv.Atoi(m[i]); err != nil || n[i] > 1_000_000 {
			return Period{}, fmt.Errorf("the duration %q is too long", s)
		}
	}
	return Period{Years: n[1], Months: n[2], Days: 7*n[3] + n[4],
		Time: time.Duration(n[5])*time.Hour + time.Duration(n[6])*time.Minute + time.Duration(n[7])*time.Second}, nil
}

// After is the moment when the period that begins at t is over, by the calendar of t's time zone.
func (p Period) After(t time.Time) time.Time { return t.AddDate(p.Years, p.Months, p.Days).Add(p.Time) }
