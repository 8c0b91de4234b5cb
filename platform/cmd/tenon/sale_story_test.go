package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tenon-platform/tenon/platform/clock"
	"github.com/tenon-platform/tenon/platform/ident"
)

// saleStory is a tenant with the standard packages and no demo data, in which an opportunity that
// came of a lead goes its way to the money, every step done by who has to.
type saleStory struct {
	t     *testing.T
	in    *instance
	clock *clock.Fixed
	admin context.Context
	// What the steps make.
	opportunity, book, quote, contract, order, invoice string
	pumps, service                                     string // lines of the order
}

// china is a moment in the time zone of the tenant.
func china(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func newSaleStory(t *testing.T) *saleStory {
	s := &saleStory{t: t, clock: clock.NewFixed(china(t, "2026-05-06 10:00")), admin: signedIn(ident.Principal{Name: "admin", Admin: true})}
	s.in = opened(t, clock.NewSettable(s.clock))
	if err := s.in.installStandard(s.admin, nil, false); err != nil {
		t.Fatal(err)
	}
	above := ""
	for _, p := range [][2]string{{"director", "sales_director"}, {"manager", "sales_manager"}, {"rep", "sales_rep"}, {"counsel", "legal"}, {"partner", "finance_bp"}, {"clerk", "order_clerk"}, {"ar", "finance_ar"}} {
		name, role := p[0], p[1]
		more := ""
		if above != "" {
			more = fmt.Sprintf(`, managerId: "sys_user_%d"`, s.in.demoUser(t, above).UserID)
		}
		s.do("admin", `mutation { createSysUser(input: {username: %q, name: %q, orgUnit: {connect: {code: "HQ"}}%s}) { sysUser { id } } }`, name, name, more)
		s.do("admin", `mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { sysRoleAssignment { id } } }`, s.in.demoUser(t, name).UserID, role)
		if name != "rep" && name != "counsel" && name != "partner" && name != "clerk" && name != "ar" {
			above = name
		}
	}
	s.catalogue()
	return s
}

// as is a request of a user, with the rights that the user's roles give.
func (s *saleStory) as(name string) context.Context {
	if name == "admin" {
		return s.admin
	}
	return signedIn(s.in.demoUser(s.t, name))
}

// do asks for what must succeed, lets everything run that is due, and gives the answer.
func (s *saleStory) do(who, query string, args ...any) string {
	s.t.Helper()
	q := fmt.Sprintf(query, args...)
	body := s.in.ask(s.t, s.as(who), q, nil)
	if strings.Contains(body, `"errors"`) {
		s.t.Fatalf("%s of %s\nanswers %s", q, who, body)
	}
	s.settle()
	return body
}

// id asks like do, and gives the first id of the answer.
func (s *saleStory) id(who, query string, args ...any) string {
	s.t.Helper()
	body := s.do(who, query, args...)
	_, id, _ := strings.Cut(body, `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	if id == "" {
		s.t.Fatalf("no id in %s", body)
	}
	return id
}

// want asks, and holds that the answer has a part.
func (s *saleStory) want(part, who, query string, args ...any) {
	s.t.Helper()
	q := fmt.Sprintf(query, args...)
	if body := s.in.ask(s.t, s.as(who), q, nil); !strings.Contains(body, part) {
		s.t.Errorf("%s of %s\ngot  %s\nwant %s", q, who, body, part)
	}
	s.settle()
}

func (s *saleStory) settle() {
	s.t.Helper()
	if r := s.in.drain(s.admin, nil); r.Status != http.StatusOK {
		s.t.Fatalf("drain: %s", r.Body)
	}
}

// at lets time pass until a moment, and everything run that is due by then.
func (s *saleStory) at(moment string) {
	s.t.Helper()
	s.clock.Set(china(s.t, moment))
	s.settle()
}

// decide gives the answer of somebody who is asked about one record.
func (s *saleStory) decide(who, command string) {
	s.t.Helper()
	var mine struct {
		MyTasks struct{ Nodes []struct{ ID string } }
	}
	body := s.in.ask(s.t, s.as(who), `{ myTasks { nodes { id } } }`, &mine)
	if len(mine.MyTasks.Nodes) != 1 {
		s.t.Fatalf("%s is asked %s", who, body)
	}
	s.do(who, `mutation { %s(task: %q%s) { status } }`, command, mine.MyTasks.Nodes[0].ID, map[bool]string{true: `, comment: "no"`}[command == "reject"])
}

// catalogue has what is sold: pumps with 13 % of tax, and a service with 6 %.
func (s *saleStory) catalogue() {
	cat := s.id("admin", `mutation { createProductCategory(input: {code: "PUMP", name: "Pumps"}) { productCategory { id } } }`)
	pump := s.id("admin", `mutation { createProduct(input: {code: "CP-80", name: "离心泵", categoryId: %q, uom: "台", listPrice: 8800, costPrice: 5000, taxRate: "0.13", status: active, recordType: goods}) { product { id } } }`, cat)
	service := s.id("admin", `mutation { createProduct(input: {code: "CP-S", name: "现场调试", categoryId: %q, uom: "次", listPrice: "3333.33", costPrice: 1200, taxRate: "0.06", status: active, recordType: service}) { product { id } } }`, cat)
	s.book = s.id("admin", `mutation { createPriceBook(input: {code: "STD", name: "标准", kind: standard, validFrom: "2026-01-01", status: approved, priceBookEntries: {create: [{productId: %q, minQty: 1, unitPrice: 8800, floorPrice: 7900}, {productId: %q, minQty: 20, unitPrice: 8600, floorPrice: 7500}]}}) { priceBook { id } } }`, pump, pump)
	account := s.id("rep", `mutation { createAccount(input: {name: "杭州锐锋装备制造有限公司", recordType: enterprise, lifecycleStage: opportunity}) { account { id } } }`)
	contact := s.id("admin", `mutation { createContact(input: {name: "王芳", accountId: %q, mobile: "13857180001", ownerId: "sys_user_%d"}) { contact { id } } }`, account, s.in.demoUser(s.t, "rep").UserID)
	s.opportunity = s.id("rep", `mutation { createOpportunity(input: {name: "泵站改造", accountId: %q, primaryContactId: %q, amount: "158213.33", closeDate: "2026-06-30", recordType: standard, source: website}) { opportunity { id } } }`, account, contact)
	s.do("rep", `mutation { createOpportunityContactRole(input: {opportunityId: %q, contactId: %q, role: decision_maker}) { opportunityContactRole { id } } }`, s.opportunity, contact)
	s.do("rep", `mutation { createOpportunityLine(input: {opportunityId: %q, productId: %q, qty: 20, unitPrice: 8800, discountPct: "0.12"}) { opportunityLine { id } } }`, s.opportunity, pump)
	s.do("rep", `mutation { createOpportunityLine(input: {opportunityId: %q, productId: %q, qty: 1, unitPrice: "3333.33"}) { opportunityLine { id } } }`, s.opportunity, service)
}

// quoted with 11.78 % of discount, which manager and director approve.
func (s *saleStory) quoted() {
	s.want(`"rule":"quote_before_s4"`, "rep", `mutation { updateOpportunity(id: %q, patch: {stage: s4}) { opportunity { stage } } }`, s.opportunity)
	s.do("rep", `mutation { opportunityCreateQuote(id: %q, input: {priceBookId: %q, validUntil: "2026-05-31", paymentTerms: "30/60/10"}) { lines } }`, s.opportunity, s.book)
	s.quote = s.id("rep", `{ quotes { nodes { id } } }`)
	const totals = `"listTotal":"179333.33","netTotal":"140206.60","taxTotal":"18006.73","grossTotal":"158213.33","discountPct":"0.1178","unpriced":0`
	s.want(totals, "rep", `{ quote(id: %q) { listTotal netTotal taxTotal grossTotal discountPct unpriced } }`, s.quote)
	s.want(`"costTotal":"101200.00","marginPct":"0.2782"`, "manager", `{ quote(id: %q) { costTotal marginPct } }`, s.quote)
	s.want(`"code":"INVALID_INPUT"`, "rep", `{ quote(id: %q) { costTotal } }`, s.quote)
	s.want(`"rule":"NOT_APPROVED"`, "rep", `mutation { quoteSend(id: %q) { quote { status } } }`, s.quote)
	s.do("rep", `mutation { submit(process: "quote_discount", record: %q) { id } }`, s.quote)
	s.want(`"code":"RECORD_LOCKED"`, "rep", `mutation { updateQuote(id: %q, patch: {paymentTerms: "x"}) { quote { id } } }`, s.quote)
	s.decide("manager", "approve")
	s.want(`{"quote":{"status":"pending"}}`, "rep", `{ quote(id: %q) { status } }`, s.quote)
	s.decide("director", "approve")
	s.want(`{"quote":{"status":"approved",`+totals+`}}`, "rep", `{ quote(id: %q) { status listTotal netTotal taxTotal grossTotal discountPct unpriced } }`, s.quote)
	s.do("rep", `mutation { quoteSend(id: %q) { quote { status } } }`, s.quote)
	s.do("rep", `mutation { quoteAccept(id: %q) { quote { status } } }`, s.quote)
	s.do("rep", `mutation { updateOpportunity(id: %q, patch: {stage: s4}) { opportunity { stage } } }`, s.opportunity)
}

// contracted: in three instalments that add up to the cent, read by legal and finance.
func (s *saleStory) contracted() {
	s.at("2026-05-08 10:00")
	s.want(`"rule":"contract_before_won"`, "rep", `mutation { opportunityWin(id: %q) { opportunity { stage } } }`, s.opportunity)
	s.do("rep", `mutation { quoteToContract(id: %q, input: {name: "泵站设备采购合同", startOn: "2026-05-08", endOn: "2027-05-07"}) { amount } }`, s.quote)
	s.contract = s.id("rep", `{ contracts { nodes { id } } }`)
	for i, x := range [][2]string{{"2026-05-20", "47464.00"}, {"2026-06-20", "94928.00"}, {"2026-12-31", "15821.34"}} {
		s.do("rep", `mutation { createPaymentPlan(input: {contractId: %q, seq: %d, dueOn: %q, amount: %q}) { paymentPlan { id } } }`, s.contract, i+1, x[0], x[1])
	}
	s.want(`"code":"ENTRY_NOT_MET"`, "rep", `mutation { submit(process: "contract_review", record: %q) { id } }`, s.contract)
	last := s.id("rep", `{ paymentPlans(filter: {seq: {eq: 3}}) { nodes { id } } }`)
	s.do("rep", `mutation { updatePaymentPlan(id: %q, patch: {amount: "15821.33"}) { paymentPlan { id } } }`, last)
	s.do("rep", `mutation { submit(process: "contract_review", record: %q) { id } }`, s.contract)
	s.decide("manager", "approve")
	s.decide("partner", "approve")
	s.decide("counsel", "approve")
	s.do("rep", `mutation { contractSign(id: %q, input: {signedOn: "2026-05-08"}) { contract { status } } }`, s.contract)
	s.want(`{"status":"active","amount":"158213.33","plannedAmount":"158213.33","unpaidAmount":"158213.33","paidPct":"0.0000"}`, "rep", `{ contract(id: %q) { status amount plannedAmount unpaidAmount paidPct } }`, s.contract)
	s.do("rep", `mutation { opportunityWin(id: %q) { opportunity { stage } } }`, s.opportunity)
	s.want(`{"isWon":true,"closedAt":"2026-05-08T02:00:00Z","amountBase":"158213.33","salesCycleDays":2,"account":{"lifecycleStage":"customer"}}`, "rep", `{ opportunity(id: %q) { isWon closedAt amountBase salesCycleDays account { lifecycleStage } } }`, s.opportunity)
}

// ordered: above 100,000.00 the manager agrees; the clerk confirms.
func (s *saleStory) ordered() {
	s.do("rep", `mutation { quoteToOrder(id: %q, input: {contractId: %q}) { lines } }`, s.quote, s.contract)
	s.order = s.id("rep", `{ salesOrders { nodes { id } } }`)
	s.pumps = s.id("rep", `{ orderLines(filter: {product: {code: {eq: "CP-80"}}}) { nodes { id } } }`)
	s.service = s.id("rep", `{ orderLines(filter: {product: {code: {eq: "CP-S"}}}) { nodes { id } } }`)
	s.do("rep", `mutation { submit(process: "order_direct", record: %q) { id } }`, s.order)
	s.want(`"errors"`, "clerk", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.decide("manager", "approve")
	s.want(`"code":"FORBIDDEN"`, "rep", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.do("clerk", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.want(`{"status":"confirmed","lineNet":"140206.60","payable":"158213.33","payableBase":"158213.33","dueAmount":"158213.33","qtyOpen":"21.000","paymentStatus":"unpaid"}`, "rep",
		`{ salesOrder(id: %q) { status lineNet payable payableBase dueAmount qtyOpen paymentStatus } }`, s.order)
	s.want(`"rule":"order_is_fixed"`, "rep", `mutation { updateOrderLine(id: %q, patch: {qty: 1}) { orderLine { id } } }`, s.pumps)
}

// delivered in two shipments: twelve pumps, then eight and the service.
func (s *saleStory) delivered() {
	s.at("2026-05-12 10:00")
	first := s.id("clerk", `mutation { createShipment(input: {orderId: %q, shipmentLines: {create: [{orderLineId: %q, qty: 12}]}}) { shipment { id } } }`, s.order, s.pumps)
	s.want(`"rule":"not_beyond_order"`, "clerk", `mutation { createShipment(input: {orderId: %q, shipmentLines: {create: [{orderLineId: %q, qty: 21}]}}) { shipment { id } } }`, s.order, s.pumps)
	s.do("clerk", `mutation { shipmentShip(id: %q, input: {trackingNo: "SF-1"}) { open } }`, first)
	s.do("clerk", `mutation { shipmentSign(id: %q) { shipment { status } } }`, first)
	s.want(`{"status":"shipping","qtyOpen":"9.000"}`, "rep", `{ salesOrder(id: %q) { status qtyOpen } }`, s.order)
	s.at("2026-05-15 10:00")
	s.do("clerk", `mutation { salesOrderCreateShipment(id: %q) { lines } }`, s.order)
	second := s.id("clerk", `{ shipments(filter: {status: {eq: draft}}) { nodes { id } } }`)
	s.want(`[{"qty":"8.000"},{"qty":"1.000"}]`, "clerk", `{ shipment(id: %q) { shipmentLines(orderBy: {id: ASC}) { nodes { qty } } } }`, second)
	s.do("clerk", `mutation { shipmentShip(id: %q) { open } }`, second)
	s.do("clerk", `mutation { shipmentSign(id: %q) { shipment { status } } }`, second)
	s.want(`{"status":"completed","qtyOpen":"0.000"}`, "rep", `{ salesOrder(id: %q) { status qtyOpen } }`, s.order)
	s.want(`{"orderLine":{"shippedQty":"20.000","openQty":"0.000"}}`, "rep", `{ orderLine(id: %q) { shippedQty openQty } }`, s.pumps)
}

// invoiced as a whole, with the tax of each line.
func (s *saleStory) invoiced() {
	s.want(`"code":"FORBIDDEN"`, "rep", `mutation { salesOrderCreateInvoice(id: %q, input: {kind: e_invoice, taxNo: "91330106MA2B0000XX"}) { invoice } }`, s.order)
	s.do("ar", `mutation { salesOrderCreateInvoice(id: %q, input: {kind: e_invoice, taxNo: "91330106MA2B0000XX", dueOn: "2026-06-20"}) { invoice } }`, s.order)
	s.invoice = s.id("ar", `{ invoices { nodes { id } } }`)
	s.do("ar", `mutation { invoiceIssue(id: %q, input: {invoiceNo: "26330001"}) { invoice { status } } }`, s.invoice)
	s.want(`{"netAmount":"140206.60","taxAmount":"18006.73","grossAmount":"158213.33","outstanding":"158213.33","issuedOn":"2026-05-15","dueOn":"2026-06-20","account":{"receivable":"158213.33"},"contract":{"invoicedAmount":"158213.33"},"order":{"invoicedAmount":"158213.33"}}`, "ar",
		`{ invoice(id: %q) { netAmount taxAmount grossAmount outstanding issuedOn dueOn account { receivable } contract { invoicedAmount } order { invoicedAmount } } }`, s.invoice)
}

// paid in three parts, of which the last is more than is owed.
func (s *saleStory) paid() {
	pay := func(moment, amount, want string) {
		s.t.Helper()
		s.at(moment)
		id := s.id("ar", `mutation { createPayment(input: {accountId: %q, amount: %q, receivedOn: %q, method: bank}) { payment { id } } }`, s.accountID(), amount, moment[:10])
		s.want(`"code":"FORBIDDEN"`, "rep", `mutation { paymentConfirm(id: %q) { payment { status } } }`, id)
		s.do("ar", `mutation { paymentConfirm(id: %q) { payment { status } } }`, id)
		s.want(want, "ar", `{ payment(id: %q) { allocated unallocated } salesOrder(id: %q) { paidAmount dueAmount paymentStatus paidInFullAt } invoice(id: %q) { outstanding } contract(id: %q) { paidAmount paidPct } }`, id, s.order, s.invoice, s.contract)
	}
	pay("2026-05-20 10:00", "47464.00", `{"payment":{"allocated":"47464.00","unallocated":"0.00"},"salesOrder":{"paidAmount":"47464.00","dueAmount":"110749.33","paymentStatus":"partial","paidInFullAt":null},"invoice":{"outstanding":"110749.33"},"contract":{"paidAmount":"47464.00","paidPct":"0.3000"}}`)
	pay("2026-06-18 10:00", "94928.00", `{"payment":{"allocated":"94928.00","unallocated":"0.00"},"salesOrder":{"paidAmount":"142392.00","dueAmount":"15821.33","paymentStatus":"partial","paidInFullAt":null},"invoice":{"outstanding":"15821.33"},"contract":{"paidAmount":"142392.00","paidPct":"0.9000"}}`)
	pay("2026-06-22 10:00", "20000.00", `{"payment":{"allocated":"15821.33","unallocated":"4178.67"},"salesOrder":{"paidAmount":"158213.33","dueAmount":"0.00","paymentStatus":"paid","paidInFullAt":"2026-06-22T02:00:00Z"},"invoice":{"outstanding":"0.00"},"contract":{"paidAmount":"158213.33","paidPct":"1.0000"}}`)
	s.want(`{"receivable":"0.00","totalPaid":"162392.00","totalOrderAmount":"158213.33","orderCount":1,"openPipeline":"0.00"}`, "ar", `{ account(id: %q) { receivable totalPaid totalOrderAmount orderCount openPipeline } }`, s.accountID())
}

func (s *saleStory) accountID() string {
	s.t.Helper()
	return s.id("rep", `{ accounts { nodes { id } } }`)
}

// returned: three of the pumps come back, at the price that was paid for them.
func (s *saleStory) returned() {
	s.at("2026-07-01 10:00")
	s.want(`"rule":"not_beyond_shipped"`, "rep", `mutation { createSalesReturn(input: {orderId: %q, reason: "x", returnLines: {create: [{orderLineId: %q, qty: 21}]}}) { salesReturn { id } } }`, s.order, s.pumps)
	id := s.id("rep", `mutation { createSalesReturn(input: {orderId: %q, reason: "流量不足", returnLines: {create: [{orderLineId: %q, qty: 3}]}}) { salesReturn { id } } }`, s.order, s.pumps)
	s.do("rep", `mutation { submit(process: "return_review", record: %q) { id } }`, id)
	s.decide("manager", "approve")
	s.want(`{"returnedAmount":"0.00"}`, "rep", `{ salesOrder(id: %q) { returnedAmount } }`, s.order)
	s.decide("ar", "approve")
	s.want(`{"salesReturn":{"status":"approved","grossTotal":"23232.00","netTotal":"20559.29"},"orderLine":{"returnedQty":"3.000","returnedNet":"20559.29"},"salesOrder":{"payable":"158213.33","returnedAmount":"23232.00","balance":"-23232.00"}}`, "rep",
		`{ salesReturn(id: %q) { status grossTotal netTotal } orderLine(id: %q) { returnedQty returnedNet } salesOrder(id: %q) { payable returnedAmount balance } }`, id, s.pumps, s.order)
}

// TestSaleStory: an opportunity from its quote to the goods that come back, through the API, every
// amount exact.
func TestSaleStory(t *testing.T) {
	s := newSaleStory(t)
	s.quoted()
	s.contracted()
	s.ordered()
	s.delivered()
	s.invoiced()
	s.paid()
	s.returned()
}
