package expr

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

const day = 24 * 60 * 60

// dateOf is the calendar date of a time, in the time's own zone.
func dateOf(t time.Time) value.Value {
	return value.Date(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / day)
}

// localTime is a Date at its midnight in UTC, or a DateTime in the zone: what calendar functions read.
func localTime(v value.Value, loc *time.Location) time.Time {
	if v.Kind() == value.KindDate {
		return time.Unix(v.Int()*day, 0).UTC()
	}
	return time.UnixMicro(v.Int()).In(loc)
}

func toDate(n *node, a []value.Value) value.Value {
	if a[0].Kind() != value.KindText {
		return dateOf(localTime(a[0], n.loc))
	}
	t, err := time.Parse(time.DateOnly, a[0].Text())
	if err != nil {
		return value.Null
	}
	return dateOf(t)
}

func pushDate(t *translator, n *node, arg driver.Expr) (driver.Expr, error) {
	if n.args[0].typ.Kind == value.KindDate {
		return arg, nil
	}
	return driver.Func{Name: "date", Args: []driver.Expr{arg, driver.Const{Value: value.Text(t.p.zone)}}}, nil
}

// shift moves a date or a moment by a whole number; a number with a fraction is cut. What leaves
// the years 1 to 9999 is null.
func shift(v, by value.Value, loc *time.Location, f func(time.Time, int) time.Time) value.Value {
	n, ok := cut(by)
	if !ok || n > 4_000_000 || n < -4_000_000 {
		return value.Null
	}
	t := f(localTime(v, loc), int(n))
	if t.Year() < 1 || t.Year() > 9999 {
		return value.Null
	}
	if v.Kind() == value.KindDate {
		return dateOf(t)
	}
	return value.Instant(t)
}

func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

var periods = [...]string{"TODAY", "YESTERDAY", "TOMORROW", "THIS_WEEK", "LAST_WEEK", "NEXT_WEEK", "THIS_MONTH", "LAST_MONTH", "NEXT_MONTH",
	"THIS_QUARTER", "LAST_QUARTER", "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR", "NEXT_YEAR"}

func isPeriod(word string) bool {
	for _, p := range periods {
		if strings.EqualFold(p, word) {
			return true
		}
	}
	return false
}

// periodOf gives the first and the last day of a period around a local moment. Weeks begin on Monday.
func periodOf(word string, now time.Time) (from, to time.Time) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	which, unit, two := strings.Cut(word, "_")
	step := map[string]int{"THIS": 0, "LAST": -1, "NEXT": 1}[which]
	if !two {
		step, unit = map[string]int{"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}[word], "DAY"
	}
	switch unit {
	case "WEEK":
		from = midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7+7*step)
		return from, from.AddDate(0, 0, 6)
	case "MONTH":
		from = time.Date(now.Year(), now.Month()+time.Month(step), 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(0, 1, -1)
	case "QUARTER":
		from = time.Date(now.Year(), (now.Month()-1)/3*3+1+time.Month(3*step), 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(0, 3, -1)
	case "YEAR":
		from = time.Date(now.Year()+step, 1, 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(1, 0, -1)
	}
	from = midnight.AddDate(0, 0, step)
	return from, from
}

func buildAnniversary(n *node) evaluator {
	a := build(n.args[0])
	return func(in []value.Value, env Env) value.Value {
		v := a(in, env)
		if v.IsNull() {
			return v
		}
		today := dateOf(time.UnixMicro(env.NowMicros).In(n.loc)).Int()
		d := localTime(v, n.loc)
		year := time.Unix(today*day, 0).UTC().Year()
		for y := year; ; y++ {
			next := dateOf(addMonths(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC), 12*(y-d.Year()))).Int()
			if next >= today || y > year+1 {
				return value.Int(next - today)
			}
		}
	}
}
