package assign_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/ident"
	"github.com/tenon-platform/tenon/plugins/standard/tenanttest"
	"github.com/tenon-platform/tenon/runtime/access"
)

// sea is a tenant with a pool and two users.
type sea struct {
	*tenanttest.Tenant
	t     *testing.T
	pool  string
	users []string
}

func open(t *testing.T, pool string) sea {
	w := sea{Tenant: tenanttest.Open(t, "testdata", "sea"), t: t}
	w.pool = w.ID("Pool", `name: "P"`+pool)
	for range 2 {
		w.users = append(w.users, w.ID("User", `name: "u"`))
	}
	return w
}

func (w sea) lead() string { return w.ID("Lead", fmt.Sprintf(`name: "x", poolId: %q`, w.pool)) }

func (w sea) claims(user int, lead string) string {
	id, err := strconv.ParseInt(strings.TrimPrefix(w.users[user], "user_"), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.As(access.Everything, ident.Principal{UserID: id, Name: "u"}, fmt.Sprintf(`mutation { leadClaim(id: %q) { held lead { status ownerId } } }`, lead))
}

func (w sea) refused(user int, lead, code string) {
	w.t.Helper()
	if got := w.claims(user, lead); !strings.Contains(got, `"rule":"`+code+`"`) {
		w.t.Errorf("got %s, want %s", got, code)
	}
}

func (w sea) taken(user int, lead string) {
	w.t.Helper()
	if got := w.claims(user, lead); !strings.Contains(got, `"status":"accepted","ownerId":"`+w.users[user]+`"`) {
		w.t.Errorf("got %s", got)
	}
}

// TestClaim goes through the reasons to refuse in their order, each with all later ones true, too.
func TestClaim(t *testing.T) {
	w := open(t, `, adminOnly: true, maxHolding: 0, dailyLimit: 0, cooldownHours: 24`)
	lead, set := w.lead(), func(patch string) {
		w.Call(fmt.Sprintf(`mutation { updatePool(id: %q, patch: {%s}) { pool { id } } }`, w.pool, patch))
	}
	w.ID("PoolLog", fmt.Sprintf(`leadId: %q, verb: "return", fromUserId: %q, at: %q`, lead, w.users[0], w.Clock.Now().Add(-23*time.Hour).Format(time.RFC3339)))
	w.Call(fmt.Sprintf(`mutation { updateLead(id: %q, patch: {status: lost}) { lead { id } } }`, lead))
	w.refused(0, lead, "LEAD_NOT_IN_POOL")
	w.Call(fmt.Sprintf(`mutation { updateLead(id: %q, patch: {status: pooled}) { lead { id } } }`, lead))
	w.refused(0, lead, "NOT_MEMBER")
	member := w.ID("Member", fmt.Sprintf(`poolId: %q, userId: %q, isActive: false`, w.pool, w.users[0]))
	w.refused(0, lead, "NOT_MEMBER")
	w.Call(fmt.Sprintf(`mutation { updateMember(id: %q, patch: {isActive: true}) { member { id } } }`, member))
	w.refused(0, lead, "ADMIN_ONLY")
	set(`adminOnly: false`)
	w.refused(0, lead, "COOLDOWN")
	w.Clock.Advance(time.Hour)
	w.refused(0, lead, "HOLDING_LIMIT")
	set(`maxHolding: 1`)
	w.refused(0, lead, "DAILY_LIMIT")
	set(`dailyLimit: 2`)
	w.taken(0, lead)
	w.refused(0, lead, "LEAD_NOT_IN_POOL")
	more := w.lead()
	w.refused(0, more, "HOLDING_LIMIT")
	w.Call(fmt.Sprintf(`mutation { updateMember(id: %q, patch: {maxHolding: 5}) { member { id } } }`, member))
	w.taken(0, more)
	w.refused(0, w.lead(), "DAILY_LIMIT")
	w.Clock.Advance(24 * time.Hour)
	w.taken(0, w.lead())
	w.Call(fmt.Sprintf(`mutation { leadGiveBack(id: %q) { lead { status } } }`, more))
	w.refused(0, more, "COOLDOWN")
	w.ID("Member", fmt.Sprintf(`poolId: %q, userId: %q`, w.pool, w.users[1]))
	w.taken(1, more)
}

// TestConcurrentClaims: 40 claims of two members at once leave each with as many as may be held,
// and no lead with two holders.
func TestConcurrentClaims(t *testing.T) {
	w := open(t, `, maxHolding: 7, dailyLimit: 100`)
	for _, u := range w.users {
		w.ID("Member", fmt.Sprintf(`poolId: %q, userId: %q`, w.pool, u))
	}
	var all sync.WaitGroup
	for range 20 {
		lead := w.lead()
		for user := range w.users {
			all.Go(func() { w.claims(user, lead) })
		}
	}
	all.Wait()
	w.Want(`{ leadAggregate(groupBy: [{ownerId: true}], filter: {status: {eq: accepted}}) { count } }`, `[{"count":7},{"count":7}]`)
}
