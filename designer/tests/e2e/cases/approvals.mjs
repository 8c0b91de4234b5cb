import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';
import { dealer, review, submit } from '../dealers.mjs';

/** opened shows a task of the inbox. */
async function opened(s, page, r) {
  await s.go(page, '/inbox');
  await page.getByRole('button', { name: r.reviewNo }).click();
  return page.getByRole('listitem').filter({ has: page.getByRole('button', { name: r.reviewNo }) }).first();
}

/** overflow says how far a page is wider than its screen. */
const overflow = (page) => page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth));

/** A tier change: submitted on the record, approved on a desktop by the manager, who sets the day, and on a phone by the director. */
export async function approves(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const r = await review(s, admin, jiang, 'DL-00016', '金牌');
  await s.go(jiang, `/o/dealer_tier_review/${r.id}`);
  await jiang.getByRole('tab', { name: '审批' }).click();
  await jiang.getByText('暂无审批').waitFor();
  await jiang.getByRole('button', { name: '提交：经销商等级变更' }).click();
  await jiang.getByText('审批中').waitFor();
  await jiang.getByText('提交了审批').waitFor();
  check((await jiang.getByRole('button', { name: '提交：经销商等级变更' }).count()) === 0, 'it can be submitted twice');
  await s.axe(jiang, 'panel');
  await s.shot(jiang, 'panel');
  await jiang.getByRole('button', { name: '催办' }).click();
  await jiang.getByText('催办了').waitFor();

  const ye = await s.open();
  await loginOf(s, ye, 'ye.qing');
  const task = await opened(s, ye, r);
  await task.getByText('年度进货达标').waitFor();
  await task.getByText('东莞莞城机电设备有限公司').waitFor();
  check((await task.getByRole('link', { name: '打开记录' }).count()) === 0, 'there is a link to a record that Ye may not read');
  await task.getByLabel('生效日').fill('2027-03-01');
  await task.getByLabel('意见').fill('业绩达标，同意升级');
  await s.axe(ye, 'inbox');
  await s.shot(ye, 'inbox');
  await task.getByRole('button', { name: '同意', exact: true }).click();
  await ye.getByText('没有待您审批的事项。').waitFor();
  await ye.getByText('我已审批').click();
  await ye.getByRole('button', { name: r.reviewNo }).waitFor();
  await s.shot(ye, 'done');
  check((await dealer(s, admin, 'DL-00016')).tier.name === '银牌', 'the tier is changed before the last decision');

  const tang = await s.open({ width: 360, height: 740 });
  await loginOf(s, tang, 'tang.guohua');
  const last = await opened(s, tang, r);
  await last.getByText('叶青').first().waitFor();
  await last.getByText('业绩达标，同意升级').waitFor();
  check((await overflow(tang)) <= 0, `a page of 360 px is ${await overflow(tang)} px too wide`);
  await s.axe(tang, 'inbox on a phone');
  await s.shot(tang, 'phone');
  const approve = last.getByRole('button', { name: '同意', exact: true });
  check((await approve.boundingBox()).height >= 32, 'the button is too small for a thumb');
  await approve.click();
  await tang.getByText('没有待您审批的事项。').waitFor();

  await jiang.reload();
  await jiang.getByRole('tab', { name: '审批' }).click();
  await jiang.getByText('已通过').first().waitFor();
  await jiang.getByText('完成了审批').waitFor();
  await s.shot(jiang, 'trail');
  await s.go(tang, `/o/dealer/${(await dealer(s, admin, 'DL-00016')).id}`);
  await tang.getByText('金牌').first().waitFor();
  await tang.getByText('2027年3月1日').first().waitFor();
}

/** A rejection without a word is refused, with one it ends the matter; on a phone, in the dark. */
export async function rejects(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const r = await review(s, admin, jiang, 'DL-00017', '银牌');
  await submit(s, jiang, r);
  const ye = await s.open({ width: 360, height: 740, theme: 'dark' });
  await loginOf(s, ye, 'ye.qing');
  const task = await opened(s, ye, r);
  await task.getByRole('button', { name: '拒绝' }).click();
  await task.getByRole('alert').filter({ hasText: '意见' }).waitFor();
  await s.axe(ye, 'refused');
  await s.shot(ye, 'refused');
  await task.getByLabel('意见').fill('回款率不足');
  await task.getByRole('button', { name: '拒绝' }).click();
  await ye.getByText('没有待您审批的事项。').waitFor();
  await s.go(jiang, `/o/dealer_tier_review/${r.id}`);
  await jiang.getByRole('tab', { name: '审批' }).click();
  await jiang.getByText('已拒绝').first().waitFor();
  await jiang.getByText('回款率不足').first().waitFor();
}

/** A task goes from hand to hand: an opinion, an added signer, back to who submitted, again, and withdrawn. */
export async function handsOver(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const r = await review(s, admin, jiang, 'DL-00018', '银牌');
  await submit(s, jiang, r);
  const ye = await s.open();
  await loginOf(s, ye, 'ye.qing');
  const cai = await s.open({ width: 360, height: 740 });
  await loginOf(s, cai, 'cai.lijuan');

  const hand = async (what, label) => {
    const task = await opened(s, ye, r);
    await task.getByRole('button', { name: '更多' }).click();
    await ye.getByRole('menuitem', { name: what, exact: true }).click();
    await task.getByLabel(label).fill('蔡丽娟');
    await ye.getByTitle('蔡丽娟').last().click();
    await ye.keyboard.press('Escape');
    await s.axe(ye, what);
    await s.shot(ye, what);
    await task.getByRole('button', { name: what, exact: true }).click();
    await ye.getByText('没有待您审批的事项。').waitFor();
  };
  const answer = async (kind, words) => {
    const task = await opened(s, cai, r);
    await task.getByText(kind).waitFor();
    check((await task.getByRole('button', { name: '更多' }).count()) === 0, 'who is asked hands on');
    await task.getByLabel('意见').fill(words);
    await s.axe(cai, kind);
    await s.shot(cai, kind);
    await task.getByRole('button', { name: '同意', exact: true }).click();
    await cai.getByText('没有待您审批的事项。').waitFor();
  };
  await hand('委派', '委派给');
  await answer('征求意见', '建议通过');
  await hand('加签', '在您之前加签');
  await answer('前加签', '同意加签');

  const back = await opened(s, ye, r);
  await back.getByText('同意加签').waitFor();
  await back.getByLabel('意见').fill('请补充资料');
  await back.getByRole('button', { name: '更多' }).click();
  await ye.getByRole('menuitem', { name: '退回' }).click();
  await ye.getByText('没有待您审批的事项。').waitFor();

  const again = await opened(s, jiang, r);
  await again.getByText('已退回给您').waitFor();
  await again.getByLabel('意见').fill('已补充');
  await s.axe(jiang, 'returned');
  await s.shot(jiang, 'returned');
  await again.getByRole('button', { name: '重新提交' }).click();
  await jiang.getByText('没有待您审批的事项。').waitFor();
  await s.go(jiang, `/o/dealer_tier_review/${r.id}`);
  await jiang.getByRole('tab', { name: '审批' }).click();
  await jiang.getByText('重新提交了').waitFor();
  await s.shot(jiang, 'trail');
  await jiang.getByRole('button', { name: '撤回' }).click();
  await jiang.getByText('已撤回').or(jiang.getByText('已取消')).first().waitFor();
}

/** Who may not even read the object of an approval sees what the step shows of the record, with its labels. */
export async function showsTheForm(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const r = await review(s, admin, jiang, 'DL-00019', '银牌');
  await submit(s, jiang, r);
  const ye = await s.open();
  await loginOf(s, ye, 'ye.qing');
  const { myTasks, sysUsers } = await s.graphql(ye, '{ myTasks(status: "open") { nodes { id recordId } } sysUsers(filter: {username: {eq: "du.pengfei"}}) { nodes { id } } }');
  await s.graphql(ye, 'mutation($t: ID!, $u: ID!) { transfer(task: $t, user: $u) { id } }', { t: myTasks.nodes.find((t) => t.recordId === r.id).id, u: sysUsers.nodes[0].id });
  const guest = await s.open({ width: 360, height: 740 });
  await loginOf(s, guest, 'du.pengfei');
  check((await guest.request.get(`${s.url}/api/meta/dealer_tier_review`)).status() === 404, 'the guest may read reviews');
  const task = await opened(s, guest, r);
  await task.getByText('年度进货达标').waitFor();
  await task.getByText('变更理由').waitFor();
  await task.getByText('无权查看').first().waitFor();
  await s.axe(guest, 'form');
  await s.shot(guest, 'form');
  await task.getByLabel('生效日').fill('2027-03-01');
  await task.getByRole('button', { name: '同意', exact: true }).click();
  await guest.getByText('没有待您审批的事项。').waitFor();
}

/** Several tasks are approved at once. */
export async function approvesMany(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const all = [await review(s, admin, jiang, 'DL-00020', '金牌'), await review(s, admin, jiang, 'DL-00025', '银牌')];
  for (const r of all) await submit(s, jiang, r);
  const ye = await s.open({ locale: 'en' });
  await loginOf(s, ye, 'ye.qing');
  await s.go(ye, '/inbox');
  for (const r of all) await ye.getByRole('checkbox', { name: r.reviewNo }).check();
  await ye.getByText('2 chosen').waitFor();
  await s.axe(ye, 'chosen');
  await s.shot(ye, 'chosen');
  await ye.getByRole('button', { name: 'Approve the chosen' }).click();
  await ye.getByText('Nothing waits for you.').waitFor();
  const { myTasks } = await s.graphql(ye, '{ myTasks(status: "done") { nodes { recordId decision } } }');
  for (const r of all) check(myTasks.nodes.some((t) => t.recordId === r.id && t.decision === 'approved'), `${r.reviewNo} is not approved`);
}
