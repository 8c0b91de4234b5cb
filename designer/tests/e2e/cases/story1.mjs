import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';

const group = (at, name) => at.getByRole('group', { name, exact: true });

async function texts(at, name, en, zh) {
  await group(at, name).getByLabel('英文').fill(en);
  await group(at, name).getByLabel('中文').fill(zh);
}

/** pick chooses in a select that can be searched. */
async function pick(page, at, label, search, title) {
  const box = at.getByRole('combobox', { name: label, exact: true });
  await box.click();
  await box.fill(search);
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').filter({ hasText: title }).first().click();
}

async function close(page) {
  await page.getByRole('dialog').getByRole('button', { name: /关闭|Close/ }).first().click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

async function field(page, name, en, zh, type, more) {
  await page.getByRole('button', { name: '添加字段' }).click();
  const drawer = page.getByRole('dialog');
  await pick(page, drawer, '类型', type, `(${type})`);
  await texts(drawer, '显示名称', en, zh);
  await drawer.getByLabel('名称', { exact: true }).fill(name);
  await more?.(drawer);
  await close(page);
}

/**
 * An administrator makes an object with fields, a rule and a layout, gives a role access, builds an approval of two steps,
 * simulates it, publishes after reading the plan, and the people concerned work with it.
 */
export async function story1(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/');
  await page.getByRole('button', { name: '账户' }).click();
  await page.getByRole('menuitem', { name: '设置' }).click();
  await page.getByRole('navigation').getByRole('link', { name: '对象' }).click();

  // The object and its fields.
  await page.getByRole('button', { name: '新建对象' }).click();
  await texts(page.getByRole('dialog'), '显示名称', 'Dealer visit', '经销商拜访');
  await s.axe(page, 'new object');
  await page.getByRole('dialog').getByRole('button', { name: '创建' }).click();
  await page.getByRole('heading', { level: 1, name: '经销商拜访' }).waitFor();
  await field(page, 'dealer_id', 'Dealer', '经销商', 'lookup', async (d) => {
    await pick(page, d, '目标对象', 'dealer', /\(dealer\)$/);
    await d.getByRole('checkbox', { name: '必填' }).check();
  });
  await field(page, 'visited_on', 'Visited on', '拜访日期', 'date');
  await field(page, 'purpose', 'Purpose', '目的', 'text');
  await field(page, 'amount', 'Expected order', '预计订单', 'decimal', () => s.shot(page, 'field'));
  check((await page.getByRole('row').count()) === 6, 'there are not five fields');

  // What is not published is there after the page is loaded anew.
  await page.getByText('草稿已保存').waitFor();
  await page.reload();
  await page.getByRole('button', { name: '拜访日期 (visited_on)', exact: true }).waitFor();

  // A rule, with what the server says while it is typed.
  await page.getByRole('link', { name: '校验规则', exact: true }).click();
  await page.getByRole('button', { name: '添加规则' }).click();
  let drawer = page.getByRole('dialog');
  await drawer.getByLabel('名称', { exact: true }).fill('not_in_future');
  const code = drawer.locator('.cm-content[aria-label=拒绝条件]');
  await code.click();
  await page.keyboard.type('visited');
  await page.locator('.cm-tooltip-autocomplete').getByText('visited_on').first().waitFor();
  await s.shot(page, 'completion');
  await page.keyboard.press('Enter');
  await page.keyboard.type(' > TODY()');
  await drawer.locator('.cm-lintRange-error').first().waitFor();
  for (let i = 0; i < 6; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('TODAY()');
  await drawer.getByText('结果为条件').waitFor();
  check((await code.textContent()).replace(/\s+/g, ' ').startsWith('visited_on > TODAY()'), `the rule is ${await code.textContent()}`);
  await texts(drawer, '提示信息', 'A visit lies in the past.', '拜访日期不能晚于今天。');
  await pick(page, drawer, '字段', 'visited', /visited_on/);
  await s.axe(page, 'rule');
  await s.shot(page, 'rule');
  await close(page);

  // The layout, by keyboard.
  await page.getByRole('link', { name: '布局', exact: true }).click();
  await page.getByRole('button', { name: '新建布局' }).click();
  const handle = page.getByRole('button', { name: /^移动预计订单/ });
  await handle.focus();
  await page.keyboard.press('Space');
  await page.getByText(/(已拿起预计订单|预计订单.*位于)/).waitFor({ state: 'attached' });
  await page.keyboard.press('ArrowUp');
  await page.waitForTimeout(400);
  await page.keyboard.press('Space');
  await page.getByText(/预计订单.*已放入/).waitFor({ state: 'attached' });
  await s.axe(page, 'layout');
  await s.shot(page, 'layout');

  // By mouse, too: the purpose goes to the first place.
  const from = await page.getByRole('button', { name: /^移动目的/ }).boundingBox();
  const to = await page.getByRole('button', { name: /^移动名称/ }).boundingBox();
  await page.mouse.move(from.x + 8, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(to.x + 60, to.y + 8, { steps: 8 });
  await page.mouse.up();
  await page.waitForTimeout(300);
  check(/目的/.test(await page.locator('.dragged').first().textContent()), 'the purpose is not the first field');

  // Who may work with it: those who work with dealers, and a new role.
  await page.getByRole('link', { name: '全部布局' }).click();
  await page.getByRole('link', { name: '权限', exact: true }).last().click();
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: /channel_use/ }) });
  for (const op of ['创建', '修改']) await row.getByRole('checkbox', { name: new RegExp(`^${op}：dealer_visit`) }).check();
  await row.getByRole('checkbox', { name: /^读取：/, checked: true }).waitFor();
  await s.shot(page, 'permissions');
  await page.getByRole('navigation').getByRole('link', { name: '角色' }).click();
  await page.getByRole('button', { name: '新建' }).click();
  await page.getByRole('dialog').getByLabel('名称').fill('regional_manager');
  await page.getByRole('dialog').getByRole('button', { name: '创建' }).click();
  await texts(page, '显示名称', 'Regional manager', '大区经理');
  for (const set of ['base_use', 'crm_use', 'channel_use']) await pick(page, page, '权限集', set, new RegExp(set));
  await page.keyboard.press('Escape');

  // An approval of two steps.
  await page.getByRole('navigation').getByRole('link', { name: '审批流程' }).click();
  await page.getByRole('button', { name: '新建审批流程' }).click();
  drawer = page.getByRole('dialog');
  await texts(drawer, '显示名称', 'Tier change in two steps', '等级变更两级审批');
  await drawer.getByLabel('名称', { exact: true }).last().fill('tier_two_steps');
  await pick(page, drawer, '对象', 'tier_review', /dealer_tier_review/);
  await drawer.getByRole('button', { name: '创建' }).click();
  await page.getByRole('heading', { level: 1, name: /等级变更两级审批/ }).waitFor();
  for (const [after, role, en, zh] of [['在开头添加节点', 'regional_manager', 'Regional manager', '大区经理'], ['在 approve 之后添加节点', 'channel_director', 'Director', '渠道总监']]) {
    await page.getByRole('button', { name: after }).click();
    await page.getByRole('menuitem', { name: '审批', exact: true }).click();
    drawer = page.getByRole('dialog');
    await texts(drawer, '名称', en, zh);
    await group(drawer, '参与人').getByRole('button', { name: '直属上级', exact: true }).click();
    await pick(page, group(drawer, '参与人'), '类型', '角色', /^角色$/);
    await pick(page, group(drawer, '参与人'), '角色', role, new RegExp(role));
    await close(page);
  }
  await page.getByRole('main').getByRole('button', { name: /设置$/ }).first().click();
  drawer = page.getByRole('dialog');
  const steps = group(drawer, '通过时');
  await steps.getByRole('button', { name: '添加：通过时' }).click();
  await steps.getByLabel('修改', { exact: true }).fill('dealer_id');
  for (const [f, v] of [['tier_id', 'proposed_tier_id'], ['tier_since', 'effective_from']]) {
    await group(steps, '取值').getByLabel('取值中的名称').fill(f);
    await group(steps, '取值').getByRole('button', { name: `添加：${f}` }).first().click();
    await group(steps, '取值').getByLabel(f, { exact: true }).fill(v);
  }
  await s.axe(page, 'process settings');
  await s.shot(page, 'process-settings');
  await close(page);
  await s.axe(page, 'approval');
  await s.shot(page, 'approval');

  // Which way a record would go.
  const { dealers, dealerTiers } = await s.graphql(page, '{ dealers(first: 1, filter: {status: {eq: active}}) { nodes { id tierId } } dealerTiers { nodes { id name } } }');
  const dealer = dealers.nodes[0];
  const tier = dealerTiers.nodes.find((x) => x.id !== dealer.tierId);
  const change = { dealerId: dealer.id, periodStart: '2029-01-01', periodEnd: '2029-12-31', currentTierId: dealer.tierId, proposedTierId: tier.id, effectiveFrom: '2030-01-01', reason: '年度进货达标' };
  const make = 'mutation($input: DealerTierReviewCreate!) { createDealerTierReview(input: $input) { dealerTierReview { id } } }';
  const trial = (await s.graphql(page, make, { input: change })).createDealerTierReview.dealerTierReview.id;
  await page.getByRole('combobox', { name: '记录', exact: true }).fill(trial);
  await page.getByTitle(trial).click();
  await page.getByRole('button', { name: '模拟' }).click();
  await page.getByText('已标出该记录的流转路径。').waitFor();
  check((await page.locator('.reach.yes').count()) === 2, 'both steps should be reached');
  await s.shot(page, 'simulated');
  await story1Publish(s, page);
  await story1Use(s, page, { ...change, periodStart: '2030-01-01', periodEnd: '2030-12-31' }, make, tier);
}

async function story1Publish(s, page) {
  // Read the plan, and publish.
  await page.getByText('草稿已保存').waitFor();
  await page.getByRole('link', { name: '审阅并发布' }).click();
  await page.getByText(/^新增 \d+，更改 \d+，移除 0$/).waitFor();
  await s.axe(page, 'plan');
  await s.shot(page, 'plan');
  await page.getByLabel('发布说明').fill('经销商拜访');
  await page.getByRole('button', { name: '发布', exact: true }).last().click();
  await page.getByText(/已发布为版本 \d+/).waitFor({ timeout: 60_000 });
  await page.getByText('没有未发布的变更。').first().waitFor();
  await s.shot(page, 'published');
}

/** Those concerned work with what was published: a visit, and a change of a tier that two people approve, one on a phone. */
async function story1Use(s, admin, change, make, tier) {
  const { sysUsers } = await s.graphql(admin, '{ sysUsers(filter: {username: {eq: "cai.lijuan"}}) { nodes { id } } }');
  await s.graphql(admin, 'mutation($input: SysRoleAssignmentCreate!) { createSysRoleAssignment(input: $input) { sysRoleAssignment { id } } }', { input: { userId: sysUsers.nodes[0].id, role: 'regional_manager' } });

  const page = await s.open();
  await loginOf(s, page, 'ye.qing');
  await s.go(page, `/o/dealer_visit/new?dealerId=${change.dealerId}`);
  await page.getByRole('heading', { name: '新建经销商拜访' }).waitFor();
  await page.getByLabel('名称').fill('年终拜访');
  await page.getByLabel('拜访日期').fill('2099-01-01');
  await page.keyboard.press('Enter');
  await page.getByText('拜访日期不能晚于今天。').waitFor();
  await s.shot(page, 'visit-refused');
  await page.getByLabel('拜访日期').fill('2025-01-02');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { level: 1, name: '年终拜访' }).waitFor();
  await s.shot(page, 'visit');

  const id = (await s.graphql(page, make, { input: change })).createDealerTierReview.dealerTierReview.id;
  await s.go(page, `/o/dealer_tier_review/${id}`);
  await page.getByRole('tab', { name: '审批' }).click();
  await page.getByRole('button', { name: '提交：等级变更两级审批' }).click();
  await page.getByText('审批中').first().waitFor();

  for (const [name, look] of [['cai.lijuan', { width: 390, height: 844 }], ['tang.guohua', {}]]) {
    const p = await s.open(look);
    await loginOf(s, p, name);
    await s.go(p, '/inbox');
    const task = p.getByRole('button', { name: /等级变更两级审批/ });
    await task.click();
    await s.shot(p, `inbox-${name}`);
    await p.getByRole('button', { name: '同意', exact: true }).click();
    await task.waitFor({ state: 'detached' }); // tasks of other cases may stay
  }
  await s.go(page, `/o/dealer_tier_review/${id}`);
  await page.getByRole('tab', { name: '审批' }).click();
  await page.getByText('已通过').first().waitFor();
  await page.getByText('同意了').nth(1).waitFor();
  await s.shot(page, 'approved');
  const { dealer } = await s.graphql(page, 'query($id: ID!) { dealer(id: $id) { tierId } }', { id: change.dealerId });
  check(dealer.tierId === tier.id, 'the dealer has no new tier');
  await s.go(page, `/o/dealer/${change.dealerId}`);
  await page.getByText(tier.name).first().waitFor();
  await s.shot(page, 'dealer');
}
