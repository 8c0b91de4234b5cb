package worker

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/tenon-platform/tenon/metadata/tier"
	"github.com/tenon-platform/tenon/platform/value"
)

// maxSteps bounds a ladder.
const maxSteps = 200

// ladder is (mode, steps as JSON, measure, by): what a ladder of rates gives, line by line. Steps
// are [lower, upper, rate], from the lowest up; an empty upper bound is none.
func ladder(args []string) (any, error) {
	modes := []tier.Mode{tier.Incremental, tier.Retroactive, tier.Fixed, tier.PerUnit}
	l := tier.Ladder{Mode: tier.Mode(args[0])}
	if !slices.Contains(modes, l.Mode) {
		return nil, errors.New("the mode of a ladder is incremental, retroactive, fixed or per_unit")
	}
	var steps [][3]string
	if err := json.Unmarshal([]byte(args[1]), &steps); err != nil || len(steps) > maxSteps {
		return nil, errors.New("a ladder has at most 200 steps of a lower bound, an upper bound and a rate")
	}
	for _, s := range steps {
		var n [3]value.Value
		for i, text := range s {
			n[i] = value.Null
			if i == 1 && text == "" {
				continue
			}
			var err error
			if n[i], err = parseDecimal(text); err != nil {
				return nil, err
			}
		}
		l.Tiers = append(l.Tiers, tier.Tier{Lower: n[0], Upper: n[1], Rate: n[2]})
	}
	if err := l.Check(); err != nil {
		return nil, err
	}
	measure, err := parseDecimal(args[2])
	if err != nil {
		return nil, err
	}
	by, err := parseDecimal(args[3])
	if err != nil {
		return nil, err
	}
	r := l.Compute(measure, by)
	lines := [][]any{}
	for _, x := range r.Lines {
		lines = append(lines, []any{x.Tier, print(x.Part), print(x.Rate), print(x.Amount)})
	}
	out, err := json.Marshal(map[string]any{"amount": print(r.Amount), "reached": r.Reached, "lines": lines})
	return string(out), err
}
