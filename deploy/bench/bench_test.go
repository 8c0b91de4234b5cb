package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// Each measurement runs from end to end, small and short: the shipped binary, the reference, every
// answer checked. With -short, nothing is measured that has to be compiled once more: the reference of processes, which brings
// a store of its own, and an earlier commit.
func TestQuick(t *testing.T) {
	process := []string{"process"}
	processes := []string{"approval decisions, 4 clients", "automation steps", "20 due timers drained", "until all have ended", "my tasks of 2,000"}
	if testing.Short() {
		process = append(process, "-dbos", "none")
	} else {
		processes = append(processes, "dbos")
	}
	for _, c := range []struct {
		name string
		args []string
		says []string
	}{
		{"compare", nil, []string{"| q1 ", "| q7 ", "cold start", "bulk load", "aggregate of the notes", "idempotency key", "| bulk create", "| import of CSV", "| export", "told to 100 subscribers"}},
		{"since", []string{"since", "-ops", "q1,q5"}, []string{"| q1 ", "| q5 ", "and as of HEAD", "cold start", "bulk load"}},
		{"growth", []string{"growth"}, []string{"4,000 rows", "page of 50 behind a cursor"}},
		{"size", []string{"size"}, []string{"12 objects × 12 fields", "add one field to one object: apply"}},
		{"process", process, processes},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "since" && testing.Short() {
				t.Skip("compiles everything once more")
			}
			var out strings.Builder
			file := filepath.Join(t.TempDir(), "figures.json")
			if err := run(context.Background(), append(c.args, "-quick", "-seconds", "0.2", "-json", file), &out); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.says {
				if !strings.Contains(out.String(), s) {
					t.Errorf("the report does not have %q:\n%s", s, out.String())
				}
			}
			b, err := os.ReadFile(file)
			if err != nil || !json.Valid(b) {
				t.Errorf("the figures are no JSON (%v): %.300s", err, b)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-ops", "q9"}, {"grow"}, {"growth", "-rows", "10"}, {"since", "-ops", "more"}, {"since", "-ops", "q1", "-commit", "none-such", "-quick"}, {"-nonsense"}} {
		if err := run(context.Background(), args, &strings.Builder{}); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

func TestReport(t *testing.T) {
	r := &report{Size: data.Standard(1), Rounds: 3, Seconds: 5, Connections: 16}
	r.measured(data.Get, []sample{{Rate: 50, CPU: 2}, {Rate: 10, CPU: 4}, {Rate: 45, CPU: 2}}, []sample{{Rate: 100, CPU: 1}, {Rate: 50, CPU: 1}, {Rate: 100, CPU: 1}})
	r.measured(data.Create, []sample{{Rate: 1}}, []sample{{Rate: 10}})
	o := r.Ops[0]
	if o.Ratio != 0.45 || o.CPURatio != 0.5 || o.Tenon.Rate != 45 || o.Reference.Rate != 100 {
		t.Errorf("medians are %+v", o)
	}
	text := r.markdown()
	for _, want := range []string{"200,000 opportunities", "≥ 0.40 met", "≥ 0.40 MISSED"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		vals []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.vals); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.vals, got, c.want)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		vals        []float64
		share, want float64
	}{{nil, 0.99, 0}, {[]float64{3}, 0.5, 3}, {[]float64{4, 1, 3, 2}, 0.5, 2}, {[]float64{4, 1, 3, 2}, 0.99, 4}, {[]float64{4, 1, 3, 2}, 0, 1}} {
		if got := quantile(c.vals, c.share); got != c.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.vals, c.share, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	tab := &table{head: []string{"what", "ms"}}
	tab.add("größer", "1,234")
	want := "| what   |    ms |\n|--------|------:|\n| größer | 1,234 |\n"
	if got := tab.render(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s", n, got)
		}
	}
}

// A wrong answer is found, whatever it is.
func TestVerify(t *testing.T) {
	set := data.Generate(data.Size{Accounts: 5, Contacts: 5, Opportunities: 20})
	c := set.Calls(data.Get, 1)[0]
	b, err := json.Marshal(set.Answer(c))
	if err != nil {
		t.Fatal(err)
	}
	tgt := &target{name: "server"}
	for _, x := range []struct {
		from, to string
		right    bool
	}{{"", "", true}, {`.00"`, `.01"`, false}, {`"stage":`, `"step":`, false}, {`"probability":`, `"probability":1`, false}} {
		var got any
		if err := decode([]byte(strings.Replace(string(b), x.from, x.to, 1)), &got); err != nil {
			t.Fatal(err)
		}
		if err := verify(tgt, c, got, set.Answer(c)); (err == nil) != x.right {
			t.Errorf("%q for %q: %v", x.to, x.from, err)
		}
	}
}
