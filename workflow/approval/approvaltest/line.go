// Package approvaltest reads the lines of the scenarios in workflow/approval/testdata, for those who play them: on the
// reducer alone, and through the API.
package approvaltest

// Words cuts a line at blanks outside of quotes and braces.
func Words(line string) (out []string) {
	depth, quoted, cur := 0, false, ""
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '{' || r == '[':
			depth++
		case r == '}' || r == ']':
			depth--
		case r == ' ' && depth == 0:
			out, cur = append(out, cur), ""
			continue
		}
		cur += string(r)
	}
	return append(out, cur)
}
