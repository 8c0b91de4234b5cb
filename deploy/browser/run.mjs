// Opens what the server shows in a browser, with demo data: node run.mjs [BINARY]. CHROMIUM names the
// browser, /usr/bin/chromium if it is not set. Ends with 1 when a check fails.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { graphiql } from './graphiql.mjs';

const binary = resolve(process.argv[2] ?? '../../bin/tenon');
const home = mkdtempSync(join(tmpdir(), 'tenon-browser-'));
const env = { ...process.env, TENON_LANG: 'en', TENON_ADMIN_PASSWORD: 'a password of the tests' };
const server = spawn(binary, ['serve', '--data', join(home, 'data'), '--addr', '127.0.0.1:0', '--demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
let browser;
try {
  const url = await address();
  browser = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    locale: 'en-GB',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  let passed = 0, failed = 0;
  for (const [name, check] of Object.entries(graphiql(url, env.TENON_ADMIN_PASSWORD))) {
    const page = await browser.newPage();
    const bad = [];
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && bad.push(`console: ${m.text()}`));
    page.on('pageerror', (e) => bad.push(`error: ${e.message}`));
    page.on('request', (r) => new URL(r.url()).origin !== url && !/^(data|blob):/.test(r.url()) && bad.push(`asks elsewhere: ${r.url()}`));
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`)));
    try {
      await check(page);
    } catch (e) {
      bad.push(String(e.stack));
    }
    if (bad.length > 0) {
      failed++;
      console.log(`${name}:\n  ${bad.join('\n  ')}`);
      if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name.replaceAll(' ', '-')}.png`) });
    } else passed++;
    await page.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || passed === 0) process.exitCode = 1;
} finally {
  await browser?.close();
  server.kill();
  await new Promise((done) => server.once('exit', done));
  rmSync(home, { recursive: true });
}

// address waits for the server to say where it is.
function address() {
  return new Promise((found, failed) => {
    let out = '';
    server.stdout.on('data', (chunk) => {
      const at = (out += chunk).match(/ at (http:\/\/\S+)/);
      if (at) found(at[1]);
    });
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
}
