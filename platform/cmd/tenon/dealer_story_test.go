package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
)

// dealerStory is a tenant with the standard packages and no demo data, in which a company becomes a
// dealer, buys, earns rebate, uses it and rises. Hai is of the dealer and sees it in the portal.
type dealerStory struct {
	saleStory
	theirs               []string // names and ids of what is the rival's
	category, pump       string
	dealer, rival, below string
	first, second        string // orders
	parts, whole         string // rebate policies: each part at its rate, the whole at the rate reached
}

func newDealerStory(t *testing.T) *dealerStory {
	s := &dealerStory{saleStory: saleStory{leadStory: &leadStory{t: t, clock: clock.NewFixed(beijing(t, "2026-01-05 10:00:00")), admin: signedIn(ident.Principal{Name: "admin", Admin: true})}}}
	s.in = opened(t, clock.NewSettable(s.clock))
	if err := s.in.installStandard(s.admin, nil, false); err != nil {
		t.Fatal(err)
	}
	for _, p := range [][3]string{{"chief", "gm", ""}, {"director", "channel_director", "chief"}, {"manager", "channel_manager", "director"}, {"rep", "channel_manager", "manager"}, {"vp", "sales_vp", "chief"},
		{"fin", "channel_finance", "chief"}, {"fin2", "channel_finance", "chief"}, {"counsel", "channel_legal", "chief"}, {"ar", "finance_ar", "chief"}} {
		above := ""
		if p[2] != "" {
			above = fmt.Sprintf(`, managerId: "sys_user_%d"`, s.in.demoUser(t, p[2]).UserID)
		}
		s.ask("admin", `mutation { createSysUser(input: {username: %q, name: %q, orgUnit: {connect: {code: "HQ"}}%s}) { sysUser { id } } }`, p[0], p[0], above)
		s.ask("admin", `mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { sysRoleAssignment { id } } }`, s.in.demoUser(t, p[0]).UserID, p[1])
	}
	s.category = s.id("admin", `mutation { createProductCategory(input: {code: "PUMP", name: "Pumps"}) { productCategory { id } } }`)
	s.pump = s.id("admin", `mutation { createProduct(input: {code: "CP-80", name: "离心泵", categoryId: %q, uom: "台", listPrice: 1130, costPrice: 600, taxRate: "0.13", status: active, recordType: goods}) { product { id } } }`, s.category)
	return s
}

// approves is the way of a record through its approval.
func (s *dealerStory) approves(by, process, record string, people ...string) {
	s.t.Helper()
	s.ask(by, `mutation { submit(process: %q, record: %q) { id } }`, process, record)
	for _, who := range people {
		s.decide(who, "approve")
	}
}

// portal asks as Hai, who must never be told of the rival.
func (s *dealerStory) portal(part, query string, args ...any) {
	s.t.Helper()
	q := fmt.Sprintf(query, args...)
	body := s.in.ask(s.t, s.as("hai"), q, nil)
	if !strings.Contains(body, part) {
		s.t.Errorf("%s of hai\ngot  %s\nwant %s", q, body, part)
	}
	s.settle()
	s.asksToo(q)
}

// dealerLists are the lists that a dealer has something in, each with the way to the dealer.
var dealerLists = map[string]string{"dealers": "", "accounts": "dealers", "salesOrders": "dealer", "orderLines": "order: {dealer", "shipments": "order: {dealer", "regionAuthorizations": "dealer", "rebateAccruals": "dealer", "rebateEntries": "dealer",
	"dealerTargets": "dealer", "dealerTierReviews": "dealer", "dealRegistrations": "dealer", "mdfRequests": "dealer", "sellThroughReports": "dealer", "crossRegionIncidents": "violator"}

// guarded finds everything that is the rival's by now, none of which Hai may be told of.
func (s *dealerStory) guarded() {
	s.t.Helper()
	s.outsider, s.theirs = "", []string{"对手", s.rival + `"`}
	for list, way := range dealerLists {
		if list == "dealers" || list == "accounts" {
			continue
		}
		filter := fmt.Sprintf(`%s: {id: {eq: %q}}`, way, s.rival) + strings.Repeat("}", strings.Count(way, "{"))
		body := s.ask("admin", `{ %s(first: 100, filter: {%s}) { nodes { id } } }`, list, filter)
		for _, part := range strings.Split(body, `"id":"`)[1:] {
			s.theirs = append(s.theirs, `"`+part[:strings.Index(part, `"`)+1])
		}
	}
	s.theirs = append(s.theirs, `"`+s.id("admin", `{ dealer(id: %q) { account { id } } }`, s.rival)+`"`)
	s.outsider, s.leaks = "hai", func(body string) (out []string) {
		for _, of := range s.theirs {
			if strings.Contains(body, of) {
				out = append(out, "there is "+of+" of the rival: "+body)
			}
		}
		return out
	}
}

// tree holds that Hai sees the dealer and the one below it, in every list, and nothing of the rival.
func (s *dealerStory) tree() {
	s.t.Helper()
	s.portal(`{"dealers":{"totalCount":2,"nodes":[{"name":"杭州海纳机电有限公司"},{"name":"下级经销商"}]}}`, `{ dealers(orderBy: {dealerNo: ASC}) { totalCount nodes { name } } }`)
	for list, fields := range map[string]string{"salesOrders": "dealer { id name } account { name }", "orderLines": "order { dealer { id name } }", "regionAuthorizations": "dealer { id name }", "rebateAccruals": "dealer { id name } trace",
		"rebateEntries": "dealer { id name }", "dealerTargets": "dealer { id name }", "dealerTierReviews": "dealer { id name }", "dealRegistrations": "dealer { id name } customerName", "mdfRequests": "dealer { id name }",
		"sellThroughReports": "dealer { id name }", "crossRegionIncidents": "violator { id name } victim { id name }", "accounts": "name", "shipments": "order { dealer { id name } }"} {
		s.portal(`"nodes":[`, `{ %s(first: 100) { nodes { id %s } } }`, list, fields)
	}
	s.portal(`null`, `{ dealer(id: %q) { name } }`, s.rival)
	s.portal(`"totalCount":0`, `{ salesOrders(filter: {dealer: {name: {eq: "对手经销商"}}}) { totalCount } }`)
	s.portal(`"totalCount":0`, `{ dealRegistrations(filter: {customerName: {eq: "对手客户"}}) { totalCount } }`)
	s.portal(`"errors"`, `{ products { nodes { costPrice } } }`)
}

// applied: manager, director, finance and legal make a dealer of an applicant.
func (s *dealerStory) applied() {
	silver := s.id("admin", `{ dealerTiers(filter: {code: {eq: "silver"}}) { nodes { id } } }`)
	app := s.id("rep", `mutation { createDealerApplication(input: {company: "杭州海纳机电有限公司", creditCode: "91350200320873855F", contactName: "林海", territory: {connect: {code: "330000"}}, categoryIds: [%q], annualCommit: 5000000, creditLimit: 5000000, tierId: %q, managerId: "sys_user_%d", portalUsername: "hai"}) { dealerApplication { id } } }`,
		s.category, silver, s.in.demoUser(s.t, "manager").UserID)
	s.holds(`"rule":"credit_code_valid"`, "rep", `mutation { createDealerApplication(input: {company: "X", creditCode: "91350200320873855A", territory: {connect: {code: "330000"}}, categoryIds: [%q], annualCommit: 1}) { dealerApplication { id } } }`, s.category)
	s.approves("rep", "dealer_application", app, "manager", "director", "fin")
	s.holds(`{"dealers":{"totalCount":0}}`, "manager", `{ dealers { totalCount } }`)
	s.decide("counsel", "approve")
	s.dealer = s.id("manager", `{ dealers { nodes { id } } }`)
	s.holds(`{"dealer":{"name":"杭州海纳机电有限公司","status":"active","tier":{"code":"silver"},"creditLimit":"5000000.00","portalEnabled":true,"account":{"creditCode":"91350200320873855F","recordType":"dealer"},"targets":{"nodes":[{"periodStart":"2026-01-01","targetNet":"5000000.00"}]}}}`, "admin",
		`{ dealer(id: %q) { name status tier { code } creditLimit portalEnabled account { creditCode recordType } targets { nodes { periodStart targetNet } } } }`, s.dealer)
	other := func(name, more string) string {
		account := s.id("admin", `mutation { createAccount(input: {name: %q, recordType: dealer}) { account { id } } }`, name)
		return s.id("admin", `mutation { createDealer(input: {accountId: %q, tierId: %q, status: active, ownerId: "sys_user_%d", managerId: "sys_user_%[3]d", territory: {connect: {code: "330000"}}, creditLimit: 1000%s}) { dealer { id } } }`,
			account, silver, s.in.demoUser(s.t, "manager").UserID, more)
	}
	s.below = other("下级经销商", fmt.Sprintf(`, parentId: %q`, s.dealer))
	s.rival = other("对手经销商", "")
	for _, of := range [][2]string{{s.below, "下级"}, {s.rival, "对手"}} {
		s.ask("manager", `mutation { dealerPlaceOrder(id: %q) { order } }`, of[0])
		s.ask("manager", `mutation { createDealRegistration(input: {dealerId: %q, customerName: %q, projectName: %q, productCategoryId: %q, territory: {connect: {code: "330100"}}, amount: 5, expectedClose: "2026-06-30"}) { dealRegistration { id } } }`, of[0], of[1]+"客户", of[1]+"项目", s.category)
		s.ask("manager", `mutation { createDealerTarget(input: {dealerId: %q, periodKind: year, periodStart: "2026-01-01", targetNet: 7}) { dealerTarget { id } } }`, of[0])
		s.ask("manager", `mutation { createSellThrough(input: {dealerId: %q, productId: %q, periodStart: "2025-12-01", inQty: 3}) { sellThrough { id } } }`, of[0], s.pump)
	}
}

// authorised exclusively for a province, so that nobody else gets a city of it.
func (s *dealerStory) authorised() {
	grant := func(dealer, territory, kind string) string {
		return s.id("manager", `mutation { createRegionAuthorization(input: {dealerId: %q, territory: {connect: {code: %q}}, productCategoryId: %q, exclusivity: %s, validFrom: "2026-01-01", validTo: "2026-12-31"}) { regionAuthorization { id } } }`, dealer, territory, s.category, kind)
	}
	held := grant(s.dealer, "330000", "exclusive")
	s.approves("manager", "region_authorization", held, "director", "director", "vp")
	s.holds(`{"regionAuthorization":{"status":"active"}}`, "manager", `{ regionAuthorization(id: %q) { status } }`, held)
	theirs := grant(s.rival, "330100", "open")
	s.holds(`This conflicts with an exclusive authorisation.`, "manager", `mutation { submit(process: "region_authorization", record: %q) { id } }`, theirs)
	s.holds(`{"regionAuthorization":{"status":"draft"}}`, "manager", `{ regionAuthorization(id: %q) { status } }`, theirs)
	s.approves("manager", "region_authorization", grant(s.rival, "320000", "open"), "director", "director")
}

// order is begun by the dealer, whose lines are priced by themselves: 3 per cent less than the list.
func (s *dealerStory) order(qty int, more string) string {
	s.t.Helper()
	body := s.ask("hai", `mutation { dealerPlaceOrder(id: %q) { order } }`, s.dealer)
	_, id, _ := strings.Cut(body, `"order":"`)
	id, _, _ = strings.Cut(id, `"`)
	s.ask("hai", `mutation { createOrderLine(input: {orderId: %q, productId: %q, qty: %d}) { orderLine { id } } }`, id, s.pump, qty)
	s.holds(`"errors"`, "hai", `mutation { createOrderLine(input: {orderId: %q, productId: %q, unitPrice: 1}) { orderLine { id } } }`, id, s.pump)
	s.holds(fmt.Sprintf(`"unitPrice":"1096.10","grossAmount":"%d.%d0","netAmount":"%d.00"`, qty*10961/10, qty*10961%10, qty*970), "hai", `{ orderLines(filter: {order: {id: {eq: %q}}}) { nodes { unitPrice grossAmount netAmount } } }`, id)
	if more != "" {
		s.ask("hai", `mutation { updateSalesOrder(id: %q, patch: {%s}) { salesOrder { id } } }`, id, more)
	}
	return id
}

// pays is money of the dealer for one order.
func (s *dealerStory) pays(order, amount string) {
	account := s.id("admin", `{ dealer(id: %q) { account { id } } }`, s.dealer)
	pay := s.id("ar", `mutation { createPayment(input: {accountId: %q, amount: %q, method: bank, autoAllocate: false}) { payment { id } } }`, account, amount)
	s.ask("ar", `mutation { paymentConfirm(id: %q) { payment { status } } }`, pay)
	s.ask("ar", `mutation { createPaymentAllocation(input: {paymentId: %q, orderId: %q, amount: %q}) { paymentAllocation { id } } }`, pay, order, amount)
}

// ordered: within the credit the manager agrees, beyond it director and receivables have to.
func (s *dealerStory) ordered() {
	s.at("2026-01-20 10:00:00")
	s.first = s.order(4500, "")
	s.approves("hai", "dealer_order", s.first, "manager")
	s.ask("manager", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.first)
	s.holds(`{"dealer":{"creditUsed":"4932450.00","creditAvailable":"67550.00","ytdNet":"4365000.00","attainment":"0.8730"}}`, "fin", `{ dealer(id: %q) { creditUsed creditAvailable ytdNet attainment } }`, s.dealer)
	s.at("2026-03-10 10:00:00")
	s.second = s.order(1500, "")
	s.ask("hai", `mutation { submit(process: "dealer_order", record: %q) { id } }`, s.second)
	s.holds(`{"salesOrder":{"creditOk":false,"authOk":true,"status":"pending"}}`, "fin", `{ salesOrder(id: %q) { creditOk authOk status } }`, s.second)
	s.decide("director", "approve")
	s.decide("ar", "approve")
	s.ask("manager", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.second)
	elsewhere := s.order(1, "")
	s.ask("manager", `mutation { updateSalesOrder(id: %q, patch: {shipTerritory: {connect: {code: "320100"}}}) { salesOrder { id } } }`, elsewhere)
	s.holds(`The dealer may not sell all of this there.`, "hai", `mutation { submit(process: "dealer_order", record: %q) { id } }`, elsewhere)
	s.pays(s.first, "4932450.00")
	s.pays(s.second, "1644150.00")
	s.holds(`{"dealer":{"creditUsed":"0.00"}}`, "manager", `{ dealer(id: %q) { creditUsed } }`, s.dealer)
}

// policy is a ladder of 1, 2 and 3 per cent.
func (s *dealerStory) policy(name, more string) string {
	id := s.id("fin", `mutation { createRebatePolicy(input: {name: %q, kind: volume, basis: ordered, measure: net_amount, periodKind: quarter, validFrom: "2026-01-01", validTo: "2026-12-31", %s,
		ladder: {create: [{seq: 1, lowerBound: 0, upperBound: 1000000, rate: "0.01"}, {seq: 2, lowerBound: 1000000, upperBound: 3000000, rate: "0.02"}, {seq: 3, lowerBound: 3000000, rate: "0.03"}]}}) { rebatePolicy { id } } }`, name, more)
	s.holds(`"rule":"NOT_APPROVED"`, "fin", `mutation { rebatePolicyCalculate(id: %q, input: {periodStart: "2026-01-01"}) { created } }`, id)
	s.approves("fin", "rebate_policy", id, "director", "fin2", "counsel", "chief")
	return id
}

// calculates is a run of a policy for a quarter.
func (s *dealerStory) calculates(want, policy, quarter string) {
	s.t.Helper()
	s.holds(want, "fin", `mutation { rebatePolicyCalculate(id: %q, input: {periodStart: %q}) { created updated unchanged cancelled total } }`, policy, quarter)
}

// granted: Hai confirms an accrual, manager and finance approve it.
func (s *dealerStory) granted(policy, quarter string) {
	s.t.Helper()
	id := s.id("hai", `{ rebateAccruals(filter: {policyId: {eq: %q}, periodStart: {eq: %q}}) { nodes { id } } }`, policy, quarter)
	s.holds(`"code":"ENTRY_NOT_MET"`, "fin", `mutation { submit(process: "rebate_accrual", record: %q) { id } }`, id)
	s.ask("hai", `mutation { rebateAccrualConfirm(id: %q) { rebateAccrual { status } } }`, id)
	s.approves("fin", "rebate_accrual", id, "manager", "fin2")
	s.holds(`{"rebateAccrual":{"status":"settled"}}`, "hai", `{ rebateAccrual(id: %q) { status } }`, id)
}

// earned: the quarter by both ladders, each step in the trace; run again, nothing changes.
func (s *dealerStory) earned() {
	s.at("2026-04-02 10:00:00")
	s.parts = s.policy("季度超额累进", `method: incremental`)
	s.whole = s.policy("年度全额累进", `method: retroactive, trueUp: true`)
	s.calculates(`{"created":1,"updated":0,"unchanged":0,"cancelled":0,"total":"134600.00"}`, s.parts, "2026-01-01")
	s.calculates(`{"created":0,"updated":0,"unchanged":1,"cancelled":0,"total":"134600.00"}`, s.parts, "2026-01-01")
	s.calculates(`{"created":1,"updated":0,"unchanged":0,"cancelled":0,"total":"174600.00"}`, s.whole, "2026-01-01")
	s.holds(`"code":"FORBIDDEN"`, "hai", `mutation { rebatePolicyCalculate(id: %q, input: {periodStart: "2026-01-01"}) { created } }`, s.parts)
	const documents = `"documents":[["SO-20260120-0001","4365000.00"],["SO-20260310-0001","1455000.00"]]`
	s.portal(`{"rebateAmount":"134600.00","baseAmount":"5820000.00","tierSeq":3,"trace":{`+documents+`,"steps":[["base","5820000.00"],["tier 1","1000000.0000","0.010000","10000.0000000000"],["tier 2","2000000.0000","0.020000","40000.0000000000"],["tier 3","2820000.0000","0.030000","84600.0000000000"]]}}`,
		`{ rebateAccruals(filter: {policyId: {eq: %q}}) { nodes { rebateAmount baseAmount tierSeq trace } } }`, s.parts)
	s.portal(`{"rebateAmount":"174600.00","trace":{`+documents+`,"steps":[["base","5820000.00"],["tier 3","5820000.00","0.030000","174600.00000000"],["accrued earlier in the year","0"]]}}`,
		`{ rebateAccruals(filter: {policyId: {eq: %q}}) { nodes { rebateAmount trace } } }`, s.whole)
	s.granted(s.parts, "2026-01-01")
	s.granted(s.whole, "2026-01-01")
	s.portal(`{"dealer":{"rebateBalance":"309200.00"}}`, `{ dealer(id: %q) { rebateBalance } }`, s.dealer)
	s.calculates(`{"created":0,"updated":0,"unchanged":1,"cancelled":0,"total":"0"}`, s.parts, "2026-01-01")
}

// used on the next order, within 30 per cent of it; a cancelled order gives it back.
func (s *dealerStory) used() {
	s.at("2026-05-11 10:00:00")
	next := s.order(200, "")
	s.holds(`"rule":"rebate_within_cap"`, "hai", `mutation { updateSalesOrder(id: %q, patch: {rebateUsed: "65766.01"}) { salesOrder { id } } }`, next)
	s.ask("hai", `mutation { updateSalesOrder(id: %q, patch: {rebateUsed: "65766.00"}) { salesOrder { id } } }`, next)
	s.approves("hai", "dealer_order", next, "manager")
	s.ask("manager", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, next)
	s.holds(`{"salesOrder":{"payable":"219220.00","paidAmount":"65766.00","dueAmount":"153454.00"},"dealer":{"rebateBalance":"243434.00","creditUsed":"153454.00"}}`, "fin",
		`{ salesOrder(id: %q) { payable paidAmount dueAmount } dealer(id: %q) { rebateBalance creditUsed } }`, next, s.dealer)
	wrong := s.order(100, `rebateUsed: "10000.00"`)
	s.approves("hai", "dealer_order", wrong, "manager")
	s.portal(`{"rebateBalance":"233434.00"}`, `{ dealer(id: %q) { rebateBalance } }`, s.dealer)
	s.holds(`"code":"FORBIDDEN"`, "hai", `mutation { salesOrderDealerCancel(id: %q) { salesOrder { status } } }`, wrong)
	s.ask("manager", `mutation { salesOrderDealerCancel(id: %q) { salesOrder { status } } }`, wrong)
	s.portal(`{"rebateBalance":"243434.00"}`, `{ dealer(id: %q) { rebateBalance } }`, s.dealer)
}

// truedUp: what the year to date earns, less what was accrued; the other policy looks at its quarter.
func (s *dealerStory) truedUp() {
	s.at("2026-07-02 10:00:00")
	s.calculates(`{"created":1,"updated":0,"unchanged":0,"cancelled":0,"total":"5820.00"}`, s.whole, "2026-04-01")
	s.calculates(`{"created":0,"updated":0,"unchanged":1,"cancelled":0,"total":"5820.00"}`, s.whole, "2026-04-01")
	s.calculates(`{"created":1,"updated":0,"unchanged":0,"cancelled":0,"total":"1940.00"}`, s.parts, "2026-04-01")
	s.portal(`{"baseAmount":"6014000.00","cappedAmount":"180420.00","priorAccrued":"174600.00","rebateAmount":"5820.00"}`,
		`{ rebateAccruals(filter: {policyId: {eq: %q}, periodStart: {eq: "2026-04-01"}}) { nodes { baseAmount cappedAmount priorAccrued rebateAmount } } }`, s.whole)
}

// risen by a review that computes the tier, through an approval.
func (s *dealerStory) risen() {
	s.holds(`{"tier":"gold","changes":true}`, "fin", `mutation { dealerReviewTier(id: %q, input: {periodStart: "2026-01-01", periodEnd: "2026-12-31", reason: "年中评审", upgradeOnly: true}) { tier changes } }`, s.dealer)
	review := s.id("manager", `{ dealerTierReviews { nodes { id } } }`)
	s.holds(`{"annualNet":"6014000.00","paymentRatio":"0.9774","computedTier":{"code":"gold"}}`, "manager", `{ dealerTierReview(id: %q) { annualNet paymentRatio computedTier { code } } }`, review)
	s.approves("manager", "dealer_tier_change", review, "director", "fin", "counsel")
	s.portal(`{"tier":{"code":"silver"}}`, `{ dealer(id: %q) { tier { code } } }`, s.dealer)
	s.decide("director", "approve")
	s.portal(`{"tier":{"code":"gold"},"tierSince":"2026-07-02"}`, `{ dealer(id: %q) { tier { code } tierSince } }`, s.dealer)
}

// TestDealerStory: from an application to a tier, through the API, every amount exact; in every query
// of the portal a dealer sees what is of it and of those below.
func TestDealerStory(t *testing.T) {
	s := newDealerStory(t)
	for _, step := range []func(){s.applied, s.authorised, s.ordered, s.earned, s.used, s.truedUp, s.risen} {
		step()
		s.guarded()
		s.tree()
	}
	if len(s.theirs) < 8 {
		s.t.Errorf("the rival has only %v", s.theirs)
	}
	s.watchedAll(150)
}
