package invariant

import (
	"errors"
	"fmt"
)

// Member is one of those who are assigned in turn by weight.
type Member struct {
	Name         string
	Weight, Turn int64
	Assigned     int64 // how often it was chosen in its turn, as what it was given says
}

// turns: the turns that members have come from what was assigned, and from nothing else. With each step of a pool every
// member gains its weight, and the one that is chosen loses the weight of all; so what was assigned says where
// everybody stands, and nothing was assigned without a step, or stepped without being assigned.
func (c *checker) turns() error {
	if c.world.Pools == nil {
		return nil
	}
	pools, err := c.world.Pools(c.ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for pool, members := range pools {
		var steps, weights int64
		for _, m := range members {
			steps, weights = steps+m.Assigned, weights+m.Weight
		}
		for _, m := range members {
			if want := steps*m.Weight - m.Assigned*weights; m.Turn != want {
				wrong = append(wrong, fmt.Errorf("I14: %s was chosen %d of %d times in %s and stands at %d, not %d", m.Name, m.Assigned, steps, pool, m.Turn, want))
			}
		}
	}
	return errors.Join(wrong...)
}
