// The looks that a page has: both languages and both themes, on a desktop and on a phone.
import { cutOff } from './cutoff.mjs';

const desktop = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };

/**
 * The looks, each of which changes what it must alone, so that a page is loaded once for all of them. A theme changes
 * colours and nothing else, so the rules about these are all that it is held to beside the theme before.
 */
const looks = [
  { locale: 'zh-CN', theme: 'light', ...desktop, rules: 'all' },
  { locale: 'zh-CN', theme: 'dark', ...desktop, rules: 'colours' },
  { locale: 'zh-CN', theme: 'dark', ...phone },
  { locale: 'en', theme: 'dark', ...phone, rules: 'all' },
  { locale: 'en', theme: 'light', ...phone, rules: 'colours' },
];
const colours = ['color-contrast', 'link-in-text-block'];

/** Looks shows a page in all of its looks. What one chooses in a tab holds in all, so a second one beside it chooses. */
export class Looks {
  asked = new Set(); // requests under way

  constructor(stage, page, beside) {
    Object.assign(this, { stage, page, beside });
    page.on('request', (r) => this.asked.add(r));
    page.on('requestfinished', (r) => this.asked.delete(r));
    page.on('requestfailed', (r) => this.asked.delete(r));
  }

  static async of(stage, page) {
    const beside = await page.context().newPage();
    await beside.route('**/beside', (r) => r.fulfill({ contentType: 'text/html', body: '<title>beside</title>' }));
    await beside.goto(`${stage.url}/beside`);
    await page.goto(`${stage.url}/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.bringToFront(); // a page that is not on the screen is painted seldom
    return new Looks(stage, page, beside);
  }

  /** routes are the paths that the page's own router knows. */
  routes() {
    return this.page.evaluate(() => Object.keys(window.__TSR_ROUTER__.routesByPath));
  }

  /** go follows a link within the page, as its router does. */
  async go(path) {
    await this.page.evaluate((href) => window.__TSR_ROUTER__.navigate({ href }), path);
    await this.settled();
  }

  /** settled waits until the page asks for nothing, shows what it was asked for, and is painted. */
  async settled() {
    const { page } = this;
    await page.locator('h1').first().waitFor();
    const until = Date.now() + 15_000;
    for (let quiet = 0; quiet < 3; ) {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20))));
      quiet = this.asked.size === 0 && (await page.locator('.ant-spin-spinning').count()) === 0 ? quiet + 1 : 0;
      if (Date.now() > until) throw new Error(`${page.url()} does not settle: ${[...this.asked].map((r) => r.url()).join(' ')}`);
    }
  }

  async put({ locale, theme, width, height }) {
    await this.page.setViewportSize({ width, height });
    await this.beside.evaluate((l) => Object.entries(l).forEach(([k, v]) => localStorage.setItem(`tenon.${k}`, v)), { locale, theme });
    await this.page.waitForFunction((l) => document.documentElement.lang === l.locale && document.documentElement.dataset.theme === l.theme, { locale, theme });
    await this.settled();
  }

  /** check holds the page to the rules of accessibility in each look, and on a phone to show all of its text. */
  async check(what) {
    const { stage, page } = this;
    for (const look of looks) {
      await this.put(look);
      const how = `${what}-${look.locale}-${look.theme}-${look.width}`;
      if (look.rules === 'all') await stage.axe(page, how);
      if (look.rules === 'colours') await this.colours(how);
      if (look.rules === 'colours') continue;
      const over = await page.evaluate(() => [document.documentElement, document.querySelector('#main') ?? document.body].map((e) => e.scrollWidth - e.clientWidth));
      if (Math.max(...over) > 0) stage.bad.push(`${how} is ${Math.max(...over)} pixels too wide`);
      if (look.width === phone.width) for (const text of await cutOff(page)) stage.bad.push(`cut off, ${how}: ${text}`);
      await stage.shot(page, how);
    }
    await this.put(looks[0]);
  }

  /** colours holds a page, which axe has seen in another theme, to the rules about colours. */
  async colours(how) {
    const { violations } = await this.page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'rule', values }, resultTypes: ['violations'] }), colours);
    for (const v of violations) for (const n of v.nodes) this.stage.bad.push(`axe, ${how}: ${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`);
  }
}
