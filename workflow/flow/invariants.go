package flow

import "fmt"

// Check tells what is wrong with the state of a run, by what every command keeps; the numbers are
// those of the design.
func Check(st *State) error {
	alive := map[int]int{} // lanes that go on, by the lane that waits for them
	for _, l := range st.Lanes {
		if l.Status == Running || l.Status == Waiting {
			alive[l.Parent]++
		}
	}
	for _, l := range st.Lanes {
		on := l.Status == Running || l.Status == Waiting
		switch {
		case on && (st.Status == Succeeded || st.Status == Compensated || st.Status == Skipped || st.Status == Cancelled):
			return fmt.Errorf("I2: lane %d is %s in a run that is %s", l.ID, l.Status, st.Status)
		case l.Parent != 0 && st.Lane(l.Parent) == nil:
			return fmt.Errorf("I3: lane %d belongs to lane %d, which is not there", l.ID, l.Parent)
		case on && l.Parent != 0 && st.Lane(l.Parent).Status != Waiting:
			return fmt.Errorf("I3: lane %d goes on, and lane %d, which waits for it, is %s", l.ID, l.Parent, st.Lane(l.Parent).Status)
		}
	}
	if !st.Status.Over() && st.Status != Queued && alive[0] == 0 {
		return fmt.Errorf("I1: the run is %s, and none of its lanes goes on", st.Status)
	}
	if st.Status == Failed && st.Incident == nil && st.Reason == "" {
		return fmt.Errorf("I1: the run is %s, and nothing tells why", st.Status)
	}
	return nil
}
