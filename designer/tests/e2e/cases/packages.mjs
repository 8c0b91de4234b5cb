import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../stage.mjs';

/** archiveOf builds a version of a small package. */
function archiveOf(s, version, label) {
  const dir = join(s.server.data, `fleet-${version}`);
  const put = (path, v) => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), JSON.stringify(v));
  };
  put('tenon.json', { name: 'fleet', version, label: { en: 'Fleet', 'zh-CN': '车队' }, settings: { seats: { type: 'int', label: { en: 'Usual seats', 'zh-CN': '默认座位数' }, default: 4 } } });
  put('objects/fleet_car/object.json', { name: 'fleet_car', label, nameField: 'name', fields: [{ name: 'name', type: 'text', label: { en: 'Name', 'zh-CN': '名称' }, required: true }] });
  put('data/cars.json', { object: 'fleet_car', demo: true, records: [{ key: 'one', values: { name: 'One' } }] });
  const file = join(s.server.data, `fleet-${version}.tenon`);
  execFileSync(s.server.binary, ['package', 'build', '--out', file, dir], { env: s.server.env });
  return { name: `fleet-${version}.tenon`, mimeType: 'application/octet-stream', buffer: readFileSync(file) };
}

const admin = (s, page, query, variables) => s.graphql(page, query, variables, '/admin/graphql');

/** Archives of a package are uploaded: installed with demo data, set up, changed, upgraded with a conflict settled. */
export async function packages(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/packages');
  const upload = page.getByLabel('软件包归档（.tenon）');
  await upload.setInputFiles({ name: 'broken.tenon', mimeType: 'application/octet-stream', buffer: Buffer.from('nothing') });
  await page.getByText('不是软件包归档').waitFor();
  await upload.setInputFiles(archiveOf(s, '1.0.0', { en: 'Car', 'zh-CN': '车辆' }));
  await page.getByRole('heading', { name: '安装 fleet 1.0.0' }).waitFor();
  await page.getByText('未签名').waitFor();
  await page.getByLabel('同时安装演示数据').check();
  await page.getByRole('button', { name: '发布', exact: true }).waitFor();
  await s.axe(page, 'plan of an archive');
  await s.shot(page, 'install');
  await page.getByRole('button', { name: '发布', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'fleet' });
  await row.getByText('1.0.0').waitFor();

  // What it lets one choose, and its demo data.
  await row.getByRole('button', { name: '操作：车队' }).click();
  await page.getByRole('menuitem', { name: '设置' }).click();
  await page.getByLabel('全局取值').fill('5');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByText('已保存').waitFor();
  await s.axe(page, 'settings');
  await s.shot(page, 'settings');
  await page.keyboard.press('Escape');
  check((await admin(s, page, '{ settings(package: "fleet") { value } }')).settings[0].value === 5, 'the setting is chosen');
  await row.getByRole('button', { name: '操作：车队' }).click();
  await page.getByRole('menuitem', { name: '移除演示数据' }).click();
  await page.getByText('已移除 1 条演示数据').waitFor();

  // The tenant and the next version call the object something else; ours is kept.
  const { package: own } = await admin(s, page, '{ package(name: "tenant") }');
  const files = { ...own, 'tenon.json': own?.['tenon.json'] ?? JSON.stringify({ name: 'tenant', version: '1.0.0', label: 'T' }), 'overlays/fleet/objects/fleet_car/object.json': JSON.stringify({ set: { 'label.zh-CN': '公务车' } }) };
  const { plan } = await admin(s, page, 'mutation($p: Packages) { plan(packages: $p) }', { p: { tenant: files } });
  await admin(s, page, 'mutation($plan: JSON!, $p: Packages) { apply(plan: $plan, packages: $p) { number } }', { plan, p: { tenant: files } });
  await page.reload();
  await upload.setInputFiles(archiveOf(s, '1.1.0', { en: 'Vehicle', 'zh-CN': '机动车' }));
  await page.getByRole('heading', { name: '将 fleet 升级到 1.1.0' }).waitFor();
  await page.getByText('当前已安装版本 1.0.0').waitFor();
  const publish = page.getByRole('button', { name: '发布', exact: true });
  const again = page.getByRole('button', { name: '重新生成计划' });
  await page.getByLabel('采用新版："机动车"').check();
  await again.click();
  await publish.waitFor();
  await page.getByLabel('保留本地："公务车"').check();
  check((await publish.count()) === 0, 'a plan that was made for another choice is not published');
  await s.axe(page, 'conflict');
  await s.shot(page, 'conflict');
  await again.click();
  await publish.waitFor();
  await s.shot(page, 'settled');
  await publish.click();
  await row.getByText('1.1.0').waitFor();
  const meta = await (await page.request.get(`${s.url}/api/meta/fleet_car`)).json();
  check(meta.label['zh-CN'] === '公务车' && meta.label.en === 'Vehicle', JSON.stringify(meta.label));
  await upload.setInputFiles(archiveOf(s, '1.0.5', { en: 'Car', 'zh-CN': '车辆' }));
  await page.getByText('该版本不高于已安装版本').waitFor();

  // Who needs a package is said before it is taken away; on a phone, in the dark.
  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/setup/packages');
  await phone.getByRole('button', { name: 'Actions: Core CRM' }).click();
  await phone.getByRole('menuitem', { name: 'Uninstall' }).click();
  await phone.getByText('These packages need it:').waitFor();
  await s.axe(phone, 'uninstall');
  await s.shot(phone, 'uninstall-phone');
  await phone.getByRole('button', { name: 'Cancel' }).click();
  check((await phone.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth)) <= 0, 'the packages fit a phone');
}

/** write puts a text in place of what an editor holds, by keys: filling it at once makes Chromium keep the old look as inline styles, which our policy refuses. */
async function write(page, editor, text) {
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** The script of a package is completed, tried on a record, changed, and run again in place of that run. */
export async function scripts(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/files/script/channel/scripts/tier_review.json');
  const editor = page.getByRole('textbox', { name: 'scripts/tier_review.js' });
  await editor.waitFor();
  await page.getByRole('heading', { name: '最近运行' }).waitFor();
  const { dealers } = await s.graphql(page, '{ dealers(first: 1) { nodes { id } } }');
  await page.getByRole('combobox', { name: 'dealer' }).fill(dealers.nodes[0].id);
  await page.getByTitle(dealers.nodes[0].id).click();
  for (const [name, value] of Object.entries({ period_start: '2026-01-01', period_end: '2026-12-31', complaints: '0', as_of: '2026-11-26' })) await page.getByLabel(name, { exact: true }).fill(value);
  await page.getByRole('button', { name: '运行（不保存）' }).click();
  await page.getByRole('heading', { name: '运行结果' }).waitFor();
  await page.getByText('annual_net').last().waitFor();
  await page.getByRole('button', { name: /^重放：/ }).first().click();
  await page.getByRole('heading', { name: '与记录一致' }).waitFor();
  await s.axe(page, 'script');
  await s.shot(page, 'same');
  await write(page, editor, "function main({dealer}) {\n  return records.\n}");
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: /^query/ }).waitFor();
  await s.shot(page, 'completion');
  await page.keyboard.press('Escape');
  await write(page, editor, "function main() {\n  return {incidents: records.query('sales_order', {}).length};\n}");
  await page.getByRole('button', { name: /^重放：/ }).first().click();
  await page.getByRole('heading', { name: '与记录不一致' }).waitFor();
  await s.axe(page, 'another way');
  await s.shot(page, 'differs');

  const phone = await s.open({ locale: 'en', theme: 'dark', width: 360, height: 740 });
  await s.signIn(phone);
  await s.go(phone, '/setup/files/script/channel/scripts/tier_review.json');
  await phone.getByRole('heading', { name: 'Last runs' }).waitFor();
  await phone.waitForLoadState('networkidle');
  check((await phone.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth)) <= 0, 'the script fits a phone');
  await s.axe(phone, 'script on a phone');
  await s.shot(phone, 'phone');
}
