// What a dealer bought this year, should buy, and how often it sold elsewhere in the last 12 months.
function main({dealer: id, today}) {
  const year = today.slice(0, 4) + '-01-01', next = (+today.slice(0, 4) + 1) + '-01-01', ago = (+today.slice(0, 4) - 1) + today.slice(4);
  const sum = (object, field, filter) => records.aggregate(object, {filter, sum: field ? [field] : []});
  const orders = sum('sales_order', 'lineNet', {dealerId: {eq: id}, status: {in: ['confirmed', 'shipping', 'completed']}, orderDate: {gte: year, lt: next}});
  const targets = records.query('dealer_target', {filter: {dealerId: {eq: id}, periodKind: {eq: 'year'}, periodStart: {eq: year}}, first: 500});
  const incidents = sum('cross_region_incident', null, {violatorId: {eq: id}, approvalStatus: {eq: 'approved'}, foundOn: {gt: ago}});
  return {ytd_net: orders.sum.lineNet ?? 0, annual_target: stats.sum(targets.filter((t) => !t.productCategoryId).map((t) => t.targetNet)), incidents: incidents.count};
}
