// Package assign chooses who gets a record, of members that are records themselves: in turn by
// weight, or by load. The choice and the members' state are one transaction, so that concurrent
// ones come out as if one had followed the other. Which members there are and who may be chosen
// is said by the action that asks.
package assign

import (
	"github.com/tenon-platform/tenon/platform/value"
)

// Strategy says how one is chosen of those that may be.
type Strategy string

// The strategies.
const (
	RoundRobin  Strategy = "weighted_round_robin"
	LoadBalance Strategy = "load_balance"
)

// Member is one that may be chosen.
type Member struct {
	Weight  value.Value // of turns; below or at 0: never
	Current value.Value // state of the turns; null is 0
	Load    value.Value // records held; null is 0
	// Capacity bounds Load; null: any number.
	Capacity value.Value
	Last     value.Value // when it was chosen last; null: never
	Out      string      // why it cannot be chosen; "": it can
}

// Reasons for which a member cannot be chosen.
const (
	NotEligible = "not_eligible"
	Excluded    = "excluded"
	Full        = "full"
	NoWeight    = "no_weight"
)

// Pick chooses one of members, which stand in the order that decides between equals; -1 where
// nobody can be chosen. It marks those that have no room or no weight, and moves the turns on.
func Pick(s Strategy, members []Member) int {
	zero := value.Int(0)
	for i := range members {
		m := &members[i]
		m.Load, m.Current = or(m.Load, zero), or(m.Current, zero)
		switch {
		case m.Out != "":
		case !m.Capacity.IsNull() && value.Compare(m.Load, m.Capacity) >= 0:
			m.Out = Full
		case s == RoundRobin && (m.Weight.IsNull() || value.Compare(m.Weight, zero) <= 0):
			m.Out = NoWeight
		}
	}
	if s == LoadBalance {
		return lightest(members)
	}
	return turn(members)
}

// turn is smooth weighted round robin: every member that can be chosen gains its weight, the one
// with the most is chosen and loses the weight of all. The others stand still.
func turn(members []Member) int {
	best, total := -1, value.Int(0)
	for i := range members {
		m := &members[i]
		if m.Out != "" {
			continue
		}
		m.Current = value.Add(m.Current, m.Weight)
		total = value.Add(total, m.Weight)
		if best < 0 || value.Compare(m.Current, members[best].Current) > 0 {
			best = i
		}
	}
	if best >= 0 {
		members[best].Current = value.Sub(members[best].Current, total)
	}
	return best
}

// lightest has the least load for its capacity; of equals, the one whose last turn is the longest ago.
func lightest(members []Member) int {
	best := -1
	for i := range members {
		if members[i].Out == "" && (best < 0 || lighter(&members[i], &members[best])) {
			best = i
		}
	}
	return best
}

func lighter(a, b *Member) bool {
	one := value.Int(1)
	x, y := value.Mul(a.Load, or(b.Capacity, one)), value.Mul(b.Load, or(a.Capacity, one))
	if c := value.Compare(x, y); c != 0 {
		return c < 0
	}
	if a.Last.IsNull() || b.Last.IsNull() {
		return a.Last.IsNull() && !b.Last.IsNull()
	}
	return value.Compare(a.Last, b.Last) < 0
}

func or(v, other value.Value) value.Value {
	if v.IsNull() {
		return other
	}
	return v
}
