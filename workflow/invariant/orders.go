package invariant

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tenon-platform/tenon/workflow/engine"
	"github.com/tenon-platform/tenon/workflow/flow"
	flows "github.com/tenon-platform/tenon/workflow/flow/process"
)

// orders: of the runs that come one after the other, one has the mark of its order. While one waits for its
// turn, or has failed and blocks, none that came later has begun. What compensates after its end is outside
// of that: it came back.
func (c *checker) orders() error {
	ahead := map[string]*flow.State{} // the first of each order that those after it wait for
	var wrong []error
	instances := slices.Clone(c.rows.Instances)
	slices.SortStableFunc(instances, func(a, b *engine.Instance) int { return int(a.Position() - b.Position()) })
	for _, i := range instances {
		if i.Kind != flows.Name {
			continue
		}
		st := &flow.State{}
		if err := json.Unmarshal(i.State, st); err != nil {
			return err
		}
		if st.Order == "" {
			continue
		}
		has := slices.Contains(c.rows.Uniques[st.Order], st.ID)
		if wants := st.Holds() && st.Status != flow.Queued; has != wants {
			wrong = append(wrong, fmt.Errorf("I12: %s is %s, and has the mark of its order %s: %v", st.ID, st.Status, st.Order, has))
		}
		if first := ahead[st.Order]; first != nil && len(st.Lanes) > 0 {
			wrong = append(wrong, fmt.Errorf("I12: %s has begun before %s, which is %s", st.ID, first.ID, first.Status))
		}
		back := st.Incident != nil && st.Incident.Code == "COMPENSATION_FAILED"
		if ahead[st.Order] == nil && (st.Status == flow.Queued || st.Blocks && !back) {
			ahead[st.Order] = st
		}
	}
	return errors.Join(wrong...)
}
