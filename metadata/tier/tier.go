// Package tier computes what ladders of rates give for a measure: rebates, commissions, factors.
// It is pure and exact. Where ladders are declared is metadata/model's, or, for those that are
// records, the business of the engine that reads them.
package tier

import (
	"errors"
	"time"

	"github.com/tenon-platform/tenon/platform/value"
)

// Mode says what a tier does.
type Mode string

// The modes.
const (
	Incremental Mode = "incremental" // each part of the measure at the rate of the tier it lies in
	Retroactive Mode = "retroactive" // the whole measure at the rate of the tier reached
	Fixed       Mode = "fixed"       // a lump sum for the tier reached
	PerUnit     Mode = "per_unit"    // an amount for each unit of the measure, by the tier reached
)

// Tier is one step: what is reached at Lower and left at Upper, [lower, upper). Rate is a share, a
// lump sum or an amount per unit, as the mode says.
type Tier struct {
	Lower value.Value
	Upper value.Value // null: there is no end
	Rate  value.Value
}

// Ladder is tiers from the lowest up.
type Ladder struct {
	Mode  Mode
	Tiers []Tier
}

// Line is one step of a computation.
type Line struct {
	Tier   int         // place in the ladder, from 0
	Part   value.Value // of the measure
	Rate   value.Value
	Amount value.Value // exact, not rounded
}

// Result is what a ladder gives.
type Result struct {
	Amount  value.Value // exact, not rounded; null when the measure is
	Reached int         // the tier that by lies in; -1: none
	Lines   []Line
}

// ErrGap says that tiers do not follow each other without gap or overlap, from the first one up.
var ErrGap = errors.New("the tiers must follow each other: each begins where the one before ends, and only the last has no end")

// Check holds a ladder to follow without gaps.
func (l Ladder) Check() error {
	for i, t := range l.Tiers {
		last := i == len(l.Tiers)-1
		switch {
		case t.Lower.IsNull():
			return ErrGap
		case t.Upper.IsNull() && !last, !t.Upper.IsNull() && value.Compare(t.Lower, t.Upper) >= 0:
			return ErrGap
		case i > 0 && !value.Equal(l.Tiers[i-1].Upper, t.Lower):
			return ErrGap
		}
	}
	return nil
}

// Reached is the tier that a value lies in; -1 where there is none.
func (l Ladder) Reached(by value.Value) int {
	if by.IsNull() {
		return -1
	}
	for i, t := range l.Tiers {
		if value.Compare(t.Lower, by) <= 0 && (t.Upper.IsNull() || value.Compare(by, t.Upper) < 0) {
			return i
		}
	}
	return -1
}

// Rate is the rate of the tier that a value lies in; null where there is none.
func (l Ladder) Rate(by value.Value) value.Value {
	if i := l.Reached(by); i >= 0 {
		return l.Tiers[i].Rate
	}
	return value.Null
}

// Compute gives what a measure earns. by decides on the tier, unrounded; an incremental ladder
// divides the measure itself and does not look at it.
func (l Ladder) Compute(measure, by value.Value) Result {
	out := Result{Amount: value.Null, Reached: l.Reached(by)}
	if measure.IsNull() {
		return out
	}
	out.Amount = value.Int(0)
	if l.Mode == Incremental {
		out.Reached = l.Reached(measure)
		for i, t := range l.Tiers {
			end := measure
			if !t.Upper.IsNull() && value.Compare(t.Upper, measure) < 0 {
				end = t.Upper
			}
			if value.Compare(end, t.Lower) > 0 {
				out.line(i, value.Sub(end, t.Lower), t.Rate, true)
			}
		}
		return out
	}
	if out.Reached >= 0 {
		out.line(out.Reached, measure, l.Tiers[out.Reached].Rate, l.Mode != Fixed)
	}
	return out
}

// line adds a step: the rate for the part, or as it is.
func (r *Result) line(tier int, part, rate value.Value, times bool) {
	if rate.IsNull() {
		rate = value.Int(0)
	}
	x := Line{Tier: tier, Part: part, Rate: rate, Amount: rate}
	if times {
		x.Amount = value.Mul(part, rate)
	}
	r.Lines = append(r.Lines, x)
	r.Amount = value.Add(r.Amount, x.Amount)
}

// Version is a ladder from a day on.
type Version struct {
	Since  value.Value // a date; null: since ever
	Ladder Ladder
}

// At is the ladder that holds at a moment; ok is false when none does yet.
func At(versions []Version, micros int64, zone *time.Location) (v Version, ok bool) {
	y, m, d := time.UnixMicro(micros).In(zone).Date()
	today := value.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	for _, x := range versions {
		if x.Since.IsNull() || value.Compare(x.Since, today) <= 0 {
			v, ok = x, true
		}
	}
	return v, ok
}
