package clock_test

import (
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
)

func TestPeriods(t *testing.T) {
	start := time.Date(2026, 1, 30, 22, 0, 0, 0, time.UTC)
	for s, want := range map[string]string{
		"P3D": "2026-02-02T22:00:00Z", "PT8H": "2026-01-31T06:00:00Z", "P1W": "2026-02-06T22:00:00Z", "P1Y": "2027-01-30T22:00:00Z",
		"P1M1DT1M1S": "2026-03-03T22:01:01Z", "P0D": "2026-01-30T22:00:00Z",
	} {
		p, err := clock.ParsePeriod(s)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := p.After(start).Format(time.RFC3339); got != want {
			t.Errorf("%s after %s is %s, want %s", s, start, got, want)
		}
	}
	for _, s := range []string{"", "P", "PT", "P1DT", "3D", "P-1D", "P1.5D", "P1D2H", "P99999999999999999999D", "P2000000D", "p1d"} {
		if p, err := clock.ParsePeriod(s); err == nil {
			t.Errorf("%q is read as %+v", s, p)
		}
	}
}

func TestFixed(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 8*3600))
	c := clock.NewFixed(at)
	c.Advance(time.Hour)
	if got := c.Now(); !got.Equal(at.Add(time.Hour)) || got.Location() != time.UTC {
		t.Errorf("the clock shows %s", got)
	}
	c.Set(at)
	if got := c.Now(); !got.Equal(at) {
		t.Errorf("the clock shows %s", got)
	}
}

// TestSettable: the clock follows another one until it is set; after that it stands.
func TestSettable(t *testing.T) {
	start := time.Date(2026, 1, 30, 22, 0, 0, 0, time.UTC)
	base := clock.NewFixed(start)
	s := clock.NewSettable(base)
	base.Advance(time.Minute)
	if got := s.Now(); !got.Equal(start.Add(time.Minute)) {
		t.Errorf("it shows %s before it is set", got)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	s.Advance(clock.Period{Months: 1}, zone) // 31 January in Shanghai
	base.Advance(time.Hour)
	if got, want := s.Now(), time.Date(2026, 3, 2, 22, 1, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("it shows %s, want %s", got, want)
	}
	s.Set(start)
	base.Advance(time.Hour)
	if got := s.Now(); !got.Equal(start) || got.Location() != time.UTC {
		t.Errorf("it shows %s after it is set", got)
	}
}

func TestStopwatch(t *testing.T) {
	s := clock.Start()
	a := s.Elapsed()
	if b := s.Elapsed(); a < 0 || b < a {
		t.Errorf("it shows %v, then %v", a, b)
	}
}
