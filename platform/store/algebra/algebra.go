// Package algebra is what engines share about the query algebra of store/driver: its evaluation
// in Go, its functions, text that sorts as numbers do, and the conditions of indexes as JSON. It
// reads and writes no data and knows no engine.
package algebra

import (
	"fmt"

	"github.com/tenon-platform/tenon/platform/store/driver"
)

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{driver.ErrUnsupported}, args...)...)
}
