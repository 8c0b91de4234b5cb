// Package score computes what events are worth: points that fade with their age, capped by rule and
// by group, and grades of scores. It is pure and exact. Which events there are, and what models look
// like in files, is not its business.
package score

import (
	"slices"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/tenon-platform/tenon/platform/value"
)

// Fading is how points fade.
type Fading string

// The ways.
const (
	Never       Fading = "none"
	Exponential Fading = "exponential" // halved every HalfLife days
	Linear      Fading = "linear"      // by Rate every Period days, down to nothing
	Window      Fading = "window"      // whole for Period days, then nothing
)

// Decay says how the points of a group fade. Points below zero stay unless Negative is set.
type Decay struct {
	Kind     Fading
	Days     value.Value // half-life, period or window
	Rate     value.Value // of Linear: share per period
	Negative bool
}

// Group is a group of rules.
type Group struct {
	Name  string
	Cap   value.Value // null: none
	Decay Decay
}

// Rule is what an event is worth by; its points come with the event.
type Rule struct {
	Name  string
	Group int         // in Model.Groups
	Cap   value.Value // of all its events together; null: none
}

// Model is a scoring of events.
type Model struct {
	Groups   []Group
	Rules    []Rule
	Min, Max value.Value // of the score; null: no bound
}

// Event is one event.
type Event struct {
	Rule   string
	Points value.Value
	At     time.Time
}

// Part is what something adds: an event's points before and after they faded, or the sum of a rule
// or group before and after its cap.
type Part struct {
	Name   string
	Before value.Value
	After  value.Value
}

// Score is the outcome, with how it came about. Events of rules that the model does not have, and
// those after the moment, are left out; for them Events has null After.
type Score struct {
	Total  value.Value // two digits after the point
	Events []Part      // in the order given
	Rules  []Part      // those that have events
	Groups []Part
}

const day = 24 * time.Hour

// Compute scores events at a moment: they fade, are capped by rule and then by group, are summed,
// held between the bounds and rounded half-up to two digits.
func (m *Model) Compute(events []Event, at time.Time) Score {
	zero := value.Int(0)
	out := Score{Total: zero}
	rules := make([]value.Value, len(m.Rules))
	for _, e := range events {
		i := slices.IndexFunc(m.Rules, func(r Rule) bool { return r.Name == e.Rule })
		p := Part{Name: e.Rule, Before: e.Points, After: value.Null}
		if i >= 0 && !e.At.After(at) && !e.Points.IsNull() {
			p.After = m.Groups[m.Rules[i].Group].Decay.Apply(e.Points, at.Sub(e.At))
			if rules[i].IsNull() {
				rules[i] = zero
			}
			rules[i] = value.Add(rules[i], p.After)
		}
		out.Events = append(out.Events, p)
	}
	groups := make([]value.Value, len(m.Groups))
	for i, sum := range rules {
		if sum.IsNull() {
			continue
		}
		p := Part{m.Rules[i].Name, sum, atMost(sum, m.Rules[i].Cap)}
		out.Rules = append(out.Rules, p)
		g := m.Rules[i].Group
		if groups[g].IsNull() {
			groups[g] = zero
		}
		groups[g] = value.Add(groups[g], p.After)
	}
	for i, sum := range groups {
		if sum.IsNull() {
			continue
		}
		p := Part{m.Groups[i].Name, sum, atMost(sum, m.Groups[i].Cap)}
		out.Groups = append(out.Groups, p)
		out.Total = value.Add(out.Total, p.After)
	}
	out.Total = value.Round(Clamp(out.Total, m.Min, m.Max), 2)
	return out
}

func atMost(v, limit value.Value) value.Value {
	if !limit.IsNull() && value.Compare(v, limit) > 0 {
		return limit
	}
	return v
}

// Clamp holds a value between two, either of which may be null.
func Clamp(v, least, most value.Value) value.Value {
	if v = atMost(v, most); !least.IsNull() && value.Compare(v, least) < 0 {
		return least
	}
	return v
}

// Apply is what points of an age are worth.
func (d Decay) Apply(points value.Value, age time.Duration) value.Value {
	if value.Compare(points, value.Int(0)) < 0 && !d.Negative {
		return points
	}
	days := value.Div(value.Int(age.Microseconds()), value.Int(day.Microseconds()))
	switch d.Kind {
	case Exponential:
		return value.Mul(points, halved(value.Div(days, d.Days)))
	case Linear:
		left := value.Sub(value.Int(1), value.Mul(d.Rate, value.Div(days, d.Days)))
		return value.Mul(points, Clamp(left, value.Int(0), value.Null))
	case Window:
		if value.Compare(days, d.Days) > 0 {
			return value.Int(0)
		}
	}
	return points
}

// halved is one half to the power of n.
func halved(n value.Value) value.Value {
	var half, x, out apd.Decimal
	half.SetFinite(5, -1)
	if _, err := value.Context().Pow(&out, &half, n.Apd(&x)); err != nil {
		return value.Int(0) // too small to tell from nothing
	}
	return value.Fit(&out)
}

// Band is a name for scores from Min up.
type Band struct {
	Name string
	Min  value.Value
}

// Name is the band that a score lies in, "" below all. The bands stand from the highest down.
func Name(bands []Band, v value.Value) string {
	for _, b := range bands {
		if !v.IsNull() && value.Compare(v, b.Min) >= 0 {
			return b.Name
		}
	}
	return ""
}
