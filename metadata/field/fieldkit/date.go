package fieldkit

import (
	"strings"
	"time"

	"github.com/tenon-platform/tenon/metadata/field"
	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
)

// Date reads a calendar day, "2026-03-31".
func Date(in any) (value.Value, *errs.Error) {
	s, ok := in.(string)
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if !ok || err != nil {
		return value.Null, Invalid("must be a date such as \"2026-03-31\"", "必须是日期，例如 \"2026-03-31\"")
	}
	if t.Year() < 1 {
		return value.Null, Refused("must be between 0001-01-01 and 9999-12-31", "必须在 0001-01-01 与 9999-12-31 之间")
	}
	return value.Date(t.Unix() / 86400), nil
}

// DateTime reads an RFC 3339 instant, which has an offset, to the microsecond.
func DateTime(in any) (value.Value, *errs.Error) {
	s, ok := in.(string)
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s))
	if !ok || err != nil {
		return value.Null, Invalid("must be an RFC 3339 instant with an offset, such as \"2026-03-31T09:00:00+08:00\"", "必须是带时区偏移的 RFC 3339 时间，例如 \"2026-03-31T09:00:00+08:00\"")
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return value.Null, Refused("must be between the years 0001 and 9999", "年份必须在 0001 与 9999 之间")
	}
	return value.DateTime(t.UnixMicro()), nil
}

// days is the number of the day of t since 1970-01-01, rounded down before it.
func days(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// Moments turns local midnights, or instants, into values of a date or an instant column.
type Moments func(t time.Time) value.Value

// Days is Moments for dates, Instants for instants.
func Days(t time.Time) value.Value     { return value.Date(days(t)) }
func Instants(t time.Time) value.Value { return value.Instant(t) }

const spanDef = `"A length of time; its parts add up."
input TimeSpan {
  days: Int
  weeks: Int
  months: Int
  years: Int
}`

// TemporalDefs are the definitions that Relative's operators refer to.
func TemporalDefs() map[string]string { return map[string]string{"TimeSpan": spanDef} }

// Relative gives today, thisMonth, thisQuarter, thisYear, inLast and inNext, in the tenant's zone.
// inLast and inNext include both ends. The flags only take true: not: {…} says the opposite.
func Relative(m Moments) []field.Operator {
	ops := []field.Operator{span("inLast", m, -1), span("inNext", m, 1)}
	for _, p := range []struct {
		name   string
		bounds func(t time.Time) (from, to time.Time)
	}{
		{"today", func(t time.Time) (time.Time, time.Time) { return t, t.AddDate(0, 0, 1) }},
		{"thisMonth", func(t time.Time) (time.Time, time.Time) { t = t.AddDate(0, 0, 1-t.Day()); return t, t.AddDate(0, 1, 0) }},
		{"thisQuarter", func(t time.Time) (time.Time, time.Time) {
			t = t.AddDate(0, 0, 1-t.Day())
			t = t.AddDate(0, -((int(t.Month()) - 1) % 3), 0)
			return t, t.AddDate(0, 3, 0)
		}},
		{"thisYear", func(t time.Time) (time.Time, time.Time) {
			t = t.AddDate(0, 0, 1-t.YearDay())
			return t, t.AddDate(1, 0, 0)
		}},
	} {
		ops = append(ops, field.Operator{Name: p.name, Arg: "Boolean!", Coerce: func(in any, now field.Now) ([]value.Value, *errs.Error) {
			if err := OnlyTrue(in); err != nil {
				return nil, err
			}
			t, err := local(now)
			if err != nil {
				return nil, err
			}
			from, to := p.bounds(midnight(t))
			return []value.Value{m(from), m(to)}, nil
		}, Build: func(col driver.Expr, args []driver.Expr) driver.Expr {
			return driver.And{Args: []driver.Expr{driver.Cmp{Op: driver.Ge, L: col, R: args[0]}, driver.Cmp{Op: driver.Lt, L: col, R: args[1]}}}
		}})
	}
	return ops
}

// OnlyTrue refuses anything but true.
func OnlyTrue(in any) *errs.Error {
	if in != true {
		return Invalid("must be true; use not: {…} for the opposite", "必须是 true；相反条件请使用 not: {…}")
	}
	return nil
}

func local(now field.Now) (time.Time, *errs.Error) {
	loc, err := time.LoadLocation(now.Zone)
	if err != nil {
		return time.Time{}, errs.New(errs.Internal, "the tenant's time zone is unknown", "租户时区未知").Because(err)
	}
	return time.UnixMicro(now.Micros).In(loc), nil
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// maxSpan keeps results within the years that instants can show.
const maxSpan = 36500

func span(name string, m Moments, sign int) field.Operator {
	return field.Operator{Name: name, Arg: "TimeSpan!", Coerce: func(in any, now field.Now) ([]value.Value, *errs.Error) {
		parts, ok := in.(map[string]any)
		if !ok || len(parts) == 0 {
			return nil, Invalid("must be a length of time such as {days: 30}", "必须是时间长度，例如 {days: 30}")
		}
		n := map[string]int{}
		for k, x := range parts {
			switch k {
			case "days", "weeks", "months", "years":
			default:
				return nil, Invalid("knows days, weeks, months and years, not %.40q", "只支持 days、weeks、months、years，不支持 %.40q", k)
			}
			if x == nil {
				continue
			}
			i, err := Int(x)
			if err != nil {
				return nil, err
			}
			if i < 0 || i > maxSpan || (k == "months" && i > 1200) || (k == "years" && i > 100) || (k == "weeks" && i > 5200) {
				return nil, Refused("must be between 0 and 100 years", "必须在 0 到 100 年之间")
			}
			n[k] = int(i) * sign
		}
		t, err := local(now)
		if err != nil {
			return nil, err
		}
		from, to := t, t.AddDate(n["years"], n["months"], n["days"]+7*n["weeks"])
		if sign < 0 {
			from, to = to, from
		}
		return []value.Value{m(from), m(to)}, nil
	}, Build: Range}
}

// DateParts are the group keys of a date; toDate makes a date of the column (an instant needs the zone).
func DateParts(toDate func(col driver.Expr, zone string) driver.Expr) []field.Part {
	call := func(name string, args ...driver.Expr) driver.Expr { return driver.Func{Name: name, Args: args} }
	num := func(n int64) driver.Expr { return driver.Const{Value: value.Int(n)} }
	part := func(name, output string, build func(d driver.Expr) driver.Expr) field.Part {
		return field.Part{Name: name, Output: output, Build: func(col driver.Expr, zone string) driver.Expr { return build(toDate(col, zone)) }}
	}
	return []field.Part{
		part("year", "Int", func(d driver.Expr) driver.Expr { return call("year", d) }),
		// The first day of the quarter: 28 days back from the first of a month is in the month
		// before, 56 days back in the one before that.
		part("quarter", "Date", func(d driver.Expr) driver.Expr {
			months := driver.Arith{Op: "%", L: driver.Arith{Op: "-", L: call("month", d), R: num(1)}, R: num(3)}
			back := driver.Arith{Op: "*", L: months, R: num(-28)}
			return call("month_start", call("add_days", call("month_start", d), back))
		}),
		part("month", "Date", func(d driver.Expr) driver.Expr { return call("month_start", d) }),
		part("week", "Date", func(d driver.Expr) driver.Expr { return call("week_start", d) }),
		part("day", "Date", func(d driver.Expr) driver.Expr { return d }),
	}
}

// AppendDate appends the quoted ISO date of a day number.
func AppendDate(dst []byte, n int64) []byte {
	return append(appendDay(append(dst, '"'), time.Unix(n*86400, 0).UTC()), '"')
}

// AppendDateTime appends the quoted RFC 3339 instant in UTC, with as many digits of the second's fraction as it has, at most
// six.
func AppendDateTime(dst []byte, v value.Value) []byte {
	t := v.AsTime()
	dst = append(appendDay(append(dst, '"'), t), 'T')
	hour, minute, second := t.Clock()
	dst = appendTwo(append(appendTwo(append(appendTwo(dst, hour), ':'), minute), ':'), second)
	if micros := t.Nanosecond() / 1000; micros > 0 {
		dst = append(dst, '.')
		for unit := 100_000; micros > 0; unit /= 10 {
			dst = append(dst, byte('0'+micros/unit))
			micros %= unit
		}
	}
	return append(dst, 'Z', '"')
}

// appendDay appends the ISO date of an instant. Dates are in most rows: by a layout, which is read anew for each, they cost
// three times as much.
func appendDay(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, time.DateOnly)
	}
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	return appendTwo(append(appendTwo(append(dst, '-'), int(month)), '-'), day)
}

// appendTwo appends the two digits of a number below 100.
func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
