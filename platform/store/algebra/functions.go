package algebra

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/value"
)

// Fold gives s with ASCII letters in lower case, as the algebra compares text without case.
func Fold(s string) string { return mapASCII(s, 'A', 'Z', 'a'-'A') }

// Unfold gives s with ASCII letters in upper case.
func Unfold(s string) string { return mapASCII(s, 'a', 'z', 'A'-'a') }

func mapASCII(s string, from, to byte, by int) string {
	i := 0
	for i < len(s) && (s[i] < from || s[i] > to) {
		i++
	}
	if i == len(s) {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if b[i] >= from && b[i] <= to {
			b[i] = byte(int(b[i]) + by)
		}
	}
	return string(b)
}

// JSONNumber is the number at a path of object keys such as "a.b", else null.
func JSONNumber(doc, path string) value.Value {
	raw := json.RawMessage(doc)
	for _, key := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."), ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return value.Null
		}
		raw = object[key]
	}
	var n json.Number
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &n) != nil || n == "" {
		return value.Null
	}
	v, err := value.ParseDecimal(n.String())
	if err != nil {
		return value.Null // a number out of range is no number of ours
	}
	return v
}

// Zone is a time zone by its IANA name. It reads a file: keep what it gives.
func Zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return loc, nil
}

// AddDays is a Date or a DateTime n days later, n without what it has after the point; null
// outside the years 1 to 9999.
func AddDays(x, n value.Value) value.Value {
	const most = 4_000_000 // more days than the years have
	if n.IsNull() || value.Compare(n, value.Int(most)) > 0 || value.Compare(n, value.Int(-most)) < 0 {
		return value.Null
	}
	days := value.Floor(n).Int()
	if days < 0 {
		days = value.Ceil(n).Int()
	}
	out, t := value.Date(x.Int()+days), time.Unix((x.Int()+days)*86400, 0)
	if x.Kind() == value.KindDateTime {
		out = value.DateTime(x.Int() + days*dayMicros)
		t = out.AsTime()
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return value.Null
	}
	return out
}

// Calendar is a part of a Date, or of a DateTime in a zone: date, year, month, day, hour,
// quarter, week_start (a Monday) or month_start.
func Calendar(part string, x value.Value, loc *time.Location) (value.Value, error) {
	t := time.Unix(x.Int()*86400, 0).UTC()
	if x.Kind() == value.KindDateTime {
		t = time.UnixMicro(x.Int()).In(loc)
	}
	y, m, d := t.Date()
	day := func(d int) value.Value {
		return value.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	switch part {
	case "date":
		return day(d), nil
	case "year":
		return value.Int(int64(y)), nil
	case "month":
		return value.Int(int64(m)), nil
	case "day":
		return value.Int(int64(d)), nil
	case "hour":
		return value.Int(int64(t.Hour())), nil
	case "quarter":
		return value.Int(int64(m+2) / 3), nil
	case "week_start":
		return day(d - (int(t.Weekday())+6)%7), nil
	case "month_start":
		return day(1), nil
	}
	return value.Null, unsupported("calendar part %s", part)
}

// Mean is sum / n rounded half-up to sixteen digits after the point, once, without ending zeros;
// null when that is no number of ours.
func Mean(sum value.Value, n int64) value.Value {
	var s, q, r apd.Decimal
	c := value.Context()
	c.Precision, c.Rounding = 100, apd.RoundDown // digits to spare, so that the sixteenth is rounded once
	if _, err := c.Quo(&q, sum.Apd(&s), apd.New(n, 0)); err != nil {
		return value.Null
	}
	c.Rounding = apd.RoundHalfUp
	if _, err := c.Quantize(&r, &q, -16); err != nil {
		return value.Null
	}
	r.Reduce(&r)
	return value.Fit(&r)
}
