// Package data is the benchmark's data: three objects of a CRM, generated from a fixed seed so that
// every run and every server has the same rows, and an oracle that knows the right answer of each
// operation. It knows nothing of the servers that are measured.
package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// seed is the same for ever: results of different days are comparable.
const seed = 20260301

// Size is how many rows there are.
type Size struct{ Accounts, Contacts, Opportunities int }

// Rows are all of them.
func (s Size) Rows() int { return s.Accounts + s.Contacts + s.Opportunities }

// Standard is the size that goals are stated for, times scale.
func Standard(scale float64) Size {
	n := func(rows float64) int { return max(1, int(rows*scale)) }
	return Size{n(20_000), n(60_000), n(200_000)}
}

// Account, Contact and Opportunity are rows. Ids count from 1; Account fields of the others are ids.
// Money is in whole units, so that sums are exact everywhere.
type (
	Account struct {
		ID                           int64
		Name, Industry, Region, Tier string
		Revenue                      int64
	}
	Contact struct {
		ID, Account        int64
		Name, Email, Title string
	}
	Opportunity struct {
		ID              int64
		Name            string
		Account         int64
		SalesRep, Stage string
		Amount          int64
		Probability     int64  // per cent
		CloseDate       string // 2026-03-01
		OpenedAt        string // 2026-03-01T10:00:00Z
		NextStep        string
	}
)

// Set is the rows with the indexes that the oracle needs.
type Set struct {
	Size          Size
	Accounts      []Account
	Contacts      []Contact
	Opportunities []Opportunity

	contactsOf, opportunitiesOf [][]int            // positions, by account id
	inRegion                    map[string][]int   // positions of accounts
	amounts                     map[string][]int64 // sorted, by stage
}

const regions = 40

// Stages are the values of an opportunity's stage.
var Stages = []string{"prospect", "qualified", "proposal", "negotiation", "won", "lost"}

var (
	industries = []string{"automotive", "chemicals", "construction", "education", "electronics", "energy", "finance", "food", "health", "logistics", "retail", "textiles"}
	tiers      = []string{"bronze", "silver", "gold", "platinum"}
	titles     = []string{"Buyer", "Head of purchasing", "Chief executive", "Chief engineer", "Plant manager", "Controller", "IT lead", "Owner"}
	givenNames = []string{"Anna", "Boris", "Clara", "Daniel", "Elena", "Felix", "Grace", "Hugo", "Irene", "Jonas", "Karin", "Li", "Mei", "Nils", "Olga", "Paul"}
	surnames   = []string{"Andersen", "Brandt", "Chen", "Dubois", "Eriksen", "Fontana", "Gruber", "Huang", "Ivanov", "Janssen", "Keller", "Lindberg", "Moreau", "Nowak", "Olsen", "Petrov"}
	steps      = []string{"call back", "send offer", "arrange visit", "check contract", "await budget", "present solution", "none"}
	firstWords = []string{"North", "South", "Silver", "Green", "Bright", "Stone", "River", "Summit", "Harbour", "Meadow", "Bridge", "Forest"}
	lastWords  = []string{"Industries", "Trading", "Works", "Systems", "Foods", "Logistics", "Partners", "Materials"}
	goods      = []string{"line upgrade", "service contract", "pilot", "expansion", "renewal", "spare parts", "training", "migration"}
)

// Region is the name of the i-th region, from 0.
func Region(i int) string { return fmt.Sprintf("region-%02d", i) }

// random draws values in a fixed order.
type random struct{ *rand.Rand }

func newRandom(stream uint64) random { return random{rand.New(rand.NewPCG(seed, stream))} }

func (r random) of(words []string) string { return words[r.IntN(len(words))] }

// id is a row of n, from 1.
func (r random) id(n int) int64 { return 1 + r.Int64N(int64(n)) }

// amount is mostly small and seldom large: the product of two uniform draws.
func (r random) amount() int64 { return 500 + r.Int64N(1000)*r.Int64N(1000)/2 }

func (r random) salesRep() string {
	return strings.ToLower(r.of(givenNames) + "." + r.of(surnames))
}

var firstDay = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)

func (r random) day() string { return firstDay.AddDate(0, 0, r.IntN(4*365)).Format(time.DateOnly) }

func (r random) instant() string {
	return firstDay.Add(time.Duration(r.IntN(3*365*86_400)) * time.Second).Format(time.RFC3339)
}

// Generate makes the rows. The same size gives the same rows.
func Generate(size Size) *Set {
	s := &Set{Size: size}
	r := newRandom(1)
	for i := range size.Accounts {
		s.Accounts = append(s.Accounts, Account{int64(i + 1), fmt.Sprintf("%s %s %d", r.of(firstWords), r.of(lastWords), i+1),
			r.of(industries), Region(r.IntN(regions)), r.of(tiers), 100_000 + 10_000*r.Int64N(9_900)})
	}
	for i := range size.Contacts {
		given, surname := r.of(givenNames), r.of(surnames)
		s.Contacts = append(s.Contacts, Contact{int64(i + 1), r.id(size.Accounts), given + " " + surname,
			strings.ToLower(fmt.Sprintf("%s.%s.%d@example.test", given, surname, i+1)), r.of(titles)})
	}
	for i := range size.Opportunities {
		o := r.opportunity(size)
		o.ID, o.Name = int64(i+1), fmt.Sprintf("%s %s #%d", r.of(firstWords), r.of(goods), i+1)
		s.Opportunities = append(s.Opportunities, o)
	}
	s.index()
	return s
}

// opportunity is one without id and name.
func (r random) opportunity(size Size) Opportunity {
	return Opportunity{Account: r.id(size.Accounts), SalesRep: r.salesRep(), Stage: r.of(Stages), Amount: r.amount(),
		Probability: 5 * r.Int64N(21), CloseDate: r.day(), OpenedAt: r.instant(), NextStep: r.of(steps)}
}

func (s *Set) index() {
	s.contactsOf, s.opportunitiesOf = make([][]int, s.Size.Accounts+1), make([][]int, s.Size.Accounts+1)
	s.inRegion, s.amounts = map[string][]int{}, map[string][]int64{}
	for i, a := range s.Accounts {
		s.inRegion[a.Region] = append(s.inRegion[a.Region], i)
	}
	for i, c := range s.Contacts {
		s.contactsOf[c.Account] = append(s.contactsOf[c.Account], i)
	}
	for i, o := range s.Opportunities {
		s.opportunitiesOf[o.Account] = append(s.opportunitiesOf[o.Account], i)
		s.amounts[o.Stage] = append(s.amounts[o.Stage], o.Amount)
	}
	for _, a := range s.amounts {
		slices.Sort(a)
	}
}
