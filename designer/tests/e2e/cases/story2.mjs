import { readFileSync } from 'node:fs';
import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';
import { longestTask } from '../trace.mjs';

const rows = Number(process.env.ROWS ?? 2000);
const far = Math.floor(rows / 4); // row 50,000 of 200,000

/** ofWorkspace are the scripts that pages outside of the designer load, always or each. */
function ofWorkspace() {
  const built = (file) => readFileSync(new URL(`../../../dist/${file}`, import.meta.url), 'utf8');
  const always = [...built('index.html').matchAll(/"\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
  const routes = JSON.parse(built('routes.json')).filter((r) => !r.pattern.startsWith('^/setup'));
  return new Set([...always, ...routes.flatMap((r) => r.modules)]);
}

/** cpu is the time of processors that pages have had, in seconds, which other programs do not change. */
async function cpu(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter((p) => p.type === 'renderer').reduce((n, p) => n + p.cpuTime, 0);
}

/**
 * A sales user finds an account by typing part of its Chinese name, filters many opportunities, scrolls far down, edits
 * in place, and is told in Chinese what to do when a rule is broken. ROWS says how many opportunities there are.
 */
export async function story2(s) {
  const page = await s.open({ width: 1440 });
  await loginOf(s, page, 'xu.jing');
  const { accounts } = await s.graphql(page, '{ accounts(first: 20) { nodes { id name } } }');
  for (let at = 0; at < rows; at += 500) {
    const inputs = Array.from({ length: Math.min(500, rows - at) }, (_, i) => {
      const n = at + i;
      return { name: `批量商机 ${String(n + 1).padStart(6, '0')}`, accountId: accounts.nodes[n % accounts.nodes.length].id, amount: String(1000 + n), stage: n % 2 ? 's2' : 's1', closeDate: '2031-12-31' };
    });
    await s.graphql(page, 'mutation($inputs: [OpportunityCreate!]!) { createOpportunities(inputs: $inputs) { opportunity { id } } }', { inputs });
  }

  // A first visit, with nothing kept by the browser.
  const cold = await s.open({ width: 1440 });
  await loginOf(s, cold, 'xu.jing');
  await cold.addInitScript(() =>
    new MutationObserver((_, watch) => {
      if (!document.querySelector('[role=gridcell] a')) return;
      window.there = performance.now();
      watch.disconnect();
    }).observe(document, { childList: true, subtree: true }),
  );
  const used = await cpu(s.browser);
  await s.go(cold, '/o/opportunity');
  await cold.getByRole('gridcell').getByRole('link').first().waitFor();
  const [there, loaded] = await cold.evaluate(() => [window.there, performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname.slice(1))]);
  const asked = loaded.length;
  console.log(`     the list of ${rows} is there ${Math.round(there)} ms after its address was asked for, by ${asked} requests and ${Math.round(1000 * ((await cpu(s.browser)) - used))} ms of CPU in pages`);
  check(asked < 50, `the list asks for ${asked} files before it is there`);
  const scripts = loaded.filter((f) => f.endsWith('.js'));
  const workspace = ofWorkspace();
  const strays = scripts.filter((f) => !workspace.has(f));
  check(scripts.length > 0 && strays.length === 0, `the list loads ${strays} of the designer, in ${scripts.length} scripts`);
  await cold.close();

  // Part of a name finds the account.
  await s.go(page, '/o/account');
  await page.getByRole('searchbox', { name: '搜索此列表' }).fill(accounts.nodes[0].name.slice(2, 6));
  await page.getByRole('link', { name: accounts.nodes[0].name }).first().waitFor();

  // Opportunities of two stages, by amount.
  await s.go(page, '/o/opportunity');
  await page.getByRole('button', { name: '筛选' }).click();
  await page.getByRole('button', { name: '添加条件' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('combobox', { name: '字段' }).fill('阶段');
  await page.getByTitle('阶段', { exact: true }).last().click();
  await drawer.getByRole('combobox', { name: '值' }).click();
  await page.getByTitle('初步接触').last().click();
  await page.getByTitle('需求分析').last().click();
  await page.keyboard.press('Escape');
  await drawer.getByRole('button', { name: '添加条件' }).click();
  await drawer.getByRole('combobox', { name: '字段' }).last().fill('商机名称');
  await page.getByTitle('商机名称', { exact: true }).last().click();
  await drawer.getByLabel('值').last().fill('批量');
  await s.axe(page, 'filter');
  await s.shot(page, 'filter');
  await drawer.getByRole('button', { name: '应用' }).click();
  await page.getByText(`共 ${rows} 条`).waitFor();
  await page.getByRole('button', { name: '商机名称', exact: true }).click();
  await page.getByRole('link', { name: '批量商机 000001' }).waitFor();

  // Far down the list.
  const grid = page.locator('.grid');
  const busy = await longestTask(s.browser, page, async () => {
    await grid.hover();
    for (let i = 0; i < 60; i++) {
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(16);
    }
  });
  const name = `批量商机 ${String(far).padStart(6, '0')}`;
  const began = Date.now();
  await grid.evaluate((g, top) => g.scrollTo(0, top), (far - 1) * 40);
  await page.getByRole('link', { name }).waitFor({ timeout: 180_000 });
  console.log(`     row ${far} of ${rows} after ${Date.now() - began} ms; the longest task while scrolling takes ${Math.round(busy)} ms`);
  check(busy <= 100, `a task of ${Math.round(busy)} ms while scrolling`);
  const inDocument = await page.locator('.grid-row').count();
  check(inDocument < 60, `${inDocument} rows are in the document`);

  // In place: what the rule refuses is said at once, and in the language of the page; what it takes is kept.
  const row = page.getByRole('row').filter({ hasText: name });
  const cell = row.getByRole('gridcell').filter({ hasText: /^(初步接触|需求分析)$/ });
  await cell.dblclick();
  await page.getByTitle('方案呈现').last().click();
  await row.getByRole('alert').filter({ hasText: '进入方案呈现前须识别决策者。' }).waitFor();
  await s.axe(page, 'refused');
  await s.shot(page, 'refused');
  await page.keyboard.press('Escape');
  await row.getByRole('gridcell').filter({ hasText: /^(初步接触|需求分析)$/ }).waitFor();
  await row.getByRole('gridcell').nth(1).press('ArrowRight');
  const title = row.getByRole('gridcell').nth(1); // the first one chooses the row
  await title.dblclick({ position: { x: 3, y: 3 } });
  await page.getByRole('textbox', { name: '商机名称' }).fill(`${name} 已改`);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: `${name} 已改` }).waitFor();
  const { opportunities } = await s.graphql(page, 'query($n: String) { opportunities(filter: {name: {eq: $n}}) { nodes { name stage } } }', { n: `${name} 已改` });
  check(opportunities.nodes.length === 1, 'the change is not kept');
}
