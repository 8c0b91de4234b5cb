import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';

/** Conditions of which any holds, and of records that refer to the listed ones, are set in the drawer and stand in the address. */
export async function filtersByGroups(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/o/opportunity');
  await page.getByText(/^共 \d+ 条$/).waitFor();
  await page.getByRole('button', { name: '筛选' }).click();
  const drawer = page.getByRole('dialog');
  const pick = async (i, text) => {
    await drawer.getByRole('combobox', { name: '字段', exact: true }).nth(i).fill(text);
    await page.getByTitle(text, { exact: true }).last().click();
  };
  await drawer.getByRole('button', { name: /添加条件$/ }).click();
  await pick(0, '报价单（相关）');
  await drawer.getByRole('combobox', { name: '相关记录', exact: true }).click();
  await page.getByTitle('不存在', { exact: true }).last().click();
  await drawer.getByRole('button', { name: /添加条件$/ }).click();
  await pick(1, '报价单（相关）');
  await drawer.getByRole('combobox', { name: '相关记录的字段' }).nth(1).fill('状态');
  await page.getByTitle('状态', { exact: true }).last().click();
  await drawer.getByRole('combobox', { name: '值' }).click();
  await page.getByTitle('草稿').last().click();
  await page.keyboard.press('Escape');
  await drawer.getByRole('combobox', { name: '条件组合方式' }).click();
  await page.getByTitle('满足任一条件').last().click();
  await drawer.getByRole('button', { name: '添加分组' }).click();
  await s.axe(page, 'groups');
  await s.shot(page, 'groups');
  await drawer.getByRole('button', { name: /^移除条件：.*/ }).last().click();
  await drawer.getByRole('button', { name: '应用' }).click();
  const chip = page.locator('.chip').filter({ hasText: '不存在 报价单 或 存在 报价单 › 状态 属于 草稿' });
  await chip.waitFor();
  const { opportunities } = await s.graphql(page, '{ opportunities(filter: {or: [{quotes: {none: {}}}, {quotes: {some: {status: {in: [draft]}}}}]}) { totalCount } }');
  await page.getByText(`共 ${opportunities.totalCount} 条`).waitFor();
  await page.reload();
  await chip.waitFor();
  await s.shot(page, 'filtered');
}

/** Columns and orders are chosen and stay one's own; a view is saved, shared, seen by others, changed and deleted. */
export async function savesViews(s) {
  const page = await s.open();
  await loginOf(s, page, 'tang.guohua');
  await s.go(page, '/o/account');
  const heads = (p) => p.getByRole('columnheader').allInnerTexts();
  await page.getByRole('button', { name: '客户名称', exact: true }).waitFor();
  const before = await heads(page);
  const arrange = async (p, of, item) => {
    await p.getByRole('button', { name: of }).click();
    await p.getByRole('menuitem', { name: item }).click();
  };
  await arrange(page, /^视图:/, '设置视图');
  const drawer = page.getByRole('dialog');
  const up = drawer.getByRole('button', { name: /^上移/ }).nth(1);
  const moved = (await up.getAttribute('aria-label')).slice(2);
  await up.press('Enter');
  await drawer.getByRole('button', { name: /^隐藏/ }).last().click();
  await drawer.getByRole('textbox', { name: `${moved}的列宽` }).fill('333');
  await s.axe(page, 'settings');
  await s.shot(page, 'settings');
  await drawer.getByRole('button', { name: '应用' }).click();
  await drawer.waitFor({ state: 'hidden' });
  await page.reload();
  await page.getByRole('columnheader').nth(1).filter({ hasText: moved }).waitFor();
  check((await heads(page)).length === before.length - 1, 'the hidden column is there');
  check(Math.round((await page.getByRole('columnheader').nth(1).boundingBox()).width) === 333, 'the column is not 333 wide');

  // Two keys of an order, then a view of them that everybody sees.
  await page.getByRole('button', { name: moved, exact: true }).click();
  await page.getByRole('button', { name: '客户名称', exact: true }).click({ modifiers: ['Shift'] });
  await page.waitForURL(/sort=\w+%2Cname|sort=\w+,name/);
  await page.getByRole('button', { name: '存为视图' }).click();
  await drawer.getByRole('textbox', { name: '视图名称' }).fill('按名称排列');
  await drawer.getByRole('checkbox', { name: '全组织可见' }).check();
  await drawer.getByRole('button', { name: '另存为新视图' }).click();
  await page.getByRole('button', { name: '视图: 按名称排列' }).waitFor();
  await page.getByRole('button', { name: '视图: 按名称排列' }).click();
  await page.getByText('我的视图').waitFor();
  await s.axe(page, 'menu');
  await s.shot(page, 'menu');
  await page.keyboard.press('Escape');

  const other = await s.open({ width: 360, height: 740, theme: 'dark' });
  await loginOf(s, other, 'xu.jing');
  await s.go(other, '/o/account');
  await arrange(other, /^视图:/, '按名称排列');
  await other.getByRole('button', { name: '视图: 按名称排列' }).waitFor();
  await arrange(other, /^视图:/, '设置视图');
  check((await other.getByRole('checkbox', { name: '全组织可见' }).count()) === 0, 'somebody who may not share is offered to');
  check((await other.getByRole('dialog').getByRole('button', { name: '删除', exact: true }).count()) === 0, "somebody else's view can be deleted");
  await s.axe(other, 'settings on a phone');
  await s.shot(other, 'settings-phone');

  await arrange(page, '视图: 按名称排列', '设置视图');
  await drawer.getByRole('combobox', { name: '展示方式' }).click();
  await page.getByTitle('看板').last().click();
  await drawer.getByRole('combobox', { name: '分列字段' }).click();
  await page.getByTitle('行业').last().click();
  await drawer.getByRole('button', { name: '保存' }).click();
  await page.getByRole('region', { name: '装备制造' }).first().waitFor();
  await s.shot(page, 'became-board');
  await arrange(page, '视图: 按名称排列', '设置视图');
  await drawer.getByRole('button', { name: '删除', exact: true }).click();
  await page.getByRole('dialog').last().getByRole('button', { name: '删除' }).click();
  await page.getByRole('grid').waitFor();
  const { sysListViews } = await s.graphql(page, '{ sysListViews { nodes { adjusts } } }');
  check(sysListViews.nodes.length === 1 && sysListViews.nodes[0].adjusts, JSON.stringify(sysListViews));
}

/** A card of a board is dragged to another lane, moved by its menu, and comes back when a rule refuses. */
export async function boards(s) {
  const page = await s.open({ width: 1440 });
  await loginOf(s, page, 'xu.jing');
  const { accounts } = await s.graphql(page, '{ accounts(first: 1) { nodes { id } } }');
  const made = await s.graphql(page, 'mutation($i: OpportunityCreate!) { createOpportunity(input: $i) { opportunity { id } } }', { i: { name: '看板商机', accountId: accounts.nodes[0].id, amount: '1234.5', stage: 's1', closeDate: '2031-12-31' } });
  const stage = async () => (await s.graphql(page, 'query($id: ID!) { opportunity(id: $id) { stage } }', { id: made.createOpportunity.opportunity.id })).opportunity.stage;
  await s.go(page, `/o/opportunity?view=board&filter=${encodeURIComponent('[{"path":["stage"],"op":"notIn","value":["won","lost"]},{"path":["name"],"op":"eq","value":"看板商机"}]')}`);
  const lane = (name) => page.getByRole('region', { name, exact: true });
  const card = (name) => lane(name).getByRole('listitem').filter({ hasText: '看板商机' });
  await card('初步接触').waitFor();
  await lane('初步接触').getByText('¥1,234.50').first().waitFor();
  const from = await card('初步接触').boundingBox();
  const to = await lane('需求分析').boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height - 8);
  await page.mouse.down();
  await page.mouse.move(from.x + from.width, from.y + 30, { steps: 3 });
  await page.mouse.move(to.x + to.width / 2, to.y + 120, { steps: 5 });
  await s.shot(page, 'dragged');
  await page.mouse.up();
  await card('需求分析').waitFor();
  await page.getByText('看板商机已移至需求分析。').waitFor({ state: 'attached' });
  check((await stage()) === 's2', await stage());
  await lane('需求分析').locator('header').getByText('¥1,234.50').waitFor();

  // With the keyboard: a rule refuses, and says why.
  await card('需求分析').getByRole('button', { name: '移动看板商机' }).press('Enter');
  await page.getByRole('menuitem', { name: '方案呈现' }).press('Enter');
  await page.getByText('进入方案呈现前须识别决策者。').first().waitFor();
  await card('需求分析').waitFor();
  check((await stage()) === 's2', await stage());
  await s.axe(page, 'refused');
  await s.shot(page, 'refused');

  await s.go(page, '/o/opportunity?view=board');
  await page.getByRole('listitem').first().waitFor();
  await page.waitForLoadState('networkidle');
  await s.axe(page, 'board');
  await s.shot(page, 'board');
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/o/lead?view=board');
  await phone.getByRole('listitem').first().waitFor();
  await phone.waitForLoadState('networkidle');
  await s.axe(phone, 'board on a phone');
  await s.fits(phone, 'board on a phone');
  await s.shot(phone, 'board-phone');
}

/** Tasks stand on the days that they are due, contracts on all days of their terms. */
export async function calendars(s) {
  const page = await s.open();
  await s.signIn(page);
  const due = ['02', '02', '02', '02', '02', '17'].map((d, i) => ({ subject: `日历任务 ${i + 1}`, taskType: 'call', dueAt: `2031-07-${d}T0${i}:30:00Z` }));
  await s.graphql(page, 'mutation($i: [TaskCreate!]!) { createTasks(inputs: $i) { task { id } } }', { i: due });
  await s.go(page, '/o/task?view=calendar&date=2031-07-15');
  await page.getByRole('heading', { name: '2031年7月' }).waitFor();
  await page.getByText('共 6 条').waitFor();
  const cell = page.getByRole('cell').filter({ hasText: '日历任务 1' });
  await cell.getByText('08:30').waitFor();
  await s.axe(page, 'month');
  await s.shot(page, 'month');
  await cell.getByRole('button', { name: '另有 2 项' }).click();
  const day = page.getByRole('dialog');
  await day.getByText('日历任务 5').waitFor();
  await s.axe(page, 'day');
  await s.shot(page, 'day');
  await page.keyboard.press('Escape');
  await page.getByText('周', { exact: true }).click();
  await page.getByRole('button', { name: '下一周' }).click();
  await page.waitForURL(/date=2031-07-21/);
  await page.getByText('共 0 条').waitFor();
  await page.getByRole('button', { name: '上一周' }).click();
  await page.getByRole('link', { name: '日历任务 6' }).waitFor();
  await s.shot(page, 'week');
  const { contracts } = await s.graphql(page, '{ contracts(first: 1, filter: {startOn: {isNull: false}}) { nodes { name startOn } } }');
  await s.go(page, `/o/contract?view=calendar&date=${contracts.nodes[0].startOn}`);
  await page.getByRole('link', { name: contracts.nodes[0].name, exact: true }).first().waitFor();
  await s.axe(page, 'terms');
  await s.shot(page, 'terms');
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/o/task?view=calendar&date=2031-07-15');
  await phone.getByRole('heading', { name: 'July 2031' }).waitFor();
  await phone.getByText('日历任务 6').waitFor();
  await s.axe(phone, 'agenda');
  await s.fits(phone, 'agenda');
  await s.shot(phone, 'agenda');
}
