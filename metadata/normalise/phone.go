package normalise

import "strings"

// extensions are what the number of an extension stands behind.
var extensions = []string{"转", "ext", "分机", "#"}

// Phone is a telephone number as its digits: without an extension, and without the country code
// of China (+86 and 0086; 86 only before a mobile number of 11 digits). Numbers of other countries
// that begin with + stay as E.164 has them, "+4930123456".
func Phone(s string) string {
	s = strings.TrimSpace(compatible(s))
	folded := asciiLower(s)
	for _, ext := range extensions {
		if i := strings.Index(folded, ext); i >= 0 {
			s, folded = s[:i], folded[:i]
		}
	}
	d := digits(s)
	if strings.HasPrefix(s, "+") && d != "" {
		if !strings.HasPrefix(d, "86") {
			return "+" + d
		}
		d = d[2:]
	}
	return national(d)
}

// national takes the country code off the digits of a number, also where it was written twice.
func national(d string) string {
	for {
		switch {
		case strings.HasPrefix(d, "0086"):
			d = d[4:]
		case len(d) == 13 && strings.HasPrefix(d, "861"):
			d = d[2:]
		default:
			return d
		}
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// asciiLower keeps the place of every byte, which ToLower does not.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
