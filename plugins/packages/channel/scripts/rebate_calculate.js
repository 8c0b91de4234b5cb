// The rebate that a policy gives for a period: what each dealer bought, what that earns by the
// ladder, and how much of it is still to be granted. Every step is kept in the accrual's trace.
const MONTHS = {month: 1, quarter: 3, half: 6, year: 12};
const COUNTS = ['confirmed', 'shipping', 'completed'];
const OPEN = ['calculated', 'disputed'];
const RATES = {incremental: 'rate', retroactive: 'rate', fixed: 'fixedAmount', per_unit: 'perUnit'};
const PAGE = 500;
const ZERO = dec(0);

function main({policy: id, period_start: start, as_of: asOf, dealer, confirm_by: confirmBy}) {
  const policy = records.get('rebate_policy', id);
  const period = {start, end: periodEnd(start, MONTHS[policy.periodKind])};
  if (period.end < policy.validFrom || start > policy.validTo) refuse('OUTSIDE_VALIDITY');
  const dealers = dealersOf(policy, dealer);
  const run = {policy, period, asOf, confirmBy, dealers, lines: new Map(), ladder: ladderOf(policy), categories: within('product_category', policy.categoryIds)};
  run.now = facts(run, policy.trueUp ? start.slice(0, 4) + '-01-01' : start, least(period.end, asOf));
  run.before = policy.qualifier === 'growth_pct' || policy.appliesTo === 'increment' ? facts(run, yearBefore(start), yearBefore(period.end)) : new Map();
  const done = {created: 0, updated: 0, unchanged: 0, cancelled: 0, total: ZERO};
  for (const d of dealers) grant(run, d, earned(run, d), done);
  return {...done, dealers: dealers.length};
}

// Who and what the policy is about.

function dealersOf(policy, only) {
  const filter = {status: {eq: 'active'}};
  if (only) filter.id = {eq: only};
  if (policy.tierIds && policy.tierIds.length) filter.tierId = {in: policy.tierIds};
  const places = within('sys_territory', policy.territoryIds);
  const found = records.query('dealer', {filter, orderBy: [{dealerNo: 'ASC'}], first: PAGE});
  if (found.length === PAGE) refuse('TOO_MANY');
  return places ? found.filter((d) => places.has(d.territoryId)) : found;
}

/** Ids at or below some records of a tree; null where there are none: all. */
function within(object, ids) {
  if (!ids || !ids.length) return null;
  const out = new Set();
  for (const id of ids) for (const r of records.query(object, {filter: {path: {within: id}}, first: PAGE})) out.add(r.id);
  return out;
}

function ladderOf(policy) {
  const field = RATES[policy.method];
  return records.query('rebate_tier', {filter: {policyId: {eq: policy.id}}, orderBy: [{lowerBound: 'ASC'}], first: 200})
    .map((t) => ({seq: t.seq, lower: t.lowerBound, upper: t.upperBound, rate: t[field] ?? 0}));
}

// What dealers bought: by dealer {eligible, returns, excluded, documents, paid}.

function facts(run, from, to) {
  const out = new Map(run.dealers.map((d) => [d.id, {eligible: ZERO, returns: ZERO, excluded: ZERO, documents: [], paid: []}]));
  const of = new Map(run.dealers.map((d) => [d.id, d]));
  const book = {
    ordered() {
      const orders = span('sales_order', 'orderDate', from, to, {status: {in: COUNTS}, dealerId: {in: [...of.keys()]}});
      for (const line of below('order_line', 'orderId', orders)) add(run, out, line.parent, line, measured(run, line), line.parent.orderNo);
    },
    shipped() {
      const shipments = span('shipment', 'shippedOn', from, to, {status: {in: ['shipped', 'signed']}});
      for (const x of below('shipment_line', 'shipmentId', shipments)) {
        const order = orderOf(run, x.parent.orderId), line = lineOf(run, x.orderLineId);
        add(run, out, order, line, share(measured(run, line), x.qty, line.qty), x.parent.shipNo);
      }
    },
    invoiced() {
      for (const x of span('invoice', 'issuedOn', from, to, {status: {eq: 'issued'}})) {
        if (x.orderId) spread(run, out, x.orderId, x.grossAmount, x.invoiceNo);
      }
    },
    paid() {
      for (const x of allocations(from, to)) spread(run, out, x.orderId, x.amount, 'payment ' + x.allocatedOn);
    },
  };
  book[run.policy.basis]();
  if (run.policy.deductReturns) {
    const returns = span('sales_return', 'returnedOn', from, to, {status: {eq: 'approved'}});
    for (const x of below('return_line', 'returnId', returns)) {
      const at = out.get(orderOf(run, x.parent.orderId).dealerId), line = lineOf(run, x.orderLineId);
      if (!at || !inScope(run, line) || left(run, line)) continue;
      const amount = run.policy.measure === 'qty' ? dec(x.qty) : dec(run.policy.measure === 'gross_amount' ? x.grossAmount : x.netAmount);
      at.returns = at.returns.add(amount);
      at.documents.push([x.parent.returnNo, amount.neg()]);
    }
  }
  if (run.policy.usePaymentFactor) {
    for (const x of allocations(from, to)) {
      const order = orderOf(run, x.orderId), at = out.get(order.dealerId);
      if (at) at.paid.push([daysBetween(order.orderDate, x.allocatedOn), x.amount]);
    }
  }
  return out;
}

function allocations(from, to) {
  return span('payment_allocation', 'allocatedOn', from, to, {status: {eq: 'posted'}}).filter((x) => x.orderId);
}

/** Adds a line to what its dealer bought, unless it is out of scope. */
function add(run, out, order, line, amount, name) {
  const at = out.get(order.dealerId);
  if (!at || !COUNTS.includes(order.status) || !inScope(run, line)) return;
  if (left(run, line)) {
    at.excluded = at.excluded.add(amount);
    return;
  }
  at.eligible = at.eligible.add(amount);
  at.documents.push([name, amount]);
}

/** Counts an amount of an order, tax included, over its lines by their share. */
function spread(run, out, orderId, amount, name) {
  const order = orderOf(run, orderId);
  if (!out.has(order.dealerId) || dec(order.payable).isZero()) return;
  for (const line of below('order_line', 'orderId', [order])) add(run, out, order, line, share(measured(run, line), amount, order.payable), name);
}

function measured(run, line) {
  return dec(run.policy.measure === 'qty' ? line.qty : run.policy.measure === 'gross_amount' ? line.grossAmount : line.netAmount);
}

function share(amount, part, of) { return amount.mul(part).div(of).round(2); }

function left(run, line) { return run.policy.excludeSpecial && line.isSpecialPrice || run.policy.excludeGift && line.isGift; }

function inScope(run, line) {
  return !run.categories || run.categories.has(kept(run, 'product', line.productId).categoryId);
}

function orderOf(run, id) { return kept(run, 'sales_order', id); }
function lineOf(run, id) { return kept(run, 'order_line', id); }

/** A record, read once. */
function kept(run, object, id) {
  if (!run.lines.has(id)) run.lines.set(id, records.get(object, id));
  return run.lines.get(id);
}

// Reading in bounded steps: what fills a page is asked for in parts.

function span(object, field, from, to, filter) {
  if (from > to) return [];
  const found = records.query(object, {filter: {...filter, [field]: {gte: from, lte: to}}, orderBy: [{[field]: 'ASC'}], first: PAGE});
  if (found.length < PAGE) return found;
  if (from === to) refuse('TOO_MANY', {object, on: from});
  const middle = addDays(from, Math.floor(daysBetween(from, to) / 2));
  return [...span(object, field, from, middle, filter), ...span(object, field, addDays(middle, 1), to, filter)];
}

function below(object, field, parents) {
  const out = [], by = new Map(parents.map((p) => [p.id, p]));
  const read = (ids) => {
    if (!ids.length) return;
    const found = records.query(object, {filter: {[field]: {in: ids}}, first: PAGE});
    if (found.length < PAGE) {
      for (const r of found) out.push({...r, parent: by.get(r[field])});
    } else if (ids.length === 1) {
      refuse('TOO_MANY', {object, of: ids[0]});
    } else {
      read(ids.slice(0, ids.length >> 1));
      read(ids.slice(ids.length >> 1));
    }
  };
  for (let i = 0; i < parents.length; i += 50) read(parents.slice(i, i + 50).map((p) => p.id));
  return out;
}

// What that earns.

function earned(run, dealer) {
  const {policy, period} = run, now = run.now.get(dealer.id);
  const base = now.eligible.sub(now.returns);
  const then = run.before.get(dealer.id), prior = then ? then.eligible.sub(then.returns) : null;
  const target = policy.qualifier === 'achievement_pct' || policy.appliesTo === 'excess' ? targetOf(policy, dealer, period) : null;
  const measure = {total: base, increment: positive(base.sub(prior ?? 0)), excess: positive(base.sub(target ?? 0))}[policy.appliesTo];
  const steps = [['base', base]];
  if (prior) steps.push(['prior', prior]);
  if (target) steps.push(['target', target]);
  let gross = ZERO, seq = null, rate = null;
  const fresh = (policy.qualifier === 'growth_pct') && !(prior && prior.gt(0));
  if (policy.minBase && base.lt(policy.minBase)) {
    steps.push(['below the least base', policy.minBase]);
  } else if (fresh) {
    rate = policy.newDealerRate ?? 0;
    gross = base.mul(rate);
    steps.push(['no base to grow from: base x rate', rate, gross]);
  } else {
    const by = policy.qualifier === 'base' ? base : policy.qualifier === 'growth_pct' ? base.sub(prior).div(prior) : target && target.gt(0) ? base.div(target) : ZERO;
    const r = ladder(policy.method, run.ladder, measure, by);
    for (const l of r.lines) steps.push(['tier ' + run.ladder[l.step].seq, l.part, l.rate, l.amount]);
    gross = r.amount;
    if (r.reached !== null) [seq, rate] = [run.ladder[r.reached].seq, run.ladder[r.reached].rate];
  }
  const factor = policy.usePaymentFactor ? factorOf(policy, now.paid) : null;
  if (factor) {
    gross = gross.mul(factor);
    steps.push(['payment factor', factor, gross]);
  }
  const rounded = gross.round(2), capped = cap(policy, base, rounded);
  if (!capped.eq(rounded)) steps.push(['cap', capped]);
  const earlier = policy.trueUp ? earlierOf(policy, dealer, period) : ZERO;
  if (policy.trueUp) steps.push(['accrued earlier in the year', earlier]);
  return {amount: capped.sub(earlier), base, steps, documents: now.documents, values: {
    eligibleAmount: now.eligible.toFixed(2), returnsAmount: now.returns.toFixed(2), excludedAmount: now.excluded.toFixed(2),
    priorBase: prior && prior.toFixed(2), targetAmount: target && target.toFixed(2), tierSeq: seq, rate: rate === null ? null : dec(rate).toFixed(6),
    grossRebate: rounded.toFixed(2), paymentFactor: factor && factor.toFixed(4), cappedAmount: capped.toFixed(2)}, earlier};
}

function positive(x) { return x.lt(0) ? ZERO : x; }

function targetOf(policy, dealer, period) {
  const of = records.query('dealer_target', {filter: {dealerId: {eq: dealer.id}, periodKind: {eq: policy.periodKind}, periodStart: {eq: period.start}}, first: PAGE});
  const lines = of.filter((t) => t.productCategoryId && policy.categoryIds && policy.categoryIds.includes(t.productCategoryId));
  return stats.sum((lines.length ? lines : of.filter((t) => !t.productCategoryId)).map((t) => t.targetNet));
}

function factorOf(policy, paid) {
  const table = policy.paymentFactors ?? [];
  const f = (days) => { for (const row of table) if (row.days === undefined || days <= row.days) return dec(row.factor); return ZERO; };
  const all = stats.sum(paid.map((p) => p[1]));
  return all.isZero() ? ZERO : stats.sum(paid.map((p) => f(p[0]).mul(p[1]))).div(all).round(4);
}

function cap(policy, base, amount) {
  let most = amount;
  if (policy.capAmount) most = less(most, dec(policy.capAmount));
  if (policy.capPct) most = less(most, base.mul(policy.capPct).round(2));
  return most;
}

function less(a, b) { return b.lt(a) ? b : a; }

function earlierOf(policy, dealer, period) {
  const year = period.start.slice(0, 4) + '-01-01';
  if (year === period.start) return ZERO;
  const sums = records.aggregate('rebate_accrual', {filter: {policyId: {eq: policy.id}, dealerId: {eq: dealer.id}, status: {ne: 'cancelled'}, periodStart: {gte: year, lt: period.start}}, sum: ['rebateAmount']});
  return dec(sums.sum.rebateAmount ?? 0);
}

// What is granted: open accruals are replaced, others stay, and the difference is an adjustment.

function grant(run, dealer, e, done) {
  const {policy, period} = run;
  const had = records.query('rebate_accrual', {filter: {policyId: {eq: policy.id}, dealerId: {eq: dealer.id}, periodStart: {eq: period.start}, status: {ne: 'cancelled'}}, orderBy: [{adjustmentNo: 'ASC'}], first: PAGE});
  const open = had.filter((a) => OPEN.includes(a.status)), fixed = had.filter((a) => !OPEN.includes(a.status));
  const granted = stats.sum(fixed.map((a) => a.rebateAmount));
  const due = e.amount.sub(granted);
  if (outdone(run, dealer, e.amount, done) || due.isZero() && !open.length) {
    for (const a of open) cancel(a, done);
    if (had.length && !open.length) done.unchanged++;
    return;
  }
  if (due.isZero() && fixed.length) {
    for (const a of open) cancel(a, done);
    return;
  }
  const steps = granted.isZero() ? e.steps : [...e.steps, ['granted before', granted]];
  const values = {...e.values, priorAccrued: e.earlier.add(granted).toFixed(2), rebateAmount: due.toFixed(2), policyVersion: policy.versionNo, periodEnd: period.end,
    trace: {steps: steps.map((s) => s.map(String)), documents: e.documents.map((d) => d.map(String))}};
  done.total = done.total.add(due);
  if (!open.length) {
    records.create('rebate_accrual', {...values, policyId: policy.id, dealerId: dealer.id, periodStart: period.start, status: 'calculated', confirmBy: run.confirmBy,
      adjustmentNo: fixed.length, adjustsId: fixed.length ? fixed[fixed.length - 1].id : null, ownerId: dealer.managerId ?? dealer.ownerId});
    done.created++;
    return;
  }
  const [first, ...rest] = open;
  if (Object.keys(values).every((k) => same(first[k], values[k]))) {
    done.unchanged++;
  } else {
    records.update('rebate_accrual', first.id, {...values, status: 'calculated', confirmBy: run.confirmBy});
    done.updated++;
  }
  for (const a of rest) cancel(a, done);
}

function cancel(accrual, done) {
  records.update('rebate_accrual', accrual.id, {status: 'cancelled'});
  done.cancelled++;
}

/** Of policies that exclude each other the one that gives most wins; of equal ones the first. */
function outdone(run, dealer, amount, done) {
  const {policy, period} = run;
  if (!policy.exclusiveGroup) return false;
  const rivals = records.query('rebate_policy', {filter: {exclusiveGroup: {eq: policy.exclusiveGroup}, id: {ne: policy.id}}, first: PAGE});
  if (!rivals.length) return false;
  const theirs = records.query('rebate_accrual', {filter: {policyId: {in: rivals.map((p) => p.id)}, dealerId: {eq: dealer.id}, periodStart: {eq: period.start}, status: {ne: 'cancelled'}}, first: PAGE});
  const no = new Map(rivals.map((p) => [p.id, p.policyNo]));
  for (const a of theirs) {
    const other = dec(a.rebateAmount);
    if (!OPEN.includes(a.status) || other.gt(amount) || other.eq(amount) && no.get(a.policyId) < policy.policyNo) return true;
  }
  for (const a of theirs) cancel(a, done);
  return false;
}

function same(a, b) {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a === 'object') return canonical(a) === canonical(b);
  return String(a) === String(b);
}

function canonical(x) {
  if (Array.isArray(x)) return '[' + x.map(canonical).join() + ']';
  if (x && typeof x === 'object') return '{' + Object.keys(x).sort().map((k) => k + ':' + canonical(x[k])).join() + '}';
  return JSON.stringify(x);
}

// Days, as text: 2026-03-31.

function day(y, m, d) { return new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10); }
function parts(s) { return s.split('-').map(Number); }
function addDays(s, n) { const [y, m, d] = parts(s); return day(y, m - 1, d + n); }
function daysBetween(a, b) { return Math.round((Date.parse(b) - Date.parse(a)) / 86400000); }
function least(a, b) { return a < b ? a : b; }

/** The same day a year before; the 29th of February is the 28th. */
function yearBefore(s) {
  const [y, m, d] = parts(s);
  return day(y - 1, m - 1, m === 2 && d === 29 ? 28 : d);
}

function periodEnd(start, months) {
  const [y, m, d] = parts(start);
  if (d !== 1 || (m - 1) % months !== 0) refuse('BAD_PERIOD');
  return day(y, m - 1 + months, 0);
}
