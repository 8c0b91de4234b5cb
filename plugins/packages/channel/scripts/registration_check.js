// Whether the dealer of a registration is authorised, and which protected registrations it conflicts with.
const PAGE = 500;

function main({registration: id, today}) {
  const r = records.get('deal_registration', id);
  const place = records.get('sys_territory', r.territoryId).path, line = records.get('product_category', r.productCategoryId).path;
  const held = records.query('region_authorization', {filter: {dealerId: {eq: r.dealerId}, status: {eq: 'active'}, validFrom: {lte: today}, validTo: {gte: today}}, first: PAGE});
  if (!held.some((a) => place.startsWith(records.get('sys_territory', a.territoryId).path) && line.startsWith(records.get('product_category', a.productCategoryId).path))) refuse('NOT_AUTHORISED');
  const found = [];
  for (const o of records.query('deal_registration', {filter: {status: {eq: 'approved'}, protectUntil: {gte: today}, productCategoryId: {eq: r.productCategoryId}, id: {ne: id}}, orderBy: [{regNo: 'DESC'}], first: PAGE})) {
    if (r.accountId && o.accountId === r.accountId || similar.dice(o.customerNorm, r.customerNorm).gte('0.8')) found.push(o.regNo);
  }
  return {conflicts: found.length ? found.join(', ').slice(0, 200) : null};
}
