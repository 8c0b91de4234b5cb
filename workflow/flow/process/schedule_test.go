package process

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/model"
	"github.com/tenon-platform/tenon/platform/clock"
)

// TestWanted: which of the moments that have come start runs.
func TestWanted(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	hourly, err := clock.ParseCron("0 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 29, 4, 0, 30, 0, zone) // there is no hour from two to three: its moment is that of three
	due := moments(hourly, zone, now.Add(-5*time.Hour).Truncate(time.Hour), now)
	for _, x := range []struct {
		name string
		t    model.FlowTrigger
		late time.Duration // since now
		want string
	}{
		{"the last", model.FlowTrigger{}, 0, "04"},
		{"the last, late", model.FlowTrigger{}, time.Hour * 1000, "04"},
		{"none, in time", model.FlowTrigger{CatchUp: "none"}, 0, "04"},
		{"none, late", model.FlowTrigger{CatchUp: "none"}, time.Minute, ""},
		{"all", model.FlowTrigger{CatchUp: "all"}, 0, "22 23 00 01 02 04"},
		{"some", model.FlowTrigger{CatchUp: "all", CatchUpMax: 2}, 0, "02 04"},
		{"within hours", model.FlowTrigger{CatchUp: "all", CatchUpWindow: "PT3H"}, 0, "01 02 04"},
		{"within hours, some", model.FlowTrigger{CatchUp: "all", CatchUpMax: 2, CatchUpWindow: "PT3H"}, 0, "02 04"},
		{"within a day that is short", model.FlowTrigger{CatchUp: "all", CatchUpWindow: "P1D"}, 21 * time.Hour, "02 04"},
		{"the last within", model.FlowTrigger{CatchUpWindow: "PT3H"}, 2 * time.Hour, "04"},
		{"the last, too late", model.FlowTrigger{CatchUpWindow: "PT3H"}, 3 * time.Hour, ""},
		{"in time, whatever the window", model.FlowTrigger{CatchUpWindow: "PT1S"}, 0, "04"},
	} {
		var got []string
		for _, m := range wanted(x.t, slices.Clone(due), now.Add(x.late)) {
			got = append(got, m.Wall[11:13])
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: %s, want %s", x.name, s, x.want)
		}
	}
}

// TestWantedAlways: whatever a schedule says, it starts the last ones of what has come, no more than it says, and
// none that was missed for longer than it says; what comes in time it always starts.
func TestWantedAlways(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	crons := []string{"*/7 * * * *", "30 9 * * *", "0 */3 * * 1-5"}
	for range 3000 {
		c, err := clock.ParseCron(crons[r.IntN(len(crons))])
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(100_000)) * time.Minute)
		now := first.Add(time.Duration(r.IntN(10_000)) * time.Second * time.Duration(1+r.IntN(30)))
		x := model.FlowTrigger{CatchUp: []string{"", "last", "none", "all"}[r.IntN(4)]}
		window := time.Duration(1+r.IntN(72)) * time.Hour
		if x.CatchUp != "none" && r.IntN(2) == 0 {
			x.CatchUpWindow = fmt.Sprintf("PT%dH", int(window.Hours()))
		}
		if x.CatchUp == "all" && r.IntN(2) == 0 {
			x.CatchUpMax = 1 + r.IntN(100)
		}
		due := moments(c, time.UTC, first, now)
		got := wanted(x, slices.Clone(due), now)
		most := 1
		if x.CatchUp == "all" {
			most = 100
			if x.CatchUpMax > 0 {
				most = x.CatchUpMax
			}
		}
		if len(got) > most || !slices.Equal(got, due[len(due)-len(got):]) {
			t.Fatalf("%+v gives %d of %d", x, len(got), len(due))
		}
		for _, m := range got {
			late := now.Sub(m.At)
			if late > onTime && (x.CatchUp == "none" || x.CatchUpWindow != "" && late > window) {
				t.Fatalf("%+v makes up for what is %s late", x, late)
			}
		}
		if n := len(due); n > 0 && now.Sub(due[n-1].At) <= onTime && len(got) == 0 {
			t.Fatalf("%+v passes over what is in time", x)
		}
	}
}

// TestDelay: delays are below the jitter, spread over all of it, and the same for the same moment.
func TestDelay(t *testing.T) {
	parts := make([]int, 10)
	for i := range 10_000 {
		words := []string{"acme", "daily", fmt.Sprint(i)}
		d := Delay(time.Hour, words...)
		if d < 0 || d >= time.Hour || d != Delay(time.Hour, words...) {
			t.Fatalf("%v is delayed by %s", words, d)
		}
		parts[d/(6*time.Minute)]++
	}
	for i, n := range parts {
		if n < 800 || n > 1200 {
			t.Errorf("%d of 10,000 are in part %d of 10", n, i)
		}
	}
	if Delay(time.Hour, "a", "bc") == Delay(time.Hour, "ab", "c") {
		t.Error("words run together")
	}
}

// TestPast: a date is past when it came before the window, which is a day unless the flow says.
func TestPast(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		window string
		late   time.Duration
		past   bool
	}{{"", 24 * time.Hour, false}, {"", 24*time.Hour + 1, true}, {"PT1H", time.Hour, false}, {"PT1H", 61 * time.Minute, true}, {"P1M", 31 * 24 * time.Hour, false}, {"P1M", 32 * 24 * time.Hour, true}} {
		if got := past(model.FlowTrigger{CatchUpWindow: x.window}, at, at.Add(x.late)); got != x.past {
			t.Errorf("%s late, with %q: past %v", x.late, x.window, got)
		}
	}
}
