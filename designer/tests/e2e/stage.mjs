// One case: pages of its own, what it does with them, and what must never happen meanwhile.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { password } from './machine.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export class Stage {
  bad = [];
  contexts = [];
  expected = []; // console texts that belong to what the case does

  constructor(name, browser, server, out) {
    Object.assign(this, { name, browser, server, out, url: server.url });
  }

  /** open makes a page; options: locale, theme, width, height. */
  async open({ locale = 'zh-CN', theme = 'light', width = 1280, height = 800 } = {}) {
    const context = await this.browser.newContext({ locale, colorScheme: theme, viewport: { width, height }, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' });
    this.contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && this.bad.push(`console: ${m.text()} ${m.location().url}`));
    page.on('pageerror', (e) => this.bad.push(`error: ${e.stack ?? e.message}`));
    page.on('request', (r) => new URL(r.url()).origin !== this.url && !/^(data|blob):/.test(r.url()) && this.bad.push(`asks elsewhere: ${r.url()}`));
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`)));
    this.page = page;
    return page;
  }

  /** signIn gives a page a session, without its form. */
  async signIn(page, login = 'admin', secret = password) {
    const answer = await page.request.post(`${this.url}/login`, { data: { login, password: secret } });
    if (!answer.ok()) throw new Error(`sign in as ${login}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  }

  async go(page, path) {
    await page.goto(this.url + path);
  }

  /** shot keeps a picture, to be looked at. */
  shot(page, name) {
    return page.screenshot({ path: join(this.out, `${this.name}-${name}.png`) });
  }

  /** axe holds a page to the rules of accessibility. */
  async axe(page, what) {
    await page.evaluate(axeSource);
    const result = await page.evaluate((only) => window.axe.run(document, { runOnly: only, resultTypes: ['violations'] }), tags);
    for (const v of result.violations) this.bad.push(`axe, ${what}: ${v.id} (${v.help}): ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`).join('\n    ')}`);
  }

  /** fits holds a page to the width of its screen: nothing is cut off. */
  async fits(page, what) {
    const over = await page.evaluate(() => document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth);
    if (over > 0) this.bad.push(`${what} is ${over} pixels too wide`);
  }

  /** graphql asks as whoever has signed in on a page. */
  async graphql(page, query, variables, path = '/graphql') {
    const csrf = (await page.context().cookies()).find((c) => c.name === 'tenon_csrf')?.value;
    const answer = await page.request.post(this.url + path, { data: { query, variables }, headers: { 'X-CSRF-Token': csrf ?? '' } });
    const doc = await answer.json();
    if (doc.errors) throw new Error(JSON.stringify(doc.errors));
    return doc.data;
  }

  /** settle fails when something happened that must not. */
  settle() {
    const bad = this.bad.filter((b) => !this.expected.some((e) => e.test(b)));
    if (bad.length) throw new Error(bad.join('\n'));
  }

  async failed() {
    if (this.page) await this.page.screenshot({ path: join(this.out, `${this.name}-FAILED.png`) }).catch(() => {});
  }

  async close() {
    for (const c of this.contexts) await c.close();
  }
}

/** check fails with what is wrong. */
export function check(ok, what) {
  if (!ok) throw new Error(what);
}
