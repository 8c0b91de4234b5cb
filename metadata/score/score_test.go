package score_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/score"
	"github.com/tenon-platform/tenon/platform/value"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func ago(days float64) time.Time { return now.Add(-time.Duration(days * 24 * float64(time.Hour))) }

func show(v value.Value) string {
	if v.IsNull() {
		return "null"
	}
	return string(value.Round(v, 4).Rescale(4).AppendDecimal(nil))
}

// TestDecay: 10 points of 15 days are 7.07 with a half-life of 30, and 7.50 when half of them go in 30 days.
func TestDecay(t *testing.T) {
	n, half := value.Int, value.Decimal(5, 1)
	for _, c := range []struct {
		decay  score.Decay
		points int64
		days   float64
		want   string
	}{
		{score.Decay{Kind: score.Exponential, Days: n(30)}, 10, 15, "7.0711"},
		{score.Decay{Kind: score.Exponential, Days: n(30)}, 10, 0, "10.0000"},
		{score.Decay{Kind: score.Exponential, Days: n(30)}, 16, 120, "1.0000"},
		{score.Decay{Kind: score.Exponential, Days: n(1)}, 10, 36500, "0.0000"},
		{score.Decay{Kind: score.Linear, Days: n(30), Rate: half}, 10, 15, "7.5000"},
		{score.Decay{Kind: score.Linear, Days: n(30), Rate: half}, 10, 60, "0.0000"},
		{score.Decay{Kind: score.Linear, Days: n(30), Rate: half}, 10, 90, "0.0000"},
		{score.Decay{Kind: score.Window, Days: n(7)}, 10, 7, "10.0000"},
		{score.Decay{Kind: score.Window, Days: n(7)}, 10, 7.01, "0.0000"},
		{score.Decay{Kind: score.Never}, 10, 900, "10.0000"},
		{score.Decay{Kind: score.Window, Days: n(7)}, -15, 90, "-15.0000"},
		{score.Decay{Kind: score.Window, Days: n(7), Negative: true}, -15, 90, "0.0000"},
	} {
		if got := show(c.decay.Apply(n(c.points), now.Sub(ago(c.days)))); got != c.want {
			t.Errorf("%d points of %v days by %+v: got %s, want %s", c.points, c.days, c.decay, got, c.want)
		}
	}
}

func model() *score.Model {
	n := value.Int
	return &score.Model{Min: n(0), Max: n(100),
		Groups: []score.Group{{Name: "content", Cap: n(40), Decay: score.Decay{Kind: score.Exponential, Days: n(30)}}, {Name: "intent", Cap: value.Null}, {Name: "neg", Cap: value.Null}},
		Rules:  []score.Rule{{Name: "page_view", Group: 0, Cap: n(10)}, {Name: "download", Group: 0}, {Name: "pricing", Group: 1}, {Name: "unsubscribe", Group: 2}}}
}

// TestOrder: events fade, rules are capped, then groups, then the sum is bounded and rounded.
func TestOrder(t *testing.T) {
	e := func(rule string, points int64, days float64) score.Event {
		return score.Event{Rule: rule, Points: value.Int(points), At: ago(days)}
	}
	for _, c := range []struct {
		events []score.Event
		want   string
	}{
		{nil, "0.0000"},
		{[]score.Event{e("page_view", 25, 30), e("page_view", 5, 0)}, "10.0000"},  // 12.5 + 5, capped to 10
		{[]score.Event{e("page_view", 16, 30), e("download", 80, 30)}, "40.0000"}, // 8 + 40, capped to 40
		{[]score.Event{e("download", 10, 15)}, "7.0700"},
		{[]score.Event{e("pricing", 15, 400), e("unsubscribe", -10, 400)}, "5.0000"},
		{[]score.Event{e("pricing", 15, 400), e("unsubscribe", -90, 400)}, "0.0000"},
		{[]score.Event{e("pricing", 150, 0)}, "100.0000"},
		{[]score.Event{e("pricing", 15, -1), e("gone", 15, 0)}, "0.0000"},
	} {
		if got := model().Compute(c.events, now); show(got.Total) != c.want {
			t.Errorf("%+v: got %s, want %s", c.events, show(got.Total), c.want)
		}
	}
	got := model().Compute([]score.Event{e("page_view", 25, 30), e("gone", 3, 0)}, now)
	if text := fmt.Sprintf("%s>%s %s %s>%s %s>%s", show(got.Events[0].Before), show(got.Events[0].After), show(got.Events[1].After),
		show(got.Rules[0].Before), show(got.Rules[0].After), show(got.Groups[0].Before), show(got.Groups[0].After)); text != "25.0000>12.5000 null 12.5000>10.0000 10.0000>10.0000" {
		t.Error(text)
	}
}

// TestRandomEvents: the order of events does not matter, scores stay in their bounds, only fall as
// time goes by without negative events, and agree with floating point to a cent.
func TestRandomEvents(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	for range 200 {
		var events []score.Event
		float := 0.0
		for range r.IntN(12) {
			days := float64(r.IntN(9000)) / 100
			p := int64(r.IntN(20))
			events = append(events, score.Event{Rule: "download", Points: value.Int(p), At: ago(days)})
			float += float64(p) * math.Pow(0.5, days/30)
		}
		got := model().Compute(events, now).Total
		want := math.Min(float, 40)
		if x, err := strconv.ParseFloat(show(got), 64); err != nil || math.Abs(x-want) > 0.0051 {
			t.Fatalf("%v gives %s, want %v", events, show(got), want)
		}
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		if again := model().Compute(events, now).Total; !value.Equal(again, got) {
			t.Fatalf("another order gives %s, not %s", show(again), show(got))
		}
		if later := model().Compute(events, now.Add(100*time.Hour)).Total; value.Compare(later, got) > 0 {
			t.Fatalf("the score rises from %s to %s", show(got), show(later))
		}
	}
}

func TestBands(t *testing.T) {
	bands := []score.Band{{Name: "A", Min: value.Int(70)}, {Name: "B", Min: value.Int(50)}}
	for _, c := range []struct {
		v    value.Value
		want string
	}{{value.Int(70), "A"}, {value.Decimal(6999, 2), "B"}, {value.Int(49), ""}, {value.Null, ""}} {
		if got := score.Name(bands, c.v); got != c.want {
			t.Errorf("%s is in %q, want %q", show(c.v), got, c.want)
		}
	}
}
