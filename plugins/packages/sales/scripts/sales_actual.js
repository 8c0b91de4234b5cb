// What was achieved of a sales target in its period. Units and areas count with all below them.
const PAGE = 500;

function main({target: id, after, until}) {
  const target = records.get('sales_target', id), days = {gte: target.periodStart, lte: target.periodEnd};
  const sum = (object, field, of, filter) => parts(target.scopeId, of).map((part) => dec(records.aggregate(object, {filter: {...part, ...filter}, sum: [field]}).sum[field] ?? 0));
  switch (target.metric) {
    case 'won_amount':
      return {actual: stats.sum(sum('opportunity', 'amountBase', 'territoryId', {isWon: {eq: true}, closedAt: {gt: after, lte: until}}))};
    case 'order_amount':
      return {actual: stats.sum(sum('sales_order', 'payableBase', 'accountId', {status: {in: ['confirmed', 'shipping', 'completed']}, orderDate: days}))};
    case 'paid_amount':
      return {actual: stats.sum(sum('payment', 'amount', 'accountId', {status: {eq: 'confirmed'}, receivedOn: days}))};
    case 'new_customers':
      return {actual: parts(target.scopeId, 'territoryId').reduce((n, part) => n + records.aggregate('account', {filter: {...part, firstOrderOn: days}, sum: []}).count, 0)};
  }
}

/** Filters that together, and each apart from the others, find what belongs to a scope; of says what leads to its area. */
function parts(scope, of) {
  if (scope.startsWith('sys_user_')) return [{ownerId: {eq: scope}}];
  if (scope.startsWith('sys_org_unit_')) return among('ownerId', below('sys_org_unit', scope).flatMap((unit) => all('sys_user', {orgUnitId: {eq: unit}})));
  const areas = below('sys_territory', scope);
  return of === 'territoryId' ? among(of, areas) : among(of, areas.flatMap((area) => all('account', {territoryId: {eq: area}})));
}

function below(object, id) { return all(object, {path: {within: id}}); }

function among(field, ids) {
  const out = [];
  for (let i = 0; i < ids.length; i += PAGE) out.push({[field]: {in: ids.slice(i, i + PAGE)}});
  return out;
}

/** The ids of all records that meet a filter; a page that is full may have lost some. */
function all(object, filter) {
  const found = records.query(object, {filter, first: PAGE});
  if (found.length === PAGE) refuse('TOO_MANY', {object});
  return found.map((r) => r.id);
}
