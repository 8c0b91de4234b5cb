package tier_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/tier"
	"github.com/tenon-platform/tenon/platform/value"
)

func dec(t testing.TB, s string) value.Value {
	t.Helper()
	if s == "" {
		return value.Null
	}
	v, err := value.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ladder makes a ladder of lower bounds and rates in turn.
func ladder(t testing.TB, mode tier.Mode, steps ...string) tier.Ladder {
	l := tier.Ladder{Mode: mode}
	for i := 0; i < len(steps); i += 2 {
		if n := len(l.Tiers); n > 0 {
			l.Tiers[n-1].Upper = dec(t, steps[i])
		}
		l.Tiers = append(l.Tiers, tier.Tier{Lower: dec(t, steps[i]), Rate: dec(t, steps[i+1])})
	}
	return l
}

func show(v value.Value) string {
	if v.IsNull() {
		return "null"
	}
	return string(value.Round(v, 4).Rescale(4).AppendDecimal(nil))
}

// TestExamples: rebates of 1 % below a million, 2 % below three, 3 % from there, growth tiers that a
// percentage decides on, factors, and what lies at the bounds.
func TestExamples(t *testing.T) {
	volume := []string{"0", "0.01", "1000000", "0.02", "3000000", "0.03"}
	growth := []string{"0", "0", "0.1", "0.02", "0.3", "0.03"}
	for _, c := range []struct {
		mode        tier.Mode
		steps       []string
		measure, by string
		want        string
		reached     int
		lines       string
	}{
		{tier.Incremental, volume, "3600000", "3600000", "68000.0000", 2, "0:10000.0000 1:40000.0000 2:18000.0000"},
		{tier.Retroactive, volume, "3600000", "3600000", "108000.0000", 2, "2:108000.0000"},
		{tier.Retroactive, volume, "800000", "800000", "8000.0000", 0, "0:8000.0000"},
		{tier.Retroactive, volume, "1200000", "1200000", "24000.0000", 1, "1:24000.0000"},
		{tier.Retroactive, growth, "150000", "0.3", "4500.0000", 2, "2:4500.0000"},
		{tier.Retroactive, growth, "650000", "0.3", "19500.0000", 2, "2:19500.0000"},
		{tier.Retroactive, growth, "650000", "0.2999999999999999999999999999", "13000.0000", 1, "1:13000.0000"},
		{tier.Retroactive, volume, "999999.99", "999999.99", "9999.9999", 0, "0:9999.9999"},
		{tier.Incremental, volume, "1000000", "1000000", "10000.0000", 1, "0:10000.0000"},
		{tier.Fixed, []string{"100", "5000"}, "120", "120", "5000.0000", 0, "0:5000.0000"},
		{tier.Fixed, []string{"100", "5000"}, "99.99", "99.99", "0.0000", -1, ""},
		{tier.PerUnit, []string{"0", "1.5", "100", "2"}, "100", "100", "200.0000", 1, "1:200.0000"},
		{tier.Incremental, volume, "-5", "-5", "0.0000", -1, ""},
		{tier.Retroactive, volume, "5", "", "0.0000", -1, ""},
		{tier.Incremental, volume, "", "", "null", -1, ""},
	} {
		r := ladder(t, c.mode, c.steps...).Compute(dec(t, c.measure), dec(t, c.by))
		lines := ""
		for i, l := range r.Lines {
			if i > 0 {
				lines += " "
			}
			lines += fmt.Sprint(l.Tier, ":", show(l.Amount))
		}
		if show(r.Amount) != c.want || r.Reached != c.reached || lines != c.lines {
			t.Errorf("%s of %s by %s: got %s in %d by %q", c.mode, c.measure, c.by, show(r.Amount), r.Reached, lines)
		}
	}
	days := ladder(t, tier.Retroactive, "0", "1", "16", "0.8", "31", "0.5", "46", "0")
	factor := value.Div(value.Add(value.Mul(dec(t, "600000"), days.Rate(dec(t, "10"))), value.Mul(dec(t, "400000"), days.Rate(dec(t, "40")))), dec(t, "1000000"))
	if show(factor) != "0.8000" {
		t.Errorf("the factor is %s", show(factor))
	}
}

// TestLadders: what incremental ladders give for random measures is what every unit of the measure
// earns by itself, and grows with it; retroactive ones give the rate reached times the measure.
func TestLadders(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		steps, at := []string{}, int64(0)
		for range 1 + r.IntN(5) {
			steps = append(steps, fmt.Sprint(at), fmt.Sprintf("0.%03d", r.IntN(1000)))
			at += 1 + r.Int64N(40)
		}
		up, flat := ladder(t, tier.Incremental, steps...), ladder(t, tier.Retroactive, steps...)
		if err := up.Check(); err != nil {
			t.Fatal(err)
		}
		m := r.Int64N(200)
		want := value.Int(0)
		for unit := range m {
			want = value.Add(want, up.Rate(value.Int(unit)))
		}
		if got := up.Compute(value.Int(m), value.Int(m)).Amount; !value.Equal(got, want) {
			t.Fatalf("%v of %d gives %s, unit by unit %s", steps, m, show(got), show(want))
		}
		if got := flat.Compute(value.Int(m), value.Int(m)).Amount; !value.Equal(got, value.Mul(value.Int(m), flat.Rate(value.Int(m)))) {
			t.Fatalf("%v of %d gives %s", steps, m, show(got))
		}
	}
}

// TestCheck refuses ladders with gaps, overlaps and tiers without extent.
func TestCheck(t *testing.T) {
	one := func(lower, upper string) tier.Tier { return tier.Tier{Lower: dec(t, lower), Upper: dec(t, upper)} }
	for name, l := range map[string][]tier.Tier{"gap": {one("0", "5"), one("6", "")}, "overlap": {one("0", "5"), one("4", "")}, "no end": {one("0", ""), one("5", "")}, "empty": {one("5", "5")}, "no start": {one("", "5")}} {
		if (tier.Ladder{Tiers: l}).Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := (tier.Ladder{Tiers: []tier.Tier{one("0", "5"), one("5.00", "7")}}).Check(); err != nil {
		t.Error(err)
	}
}

// TestVersions: a ladder holds from midnight of its day in the zone.
func TestVersions(t *testing.T) {
	zone := time.FixedZone("east", 8*3600)
	day := time.Date(2026, 4, 1, 0, 0, 0, 0, zone)
	vs := []tier.Version{{Since: value.Date(day.Add(8*time.Hour).Unix() / 86400), Ladder: tier.Ladder{Mode: "new"}}}
	if _, ok := tier.At(vs, day.UnixMicro()-1, zone); ok {
		t.Error("it holds too early")
	}
	if v, ok := tier.At(vs, day.UnixMicro(), zone); !ok || v.Ladder.Mode != "new" {
		t.Error("it does not hold on its day")
	}
}
