package resolve

import (
	"strconv"
	"strings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// camel turns snake_case into camelCase.
func camel(s string) string {
	var b strings.Builder
	up := false
	for _, c := range s {
		switch {
		case c == '_':
			up = true
		case up && c >= 'a' && c <= 'z':
			b.WriteRune(c - 'a' + 'A')
			up = false
		default:
			b.WriteRune(c)
			up = false
		}
	}
	return b.String()
}

// pascal turns snake_case into PascalCase.
func pascal(s string) string {
	c := camel(s)
	return strings.ToUpper(c[:1]) + c[1:]
}

// plural is the English plural of the last word of a snake_case name.
func plural(s string) string {
	switch {
	case strings.HasSuffix(s, "y") && len(s) > 1 && !strings.ContainsRune("aeiou", rune(s[len(s)-2])):
		return s[:len(s)-1] + "ies"
	case strings.HasSuffix(s, "s"), strings.HasSuffix(s, "x"), strings.HasSuffix(s, "z"), strings.HasSuffix(s, "ch"), strings.HasSuffix(s, "sh"):
		return s + "es"
	}
	return s + "s"
}

// referenceNames are the GraphQL names of a reference's id and of its record: tier_id and tier
// both give tierId and tier; brand_ids gives brandIds and brands.
func referenceNames(name string, many bool) (id, record string) {
	if many {
		base := strings.TrimSuffix(name, "_ids")
		if base == name {
			return camel(name) + "Ids", camel(name)
		}
		return camel(base) + "Ids", camel(plural(base))
	}
	base := strings.TrimSuffix(name, "_id")
	return camel(base) + "Id", camel(base)
}
