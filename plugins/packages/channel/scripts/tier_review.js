// What tier a dealer reaches by what was bought, paid and complained about in a period.
const COUNTS = ['confirmed', 'shipping', 'completed'];
const PAGE = 500;

function main({dealer: id, period_start: from, period_end: to, complaints, upgrade_only: upgradeOnly, as_of: asOf}) {
  if (to < from) refuse('BAD_PERIOD');
  const dealer = records.get('dealer', id);
  const orders = span('sales_order', 'orderDate', from, to, {dealerId: {eq: id}, status: {in: COUNTS}});
  if (orders.some((o) => o.paidAmount === undefined || o.lineNet === undefined)) refuse('NOT_ALL_SEEN');
  const returned = span('sales_return', 'returnedOn', from, to, {status: {eq: 'approved'}})
    .filter((r) => records.get('sales_order', r.orderId).dealerId === id);
  const net = stats.sum(orders.map((o) => o.lineNet)).sub(stats.sum(returned.map((r) => r.netTotal)));
  const payable = stats.sum(orders.map((o) => o.payable)), paid = stats.sum(orders.map((o) => o.paidAmount));
  const ratio = payable.isZero() ? dec(0) : paid.div(payable).round(4);
  const tiers = records.query('dealer_tier', {orderBy: [{rank: 'DESC'}], first: 100});
  if (!tiers.length) refuse('NO_TIERS');
  const now = tiers.find((t) => t.id === dealer.tierId) ?? null;
  const reached = tiers.find((t) => net.gte(t.minAnnualNet) && ratio.gte(t.minPaymentRatio) && (t.maxComplaints === null || complaints <= t.maxComplaints)) ?? tiers[tiers.length - 1];
  const computed = allowed(now, reached, tiers, upgradeOnly || dealer.tierLockedUntil && dealer.tierLockedUntil >= asOf);
  return {annual_net: net.toFixed(2), payment_ratio: ratio.toFixed(4), computed: computed.code, changes: !now || computed.id !== now.id};
}

/** A tier may rise to any, and falls by one at most, where it may fall at all. */
function allowed(now, reached, tiers, held) {
  if (!now || reached.rank >= now.rank) return reached;
  return held ? now : tiers.find((t) => t.rank < now.rank);
}

function span(object, field, from, to, filter) {
  const found = records.query(object, {filter: {...filter, [field]: {gte: from, lte: to}}, orderBy: [{[field]: 'ASC'}], first: PAGE});
  if (found.length < PAGE) return found;
  if (from === to) refuse('TOO_MANY', {object, on: from});
  const half = Math.floor((Date.parse(to) - Date.parse(from)) / 86400000 / 2);
  return [...span(object, field, from, days(from, half), filter), ...span(object, field, days(from, half + 1), to, filter)];
}

function days(s, n) { return new Date(Date.parse(s) + n * 86400000).toISOString().slice(0, 10); }
