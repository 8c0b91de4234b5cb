import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';

/** Several records are chosen, with the keyboard too, and changed: some fail, and are named with the reason; the others are changed back. */
export async function changesMany(s) {
  const page = await s.open();
  await s.signIn(page);
  const stages = async () => {
    const { opportunities } = await s.graphql(page, '{ opportunities(filter: {stage: {in: [s1, s2]}}, first: 100) { nodes { id stage } } }');
    return opportunities.nodes.filter((o) => o.stage === 's3').length === 0 && opportunities.nodes.length;
  };
  const before = await stages();
  await s.go(page, `/o/opportunity?filter=${encodeURIComponent('[{"path":["stage"],"op":"in","value":["s1","s2"]}]')}`);
  await page.getByText(`共 ${before} 条`).waitFor();
  const first = page.getByRole('gridcell').filter({ has: page.getByRole('link') }).first();
  await first.focus();
  await first.press('Space');
  await page.getByText('已选 1 项').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.locator('[data-at="2:0"]:focus').waitFor();
  await page.keyboard.press('Shift+Space');
  await page.getByText('已选 3 项').waitFor();
  await page.getByRole('button', { name: `选择全部 ${before} 条` }).click();
  const bar = page.getByRole('region', { name: '所选记录' });
  await bar.getByText(`已选此列表的全部 ${before} 条记录`).waitFor();
  await page.getByRole('row').nth(1).getByRole('checkbox').click();
  await bar.getByText(`已选此列表的全部 ${before - 1} 条记录`).waitFor();
  await s.axe(page, 'chosen');
  await s.shot(page, 'chosen');

  // A change that a rule refuses for some.
  await bar.getByRole('button', { name: '修改字段' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: '字段' }).fill('阶段');
  await page.getByTitle('阶段', { exact: true }).last().click();
  await dialog.getByRole('combobox', { name: '阶段' }).click();
  await page.getByTitle('方案呈现').last().click();
  await s.axe(page, 'change');
  await s.shot(page, 'change');
  await dialog.getByRole('button', { name: '批量修改' }).click();
  const told = await dialog.getByText(/^共 \d+ 条，成功 \d+ 条$/).textContent();
  const [of, fine] = told.match(/\d+/g).map(Number);
  check(of === before - 1 && fine > 0 && fine < of, told);
  await dialog.getByText(`${of - fine} 条失败： 进入方案呈现前须识别决策者。`).waitFor();
  check((await dialog.getByRole('listitem').count()) === of - fine, 'not every failure is named');
  await s.axe(page, 'outcome');
  await s.shot(page, 'outcome');
  const now = await stages();
  check(now === before - fine, `${now} are left of ${before}, though ${fine} were changed`);
  await dialog.getByRole('button', { name: '撤销' }).click();
  await dialog.getByText(`共 ${fine} 条，已还原 ${fine} 条`).waitFor();
  await dialog.getByRole('button', { name: '关闭' }).last().click();
  await page.getByText(`共 ${before} 条`).waitFor();
  check((await stages()) === before, 'not all are as they were');
}

/** Records are given to another owner, deleted, and come back; on a phone, in the dark, in English. */
export async function handsAndDeletesMany(s) {
  const page = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(page);
  const { accounts } = await s.graphql(page, '{ accounts(first: 1) { nodes { id } } }');
  const inputs = Array.from({ length: 3 }, (_, i) => ({ name: `Batch ${i}`, accountId: accounts.nodes[0].id, amount: '1', stage: 's1', closeDate: '2031-12-31' }));
  await s.graphql(page, 'mutation($i: [OpportunityCreate!]!) { createOpportunities(inputs: $i) { opportunity { id } } }', { i: inputs });
  const left = async (filter) => (await s.graphql(page, `{ opportunities(filter: {name: {startsWith: "Batch "}${filter}}) { totalCount } }`)).opportunities.totalCount;
  await s.go(page, `/o/opportunity?filter=${encodeURIComponent('[{"path":["name"],"op":"startsWith","value":"Batch "}]')}`);
  await page.getByText('3 records').waitFor();
  for (const name of ['Batch 0', 'Batch 1', 'Batch 2']) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  await page.getByText('3 chosen').waitFor();
  await s.axe(page, 'chosen on a phone');
  await s.fits(page, 'chosen on a phone');
  await s.shot(page, 'chosen');
  await page.getByRole('button', { name: 'Assign an owner' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Owner' }).fill('徐静');
  await page.getByTitle('徐静').last().click();
  await dialog.getByRole('button', { name: 'Change them' }).click();
  await dialog.getByText('3 of 3 done').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  check((await left(', owner: {username: {eq: "xu.jing"}}')) === 3, 'the owner did not change');
  await page.getByRole('checkbox', { name: 'Choose Batch 1' }).check();
  await page.getByRole('checkbox', { name: 'Choose Batch 2' }).check();
  await page.getByRole('button', { name: 'Delete' }).click();
  await s.axe(page, 'delete on a phone');
  await s.shot(page, 'delete');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByText('2 of 2 done').waitFor();
  check((await left('')) === 1, 'they are not deleted');
  await dialog.getByRole('button', { name: 'Undo' }).click();
  await dialog.getByText('2 of 2 are as they were').waitFor();
  check((await left('')) === 3, 'they have not come back');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('3 records').waitFor();
}

/** An action is run on several records. */
export async function actsOnMany(s) {
  const page = await s.open();
  await loginOf(s, page, 'xu.jing');
  const { accounts } = await s.graphql(page, '{ accounts(first: 1) { nodes { id } } }');
  const inputs = Array.from({ length: 2 }, (_, i) => ({ name: `批量输单 ${i}`, accountId: accounts.nodes[0].id, amount: '1', stage: 's1', closeDate: '2031-12-31' }));
  await s.graphql(page, 'mutation($i: [OpportunityCreate!]!) { createOpportunities(inputs: $i) { opportunity { id } } }', { i: inputs });
  await s.go(page, `/o/opportunity?filter=${encodeURIComponent('[{"path":["name"],"op":"startsWith","value":"批量输单"}]')}`);
  await page.getByRole('checkbox', { name: '选择此列表的全部记录' }).check();
  await page.getByText('已选此列表的全部 2 条记录').waitFor();
  await page.getByRole('button', { name: '操作' }).click();
  await page.getByRole('menuitem', { name: '输单' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox').first().click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await s.shot(page, 'action');
  await dialog.getByRole('button', { name: '输单' }).click();
  await dialog.getByText('共 2 条，成功 2 条').waitFor();
  const { opportunities } = await s.graphql(page, '{ opportunities(filter: {name: {startsWith: "批量输单"}, stage: {eq: lost}}) { totalCount } }');
  check(opportunities.totalCount === 2, 'they are not lost');
}
