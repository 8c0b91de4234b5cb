// The prices that a dealer pays by tier: those of the tier's price book from the quantity on, else
// the list price less the tier's discount.
function main({order: id}) {
  const order = records.get('sales_order', id);
  const dealer = records.get('dealer', order.dealerId), tier = records.get('dealer_tier', dealer.tierId);
  let priced = 0;
  for (const line of records.query('order_line', {filter: {orderId: {eq: id}}, first: 500})) {
    if (line.isGift || line.isSpecialPrice) continue;
    const product = records.get('product', line.productId);
    if (product.minOrderQty && dec(line.qty).lt(product.minOrderQty)) refuse('BELOW_MINIMUM', {product: product.code, least: product.minOrderQty});
    if (!sellable(product, dealer, order)) refuse('NOT_SELLABLE', {product: product.code});
    const price = bookPrice(tier, line) ?? dec(product.listPrice).mul(dec(1).sub(tier.purchaseDiscount ?? 0)).round(2);
    if (!price.eq(line.unitPrice)) records.update('order_line', line.id, {unitPrice: price});
    priced++;
  }
  return {priced};
}

function bookPrice(tier, line) {
  if (!tier.priceBookId) return null;
  const [entry] = records.query('price_book_entry', {filter: {priceBookId: {eq: tier.priceBookId}, productId: {eq: line.productId}, minQty: {lte: line.qty}}, orderBy: [{minQty: 'DESC'}], first: 1});
  return entry ? dec(entry.unitPrice) : null;
}

/** What says that something is not sold counts when all that it names fits. */
function sellable(product, dealer, order) {
  const category = product.categoryId ? records.get('product_category', product.categoryId).path : '';
  const place = order.shipTerritoryId ? records.get('sys_territory', order.shipTerritoryId).path : '';
  const fits = (object, id, path) => !id || path.startsWith(records.get(object, id).path);
  const never = records.query('sellable_scope', {filter: {allowed: {eq: false}, validFrom: {lte: order.orderDate}}, first: 500});
  return !never.some((s) => (!s.validTo || s.validTo >= order.orderDate) && (!s.productId || s.productId === product.id) && fits('product_category', s.productCategoryId, category) &&
    fits('sys_territory', s.territoryId, place) && (!s.accountId || s.accountId === dealer.accountId));
}
