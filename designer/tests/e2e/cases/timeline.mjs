import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';

const touch = (account, i, more) => ({ accountId: account, kind: 'call', subject: `电话回访 ${i}`, occurredAt: new Date(Date.UTC(2024, 4, 1) - i * 3_600_000).toISOString(), ...more });

/** made gives an account with changes, with more touchpoints than a page, of which some refer to it twice, and with a task that is due. */
async function made(s, page) {
  const { createAccount } = await s.graphql(page, 'mutation { createAccount(input: {name: "时间线测试有限公司", industry: equipment}) { account { id } } }');
  const id = createAccount.account.id;
  await s.graphql(page, 'mutation($id: ID!) { updateAccount(id: $id, patch: {name: "时间线检验有限公司"}) { account { id } } }', { id });
  const i = Array.from({ length: 45 }, (_, n) => touch(id, n, n % 3 ? {} : { relatedId: id }));
  await s.graphql(page, 'mutation($i: [TouchpointCreate!]!) { createTouchpoints(inputs: $i) { touchpoint { id } } }', { i });
  await s.graphql(page, 'mutation($i: TaskCreate!) { createTask(input: $i) { task { id } } }', { i: { subject: '下次拜访', relatedId: id, taskType: 'visit', dueAt: '2031-05-01T16:30:00Z' } });
  return id;
}

/** What happened to a record and around it is told once each, newest first, a page at a time from all sources, and by kind. */
export async function tellsTheTime(s) {
  const page = await s.open();
  await s.signIn(page);
  const id = await made(s, page);
  const asked = [];
  page.on('request', (r) => r.postData()?.includes('query Timeline') && asked.push(r));
  await s.go(page, `/o/account/${id}`);
  await page.getByRole('tab', { name: '时间线' }).click();
  const days = page.locator('.happening-day');
  await days.first().getByText('2031年5月2日').waitFor(); // 00:30 where the tenant is
  await days.first().getByText('未到').waitFor();
  check((await days.first().getByRole('link').innerText()) === '下次拜访', 'the task is not first');
  const changed = days.filter({ hasText: '修改了记录' });
  await changed.getByText('时间线测试有限公司').waitFor();
  await changed.getByText('时间线检验有限公司').waitFor();
  await changed.getByText('创建了记录').waitFor();
  check(asked.length === 1, `${asked.length} requests for the first page`);
  await s.axe(page, 'timeline');
  await s.shot(page, 'desk');

  const links = page.getByRole('link', { name: /^电话回访/ });
  const before = await links.count();
  check(before >= 10 && before < 45, `${before} touchpoints at first`);
  const older = page.getByRole('button', { name: '查看更早' });
  const end = page.getByText('没有更早的动态。');
  while ((await end.count()) === 0) {
    const shown = await page.locator('.happening').count();
    await older.press('Enter');
    await page.waitForFunction((n) => document.querySelectorAll('.happening').length > n || document.body.innerText.includes('没有更早的动态。'), shown);
  }
  const all = await links.allInnerTexts();
  check(all.join() === Array.from({ length: 45 }, (_, n) => `电话回访 ${n}`).join(), `touchpoints: ${all.join()}`);
  await page.waitForFunction(() => document.activeElement?.textContent === '没有更早的动态。');

  const chips = page.getByRole('group', { name: '显示内容' });
  await chips.getByRole('button', { name: '跟进任务' }).click();
  await links.first().waitFor({ state: 'detached' });
  check((await page.locator('.happening').count()) === 1, 'more than the task is shown');
  await chips.getByRole('button', { name: '变更' }).click();
  check((await page.locator('.happening').count()) === 3, 'the task and two changes are not shown');
  await chips.getByRole('button', { name: '全部' }).click();

  await page.getByRole('link', { name: '下次拜访' }).click();
  await page.getByRole('heading', { level: 1, name: '下次拜访' }).waitFor();
  await page.getByRole('tab', { name: '时间线' }).click(); // of an object that keeps no history
  await page.getByText('创建了记录').waitFor();
}

/** On a phone, in the dark and in English: approvals are told, and what fails is tried again. */
export async function tellsOnAPhone(s) {
  const page = await s.open({ width: 360, height: 740, locale: 'en', theme: 'dark' });
  await loginOf(s, page, 'xu.jing');
  const made = await s.graphql(page, 'mutation { createAccount(input: {name: "立项客户有限公司", industry: equipment}) { account { id } } }');
  const input = { name: '时间线立项', recordType: 'project', accountId: made.createAccount.account.id, stage: 's1', amount: '200000', closeDate: '2031-12-31' };
  const { createOpportunity } = await s.graphql(page, 'mutation($i: OpportunityCreate!) { createOpportunity(input: $i) { opportunity { id } } }', { i: input });
  const id = createOpportunity.opportunity.id;
  await s.graphql(page, 'mutation($r: ID!) { submit(process: "opportunity_project", record: $r) { id } }', { r: id });
  let fails = true;
  await page.route('**/graphql', (r) => (fails && r.request().postData()?.includes('query Timeline') ? r.fulfill({ json: { errors: [{ message: 'Too much at once', extensions: { code: 'COST_EXCEEDED' } }] } }) : r.fallback()));
  await s.go(page, `/o/opportunity/${id}`);
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByText('Too much at once').waitFor();
  await s.axe(page, 'failed');
  fails = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.happening').filter({ hasText: 'is asked to decide' }).filter({ hasText: 'Project initiation' }).first().waitFor();
  await page.getByText('created it').waitFor();
  await s.fits(page, 'the timeline');
  await s.axe(page, 'phone');
  await s.shot(page, 'phone');
}
