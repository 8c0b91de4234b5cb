import { check } from '../stage.mjs';

/** The start page and a list, in both languages and both themes, on a desktop and on a phone. */
export async function showsLists(s) {
  for (const [locale, theme, width] of [
    ['zh-CN', 'light', 1280],
    ['en', 'dark', 1280],
    ['zh-CN', 'dark', 360],
    ['en', 'light', 360],
  ]) {
    const page = await s.open({ locale, theme, width });
    await s.signIn(page);
    await s.go(page, '/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    const what = `${locale}-${theme}-${width}`;
    await s.axe(page, `home ${what}`);
    await s.shot(page, `home-${what}`);
    await s.go(page, '/o/opportunity');
    await page.getByText(locale === 'en' ? /^\d+ records$/ : /^共 \d+ 条$/).waitFor();
    await page.getByRole('link', { name: '太湖精机焊接产线自动化' }).first().waitFor();
    await s.axe(page, `list ${what}`);
    await s.fits(page, `list ${what}`);
    await s.shot(page, `list-${what}`);
  }
}

/** A list is ordered by a click on a column, and searched by a part of a name. */
export async function ordersAndSearches(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/o/opportunity');
  const number = page.getByRole('button', { name: '商机编号', exact: true });
  await number.click();
  await page.locator('[role=columnheader][aria-sort=ascending]').waitFor();
  await number.click();
  await page.locator('[role=columnheader][aria-sort=descending]').waitFor();
  check(page.url().includes('sort=-oppNo'), page.url());
  await page.getByRole('searchbox', { name: '搜索此列表' }).fill('焊接');
  await page.getByText(/^共 [1-9] 条$/).waitFor();
  await page.getByRole('searchbox', { name: '搜索此列表' }).fill('不存在的东西');
  await page.getByText('没有符合条件的记录。').waitFor();
}
