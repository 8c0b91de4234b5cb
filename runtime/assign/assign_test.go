package assign_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/metadata/catalog"
	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/platform/value"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/assign"
)

// TestTurns: weights 5, 3 and 2 give A B C A A B A C B A, and again; who cannot be chosen stands still.
func TestTurns(t *testing.T) {
	ms := []assign.Member{{Weight: value.Int(5)}, {Weight: value.Int(3)}, {Weight: value.Int(2)}, {Weight: value.Int(0)}}
	got := ""
	for range 20 {
		got += string(rune('A' + assign.Pick(assign.RoundRobin, ms)))
	}
	if got != "ABCAABACBAABCAABACBA" {
		t.Error(got)
	}
	if ms[3].Out != assign.NoWeight {
		t.Errorf("a member without weight: %q", ms[3].Out)
	}
	ms[0].Out = assign.NotEligible
	was := ms[0].Current
	for range 5 {
		assign.Pick(assign.RoundRobin, ms)
	}
	if !value.Equal(was, ms[0].Current) {
		t.Error("who cannot be chosen moves on")
	}
	for i := range ms {
		ms[i].Out = assign.Excluded
	}
	if assign.Pick(assign.RoundRobin, ms) != -1 || assign.Pick(assign.LoadBalance, nil) != -1 {
		t.Error("somebody is chosen of nobody")
	}
}

// TestLoads: the least load for its capacity, then the one whose last turn is the longest ago, then the order.
func TestLoads(t *testing.T) {
	n, at := value.Int, func(i int64) value.Value { return value.DateTime(i) }
	for _, c := range []struct {
		ms   []assign.Member
		want int
	}{
		{[]assign.Member{{Load: n(3), Capacity: n(10)}, {Load: n(1), Capacity: n(3)}}, 0},
		{[]assign.Member{{Load: n(3), Capacity: n(10)}, {Load: n(1), Capacity: n(4)}}, 1},
		{[]assign.Member{{Load: n(1), Capacity: n(3), Last: at(5)}, {Load: n(2), Capacity: n(6), Last: at(4)}}, 1},
		{[]assign.Member{{Load: n(1), Capacity: n(3), Last: at(5)}, {Load: n(2), Capacity: n(6)}}, 1},
		{[]assign.Member{{Load: n(2), Capacity: n(6)}, {Load: n(1), Capacity: n(3)}}, 0},
		{[]assign.Member{{Load: n(3), Capacity: n(3)}, {Load: n(900)}}, 1},
		{[]assign.Member{{Load: n(3), Capacity: n(3)}, {Capacity: n(0)}}, -1},
	} {
		if got := assign.Pick(assign.LoadBalance, c.ms); got != c.want {
			t.Errorf("%+v: got %d, want %d", c.ms, got, c.want)
		}
	}
}

// desk is a tenant with a pool of agents A, B and C with weights 5, 3 and 2, and the ids of the pool,
// the agents and the members.
func desk(t *testing.T, caps ...int) (w *tenanttest.Tenant, pool string, agents, members []string) {
	w = tenanttest.Open(t, "testdata", "desk")
	pool = w.ID("Pool", `name: "P"`)
	for i, name := range []string{"A", "B", "C"} {
		agents = append(agents, w.ID("Agent", fmt.Sprintf(`name: %q`, name)))
		limit := ""
		if caps != nil {
			limit = fmt.Sprintf(", cap: %d", caps[i])
		}
		members = append(members, w.ID("Member", fmt.Sprintf(`poolId: %q, agentId: %q, weight: %d, seq: %d%s`, pool, agents[i], []int{5, 3, 2}[i], i, limit)))
	}
	return w, pool, agents, members
}

func by(how, ticket, pool, selection string) string {
	return fmt.Sprintf(`mutation { ticketAssignBy%s(id: %q, input: {poolId: %q}) { %s } }`, how, ticket, pool, selection)
}

// TestConcurrentTurns: of 100 tickets that are assigned at once, each agent gets the share of its weight.
func TestConcurrentTurns(t *testing.T) {
	w, pool, _, _ := desk(t)
	tickets := make([]string, 100)
	for i := range tickets {
		tickets[i] = w.ID("Ticket", `title: "x"`)
	}
	var all sync.WaitGroup
	for _, id := range tickets {
		all.Go(func() { w.Call(by("Turn", id, pool, "who")) })
	}
	all.Wait()
	w.Want(`{ agents(orderBy: {name: ASC}) { nodes { name open } } }`, `[{"name":"A","open":50},{"name":"B","open":30},{"name":"C","open":20}]`)
}

// TestConcurrentCapacity: 100 at once fill every agent to its capacity and no further; the rest are
// told that nobody can take them, and stay as they were.
func TestConcurrentCapacity(t *testing.T) {
	for _, how := range []string{"Turn", "Load"} {
		w, pool, _, _ := desk(t, 7, 40, 12)
		tickets := make([]string, 100)
		for i := range tickets {
			tickets[i] = w.ID("Ticket", `title: "x"`)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		nobody := 0
		for _, id := range tickets {
			all.Go(func() {
				if strings.Contains(w.Call(by(how, id, pool, "who")), `"rule":"NOBODY"`) {
					mu.Lock()
					nobody++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		w.Want(`{ agents(orderBy: {name: ASC}) { nodes { open } } tickets(filter: {status: {eq: new}}) { totalCount } }`,
			`{"agents":{"nodes":[{"open":7},{"open":40},{"open":12}]},"tickets":{"totalCount":41}}`)
		if nobody != 41 {
			t.Errorf("%s: %d were told that nobody can take them", how, nobody)
		}
	}
}

// TestPreferAndExclude: who knows the customer goes first without moving the turns; who is away, or
// has the ticket already, is left out, and the candidates say why.
func TestPreferAndExclude(t *testing.T) {
	w, pool, agents, _ := desk(t)
	ticket := func(input string) string { return w.ID("Ticket", `title: "x"`+input) }
	w.Want(by("Turn", ticket(fmt.Sprintf(`, knownId: %q`, agents[2])), pool, "who preferred"), `{"who":"C","preferred":true}`)
	first := ticket("")
	w.Want(by("Turn", first, pool, "who preferred"), `{"who":"A","preferred":false}`)
	w.Want(by("Turn", first, pool, "who ticket { candidates }"), `"out":"excluded"`)
	w.Call(fmt.Sprintf(`mutation { updateAgent(id: %q, patch: {awayTo: %q}) { agent { id } } }`, agents[2], w.Clock.Now().Add(time.Hour).Format(time.RFC3339)))
	got := w.Call(by("Turn", ticket(fmt.Sprintf(`, knownId: %q`, agents[2])), pool, "who preferred ticket { candidates }"))
	if strings.Contains(got, `"who":"C"`) || !strings.Contains(got, `"out":"not_eligible"`) {
		t.Errorf("who is away gets %s", got)
	}
	w.Clock.Advance(2 * time.Hour)
	w.Want(by("Turn", ticket(fmt.Sprintf(`, knownId: %q`, agents[2])), pool, "who"), `{"who":"C"}`)
}

// reader may read everything, and do nothing.
type reader struct{ access.Profile }

func (reader) Key() string                              { return "reader" }
func (reader) Can(_ *catalog.Object, op access.Op) bool { return op == access.Read }
func (reader) May(*catalog.Object, string) bool         { return false }

// TestWhoMayAssign: without the permission there is no such action.
func TestWhoMayAssign(t *testing.T) {
	w, pool, _, _ := desk(t)
	id := w.ID("Ticket", `title: "x"`)
	got := w.As(reader{access.Everything}, ident.Principal{UserID: 7, Name: "u"}, by("Turn", id, pool, "who"))
	if !strings.Contains(got, `"errors"`) || strings.Contains(got, `"who"`) {
		t.Errorf("got %s", got)
	}
	w.Want(`{ tickets(filter: {status: {eq: new}}) { totalCount } }`, `1`)
}
