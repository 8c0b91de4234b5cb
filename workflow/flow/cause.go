package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/tenon-platform/tenon/platform/errs"
)

// CascadeBudget is the code of what tells that one cause has had more follow from it than it may.
const CascadeBudget errs.Code = "CASCADE_BUDGET"

// Recursive says whether a flow already stands in a cascade for a record.
func (c *Cause) Recursive(flow, record string) bool {
	for _, l := range c.Chain {
		if l.Flow == flow && (strings.EqualFold(l.Record, record) || slices.Contains(l.Records, record)) {
			return true
		}
	}
	return false
}

type causeKey struct{}

// Caused puts into a context which cascade of runs its writes belong to.
func Caused(ctx context.Context, c Cause) context.Context {
	return context.WithValue(ctx, causeKey{}, c)
}

// CauseOf is the cascade that writes in a context belong to; the zero Cause for none.
func CauseOf(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	return c
}
