import { check } from '../stage.mjs';

/** A new record: rules speak up while one types, the server's refusals stand at their fields, and what is saved is shown. */
export async function createsAndEdits(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/o/opportunity/new');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('请填写商机名称').waitFor();
  await page.getByLabel('商机名称').fill('端到端测试商机');
  await page.getByLabel('客户', { exact: true }).fill('太湖');
  await page.getByTitle('无锡太湖精密机械有限公司').first().click();
  await page.getByLabel('金额', { exact: true }).fill('-5');
  await page.getByText('金额不能为负。').waitFor();
  await page.getByLabel('金额', { exact: true }).fill('1200000.50');
  await page.getByText('金额不能为负。').waitFor({ state: 'detached' });
  await page.getByLabel('预计成交日').fill('2020-01-01');
  await page.getByText('预计成交日已过，请更新。').waitFor();
  await page.getByLabel('预计成交日').fill('2031-12-31');
  await s.shot(page, 'filled');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { level: 1, name: '端到端测试商机' }).waitFor();
  await page.getByText('¥1,200,000.50').first().waitFor();
  await page.getByRole('button', { name: '编辑' }).click();
  await page.getByLabel('下一步', { exact: true }).fill('约见客户');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('约见客户').waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const { opportunity } = await s.graphql(page, 'query($id: ID!) { opportunity(id: $id) { nextStep amount version account { name } } }', { id });
  check(opportunity.nextStep === '约见客户' && opportunity.amount === '1200000.50' && opportunity.version === 2, JSON.stringify(opportunity));
  await page.getByRole('button', { name: '编辑' }).click();
  await page.getByLabel('下一步', { exact: true }).fill('有人同时修改');
  await s.graphql(page, 'mutation($id: ID!) { updateOpportunity(id: $id, patch: {nextStep: "抢先一步"}) { opportunity { id } } }', { id });
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('alert').filter({ hasText: /版本|修改|变更/ }).first().waitFor();
  await s.shot(page, 'conflict');
}

/** Files are attached and removed, an action is run, and what it refuses is said in its form. */
export async function attachesAndRuns(s) {
  const page = await s.open({ width: 360, height: 740 });
  await s.signIn(page);
  const { dealers } = await s.graphql(page, '{ dealers(filter: {dealerNo: {eq: "DL-00002"}}) { nodes { id } } }');
  await s.go(page, `/o/dealer/${dealers.nodes[0].id}`);
  await page.getByRole('tab', { name: '附件' }).click();
  await page.getByText('暂无附件').waitFor();
  await page.getByLabel('添加附件').first().setInputFiles({ name: '合同.txt', mimeType: 'text/plain', buffer: Buffer.from('合同正文') });
  const link = page.getByRole('link', { name: '合同.txt' });
  await link.waitFor();
  await s.axe(page, 'file');
  await s.shot(page, 'file');
  const answer = await page.request.get(s.url + (await link.getAttribute('href')));
  check(answer.ok() && (await answer.text()) === '合同正文', `the file: ${answer.status()}`);
  await page.getByRole('button', { name: '移除 合同.txt' }).click();
  await page.getByText('暂无附件').waitFor();

  const run = async (amount) => {
    await page.getByRole('button', { name: '更多' }).click();
    await page.getByRole('menuitem', { name: '返利计提' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('金额').fill(amount);
    await form.getByLabel('来源单号').fill('SO-1');
    return form;
  };
  const form = await run('-1');
  await form.getByRole('button', { name: '返利计提' }).click();
  await form.getByRole('alert').waitFor();
  await s.axe(page, 'action');
  await s.shot(page, 'action');
  await form.getByLabel('金额').fill('1234.50');
  await form.getByRole('button', { name: '返利计提' }).click();
  await form.waitFor({ state: 'hidden' });
  await page.getByRole('tab', { name: '详情' }).click();
  await page.getByText('1,234.50').first().waitFor();
}

/** The stage path moves a record on, says why it may not, and a record is deleted after a question. */
export async function movesAndDeletes(s) {
  const page = await s.open();
  await s.signIn(page);
  const { accounts } = await s.graphql(page, '{ accounts(first: 1) { nodes { id } } }');
  const made = await s.graphql(page, 'mutation($i: OpportunityCreate!) { createOpportunity(input: $i) { opportunity { id } } }', { i: { name: '要删除的商机', accountId: accounts.nodes[0].id, stage: 's1', amount: '1000', closeDate: '2031-12-31' } });
  await s.go(page, `/o/opportunity/${made.createOpportunity.opportunity.id}`);
  const path = page.getByRole('list', { name: '阶段' });
  await path.getByRole('button', { name: '需求分析' }).click();
  await path.locator('[aria-current=step]').filter({ hasText: '需求分析' }).waitFor();
  await s.axe(page, 'path');
  await s.shot(page, 'path');
  await path.getByRole('button', { name: '方案呈现' }).click();
  await page.getByRole('alert').filter({ hasText: '进入方案呈现前须识别决策者。' }).waitFor();
  await s.axe(page, 'refused');
  await s.shot(page, 'refused');
  await page.getByRole('button', { name: '更多' }).click();
  await page.getByRole('menuitem', { name: '删除' }).click();
  const ask = page.getByRole('dialog');
  await ask.getByText('确定删除此记录？').last().waitFor();
  await s.axe(page, 'question');
  await s.shot(page, 'question');
  await ask.getByRole('button', { name: '取消' }).click();
  await ask.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '更多' }).click();
  await page.getByRole('menuitem', { name: '删除' }).click();
  await ask.getByRole('button', { name: '删除' }).click();
  await page.getByRole('heading', { level: 1, name: '商机', exact: true }).waitFor();
  const { opportunities } = await s.graphql(page, '{ opportunities(filter: {name: {eq: "要删除的商机"}}) { nodes { id } } }');
  check(opportunities.nodes.length === 0, 'the record is still there');
}
