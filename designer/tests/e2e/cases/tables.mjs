import { check } from '../stage.mjs';

/** A decision table is asked in its grid, and told of rows that never count. */
export async function tables(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/files/table/leads/tables/touch_points.json');
  await page.getByRole('heading', { name: '试算' }).waitFor();
  await page.getByLabel('类型 (kind)', { exact: true }).fill('event_attend');
  await page.getByRole('button', { name: '试算' }).click();
  await page.getByText('命中行：event_attend').waitFor();
  check((await page.locator('tr.hit').count()) === 1, 'the row that hits is marked');
  await s.axe(page, 'table');
  await s.shot(page, 'tried');
  await page.getByRole('textbox', { name: 'share 的类型 (kind)' }).fill("'page_view'");
  await page.getByText(/此决策表有 \d+ 处问题或提示/).waitFor();
  await s.axe(page, 'with findings');
  await page.getByText(/此决策表有 \d+ 处问题或提示/).scrollIntoViewIfNeeded();
  await s.shot(page, 'findings');
  await page.getByRole('button', { name: '撤销' }).click();
  await page.getByText('没有未发布的变更').waitFor();
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/setup/files/table/leads/tables/touch_points.json');
  await phone.getByRole('heading', { name: 'Try it' }).waitFor();
  await phone.waitForLoadState('networkidle');
  check((await phone.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth)) <= 0, 'the table fits a phone');
  await s.axe(phone, 'table on a phone');
  await s.shot(phone, 'phone');
}
