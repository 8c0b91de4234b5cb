package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
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

func newTwin(t *testing.T, apply reducer) *twin {
	o := newOffice(t)
	return &twin{office: o, host: o.in.hosting(t), apply: apply, taken: map[string]int{}, gone: map[string]int{}}
}

func swap(c *approval.Command, from, to string) {
	if c.Kind == from {
		c.Kind = to
	}
}
