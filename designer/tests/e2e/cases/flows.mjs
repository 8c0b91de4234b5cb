import { execFileSync } from 'node:child_process';
import { check } from '../stage.mjs';

/** An administrator makes an automation in the browser, publishes it, and sees on its tree the way of a run. */
export async function flows(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/flows');
  await page.getByRole('heading', { level: 1, name: '自动化' }).waitFor();
  await page.getByRole('link', { name: /商机/ }).first().waitFor();
  await s.axe(page, 'all');
  await s.shot(page, 'all');
  await page.getByRole('button', { name: '新建自动化' }).click();
  await page.getByLabel('中文').fill('大额商机提醒');
  await page.getByLabel('英文').fill('Large opportunities');
  await page.getByLabel('名称', { exact: true }).fill('large_opportunity');
  await page.getByRole('dialog').getByLabel('对象').fill('opportunity');
  await page.getByTitle('商机 (opportunity)').click();
  await s.axe(page, 'new');
  await page.getByRole('button', { name: '创建' }).click();
  await page.getByRole('heading', { level: 1, name: /大额商机提醒/ }).waitFor();

  // A condition with a branch, in which the record is changed.
  await page.getByRole('button', { name: '在开头添加节点' }).click();
  await page.getByRole('menuitem', { name: '条件分支' }).waitFor();
  const served = JSON.parse(execFileSync(s.server.binary, ['schema', 'flow'], { env: s.server.env, maxBuffer: 1 << 24 }));
  const kinds = served.$defs.FlowStep.properties.type.enum;
  check((await page.getByRole('menuitem').count()) === kinds.length, `the menu has the steps that the server knows: ${kinds.join(', ')}`);
  await s.shot(page, 'kinds');
  await page.getByRole('menuitem', { name: '条件分支' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  const branch = page.getByRole('region', { name: '分支 if' });
  await branch.getByRole('button', { name: 'if', exact: false }).first().click();
  const condition = page.getByRole('dialog').getByRole('textbox', { name: '条件', exact: true });
  await condition.fill("amount >= 1 and nonsense == 1");
  await page.keyboard.press('Escape');
  await page.getByText(/此自动化有 \d+ 处问题/).waitFor();
  await page.getByText(/nonsense/).first().waitFor();
  await page.getByLabel('此处有问题').first().waitFor();
  await s.shot(page, 'wrong');
  await branch.getByRole('button', { name: 'if', exact: false }).first().click();
  await condition.fill('amount >= 1');
  await page.keyboard.press('Escape');
  await branch.getByRole('button', { name: '在开头添加节点' }).click();
  await page.getByRole('menuitem', { name: '更新记录' }).click();
  const step = page.getByRole('dialog');
  await step.getByLabel('取值中的名称').fill('next_step');
  await page.getByTitle(/\(next_step\)$/).click();
  await step.getByRole('button', { name: '添加：next_step' }).click();
  await step.getByRole('textbox', { name: 'next_step' }).fill("'请主管跟进'");
  await s.axe(page, 'step');
  await s.shot(page, 'step');
  await step.getByRole('button', { name: '添加失败时的步骤' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('region', { name: '失败时' }).waitFor();
  await page.getByRole('region', { name: '失败时' }).getByRole('button', { name: '移除：失败时' }).click();
  await page.getByText(/此自动化有/).waitFor({ state: 'detached' });
  await page.getByText('草稿已保存').waitFor();
  await figures(s, page);
  await s.axe(page, 'tree');
  await s.shot(page, 'tree');

  // What the draft has is published, and a record is written.
  const { draft, package: own } = await s.graphql(page, '{ draft { version files } package(name: "tenant") }', {}, '/admin/graphql');
  const files = { ...own, ...draft.files };
  await publish(s, page, files);
  await s.graphql(page, 'mutation($v: Int!) { saveDraft(files: {}, version: $v) { version } }', { v: draft.version }, '/admin/graphql');
  const { opportunities } = await s.graphql(page, '{ opportunities(first: 1, filter: {isClosed: {eq: false}, amount: {gte: "1"}}) { nodes { id } } }');
  const id = opportunities.nodes[0].id;
  await s.graphql(page, 'mutation($id: ID!) { updateOpportunity(id: $id, patch: {nextStep: "x"}) { opportunity { id } } }', { id });
  for (let i = 0; ; i++) {
    const { flowRuns } = await s.graphql(page, '{ flowRuns(flow: "large_opportunity") { nodes { status } } }');
    if (flowRuns.nodes.some((r) => r.status === 'succeeded')) break;
    check(i < 100, `no run of the automation succeeds: ${JSON.stringify(flowRuns)}`);
    await page.waitForTimeout(100);
  }
  await page.reload();
  await page.getByRole('combobox', { name: '运行记录' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '成功' }).first().click();
  await page.getByText('已标出该运行的路径').waitFor();
  check((await page.locator('.reach.yes').count()) === 3, 'the condition, its branch and the change were reached');
  check((await page.locator('.reach.no').count()) === 1, 'the other branch was not');
  await page.getByRole('button', { name: /^更新记录/ }).click();
  await page.getByRole('heading', { name: '此步骤的执行情况' }).waitFor();
  await s.axe(page, 'run');
  await s.shot(page, 'run');
  await page.keyboard.press('Escape');
  await versions(s, page, files, id);

  // On a phone, in the dark and in English: steps in a list; what a published one would do with a record.
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/setup/flows/tenant/large_opportunity');
  await phone.getByRole('combobox', { name: 'Record', exact: true }).fill(id);
  await phone.getByTitle(id).click();
  await phone.getByRole('button', { name: 'Simulate' }).click();
  await phone.getByText('What the published automation would do is marked').waitFor();
  check((await phone.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth)) <= 0, 'the automation fits a phone');
  await s.axe(phone, 'phone');
  await phone.screenshot({ path: `${s.out}/flows-phone.png` });
  await removed(s, page);
}

/** removed takes the automation away, and decides in the plan what becomes of the run that still waits. */
async function removed(s, page) {
  const { draft } = await s.graphql(page, '{ draft { version files } }', {}, '/admin/graphql');
  await s.graphql(page, 'mutation($f: JSON!, $v: Int!) { saveDraft(files: $f, version: $v) { version } }', { f: { 'flows/large_opportunity.json': null }, v: draft.version }, '/admin/graphql');
  await s.go(page, '/setup/publish');
  await page.getByText('删除自动化 large_opportunity').waitFor();
  await page.getByText('继续执行，不再启动新的运行').waitFor();
  const ends = page.getByRole('radiogroup', { name: '其运行如何处理' });
  await ends.getByText('全部取消').click();
  await page.getByText('将被取消，不再启动新的运行').waitFor();
  await s.axe(page, 'removed');
  await s.shot(page, 'removed');
  await page.getByRole('button', { name: '发布', exact: true }).click();
  await page.getByText(/已发布|版本/).first().waitFor();
  for (let i = 0; ; i++) {
    const { flowRuns } = await s.graphql(page, '{ flowRuns(flow: "large_opportunity") { nodes { status } } }');
    if (flowRuns.nodes[0].status === 'cancelled') break;
    check(i < 100, `the run goes on: ${JSON.stringify(flowRuns)}`);
    await page.waitForTimeout(100);
  }
}

async function publish(s, page, files) {
  const { plan } = await s.graphql(page, 'mutation($p: Packages) { plan(packages: $p) }', { p: { tenant: files } }, '/admin/graphql');
  check(!plan.findings?.some((f) => f.severity === 'error'), JSON.stringify(plan.findings));
  await s.graphql(page, 'mutation($plan: JSON!, $p: Packages) { apply(plan: $plan, packages: $p) { number } }', { plan, p: { tenant: files } }, '/admin/graphql');
}

/** versions lets a run wait under a version, and moves it to the next; one that waits in what is gone stays. */
async function versions(s, page, files, id) {
  const path = 'flows/large_opportunity.json';
  const flow = JSON.parse(files[path]);
  const waiting = async (count, steps, next) => {
    await publish(s, page, { ...files, [path]: JSON.stringify({ ...flow, steps }) });
    if (next) await s.graphql(page, 'mutation($id: ID!, $n: String!) { updateOpportunity(id: $id, patch: {nextStep: $n}) { opportunity { id } } }', { id, n: next });
    for (let i = 0; count > 0; i++) {
      const { flowVersions } = await s.graphql(page, '{ flowVersions(flow: "large_opportunity") { going } }');
      if (flowVersions[0].going === count) break;
      check(i < 100, `no run waits: ${JSON.stringify(flowVersions)}`);
      await page.waitForTimeout(100);
    }
  };
  const say = { id: 'say', type: 'update', set: { next_step: "'y'" } };
  await waiting(1, [{ id: 'rest', type: 'wait', for: 'P7D' }, say], 'one');
  await waiting(0, [{ id: 'rest', type: 'wait', for: 'P1D' }, { ...say, set: { next_step: "'z'" } }]);
  await page.getByRole('button', { name: '版本', exact: true }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('button', { name: '迁移其运行' }).first().click();
  await drawer.getByText('可迁移', { exact: true }).waitFor();
  await drawer.getByRole('textbox', { name: '原因' }).fill('改为等待一天');
  await s.axe(page, 'versions');
  await s.shot(page, 'versions');
  await drawer.getByRole('button', { name: '迁移 1 条运行' }).click();
  await drawer.getByText('1 条运行改用版本').waitFor();
  await drawer.getByText('1 条进行中的运行').waitFor();
  await page.keyboard.press('Escape');

  // In English, one that waits in a step that is gone.
  await waiting(0, [say]);
  const other = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(other);
  await s.go(other, '/setup/flows/tenant/large_opportunity');
  await other.getByRole('button', { name: 'Versions', exact: true }).click();
  const report = other.getByRole('dialog');
  await report.getByRole('button', { name: 'Move its runs' }).first().click();
  await report.getByText('the step is not at its place').waitFor();
  check((await report.getByRole('button', { name: /^Move \d/ }).count()) === 0, 'what stays is not moved');
  await s.axe(other, 'stays');
  await other.screenshot({ path: `${s.out}/flows-stays.png` });
  await other.context().close();
}

/** figures adds a step that sums up records, which the server finds right, and takes it away again. */
async function figures(s, page) {
  await page.getByRole('button', { name: '在开头添加节点' }).first().click();
  await page.getByRole('menuitem', { name: '汇总记录' }).click();
  const step = page.getByRole('dialog');
  const choose = async (name, typed, title) => {
    await step.getByRole('combobox', { name, exact: true }).fill(typed);
    await page.getByTitle(title).click();
  };
  await choose('对象', 'opportunity', '商机 (opportunity)');
  await step.getByLabel('计算值中的名称').fill('total');
  await step.getByRole('button', { name: '添加：total' }).click();
  await choose('计算方式', 'sum', /\(sum\)$/);
  await page.getByText(/此自动化有 \d+ 处问题/).waitFor();
  await choose('字段', 'amount', /\(amount\)$/);
  await s.axe(page, 'figures');
  await s.shot(page, 'figures');
  await page.getByText(/此自动化有 \d+ 处问题/).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByText('opportunity: total').waitFor();
  await page.getByRole('button', { name: '移除：aggregate' }).click();
  await page.getByText('草稿已保存').waitFor();
}
