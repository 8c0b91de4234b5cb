package approval

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/errs"
)

// dice makes choices out of bytes; when they run out, each choice is the first.
type dice struct{ b []byte }

func (d *dice) n(n int) int {
	if len(d.b) == 0 {
		return 0
	}
	x := int(d.b[0]) % n
	d.b = d.b[1:]
	return x
}

func (d *dice) one(in n) bool { return d.n(int(in)) == 1 }

type n int

func pick[T any](d *dice, xs ...T) T { return xs[d.n(len(xs))] }

var actors = []string{"u1", "u2", "u3", "u4", "ann", "abe", "bob", "cat", "fay", "lea", "pam"}

// someFlow makes a random sequence of nodes.
func someFlow(d *dice, ids *int, depth int) []*Node {
	var out []*Node
	for range 1 + d.n(3) {
		*ids++
		x := &Node{ID: "n" + strconv.Itoa(*ids), Kind: pick(d, Approve, Approve, Approve, Handle, Condition, Parallel, Inclusive, CC, Wait, ActionNode, SubApproval)}
		if depth > 2 && isBlock(x) {
			x.Kind = Approve
		}
		x.When = pick(d, "", "", "", "record.vip", "record.amount > 10")
		switch x.Kind {
		case Approve, Handle:
			someAsk(d, x)
		case CC:
			x.Participants = []Participant{{Type: "users", IDs: []string{pick(d, actors...)}}}
		case Wait:
			x.For = pick(d, "PT1H", "PT8H")
			if d.one(2) {
				x.For, x.Event = "", "paid"
			}
		case ActionNode:
			x.Do, x.Async = []Action{{Call: "x"}}, d.one(2)
		case SubApproval:
			x.Process, x.OnChildReject = "other", pick(d, "", "continue")
		default:
			someBranches(d, x, ids, depth)
		}
		out = append(out, x)
	}
	return out
}

func someBranches(d *dice, x *Node, ids *int, depth int) {
	if x.Kind != Condition {
		x.OnBranchReject = pick(d, "", "wait_all", "continue")
	}
	for i, id := range []string{"a", "b"} {
		b := &Branch{ID: id, Flow: someFlow(d, ids, depth+1)}
		if x.Kind != Parallel && i == 0 {
			b.When = pick(d, "record.amount > 100", "record.vip", "record.discount < 0.5")
		}
		x.Branches = append(x.Branches, b)
	}
	if x.Kind != Parallel {
		x.Default = "b"
	}
}

func someAsk(d *dice, x *Node) {
	for range 1 + d.n(3) {
		x.Participants = append(x.Participants, pick(d,
			Participant{Type: "users", IDs: []string{pick(d, actors...), pick(d, actors...)}, Weight: 1 + d.n(3)},
			Participant{Type: "manager", Level: d.n(4)}, Participant{Type: "submitter"}, Participant{Type: "role", Role: pick(d, "finance", "nobody", "gm")},
			Participant{Type: "queue", Role: "finance"}, Participant{Type: "managerChain", To: &ChainEnd{Top: true}}))
	}
	x.Vote = &Vote{Mode: pick(d, "all", "any", "sequential", "ratio", "weighted", "count", "random", "claim"), N: 1 + d.n(3)*33}
	if x.Vote.Mode == "count" {
		x.Vote.N = 1 + d.n(3)
	}
	if x.Kind == Approve {
		x.Vote.OnReject = pick(d, "", "veto", "impossible", "wait_all")
		x.Reject = pick(d, "", "end")
	}
	if d.one(5) {
		no := false
		x.Vote.EarlyFinish = &no
	}
	x.Reresolve = d.one(3)
	x.Self = pick(d, "", "allow", "skip", "to_dept_head")
	x.Empty = &Empty{Do: pick(d, "to_admin", "approve", "reject", "block")}
	x.OnLeave = pick(d, "", "to_admin", "empty")
	x.Return = &Return{To: []string{"initiator", "previous", "any"}}
	x.Editable = []string{"amount"}
	x.Actions = &TaskActions{Transfer: true, Delegate: true, AddSign: true, RemoveSign: true, Abstain: true, TakeBack: &TakeBack{Within: "P1D"}}
	if d.one(2) {
		s := Stage{After: "PT2H", Clock: pick(d, "", "wall"), Do: pick(d, "remind", "escalate", "transfer", "approve", "return", "incident"), Mode: pick(d, "", "add")}
		x.Timeouts = []Stage{s}
	}
}

func someDefinition(d *dice) Spec {
	ids := 0
	s := Spec{Kind: "approval", Key: "p", Schema: 1, Object: "opp", Calendar: pick(d, "", "cn"), Lock: LockSpec{Mode: pick(d, "", "all")},
		Dedupe: pick(d, "", "consecutive", "all"), Admins: []Participant{{Type: "users", IDs: []string{"pam", "pat"}}},
		Withdraw: WithdrawSpec{Mode: pick(d, "", "to_draft")}, Resume: ResumeSpec{Default: pick(d, "", "jump_back"), JumpBackGuard: []string{"amount"}},
		OnChange: OnChange{Watch: []string{"amount"}, Do: pick(d, "", "notify", "restart")}}
	s.Flow = someFlow(d, &ids, 0)
	return s
}

// someCommand makes a command that has a chance to mean something.
func someCommand(d *dice, st *State, w *world) Command {
	c := Command{Kind: pick(d, "approve", "approve", "approve", "reject", "abstain", "return", "transfer", "delegate", "recall", "addSign", "removeSign",
		"claim", "unclaim", "takeBack", "withdraw", "resubmit", "urge", "cc", "comment", "view", "suspend", "resume", "terminate", "jump", "reassign",
		"retryIncident", "migrate", "timer", "actionDone", "childDone", "event", "orgChanged", "recordChanged", "recordDeleted", "userLeft", "recompute", "actionsFailed"),
		Actor: Actor{Type: "user", ID: pick(d, actors...)}, User: pick(d, actors...), Comment: "c", Reason: "r"}
	if (c.Kind == "terminate" || c.Kind == "withdraw" || c.Kind == "recordDeleted" || c.Kind == "userLeft") && d.n(4) > 0 {
		c.Kind = "approve"
	}
	if len(st.Tasks) > 0 {
		var open []*Task
		for _, t := range st.Tasks {
			if t.Status.open() {
				open = append(open, t)
			}
		}
		t := st.Tasks[d.n(len(st.Tasks))]
		if len(open) > 0 && d.n(4) > 0 {
			t = open[d.n(len(open))]
		}
		c.Task = t.ID
		if d.n(5) > 0 {
			c.Actor.ID = t.Assignee
			if t.Status == Claimable && len(t.Pool) > 0 {
				c.Kind, c.Actor.ID = "claim", t.Pool[0]
			}
		}
	}
	switch c.Kind {
	case "suspend", "resume", "terminate", "jump", "reassign", "retryIncident", "migrate":
		c.Actor = Actor{Type: "admin", ID: "root"}
		c.Version = w.latest["p"]
		c.Reresolve = d.one(3)
		c.To = "n" + strconv.Itoa(1+d.n(6))
		c.Incident = max(len(st.Incidents), 1)
	case "timer", "actionDone", "childDone", "event", "userLeft", "orgChanged", "recompute", "actionsFailed":
		c.Actor = System
		c.Event, c.Outcome = "paid", pick(d, "succeeded", "failed", "approved", "rejected")
		c.Visit = 1 + d.n(max(len(st.Visits), 1))
		if len(st.Timers) > 0 {
			c.Timer = st.Timers[d.n(len(st.Timers))].Key
		}
	case "return":
		c.To, c.Resume = pick(d, "initiator", "previous", "n1", "n2", "n3"), pick(d, "", "rerun", "jump_back")
	case "addSign":
		c.Sign = &AddSign{Type: pick(d, "before", "parallel"), Users: []string{pick(d, "u5", "u6", "u7")}, Method: pick(d, "", "any", "sequential"), Binding: d.one(2)}
	case "approve":
		if d.one(5) {
			c.Sign = &AddSign{Type: "after", Users: []string{pick(d, "u5", "u6", "u7"), "u8"}, Method: pick(d, "", "any", "sequential")}
		}
		if d.one(5) {
			c.Data = map[string]any{"amount": d.n(200)}
		}
	case "withdraw", "resubmit":
		c.Actor.ID = st.Initiator
	case "recordChanged":
		w.record["amount"] = d.n(300)
		w.rev++
		c.Fields = []string{"amount"}
		if st.Locked {
			c.Actor = Actor{Type: "admin", ID: "root"}
		}
	}
	return c
}

// reducer is Apply, or something that is not quite.
type reducer func(st *State, c Command, now time.Time, org Org) (*State, []Entry, []Effect, *errs.Error)

// play runs one random life of an instance and holds it to every rule. It reports how many
// commands were accepted.
func play(t testing.TB, b []byte, apply reducer) (accepted int, end Status) {
	d := &dice{b}
	w := newWorld()
	spec := someDefinition(d)
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	def, err := w.add(raw)
	if err != nil {
		t.Skip(err)
	}
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	var st *State
	var log []Entry
	for i := 0; i < 60 && (len(d.b) > 0 || i < 2); i++ {
		c := Command{Kind: "submit", Instance: "i1", Process: "p", Record: "r1", Actor: Actor{Type: "user", ID: "ann"}}
		if st != nil {
			c = someCommand(d, st, w)
		}
		now = now.Add(time.Duration(d.n(4)) * time.Hour)
		was := mustJSON(t, st)
		next, audit, effects, e := apply(st, c, now, w)
		again, _, _, e2 := apply(st, c, now, w)
		if mustJSON(t, next) != mustJSON(t, again) || (e == nil) != (e2 == nil) {
			t.Fatalf("%s gives two different results", mustJSON(t, c))
		}
		if mustJSON(t, st) != was {
			t.Fatalf("%s changed its input", c.Kind)
		}
		if e != nil {
			if e.Code == errs.Internal || next != nil || audit != nil || effects != nil {
				t.Fatalf("%s: %v with results", c.Kind, e)
			}
			continue
		}
		if st != nil && st.Status.Over() && next != st && !slices.Contains([]string{"view", "cc", "comment"}, c.Kind) {
			t.Fatalf("an instance that is %s accepted %s", st.Status, c.Kind)
		}
		if next != st {
			accepted++
		}
		if c.Kind == "userLeft" {
			w.gone[c.User] = true
		}
		st = throughJSON(t, next)
		log = append(log, audit...)
		w.apply(effects)
		check := func(err error) {
			if err != nil {
				t.Fatalf("after %s\n%v\n%s\n%s", mustJSON(t, c), err, raw, mustJSON(t, st))
			}
		}
		check(Check(st, def))
		check(CheckAudit(st, *throughJSON(t, &log)))
		check(CheckDecisions(st, *throughJSON(t, &log)))
		check(timersMatch(st, effects))
	}
	return accepted, st.Status
}

// timersMatch: what effects set is what the state waits for.
func timersMatch(st *State, effects []Effect) error {
	for _, e := range effects {
		if e.Kind == SetTimer && !slices.ContainsFunc(st.Timers, func(x Timer) bool { return x.Key == e.Timer && x.At.Equal(*e.At) }) {
			return fmt.Errorf("timer %s was set and is not in the state", e.Timer)
		}
	}
	return nil
}

// luck is the bytes of a seed.
func luck(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, 700)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestRandomLives plays many random instances; TENON_SEEDS says how many.
func TestRandomLives(t *testing.T) {
	seeds := 400
	if s, err := strconv.Atoi(os.Getenv("TENON_SEEDS")); err == nil {
		seeds = s
	}
	total, ends := 0, map[Status]int{}
	for seed := range seeds {
		b := luck(uint64(seed))
		ok := t.Run(strconv.Itoa(seed), func(t *testing.T) {
			a, end := play(t, b, Apply)
			total += a
			ends[end]++
		})
		if !ok {
			t.Fatalf("seed %d", seed)
		}
	}
	if total < seeds*3 || ends[Approved] == 0 || ends[Rejected] == 0 || ends[Running] == 0 {
		t.Errorf("the lives are too dull: %d commands accepted in %d lives that ended %v", total, seeds, ends)
	}
	t.Logf("%d commands accepted in %d lives; they ended %v", total, seeds, ends)
}

// FuzzApply plays instances that the fuzzer makes up.
func FuzzApply(f *testing.F) {
	f.Add([]byte("a process"))
	f.Add([]byte{0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 2000 {
			t.Skip()
		}
		play(t, b, Apply)
	})
}

// FuzzParse: no text makes the definition reader fail otherwise than with findings.
func FuzzParse(f *testing.F) {
	f.Add([]byte(frame(one, "")))
	f.Add([]byte(frame(`{"id":"k","kind":"condition","default":"y","branches":[{"id":"x","when":"record.vip","flow":[]},{"id":"y","flow":[]}]}`, "")))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, found := Parse(b, 1, testEnv())
		if (d == nil) != found.HasErrors() {
			t.Fatalf("a definition %v with findings %v", d, found)
		}
	})
}
