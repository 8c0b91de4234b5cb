package httpd

import (
	"strconv"
	"strings"
)

// Locale picks the language of answers, "en" or "zh-CN", from an Accept-Language header: the one
// of higher quality, of equal ones the first.
func Locale(accept string) string {
	best, quality := "en", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(part, ";")
		lang, known := language(strings.TrimSpace(tag))
		if q := weight(params); known && q > quality {
			best, quality = lang, q
		}
	}
	return best
}

// TakesGzip says whether a client takes answers that are compressed with gzip, from its
// Accept-Encoding header.
func TakesGzip(accept string) bool { return takes(accept, "gzip", "x-gzip") }

// TakesBrotli says whether a client takes answers that are compressed with Brotli.
func TakesBrotli(accept string) bool { return takes(accept, "br", "br") }

func takes(accept, name, also string) bool {
	others := false
	for part := range strings.SplitSeq(accept, ",") {
		coding, params, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case name, also:
			return weight(params) > 0
		case "*":
			others = weight(params) > 0
		}
	}
	return others
}

func language(tag string) (locale string, known bool) {
	main, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch main {
	case "zh":
		return "zh-CN", true
	case "en", "*":
		return "en", true
	}
	return "", false
}

// weight reads "q=0.8"; without one it is 1.
func weight(params string) float64 {
	v, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
