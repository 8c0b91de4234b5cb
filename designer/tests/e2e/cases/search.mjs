import { check } from '../stage.mjs';
import { loginOf } from '../people.mjs';

/** Ctrl K finds records by a part of their Chinese name, and lists; with the keyboard, and on a phone. */
export async function finds(s) {
  const page = await s.open();
  await loginOf(s, page, 'tang.guohua');
  await s.go(page, '/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  const input = page.getByRole('combobox', { name: '查找记录或页面' });
  await input.fill('恒达');
  await page.getByRole('option', { name: '杭州恒达自动化设备有限公司 经销商', exact: true }).waitFor();
  await s.axe(page, 'palette');
  await s.shot(page, 'palette');
  await input.fill('不存在的东西');
  await page.getByText('未找到记录').waitFor();
  await input.fill('等级评审');
  await page.getByRole('option', { name: '等级评审 列表' }).waitFor();
  await input.press('Enter');
  await page.getByRole('heading', { level: 1, name: '等级评审' }).waitFor();

  const phone = await s.open({ width: 360, height: 740, theme: 'dark', locale: 'en' });
  await loginOf(s, phone, 'tang.guohua');
  await s.go(phone, '/');
  await phone.getByRole('button', { name: 'Search' }).click();
  await phone.getByRole('combobox', { name: 'Find a record or a page' }).fill('恒达');
  await phone.getByRole('option', { name: '杭州恒达自动化设备有限公司 Dealer' }).click();
  await phone.getByRole('heading', { level: 1, name: '杭州恒达自动化设备有限公司' }).waitFor();
  check(new URL(phone.url()).pathname.startsWith('/o/dealer/'), phone.url());
}
