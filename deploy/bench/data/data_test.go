package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

var small = Generate(Size{Accounts: 200, Contacts: 600, Opportunities: 4000})

// The rows are the same for ever: figures of different days are of the same data.
func TestGenerateIsStable(t *testing.T) {
	h := sha256.New()
	for _, f := range small.Files() {
		if err := f.Write(h); err != nil {
			t.Fatal(err)
		}
	}
	const want = "5e2a71b1d95c759463308380dca49540bbdf79d9134353fbf7f5dfbe4dbde2a6"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the data changed: digest %s, want %s", got, want)
	}
}

func TestFiles(t *testing.T) {
	for _, f := range small.Files() {
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != f.Rows+1 {
			t.Errorf("%s has %d lines, want a header and %d rows", f.Object, n, f.Rows)
		}
	}
}

func TestCallsAreStable(t *testing.T) {
	for _, op := range append([]Op{Page}, Ops...) {
		long, short := small.Calls(op, 300), small.Calls(op, 40)
		if !reflect.DeepEqual(long[:40], short) {
			t.Errorf("%s: the first calls depend on how many are wanted", op)
		}
		for _, c := range long {
			if op != Mix && c.Op != op {
				t.Errorf("%s: a call of %s", op, c.Op)
			}
		}
	}
}

func TestMixHasItsShares(t *testing.T) {
	n := map[Op]int{}
	const all = 10_000
	for _, c := range small.Calls(Mix, all) {
		n[c.Op]++
	}
	for _, x := range shares {
		if got := float64(n[x.op]) / all * 100; got < float64(x.share)-1.5 || got > float64(x.share)+1.5 {
			t.Errorf("%s is %.1f %% of the mix, want %d %%", x.op, got, x.share)
		}
	}
}

// The amounts of List let pass the shares of a stage's rows that they are meant to.
func TestThresholds(t *testing.T) {
	for i, c := range small.Calls(List, 40) {
		want, n, all := passing[i%len(passing)], 0, 0
		for _, o := range small.Opportunities {
			if o.Stage == c.Stage {
				all++
				if o.Amount > c.Above {
					n++
				}
			}
		}
		if got := float64(n) / float64(all); got < want-0.01 || got > want+0.01 {
			t.Errorf("%.3f of stage %s pass %d, want %.2f", got, c.Stage, c.Above, want)
		}
	}
}

// rows are the nodes of a list in an answer.
func rows(answer any, name string) []any {
	return answer.(object)[name].(object)["nodes"].([]any)
}

func TestListAnswer(t *testing.T) {
	for _, op := range []Op{List, Page} {
		for _, c := range small.Calls(op, 20) {
			got := rows(small.Answer(c), "opportunities")
			if len(got) > ListRows {
				t.Fatalf("%s: %d rows", op, len(got))
			}
			last := ""
			for _, r := range got {
				r := r.(object)
				if r["stage"] != c.Stage {
					t.Errorf("%s: stage %s in a list of %s", op, r["stage"], c.Stage)
				}
				if day := r["closeDate"].(string); last != "" && day > last {
					t.Errorf("%s: %s after %s", op, day, last)
				} else {
					last = day
				}
			}
		}
	}
}

// Pages that follow each other give every row of a stage once.
func TestPagesCoverAStage(t *testing.T) {
	want := 0
	for _, o := range small.Opportunities {
		if o.Stage == "won" {
			want++
		}
	}
	first := rows(small.Answer(Call{Op: List, Stage: "won", Above: -1}), "opportunities")
	seen := map[string]bool{}
	for page := first; len(page) > 0; {
		var last int64
		for _, r := range page {
			id := r.(object)["id"].(string)
			if seen[id] {
				t.Fatalf("%s comes twice", id)
			}
			seen[id] = true
			last = idOf(t, id)
		}
		page = rows(small.Answer(Call{Op: Page, Stage: "won", ID: last}), "opportunities")
	}
	if len(seen) != want {
		t.Errorf("the pages have %d rows, the stage %d", len(seen), want)
	}
}

func idOf(t *testing.T, id string) int64 {
	t.Helper()
	for _, o := range small.Opportunities {
		if id == OpportunityPrefix+strconv.FormatInt(o.ID, 10) {
			return o.ID
		}
	}
	t.Fatalf("there is no opportunity %s", id)
	return 0
}

func TestNestedAnswer(t *testing.T) {
	for _, c := range small.Calls(Nested, 10) {
		for _, a := range rows(small.Answer(c), "accounts") {
			a := a.(object)
			if a["region"] != c.Region {
				t.Errorf("region %s, want %s", a["region"], c.Region)
			}
			for _, list := range []string{"contacts", "opportunities"} {
				if n := len(rows(a, list)); n > NestedChildren {
					t.Errorf("%d %s", n, list)
				}
			}
		}
	}
}

func TestGroupAnswer(t *testing.T) {
	var n int64
	for _, g := range small.Answer(Call{Op: Group}).(object)["stages"].([]any) {
		n += g.(object)["count"].(int64)
	}
	if n != int64(len(small.Opportunities)) {
		t.Errorf("the groups have %d rows, want %d", n, len(small.Opportunities))
	}
}

func TestApply(t *testing.T) {
	s := Generate(Size{Accounts: 10, Contacts: 10, Opportunities: 50})
	c := s.Calls(Update, 1)[0]
	s.Apply(c)
	got := s.Answer(Call{Op: Get, ID: c.ID}).(object)["opportunity"].(object)
	if got["amount"] != money(c.New.Amount) || got["nextStep"] != c.New.NextStep {
		t.Errorf("after %+v the answer is %v", c, got)
	}
}
