import { check } from '../stage.mjs';

const flow = {
  key: 'operated_task',
  label: { en: 'Operated', 'zh-CN': '待处理自动化' },
  trigger: { type: 'record', object: 'account', on: ['update'], changed: ['short_name'], when: 'short_name = "operate"' },
  vars: { amount: 'decimal', word: 'text' },
  steps: [
    { id: 'pick', type: 'set', set: { amount: '0 - 1', word: "'kept'" } },
    { id: 'tell', type: 'update', set: { parent_id: 'IF(vars.amount < 0, id, null)' } },
    { id: 'keep', type: 'update', set: { short_name: 'vars.word' } },
  ],
};

/** runs gives the runs of the flow once each has come to a status. */
async function runs(s, page, ...want) {
  for (let i = 0; ; i++) {
    const { flowRuns } = await s.graphql(page, '{ flowRuns(flow: "operated_task") { nodes { id status record } } }');
    if (flowRuns.nodes.map((r) => r.status).join() === want.join()) return flowRuns.nodes;
    check(i < 100, `the runs are ${JSON.stringify(flowRuns.nodes)}, not ${want}`);
    await page.waitForTimeout(100);
  }
}

/** An administrator mends runs that stopped: one with another value, many at once, and keeps one as a test. */
export async function operate(s) {
  const page = await s.open();
  await s.signIn(page);
  const { draft, package: own } = await s.graphql(page, '{ draft { version files } package(name: "tenant") }', {}, '/admin/graphql');
  const files = { 'tenon.json': JSON.stringify({ name: 'tenant', version: '1.0.0', label: { en: 'Own changes', 'zh-CN': '本租户' } }), ...own, ...draft.files, 'flows/operated_task.json': JSON.stringify(flow) };
  const { plan } = await s.graphql(page, 'mutation($p: Packages) { plan(packages: $p) }', { p: { tenant: files } }, '/admin/graphql');
  check(!plan.findings?.length, JSON.stringify(plan.findings));
  await s.graphql(page, 'mutation($plan: JSON!, $p: Packages) { apply(plan: $plan, packages: $p) { number } }', { plan, p: { tenant: files } }, '/admin/graphql');
  await s.graphql(page, 'mutation($v: Int!) { saveDraft(files: {}, version: $v) { version } }', { v: draft.version }, '/admin/graphql');
  const { accounts } = await s.graphql(page, '{ accounts(first: 3, filter: {parentId: {isNull: true}}) { nodes { id } } }');
  const ids = accounts.nodes.map((o) => o.id);
  for (const id of ids) await s.graphql(page, 'mutation($id: ID!) { updateAccount(id: $id, patch: {shortName: "operate"}) { account { id } } }', { id });
  await runs(s, page, 'failed', 'failed', 'failed');

  // One run is tried again with another amount.
  await s.go(page, '/setup/flows/tenant/operated_task');
  await page.getByRole('combobox', { name: '运行记录' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '失败' }).first().click();
  const orders = page.getByRole('region', { name: '对此运行的操作' });
  await orders.getByRole('button', { name: '回到某步骤' }).waitFor();
  await s.axe(page, 'run');
  await s.shot(page, 'run');
  await orders.getByRole('button', { name: '重试' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('button', { name: '重试' }).click();
  await form.getByText('此项必填').waitFor();
  await form.getByRole('textbox', { name: '原因' }).fill('金额已核实');
  await form.getByRole('checkbox', { name: /修改 amount/ }).check();
  await form.getByRole('textbox', { name: 'amount (decimal)' }).fill('lots');
  await form.getByText('不是 decimal 类型的值').waitFor();
  await s.axe(page, 'retry');
  await s.shot(page, 'retry');
  await form.getByRole('textbox', { name: 'amount (decimal)' }).fill('12');
  await page.keyboard.press('Enter');
  await form.waitFor({ state: 'detached' });
  const [mended] = await runs(s, page, 'succeeded', 'failed', 'failed');
  await page.reload();
  await page.getByRole('combobox', { name: '运行记录' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '成功' }).first().click();
  await page.getByRole('list', { name: '对此运行已执行的操作' }).getByText(/amount: -1(\.0+)? → 12/).waitFor();
  await s.shot(page, 'mended');

  // It becomes a test of the automation.
  await orders.getByRole('button', { name: '保存为用例' }).click();
  await page.getByRole('dialog').getByLabel('用例名称').fill('金额为负则停止');
  await page.getByRole('dialog').getByLabel('用例内容').waitFor();
  check((await page.getByRole('dialog').getByLabel('用例内容').inputValue()).includes('"failed"'), 'the case ends where the run first stopped');
  await s.axe(page, 'case');
  await s.shot(page, 'case');
  await page.getByRole('button', { name: '加入此自动化的用例' }).click();
  await page.getByText('已加入草稿。').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('草稿已保存').waitFor();
  const kept = await s.graphql(page, '{ draft { version files } }', {}, '/admin/graphql');
  check(JSON.parse(kept.draft.files['flows/operated_task.json']).tests?.[0]?.name === '金额为负则停止', 'the case is in the draft');
  const replay = await s.graphql(page, 'mutation($p: Packages) { plan(packages: $p) }', { p: { tenant: { ...files, ...kept.draft.files } } }, '/admin/graphql');
  check(!replay.plan.findings?.length, `the case does not pass: ${JSON.stringify(replay.plan.findings)}\n${kept.draft.files['flows/operated_task.json']}`);
  check(mended.record === ids.at(-1), 'the newest run was mended');

  // The others are passed over, on a phone, in the dark and in English.
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/setup/failures');
  const group = phone.getByRole('listitem').filter({ hasText: 'Operated' });
  await group.getByText('2 runs', { exact: true }).waitFor();
  await s.fits(phone, 'the page of failures');
  await s.axe(phone, 'failures');
  await s.shot(phone, 'failures');
  await group.getByRole('link', { name: 'Run 1' }).click();
  await phone.getByRole('region', { name: 'What can be done with this run' }).getByRole('button', { name: 'Try again' }).waitFor();
  await s.fits(phone, 'a run');
  await s.axe(phone, 'a run on a phone');
  await s.shot(phone, 'phone');
  await phone.goBack();
  await group.getByRole('button', { name: 'Pass over for all' }).click();
  await phone.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('no matter');
  await s.axe(phone, 'all');
  await s.shot(phone, 'all');
  await phone.getByRole('dialog').getByRole('button', { name: 'Pass over for all' }).click();
  await phone.getByText('2 runs were told, 0 refused; 0 still stand so.').waitFor();
  await s.shot(phone, 'told');
  await runs(s, page, 'succeeded', 'succeeded', 'succeeded');
  await s.graphql(page, 'mutation($v: Int!) { saveDraft(files: {}, version: $v) { version } }', { v: kept.draft.version }, '/admin/graphql');
}
