package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRedeemAtOnce lets 100 clients redeem an offer limited to 28 at the same moment, over HTTP:
// exactly 28 succeed, each with a count of its own, and the others are told why.
func TestRedeemAtOnce(t *testing.T) {
	const clients, limit = 100, 28
	s := based(t, "../../../runtime/counter/testdata/promo")
	var made struct {
		CreateBatch struct{ Batch struct{ ID string } }
	}
	s.query(&made, `mutation { createBatch(input: {name: "Flash", totalLimit: 28}) { batch { id } } }`, nil)
	id := made.CreateBatch.Batch.ID
	var wg sync.WaitGroup
	answers := make([]string, clients)
	begin := make(chan struct{})
	for i := range answers {
		wg.Go(func() {
			body := operation(`mutation($id: ID!, $m: String) { batchRedeem(id: $id, input: {member: $m}) { used remaining } }`, map[string]any{"id": id, "m": fmt.Sprint("m", i)})
			<-begin
			status, _, answer, err := s.try(http.MethodPost, "/graphql", body, nil)
			if answers[i] = answer; err != nil || status != http.StatusOK {
				t.Errorf("client %d: %d %v %s", i, status, err, answer)
			}
		})
	}
	close(begin)
	wg.Wait()
	counts := map[string]bool{}
	ok := 0
	for _, a := range answers {
		var res struct {
			Data struct {
				BatchRedeem *struct{ Used, Remaining string }
			}
			Errors []struct{ Extensions struct{ Code, Rule string } }
		}
		if err := json.Unmarshal([]byte(a), &res); err != nil {
			t.Fatal(err)
		}
		switch {
		case len(res.Errors) == 0 && res.Data.BatchRedeem != nil:
			ok++
			counts[res.Data.BatchRedeem.Used] = true
		case len(res.Errors) != 1 || res.Errors[0].Extensions.Code != "LIMIT_EXCEEDED" || res.Errors[0].Extensions.Rule != "TOTAL_LIMIT":
			t.Error(a)
		}
	}
	if ok != limit || len(counts) != limit {
		t.Errorf("%d of %d clients succeeded, with %d different counts", ok, clients, len(counts))
	}
	var after struct {
		Batch       struct{ Used string }
		SysCounters struct{ TotalCount int }
	}
	s.query(&after, `query($id: ID!) { batch(id: $id) { used } sysCounters(filter: {key: {startsWith: "member:"}}) { totalCount } }`, map[string]any{"id": id})
	if after.Batch.Used != "28.0000" || after.SysCounters.TotalCount != limit {
		t.Errorf("afterwards %+v", after)
	}
}

// based serves what a package of people needs, and one package over it.
func based(t *testing.T, dir string) *server {
	t.Helper()
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, "../../../plugins/packages/platform-base")
	must(t, "apply", "--data", data, dir)
	return s
}

// trees is a package in which leaves hang on branches and those on trunks, each with roll-ups.
var trees = map[string]string{
	"tenon.json": `{"name": "trees", "version": "1.0.0", "label": {"en": "Trees", "zh-CN": "树"}}`,
	"objects/trunk/object.json": `{"name": "trunk", "label": {"en": "Trunk", "zh-CN": "主干"}, "fields": [
		{"name": "name", "type": "text"},
		{"name": "branches_sum", "type": "rollup", "from": "branch.trunk_id", "function": "sum", "field": "total"},
		{"name": "branches_count", "type": "rollup", "from": "branch.trunk_id", "function": "count"}]}`,
	"objects/branch/object.json": `{"name": "branch", "label": {"en": "Branch", "zh-CN": "枝"}, "pluralLabel": {"en": "Branches", "zh-CN": "枝"}, "fields": [
		{"name": "trunk_id", "type": "lookup", "to": "trunk"},
		{"name": "total", "type": "rollup", "from": "leaf.branch_id", "function": "sum", "field": "weight"},
		{"name": "leaves_count", "type": "rollup", "from": "leaf.branch_id", "function": "count"},
		{"name": "heaviest", "type": "rollup", "from": "leaf.branch_id", "function": "max", "field": "weight"},
		{"name": "big", "type": "rollup", "from": "leaf.branch_id", "function": "count", "where": "weight > 50"}]}`,
	"objects/leaf/object.json": `{"name": "leaf", "label": {"en": "Leaf", "zh-CN": "叶"}, "pluralLabel": {"en": "Leaves", "zh-CN": "叶"}, "fields": [
		{"name": "branch_id", "type": "lookup", "to": "branch"},
		{"name": "weight", "type": "money"}]}`,
}

// TestReparent is TestLongReparent in short.
func TestReparent(t *testing.T) { reparent(t, 3*time.Second) }

// reparent lets 100 writers hang leaves and branches somewhere else for some time, change weights,
// throw leaves away and bring them back, over HTTP. Afterwards no roll-up has drifted.
func reparent(t *testing.T, long time.Duration) {
	const writers, trunks, branches, leaves = 100, 4, 20, 400
	data := t.TempDir()
	s := serve(t, data, "--bare")
	must(t, "apply", "--data", data, write(t, trees))
	made := func(type_, plural string, n int, input func(i int) string) []string {
		t.Helper()
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{%s} ", input(i))
		}
		var out map[string][]map[string]struct{ ID string }
		s.query(&out, fmt.Sprintf("mutation { made: create%s(inputs: [%s]) { record: %s { id } } }", plural, b.String(), type_), nil)
		var ids []string
		for _, r := range out["made"] {
			ids = append(ids, r["record"].ID)
		}
		return ids
	}
	trunkIDs := made("trunk", "Trunks", trunks, func(i int) string { return fmt.Sprintf(`name: "T%d"`, i) })
	branchIDs := made("branch", "Branches", branches, func(i int) string { return fmt.Sprintf(`trunkId: %q`, trunkIDs[i%trunks]) })
	leafIDs := made("leaf", "Leafs", leaves, func(i int) string { return fmt.Sprintf(`branchId: %q, weight: %d`, branchIDs[i%branches], i%100) })
	var wg sync.WaitGroup
	var done, refused atomic.Int64
	deadline := time.Now().Add(long)
	for w := range writers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 7))
			pick := func(ids []string) string { return ids[r.IntN(len(ids))] }
			for time.Now().Before(deadline) {
				query := fmt.Sprintf(`mutation { updateLeaf(id: %q, patch: {branchId: %q, weight: %d}) { leaf { id } } }`, pick(leafIDs), pick(branchIDs), r.IntN(100))
				switch r.IntN(20) {
				case 0:
					query = fmt.Sprintf(`mutation { updateBranch(id: %q, patch: {trunkId: %q}) { branch { id } } }`, pick(branchIDs), pick(trunkIDs))
				case 1:
					query = fmt.Sprintf(`mutation { updateLeaf(id: %q, patch: {branchId: null}) { leaf { id } } }`, pick(leafIDs))
				case 2:
					query = fmt.Sprintf(`mutation { deleteLeaf(id: %q) { leaf { id } } }`, pick(leafIDs))
				case 3, 4:
					query = fmt.Sprintf(`mutation { restoreLeaf(id: %q) { leaf { id } } }`, pick(leafIDs))
				}
				status, _, answer, err := s.try(http.MethodPost, "/graphql", operation(query, nil), nil)
				switch {
				case err != nil || status != http.StatusOK:
					t.Errorf("%s: %d %v %s", query, status, err, answer)
					return
				case !strings.Contains(answer, `"errors"`):
					done.Add(1)
				case strings.Contains(answer, `"code":"NOT_FOUND"`) || strings.Contains(answer, `"code":"VERSION_CONFLICT"`) || strings.Contains(query, "restoreLeaf"):
					refused.Add(1) // the leaf lies in the recycle bin, or does not
				default:
					t.Errorf("%s: %s", query, answer)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d writes in %v, %d refused", done.Load(), long, refused.Load())
	if done.Load() == 0 {
		t.Error("nothing was written")
	}
	for _, object := range []string{"branch", "trunk"} {
		if out := must(t, "reconcile", "--data", data, object); strings.TrimSpace(out) != "[]" {
			t.Errorf("the roll-ups of %s drift: %.2000s", object, out)
		}
	}
	var sums struct {
		Leaf []struct {
			Count int
			Sum   struct{ Weight *string }
		}
		Branch []struct {
			Sum struct {
				Total       *string
				LeavesCount string
			}
		}
		Trunk []struct {
			Sum struct{ BranchesCount string }
		}
	}
	s.query(&sums, `{ leaf: leafAggregate(filter: {branchId: {isNull: false}}) { count sum { weight } } branch: branchAggregate { sum { total leavesCount } } trunk: trunkAggregate { sum { branchesCount } } }`, nil)
	leaf, branch := sums.Leaf[0], sums.Branch[0].Sum
	if leaf.Sum.Weight == nil || branch.Total == nil || *leaf.Sum.Weight != *branch.Total || fmt.Sprint(leaf.Count) != branch.LeavesCount || sums.Trunk[0].Sum.BranchesCount != fmt.Sprint(branches) {
		t.Errorf("leaves have %+v, their branches %+v, trunks %+v", leaf, branch, sums.Trunk)
	}
}
