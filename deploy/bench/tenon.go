package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/tenon-platform/tenon/deploy/bench/data"
)

// The package that is installed for the benchmark.
//
//go:embed package
var benchmarkPackage embed.FS

// The operations as clients of Tenon send them.
var documents = map[data.Op]string{
	data.Get: `query ($id: ID!) { opportunity: benchOpportunity(id: $id) {
  id name accountId salesRep stage amount probability closeDate openedAt nextStep } }`,
	data.List: `query ($stage: BenchOpportunityStageOption!, $above: Decimal!) {
  opportunities: benchOpportunities(filter: {stage: {eq: $stage}, amount: {gt: $above}}, orderBy: [{closeDate: DESC}, {id: ASC}], first: 50) {
    nodes { id name accountId salesRep stage amount closeDate openedAt } } }`,
	data.Page: `query ($stage: BenchOpportunityStageOption!, $after: String!) {
  opportunities: benchOpportunities(filter: {stage: {eq: $stage}}, orderBy: [{closeDate: DESC}, {id: ASC}], first: 50, after: $after) {
    nodes { id name accountId salesRep stage amount closeDate openedAt } } }`,
	data.Nested: `query ($region: String!) { accounts: benchAccounts(filter: {region: {eq: $region}}, orderBy: [{id: ASC}], first: 20) { nodes {
  id name industry region tier annualRevenue
  contacts(first: 5, orderBy: [{id: ASC}]) { nodes { id name email title } }
  opportunities(first: 5, orderBy: [{closeDate: DESC}, {id: ASC}]) { nodes { id name stage amount closeDate } } } } }`,
	data.Group: `{ stages: benchOpportunityAggregate(groupBy: [{stage: true}]) { key { stage } count sum { amount } } }`,
	data.Create: `mutation ($input: BenchOpportunityCreate!) { create: createBenchOpportunity(input: $input) { record: benchOpportunity {
  id name accountId salesRep stage amount probability closeDate openedAt nextStep } } }`,
	data.Update: `mutation ($id: ID!, $patch: BenchOpportunityPatch!) { update: updateBenchOpportunity(id: $id, patch: $patch) {
  record: benchOpportunity { id amount nextStep } } }`,
}

// tenon is the product with the benchmark's package and data.
type tenon struct {
	*product
	cursors map[int64]string // of opportunities, by id
}

// newTenon installs the product and fills it.
func newTenon(ctx context.Context, w *workshop, set *data.Set) (*tenon, *target, error) {
	p, err := newProduct(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	first, err := p.ready(ctx)
	if err != nil {
		return nil, nil, err
	}
	files, err := fs.Sub(benchmarkPackage, "package")
	if err != nil {
		return nil, nil, err
	}
	if err := p.install(ctx, files); err != nil {
		return nil, nil, err
	}
	n := &tenon{p, map[int64]string{}}
	t := &target{name: "Tenon", addr: p.addr, start: p.start, request: n.request, rows: int64(set.Size.Opportunities)}
	for _, f := range set.Files() {
		took, err := p.load(ctx, f)
		if err != nil {
			return nil, nil, err
		}
		t.loading += took
	}
	return n, t, first.stop()
}

// request is a call as a GraphQL request.
func (n *tenon) request(c data.Call) ([]byte, error) {
	doc, ok := documents[c.Op]
	if !ok {
		return nil, fmt.Errorf("there is no document of operation %q", c.Op)
	}
	return n.graphQL(doc, n.variables(c))
}

func (n *tenon) variables(c data.Call) map[string]any {
	id := func(prefix string, n int64) string { return fmt.Sprint(prefix, n) }
	switch c.Op {
	case data.Get:
		return map[string]any{"id": id(data.OpportunityPrefix, c.ID)}
	case data.List:
		return map[string]any{"stage": c.Stage, "above": fmt.Sprint(c.Above)}
	case data.Page:
		return map[string]any{"stage": c.Stage, "after": n.cursors[c.ID]}
	case data.Nested:
		return map[string]any{"region": c.Region}
	case data.Create:
		o := c.New
		return map[string]any{"input": map[string]any{"name": o.Name, "accountId": id(data.AccountPrefix, o.Account), "salesRep": o.SalesRep,
			"stage": o.Stage, "amount": fmt.Sprint(o.Amount), "probability": o.Probability, "closeDate": o.CloseDate, "openedAt": o.OpenedAt,
			"nextStep": o.NextStep}}
	case data.Update:
		return map[string]any{"id": id(data.OpportunityPrefix, c.ID),
			"patch": map[string]any{"amount": fmt.Sprint(c.New.Amount), "nextStep": c.New.NextStep}}
	}
	return nil
}

// findCursors gets the cursors of the rows before pages. A cursor belongs to a row and an order,
// whatever the filter; so the page needs not be walked to.
func (n *tenon) findCursors(pages []data.Call) error {
	for _, c := range pages {
		req, err := n.graphQL(`query ($id: ID!) { page: benchOpportunities(filter: {id: {eq: $id}}, orderBy: [{closeDate: DESC}, {id: ASC}], first: 1) {
  pageInfo { endCursor } } }`, map[string]any{"id": fmt.Sprint(data.OpportunityPrefix, c.ID)})
		if err != nil {
			return err
		}
		got, err := send(n.addr, req)
		if err != nil {
			return fmt.Errorf("find a cursor: %w", err)
		}
		n.cursors[c.ID], _ = member(member(member(got, "page"), "pageInfo"), "endCursor").(string)
	}
	return nil
}
