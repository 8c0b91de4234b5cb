package wire

import (
	"encoding/json"
	"fmt"
)

// Check says whether a text is JSON within the limits of depth and of the number of values.
func Check(b []byte) error {
	depth, values, text := 0, 1, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case text:
			if c == '\\' {
				i++
			} else if c == '"' {
				text = false
			}
		case c == '"':
			text = true
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("%w: nested deeper than %d", ErrFrame, MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > MaxValues {
				return fmt.Errorf("%w: more than %d values", ErrFrame, MaxValues)
			}
		}
	}
	if !json.Valid(b) {
		return fmt.Errorf("%w: no JSON", ErrFrame)
	}
	return nil
}
