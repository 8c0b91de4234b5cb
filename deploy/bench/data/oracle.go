package data

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Prefixes of ids, as answers show them: "bench_account_17".
const (
	AccountPrefix     = "bench_account_"
	ContactPrefix     = "bench_contact_"
	OpportunityPrefix = "bench_opportunity_"
)

// object is a JSON object of an answer.
type object = map[string]any

// Answer is the right answer of a call: what stands under "data", as encoding/json would decode it
// with numbers as int64. The new id of a Create is not in it.
func (s *Set) Answer(c Call) any {
	switch c.Op {
	case Get:
		return object{"opportunity": full(s.Opportunities[c.ID-1])}
	case List:
		return object{"opportunities": nodes(s.list(func(o *Opportunity) bool { return o.Stage == c.Stage && o.Amount > c.Above }))}
	case Page:
		from := s.Opportunities[c.ID-1]
		return object{"opportunities": nodes(s.list(func(o *Opportunity) bool { return o.Stage == c.Stage && latest(*o, from) > 0 }))}
	case Nested:
		return object{"accounts": nodes(s.nested(c.Region))}
	case Group:
		return object{"stages": s.group()}
	case Create:
		o := full(c.New)
		delete(o, "id")
		return object{"create": object{"record": o}}
	case Update:
		return object{"update": object{"record": object{"id": id(OpportunityPrefix, c.ID), "amount": money(c.New.Amount), "nextStep": c.New.NextStep}}}
	}
	return nil
}

// Apply makes the oracle know an Update that was carried out.
func (s *Set) Apply(c Call) {
	if c.Op == Update {
		o := &s.Opportunities[c.ID-1]
		o.Amount, o.NextStep = c.New.Amount, c.New.NextStep
	}
}

func id(prefix string, n int64) string { return prefix + strconv.FormatInt(n, 10) }

func money(n int64) string { return fmt.Sprintf("%d.00", n) }

func nodes(rows []any) object { return object{"nodes": rows} }

func full(o Opportunity) object {
	return object{"id": id(OpportunityPrefix, o.ID), "name": o.Name, "accountId": id(AccountPrefix, o.Account), "salesRep": o.SalesRep, "stage": o.Stage,
		"amount": money(o.Amount), "probability": o.Probability, "closeDate": o.CloseDate, "openedAt": o.OpenedAt, "nextStep": o.NextStep}
}

// latest orders by close date, latest first, and then by id.
func latest(a, b Opportunity) int {
	return cmp.Or(cmp.Compare(b.CloseDate, a.CloseDate), cmp.Compare(a.ID, b.ID))
}

// list gives the first rows of those that are wanted.
func (s *Set) list(want func(*Opportunity) bool) []any {
	var hits []Opportunity
	for i := range s.Opportunities {
		if want(&s.Opportunities[i]) {
			hits = append(hits, s.Opportunities[i])
		}
	}
	slices.SortFunc(hits, latest)
	rows := []any{}
	for _, o := range hits[:min(len(hits), ListRows)] {
		row := full(o)
		delete(row, "probability")
		delete(row, "nextStep")
		rows = append(rows, row)
	}
	return rows
}

func (s *Set) nested(region string) []any {
	rows := []any{}
	accounts := s.inRegion[region]
	for _, i := range accounts[:min(len(accounts), NestedRows)] {
		a := s.Accounts[i]
		rows = append(rows, object{"id": id(AccountPrefix, a.ID), "name": a.Name, "industry": a.Industry, "region": a.Region, "tier": a.Tier,
			"annualRevenue": money(a.Revenue), "contacts": nodes(s.contacts(a.ID)), "opportunities": nodes(s.opportunities(a.ID))})
	}
	return rows
}

func (s *Set) contacts(account int64) []any {
	rows := []any{}
	all := s.contactsOf[account]
	for _, i := range all[:min(len(all), NestedChildren)] {
		c := s.Contacts[i]
		rows = append(rows, object{"id": id(ContactPrefix, c.ID), "name": c.Name, "email": c.Email, "title": c.Title})
	}
	return rows
}

func (s *Set) opportunities(account int64) []any {
	var all []Opportunity
	for _, i := range s.opportunitiesOf[account] {
		all = append(all, s.Opportunities[i])
	}
	slices.SortFunc(all, latest)
	rows := []any{}
	for _, o := range all[:min(len(all), NestedChildren)] {
		rows = append(rows, object{"id": id(OpportunityPrefix, o.ID), "name": o.Name, "stage": o.Stage, "amount": money(o.Amount), "closeDate": o.CloseDate})
	}
	return rows
}

// group gives the stages by name.
func (s *Set) group() []any {
	count, sum := map[string]int64{}, map[string]int64{}
	for _, o := range s.Opportunities {
		count[o.Stage]++
		sum[o.Stage] += o.Amount
	}
	rows := []any{}
	for _, stage := range slices.Sorted(slices.Values(Stages)) {
		if count[stage] > 0 {
			rows = append(rows, object{"key": object{"stage": stage}, "count": count[stage], "sum": object{"amount": money(sum[stage])}})
		}
	}
	return rows
}
