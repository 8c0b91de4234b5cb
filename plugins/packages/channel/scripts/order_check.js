// Whether a dealer may sell all lines of an order where they go, by authorisations in force.
function main({order: id}) {
  const order = records.get('sales_order', id);
  const held = records.query('region_authorization', {filter: {dealerId: {eq: order.dealerId}, status: {eq: 'active'}, validFrom: {lte: order.orderDate}, validTo: {gte: order.orderDate}}, first: 500});
  const place = order.shipTerritoryId ? records.get('sys_territory', order.shipTerritoryId).path : '';
  const paths = new Map();
  const path = (object, of) => { if (!paths.has(of)) paths.set(of, records.get(object, of).path); return paths.get(of); };
  const missing = [];
  for (const line of records.query('order_line', {filter: {orderId: {eq: id}}, first: 500})) {
    const product = records.get('product', line.productId), at = product.categoryId ? path('product_category', product.categoryId) : '';
    const may = held.some((a) => (!a.brandId || a.brandId === product.brandId) && place.startsWith(path('sys_territory', a.territoryId)) && at.startsWith(path('product_category', a.productCategoryId)));
    if (!may) missing.push(product.code);
  }
  return {authorised: missing.length === 0, missing: missing.join(', ').slice(0, 200)};
}
