// Dealers of the demo data, and reviews of their tiers.

const ask = `query($n: String!) { dealers(filter: {dealerNo: {eq: $n}}) { nodes { id tierId tier { name } } } }`;

/** dealer finds one by its number. */
export const dealer = async (s, page, n) => (await s.graphql(page, ask, { n })).dealers.nodes[0];

/** review makes a review for a dealer of Jiang's, as Jiang, who then hands the dealer to Ye; it gives the review's id and number. */
export async function review(s, admin, jiang, number, tier) {
  const { sysUsers, dealerTiers } = await s.graphql(admin, '{ sysUsers(filter: {username: {eq: "ye.qing"}}) { nodes { id } } dealerTiers { nodes { id name } } }');
  const d = await dealer(s, admin, number);
  const input = { dealerId: d.id, periodStart: '2025-01-01', periodEnd: '2025-12-31', currentTierId: d.tierId, proposedTierId: dealerTiers.nodes.find((t) => t.name === tier).id, effectiveFrom: '2027-01-01', reason: '年度进货达标' };
  const made = await s.graphql(jiang, 'mutation($i: DealerTierReviewCreate!) { createDealerTierReview(input: $i) { dealerTierReview { id reviewNo } } }', { i: input });
  await s.graphql(admin, 'mutation($id: ID!, $m: ID) { updateDealer(id: $id, patch: {managerId: $m, ownerId: $m}) { dealer { id } } }', { id: d.id, m: sysUsers.nodes[0].id });
  return made.createDealerTierReview.dealerTierReview;
}

/** submit submits a review as whoever has signed in on a page. */
export const submit = (s, page, r) => s.graphql(page, 'mutation($r: ID!) { submit(process: "dealer_tier_change", record: $r) { id } }', { r: r.id });
