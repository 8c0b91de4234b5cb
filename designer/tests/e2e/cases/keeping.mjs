import { check } from '../stage.mjs';

/** Why somebody may see a record is told in words, found by names. */
export async function explains(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/access');
  await page.getByRole('combobox', { name: '用户' }).fill('徐静');
  await page.getByTitle('徐静').first().click();
  await page.getByRole('combobox', { name: '对象' }).fill('商机');
  await page.getByTitle('商机', { exact: true }).click();
  await page.getByRole('combobox', { name: '记录' }).click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
  await page.getByRole('button', { name: '解释' }).click();
  const told = page.getByRole('region', { name: '为何某人可以访问某条记录？' });
  await told.getByText(/^读取: (允许|不允许)$/).waitFor();
  await told.getByText(/^(授予|拒绝): /).first().waitFor();
  await told.scrollIntoViewIfNeeded();
  await s.axe(page, 'explained');
  await s.shot(page, 'explained');
}

/** A new picklist lacks a language, which is given; it is published, taken back with a plan, and all of it stands in the log, which is whole. */
export async function takesBack(s) {
  const page = await s.open();
  await s.signIn(page);
  await s.go(page, '/setup/files/picklist');
  await page.getByRole('button', { name: '新建' }).click();
  await page.getByRole('dialog').getByLabel('名称').fill('visit_mood');
  await page.getByRole('dialog').getByRole('button', { name: '创建' }).click();
  await page.getByRole('group', { name: '显示名称', exact: true }).getByLabel('英文').fill('Mood of a visit');
  await page.getByRole('button', { name: '添加：选项' }).click();
  await page.getByLabel('编码').fill('good');
  await page.getByRole('group', { name: '显示名称', exact: true }).last().getByLabel('英文').fill('Good');
  await page.getByText('草稿已保存').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: '翻译' }).click();
  await page.getByRole('textbox', { name: 'Mood of a visit（zh-CN）' }).fill('拜访氛围');
  await page.keyboard.press('Tab');
  await page.getByRole('textbox', { name: 'Good（zh-CN）' }).fill('良好');
  await page.keyboard.press('Tab');
  await page.getByText('Mood of a visit').waitFor({ state: 'detached' });
  await s.shot(page, 'translated');
  const publish = async (words) => {
    await page.getByLabel('发布说明').fill(words);
    await page.getByRole('button', { name: '发布', exact: true }).last().click();
  };
  await page.getByText('草稿已保存').waitFor();
  await page.getByRole('link', { name: '审阅并发布' }).click();
  await publish('拜访氛围');
  await page.getByText(/已发布为版本 \d+/).waitFor({ timeout: 60_000 });

  await page.getByRole('navigation').getByRole('link', { name: '发布历史' }).click();
  await page.getByText('拜访氛围').first().waitFor();
  await page.getByRole('button', { name: '回退到此版本' }).first().click();
  await page.getByRole('dialog').getByText(/移除 [1-9]/).first().waitFor();
  await s.axe(page, 'rollback');
  await s.shot(page, 'rollback');
  await page.getByRole('dialog').getByLabel('发布说明').fill('撤回拜访氛围');
  await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden', timeout: 60_000 });
  await page.getByText('撤回拜访氛围').waitFor();
  const { package: own } = await s.graphql(page, '{ package(name: "tenant") }', {}, '/admin/graphql');
  check(!own?.['picklists/visit_mood.json'], 'the picklist is still there');

  await page.getByRole('navigation').getByRole('link', { name: '审计日志' }).click();
  await page.getByRole('button', { name: '校验日志' }).click();
  await page.getByText(/^日志完整，至第 \d+ 条。$/).waitFor();
  await page.getByRole('combobox', { name: '事件' }).click();
  await page.locator('.ant-select-item-option', { hasText: '发布元数据' }).click();
  await page.getByRole('cell', { name: '登录', exact: true }).first().waitFor({ state: 'hidden' });
  const told = await page.locator('.plain-table tbody tr td:nth-child(3)').allInnerTexts();
  if (told.length === 0 || told.some((x) => x !== '发布元数据')) throw new Error(`the log tells of ${told}`);
  await s.shot(page, 'audit');
}
