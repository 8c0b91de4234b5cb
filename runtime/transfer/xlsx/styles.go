package xlsx

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// dateKind says what a style makes of a number.
type dateKind uint8

const (
	plain dateKind = iota
	dateOnly
	timeOnly
	dateTime
)

// readStyles finds which styles show numbers as dates.
func (f *File) readStyles(part string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := f.decode(part, &s); err != nil {
		return err
	}
	custom := map[int]dateKind{}
	for _, n := range s.Formats {
		custom[n.ID] = kindOf(n.Code)
	}
	f.dates = make([]dateKind, len(s.Cells))
	for i, c := range s.Cells {
		k, ok := custom[c.Format]
		if !ok {
			k = builtIn(c.Format)
		}
		f.dates[i] = k
	}
	return nil
}

// builtIn are the formats that need no declaration (ECMA-376, 18.8.30), with those of Chinese and
// Japanese Excel.
func builtIn(id int) dateKind {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return dateOnly
	case id == 22:
		return dateTime
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return timeOnly
	}
	return plain
}

// kindOf reads a format code such as yyyy"年"m"月"d"日" or [$-409]h:mm AM/PM. Only its first
// section counts, for that is how positive numbers are shown.
func kindOf(code string) dateKind {
	var days, hours bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case c == 'g' && strings.HasPrefix(strings.ToLower(code[i:]), "general"):
			i += len("general") - 1
		case code[i] == ';':
			return kind(days, hours)
		case code[i] == '"':
			i = skipTo(code, i+1, '"')
		case code[i] == '\\', code[i] == '_', code[i] == '*':
			i++
		case code[i] == '[':
			end := skipTo(code, i+1, ']')
			if in := strings.ToLower(code[i+1 : min(end, len(code))]); in != "" && strings.Trim(in, "hms") == "" {
				hours = true // elapsed time
			}
			i = end
		case c == 'y' || c == 'd' || c == 'e' && !strings.ContainsAny(code, "0#?"):
			days = true
		case c == 'h' || c == 's':
			hours = true
		case c == 'm' && !hours && !strings.ContainsAny(code[i:], "sS"): // else minutes
			days = true
		}
	}
	return kind(days, hours)
}

func kind(days, hours bool) dateKind {
	switch {
	case days && hours:
		return dateTime
	case days:
		return dateOnly
	case hours:
		return timeOnly
	}
	return plain
}

func skipTo(s string, from int, end byte) int {
	if i := strings.IndexByte(s[min(from, len(s)):], end); i >= 0 {
		return from + i
	}
	return len(s)
}

// maxDay is 9999-12-31, the last day that a cell can show.
const maxDay = 2958465

// show gives a number as text, and as "2026-03-01", "09:30:00" or "2026-03-01T09:30:00" where the
// style says that it is a date; there is no time zone in a sheet.
func (f *File) show(raw string, k dateKind) string {
	if k == plain {
		return number(raw)
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || n < 0 || n >= maxDay+1 {
		return raw
	}
	t := f.instant(n)
	switch {
	case k == timeOnly && n < 1:
		return t.Format(time.TimeOnly)
	case k == dateOnly && n == math.Trunc(n):
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}

// instant is day n of the workbook's calendar, to the second. Day 60 of the one from 1900 is a
// 29th of February that never was, so days before it are off by one.
func (f *File) instant(n float64) time.Time {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case f.since04:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 60:
		epoch = epoch.AddDate(0, 0, 1)
	}
	day := math.Floor(n)
	return epoch.AddDate(0, 0, int(day)).Add(time.Duration(math.Round((n-day)*86400)) * time.Second)
}

// number undoes the spelling of binary fractions: Excel keeps 15 digits and writes 17, so that
// 0.07 is stored as 7.0000000000000007E-2.
func number(raw string) string {
	if len(raw) < 16 && !strings.ContainsAny(raw, "eE") {
		return raw
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return raw
	}
	short := strconv.FormatFloat(n, 'e', 14, 64)
	n, err = strconv.ParseFloat(short, 64)
	if err != nil || math.Abs(n) >= 1e21 || n != 0 && math.Abs(n) < 1e-18 {
		return raw
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
