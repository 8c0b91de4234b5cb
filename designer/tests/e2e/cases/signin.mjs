import { password } from '../machine.mjs';
import { check } from '../stage.mjs';

/** Whoever opens a page without a session signs in, and arrives where they wanted to go. */
export async function signsIn(s) {
  const page = await s.open();
  await s.go(page, '/o/dealer');
  await page.getByRole('heading', { name: '登录' }).waitFor();
  check(new URL(page.url()).searchParams.get('next') === '/o/dealer', `went to ${page.url()}`);
  await s.axe(page, 'sign-in');
  await s.shot(page, 'form');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByText('请输入用户名。').waitFor();
  s.expected.push(/401/);
  await page.getByLabel('用户名').fill('admin');
  await page.getByLabel('密码').fill('wrong');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByText('用户名或密码错误').waitFor();
  await s.shot(page, 'wrong');
  await page.getByLabel('密码').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '经销商', exact: true }).waitFor();
  check(new URL(page.url()).pathname === '/o/dealer', `arrived at ${page.url()}`);
  await page.getByRole('button', { name: '账户' }).click();
  await page.getByRole('menuitem', { name: '退出登录' }).click();
  await page.getByRole('heading', { name: '登录' }).waitFor();
}
