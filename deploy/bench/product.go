package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

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

func variables(c data.Call) map[string]any {
	id := func(prefix string, n int64) string { return fmt.Sprint(prefix, n) }
	switch c.Op {
	case data.Get:
		return map[string]any{"id": id(data.OpportunityPrefix, c.ID)}
	case data.List:
		return map[string]any{"stage": c.Stage, "above": fmt.Sprint(c.Above)}
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

// product is Tenon with its data directory.
type product struct {
	w    *workshop
	bin  string
	dir  string
	addr string
	key  string
}

func newProduct(ctx context.Context, w *workshop) (*product, error) {
	p := &product{w: w, dir: w.path("data")}
	var err error
	if p.bin, err = w.build(ctx, "./platform/cmd/tenon"); err != nil {
		return nil, err
	}
	p.addr, err = freeAddr()
	return p, err
}

func (p *product) start() (*process, error) {
	return p.w.start(p.bin, []string{"TENON_ADMIN_PASSWORD=benchmark-only"}, "serve", "--data", p.dir, "--addr", p.addr)
}

// ready starts the server for the first time, with the standard packages, and makes a key.
func (p *product) ready(ctx context.Context) (*process, error) {
	proc, err := p.start()
	if err != nil {
		return nil, err
	}
	if err := p.answers(ctx, proc); err != nil {
		return nil, err
	}
	said, err := p.command(ctx, "key", "create", "--user", "admin")
	if err != nil {
		return nil, err
	}
	lines := strings.Fields(said)
	p.key = lines[len(lines)-1]
	return proc, nil
}

// answers waits until the server is ready.
func (p *product) answers(ctx context.Context, proc *process) error {
	for {
		res, err := http.Get("http://" + p.addr + "/readyz")
		if err == nil {
			return res.Body.Close()
		}
		if dead := proc.ended(); dead != nil {
			return dead
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

// command runs a verb of the command line on the data directory.
func (p *product) command(ctx context.Context, verb string, args ...string) (string, error) {
	return command(ctx, p.bin, append([]string{verb, "--data", p.dir}, args...)...)
}

// request is a GraphQL request.
func (p *product) request(document string, vars map[string]any) ([]byte, error) {
	return httpRequest("POST", "/graphql", p.addr, p.key, map[string]any{"query": document, "variables": vars})
}

// install applies the package of an embedded folder.
func (p *product) install(ctx context.Context, files fs.FS) error {
	dir, err := os.MkdirTemp(p.w.dir, "package-")
	if err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		return fmt.Errorf("write the package: %w", err)
	}
	_, err = p.command(ctx, "apply", dir)
	return err
}

// load loads a file of rows and gives how long that took.
func (p *product) load(ctx context.Context, f data.File) (time.Duration, error) {
	path := p.w.path(f.Object + ".csv")
	out, err := os.Create(path)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", f.Object, err)
	}
	if err := f.Write(out); err != nil {
		return 0, err
	}
	if err := out.Close(); err != nil {
		return 0, fmt.Errorf("write %s: %w", f.Object, err)
	}
	begin := time.Now()
	said, err := p.command(ctx, "load", "--object", f.Object, "--json", path)
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	var sum struct{ Rows, Failed int }
	if err := json.Unmarshal([]byte(said), &sum); err != nil || sum.Rows != f.Rows {
		return 0, fmt.Errorf("load %s: %d rows wanted, the answer is %s", f.Object, f.Rows, said)
	}
	return took, nil
}

// productTarget installs Tenon and fills it.
func productTarget(ctx context.Context, w *workshop, set *data.Set) (*target, error) {
	p, err := newProduct(ctx, w)
	if err != nil {
		return nil, err
	}
	first, err := p.ready(ctx)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(benchmarkPackage, "package")
	if err != nil {
		return nil, err
	}
	if err := p.install(ctx, files); err != nil {
		return nil, err
	}
	t := &target{name: "Tenon", addr: p.addr, start: p.start, rows: int64(set.Size.Opportunities),
		request: func(c data.Call) ([]byte, error) { return p.request(documents[c.Op], variables(c)) }}
	for _, f := range set.Files() {
		took, err := p.load(ctx, f)
		if err != nil {
			return nil, err
		}
		t.loading += took
	}
	return t, first.stop()
}
