package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/platform/store"
	"github.com/tenon-platform/tenon/platform/store/driver"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/workflow/approval"
	"github.com/tenon-platform/tenon/workflow/approval/host"
	"github.com/tenon-platform/tenon/workflow/versions"
)

// reducer is approval.Apply, or something that is not quite.
type reducer func(st *approval.State, c approval.Command, now time.Time, org approval.Org) (*approval.State, []approval.Entry, []approval.Effect, *errs.Error)

// twin is an approval that lives twice: through the API, and in memory by the reducer alone.
type twin struct {
	*office
	host   *host.Host
	apply  reducer
	r      *rand.Rand
	st     *approval.State // by the reducer
	id     string
	record string
	log    []string
	taken  map[string]int // commands that both took, by their names
	gone   map[string]int // lives, by what they came to be
	synced int            // times that the API told of something which the reducer does not decide
}

// alone is a world in which nothing else runs.
type alone struct{ approval.Org }

func (alone) Running(string, string, string) string { return "" }

var modelPeople = []string{"ann", "bob", "cat", "dan", "fay", "fin", "fox", "lea", "leo", "pam", "zoe"}

func pickOne[T any](r *rand.Rand, xs ...T) T { return xs[r.IntN(len(xs))] }

// user is a person as the engine knows people.
func (m *twin) user(who string) string { return strconv.FormatInt(m.people[who], 10) }

// who is the person of a number.
func (m *twin) who(user string) string {
	for name, n := range m.people {
		if strconv.FormatInt(n, 10) == user {
			return name
		}
	}
	return ""
}

// reduce is what the reducer makes of a command, in the world as it is stored.
func (m *twin) reduce(c approval.Command) (next *approval.State, refused *errs.Error) {
	m.t.Helper()
	c.Instance = m.id
	err := m.in.db.View(m.as("root"), func(tx store.Tx) error {
		org, err := m.host.World(m.as("root"), tx, "", m.record)
		if err == nil {
			next, _, _, refused = m.apply(m.st, c, m.clock.Now(), alone{org})
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return next, refused
}

// stored is the state that the API left.
func (m *twin) stored() *approval.State {
	m.t.Helper()
	var raw string
	q, err := m.in.db.Prepare(&driver.Query{Table: "_wf_inst", Select: []driver.Expr{driver.Col{Name: "state"}}, Where: driver.Cmp{Op: driver.Eq, L: driver.Col{Name: "name"}, R: driver.Param{N: 0}}})
	if err == nil {
		err = m.in.db.View(m.as("root"), func(tx store.Tx) error {
			return versions.Each(m.as("root"), tx, q, func(rows driver.Rows) { raw = strings.Clone(rows.Value(0).Text()) }, value.Text(m.id))
		})
	}
	if err != nil {
		m.t.Fatal(err)
	}
	st := &approval.State{}
	if err := json.Unmarshal([]byte(raw), st); err != nil {
		m.t.Fatal(err)
	}
	return st
}

func written(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// begin submits a new deal to a process, both ways.
func (m *twin) begin(process string) string {
	m.t.Helper()
	m.record = m.deal("ann", `discount: "0.3"`)
	a := m.do("ann", `mutation { submit(process: %q, record: %q) { id } }`, process, m.record)
	if a.code() != "" {
		m.t.Fatal(a.raw)
	}
	m.id = dig(a.Data, "submit", "id").(string)
	m.st = m.stored() // the submission itself has tests of its own
	m.log = []string{"submit " + process}
	return ""
}

// step gives one random command both ways, and tells where they disagree; "" when they agree.
func (m *twin) step() string {
	m.t.Helper()
	if m.r.IntN(8) == 0 {
		return m.later()
	}
	c, who, field, args := m.command()
	want, refused := m.reduce(c)
	var more []string
	for k, v := range args {
		more = append(more, k+": "+v)
	}
	query := fmt.Sprintf(`mutation { %s(%s) { status } }`, field, strings.Join(more, ", "))
	m.log = append(m.log, who+" "+query)
	a := m.do(who, "%s", query)
	switch code := a.code(); {
	case code == "FINAL_ACTION_FAILED":
		m.synced++
		m.st = m.stored()
		return ""
	case refused != nil && code == "":
		return fmt.Sprintf("the API took what the reducer refuses: %s", refused.Code)
	case refused != nil && code != string(refused.Code) && (code != "NOT_FOUND" || m.involved(who)): // who has no part in an instance is not told why
		return fmt.Sprintf("the API refuses with %s, the reducer with %s", code, refused.Code)
	case refused == nil && code == "NOT_FOUND" && !m.involved(who): // a stranger
		return m.same(m.st)
	case refused == nil && code != "":
		return fmt.Sprintf("the API refuses what the reducer takes: %s", a.raw)
	case refused != nil:
		return m.same(m.st)
	}
	m.taken[field]++
	return m.same(want)
}

// involved says whether a person may know of the instance.
func (m *twin) involved(who string) bool {
	return m.do(who, `{ instance(id: %q) { id } }`, m.id).Data["instance"] != nil
}

// same holds what is stored against a state of the reducer's, which is the state from then on, and keeps
// the invariants.
func (m *twin) same(want *approval.State) string {
	m.t.Helper()
	got := m.stored()
	if g, w := written(got), written(want); g != w {
		return fmt.Sprintf("stored is\n%s\nthe reducer has\n%s", g, w)
	}
	m.st = got
	def, err := m.in.definition(m.as("root"), m.host, got.Def.Key, got.Def.Version)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := approval.Check(got, def); err != nil {
		return err.Error()
	}
	return ""
}

// later lets time pass, and timers go off, both ways.
func (m *twin) later() string {
	m.t.Helper()
	m.clock.Set(m.clock.Now().Add(time.Duration(1+m.r.IntN(20)) * time.Hour))
	m.log = append(m.log, "at "+m.clock.Now().Format(time.RFC3339))
	want := m.st
	for range 50 {
		var due *approval.Timer
		for i, t := range want.Timers {
			if !t.At.After(m.clock.Now()) && (due == nil || t.At.Before(due.At)) {
				due = &want.Timers[i]
			}
		}
		if due == nil {
			break
		}
		m.st = want
		next, refused := m.reduce(approval.Command{Kind: "timer", Actor: approval.System, Timer: due.Key})
		if refused != nil || next == want {
			break
		}
		want = next
	}
	m.drain()
	return m.same(want)
}

// command makes a random command that has a chance to mean something: as the reducer gets it, and as
// the API does.
func (m *twin) command() (c approval.Command, who, field string, args map[string]string) {
	r := m.r
	field = pickOne(r, "approve", "approve", "approve", "approve", "reject", "return", "abstain", "transfer", "delegate", "recall", "addSign", "removeSign",
		"claim", "unclaim", "takeBack", "withdraw", "resubmit", "urge", "comment", "cc", "suspend", "resume", "terminate", "jump", "reassign", "retryIncident")
	if (field == "terminate" || field == "withdraw" || field == "suspend") && r.IntN(4) > 0 {
		field = "approve"
	}
	if m.st.Status == approval.Suspended && r.IntN(2) == 0 {
		field = "resume"
	}
	if m.st.Status == approval.Returned && r.IntN(2) == 0 {
		field = "resubmit"
	}
	who = pickOne(r, modelPeople...)
	c, args = approval.Command{Kind: field}, map[string]string{}
	if len(m.st.Tasks) > 0 {
		t := m.st.Tasks[r.IntN(len(m.st.Tasks))]
		for range 4 { // rather one that waits
			if t.Status == approval.Pending || t.Status == approval.Claimable {
				break
			}
			t = m.st.Tasks[r.IntN(len(m.st.Tasks))]
		}
		c.Task = t.ID
		if own := m.who(t.Assignee); own != "" && r.IntN(5) > 0 {
			who = own
		}
		if t.Status == approval.Claimable && r.IntN(3) > 0 {
			field, c.Kind, who = "claim", "claim", m.who(t.Pool[r.IntN(len(t.Pool))])
		}
	}
	if c.Task == 0 { // nobody is asked anything
		field, c.Kind = "comment", "comment"
	}
	other := pickOne(r, modelPeople...)
	set := func(name string, v any) { args[name] = written(v) }
	person := func(name string) { c.User = m.user(other); set(name, m.office.id(other)) }
	switch field {
	case "withdraw", "resubmit", "urge", "comment", "cc", "suspend", "resume", "terminate", "jump", "retryIncident":
		c.Task = 0
		set("instance", m.id)
	default:
		set("task", fmt.Sprintf("%s:%d", m.id, c.Task))
	}
	admin := false
	switch field {
	case "suspend", "resume", "terminate", "jump", "reassign", "retryIncident":
		who, admin = "pam", true
		c.Reason = "why"
		set("reason", c.Reason)
	case "withdraw", "resubmit":
		if r.IntN(4) > 0 {
			who = "ann"
		}
	case "reject", "comment":
		c.Comment = "words"
		set("comment", c.Comment)
	}
	switch field {
	case "transfer", "delegate", "reassign":
		person("user")
	case "cc":
		c.Users = []string{m.user(other)}
		set("users", []string{m.office.id(other)})
	case "return":
		c.To, c.Resume = pickOne(r, "initiator", "previous", "money", "boss"), pickOne(r, "", "rerun", "jump_back")
		set("to", c.To)
		if c.Resume != "" {
			set("resume", c.Resume)
		}
	case "jump":
		c.To = pickOne(r, "money", "law", "boss", "desk", "end")
		set("to", c.To)
	case "retryIncident":
		c.Incident = 1
		set("incident", 1)
	case "addSign":
		c.Sign = &approval.AddSign{Type: pickOne(r, "before", "parallel"), Users: []string{m.user(other)}, Method: pickOne(r, "", "any"), Binding: r.IntN(2) == 0}
		args["sign"] = fmt.Sprintf(`{type: %q, users: [%q], binding: %v`, c.Sign.Type, m.office.id(other), c.Sign.Binding)
		if c.Sign.Method != "" {
			args["sign"] += fmt.Sprintf(`, method: %q`, c.Sign.Method)
		}
		args["sign"] += "}"
	}
	switch field {
	case "urge", "cc", "comment":
		admin = who == "pam"
	case "transfer", "removeSign": // in her own name where the task is hers
		admin = who == "pam" && m.st.Task(c.Task).Assignee != m.user(who)
	}
	c.Actor = approval.Actor{Type: "user", ID: m.user(who)}
	if admin {
		c.Actor.Type = "admin"
	}
	return c, who, field, args
}

// disagreement lives one random approval both ways; "" when they agree to the end.
func (m *twin) disagreement(seed uint64) string {
	m.t.Helper()
	m.r = rand.New(rand.NewPCG(seed, 11))
	m.begin(pickOne(m.r, "vote", "vote", "discount", "pool", "order", "sides", "fresh"))
	for range 24 {
		if what := m.step(); what != "" {
			return fmt.Sprintf("%s\nafter\n%s", what, strings.Join(m.log, "\n"))
		}
		if m.st.Status.Over() {
			break
		}
	}
	m.gone[string(m.st.Status)]++
	if !m.st.Status.Over() { // its timers are no concern of those who come after
		m.must("pam", `mutation { terminate(instance: %q, reason: "enough") { status } }`, m.id)
	}
	return ""
}

func newTwin(t *testing.T, apply reducer) *twin {
	o := newOffice(t)
	return &twin{office: o, host: o.in.hosting(t), apply: apply, taken: map[string]int{}, gone: map[string]int{}}
}

// TestModel: whatever people do in whatever order, the API does what the reducer decides, and stores
// exactly that. TENON_SEEDS says how many lives there are, and TENON_SEED with which they begin.
func TestModel(t *testing.T) {
	seeds, first := 60, 0
	if n, err := strconv.Atoi(os.Getenv("TENON_SEEDS")); err == nil {
		seeds = n
	}
	if n, err := strconv.Atoi(os.Getenv("TENON_SEED")); err == nil {
		first = n
	}
	m := newTwin(t, approval.Apply)
	for seed := first; seed < first+seeds; seed++ {
		if what := m.disagreement(uint64(seed)); what != "" {
			t.Fatalf("seed %d: %s", seed, what)
		}
	}
	m.consistent()
	sum := 0
	for _, n := range m.taken {
		sum += n
	}
	if sum < seeds*2 || len(m.taken) < 15 {
		t.Errorf("the lives are too dull: in %d of them were taken %v", seeds, m.taken)
	}
	t.Logf("%d commands were taken in %d lives, which came to be %v: %v; %d times what follows from a decision was refused", sum, seeds, m.gone, m.taken, m.synced)
}

// TestModelFindsBugs: each of these mistakes of a reducer is found by some life.
func TestModelFindsBugs(t *testing.T) {
	bugs := map[string]func(st *approval.State, c *approval.Command, now *time.Time){
		"an abstention is an approval":      func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "abstain", "approve") },
		"a rejection is an abstention":      func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "reject", "abstain") },
		"a time-out does nothing":           func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "timer", "view") },
		"a delegate decides":                func(_ *approval.State, c *approval.Command, _ *time.Time) { swap(c, "delegate", "transfer") },
		"a return forgets to come straight": func(_ *approval.State, c *approval.Command, _ *time.Time) { c.Resume = "" },
		"the clock is a minute fast":        func(_ *approval.State, _ *approval.Command, now *time.Time) { *now = now.Add(time.Minute) },
	}
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			m := newTwin(t, func(st *approval.State, c approval.Command, now time.Time, org approval.Org) (*approval.State, []approval.Entry, []approval.Effect, *errs.Error) {
				bug(st, &c, &now)
				return approval.Apply(st, c, now, org)
			})
			for seed := range uint64(1000) {
				if what := m.disagreement(seed); what != "" {
					t.Logf("seed %d: %.300s", seed, what)
					return
				}
			}
			t.Error("it was not found")
		})
	}
}

func swap(c *approval.Command, from, to string) {
	if c.Kind == from {
		c.Kind = to
	}
}
