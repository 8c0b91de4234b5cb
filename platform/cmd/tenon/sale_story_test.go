package main

import (
	"context"
	"fmt"
	"testing"
)

// saleStory goes on where a lead is converted: every step to the money is done by who has to.
type saleStory struct {
	*leadStory
	// What the steps make.
	opportunity, book, quote, contract, order, invoice string
	pumps                                              string // line of the order
}

// newSaleStory has the lead's owner sell, and the people who decide, ship and take money.
func newSaleStory(t *testing.T) *saleStory {
	s := &saleStory{leadStory: newLeadStory(t)}
	s.captured()
	s.assigned()
	s.reassigned()
	s.converted()
	for _, p := range [][2]string{{"wu", "sales_rep"}, {"boss", "sales_manager"}, {"director", "sales_director"}, {"counsel", "legal"}, {"partner", "finance_bp"}, {"clerk", "order_clerk"}, {"ar", "finance_ar"}} {
		if p[0] != "wu" && p[0] != "boss" {
			s.ask("admin", `mutation { createSysUser(input: {username: %q, name: %q, orgUnit: {connect: {code: "HQ"}}}) { sysUser { id } } }`, p[0], p[0])
		}
		s.ask("admin", `mutation { createSysRoleAssignment(input: {userId: "sys_user_%d", role: %q}) { sysRoleAssignment { id } } }`, s.user(p[0]).UserID, p[1])
	}
	s.catalogue()
	return s
}

func (s *saleStory) context(who string) context.Context {
	if who == "admin" {
		return s.admin
	}
	return s.as(who)
}

// ask asks for what must succeed, lets everything run that is due, and gives the answer.
func (s *saleStory) ask(who, query string, args ...any) string {
	s.t.Helper()
	return s.do(s.context(who), fmt.Sprintf(query, args...))
}

// id asks, and gives the first id of the answer.
func (s *saleStory) id(who, query string, args ...any) string {
	s.t.Helper()
	body := s.ask(who, query, args...)
	id := cutOut(body, `"id":"`)
	if id == "" {
		s.t.Fatalf("no id in %s", body)
	}
	return id
}

// holds asks, and holds that the answer has a part.
func (s *saleStory) holds(part, who, query string, args ...any) {
	s.t.Helper()
	s.want(s.context(who), fmt.Sprintf(query, args...), part)
	s.settle()
}

// decide gives the answer of somebody who is asked about one record.
func (s *saleStory) decide(who, command string) {
	s.t.Helper()
	var mine struct {
		MyTasks struct{ Nodes []struct{ ID string } }
	}
	body := s.in.ask(s.t, s.context(who), `{ myTasks { nodes { id } } }`, &mine)
	if len(mine.MyTasks.Nodes) != 1 {
		s.t.Fatalf("%s is asked %s", who, body)
	}
	s.ask(who, `mutation { %s(task: %q%s) { status } }`, command, mine.MyTasks.Nodes[0].ID, map[bool]string{true: `, comment: "no"`}[command == "reject"])
}

// catalogue has what is sold: pumps with 13 % of tax, and a service with 6 %.
func (s *saleStory) catalogue() {
	cat := s.id("admin", `mutation { createProductCategory(input: {code: "PUMP", name: "Pumps"}) { productCategory { id } } }`)
	pump := s.id("admin", `mutation { createProduct(input: {code: "CP-80", name: "离心泵", categoryId: %q, uom: "台", listPrice: 8800, costPrice: 5000, taxRate: "0.13", status: active, recordType: goods}) { product { id } } }`, cat)
	service := s.id("admin", `mutation { createProduct(input: {code: "CP-S", name: "现场调试", categoryId: %q, uom: "次", listPrice: "3333.33", costPrice: 1200, taxRate: "0.06", status: active, recordType: service}) { product { id } } }`, cat)
	s.book = s.id("admin", `mutation { createPriceBook(input: {code: "STD", name: "标准", kind: standard, validFrom: "2026-01-01", status: approved, priceBookEntries: {create: [{productId: %q, minQty: 1, unitPrice: 8800, floorPrice: 7900}, {productId: %q, minQty: 20, unitPrice: 8600, floorPrice: 7500}]}}) { priceBook { id } } }`, pump, pump)
	s.holds(`"rule":"HAS_OPPORTUNITY"`, "wu", `mutation { a: leadOpenOpportunity(id: %q, input: {name: "泵站改造", amount: "158213.33", closeDate: "2026-06-30"}) { opportunity } b: leadOpenOpportunity(id: %[1]q, input: {name: "x", amount: 1, closeDate: "2026-06-30"}) { opportunity } }`, s.lead)
	s.opportunity = s.id("wu", `{ opportunities { nodes { id } } }`)
	s.holds(`{"source":"website","lead":{"fullName":"王芳"},"account":{"name":"杭州锐锋装备制造有限公司"},"primaryContact":{"name":"王芳"},"territory":{"code":"330100"},"owner":{"name":"wu"}}`, "wu",
		`{ opportunity(id: %q) { source lead { fullName } account { name } primaryContact { name } territory { code } owner { name } } }`, s.opportunity)
	s.ask("wu", `mutation { createOpportunityContactRole(input: {opportunityId: %q, contactId: %q, role: decision_maker}) { opportunityContactRole { id } } }`, s.opportunity, s.contact)
	s.ask("wu", `mutation { createOpportunityLine(input: {opportunityId: %q, productId: %q, qty: 20, unitPrice: 8800, discountPct: "0.12"}) { opportunityLine { id } } }`, s.opportunity, pump)
	s.ask("wu", `mutation { createOpportunityLine(input: {opportunityId: %q, productId: %q, qty: 1, unitPrice: "3333.33"}) { opportunityLine { id } } }`, s.opportunity, service)
}

// quoted with 11.78 % of discount, which manager and director approve.
func (s *saleStory) quoted() {
	s.holds(`"rule":"quote_before_s4"`, "wu", `mutation { updateOpportunity(id: %q, patch: {stage: s4}) { opportunity { stage } } }`, s.opportunity)
	s.ask("wu", `mutation { opportunityCreateQuote(id: %q, input: {priceBookId: %q, validUntil: "2026-05-31", paymentTerms: "30/60/10"}) { lines } }`, s.opportunity, s.book)
	s.quote = s.id("wu", `{ quotes { nodes { id } } }`)
	const totals = `"listTotal":"179333.33","netTotal":"140206.60","taxTotal":"18006.73","grossTotal":"158213.33","discountPct":"0.1178","unpriced":0`
	s.holds(totals, "wu", `{ quote(id: %q) { listTotal netTotal taxTotal grossTotal discountPct unpriced } }`, s.quote)
	s.holds(`"costTotal":"101200.00","marginPct":"0.2782"`, "boss", `{ quote(id: %q) { costTotal marginPct } }`, s.quote)
	s.holds(`"code":"INVALID_INPUT"`, "wu", `{ quote(id: %q) { costTotal } }`, s.quote)
	s.holds(`"rule":"NOT_APPROVED"`, "wu", `mutation { quoteSend(id: %q) { quote { status } } }`, s.quote)
	s.ask("wu", `mutation { submit(process: "quote_discount", record: %q) { id } }`, s.quote)
	s.holds(`"code":"RECORD_LOCKED"`, "wu", `mutation { updateQuote(id: %q, patch: {paymentTerms: "x"}) { quote { id } } }`, s.quote)
	s.decide("boss", "approve")
	s.holds(`{"quote":{"status":"pending"}}`, "wu", `{ quote(id: %q) { status } }`, s.quote)
	s.decide("director", "approve")
	s.holds(`{"quote":{"status":"approved",`+totals+`}}`, "wu", `{ quote(id: %q) { status listTotal netTotal taxTotal grossTotal discountPct unpriced } }`, s.quote)
	s.ask("wu", `mutation { quoteSend(id: %q) { quote { status } } }`, s.quote)
	s.ask("wu", `mutation { quoteAccept(id: %q) { quote { status } } }`, s.quote)
	s.ask("wu", `mutation { updateOpportunity(id: %q, patch: {stage: s4}) { opportunity { stage } } }`, s.opportunity)
}

// contracted: in three instalments that add up to the cent, read by legal and finance.
func (s *saleStory) contracted() {
	s.at("2026-05-08 10:00:00")
	s.holds(`"rule":"contract_before_won"`, "wu", `mutation { opportunityWin(id: %q) { opportunity { stage } } }`, s.opportunity)
	s.ask("wu", `mutation { quoteToContract(id: %q, input: {name: "泵站设备采购合同", startOn: "2026-05-08", endOn: "2027-05-07"}) { amount } }`, s.quote)
	s.contract = s.id("wu", `{ contracts { nodes { id } } }`)
	for i, x := range [][2]string{{"2026-05-20", "47464.00"}, {"2026-06-20", "94928.00"}, {"2026-12-31", "15821.34"}} {
		s.ask("wu", `mutation { createPaymentPlan(input: {contractId: %q, seq: %d, dueOn: %q, amount: %q}) { paymentPlan { id } } }`, s.contract, i+1, x[0], x[1])
	}
	s.holds(`"code":"ENTRY_NOT_MET"`, "wu", `mutation { submit(process: "contract_review", record: %q) { id } }`, s.contract)
	last := s.id("wu", `{ paymentPlans(filter: {seq: {eq: 3}}) { nodes { id } } }`)
	s.ask("wu", `mutation { updatePaymentPlan(id: %q, patch: {amount: "15821.33"}) { paymentPlan { id } } }`, last)
	s.ask("wu", `mutation { submit(process: "contract_review", record: %q) { id } }`, s.contract)
	s.decide("boss", "approve")
	s.decide("partner", "approve")
	s.decide("counsel", "approve")
	s.ask("wu", `mutation { contractSign(id: %q, input: {signedOn: "2026-05-08"}) { contract { status } } }`, s.contract)
	s.holds(`{"status":"active","amount":"158213.33","plannedAmount":"158213.33","unpaidAmount":"158213.33","paidPct":"0.0000"}`, "wu", `{ contract(id: %q) { status amount plannedAmount unpaidAmount paidPct } }`, s.contract)
	s.ask("wu", `mutation { opportunityWin(id: %q) { opportunity { stage } } }`, s.opportunity)
	s.holds(`{"isWon":true,"closedAt":"2026-05-08T02:00:00Z","amountBase":"158213.33","salesCycleDays":8,"account":{"lifecycleStage":"customer"}}`, "wu", `{ opportunity(id: %q) { isWon closedAt amountBase salesCycleDays account { lifecycleStage } } }`, s.opportunity)
}

// ordered: above 100,000.00 the manager agrees; the clerk confirms.
func (s *saleStory) ordered() {
	s.ask("wu", `mutation { quoteToOrder(id: %q, input: {contractId: %q}) { lines } }`, s.quote, s.contract)
	s.order = s.id("wu", `{ salesOrders { nodes { id } } }`)
	s.pumps = s.id("wu", `{ orderLines(filter: {product: {code: {eq: "CP-80"}}}) { nodes { id } } }`)
	s.ask("wu", `mutation { submit(process: "order_direct", record: %q) { id } }`, s.order)
	s.holds(`"errors"`, "clerk", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.decide("boss", "approve")
	s.holds(`"code":"FORBIDDEN"`, "wu", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.ask("clerk", `mutation { salesOrderConfirm(id: %q) { salesOrder { status } } }`, s.order)
	s.holds(`{"status":"confirmed","lineNet":"140206.60","payable":"158213.33","payableBase":"158213.33","dueAmount":"158213.33","qtyOpen":"21.000","paymentStatus":"unpaid"}`, "wu",
		`{ salesOrder(id: %q) { status lineNet payable payableBase dueAmount qtyOpen paymentStatus } }`, s.order)
	s.holds(`"rule":"order_is_fixed"`, "wu", `mutation { updateOrderLine(id: %q, patch: {qty: 1}) { orderLine { id } } }`, s.pumps)
}

// delivered in two shipments: twelve pumps, then eight and the service.
func (s *saleStory) delivered() {
	s.at("2026-05-12 10:00:00")
	first := s.id("clerk", `mutation { createShipment(input: {orderId: %q, shipmentLines: {create: [{orderLineId: %q, qty: 12}]}}) { shipment { id } } }`, s.order, s.pumps)
	s.holds(`"rule":"not_beyond_order"`, "clerk", `mutation { createShipment(input: {orderId: %q, shipmentLines: {create: [{orderLineId: %q, qty: 21}]}}) { shipment { id } } }`, s.order, s.pumps)
	s.ask("clerk", `mutation { shipmentShip(id: %q, input: {trackingNo: "SF-1"}) { open } }`, first)
	s.ask("clerk", `mutation { shipmentSign(id: %q) { shipment { status } } }`, first)
	s.holds(`{"status":"shipping","qtyOpen":"9.000"}`, "wu", `{ salesOrder(id: %q) { status qtyOpen } }`, s.order)
	s.at("2026-05-15 10:00:00")
	s.ask("clerk", `mutation { salesOrderCreateShipment(id: %q) { lines } }`, s.order)
	second := s.id("clerk", `{ shipments(filter: {status: {eq: draft}}) { nodes { id } } }`)
	s.holds(`[{"qty":"8.000"},{"qty":"1.000"}]`, "clerk", `{ shipment(id: %q) { shipmentLines(orderBy: {id: ASC}) { nodes { qty } } } }`, second)
	s.ask("clerk", `mutation { shipmentShip(id: %q) { open } }`, second)
	s.ask("clerk", `mutation { shipmentSign(id: %q) { shipment { status } } }`, second)
	s.holds(`{"status":"completed","qtyOpen":"0.000"}`, "wu", `{ salesOrder(id: %q) { status qtyOpen } }`, s.order)
	s.holds(`{"orderLine":{"shippedQty":"20.000","openQty":"0.000"}}`, "wu", `{ orderLine(id: %q) { shippedQty openQty } }`, s.pumps)
}

// invoiced as a whole, with the tax of each line.
func (s *saleStory) invoiced() {
	s.holds(`"code":"FORBIDDEN"`, "wu", `mutation { salesOrderCreateInvoice(id: %q, input: {kind: e_invoice, taxNo: "91330106MA2B0000XX"}) { invoice } }`, s.order)
	s.ask("ar", `mutation { salesOrderCreateInvoice(id: %q, input: {kind: e_invoice, taxNo: "91330106MA2B0000XX", dueOn: "2026-06-20"}) { invoice } }`, s.order)
	s.invoice = s.id("ar", `{ invoices { nodes { id } } }`)
	s.ask("ar", `mutation { invoiceIssue(id: %q, input: {invoiceNo: "26330001"}) { invoice { status } } }`, s.invoice)
	s.holds(`{"netAmount":"140206.60","taxAmount":"18006.73","grossAmount":"158213.33","outstanding":"158213.33","issuedOn":"2026-05-15","dueOn":"2026-06-20","account":{"receivable":"158213.33"},"contract":{"invoicedAmount":"158213.33"},"order":{"invoicedAmount":"158213.33"}}`, "ar",
		`{ invoice(id: %q) { netAmount taxAmount grossAmount outstanding issuedOn dueOn account { receivable } contract { invoicedAmount } order { invoicedAmount } } }`, s.invoice)
}

// paid in three parts, of which the last is more than is owed.
func (s *saleStory) paid() {
	pay := func(moment, amount, want string) {
		s.t.Helper()
		s.at(moment)
		id := s.id("ar", `mutation { createPayment(input: {accountId: %q, amount: %q, receivedOn: %q, method: bank}) { payment { id } } }`, s.account, amount, moment[:10])
		s.holds(`"code":"FORBIDDEN"`, "wu", `mutation { paymentConfirm(id: %q) { payment { status } } }`, id)
		s.ask("ar", `mutation { paymentConfirm(id: %q) { payment { status } } }`, id)
		s.holds(want, "ar", `{ payment(id: %q) { allocated unallocated } salesOrder(id: %q) { paidAmount dueAmount paymentStatus paidInFullAt } invoice(id: %q) { outstanding } contract(id: %q) { paidAmount paidPct } }`, id, s.order, s.invoice, s.contract)
	}
	pay("2026-05-20 10:00:00", "47464.00", `{"payment":{"allocated":"47464.00","unallocated":"0.00"},"salesOrder":{"paidAmount":"47464.00","dueAmount":"110749.33","paymentStatus":"partial","paidInFullAt":null},"invoice":{"outstanding":"110749.33"},"contract":{"paidAmount":"47464.00","paidPct":"0.3000"}}`)
	pay("2026-06-18 10:00:00", "94928.00", `{"payment":{"allocated":"94928.00","unallocated":"0.00"},"salesOrder":{"paidAmount":"142392.00","dueAmount":"15821.33","paymentStatus":"partial","paidInFullAt":null},"invoice":{"outstanding":"15821.33"},"contract":{"paidAmount":"142392.00","paidPct":"0.9000"}}`)
	pay("2026-06-22 10:00:00", "20000.00", `{"payment":{"allocated":"15821.33","unallocated":"4178.67"},"salesOrder":{"paidAmount":"158213.33","dueAmount":"0.00","paymentStatus":"paid","paidInFullAt":"2026-06-22T02:00:00Z"},"invoice":{"outstanding":"0.00"},"contract":{"paidAmount":"158213.33","paidPct":"1.0000"}}`)
	s.holds(`{"receivable":"0.00","totalPaid":"162392.00","totalOrderAmount":"158213.33","orderCount":1,"openPipeline":"0.00"}`, "ar", `{ account(id: %q) { receivable totalPaid totalOrderAmount orderCount openPipeline } }`, s.account)
}

// returned: three of the pumps come back, at the price that was paid for them.
func (s *saleStory) returned() {
	s.at("2026-07-01 10:00:00")
	s.holds(`"rule":"not_beyond_shipped"`, "wu", `mutation { createSalesReturn(input: {orderId: %q, reason: "x", returnLines: {create: [{orderLineId: %q, qty: 21}]}}) { salesReturn { id } } }`, s.order, s.pumps)
	id := s.id("wu", `mutation { createSalesReturn(input: {orderId: %q, reason: "流量不足", returnLines: {create: [{orderLineId: %q, qty: 3}]}}) { salesReturn { id } } }`, s.order, s.pumps)
	s.ask("wu", `mutation { submit(process: "return_review", record: %q) { id } }`, id)
	s.decide("boss", "approve")
	s.holds(`{"returnedAmount":"0.00"}`, "wu", `{ salesOrder(id: %q) { returnedAmount } }`, s.order)
	s.decide("ar", "approve")
	s.holds(`{"salesReturn":{"status":"approved","grossTotal":"23232.00","netTotal":"20559.29"},"orderLine":{"returnedQty":"3.000","returnedNet":"20559.29"},"salesOrder":{"payable":"158213.33","returnedAmount":"23232.00","balance":"-23232.00"}}`, "wu",
		`{ salesReturn(id: %q) { status grossTotal netTotal } orderLine(id: %q) { returnedQty returnedNet } salesOrder(id: %q) { payable returnedAmount balance } }`, id, s.pumps, s.order)
}

// TestSaleStory: a lead from a public form to the goods that come back, through the API, every amount
// exact; in none of its queries somebody of a dealer is told anything.
func TestSaleStory(t *testing.T) {
	s := newSaleStory(t)
	s.quoted()
	s.contracted()
	s.ordered()
	s.delivered()
	s.invoiced()
	s.paid()
	s.returned()
	s.watchedAll(40)
}
