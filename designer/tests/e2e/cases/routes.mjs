import { Looks } from '../looks.mjs';

const csv = '客户名称,行业\n湖畔茶业有限公司,农资农贸\n';

/** byTab opens the tab of that number. */
const byTab = (n) => (page) => page.getByRole('tab').nth(n).click();

/**
 * What is looked at of each route, as the router writes it: a name, an address, and what is done there first. Texts are
 * looked at in both languages, so nothing is found by them.
 */
const examples = (ids) => ({
  '/': [['home', '/']],
  '/app/$app': [['app', '/app/sales']],
  '/o/$object': [
    ['list', '/o/opportunity'],
    ['list-chosen', '/o/opportunity', (page) => page.locator('.grid-row [type=checkbox], .cards [type=checkbox], .card-row [type=checkbox]').first().check()],
    ['list-filters', '/o/opportunity?filter=%5B%7B%22path%22%3A%5B%22stage%22%5D%2C%22op%22%3A%22in%22%2C%22value%22%3A%5B%22s1%22%2C%22s2%22%5D%7D%5D'],
    ['board', '/o/opportunity?view=board'],
    ['calendar', '/o/task?view=calendar&date=2031-07-15'],
    ['calendar-week', '/o/task?view=calendar&date=2031-07-15&span=week'],
    ['filter', '/o/opportunity', (page) => page.getByRole('button', { name: /筛选|Filter/ }).first().click()],
    ['palette', '/o/opportunity', (page) => page.keyboard.press('Control+k')],
    ['list-empty', '/o/opportunity?q=%E4%B8%8D%E5%AD%98%E5%9C%A8%E7%9A%84%E4%B8%9C%E8%A5%BF'],
  ],
  '/o/$object/new': [['new', '/o/opportunity/new']],
  '/o/$object/$id': [
    ['record', `/o/dealer/${ids.dealer}`],
    ['record-related', `/o/dealer/${ids.dealer}`, byTab(1)],
    ['record-timeline', `/o/account/${ids.account}`, (page) => byTab(2)(page).then(() => page.locator('.happening').first().waitFor())],
    ['record-history', `/o/dealer/${ids.dealer}`, byTab(3)],
    ['record-files', `/o/dealer/${ids.dealer}`, byTab(4)],
    ['edit', `/o/dealer/${ids.dealer}`, (page) => page.getByRole('button', { name: /编辑|Edit/ }).click()],
    ['record-path', `/o/opportunity/${ids.opportunity}`],
  ],
  '/inbox': [['inbox', '/inbox']],
  '/me': [['me', '/me']],
  '/notices': [['notices', '/notices']],
  '/imports': [['imports', '/imports?object=account']],
  '/imports/$job': [['import', `/imports/${ids.job}`]],
  '/search': [
    ['search', `/search?q=${encodeURIComponent('精机')}`],
    ['search-none', '/search?q=qqqq'],
  ],
  '/setup': [['setup', '/setup']],
  '/setup/': [],
  '/setup/objects': [['objects', '/setup/objects']],
  '/setup/objects/$object': ['fields', 'rules', 'types', 'layouts', 'views', 'actions', 'access', 'details'].map((tab) => [`object-${tab}`, `/setup/objects/dealer?tab=${tab}`]).concat([['field', '/setup/objects/dealer', (page) => page.locator('.plain.link').first().click()]]),
  '/setup/objects/$object/layouts/$layout': [['layout', '/setup/objects/dealer/layouts/standard']],
  '/setup/access': [['access', '/setup/access']],
  '/setup/approvals': [['approvals', '/setup/approvals']],
  '/setup/approvals/$pkg/$key': [['approval', '/setup/approvals/channel/dealer_tier_change']],
  '/setup/flows': [['flows', '/setup/flows']],
  '/setup/flows/$pkg/$key': [['flow', '/setup/flows/leads/lead_arrived']],
  '/setup/failures': [['failures', '/setup/failures']],
  '/setup/files/$kind': ['picklist', 'app', 'role', 'sharing', 'table', 'script', 'permissions'].map((kind) => [`files-${kind}`, `/setup/files/${kind}`]),
  '/setup/files/$kind/$pkg/$': [
    ['file-picklist', '/setup/files/picklist/sales/picklists/loss_reason.json'],
    ['file-app', '/setup/files/app/sales/apps/sales.json'],
    ['file-role', '/setup/files/role/channel/roles/channel_manager.json'],
    ['file-sharing', '/setup/files/sharing/core-crm/sharing/account.json'],
    ['file-table', '/setup/files/table/leads/tables/touch_points.json'],
    ['file-script', '/setup/files/script/channel/scripts/tier_review.json'],
    ['file-form', '/setup/files/script/channel/scripts/tier_review.json', byTab(1)],
    ['file-source', '/setup/files/script/channel/scripts/tier_review.json', byTab(2)],
    ['file-view', '/setup/files/view/core-crm/objects/touchpoint/views/recent.json'],
  ],
  '/setup/publish': [['publish', '/setup/publish']],
  '/setup/history': [['history', '/setup/history']],
  '/setup/packages': [['packages', '/setup/packages']],
  '/setup/translations': [['translations', '/setup/translations']],
  '/setup/audit': [['audit', '/setup/audit']],
});

const outside = {
  '/signin': [['signin', '/signin']],
  '/invite': [['invite', '/invite']],
  '/enrol': [['enrol', '/enrol']],
};

async function visit(s, looks, of, from) {
  for (const [name, path, first] of of) {
    await looks.go(from); // each example begins anew, also where two have the same address
    await looks.go(path);
    await first?.(looks.page);
    await looks.settled();
    await looks.check(name);
    await looks.page.keyboard.press('Escape');
  }
}

/** begun signs in and knows what examples begin with; a route that nobody looks at fails both cases. */
async function begun(s) {
  const page = await s.open();
  await s.signIn(page);
  const found = await s.graphql(page, '{ dealers(first: 1, orderBy: [{dealerNo: ASC}]) { nodes { id } } opportunities(first: 1, filter: {stage: {eq: s1}}) { nodes { id } } accounts(first: 1, filter: {touchpoints: {some: {}}}) { nodes { id } } }');
  const looks = await Looks.of(s, page);
  await looks.go('/imports?object=account');
  await page.locator('input[type=file]').setInputFiles({ name: '客户.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.waitForURL(/\/imports\/./);
  const inside = examples({ dealer: found.dealers.nodes[0].id, opportunity: found.opportunities.nodes[0].id, account: found.accounts.nodes[0].id, job: new URL(page.url()).pathname.split('/').at(-1) });
  const without = (await looks.routes()).filter((r) => !inside[r] && !outside[r]);
  if (without.length) throw new Error(`nobody looks at ${without.join(', ')}`);
  return { looks, inside: Object.entries(inside) };
}

const ofSetup = ([route]) => route.startsWith('/setup');

/** Every route of the workspace that the router has, in both languages and both themes: accessible, and on a phone nothing is cut off. */
export async function workspaceRoutes(s) {
  const { looks, inside } = await begun(s);
  for (const [, of] of inside.filter((x) => !ofSetup(x))) await visit(s, looks, of, '/me');
  const stranger = await Looks.of(s, await s.open());
  for (const of of Object.values(outside)) await visit(s, stranger, of, '/signin');
}

/** Every route of the designer, in the same way. */
export async function setupRoutes(s) {
  const { looks, inside } = await begun(s);
  for (const [, of] of inside.filter(ofSetup)) await visit(s, looks, of, '/me');
}
