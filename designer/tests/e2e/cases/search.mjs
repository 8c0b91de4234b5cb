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

/** The search page shows what matches by object, with what marks each record; from the palette, and on a phone. */
export async function searchPage(s) {
  const page = await s.open();
  await loginOf(s, page, 'tang.guohua');
  await s.go(page, '/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: '查找记录或页面' }).fill('恒达');
  await page.getByRole('option', { name: /^查看“恒达”的全部结果/ }).click();
  await page.getByRole('region', { name: '经销商' }).getByRole('link', { name: '杭州恒达自动化设备有限公司' }).waitFor();
  check((await page.locator('mark').first().textContent()) === '恒达', 'what was looked for is marked');
  await s.axe(page, 'search');
  await s.shot(page, 'page');
  await page.getByRole('combobox', { name: '搜索范围' }).fill('客户');
  await page.getByTitle('客户', { exact: true }).click();
  await page.waitForURL(/object=account/);
  await page.getByRole('link', { name: '在列表中查看全部' }).first().click();
  await page.getByRole('heading', { level: 1, name: '客户' }).waitFor();

  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await loginOf(s, phone, 'tang.guohua');
  await s.go(phone, '/search?q=%E6%B2%A1%E6%9C%89%E7%9A%84');
  await phone.getByText('Nothing that you may see matches').waitFor();
  await phone.getByRole('searchbox', { name: 'What are you looking for?' }).fill('恒达');
  await phone.keyboard.press('Enter');
  await phone.getByRole('link', { name: '杭州恒达自动化设备有限公司' }).first().waitFor();
  await phone.waitForLoadState('networkidle');
  check((await phone.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth)) <= 0, 'the search fits a phone');
  await s.axe(phone, 'search on a phone');
  await s.shot(phone, 'page-phone');
}
