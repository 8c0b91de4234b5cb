import { check } from '../stage.mjs';

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
