import { check } from '../stage.mjs';

const pages = {
  home: '/setup',
  objects: '/setup/objects',
  fields: '/setup/objects/dealer',
  rules: '/setup/objects/dealer?tab=rules',
  layouts: '/setup/objects/dealer?tab=layouts',
  permissions: '/setup/objects/dealer?tab=access',
  details: '/setup/objects/dealer?tab=details',
  picklists: '/setup/files/picklist',
  roles: '/setup/files/role',
  role: '/setup/files/role/channel/roles/channel_manager.json',
  access: '/setup/access',
  approvals: '/setup/approvals',
  approval: '/setup/approvals/channel/dealer_tier_change',
  automations: '/setup/flows',
  automation: '/setup/flows/leads/lead_arrived',
  tables: '/setup/files/table',
  scripts: '/setup/files/script',
  publish: '/setup/publish',
  history: '/setup/history',
  packages: '/setup/packages',
  translations: '/setup/translations',
  audit: '/setup/audit',
};

/** Every page of the designer is looked at in both languages, light and dark, wide and on a phone. */
export async function setupPages(s) {
  for (const look of [{ locale: 'zh-CN', theme: 'light', width: 1280 }, { locale: 'en', theme: 'dark', width: 360, height: 740 }]) {
    const page = await s.open(look);
    await s.signIn(page);
    const how = `${look.locale}-${look.theme}-${look.width}`;
    for (const [name, path] of Object.entries(pages)) {
      await s.go(page, path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await s.axe(page, `${name} ${how}`);
      await s.shot(page, `${name}-${how}`);
      const over = await page.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth);
      check(over <= 0, `${name} ${how} is ${over} pixels too wide`);
    }
  }
}
