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

// Calendar is a part of a Date, or of a DateTime in an IANA zone: date, year, month, day, hour,
// quarter, week_start (a Monday) or month_start.
func Calendar(part string, x value.Value, zone string) (value.Value, error) {
	t := time.Unix(x.Int()*86400, 0).UTC()
	if x.Kind() == value.KindDateTime {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return value.Null, fmt.Errorf("time zone %q: %w", zone, err)
		}
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
