import { execFileSync } from 'node:child_process';
import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';
import { review, submit } from '../dealers.mjs';
import { password } from '../machine.mjs';
import { codeOf } from '../totp.mjs';

/** Who was invited chooses a password, and is in. */
export async function isInvited(s) {
  const { server } = s;
  const token = execFileSync(server.binary, ['user', 'create', '--data', server.data, 'deng.junjie'], { env: server.env, encoding: 'utf8' }).trim().split('\n').at(-1);
  const page = await s.open({ width: 360, height: 740 });
  await s.go(page, `/invite#${token}`);
  await page.getByRole('heading', { name: '设置密码' }).waitFor();
  await s.axe(page, 'invitation');
  await s.shot(page, 'form');
  await page.getByLabel('新密码', { exact: true }).fill(`${password} of deng`);
  await page.getByLabel('再次输入新密码').fill('another');
  await page.getByRole('button', { name: '设置密码并登录' }).click();
  await page.getByText('两次输入的密码不一致。').waitFor();
  await page.getByLabel('再次输入新密码').fill(`${password} of deng`);
  await page.getByRole('button', { name: '设置密码并登录' }).click();
  await page.getByRole('heading', { name: '应用', exact: true }).waitFor();
  check(!page.url().includes(token), 'the token stays in the address');
  s.expected.push(/400|403|404|401/);
  await s.go(page, `/invite?again#${token}`);
  await page.getByLabel('新密码', { exact: true }).fill(`${password} of deng`);
  await page.getByLabel('再次输入新密码').fill(`${password} of deng`);
  await page.getByRole('button', { name: '设置密码并登录' }).click();
  await page.getByRole('alert').waitFor();
  await s.shot(page, 'used');
}

/** The account: language, theme, sessions, another password, an authenticator, and signing in with its code. */
export async function keepsAccount(s) {
  const page = await s.open();
  const other = await s.open();
  await loginOf(s, other, 'qian.wenli');
  await loginOf(s, page, 'qian.wenli');
  await s.go(page, '/me');
  await page.getByText('当前会话').waitFor();
  await s.axe(page, 'account');
  await s.shot(page, 'account');
  check((await page.getByRole('button', { name: '结束会话' }).count()) === 1, 'the other session is not listed');
  await page.getByRole('button', { name: '结束会话' }).click();
  await page.getByRole('button', { name: '结束会话' }).waitFor({ state: 'detached' });
  s.expected.push(/401/);
  await s.go(other, '/');
  await other.getByRole('heading', { name: '登录' }).waitFor();

  await page.getByText('英文', { exact: true }).click();
  await page.getByRole('heading', { name: 'Sessions' }).waitFor();
  check((await page.evaluate(() => document.documentElement.lang)) === 'en', 'the page does not say its language');
  await page.getByText('Dark theme', { exact: true }).click();
  await s.axe(page, 'account, dark');
  await s.shot(page, 'dark');

  const was = `${password} of qian.wenli`;
  const now = `${was}, the second`;
  s.expected.push(/403|400/);
  await page.getByLabel('Present password').fill('wrong');
  await page.getByLabel('New password', { exact: true }).fill(now);
  await page.getByLabel('New password again').fill(now);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Present password').fill(was);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is changed.').waitFor();

  await page.getByRole('button', { name: 'Set up' }).click();
  const section = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Authenticator' }) });
  await section.getByLabel('Present password').fill(now);
  await section.getByRole('button', { name: 'Set up' }).click();
  await section.locator('.qr svg').waitFor();
  await s.axe(page, 'authenticator');
  await s.shot(page, 'authenticator');
  const secret = await section.locator('code').innerText();
  await section.getByLabel('Code of the authenticator').fill(codeOf(secret));
  await section.getByRole('button', { name: 'Confirm' }).click();
  await section.getByText('The authenticator is set up.').waitFor();
  await s.axe(page, 'recovery codes');
  await s.shot(page, 'recovery');
  const recovery = await section.locator('.codes li').first().innerText();
  await section.getByRole('button', { name: 'I have kept them' }).click();
  await section.getByText('Codes are asked for at sign-in.').waitFor();

  const again = await s.open();
  await s.go(again, '/signin');
  await again.getByLabel('用户名').fill('qian.wenli');
  await again.getByLabel('密码').fill(now);
  await again.getByRole('button', { name: '登录' }).click();
  await again.getByLabel('验证码').waitFor();
  check((await again.getByRole('alert').count()) === 0, 'asking for a code is shown as an error');
  await s.axe(again, 'code');
  await s.shot(again, 'code');
  await again.getByLabel('验证码').fill('000000');
  await again.keyboard.press('Enter');
  await again.getByRole('alert').waitFor();
  await again.getByLabel('验证码').fill(codeOf(secret, Date.now() + 30_000)); // each code counts once; the next is taken early
  await again.keyboard.press('Enter');
  await again.getByRole('heading', { name: '应用', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Turn off' }).click();
  await section.getByLabel('Present password').fill(now);
  await section.getByLabel('Code of the authenticator').fill(recovery);
  await section.getByRole('button', { name: 'Turn off' }).click();
  await section.getByText('Your password alone').waitFor();
}

/** Who must have an authenticator sets it up before anything else. */
export async function mustEnrol(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const page = await s.open({ width: 360, height: 740 });
  await loginOf(s, page, 'gu.yichen');
  const own = (query, variables) => s.graphql(admin, query, variables, '/account/graphql');
  const { beginTotp } = await own('mutation($p: String!) { beginTotp(password: $p) { secret } }', { p: password });
  const { finishTotp } = await own('mutation($c: String!) { finishTotp(code: $c) }', { c: codeOf(beginTotp.secret) });
  const ask = (totp) => s.graphql(admin, 'mutation($t: String) { setSignInSettings(totp: $t) { totp } }', { t: totp }, '/admin/graphql');
  await ask('all');
  try {
    s.expected.push(/403/);
    await s.go(page, '/o/account');
    await page.getByText('您的组织要求启用两步验证').waitFor();
    await page.getByLabel('当前密码').fill(`${password} of gu.yichen`);
    await page.getByRole('button', { name: '启用两步验证' }).click();
    const secret = await page.locator('code').innerText();
    await s.axe(page, 'enrol');
    await s.shot(page, 'enrol');
    await page.getByLabel('验证码').fill(codeOf(secret));
    await page.getByRole('button', { name: '确认' }).click();
    await page.getByRole('button', { name: '我已保存' }).click();
    await page.getByRole('heading', { name: '应用', exact: true }).waitFor();
  } finally {
    await ask('none');
    await own('mutation($p: String!, $c: String!) { disableTotp(password: $p, code: $c) }', { p: password, c: finishTotp[0] });
  }
}

/** What one was told: counted at the bell, read by opening it or all at once. */
export async function isTold(s) {
  const admin = await s.open();
  await s.signIn(admin);
  const jiang = await s.open();
  await loginOf(s, jiang, 'jiang.bowen');
  const ye = await s.open({ width: 360, height: 740 });
  await loginOf(s, ye, 'ye.qing');
  await s.graphql(ye, 'mutation { markNotificationsRead }');
  for (const n of ['DL-00014', 'DL-00015']) await submit(s, jiang, await review(s, admin, jiang, n, '银牌'));
  await s.go(ye, '/');
  await ye.getByRole('link', { name: '通知，2 条未读' }).click();
  await ye.getByRole('heading', { name: '通知' }).waitFor();
  await ye.getByText('经销商等级变更').first().waitFor();
  await s.axe(ye, 'notices');
  await s.shot(ye, 'notices');
  await ye.getByRole('link', { name: /经销商等级变更/ }).first().click();
  await ye.getByRole('heading', { name: '审批', exact: true }).waitFor();
  await ye.getByRole('link', { name: '通知，1 条未读' }).click();
  await ye.getByRole('button', { name: '全部标为已读' }).click();
  await ye.getByRole('link', { name: '通知', exact: true }).waitFor();
  const { myTasks } = await s.graphql(ye, '{ myTasks { nodes { id } } }');
  for (const t of myTasks.nodes) await s.graphql(ye, 'mutation($t: ID!) { approve(task: $t) { id } }', { t: t.id });
}
