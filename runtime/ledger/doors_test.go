package ledger_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/errs"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
	"github.com/tenon-platform/tenon/runtime/publish"
	"github.com/tenon-platform/tenon/runtime/record"
)

// TestCallers: a clerk posts for the members he sees; who may not post, or not see the member, may
// not post whatever else is his. Nobody writes entries as records, whatever his rights.
func TestCallers(t *testing.T) {
	c := open(t)
	clerk, guest := c.User("clerk", "clerk"), c.User("guest", "guest")
	c.do("Earn", `key: "a", n: 100`, balance("100", "100"))
	earn := func(key string) string {
		return fmt.Sprintf(`mutation { memberEarn(id: %q, input: {key: %q, n: 10}) { balance entry } }`, c.member, key)
	}
	c.WantAs(clerk, earn("b"), `"code":"NOT_FOUND"`) // private, and not his
	c.WantAs(guest, earn("b"), `"errors"`)
	c.WantAs(guest, `{ pointsEntries { totalCount } }`, `"totalCount":1`)
	c.WantAs(clerk, `{ pointsEntries { totalCount } }`, `"totalCount":0`)
	c.Want(fmt.Sprintf(`mutation { updateMember(id: %q, patch: {ownerId: "sys_user_%d"}) { member { id } } }`, c.member, clerk.UserID), `"id"`)
	c.WantAs(clerk, earn("b"), `"balance":"110","entry":`)
	c.WantAs(clerk, fmt.Sprintf(`mutation { memberPay(id: %q, input: {key: "p", n: 10}) { balance entry } }`, c.member), `"balance":"10.00"`)
	c.WantAs(clerk, `{ credits { totalCount } }`, `"errors"`) // he posts to it, and may not read it
	for _, q := range []string{`mutation { createPoints(input: {points: 1}) { points { id } } }`, `mutation { deletePoints(id: "points_1") { points { id } } }`} {
		c.WantAs(guest, q, `"errors"`)
	}
}

// TestLoaders: what loads records for administrators does not get past a ledger either.
func TestLoaders(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100`, balance("100", "100"))
	o := c.Publish.Tenant.Catalog().Object("points")
	for _, op := range []record.Op{
		{Verb: record.Create, Object: o, Input: map[string]any{"points": 5, "memberId": c.member, "entryType": "earn"}},
		{Verb: record.Upsert, Object: o, Key: map[string]any{"idempotencyKey": "a"}, Input: map[string]any{"points": 5}},
		{Verb: record.Update, Object: o, ID: 1, Input: map[string]any{"points": 5}}, {Verb: record.Delete, Object: o, ID: 1},
		{Verb: record.Restore, Object: o, ID: 1}, {Verb: record.Purge, Object: o, ID: 1}, {Verb: record.Revert, Object: o, ID: 1}, {Verb: record.Erase, Object: o, ID: 1},
	} {
		_, err := c.Publish.Records.Write(t.Context(), access.Everything, []record.Op{op}, record.Options{Atomic: true, Loader: true})
		if errs.CodeOf(err) != errs.Forbidden {
			t.Errorf("verb %d: %v", op.Verb, err)
		}
	}
	c.entries("earn,100,100,100,posted")
}

// TestMerges: accounts with entries are not added up.
func TestMerges(t *testing.T) {
	c := open(t)
	c.do("Earn", `key: "a", n: 100`, balance("100", "100"))
	other := c.ID("Member", `name: "Bob"`)
	cat := c.Publish.Tenant.Catalog()
	var ids [2]int64
	for i, id := range []string{other, c.member} {
		if _, err := fmt.Sscanf(id, "member_%d", &ids[i]); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Publish.Records.Merge(t.Context(), cat, access.Everything, record.Merge{Object: cat.Object("member"), Master: ids[0], Others: ids[1:]}, record.Options{})
	if errs.CodeOf(err) != errs.Forbidden {
		t.Error(err)
	}
	c.entries("earn,100,100,100,posted")
}

// TestPlans: that an object becomes a ledger, changes as one and is none any more stands in plans,
// with how many records it concerns.
func TestPlans(t *testing.T) {
	c := open(t)
	c.do("Pay", `key: "a", n: 100`, balance("100.00", "100.00"))
	files := tenanttest.Files(t, os.DirFS("testdata/club"))
	const path = "objects/credit/object.json"
	with := func(old, new string) publish.Bundle {
		out := map[string][]byte{}
		for p, b := range files {
			if strings.HasSuffix(p, "actions/pay.json") || strings.HasSuffix(p, "actions/buy.json") {
				continue
			}
			out[p] = b
		}
		out[path] = []byte(strings.Replace(string(files[path]), old, new, 1))
		if string(out[path]) == string(files[path]) {
			t.Fatalf("no %s in %s", old, path)
		}
		return publish.Bundle{"club": out}
	}
	plan := func(b publish.Bundle, want ...string) {
		t.Helper()
		p, err := c.Publish.Propose(t.Context(), b, nil)
		if err == nil {
			err = p.Findings.Err()
		}
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range p.Entries {
			if e.Address.String() != "object.credit.ledger" {
				continue
			}
			n := ""
			if e.Count != nil {
				n = fmt.Sprint(*e.Count)
			}
			got = append(got, string(e.Op)+" "+e.Summary.En+" "+n)
		}
		if strings.Join(got, ";") != strings.Join(want, ";") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	const declared = `],
 "ledger": {"account": "member_id", "amount": "amount", "type": "kind", "balance": "balance", "key": "token"}`
	plan(with(declared, `]`), "- credit is no ledger any more 1")
	plan(with(`"kind", "type": "picklist"`, `"kind", "help": {"en": "Kind", "zh-CN": "类型"}, "type": "picklist"`))
	plan(with(declared, `, {"name": "at", "type": "datetime", "label": {"en": "At", "zh-CN": "时间"}}],
 "ledger": {"at": "at", "account": "member_id", "amount": "amount", "type": "kind", "balance": "balance", "key": "token"}`), "~ the ledger credit is declared otherwise ")
	if err := c.Apply(with(declared, `]`)); err != nil {
		t.Fatal(err)
	}
	plan(publish.Bundle{"club": files}, "+ credit becomes a ledger: its records are only posted by actions 1")
}
