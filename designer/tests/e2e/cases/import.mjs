import { check } from '../stage.mjs';

const csv = `客户名称,行业,年营收,网址,内部备注
湖畔茶业有限公司,农资农贸,"1,200,000.00",https://tea.example,老客户
港口工具有限公司,外贸,850000,https://tools.example,
无效行业公司,没有这个行业,abc,https://bad.example,
`;

const wide = (page) => page.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth);

/** A CSV file is imported: its columns are assigned, it is tried, mended, carried out and taken back. */
export async function imports(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/imports?object=account');
  await page.getByRole('heading', { level: 1, name: '数据导入' }).waitFor();
  await s.axe(page, 'imports');
  await s.shot(page, 'begin');
  await page.getByLabel('文件：CSV、XLSX 或 JSON Lines').setInputFiles({ name: '客户.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('heading', { level: 1, name: '客户.csv → 客户' }).waitFor();
  check((await page.getByLabel('行业对应的字段').locator('xpath=ancestor::*[contains(@class,"ant-select")][1]').textContent()).includes('行业'), 'the column is assigned');
  await page.getByRole('button', { name: '转换：年营收: 按数字读取' }).waitFor();

  // The column that nothing was found for is left out; another field gets a fixed text.
  await page.getByLabel('字段', { exact: true }).fill('简称');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '填充其他字段' }).click();
  await page.getByRole('button', { name: /^转换：简称/ }).click();
  await page.getByLabel('文本', { exact: true }).fill('导入');
  await s.axe(page, 'steps');
  await s.shot(page, 'steps');
  await page.getByRole('button', { name: /确\s?定/ }).click();
  await s.axe(page, 'mapping');
  await s.shot(page, 'mapping');

  await page.getByRole('button', { name: '试运行（不写入）' }).click();
  await page.getByRole('heading', { name: '试运行结果' }).waitFor();
  await page.getByText('没有这个行业').first().waitFor();
  await s.axe(page, 'tried');
  await s.shot(page, 'tried');

  // A text that the object does not know is replaced, the number that is none is taken as empty by its own step.
  await page.getByRole('button', { name: /^转换：行业/ }).click();
  await page.getByRole('button', { name: '添加转换' }).click();
  await page.getByRole('combobox', { name: '第 1 步' }).click();
  await page.getByTitle('替换文本').click();
  await page.getByLabel('每行一个替换：旧值 = 新值').fill('没有这个行业 = 外贸');
  await page.getByRole('button', { name: /确\s?定/ }).click();
  await page.getByText('映射尚未保存').waitFor();
  await page.getByRole('button', { name: '导入', exact: true }).click();
  await page.getByRole('tooltip').getByRole('button', { name: '导入', exact: true }).click();
  await page.getByRole('status').getByText('已完成').waitFor();
  await page.getByText('新建记录').waitFor();
  await s.shot(page, 'done');
  const find = () => s.graphql(page, '{ accounts(filter: {shortName: {eq: "导入"}}) { nodes { name industry annualRevenue } } }').then((d) => d.accounts.nodes);
  const made = await find();
  check(made.length === 2, `two rows are written, not ${made.length}: ${JSON.stringify(made)}`);
  await page.getByRole('button', { name: '撤销导入' }).click();
  await page.getByRole('tooltip').getByRole('button', { name: '撤销导入' }).click();
  await page.getByRole('status').getByText('已撤销').waitFor();
  check((await find()).length === 0, 'all is taken back');
  await s.axe(page, 'undone');

  // A workbook, in English, on a phone in the dark: the records are found by their ids, and nothing changes.
  const book = await page.request.get(`${s.url}/export/brand?format=xlsx&fields=id,code,name`);
  check(book.ok(), `the export: ${book.status()}`);
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/imports?object=brand');
  await phone.getByLabel('File: CSV, XLSX or JSON lines').setInputFiles({ name: 'brands.xlsx', mimeType: 'application/octet-stream', buffer: await book.body() });
  await phone.getByRole('heading', { level: 1, name: /^brands\.xlsx into / }).waitFor();
  await phone.getByText('How the file is read').click();
  await phone.getByLabel('Sheet').waitFor();
  await phone.getByText('How the file is read').click();
  await phone.getByLabel('Each row').click();
  await phone.getByTitle('changes the record with its key', { exact: true }).click();
  await phone.getByRole('button', { name: 'Try it without writing' }).click();
  s.expected.push(/status of (400|422) .*\/import\/\d+$/); // no key is named yet
  await phone.locator('.field-error').first().waitFor();
  await s.axe(phone, 'phone, no key');
  await phone.getByLabel('Field for ID').fill('Id of');
  await phone.keyboard.press('Enter');
  await phone.getByLabel('Records are found by').click();
  await phone.getByTitle('Id of the record').last().click();
  await phone.keyboard.press('Escape');
  await phone.getByRole('button', { name: 'Try it without writing' }).click();
  await phone.getByText('No row has an error.').waitFor();
  check((await wide(phone)) <= 0, 'the import fits a phone');
  await s.axe(phone, 'phone');
  await phone.screenshot({ path: `${s.out}/imports-phone.png`, fullPage: true });
  await s.go(phone, '/imports');
  await phone.getByRole('link', { name: 'brands.xlsx' }).waitFor();
  check((await wide(phone)) <= 0, 'the list of imports fits a phone');
  await s.axe(phone, 'phone, list');
  await s.shot(phone, 'phone-list');
}
